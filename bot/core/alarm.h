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
void alarm_add_next(ms_t next_ms, struct buf *);
/* A post of no case in every chat. */
void alarm_say(const struct buf *, bool alarm, struct verdict *);

#endif
