/* SPDX-License-Identifier: Apache-2.0 */
/* When nothing can be written: the turn is taken back and done once more without the file, nobody's
   words are acknowledged, and the file is tried again until it can be written. */
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"

#include <string.h>

static const ms_t AGAIN_FIRST_MS = MS_SECOND, AGAIN_MOST_MS = MS_MINUTE;

bool engine_is_away(const struct engine *e) { return store_place(e->store) == STORE_IN_MEMORY; }

/* Told anew only when it was not lost: for another reason the next reminder has it. */
static struct event *lost_event(struct arena *arena, const char *why)
{
    struct event *ev = arena_take(arena, sizeof *ev);
    ev->kind = EVENT_STORE_LOST;
    ev->chat = "";
    ev->doubt.why = arena_copy(arena, why);
    return ev;
}

static void try_again_later(struct engine *e)
{
    e->back_wait_ms = e->back_wait_ms ? ms_doubled(e->back_wait_ms, 1, AGAIN_MOST_MS)
                                      : AGAIN_FIRST_MS;
    loop_timer_set(e->loop, &e->back_timer, e->back_wait_ms);
}

struct event *engine_step_back(struct engine *e, const struct err *cause)
{
    struct err why = { "" };
    enum store_place was = store_place(e->store);
    desk_copy(e->desk, e->saved);
    e->debts = e->saved_debts;
    outbox_forget(&e->outbox);
    arena_reset(&e->work);
    e->stored_watch_ms = 0;
    bool there = store_step_back(e->store, cause, &why);
    enum store_place now = store_place(e->store);
    LOG(LOG_ERROR, "store.failed", LS("error", cause->text),
        LS("next", !there                   ? "nothing of this turn was done"
                   : now == STORE_IN_MEMORY ? "going on in memory; nothing is acknowledged"
                                            : "going on with the reserve"));
    if (now != was) {
        engine_stop_walk(e);
        e->back_wait_ms = 0;
        try_again_later(e);
        engine_led_begin(e);
    }
    return there ? lost_event(&e->work, why.text) : NULL;
}

void engine_begin_away(struct engine *e, const char *why)
{
    struct event *ev = lost_event(inbox_arena(&e->inbox), why);
    LOG(LOG_ERROR, "store.failed", LS("error", why),
        LS("next", engine_is_away(e) ? "going on without records" : "going on with the reserve"));
    inbox_put(&e->inbox, ev);
    try_again_later(e);
}

/* ---- coming back ---- */

static void put_chats(struct engine *e)
{
    for (size_t i = 0; i < e->outbox.chat_count; i++) {
        const struct outbox_chat *chat = &e->outbox.chats[i];
        enum event_kind kind = chat->up      ? EVENT_CHAT_UP
                               : chat->still ? EVENT_CHAT_REFUSED
                                             : EVENT_CHAT_DOWN;
        struct event *ev = inbox_new(&e->inbox, kind, chat->adapter->ops->name);
        ev->error = chat->up ? "" : chat->still ? "it could not be served before" : "no connection";
        if (!chat->up)
            ev->still = chat->still;
        else
            ev->chat_up = (struct event_chat_up){ .holds_ms = chat->holds_ms,
                                                  .moves = chat->moves,
                                                  .holds_why = chat->holds_why[0] ? chat->holds_why
                                                                                  : NULL };
        inbox_put(&e->inbox, ev);
    }
}

/* As after a restart: the journal says how things stand, and what is under way is found out. */
static void begin_again(struct engine *e, uint64_t uncertain)
{
    struct err err = { "" };
    engine_new_desk(e);
    if (!engine_rebuild(e, uncertain != 0, &err))
        LOG(LOG_ERROR, "store.rebuild", LS("error", err.text));
    engine_put_doubt(e);
    inbox_put(&e->inbox, inbox_new(&e->inbox, EVENT_STARTED, ""));
    engine_put_rules_again(e);
    put_chats(e);
    engine_start_walk(e);
}

static void put_back(struct engine *e, uint64_t uncertain)
{
    struct event *ev = inbox_new(&e->inbox, EVENT_STORE_BACK, "");
    ev->doubt.record = uncertain;
    inbox_put(&e->inbox, ev);
}

bool engine_try_back(struct engine *e)
{
    struct err err = { "" };
    uint64_t uncertain = 0;
    bool was_away = engine_is_away(e), back = store_come_back(e->store, &uncertain, &err);
    LOG(back ? LOG_INFO : LOG_WARN, back ? "store.back" : "store.still_away", LS("error", err.text),
        LI("uncertain", uncertain));
    if (was_away && !engine_is_away(e))
        begin_again(e, uncertain);
    if (back && e->on_back)
        e->on_back(e->on_back_arg);
    if (back)
        put_back(e, uncertain);
    else
        inbox_put(&e->inbox,
                  lost_event(inbox_arena(&e->inbox), engine_is_away(e) ? err.text
                                                                       : "the disk is nearly full; "
                                                                         "make room on it"));
    return back;
}

/* Not while the provider has not answered to a change: its answer belongs to this desk. */
static void on_back_timer(void *arg)
{
    struct engine *e = arg;
    if (e->desk->guardrail.change_id || !engine_try_back(e))
        try_again_later(e);
}

void engine_init_loss(struct engine *e)
{
    e->back_timer = (struct loop_timer){ .fired = on_back_timer, .arg = e };
}

void engine_settle_loss(struct engine *e)
{
    if (e->desk->loss.stands && store_place(e->store) == STORE_ON_DISK)
        put_back(e, 0);
}
