/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the records can be believed. A store that is older than what the chats have seen, was
   changed behind our back or does not fit in another way is in doubt: from then on nothing is
   lowered and no request is taken, the chats are told with what to do, again and again, until the
   operator goes on from these records on record. The watch, the alarms and everything that only
   raises protection go on. */
#ifndef REGUARD_DOUBT_H
#define REGUARD_DOUBT_H

#include "core/event.h"
#include "core/verdict.h"

struct casefile;
struct command;
struct desk;

/* Decides on STORE_DOUBTED and STORE_ACCEPTED. */
void doubt_decide(const struct desk *, const struct event *, struct verdict *);
void doubt_settle(const struct desk *, struct verdict *);
void doubt_apply(struct desk *, const struct fact *);
/* What the chats hear of STORE_DOUBTED, DOUBT_TOLD and STORE_ACCEPTED. */
void doubt_tell(const struct desk *, const struct fact *, struct verdict *);

/* Our own messages in a chat were looked at. */
void doubt_seen(const struct desk *, const struct event_looked *, struct verdict *);
/* A message that was made from that record of that store was accepted before. */
bool doubt_is_accepted(const struct desk *, const char *store, uint64_t record);

/* What was asked on records that were uncertain is closed, to be asked anew. */
void doubt_close_questions(const struct casefile *, struct verdict *);

/* Why that command is not taken now, as a whole answer, or NULL. */
const char *doubt_refusal(const struct desk *, const struct command *, struct verdict *);

#endif
