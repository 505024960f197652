/* SPDX-License-Identifier: Apache-2.0 */
/* The one bounded queue through which everything outside reaches the engine. Adapters fill it from
   inside library callbacks; the engine takes a whole batch outside of them. Strings of an event
   live in the batch's arena until the turn is over. */
#ifndef REGUARD_INBOX_H
#define REGUARD_INBOX_H

#include "core/arena.h"
#include "core/event.h"
#include "core/limits.h"

struct inbox_batch {
    struct arena arena;
    struct event **events;
    size_t count, room;
};
struct inbox {
    struct inbox_batch batches[2];
    unsigned filling;     /* which of the two takes new events */
    void (*wake)(void *); /* called when the first event of a batch is put in */
    void *wake_arg;
    uint64_t dropped;
    /* ids of answers, since the engine has looked */
    uint64_t answered[LIMIT_ANSWERS_OWED];
    size_t answered_count;
};

void inbox_init(struct inbox *, void (*wake)(void *), void *wake_arg);
void inbox_done(struct inbox *);
/* Where strings of the event being made belong. */
struct arena *inbox_arena(struct inbox *);
/* A zeroed event in that arena; goes nowhere until put. */
struct event *inbox_new(struct inbox *, enum event_kind, const char *chat);
/* Queues it. False when it was refused (counted), which only happens to what has an id, when so
   many events wait or they hold so much memory: it is not acknowledged, and whoever has it puts it
   again or gets it again from the service. What has no id (results of our own effects, what the
   chats say of themselves) is always taken: as many as there are effects in flight. */
bool inbox_put(struct inbox *, struct event *);
/* Takes it in any case: what a read of bounded length has shown, and nobody would bring again. */
void inbox_put_for_sure(struct inbox *, struct event *);
/* What comes from people would be refused now. Whoever reads many of them looks before each. */
bool inbox_is_full(const struct inbox *);
/* The batch to handle now; new events go to the other one. Give it back with inbox_release, after
   which its strings are gone. */
struct inbox_batch *inbox_take(struct inbox *);
void inbox_release(struct inbox *, struct inbox_batch *);
size_t inbox_count(const struct inbox *);
/* The ANSWER with that id has arrived, another one that waits stands for it, or it is given up and
   was told of; 0: nobody waits to hear of it. Wakes nobody: what it leads to goes with the next
   turn. Past the ceiling it is not taken, and the answer is given again after a restart. */
void inbox_answered(struct inbox *, uint64_t effect_id);

#endif
