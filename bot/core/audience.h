/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told when protection is down or may be: whoever can act on it. All Admins among the people
   of [people], as the newest roster has them; everybody of [people] as long as none was read, and
   once the newest is too old to go by. */
#ifndef REGUARD_AUDIENCE_H
#define REGUARD_AUDIENCE_H

#include "core/buf.h"
#include "core/limits.h"
#include "core/message.h"
#include "core/verdict.h"

struct desk;

/* SURVEYED with a roster: who the Admins are now. */
void audience_heard(const struct desk *, const struct survey *, struct verdict *);
void audience_apply(struct desk *, const struct fact *);
/* Whether they are among them, by the key of [people]. */
bool audience_has(const struct desk *, const char *key);
/* " @Ana @Ben and 3 more": all of them, each behind a blank. */
void audience_mention(const struct desk *, struct buf *);
/* The message to each of them alone; its buttons come along. */
void audience_direct(const struct desk *, const struct message *, struct verdict *);
/* Likewise everywhere, or only in the chats whose channel takes no posts; there it says why it
   comes this way. */
void audience_alone(const struct desk *, const struct message *, bool everywhere, struct verdict *);

#endif
