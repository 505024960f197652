/* SPDX-License-Identifier: Apache-2.0 */
/* Brings stored messages to the chats, and gives up none of them but what is known to be final for
   that one: one at a time for each chat and in order, cards as the
   newest picture only, looked for in the channel before a second attempt whose first outcome is
   unknown, and for some minutes after it. What can be pressed on a post is taken off it when it has
   served: when its question is answered, when the case is over, or when a newer post offers the
   same. */
#ifndef REGUARD_OUTBOX_H
#define REGUARD_OUTBOX_H

#include "core/effect.h"
#include "core/event.h"
#include "core/verdict.h"
#include "port/adapter.h"
#include "store/store.h"

enum { OUTBOX_CHATS = 2 };

/* A message that was looked for, not found and posted. Whoever was stopped with the same one on its
   way, before another led, posts it as it wakes up, and nothing that it asks before can prevent
   that: it is looked for again for some minutes, and what is not the one on record is taken away.
 */
struct outbox_twice {
    char key[64], case_id[CASE_ID_BYTES], person[LIMIT_EMAIL_BYTES], remote_id[64];
    char *body; /* as it was sent, owned; NULL: there is none */
    int kind, looks;
    ms_t first_ms, due_ms;
};

struct outbox_chat {
    struct adapter *adapter;
    bool up;        /* served */
    unsigned still; /* what goes while it is not: enum chat_still */
    ms_t holds_ms;  /* as it told when it came up: event_chat_up */
    bool moves;
    char holds_why[160];
    ms_t try_ms;        /* nothing goes into the channel before; 0: at any time */
    unsigned tries;     /* while the channel takes nothing: whose turn it is */
    bool closed;        /* the last message to the channel was refused by the channel itself */
    uint64_t effect_id; /* in flight, 0 for none */
    char key[64];       /* of the row in flight; "" for a card */
    int kind;           /* enum message_kind of the row in flight */
    char person[LIMIT_EMAIL_BYTES]; /* to whom alone, "" for the channel */
    ms_t first_ms;                  /* of what is in flight */
    bool heard;                     /* its outcome has come in this turn */
    bool served;                    /* it is the edit of a post that has served */
    bool edits;                     /* it is the edit of a card */
    bool alarm;                     /* the row in flight is one */
    char case_id[CASE_ID_BYTES];    /* of the card in flight */
    char *body;                     /* of the card in flight, owned */
    struct outbox_twice posted;     /* what is in flight, when it may come to stand there twice */
    struct outbox_twice twice[LIMIT_TWICE];
    size_t twice_count;
    bool looks_again; /* what is in flight is a look for the one at looked_at */
    size_t looked_at;
    ms_t heard_ms;
    int failures; /* in a row, for the back-off */
    bool settled; /* nothing is to be sent before due_ms: the store need not be asked */
    ms_t due_ms;
};
struct outbox {
    struct store *store;
    struct outbox_chat chats[OUTBOX_CHATS];
    size_t chat_count;
    const struct people *people;
    uint64_t next_id;
};

/* Renders and stores a message for every chat; part of the turn's transaction. key: unique for
   ever. */
bool outbox_say(struct outbox *, struct message *, const char *key, const struct verdict *,
                struct err *);
/* Wants that picture of a case in every chat. bare: the same without what is no reason to show it
   anew. */
bool outbox_draw(struct outbox *, struct message *card, struct message *bare,
                 const struct verdict *, struct err *);
/* Posts of the case that ask for answers, or the others with something to press, have nothing left
   to press: it is taken off them. */
bool outbox_served(struct outbox *, const char *case_id, bool asks, struct err *);
/* Before outbox_heard, DELIVERED, DELIVERY_FAILED or DELIVERY_UNKNOWN: it says something that was
   not known, of the channel (its delivery.of_channel) or of whether anybody is reached in a chat
   that is not all there. */
bool outbox_tells(const struct outbox *, struct event *);
/* CHAT_UP, CHAT_DOWN, CHAT_REFUSED, DELIVERED, DELIVERY_FAILED, DELIVERY_UNKNOWN; part of the
   turn's transaction. A message that is given up is written into the event: its delivery.given_up,
   kind, case_no and to. */
bool outbox_heard(struct outbox *, struct event *, struct err *);
/* What was heard is on record now, or has not happened. */
void outbox_settle(struct outbox *);
void outbox_forget(struct outbox *);
/* It is not known of every message to that chat whether people can see it. */
bool outbox_awaits(const struct outbox *, const char *chat);
/* After the commit: starts what can be started; each effect goes to perform. */
void outbox_pump(struct outbox *, ms_t now_ms, struct arena *,
                 void (*perform)(void *, struct adapter *, const struct effect *), void *arg);
ms_t outbox_due_ms(struct outbox *);
void outbox_done(struct outbox *);

#endif
