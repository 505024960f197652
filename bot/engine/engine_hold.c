/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that wait. The answer to a message of ours may be slower than the people who see it: what
   they press and how they react then is on a message that nobody knows yet. Such an answer is held,
   unacknowledged, until it is known what became of what is under way, and judged then by the same
   rules as every other. Without room it is judged at once, behind all that waits, so that nothing
   overtakes. */
#include "core/dialogue.h"
#include "core/xalloc.h"
#include "core/outside.h"
#include "host/clock.h"
#include "engine/engine_parts.h"

#include <stdlib.h>

/* A message's first attempt ends after ten seconds; the look for it follows. */
static const ms_t HELD_MOST_MS = 15 * MS_SECOND, AGAIN_MS = 50;

struct engine_held {
    struct engine_held *next;
    struct arena arena;
    struct event event;
};

bool engine_has_to_wait(struct engine *e, const struct event *ev)
{
    bool in_time = !ev->judge_by_ms || clock_monotonic_ms() < ev->judge_by_ms;
    bool unknown = ev->message_id && !ev->case_of_message && dialogue_needs_message(e->desk, ev) &&
                   outbox_awaits(&e->outbox, ev->chat);
    /* It may be there, unknown to us, or come in a moment. Should the process end first, the word
       is lost, which lowers nothing. */
    bool unseen = (ev->kind == EVENT_SAID && str_or_empty(ev->said.unseen)[0]) ||
                  (ev->kind == EVENT_CLICKED && str_or_empty(ev->clicked.unseen)[0]);
    return in_time && (unknown || unseen);
}

static void copy_texts(struct arena *arena, struct event *ev, struct outside_texts texts)
{
    for (size_t i = 0; i < texts.count; i++) {
        const char **text = (const char **)((char *)ev + texts.rows[i].offset);
        *text = arena_copy(arena, *text);
    }
}

static void copy(struct arena *arena, struct event *to, const struct event *from)
{
    *to = *from;
    copy_texts(arena, to, outside_of_every_event());
    copy_texts(arena, to, outside_of_event(from->kind));
    to->chat = from->chat; /* the adapter's own name */
}

static void drop(struct engine *e, struct engine_held **at)
{
    struct engine_held *h = *at;
    *at = h->next;
    e->held_count--;
    arena_done(&h->arena);
    free(h);
}

static bool put_back(struct engine *e, const struct event *ev)
{
    struct event *again = arena_take(inbox_arena(&e->inbox), sizeof *again);
    copy(inbox_arena(&e->inbox), again, ev);
    return inbox_put(&e->inbox, again);
}

static void release_late(void *arg);

static void look_later(struct engine *e)
{
    ms_t now = clock_monotonic_ms(), first = MS_NEVER;
    for (const struct engine_held *h = e->held; h; h = h->next)
        first = ms_min(first, h->event.judge_by_ms);
    e->held_timer.fired = release_late;
    e->held_timer.arg = e;
    loop_timer_set(e->loop, &e->held_timer, ms_max(first - now, AGAIN_MS));
}

/* In order; what the inbox has no room for goes on waiting, and everything behind it. */
static void release(struct engine *e, const char *chat, bool late_only, bool judge_now)
{
    ms_t now = clock_monotonic_ms();
    loop_timer_cancel(&e->held_timer);
    for (struct engine_held **at = &e->held; *at;) {
        struct event *ev = &(*at)->event;
        bool meant = (!chat || str_equal(chat, ev->chat)) && (!late_only || ev->judge_by_ms <= now);
        if (judge_now)
            ev->judge_by_ms = ms_min(ev->judge_by_ms, now);
        if (!meant)
            at = &(*at)->next;
        else if (put_back(e, ev))
            drop(e, at);
        else
            break;
    }
    if (e->held)
        look_later(e);
}

static void release_late(void *arg) { release(arg, NULL, true, false); }

void engine_release(struct engine *e, const char *chat) { release(e, chat, false, false); }

/* A service that has had no acknowledgement sends the same again. */
static struct engine_held *find(const struct engine *e, const struct event *ev)
{
    for (struct engine_held *h = e->held; h; h = h->next)
        if (str_equal(h->event.chat, ev->chat) && str_equal(h->event.id, ev->id))
            return h;
    return NULL;
}

void engine_hold(struct engine *e, struct event *ev)
{
    struct engine_held **at = &e->held, *same = find(e, ev);
    if (!ev->judge_by_ms)
        ev->judge_by_ms = clock_monotonic_ms() + HELD_MOST_MS;
    if (same) {
        same->event.receipt = ev->receipt;
        return;
    }
    struct engine_held *h = e->held_count < LIMIT_ANSWERS_HELD ? xcalloc(1, sizeof *h) : NULL;
    if (!h) {
        release(e, ev->chat, false, true);
        ev->judge_by_ms = clock_monotonic_ms();
        put_back(e, ev); /* refused it is lost like everything that finds no room, and not
                            acknowledged */
        return;
    }
    arena_init(&h->arena, LIMIT_INBOX_BYTES);
    copy(&h->arena, &h->event, ev);
    while (*at)
        at = &(*at)->next;
    *at = h;
    e->held_count++;
    look_later(e);
}

void engine_hold_stop(struct engine *e)
{
    loop_timer_cancel(&e->held_timer);
    while (e->held)
        drop(e, &e->held);
}
