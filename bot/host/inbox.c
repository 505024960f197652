#include "host/inbox.h"

void inbox_init(struct inbox *inbox, void (*wake)(void *), void *wake_arg)
{
    *inbox = (struct inbox){ .wake = wake, .wake_arg = wake_arg };
    for (size_t i = 0; i < COUNT(inbox->batches); i++)
        arena_init(&inbox->batches[i].arena, LIMIT_ARENA_BYTES);
}

void inbox_done(struct inbox *inbox)
{
    for (size_t i = 0; i < COUNT(inbox->batches); i++)
        arena_done(&inbox->batches[i].arena);
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

bool inbox_put(struct inbox *inbox, struct event *event)
{
    struct inbox_batch *batch = filling(inbox);
    size_t room = LIMIT_INBOX_EVENTS - (is_from_outside(event) ? LIMIT_INBOX_RESERVED : 0);
    if (batch->count >= room) {
        inbox->dropped++;
        return false;
    }
    batch->events[batch->count++] = event;
    if (batch->count == 1)
        inbox->wake(inbox->wake_arg);
    return true;
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
