/* SPDX-License-Identifier: Apache-2.0 */
/* One event inside a turn: what it means, written down. */
#include "core/card.h"
#include "core/dialogue.h"
#include "core/outside.h"
#include "core/question.h"
#include "core/turn.h"
#include "core/twin.h"
#include "host/clock.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"
#include "host/secret.h"

#include <inttypes.h>
#include <string.h>

bool engine_is_from_people(const struct event *ev)
{
    return ev->kind == EVENT_SAID || ev->kind == EVENT_CLICKED || ev->kind == EVENT_REACTED ||
           ev->kind == EVENT_UNREACTED || ev->kind == EVENT_SUBMITTED;
}

bool engine_only_shows(const struct event *ev)
{
    return ev->kind == EVENT_OPENED || ev->kind == EVENT_TYPED || ev->kind == EVENT_FILLED;
}

bool engine_tells_of_message(const struct event *ev)
{
    return ev->kind == EVENT_DELIVERED || ev->kind == EVENT_DELIVERY_FAILED ||
           ev->kind == EVENT_DELIVERY_UNKNOWN;
}

/* Commands that wait are kept beside the journal, until they are closed. */
static bool keep(struct engine *e, const struct fact *f, struct arena *arena, struct err *err)
{
    if (f->kind == FACT_INQUIRY_CLOSED)
        return store_drop_waiting(e->store, f->ref, err);
    return !fact_is_kept(f->kind) || store_keep_waiting(e->store, f, arena, err);
}

static bool journal(struct engine *e, const struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < v->fact_count; i++) {
        if (!keep(e, &v->facts[i], v->arena, err))
            return false;
        if (!fact_is_durable(v->facts[i].kind))
            continue;
        if (!store_append(e->store, &v->facts[i], v->arena, err) ||
            !engine_keep_doubt(e, &v->facts[i], v->arena, err) ||
            !engine_keep_rules(e, &v->facts[i], err))
            return false;
        engine_note_record(e);
        if (v->facts[i].kind == FACT_FILED)
            engine_case_left(e);
    }
    return true;
}

static bool settle_posts(struct engine *e, const struct casefile *c, const char *case_id,
                         struct err *err)
{
    return (question_is_open(c) || outbox_served(&e->outbox, case_id, true, err)) &&
           (case_can_be_ended(c) || outbox_served(&e->outbox, case_id, false, err));
}

/* What is compared with the picture that is shown has no record in it: a card is not edited for
   that alone. A silence that was asked for is in it: whoever watches us has to know of it. */
static bool draw(struct engine *e, const struct casefile *c, struct message *card,
                 const struct verdict *v, struct err *err)
{
    struct message bare = *card;
    bare.witness.speaks_ms = c->snoozed_until_ms;
    engine_bear_witness(e, card, v->arena);
    return outbox_draw(&e->outbox, card, &bare, v, err);
}

/* Cases that facts have touched: their row for status and history, their card, and what can be
   pressed on their posts. */
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
        if (!store_put_case(e->store, &row, err) || !draw(e, c, &card, v, err) ||
            !settle_posts(e, c, card.case_id, err))
            return false;
    }
    return true;
}

/* Its witness is what it is for, so that each one is another picture. */
static bool give_sign(struct engine *e, const struct verdict *v, struct err *err)
{
    bool due = false;
    for (size_t i = 0; i < v->fact_count; i++)
        due |= v->facts[i].kind == FACT_TWIN_SIGN ||
               (v->facts[i].kind == FACT_TWIN_GONE && !twin_stands(e->desk));
    if (!due)
        return true;
    struct message sign;
    twin_picture(e->desk, v->turn.now_ms, v->arena, &sign);
    engine_bear_witness(e, &sign, v->arena);
    return outbox_draw(&e->outbox, &sign, &sign, v, err);
}

static bool is_recorded(const struct verdict *v)
{
    bool recorded = false;
    for (size_t i = 0; i < v->fact_count; i++)
        recorded |= fact_is_durable(v->facts[i].kind);
    return recorded;
}

/* The key of a message about several cases names them all, "G-0001+G-0002-17-0": so it is known
   under which ones people react and press. */
static const char *key_of_cases(const struct message *m, struct arena *arena)
{
    char *names = arena_printf(arena, "%s%s%s", m->case_id, m->also ? "+" : "",
                               str_or_empty(m->also));
    for (char *p = names; *p; p++)
        *p = *p == ' ' ? '+' : *p;
    return names;
}

static void also_of_key(const char *key, uint32_t ret_nos[MESSAGE_CASES - 1])
{
    for (size_t i = 0; i < MESSAGE_CASES - 1 && (key = strchr(key, '+')); i++) {
        char id[CASE_ID_BYTES] = "";
        size_t bytes = strncmp(++key, "G-", 2) == 0 ? 2 + strspn(key + 2, "0123456789") : 0;
        if (bytes < sizeof id)
            memcpy(id, key, bytes);
        ret_nos[i] = case_id_read(id);
    }
}

static bool say_all(struct engine *e, struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < v->effect_count; i++) {
        struct effect *effect = &v->effects[i];
        if (effect->kind != EFFECT_SAY)
            continue;
        const char *key = arena_printf(v->arena, "%s%s%" PRIu64 "-%zu",
                                       key_of_cases(&effect->say, v->arena),
                                       effect->say.case_id[0] ? "-" : "", e->desk->record, i);
        /* Where no record belongs to it several may follow the same one. */
        if (effect->say.chat || engine_is_away(e) || !is_recorded(v))
            key = arena_printf(v->arena, "%s-%" PRId64 ".%" PRIu64, key, v->turn.now_ms, e->events);
        engine_bear_witness(e, &effect->say, v->arena);
        if (!outbox_say(&e->outbox, &effect->say, key, v, err))
            return false;
    }
    return true;
}

/* Whether its id is noted, so that a repeat of it changes nothing. */
static bool is_noted(const struct event *ev)
{
    return ev->id && ev->kind != EVENT_IGNORED && !engine_only_shows(ev);
}

/* *ret_own: that to this event itself, with which it is noted; one to an earlier event goes to that
   one's row. */
static bool note_answers(struct engine *e, const struct event *ev, struct verdict *v,
                         struct kept_answer *ret_own, struct err *err)
{
    for (size_t i = 0; i < v->effect_count; i++) {
        struct effect *effect = &v->effects[i];
        struct kept_answer answer;
        if (effect->kind == EFFECT_RECALL)
            engine_recall(e, effect, v->arena);
        else if (effect->kind == EFFECT_ANSWER)
            engine_complete_file(e, effect, v->arena);
        bool tells = effect->kind == EFFECT_ANSWER || effect->kind == EFFECT_FORM;
        if (!tells || engine_only_shows(ev) || !engine_owe(e, effect, v->arena, &answer))
            continue;
        if (is_noted(ev) && str_equal(effect->chat, ev->chat) && str_equal(answer.event_id, ev->id))
            *ret_own = answer;
        else if (!store_note_answer(e->store, effect->chat, &answer, v->arena, err))
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
    effect->id = 0;
    effect->chat = ev->chat;
    effect->answer = (struct effect_answer){ .person_id = ev->actor.id,
                                             .thread_id = ev->thread_id,
                                             .reply_url = ev->reply_url,
                                             .direct = ev->place == PLACE_DIRECT,
                                             .event_id = ev->id,
                                             .text = answer };
}

/* Nothing came of it, which is most of what people say. */
static bool is_idle(const struct event *ev, const struct verdict *v)
{
    bool idle = engine_is_from_people(ev);
    for (size_t i = 0; i < v->fact_count; i++)
        idle &= !fact_is_durable(v->facts[i].kind) && !fact_is_kept(v->facts[i].kind);
    return idle;
}

/* Once it is known what came of it, in one row: from then on it is a repeat. */
static bool note(struct engine *e, const struct event *ev, struct verdict *v, struct err *err)
{
    struct kept_answer own = { .event_id = NULL };
    if (!note_answers(e, ev, v, &own, err))
        return false;
    if (!is_noted(ev) || (v->unremarked && engine_is_from_people(ev)))
        return true;
    const struct noted_event noted = { .source = ev->chat,
                                       .event_id = ev->id,
                                       .at_ms = ev->at_ms,
                                       .answer = own.event_id ? &own : NULL,
                                       .idle = is_idle(ev, v) };
    return store_note_event(e->store, &noted, v->arena, err);
}

/* An event that leads to more than fits is a happening like any other: nothing of it is done, it is
   known from now on, so that it does not come again, and it is told, though not more often than now
   and then. */
static bool skip(struct engine *e, const struct event *ev, struct verdict *v, struct err *err)
{
    static const ms_t TOLD_EVERY_MS = 10 * MS_MINUTE;
    LOG(LOG_ERROR, "event.skipped", LS("kind", event_names[ev->kind]), LS("chat", ev->chat),
        LS("id", str_or_empty(ev->id)), LI("so_far", ++e->skipped),
        LS("why", "it leads to more than one event may; nothing of it was done"));
    v->fact_count = v->effect_count = 0;
    v->overflow = false;
    if (engine_is_from_people(ev))
        answer_again(ev, "That leads to more than I can do at once, so nothing of it was done.", v);
    if (!note(e, ev, v, err))
        return false;
    if (e->skipped > 1 && ev->at_ms - e->skip_told_ms < TOLD_EVERY_MS)
        return true;
    e->skip_told_ms = ev->at_ms;
    const char *text =
        arena_printf(v->arena,
                     "⚠️ Something that happened (%s) led to more than I can do at "
                     "once, so nothing of it was done. My log has its id.",
                     event_names[ev->kind]);
    struct message m = { .kind = MESSAGE_POST,
                         .case_id = "",
                         .state = "",
                         .headline = "",
                         .body = text,
                         .text = text,
                         .footer = "",
                         .question = "" };
    return outbox_say(&e->outbox, &m, arena_printf(v->arena, "skipped-%" PRId64, ev->at_ms), v,
                      err);
}

/* Nobody can have read what stands nowhere yet, because the chat asked to wait or lost it. */
static void note_unseen(struct engine *e, struct event *ev, struct arena *arena)
{
    CLEANUP(buf_done) struct buf unseen = { 0 };
    if (!dialogue_approves(e->desk, ev, arena))
        return;
    buf_init(&unseen, LIMIT_CASES * 40);
    for (size_t i = 0; i < e->desk->case_count; i++) {
        const struct casefile *c = &e->desk->cases[i];
        if (question_is_open(c) && !store_question_stands(e->store, c->question.handle))
            buf_addf(&unseen, "%s%s", unseen.bytes ? " " : "", c->question.handle);
    }
    const char *handles = arena_copy(arena, buf_text(&unseen));
    if (ev->kind == EVENT_SAID)
        ev->said.unseen = handles;
    else
        ev->clicked.unseen = handles;
}

/* One call of the system for a few events; what has been given out is wiped, so that each is used
   once and stands nowhere else. */
static void draw_entropy(struct engine *e, unsigned char ret_bytes[ENTROPY_BYTES])
{
    if (e->drawn_left == 0) {
        clock_random(e->drawn, sizeof e->drawn);
        e->drawn_left = ENGINE_DRAWN;
    }
    unsigned char *from = e->drawn[--e->drawn_left];
    memcpy(ret_bytes, from, ENTROPY_BYTES);
    secret_wipe(from, ENTROPY_BYTES);
}

/* What is under way with a chat's lists and with reactions that stand already: not the desk's. */
static bool engine_takes(struct engine *e, struct event *ev, struct arena *arena)
{
    if (engine_takes_list(e, ev) || engine_takes_root(e, ev))
        return true;
    if (ev->kind == EVENT_STANDING)
        engine_votes_standing(e, ev, arena);
    return ev->kind == EVENT_STANDING;
}

/* Whose request, and which question, the message shows under which somebody acts. */
static void look_message_up(struct engine *e, struct event *ev, struct arena *arena)
{
    ev->question_of_message = "";
    if (!ev->message_id || !engine_is_from_people(ev))
        return;
    ev->case_of_message = store_case_of_message(e->store, ev->chat, ev->message_id);
    ev->question_of_message = store_question_of_message(e->store, ev->chat, ev->message_id, arena);
    if (ev->case_of_message)
        also_of_key(store_key_of_message(e->store, ev->chat, ev->message_id, arena),
                    ev->also_of_message);
}

enum heard { HEARD_NEWS, HEARD_BEFORE, HEARD_FAILED };

/* Whether it is the first time. A repeat has its answer once more. A vote that is no news is not
   noted: should the message turn out to put a question of ours, it is read again. */
static enum heard hear(struct engine *e, struct event *ev, struct verdict *v, struct err *err)
{
    bool news = true, vote = ev->kind == EVENT_REACTED || ev->kind == EVENT_UNREACTED;
    const char *earlier = NULL;
    if (vote && !engine_vote_is_news(e, ev, &news, err))
        return HEARD_FAILED;
    if (!news)
        return HEARD_BEFORE;
    if (!is_noted(ev))
        return HEARD_NEWS;
    enum store_note known = store_knows_event(e->store, ev->chat, ev->id, v->arena, &earlier, err);
    if (known == STORE_NOTE_FAILED)
        return HEARD_FAILED;
    if (known == STORE_NEW)
        return HEARD_NEWS;
    e->repeats++;
    if (!ev->caught_up)
        answer_again(ev, earlier, v);
    return HEARD_BEFORE;
}

/* The outbox has heard of it, and nobody else needs to. */
static bool is_settled(struct engine *e, struct event *ev, bool telling, struct arena *arena)
{
    if (ev->kind == EVENT_DELIVERED)
        ev->delivery.found = engine_was_found(e, ev, arena);
    if (ev->kind == EVENT_SIGHTED)
        return engine_is_own(e, ev);
    return ev->kind == EVENT_IGNORED || (engine_tells_of_message(ev) && !telling &&
                                         !ev->delivery.given_up && !ev->delivery.found);
}

/* With what the engine knows of it. */
static void decide(struct engine *e, struct event *ev, struct verdict *v)
{
    if (ev->kind == EVENT_LOOKED_BACK)
        engine_judge(e, ev, v->arena);
    if (ev->kind == EVENT_RULES_READ)
        engine_judge_rules(e, ev, v->arena);
    if (ev->kind == EVENT_CHAT_UP)
        engine_recall_hearing(e, ev, v->arena);
    engine_know_filed(e, ev, v->arena);
    desk_handle(e->desk, ev, v, e->scratch);
}

static bool write_down(struct engine *e, struct event *ev, struct verdict *v, struct err *err)
{
    if (is_recorded(v))
        engine_homes_changed(e);
    return journal(e, v, err) && engine_keep_hearing(e, v, err) && say_all(e, v, err) &&
           project(e, v, err) && give_sign(e, v, err) && note(e, ev, v, err);
}

bool engine_handle(struct engine *e, struct event *ev, struct verdict *v, struct err *err)
{
    ev->at_ms = engine_now_ms(e);
    draw_entropy(e, ev->entropy);
    e->events++;
    verdict_init(v, &e->work, (struct turn){ .now_ms = ev->at_ms, .entropy = ev->entropy }, 0);
    if (engine_led_takes(e, ev, v->arena))
        return true;
    if (ev->kind == EVENT_MARK)
        return store_put(e->store, arena_printf(v->arena, "cursor.%s", ev->chat), ev->mark, err);
    look_message_up(e, ev, v->arena);
    if (engine_takes(e, ev, v->arena))
        return true;
    note_unseen(e, ev, v->arena);
    ev->held = engine_has_to_wait(e, ev);
    if (ev->held)
        return true;
    enum heard heard = hear(e, ev, v, err);
    if (heard != HEARD_NEWS)
        return heard == HEARD_BEFORE;
    v->source = (struct fact_source){ .chat = ev->chat, .event_id = ev->id };
    bool telling = engine_tells_of_message(ev) && outbox_tells(&e->outbox, ev);
    if (!outbox_heard(&e->outbox, ev, err))
        return false;
    if (is_settled(e, ev, telling, v->arena))
        return note(e, ev, v, err);
    decide(e, ev, v);
    if (v->overflow)
        return skip(e, ev, v, err);
    if (!write_down(e, ev, v, err))
        return false;
    if (ev->kind == EVENT_CHAT_UP)
        engine_debts_give(e, ev, v);
    return true;
}
