/* SPDX-License-Identifier: Apache-2.0 */
/* Alarms about reguard itself: what they all say, and when again: at the pace of overdue reminders,
   as long as they stand. */
#ifndef REGUARD_ALARM_H
#define REGUARD_ALARM_H

#include "core/buf.h"
#include "core/verdict.h"

struct desk;

/* When the next one is due that stands since then and was told so often. */
ms_t alarm_next_ms(const struct desk *, ms_t since_ms, int told);
/* The number of the one that is due now, missed ones included; 0: none is, or nobody hears it. */
int64_t alarm_due(const struct desk *, ms_t since_ms, int told, struct verdict *);
/* How the guardrail stands, and what works all the same. */
void alarm_add_guardrail(const struct desk *, struct buf *);
/* A post of no case in every chat. */
void alarm_say(const struct buf *, struct verdict *);
/* Likewise, and to each Admin alone where the channel takes no posts. */
void alarm_is_over(const struct desk *, const struct buf *, struct verdict *);
/* Likewise, with a mention of each Admin in the channel, and when the next one comes, unless that
   is MS_NEVER. */
void alarm_sound(const struct desk *, const struct buf *, ms_t next_ms, struct verdict *);

#endif
