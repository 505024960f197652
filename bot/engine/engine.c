/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"
#include "core/xalloc.h"
#include "core/command.h"
#include "core/guardrail.h"
#include "core/turn.h"
#include "core/twin.h"
#include "engine/engine_parts.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"
#include "host/codekey.h"
#include "store/status.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ms_t VOTES_KEPT_MS = 7 * MS_DAY;
/* Where nothing comes, what grows old waits no longer than this to be forgotten. */
static const ms_t FORGET_WITHIN_MS = 6 * MS_HOUR;
/* About three milliseconds to read at a start, and in the turn in which they are kept. */
enum { KEPT_EVERY = 1000 };

/* ---- the turn ---- */

/* What one turn handles: as many events of the batch as one transaction and the turn's memory take.
   The others wait for the next turn. */
struct slice {
    struct event **events;
    size_t count;
    bool last;  /* of the batch */
    bool extra; /* the first one is none of the batch: a write has failed */
};

static bool needs_acknowledgement(const struct event *ev)
{
    return !ev->held &&
           (engine_is_from_people(ev) || engine_only_shows(ev) || ev->kind == EVENT_IGNORED ||
            ev->kind == EVENT_JOINED || ev->kind == EVENT_MARK || ev->kind == EVENT_ROOT_USED);
}

/* Where nothing is added no ceiling is reached, and what is too old by now can wait. */
static ms_t forget_due_ms(const struct engine *e)
{
    return e->forgot_ms + (store_has_grown(e->store)
                               ? MS_MINUTE
                               : ms_doubled(MS_HOUR, e->forgot_nothing, FORGET_WITHIN_MS));
}

static bool keep_marks(struct engine *e, struct err *err)
{
    struct arena *arena = &e->work;
    struct desk *desk = e->desk;
    ms_t now = engine_now_ms(e);
    if (!engine_keep_desk(e, err) || !engine_roots_keep(e, err))
        return false;
    if (store_is_dirty(e->store) && desk_is_quiet(desk) &&
        !store_put(e->store, "quiet_seq", arena_printf(arena, "%" PRIu64, desk->record), err))
        return false;
    bool values_change = desk->record != e->saved->record;
    enum watch watch = desk->guardrail.known;
    ms_t checked_ms = guardrail_checked_ms(desk);
    if (watch != e->stored_watch || checked_ms - e->stored_watch_ms >= MS_MINUTE) {
        if (watch != e->stored_watch)
            engine_homes_changed(e);
        e->stored_watch = watch;
        e->stored_watch_ms = checked_ms;
        if (!store_put(e->store, "watch",
                       arena_printf(arena, "%s %" PRId64, watch_name(watch), checked_ms), err))
            return false;
        values_change = true;
    }
    /* They stand on one page, which is written now anyway, or has not been for a while. */
    if ((values_change || now >= engine_debts_due_ms(e)) && !engine_debts_mark(e, err))
        return false;
    struct store_forgotten forgotten;
    bool grown = store_has_grown(e->store);
    if (now < forget_due_ms(e))
        return true;
    if (!store_forget(e->store, now, &forgotten, err) ||
        !store_forget_votes(e->store, now - VOTES_KEPT_MS, err))
        return false;
    e->forgot_ms = forgotten.more ? e->forgot_ms : now;
    e->forgot_nothing = forgotten.any || grown ? 0 : e->forgot_nothing + 1;
    return true;
}

struct pending {
    struct effect *effects;
    size_t count;
    struct fact *facts; /* with a line in the log */
    size_t fact_count;
};

/* Copied, because the next event's stand in their place. */
static void keep_story(struct engine *e, struct pending *p)
{
    const struct verdict *v = e->verdict;
    size_t told = 0;
    for (size_t i = 0; i < v->fact_count; i++)
        told += story_of(v->facts[i].kind) == STORY_TOLD;
    *p = (struct pending){ .facts = arena_take(&e->work, told * sizeof *p->facts) };
    for (size_t i = 0; i < v->fact_count; i++)
        if (story_of(v->facts[i].kind) == STORY_TOLD)
            p->facts[p->fact_count++] = v->facts[i];
}

/* Ends the slice where the turn's memory does. */
static bool write_turn(struct engine *e, struct slice *slice, struct pending *pending,
                       struct err *err)
{
    for (size_t i = 0; i < slice->count; i++) {
        if (!engine_handle(e, slice->events[i], e->verdict, err))
            return false;
        keep_story(e, &pending[i]);
        pending[i].count = e->verdict->effect_count;
        pending[i].effects = arena_take(&e->work, e->verdict->effect_count * sizeof(struct effect));
        memcpy(pending[i].effects, e->verdict->effects,
               e->verdict->effect_count * sizeof(struct effect));
        if (e->work.full) {
            slice->last = slice->last && i + 1 == slice->count;
            slice->count = i + 1;
        }
    }
    return keep_marks(e, err) && store_commit(e->store, err);
}

/* What is not on the disk is not acknowledged to a service that forgets it then. */
static bool is_acknowledged(const struct engine *e, const struct event *ev)
{
    const struct adapter *adapter = engine_adapter(e, ev->chat);
    return needs_acknowledgement(ev) && !(engine_is_away(e) && adapter && adapter->ops->forgets);
}

/* What a form that was sent shows goes with the acknowledgement; without it the form closes. */
static const struct effect_form *reply_of(const struct pending *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->effects[i].kind == EFFECT_REPLY)
            return &p->effects[i].form;
    return NULL;
}

/* Acknowledged by the effect, with what is offered. */
static bool is_offered_something(const struct pending *p)
{
    return p->count == 1 && p->effects[0].kind == EFFECT_OFFER;
}

static void act(struct engine *e, const struct slice *slice, const struct pending *pending)
{
    outbox_settle(&e->outbox);
    for (size_t i = 0; i < slice->count; i++) {
        bool now = is_acknowledged(e, slice->events[i]) && !is_offered_something(&pending[i]);
        struct adapter *adapter = now ? engine_adapter(e, slice->events[i]->chat) : NULL;
        slice->events[i]->reply = reply_of(&pending[i]);
        if (adapter)
            adapter->ops->acknowledge(adapter, slice->events[i]);
    }
    for (size_t i = 0; i < slice->count; i++) {
        for (size_t k = 0; k < pending[i].count; k++)
            if (pending[i].effects[k].kind == EFFECT_CATCH_UP)
                engine_catch_up(e, &pending[i].effects[k], &e->work);
            else
                engine_perform(e, &pending[i].effects[k]);
    }
    outbox_pump(&e->outbox, engine_now_ms(e), &e->work, engine_perform_with, e);
}

/* What came too early waits; what has come of a message of ours may be what it waited for. */
static void hold_and_release(struct engine *e, const struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++)
        if (slice->events[i]->held)
            engine_hold(e, slice->events[i]);
    for (size_t i = 0; i < slice->count; i++)
        if (engine_tells_of_message(slice->events[i]))
            engine_release(e, slice->events[i]->chat);
}

/* What is committed has happened; also in memory, when the records are away. */
static void tell(struct engine *e, const struct slice *slice, const struct pending *pending)
{
    for (size_t i = 0; i < slice->count; i++)
        for (size_t k = 0; k < pending[i].fact_count; k++)
            story_tell(&e->story, &pending[i].facts[k]);
    engine_tell_kept(e);
}

static void wait_for_due(struct engine *e)
{
    /* Looked at again after a while in any case: the wall clock may have been set forward. */
    loop_timer_set(e->loop, &e->due_timer,
                   e->due_ms == MS_NEVER
                       ? MS_MINUTE
                       : ms_min(ms_max(e->due_ms - engine_now_ms(e), 1), MS_MINUTE));
}

static void set_due(struct engine *e)
{
    e->due_ms = ms_min(ms_min(desk_due_ms(e->desk), outbox_due_ms(&e->outbox)),
                       engine_debts_due_ms(e));
    wait_for_due(e);
}

static void wake(void *arg);

/* As long as each look at the sockets brings more events, they join the turn: one commit for all of
   them. */
static bool more_is_coming(struct engine *e)
{
    size_t waiting = inbox_count(&e->inbox);
    bool more = waiting > e->seen_waiting && waiting < LIMIT_TURN_EVENTS;
    e->seen_waiting = more ? waiting : 0;
    if (more)
        wake(e);
    return more;
}

const uint64_t engine_turn_bounds_us[ENGINE_TURN_BOUNDS] = { 100,   200,   300,    400,    500,
                                                             600,   800,   1000,   2000,   5000,
                                                             10000, 50000, 200000, 1000000 };

static bool has_acknowledged(const struct slice *slice)
{
    for (size_t i = 0; i < slice->count; i++)
        if (needs_acknowledgement(slice->events[i]))
            return true;
    return false;
}

static void note_duration(struct engine *e, const struct slice *slice)
{
    uint64_t took_us = clock_monotonic_us() - e->woken_us;
    if (!has_acknowledged(slice))
        return;
    e->took.count++;
    e->took.sum_us += took_us;
    for (size_t i = 0; i < ENGINE_TURN_BOUNDS; i++)
        e->took.within[i] += took_us <= engine_turn_bounds_us[i];
}

static struct slice next_slice(struct engine *e)
{
    if (!e->batch) {
        e->batch = inbox_take(&e->inbox);
        e->at = 0;
    }
    size_t left = e->batch->count - e->at;
    return (struct slice){ .events = e->batch->events ? e->batch->events + e->at : NULL,
                           .count = left < LIMIT_TURN_EVENTS ? left : LIMIT_TURN_EVENTS,
                           .last = left <= LIMIT_TURN_EVENTS };
}

static void give_back(struct engine *e)
{
    inbox_release(&e->inbox, e->batch);
    e->batch = NULL;
}

/* The same once more, behind the news that a write has failed. */
static struct slice again(struct engine *e, const struct slice *slice, struct event *lost)
{
    size_t first = slice->extra;
    struct slice next = *slice;
    next.count = slice->count - first + 1;
    next.events = arena_take(&e->work, next.count * sizeof(struct event *));
    next.events[0] = lost;
    for (size_t i = 1; i < next.count; i++)
        next.events[i] = e->batch->events[e->at + i - 1];
    next.extra = true;
    return next;
}

/* Where it is written changes until it can be: the file, the file with its reserve given up,
   memory, memory with room made in it. NULL: nowhere; nothing of the slice is done then. */
static struct pending *write_somewhere(struct engine *e, struct slice *slice)
{
    enum { PLACES = 4 };
    struct slice whole = *slice;
    engine_debts_hear(e);
    desk_copy(e->saved, e->desk);
    e->saved_debts = e->debts;
    for (int n = 0; n < PLACES; n++) {
        struct err err = { "" };
        struct pending *pending = arena_take(&e->work, whole.count * sizeof *pending);
        *slice = whole;
        if (write_turn(e, slice, pending, &err))
            return pending;
        struct event *lost = engine_step_back(e, &err);
        if (!lost)
            break;
        whole = again(e, &whole, lost);
    }
    return NULL;
}

static void turn(void *arg)
{
    struct engine *e = arg;
    e->turn_is_set = false;
    if (!e->batch && more_is_coming(e))
        return;
    struct slice slice = next_slice(e);
    struct pending *pending = write_somewhere(e, &slice);
    e->turns++;
    if (pending) {
        act(e, &slice, pending);
        hold_and_release(e, &slice);
        tell(e, &slice, pending);
        note_duration(e, &slice);
    }
    e->at += slice.count - slice.extra;
    arena_reset(&e->work);
    if (e->at == e->batch->count)
        give_back(e);
    if (e->batch || inbox_count(&e->inbox))
        wake(e);
    set_due(e);
}

static void wake(void *arg)
{
    struct engine *e = arg;
    if (e->turn_is_set)
        return;
    if (!e->seen_waiting)
        e->woken_us = clock_monotonic_us();
    e->turn_is_set = true;
    loop_timer_set(e->loop, &e->turn_timer, 0);
}

static void due(void *arg)
{
    struct engine *e = arg;
    if (engine_now_ms(e) >= ms_min(e->due_ms, forget_due_ms(e)))
        inbox_put(&e->inbox, inbox_new(&e->inbox, EVENT_DUE, ""));
    else
        wait_for_due(e);
}

/* ---- life ---- */

void engine_new_desk(struct engine *e)
{
    const struct policy *policy = e->desk->policy;
    const struct people *people = e->desk->people;
    desk_init(e->desk);
    desk_use_rules(e->desk, policy, people);
    desk_use_codes(e->desk, codekey_mark, e->code_key);
    desk_use_commands(e->desk, e->commands, e->command_count);
    desk_use_venues(e->desk, &e->venues);
    /* Ids of effects do not come again after a restart: facts may name old ones. */
    desk_begin_steps(e->desk, (uint64_t)engine_now_ms(e));
    desk_use_mail(e->desk, engine_adapter_for(e, ADAPTER_MAIL) != NULL);
    desk_use_errands(e->desk, engine_adapter_for(e, ADAPTER_WATCHER) != NULL);
}

/* What is written at the start has the same ways out as a turn has: the file, the reserve, memory.
 */
enum { PLACES_AT_START = 3 };

/* The desk is known by then, and in memory there is no journal to read it from. */
static bool rebuild_somewhere(struct engine *e, struct err *err)
{
    bool done = engine_rebuild(e, false, err);
    for (int n = 1; !done && n < PLACES_AT_START && store_step_back(e->store, err, &e->lost); n++)
        done = engine_note_rebuilt(e, err);
    return done;
}

bool engine_put_at_start(struct engine *e, const char *key, const char *value, struct err *err)
{
    bool done = store_put(e->store, key, value, err) && store_commit(e->store, err);
    for (int n = 1; !done && n < PLACES_AT_START && store_step_back(e->store, err, &e->lost); n++)
        done = store_put(e->store, key, value, err) && store_commit(e->store, err);
    return done;
}

bool engine_init(struct engine *e, struct loop *loop, struct store *store,
                 const struct policy *policy, const struct people *people, struct err *err)
{
    *e = (struct engine){ .loop = loop, .store = store, .kept.every = KEPT_EVERY };
    inbox_init(&e->inbox, wake, e);
    arena_init(&e->work, LIMIT_TURN_BYTES);
    e->turn_timer = (struct loop_timer){ .fired = turn, .arg = e };
    e->due_timer = (struct loop_timer){ .fired = due, .arg = e };
    e->desk = xcalloc(1, sizeof *e->desk);
    e->verdict = xcalloc(1, sizeof *e->verdict);
    e->scratch = xcalloc(1, sizeof *e->scratch);
    e->saved = xcalloc(1, sizeof *e->saved);
    engine_init_loss(e);
    engine_led_init(e);
    engine_accounts_start(e);
    engine_homes_start(e);
    engine_roots_start(e);
    e->outbox = (struct outbox){ .store = store };
    engine_time_begin(e);
    e->started_ms = clock_wall_ms();
    engine_reconfigure(e, policy, people);
    engine_new_desk(e);
    return rebuild_somewhere(e, err);
}

void engine_use_commands(struct engine *e, const struct command *const *commands, size_t count)
{
    e->commands = commands;
    e->command_count = count;
    desk_use_commands(e->desk, commands, count);
}

void engine_use_venues(struct engine *e, const struct venues *venues)
{
    e->venues = *venues;
    desk_use_venues(e->desk, venues);
}

void engine_take_code_key(struct engine *e, struct secret *key)
{
    secret_free(e->code_key);
    e->code_key = key;
    desk_use_codes(e->desk, codekey_mark, key);
}

void engine_done(struct engine *e)
{
    secret_free(e->code_key);
    loop_timer_cancel(&e->turn_timer);
    loop_timer_cancel(&e->due_timer);
    loop_timer_cancel(&e->back_timer);
    engine_led_stop(e);
    engine_stop_walk(e);
    engine_hold_stop(e);
    engine_accounts_stop(e);
    engine_homes_stop(e);
    engine_roots_stop(e);
    inbox_done(&e->inbox);
    arena_done(&e->work);
    outbox_done(&e->outbox);
    free(e->desk);
    free(e->saved);
    free(e->verdict);
    free(e->scratch);
    free(e->rules.text);
    free(e->lately);
    engine_forget_whole(e);
}

void engine_add(struct engine *e, struct adapter *adapter)
{
    e->adapters[e->adapter_count++] = adapter;
    if (adapter->ops->role == ADAPTER_CHAT)
        e->outbox.chats[e->outbox.chat_count++].adapter = adapter;
    if (adapter->ops->role == ADAPTER_MAIL)
        desk_use_mail(e->desk, true);
    if (adapter->ops->role == ADAPTER_WATCHER)
        desk_use_errands(e->desk, true);
}

static bool move(struct engine *e, const char *chat, const char *place, struct err *err)
{
    const char *key = arena_printf(&e->work, "place.%s", chat),
               *before = store_get(e->store, key, &e->work);
    if (str_equal(before, place))
        return true;
    if (before)
        LOG(LOG_INFO, "chat.moved", LS("chat", chat), LS("from", before), LS("to", place));
    return (!before || store_chat_moved(e->store, chat, engine_now_ms(e), err)) &&
           store_put(e->store, key, place, err) && store_commit(e->store, err);
}

void engine_place(struct engine *e, const char *chat, const char *place)
{
    struct err err = { "" };
    if (!move(e, chat, place, &err))
        LOG(LOG_ERROR, "chat.place", LS("chat", chat), LS("error", err.text));
    arena_reset(&e->work);
}

void engine_put_arrived(struct engine *e)
{
    struct err err = { "" };
    engine_debts_hear(e);
    if (!engine_is_away(e) && store_lease_left_ms(e->store) > 0 &&
        !(engine_debts_mark(e, &err) && store_commit(e->store, &err)))
        LOG(LOG_WARN, "engine.answers", LS("error", err.text));
    arena_reset(&e->work);
}

void engine_add_silent(struct engine *e, struct adapter *chat)
{
    e->outbox.chats[e->outbox.chat_count++].adapter = chat;
}

void engine_stop_chats(struct engine *e)
{
    size_t kept = 0;
    for (size_t i = 0; i < e->adapter_count; i++)
        if (e->adapters[i]->ops->role == ADAPTER_CHAT)
            e->adapters[i]->ops->stop(e->adapters[i]);
        else
            e->adapters[kept++] = e->adapters[i];
    e->adapter_count = kept;
    outbox_done(&e->outbox);
    e->outbox.chat_count = 0;
}

bool engine_start(struct engine *e, const char *lost, struct err *err)
{
    /* Before anything is decided. */
    if (lost[0] || e->lost.text[0])
        engine_begin_away(e, lost[0] ? lost : e->lost.text);
    engine_put_doubt(e);
    if (!engine_is_away(e))
        engine_start_walk(e);
    engine_settle_loss(e);
    inbox_put(&e->inbox, inbox_new(&e->inbox, EVENT_STARTED, ""));
    /* A chat that never connects is an outage like any other. */
    for (size_t i = 0; i < e->adapter_count; i++) {
        struct event *down = inbox_new(&e->inbox, EVENT_CHAT_DOWN, e->adapters[i]->ops->name);
        down->error = "no connection since the start";
        if (e->adapters[i]->ops->role == ADAPTER_CHAT)
            inbox_put(&e->inbox, down);
    }
    for (size_t i = 0; i < e->adapter_count; i++)
        if (!e->adapters[i]->ops->start(e->adapters[i], err))
            return err_wrap(err, "%s", e->adapters[i]->ops->name);
    return true;
}

void engine_reconfigure(struct engine *e, const struct policy *policy, const struct people *people)
{
    desk_use_rules(e->desk, policy, people);
    e->outbox.people = people;
}

bool engine_reads_lately(struct engine *e)
{
    const struct desk *desk = e->desk;
    const struct policy *p = desk->policy;
    ms_t interval = desk->case_count ? ms_min(p->poll_lifted, p->poll_idle) : p->poll_idle;
    return desk->guardrail.seen != WATCH_UNKNOWN &&
           engine_now_ms(e) - guardrail_checked_ms(desk) <= 2 * interval;
}

static struct status_seen seen_of(struct engine *e)
{
    const struct desk *desk = e->desk;
    struct status_seen s = { .now = guardrail_now(desk),
                             .last_known = desk->guardrail.known,
                             .checked_ms = guardrail_checked_ms(desk),
                             .lately = engine_reads_lately(e) };
    s.age_ms = engine_now_ms(e) - s.checked_ms;
    s.why = s.now == WATCH_UNKNOWN ? guardrail_why_unknown(desk)
            : s.lately             ? ""
                                   : "it has not been read within two intervals since";
    return s;
}

/* What keeps it from being restored right now, or what once did. */
static const char *in_the_way(const struct desk *desk, const struct casefile *c,
                              struct arena *arena)
{
    if (c->state != CASE_RESTORING)
        return "";
    return desk->guardrail.attempts > 0 ? guardrail_why_refused(desk, arena) : c->trouble;
}

static void add_cases(struct engine *e, struct buf *b, struct arena *arena)
{
    const char *between = "";
    for (size_t i = 0; i < e->desk->case_count; i++) {
        const struct casefile *c = &e->desk->cases[i];
        struct case_row row;
        if (!case_is_open(c))
            continue;
        case_row_of(c, &row);
        buf_add(b, between);
        status_add_case(b, &row, case_is_overdue(c, engine_now_ms(e)),
                        in_the_way(e->desk, c, arena));
        between = ",";
    }
}

void engine_status_json(struct engine *e, struct buf *b)
{
    const struct desk *desk = e->desk;
    struct status_seen seen = seen_of(e);
    buf_add_char(b, '{');
    status_add_seen(b, &seen);
    buf_addf(b, ",\"records\":\"%s\",\"why_in_doubt\":",
             desk->loss.stands    ? "not writable"
             : desk->doubt.stands ? "in doubt"
                                  : "fine");
    json_add_quoted(b, desk->doubt.stands ? desk->doubt.why : "");
    buf_add(b, ",\"why_not_writable\":");
    json_add_quoted(b, desk->loss.stands ? desk->loss.why : "");
    buf_addf(b, ",\"root_events\":\"%s\",\"why_root_events_unread\":",
             !desk->rootuse.watched ? "not watched"
             : desk->rootuse.blind  ? "unreadable"
                                    : "read");
    json_add_quoted(b, desk->rootuse.blind ? desk->rootuse.why : "");
    buf_add(b, ",\"config_refused\":");
    json_add_quoted(b, desk->rules.refused);
    struct arena arena;
    arena_init(&arena, LIMIT_TURN_BYTES);
    buf_addf(b, ",\"store\":\"%s\",\"stands_aside\":%s,\"twin\":", desk->doubt.store,
             twin_bars(desk) ? "true" : "false");
    json_add_quoted(b, twin_trouble_plain(desk, &arena));
    buf_add(b, ",\"cases\":[");
    add_cases(e, b, &arena);
    buf_add(b, "]}\n");
    arena_done(&arena);
}
