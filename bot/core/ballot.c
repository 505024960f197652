/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ballot.h"
#include "core/controller.h"
#include "core/desk.h"
#include "core/person.h"
#include "core/question.h"

#include <string.h>

/* After something could not be read; and when an answer is not waited for any longer. */
static const ms_t ROLL_AGAIN_MS = 2 * MS_SECOND, ROLL_LOST_MS = 30 * MS_SECOND;

/* ---- what ends it without an answer ---- */

static void lapse(const struct casefile *c, const struct party *party, const char *why,
                  struct verdict *v)
{
    struct arena *arena = v->arena;
    struct fact *f = question_fact(c, FACT_APPROVAL_LAPSED, v);
    f->actor = (struct fact_actor){ .user = arena_copy(arena, party->user),
                                    .chat = arena_copy(arena, party->chat),
                                    .id = arena_copy(arena, party->chat_id),
                                    .name = arena_copy(arena, party->name),
                                    .key = arena_copy(arena, party->key) };
    f->text = why;
}

/* seat 0 is whoever asked, the others are the approvers. */
static const struct party *party_at(const struct casefile *c, size_t seat)
{
    return seat ? &c->question.approvals[seat - 1] : &c->question.by;
}

static void object(const struct casefile *c, size_t seat, const char *why, struct verdict *v)
{
    if (seat)
        lapse(c, party_at(c, seat), why, v);
    else
        question_close(c, why, v);
}

static void strike_unlisted(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    for (size_t seat = 0; seat <= c->question.approval_count; seat++)
        if (!question_person(desk, party_at(c, seat))) {
            object(c, seat,
                   verdict_text(v, "%s is not in the [people] list any more",
                                party_at(c, seat)->name),
                   v);
            if (!seat)
                return;
        }
}

static void expire(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    if (case_asks_itself(c))
        question_fact(c, FACT_EXPIRED, v);
    else
        question_fact(c, question_declined_kind(c), v)->reason =
            verdict_due(v, question_serves_until_ms(desk, c))
                ? "the end that was asked for has come"
            : question_lacks(desk, c) ? "nobody answered in time"
                                      : "it could not be checked in time who asked and approved";
}

/* ---- the roll: everybody is read once more ---- */

static size_t roster_seat(const struct casefile *c) { return c->question.approval_count + 1; }

static void call_roll(const struct casefile *c, struct verdict *v)
{
    uint64_t first_id = 0;
    for (size_t seat = 0; seat < roster_seat(c); seat++) {
        const struct party *party = party_at(c, seat);
        struct effect *e = verdict_effect(v, EFFECT_IDENTIFY);
        e->chat = arena_copy(v->arena, party->chat);
        e->identify = arena_copy(v->arena, party->chat_id);
        first_id = seat ? first_id : e->id;
    }
    verdict_effect(v, EFFECT_SURVEY)->survey = (struct effect_survey){ .parts = SURVEY_ROSTER };
    struct fact *f = verdict_fact(v, FACT_ROLL_CALLED, c->no);
    f->effect_id = (int64_t)first_id;
    f->count = (int64_t)roster_seat(c);
}

static void fail_roll(const struct casefile *c, const char *why, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_ROLL_FAILED, c->no);
    f->text = why;
    f->until_ms = v->turn.now_ms + ROLL_AGAIN_MS;
    f->on = c->question.roll.trouble_told;
}

static void hear_identity(const struct casefile *c, size_t seat, const struct event *e,
                          struct verdict *v)
{
    const char *refusal = e->error ? NULL : identity_refusal(e->identified_flags);
    if (e->error)
        fail_roll(c, verdict_text(v, "%s: %s", party_at(c, seat)->name, e->error), v);
    else if (refusal)
        object(c, seat, verdict_text(v, "%s: %s", party_at(c, seat)->name, refusal), v);
    else
        verdict_fact(v, FACT_ROLL_ANSWERED, c->no)->ref = (int64_t)seat;
}

static void hear_roster(const struct desk *desk, const struct casefile *c, const struct survey *s,
                        struct verdict *v)
{
    if (!(s->read & SURVEY_ROSTER)) {
        fail_roll(c,
                  s->failure ? s->failure
                             : verdict_text(v, "%s did not answer", desk->policy->provider->title),
                  v);
        return;
    }
    size_t before = v->fact_count;
    for (size_t seat = 0; seat < roster_seat(c); seat++) {
        const char *why = question_party_problem(desk, party_at(c, seat), s, v->arena);
        if (why)
            object(c, seat, why, v);
        if (why && !seat)
            return;
    }
    if (v->fact_count == before)
        verdict_fact(v, FACT_ROLL_ANSWERED, c->no)->ref = (int64_t)roster_seat(c);
}

bool ballot_heard(const struct desk *desk, const struct event *e, struct verdict *v)
{
    for (size_t i = 0; e->effect_id && i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        const struct roll *roll = &c->question.roll;
        if (!roll->first_id || e->effect_id < roll->first_id ||
            e->effect_id > roll->first_id + roster_seat(c))
            continue;
        size_t seat = (size_t)(e->effect_id - roll->first_id);
        bool still_missing = question_is_open(c) && (roll->missing & 1u << seat);
        if (still_missing && seat == roster_seat(c))
            hear_roster(desk, c, &e->survey, v);
        else if (still_missing)
            hear_identity(c, seat, e, v);
        return true;
    }
    return false;
}

/* Everything else is ready, so that what is read now can be acted on at once. The chats are read
   back beside it before a lift. */
static bool needs_roll(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    if (question_lacks(desk, c))
        return false;
    return c->question.kind == QUESTION_WINDOW ? controller_awaits_roll(desk, v) == c
                                               : !doubt_bars(desk);
}

/* From then on what was read is too old, or was never read. */
static ms_t stale_ms(const struct casefile *c)
{
    return c->question.roll.complete ? question_fresh_until_ms(c) : 0;
}

static void settle_roll(const struct casefile *c, struct verdict *v)
{
    const struct roll *roll = &c->question.roll;
    bool under_way = roll->first_id && !roll->complete;
    if (under_way && verdict_due(v, roll->sent_ms + ROLL_LOST_MS))
        fail_roll(c, "no answer came", v);
    else if (!under_way && verdict_due(v, ms_max(roll->again_ms, stale_ms(c))))
        call_roll(c, v);
}

/* ---- settling ---- */

static void settle(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    size_t before = v->fact_count;
    strike_unlisted(desk, c, v);
    if (v->fact_count > before)
        return;
    if (question_takes_answers(c) && verdict_due(v, question_expires_ms(desk, c)))
        expire(desk, c, v);
    else if (needs_roll(desk, c, v))
        settle_roll(c, v);
}

void ballot_settle(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->case_count && verdict_has_room(v); i++)
        if (question_is_open(&desk->cases[i]))
            settle(desk, &desk->cases[i], v);
}

/* ---- applying ---- */

static void ask(struct casefile *c, enum question_kind kind, const struct fact *f)
{
    struct question *q = &c->question;
    *q = (struct question){
        .kind = kind, .pending = true, .window_ms = f->window_ms, .asked_ms = f->at_ms
    };
    q->until_ms = f->until_ms;
    /* Records of before questions had handles of their own. */
    STR_SET(q->handle, f->question && f->question[0] ? f->question : f->handle);
    party_set(&q->by, f, f->verb);
    STR_SET(q->reason, f->reason);
}

/* The oldest gives way; that there was one is still told. */
static void note_more_time(struct casefile *c, const struct fact *f)
{
    if (c->more_count == LIMIT_MORE_TIMES) {
        memmove(c->more, c->more + 1, --c->more_count * sizeof c->more[0]);
        c->more_dropped++;
    }
    struct more_time *m = &c->more[c->more_count++];
    *m = (struct more_time){ .asked_ms = f->at_ms };
    STR_SET(m->by, f->actor.name);
}

/* Of the newest one: no question is asked before the one before it is closed. */
static void note_given(struct casefile *c, const struct fact *f)
{
    const struct question *q = &c->question;
    if (!c->more_count || !q->approval_count)
        return;
    struct more_time *m = &c->more[c->more_count - 1];
    m->answered_ms = f->at_ms;
    m->until_ms = f->until_ms;
    m->others = q->approval_count - 1;
    STR_SET(m->answered_by, q->approvals[0].name);
}

/* What nobody declined has expired, or could not stand any longer. */
static void note_declined(struct casefile *c, const struct fact *f)
{
    if (!c->more_count)
        return;
    struct more_time *m = &c->more[c->more_count - 1];
    m->answered_ms = f->at_ms;
    STR_SET(m->answered_by, str_or_empty(f->actor.chat)[0] ? f->actor.name : "");
}

static void add_approval(struct question *q, const struct fact *f)
{
    bool has = parties_have(q->approvals, q->approval_count, f->actor.user);
    if (!has && q->approval_count < LIMIT_APPROVERS)
        party_set(&q->approvals[q->approval_count++], f, f->verb);
    q->roll = (struct roll){ 0 };
}

static void take_approval_back(struct casefile *c, const char *user_id)
{
    struct question *q = &c->question;
    size_t kept = 0;
    for (size_t i = 0; i < q->approval_count; i++)
        if (!party_is(&q->approvals[i], user_id))
            q->approvals[kept++] = q->approvals[i];
    memset(q->approvals + kept, 0, (q->approval_count - kept) * sizeof q->approvals[0]);
    q->approval_count = kept;
    q->roll = (struct roll){ 0 };
    q->shaken |= c->change_begun;
}

static void apply_roll(struct question *q, const struct fact *f)
{
    struct roll *roll = &q->roll;
    if (f->kind == FACT_ROLL_CALLED) {
        roll->first_id = (uint64_t)f->effect_id;
        roll->sent_ms = f->at_ms;
        roll->missing = (1u << (f->count + 1)) - 1;
        roll->complete = false;
    } else if (f->kind == FACT_ROLL_ANSWERED) {
        roll->missing &= ~(1u << f->ref);
        roll->complete = roll->missing == 0;
        roll->trouble_told &= !roll->complete;
    } else {
        roll->first_id = 0;
        roll->complete = false;
        roll->again_ms = f->until_ms;
        roll->trouble_told = true;
    }
}

/* What the look has found, votes that are gone among it, comes right behind: nobody counts as read
   before that. */
static void begin_rolls_anew(struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (question_is_open(&desk->cases[i]))
            desk->cases[i].question.roll = (struct roll){ 0 };
}

void ballot_apply(struct desk *desk, const struct fact *f)
{
    if (f->kind == FACT_CAUGHT_UP) {
        begin_rolls_anew(desk);
        return;
    }
    struct casefile *c = desk_case(desk, f->case_no);
    if (!c)
        return;
    switch ((int)f->kind) {
    case FACT_ASKED: ask(c, QUESTION_WINDOW, f); return;
    case FACT_ERRAND_ASKED: ask(c, QUESTION_ERRAND, f); return;
    case FACT_EXTENSION_ASKED:
        ask(c, QUESTION_MORE_TIME, f);
        note_more_time(c, f);
        return;
    case FACT_ADOPTION_ASKED: ask(c, QUESTION_ADOPTION, f); return;
    case FACT_APPROVED:
    case FACT_EXTENSION_APPROVED: add_approval(&c->question, f); return;
    case FACT_APPROVAL_TAKEN_BACK:
    case FACT_APPROVAL_LAPSED: take_approval_back(c, f->actor.user); return;
    case FACT_LIFT_BEGUN: c->question.shaken = false; return;
    case FACT_DECLINED:
    case FACT_WITHDRAWN:
    case FACT_EXPIRED:
    case FACT_REFUSED:
    case FACT_FAILED:
    case FACT_RESTORED:
    case FACT_ADOPTED:
    case FACT_ADOPTION_REFUSED:
    case FACT_ERRAND_BEGUN:
    case FACT_ENDED: c->question.pending = false; return;
    case FACT_EXTENDED:
        c->question.pending = false;
        note_given(c, f);
        return;
    case FACT_EXTENSION_DECLINED:
        c->question.pending = false;
        note_declined(c, f);
        return;
    case FACT_ROLL_CALLED:
    case FACT_ROLL_ANSWERED:
    case FACT_ROLL_FAILED: apply_roll(&c->question, f); return;
    }
    fact_stray(f, "ballot");
}
