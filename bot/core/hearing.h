/* SPDX-License-Identifier: Apache-2.0 */
/* What was said in a chat while we could not hear it: read back when the chat is there again, tried
   again for as long as it takes, and told when it does not come about within a minute. A chat whose
   connection stands is looked back at now and then, too, so that the place up to which everything
   was heard moves on, and nothing that its service has lost stays lost. */
#ifndef REGUARD_HEARING_H
#define REGUARD_HEARING_H

#include "core/event.h"
#include "core/verdict.h"

struct desk;

/* CAUGHT_UP, and DELIVERED of a message that is only now known to be ours: what was said under it
   and voted on it is not known. */
void hearing_decide(const struct desk *, const struct event *, struct verdict *);
void hearing_settle(const struct desk *, struct verdict *);
/* CATCH_UP_WANTED, CATCHING_UP, CATCH_UP_FAILED, CAUGHT_UP, DEAF_TOLD; and CHAT, after the chat
 * itself. */
void hearing_apply(struct desk *, const struct fact *);
/* What the chats hear of CAUGHT_UP and DEAF_TOLD. */
void hearing_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
