#include "host/engine.h"
#include "core/card.h"
#include "core/rich.h"
#include "commands/parts.h"
#include "host/clock.h"
#include "host/factjson.h"
#include "host/log.h"
#include "host/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t EVENTS_KEPT_MS = 7 * MS_DAY, LAST_WORDS_MS = 2 * MS_SECOND;

/* ---- rebuilding ---- */

struct fold { struct desk *desk; struct arena arena; };

static bool fold_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct fold *fold = arg;
    struct fact f;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    if (!factjson_read(&columns, r->at_ms, &fold->arena, &f, err))
        return err_wrap(err, "journal record %" PRIu64, r->seq);
    desk_apply(fold->desk, &f);
    arena_reset(&fold->arena);
    return true;
}

bool engine_fold(struct store *store, uint64_t after, struct desk *desk, struct err *err)
{
    struct fold fold = { .desk = desk };
    arena_init(&fold.arena, LIMIT_ARENA_BYTES);
    bool done = store_each_record(store, after, NULL, fold_record, &fold, err);
    arena_done(&fold.arena);
    return done;
}

static bool rebuild(struct engine *e, struct err *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *quiet = store_get(e->store, "quiet_seq", &arena);
    uint64_t after = quiet ? strtoull(quiet, NULL, 10) : 0;
    arena_done(&arena);
    e->desk->last_case = store_last_case(e->store);
    bool done = engine_fold(e->store, after, e->desk, err) && store_doubt_unsent(e->store, err);
    e->desk->record = store_head(e->store, e->desk->record_hash);
    return done;
}

/* ---- one event ---- */

static struct adapter *adapter_named(const struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->adapter_count; i++)
        if (str_equal(e->adapters[i]->ops->name, name))
            return e->adapters[i];
    return NULL;
}

static bool is_from_people(const struct event *ev)
{
    return ev->kind == EVENT_SAID || ev->kind == EVENT_CLICKED || ev->kind == EVENT_REACTED || ev->kind == EVENT_UNREACTED || ev->kind == EVENT_SUBMITTED;
}

static bool needs_acknowledgement(const struct event *ev) { return is_from_people(ev) || ev->kind == EVENT_IGNORED || ev->kind == EVENT_MARK; }

static bool journal(struct engine *e, const struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < v->fact_count; i++) {
        if (!fact_is_durable(v->facts[i].kind))
            continue;
        if (!store_append(e->store, &v->facts[i], v->arena, err))
            return false;
        e->desk->record = store_head(e->store, e->desk->record_hash);
    }
    return true;
}

/* Cases that facts have touched: their row for status and history, and their card. */
static bool project(struct engine *e, const struct verdict *v, struct err *err)
{
    uint32_t seen[LIMIT_CASES + 1];
    size_t count = 0;
    for (size_t i = 0; i < v->fact_count; i++) {
        const struct casefile *c = desk_case_const(e->desk, v->facts[i].case_no);
        bool repeated = !c;
        for (size_t k = 0; c && k < count; k++)
            repeated |= seen[k] == c->no;
        if (repeated || count == COUNT(seen))
            continue;
        seen[count++] = c->no;
        struct case_row row;
        struct message card;
        case_row_of(c, &row);
        card_picture(e->desk, c, v->turn.now_ms, v->arena, &card);
        if (!store_put_case(e->store, &row, err) || !outbox_draw(&e->outbox, &card, v->turn.now_ms, v->arena, err))
            return false;
    }
    return true;
}

static bool say_all(struct engine *e, struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < v->effect_count; i++) {
        struct effect *effect = &v->effects[i];
        if (effect->kind != EFFECT_SAY)
            continue;
        const char *key = arena_printf(v->arena, "%s%s%" PRIu64 "-%zu", effect->say.case_id, effect->say.case_id[0] ? "-" : "", e->desk->record, i);
        if (!outbox_say(&e->outbox, &effect->say, key, v->turn.now_ms, v->arena, err))
            return false;
    }
    return true;
}

static void add_recalled(struct buf *b, const struct case_row *row)
{
    buf_addf(b, "%s%s · %s", b->bytes ? "\n" : "", row->case_id, row->state);
    if (row->account[0])
        buf_addf(b, " · %s (%s)", row->account_name, row->account);
    if (row->requester[0])
        buf_addf(b, " · asked by %s", row->requester);
    buf_add(b, " · ");
    rich_add_time(b, row->asked_ms);
    if (row->reason[0])
        buf_addf(b, " · %s", row->reason);
}

/* History comes from the store: the recall becomes an answer. */
static void recall(struct engine *e, struct effect *effect, struct arena *arena)
{
    struct case_row *rows = arena_take(arena, LIMIT_HISTORY * sizeof *rows);
    size_t most = effect->recall.case_id ? 1 : (size_t)effect->recall.count;
    size_t n = store_cases(e->store, false, effect->recall.case_id, rows, most > LIMIT_HISTORY ? LIMIT_HISTORY : most);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    for (size_t i = 0; i < n; i++)
        add_recalled(&b, &rows[i]);
    if (n == 0)
        buf_add(&b, effect->recall.case_id ? "There is no such case." : "There has been no case yet.");
    struct effect_answer answer = effect->recall.answer;
    answer.text = arena_copy(arena, buf_text(&b));
    effect->kind = EFFECT_ANSWER;
    effect->answer = answer;
}

static bool note_answers(struct engine *e, const struct event *ev, struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < v->effect_count; i++) {
        if (v->effects[i].kind == EFFECT_RECALL)
            recall(e, &v->effects[i], v->arena);
        if (v->effects[i].kind == EFFECT_ANSWER && ev->id && is_from_people(ev) && !store_note_answer(e->store, ev->chat, ev->id, v->effects[i].answer.text, err))
            return false;
    }
    return true;
}

/* A repeated event changes nothing; its earlier answer is given again. */
static void answer_again(const struct event *ev, const char *answer, struct verdict *v)
{
    if (!answer)
        return;
    struct effect *effect = verdict_effect(v, EFFECT_ANSWER);
    effect->chat = ev->chat;
    effect->answer = (struct effect_answer){ .person_id = ev->actor.id, .thread_id = ev->thread_id, .reply_url = ev->reply_url, .direct = ev->place == PLACE_DIRECT, .text = answer };
}

/* Decides on one event and writes what follows. *ret_effects: what to perform after the commit. */
static bool handle(struct engine *e, struct event *ev, struct inbox_batch *batch, struct verdict *v, struct err *err)
{
    const char *earlier = NULL;
    ev->at_ms = clock_wall_ms();
    clock_random(ev->entropy, sizeof ev->entropy);
    e->events++;
    verdict_init(v, &batch->arena, (struct turn){ .now_ms = ev->at_ms, .entropy = ev->entropy }, 0);
    if (ev->kind == EVENT_MARK)
        return store_put(e->store, arena_printf(v->arena, "cursor.%s", ev->chat), ev->mark, err);
    if (ev->id && ev->kind != EVENT_IGNORED) {
        enum store_note note = store_note_event(e->store, ev->chat, ev->id, ev->at_ms, v->arena, &earlier, err);
        if (note == STORE_NOTE_FAILED)
            return false;
        if (note == STORE_REPEAT) {
            e->repeats++;
            if (!ev->caught_up)
                answer_again(ev, earlier, v);
            return true;
        }
    }
    if (ev->message_id && is_from_people(ev))
        ev->case_of_message = store_case_of_message(e->store, ev->chat, ev->message_id);
    v->source = (struct fact_source){ .chat = ev->chat, .event_id = ev->id };
    if (!outbox_heard(&e->outbox, ev, err))
        return false;
    if (ev->kind == EVENT_DELIVERED || ev->kind == EVENT_DELIVERY_FAILED || ev->kind == EVENT_DELIVERY_UNKNOWN || ev->kind == EVENT_IGNORED)
        return true;
    desk_handle(e->desk, ev, v, e->scratch);
    if (v->overflow)
        return err_set(err, "one event of kind %s led to more than a turn may hold", event_names[ev->kind]);
    return journal(e, v, err) && say_all(e, v, err) && project(e, v, err) && note_answers(e, ev, v, err);
}

/* ---- effects ---- */

/* An effect that could not even be begun: its outcome, as an event. */
static void failed_effect(struct engine *e, const char *chat, const struct effect *effect, const char *why)
{
    static const enum event_kind outcome[EFFECT_KIND_COUNT] = {
        [EFFECT_SURVEY] = EVENT_SURVEYED, [EFFECT_CHANGE] = EVENT_CHANGE_REFUSED, [EFFECT_IDENTIFY] = EVENT_IDENTIFIED,
        [EFFECT_DELIVER] = EVENT_DELIVERY_FAILED, [EFFECT_MAIL] = EVENT_MAIL_FAILED,
    };
    LOG(LOG_WARN, "engine.effect", LS("effect", effect_names[effect->kind]), LS("error", why));
    if (outcome[effect->kind] == EVENT_SAID)
        return;
    struct event *ev = inbox_new(&e->inbox, outcome[effect->kind], chat);
    ev->effect_id = effect->id;
    ev->error = arena_copy(inbox_arena(&e->inbox), why);
    if (effect->kind == EFFECT_SURVEY)
        ev->survey = (struct survey){ .asked = effect->survey.parts, .failure = ev->error };
    if (effect->kind == EFFECT_CHANGE)
        ev->change = (struct event_change){ .busy = true, .task_id = "" };
    inbox_put(&e->inbox, ev);
}

static void perform_with(void *arg, struct adapter *adapter, const struct effect *effect)
{
    struct engine *e = arg;
    struct err err = { "" };
    if (!adapter->ops->perform(adapter, effect, &err))
        failed_effect(e, adapter->ops->name, effect, err.text);
}

static void perform(struct engine *e, const struct effect *effect)
{
    if (effect->kind == EFFECT_SAY || effect->kind == EFFECT_RECALL)
        return;
    const char *name = effect->kind == EFFECT_SURVEY || effect->kind == EFFECT_CHANGE ? "stax" : effect->kind == EFFECT_MAIL ? "mail" : effect->chat;
    struct adapter *adapter = adapter_named(e, name);
    if (adapter)
        perform_with(e, adapter, effect);
    else
        failed_effect(e, str_or_empty(name), effect, "it is not configured");
}

/* On return of a chat: what was said and voted while we were away. */
static void catch_up(struct engine *e, const struct event *ev, struct arena *arena)
{
    struct adapter *adapter = adapter_named(e, ev->chat);
    if (ev->kind != EVENT_CHAT_UP || !adapter)
        return;
    const char **ids = arena_take(arena, LIMIT_CASES * sizeof *ids);
    const char *key = arena_printf(arena, "heard.%s", ev->chat), *heard = store_get(e->store, key, arena);
    struct effect effect = { .kind = EFFECT_CATCH_UP, .id = 1, .chat = ev->chat };
    effect.catch_up = (struct effect_catch_up){ .since_ms = heard ? strtoll(heard, NULL, 10) : ev->at_ms, .message_ids = ids,
                                                .message_count = store_open_messages(e->store, ev->chat, ids, LIMIT_CASES, arena) };
    perform_with(e, adapter, &effect);
}

/* ---- the turn ---- */

static void leave(void *arg) { loop_stop(((struct engine *)arg)->loop); }

/* The channel hears of it, if it can be told at once: nothing can be kept for later any more. */
static void say_last_words(struct engine *e, const char *why)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *text = arena_printf(&arena, "⚠️ I cannot write my records (%s), so I stop and start again. What was asked of me just now is not acknowledged and nothing was lifted. "
                                            "If the guardrail is off, `reguard restore` on my host puts it back.", why);
    struct message m = { .kind = MESSAGE_POST, .case_id = "", .state = "", .key = arena_printf(&arena, "store-failed-%" PRId64, clock_wall_ms()), .headline = "", .body = text, .text = text,
                         .footer = "", .handle = "" };
    for (size_t i = 0; i < e->outbox.chat_count; i++) {
        const struct outbox_chat *chat = &e->outbox.chats[i];
        CLEANUP(buf_done) struct buf body;
        buf_init(&body, LIMIT_MESSAGE_BYTES);
        if (!chat->up || !chat->adapter->ops->render(chat->adapter, &m, &body, NULL))
            continue;
        struct effect effect = { .kind = EFFECT_DELIVER, .id = 1, .deliver = { .kind = MESSAGE_POST, .key = m.key, .body = buf_text(&body) } };
        chat->adapter->ops->perform(chat->adapter, &effect, NULL);
    }
    arena_done(&arena);
}

/* Nothing may be acknowledged or done any more: the next start finds out what is true. */
static void fail(struct engine *e, const struct err *err)
{
    LOG(LOG_ERROR, "store.failed", LS("error", err->text), LS("next", "stopping; nothing of this turn was acknowledged or done"));
    e->failed = true;
    say_last_words(e, err->text);
    loop_timer_cancel(&e->due_timer);
    e->due_timer.fired = leave;
    loop_timer_set(e->loop, &e->due_timer, LAST_WORDS_MS);
}

/* A chat that comes back in this turn is asked for what it heard since the earlier mark, which must not move before. */
static bool comes_back(const struct inbox_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->events[i]->kind == EVENT_CHAT_UP)
            return true;
    return false;
}

static bool keep_marks(struct engine *e, const struct inbox_batch *batch, struct err *err)
{
    struct arena *arena = (struct arena *)&batch->arena;
    struct desk *desk = e->desk;
    ms_t now = clock_wall_ms();
    bool heard = store_is_dirty(e->store) && !comes_back(batch);
    if (store_is_dirty(e->store) && desk_is_quiet(desk) && !store_put(e->store, "quiet_seq", arena_printf(arena, "%" PRIu64, desk->record), err))
        return false;
    if (desk->guardrail.seen != e->stored_watch || desk->guardrail.read_ms - e->stored_watch_ms >= MS_MINUTE) {
        e->stored_watch = desk->guardrail.seen;
        e->stored_watch_ms = desk->guardrail.read_ms;
        if (!store_put(e->store, "watch", arena_printf(arena, "%s %" PRId64, watch_name(desk->guardrail.seen), desk->guardrail.read_ms), err))
            return false;
    }
    for (size_t i = 0; heard && now - e->heard_ms >= MS_SECOND && i < e->outbox.chat_count; i++)
        if (e->outbox.chats[i].up && !store_put(e->store, arena_printf(arena, "heard.%s", e->outbox.chats[i].adapter->ops->name), arena_printf(arena, "%" PRId64, now), err))
            return false;
    if (heard && now - e->heard_ms >= MS_SECOND)
        e->heard_ms = now;
    if (now - e->forgot_ms < MS_HOUR)
        return true;
    e->forgot_ms = now;
    return store_forget_events(e->store, now - EVENTS_KEPT_MS, err);
}

struct pending { struct effect *effects; size_t count; };

static bool write_turn(struct engine *e, struct inbox_batch *batch, struct pending *pending, struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!handle(e, batch->events[i], batch, e->verdict, err))
            return false;
        pending[i].count = e->verdict->effect_count;
        pending[i].effects = arena_take(&batch->arena, e->verdict->effect_count * sizeof(struct effect) + 1);
        memcpy(pending[i].effects, e->verdict->effects, e->verdict->effect_count * sizeof(struct effect));
    }
    return keep_marks(e, batch, err) && store_commit(e->store, err);
}

static void act(struct engine *e, struct inbox_batch *batch, const struct pending *pending)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct adapter *adapter = needs_acknowledgement(batch->events[i]) ? adapter_named(e, batch->events[i]->chat) : NULL;
        if (adapter)
            adapter->ops->acknowledge(adapter, batch->events[i]);
    }
    for (size_t i = 0; i < batch->count; i++) {
        for (size_t k = 0; k < pending[i].count; k++)
            perform(e, &pending[i].effects[k]);
        catch_up(e, batch->events[i], &batch->arena);
    }
    outbox_pump(&e->outbox, clock_wall_ms(), &batch->arena, perform_with, e);
}

static void set_due(struct engine *e)
{
    ms_t now = clock_wall_ms();
    ms_t due = ms_min(desk_deadline(e->desk, now), outbox_due_ms(&e->outbox));
    /* Looked at again after a while in any case: the wall clock may have been set. */
    loop_timer_set(e->loop, &e->due_timer, ms_min(due == MS_NEVER ? MS_MINUTE : ms_max(due - now, 1), MS_MINUTE));
}

static void wake(void *arg);

/* As long as each look at the sockets brings more events, they join the turn: one commit for all of them. */
static bool more_is_coming(struct engine *e)
{
    size_t waiting = inbox_count(&e->inbox);
    bool more = waiting > e->seen_waiting && waiting < LIMIT_TURN_EVENTS;
    e->seen_waiting = more ? waiting : 0;
    if (more)
        wake(e);
    return more;
}

static void turn(void *arg)
{
    struct engine *e = arg;
    struct err err = { "" };
    e->turn_is_set = false;
    if (e->failed || more_is_coming(e))
        return;
    struct inbox_batch *batch = inbox_take(&e->inbox);
    struct pending *pending = arena_take(&batch->arena, batch->count * sizeof *pending + 1);
    e->turns++;
    if (!write_turn(e, batch, pending, &err)) {
        inbox_release(&e->inbox, batch);
        fail(e, &err);
        return;
    }
    act(e, batch, pending);
    inbox_release(&e->inbox, batch);
    set_due(e);
}

static void wake(void *arg)
{
    struct engine *e = arg;
    if (e->turn_is_set)
        return;
    e->turn_is_set = true;
    loop_timer_set(e->loop, &e->turn_timer, 0);
}

static void due(void *arg)
{
    struct engine *e = arg;
    inbox_put(&e->inbox, inbox_new(&e->inbox, EVENT_DUE, ""));
}

/* ---- life ---- */

bool engine_init(struct engine *e, struct loop *loop, struct store *store, const struct policy *policy, const struct people *people, struct err *err)
{
    *e = (struct engine){ .loop = loop, .store = store };
    inbox_init(&e->inbox, wake, e);
    e->turn_timer = (struct loop_timer){ .fired = turn, .arg = e };
    e->due_timer = (struct loop_timer){ .fired = due, .arg = e };
    e->desk = calloc(1, sizeof *e->desk);
    e->verdict = calloc(1, sizeof *e->verdict);
    e->scratch = calloc(1, sizeof *e->scratch);
    if (!e->desk || !e->verdict || !e->scratch)
        return err_set(err, "out of memory");
    e->outbox = (struct outbox){ .store = store };
    desk_init(e->desk);
    e->desk->digest = secret_sha256_hex;
    e->desk->commands = command_table;
    e->desk->command_count = command_table_count;
    engine_reconfigure(e, policy, people);
    e->desk->steps = (uint64_t)clock_wall_ms(); /* ids of effects do not come again after a restart: facts may name old ones */
    return rebuild(e, err);
}

void engine_done(struct engine *e)
{
    loop_timer_cancel(&e->turn_timer);
    loop_timer_cancel(&e->due_timer);
    inbox_done(&e->inbox);
    outbox_done(&e->outbox);
    free(e->desk);
    free(e->verdict);
    free(e->scratch);
}

void engine_add(struct engine *e, struct adapter *adapter)
{
    e->adapters[e->adapter_count++] = adapter;
    if (adapter->ops->is_chat)
        e->outbox.chats[e->outbox.chat_count++].adapter = adapter;
    if (str_equal(adapter->ops->name, "mail"))
        e->desk->can_mail = true;
}

void engine_add_silent(struct engine *e, struct adapter *chat) { e->outbox.chats[e->outbox.chat_count++].adapter = chat; }

void engine_stop_chats(struct engine *e)
{
    size_t kept = 0;
    for (size_t i = 0; i < e->adapter_count; i++)
        if (e->adapters[i]->ops->is_chat)
            e->adapters[i]->ops->stop(e->adapters[i]);
        else
            e->adapters[kept++] = e->adapters[i];
    e->adapter_count = kept;
    outbox_done(&e->outbox);
    e->outbox.chat_count = 0;
}

bool engine_start(struct engine *e, struct err *err)
{
    inbox_put(&e->inbox, inbox_new(&e->inbox, EVENT_STARTED, ""));
    /* A chat that never connects is an outage like any other. */
    for (size_t i = 0; i < e->adapter_count; i++) {
        struct event *down = inbox_new(&e->inbox, EVENT_CHAT_DOWN, e->adapters[i]->ops->name);
        down->error = "no connection since the start";
        if (e->adapters[i]->ops->is_chat)
            inbox_put(&e->inbox, down);
    }
    for (size_t i = 0; i < e->adapter_count; i++)
        if (!e->adapters[i]->ops->start(e->adapters[i], err))
            return err_wrap(err, "%s", e->adapters[i]->ops->name);
    return true;
}

void engine_reconfigure(struct engine *e, const struct policy *policy, const struct people *people)
{
    e->desk->policy = policy;
    e->desk->people = people;
    e->outbox.people = people;
}

void engine_status_json(const struct engine *e, struct buf *b)
{
    const struct desk *desk = e->desk;
    char at[CLOCK_ISO_BYTES] = "";
    if (desk->guardrail.read_ms)
        clock_iso(desk->guardrail.read_ms, at);
    buf_addf(b, "{\"guardrail\":\"%s\",\"checked_at\":%s%s%s,\"cases\":[", watch_name(desk->guardrail.seen), at[0] ? "\"" : "", at[0] ? at : "null", at[0] ? "\"" : "");
    bool first = true;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        char id[CASE_ID_BYTES], deadline[CLOCK_ISO_BYTES] = "";
        if (!case_is_open(c))
            continue;
        case_id_text(c->no, id);
        if (c->deadline_ms)
            clock_iso(c->deadline_ms, deadline);
        buf_addf(b, "%s{\"id\":\"%s\",\"state\":\"%s\",\"overdue\":%s,\"account\":\"%s\",\"deadline\":%s%s%s}", first ? "" : ",", id, case_state_names[c->state],
                 case_is_overdue(c, clock_wall_ms()) ? "true" : "false", c->account, deadline[0] ? "\"" : "", deadline[0] ? deadline : "null", deadline[0] ? "\"" : "");
        first = false;
    }
    buf_add(b, "]}\n");
}
