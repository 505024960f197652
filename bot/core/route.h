/* SPDX-License-Identifier: Apache-2.0 */
/* An alarm that no chat takes: while nobody is reached in any chat for a minute and the guardrail
   is down past its time, may be down and cannot be read, or the records are in doubt or cannot be
   written, [alarm] says who hears of it instead, by mail or by a program of the operator's. Once
   for each step of [policy] remind_overdue, and once that it is over; how often is on record, so
   that neither a restart nor a chat that comes and goes makes a flood of it. */
#ifndef REGUARD_ROUTE_H
#define REGUARD_ROUTE_H

#include "core/policy.h"
#include "core/verdict.h"

struct desk;

/* Nothing is said there. */
bool route_is_none(const struct policy *);
/* The n-th address of [alarm] mail, from 0; blanks and commas are between them. False: there are
   no more, or this one is too long to be one. */
bool route_address(const char *list, size_t n, char ret[LIMIT_EMAIL_BYTES]);
/* What is wrong with such a list, as a clause; NULL for nothing. */
const char *route_advice(const char *list);

/* The number of the alarm that is due now, after `told` of which the first went out at since_ms; 0:
   none is. */
int64_t route_step(const struct policy *, ms_t since_ms, int64_t told, ms_t now_ms);

/* What is said in a mail, or to the program. */
struct route_words {
    const char *subject, *text;
};
/* By a witness: why it is alarmed; NULL: the alarm is over. */
struct route_words route_of_witness(const struct policy *, const char *why, struct arena *);

void route_settle(const struct desk *, struct verdict *);
void route_apply(struct desk *, const struct fact *);
void route_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
