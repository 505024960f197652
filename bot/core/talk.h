/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody acts. Every word, press, reaction and form counts; past the ceiling of a
   minute the first one is answered and the rest is silence. What may raise protection is counted
   by itself, and what does raise it is done however often it comes. A
   person of [people] counts as one, whatever the chat and the account, and has a place that
   nobody else can take. Everybody else has a place while there is one; those who find none
   count together, and each of them is answered that there is none. What the people of [people] try
   in vain is recorded by number: one record a minute and person at the most. */
#ifndef REGUARD_TALK_H
#define REGUARD_TALK_H

#include "core/limits.h"
#include "core/verdict.h"

struct desk;

/* One more of that person of [people] would be too many for this minute; what raises is counted by
   itself. */
bool talk_is_too_much(const struct desk *, const char *key, ms_t now_ms);
/* Counts the event of a person. True when it is one too many for this minute. */
bool talk_count(const struct desk *, const struct event *, bool may_raise, struct verdict *);
/* It was one too many and nothing came of it: answers the first one, and the id of the event need
   not be remembered. */
void talk_hush(const struct desk *, const struct event *, struct verdict *);
/* This person has just been found not to be allowed to raise protection: the same wish need not be
   looked into again for a while. */
bool talk_is_barred(const struct desk *, const char *key, ms_t now_ms);
/* Records what was tried in vain. */
void talk_settle(const struct desk *, struct verdict *);
void talk_apply(struct desk *, const struct fact *);

#endif
