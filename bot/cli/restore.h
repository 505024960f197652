/* SPDX-License-Identifier: Apache-2.0 */
/* Putting the guardrail back from this process. */
#ifndef REGUARD_CLI_RESTORE_H
#define REGUARD_CLI_RESTORE_H

#include "config/config.h"
#include "net/loop.h"

/* By the provider's credential alone: no store, no chat, and no way to lower anything. True: on, by
   two agreeing reads after the order. It takes so long at the most. loop: lent, and run.
   ret_standing: how things are otherwise. */
bool restore_without_records(struct config *, struct loop *, const char *why, ms_t patience_ms,
                             struct err *ret_standing);

#endif
