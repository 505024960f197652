/* SPDX-License-Identifier: Apache-2.0 */
/* A provider that can only be read and raised: whoever holds nothing but this cannot lower
   protection, whatever they decide. */
#ifndef REGUARD_RAISING_H
#define REGUARD_RAISING_H

#include "port/adapter.h"

/* Takes the provider over, and is stopped in its place. Of it goes through what reads, and a change
   that switches on; all else is refused with an error and never leaves. */
struct adapter *raising_only(struct adapter *provider_taken);

#endif
