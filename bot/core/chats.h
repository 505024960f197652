/* SPDX-License-Identifier: Apache-2.0 */
/* The chats themselves: which are there, which can be served, and whether the channel takes posts.
 */
#ifndef REGUARD_CHATS_H
#define REGUARD_CHATS_H

#include "core/verdict.h"

struct desk;

/* Decides on CHAT_UP, CHAT_DOWN and CHAT_REFUSED. */
void chats_decide(const struct event *, struct verdict *);
/* DELIVERED, DELIVERY_FAILED and DELIVERY_UNKNOWN: what became of a message tells whether the
   channel takes any, and whether anybody is reached. */
void chats_delivered(const struct desk *, const struct event *, struct verdict *);
/* CHAT, CHANNEL and REACHED. */
void chats_apply(struct desk *, const struct fact *);

/* JOINED: we are new in the channel, and say who we are. */
void chats_joined(const struct desk *, const struct event *, struct verdict *);

#endif
