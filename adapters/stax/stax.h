/* SPDX-License-Identifier: Apache-2.0 */
/* The Stax adapter: reads (SURVEY) and the one change (CHANGE). Events come from "stax". */
#ifndef REGUARD_STAX_H
#define REGUARD_STAX_H

#include "adapters/stax/client.h"
#include "port/adapter.h"
#include "port/inbox.h"

/* options.access_key and secret_key are taken over; they are the secrets of adapter_ops.renew, in
   that order. organisation: the pinned id. */
struct adapter *stax_new(struct loop *, struct http *, struct inbox *,
                         const struct stax_client_options *, const char *organisation);
/* How far AWS's clock is ahead of this machine's, by its newest answer to a sign-in; 0 while they
   agree, or nobody has signed in. */
ms_t stax_ahead_ms(const struct adapter *);

#endif
