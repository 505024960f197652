/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a story by outside evidence alone: what Stax was asked, what the chats hold, what people
   did and the exported records. Shares no code and no header with the bot. */
#ifndef REGUARD_JUDGE_H
#define REGUARD_JUDGE_H

#include <stddef.h>

enum { JUDGE_VIOLATIONS = 16 };
struct judge_verdict {
    struct {
        char rule[32], text[240];
    } violations[JUDGE_VIOLATIONS];
    size_t count;
    /* How often each kind of thing was there to be judged: a rule that was never tried says
       nothing. */
    unsigned long lifts, restores, approvals, reminders, outside, closed, records, alarms;
};
/* evidence: lines of "INSTANT<tab>KIND<tab>values", see README.md beside this file. Terminated. */
void judge(const char *evidence, struct judge_verdict *);

#endif
