/* SPDX-License-Identifier: Apache-2.0 */
#include "port/inbox.h"
#include "core/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

void inbox_init(struct inbox *inbox, void (*wake)(void *), void *wake_arg)
{
    *inbox = (struct inbox){ .wake = wake, .wake_arg = wake_arg };
    for (size_t i = 0; i < COUNT(inbox->batches); i++)
        arena_init(&inbox->batches[i].arena, LIMIT_INBOX_BYTES);
}

void inbox_done(struct inbox *inbox)
{
    for (size_t i = 0; i < COUNT(inbox->batches); i++) {
        arena_done(&inbox->batches[i].arena);
        free(inbox->batches[i].events);
    }
}

static struct inbox_batch *filling(struct inbox *inbox) { return &inbox->batches[inbox->filling]; }

struct arena *inbox_arena(struct inbox *inbox) { return &filling(inbox)->arena; }

struct event *inbox_new(struct inbox *inbox, enum event_kind kind, const char *chat)
{
    struct event *event = arena_take(inbox_arena(inbox), sizeof *event);
    event->kind = kind;
    event->chat = chat;
    return event;
}

static bool is_from_outside(const struct event *event) { return event->id != NULL; }

bool inbox_is_full(const struct inbox *inbox)
{
    const struct inbox_batch *batch = &inbox->batches[inbox->filling];
    return batch->count >= LIMIT_INBOX_EVENTS || batch->arena.full;
}

static void make_room(struct inbox_batch *batch)
{
    size_t room = batch->room ? 2 * batch->room : LIMIT_INBOX_EVENTS;
    batch->events = xrealloc(batch->events, room * sizeof(*batch->events));
    batch->room = room;
}

void inbox_put_for_sure(struct inbox *inbox, struct event *event)
{
    struct inbox_batch *batch = filling(inbox);
    if (batch->count == batch->room)
        make_room(batch);
    batch->events[batch->count++] = event;
    if (batch->count == 1)
        inbox->wake(inbox->wake_arg);
}

bool inbox_put(struct inbox *inbox, struct event *event)
{
    bool takes = !is_from_outside(event) || !inbox_is_full(inbox);
    if (takes)
        inbox_put_for_sure(inbox, event);
    else
        inbox->dropped++;
    return takes;
}

struct inbox_batch *inbox_take(struct inbox *inbox)
{
    struct inbox_batch *batch = filling(inbox);
    inbox->filling = !inbox->filling;
    return batch;
}

void inbox_release(struct inbox *inbox, struct inbox_batch *batch)
{
    (void)inbox;
    batch->count = 0;
    arena_reset(&batch->arena);
}

size_t inbox_count(const struct inbox *inbox) { return inbox->batches[inbox->filling].count; }

void inbox_answered(struct inbox *inbox, uint64_t effect_id)
{
    if (effect_id && inbox->answered_count < COUNT(inbox->answered))
        inbox->answered[inbox->answered_count++] = effect_id;
}
