/* SPDX-License-Identifier: Apache-2.0 */
/* How much somebody may leave on record in 24 hours: what is asked for, approved, snoozed and
   answered about the root mailbox is counted for each person of [people] ([policy] acts_per_day),
   so that nobody fills the disk by asking and taking back. What raises protection is not counted
   and never held back: done, put-back, withdraw, decline, an approval that is taken back. */
#ifndef REGUARD_QUOTA_H
#define REGUARD_QUOTA_H

#include "core/limits.h"
#include "core/verdict.h"

struct command;
struct desk;

static const ms_t QUOTA_MS = MS_DAY;

/* Why that command is not taken from that person now: a whole answer. NULL: it is. */
const char *quota_refusal(const struct desk *, const struct command *, const char *key,
                          struct verdict *);
/* That person has reached it; what is only noted then is not. */
bool quota_is_reached(const struct desk *, const char *key, ms_t now_ms);
/* Counts a record that somebody has left. */
void quota_apply(struct desk *, const struct fact *);

#endif
