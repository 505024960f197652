/* SPDX-License-Identifier: Apache-2.0 */
#include "core/controller.h"
#include "core/deadman.h"
#include "core/desk.h"
#include "core/errand.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "core/question.h"
#include "core/review.h"

/* A task that has not ended after this long is not waited for any more; reads alone decide then. */
static const ms_t TASK_PATIENCE_MS = 2 * MS_HOUR;
/* A task that has only just begun may not be there yet. */
static const ms_t TASK_APPEARS_MS = 30 * MS_SECOND;
/* What a task has done may be read a little later. */
static const ms_t TASK_SHOWS_MS = 30 * MS_SECOND;
/* An answer that never came: the adapter has its own, shorter deadlines. */
static const ms_t ANSWER_LOST_MS = 5 * MS_MINUTE;
static const ms_t RETRY_CEILING_MS = MS_MINUTE;
/* While an alarm may follow, and while none is to be expected: a disk fails without a warning. */
static const ms_t ROSTER_EVERY_MS = 10 * MS_MINUTE, ROSTER_IDLE_MS = 20 * MS_MINUTE;
static const ms_t BUSY_TOLD_AFTER_MS = 2 * MS_MINUTE;

/* ---- reading ---- */

/* Something waits for the next read: then it is looked at sooner than the ordinary interval. */
static bool in_a_hurry(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return desk_count(desk, CASE_LIFTING) || desk_count(desk, CASE_RESTORING) ||
           g->phase != CHANGE_NONE || (g->seen != WATCH_UNKNOWN && g->seen != g->proved);
}

static ms_t read_interval(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    const struct policy *p = desk->policy;
    ms_t ordinary = desk->case_count ? ms_min(p->poll_lifted, p->poll_idle) : p->poll_idle;
    if (!in_a_hurry(desk))
        return ordinary;
    if (g->phase == CHANGE_FOLLOWING || g->phase == CHANGE_BEGUN)
        return ms_min(p->poll_task, ordinary);
    if (g->agreeing != WATCH_UNKNOWN && guardrail_agreed(desk) == WATCH_UNKNOWN)
        return p->verify_gap;
    ms_t waited = g->read_ms - (g->known_ms ? g->known_ms : g->read_ms);
    return ms_min(ms_max(p->poll_task, waited / 4), p->poll_lifted);
}

static ms_t next_read_ms(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    if (g->survey_id)
        return g->survey_sent_ms + ANSWER_LOST_MS;
    if (g->read_ms == 0 || g->survey_sent_ms < g->fresh_since_ms)
        return 0;
    return g->read_ms + read_interval(desk);
}

/* Who is told of the next alarm is who is an Admin then, and not who was one when it was asked for
   last. */
static bool roster_is_due(const struct desk *desk, ms_t now_ms)
{
    const struct guardrail *g = &desk->guardrail;
    bool alarms = g->known != WATCH_ON || doubt_stands(desk) || twin_stands(desk);
    for (size_t i = 0; i < desk->case_count; i++)
        alarms |= case_is_down(&desk->cases[i]) || case_is_nobodys(&desk->cases[i]);
    ms_t since_ms = alarms ? g->roster_asked_ms : ms_max(g->roster_asked_ms, g->fresh_since_ms);
    return !in_a_hurry(desk) && now_ms >= since_ms + (alarms ? ROSTER_EVERY_MS : ROSTER_IDLE_MS);
}

static void send_survey(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    struct effect *e = verdict_effect(v, EFFECT_SURVEY);
    e->urgency = URGENCY_GUARDS;
    e->survey.parts = SURVEY_GUARDRAIL;
    if (g->phase == CHANGE_FOLLOWING) {
        e->survey.parts |= SURVEY_TASK;
        e->survey.task_id = arena_copy(v->arena, g->task_id);
    }
    if (g->seen == WATCH_OFF && guardrail_wanted(desk) == WATCH_ON &&
        !desk_count(desk, CASE_RESTORING) && !desk_outside_case(desk))
        e->survey.parts |= SURVEY_FEED | SURVEY_ROSTER;
    if (roster_is_due(desk, v->turn.now_ms))
        e->survey.parts |= SURVEY_ROSTER;
    struct fact *f = verdict_fact(v, FACT_WATCH_SENT, 0);
    f->effect_id = (int64_t)e->id;
    f->on = (e->survey.parts & SURVEY_ROSTER) != 0;
}

/* ---- lowering: the one thing with conditions ---- */

static void begin_change(const struct desk *desk, const struct casefile *c, bool on,
                         struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    struct effect *e = verdict_effect(v, EFFECT_CHANGE);
    e->urgency = URGENCY_GUARDS; /* lowering too: a restore has to wait for its outcome */
    struct fact *begun = verdict_fact(v, FACT_CHANGE_BEGUN, c->no);
    begun->on = on;
    begun->flags = arena_copy(v->arena, g->flags);
    begun->since_ms = g->modified_ms;
    begun->anyway = !desk->review.due;
    e->change = (struct effect_change){ .on = on,
                                        .decided_on = on ? NULL : begun->flags,
                                        .leave_before_ms = on ? 0 : question_fresh_until_ms(c) };
    verdict_fact(v, FACT_CHANGE_SENT, c->no)->effect_id = (int64_t)e->id;
}

/* A document with keys that we do not know is not written. */
static void consider_document(const struct desk *desk, const struct survey *s, enum watch seen,
                              struct verdict *v)
{
    const struct casefile *c = guardrail_lifting(desk);
    CLEANUP(buf_done) struct buf unknown;
    buf_init(&unknown, 400);
    if (c && !c->change_begun && desk->guardrail.phase == CHANGE_NONE &&
        !desk_count(desk, CASE_RESTORING) && seen != WATCH_UNKNOWN &&
        flags_unknown(desk->policy->provider, s->flags, &unknown))
        verdict_fact(v, FACT_REFUSED, c->no)->text = flags_refusal(desk->policy->provider,
                                                                   buf_text(&unknown), v->arena);
}

/* The case whose lift comes next, when nothing is in its way but the people. */
static const struct casefile *next_to_lift(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    const struct casefile *c = guardrail_lifting(desk);
    bool waits = c && !c->change_begun && !case_is_at_aws(c) && guardrail_wanted(desk) == WATCH_OFF;
    bool free = g->phase == CHANGE_NONE && !doubt_stands(desk) && hearing_of_all(desk);
    return waits && free && verdict_due(v, g->retry_ms) ? c : NULL;
}

const struct casefile *controller_awaits_roll(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    const struct casefile *c = next_to_lift(desk, v);
    bool fresh = g->survey_sent_ms >= g->fresh_since_ms && g->seen != WATCH_UNKNOWN;
    return c && (g->survey_id || fresh) ? c : NULL;
}

/* Everybody and the document have just been read. What the lift needs at AWS comes first: without
   it there is nothing to lift for. What is too old when that is done is read once more. */
static void lower(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    const struct casefile *c = next_to_lift(desk, v);
    bool may = c && question_roll_is_fresh(c, v->turn.now_ms) && sight_since(desk, c->lifting_ms) &&
               !g->survey_id && g->seen == WATCH_ON && g->survey_sent_ms >= g->fresh_since_ms &&
               g->status == SERVICE_ACTIVE && deadman_lets(desk, c, v->turn.now_ms);
    if (may && errand_recovers_first(desk, c))
        errand_recover(c, v);
    else if (may)
        begin_change(desk, c, false, v);
}

/* ---- what comes back ---- */

/* When to try again: twice as long each time, up to a ceiling, with jitter. */
static ms_t retry_at(const struct desk *desk, const struct verdict *v)
{
    ms_t ceiling = ms_doubled(desk->policy->poll_task, desk->guardrail.attempts, RETRY_CEILING_MS);
    return v->turn.now_ms + ceiling / 2 +
           (v->turn.entropy[ENTROPY_JITTER] | v->turn.entropy[ENTROPY_JITTER + 1] << 8) *
               (ceiling / 2) / 0xFFFF;
}

/* What the provider asks to wait, as far as it is obeyed: a restore waits a minute at the most,
   whichever change was told to. */
static ms_t obeyed_ms(const struct desk *desk, const struct event *e)
{
    bool raising = desk->guardrail.change_on || desk_count(desk, CASE_RESTORING);
    return raising ? ms_min(e->change.retry_after_ms, RETRY_CEILING_MS) : e->change.retry_after_ms;
}

/* The guardrail does not come back on: said once for each case that waits for it. */
static void trouble(const struct desk *desk, const char *why, struct verdict *v)
{
    bool first = true;
    for (size_t i = 0; i < desk->case_count; i++) {
        if (desk->cases[i].state != CASE_RESTORING || desk->cases[i].trouble_ms)
            continue;
        struct fact *f = verdict_fact(v, FACT_TROUBLE, desk->cases[i].no);
        f->text = why;
        f->on = first;
        first = false;
    }
}

/* A lift that went wrong after the change had reached the provider may be half done: it counts as
   lifted and is brought back on. */
static void give_up_lift(const struct desk *desk, const char *why, struct verdict *v)
{
    const struct casefile *c = desk_case_const(desk, desk->guardrail.change_case);
    if (!c || c->state != CASE_LIFTING)
        return;
    struct fact *f = verdict_fact(v, FACT_ENDED, c->no);
    f->lift_failed = true;
    f->text = why;
}

static void follow_task(const struct desk *desk, const struct survey *s, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    if (g->phase != CHANGE_FOLLOWING || !(s->read & SURVEY_TASK))
        return;
    ms_t age = v->turn.now_ms - g->change_ms;
    bool ended = s->task_status == TASK_SUCCEEDED || s->task_status == TASK_FAILED;
    if (!ended) {
        if (age >= (s->task_status == TASK_GONE ? TASK_APPEARS_MS : TASK_PATIENCE_MS))
            verdict_fact(v, FACT_CHANGE_UNKNOWN, g->change_case)->text =
                verdict_text(v, "the %s task does not end or has vanished; reads alone decide now",
                             desk->policy->provider->title);
        return;
    }
    struct fact *f = verdict_fact(v, FACT_TASK_ENDED, g->change_case);
    f->task_id = arena_copy(v->arena, g->task_id);
    f->on = s->task_status == TASK_SUCCEEDED;
    f->text = s->task_log;
    if (f->on)
        return;
    f->until_ms = retry_at(desk, v);
    const char *why = verdict_text(v, "the %s task failed%s%s", desk->policy->provider->title,
                                   s->task_log[0] ? ": " : "", s->task_log);
    if (g->change_on)
        trouble(desk, why, v);
    else
        give_up_lift(desk, why, v);
}

/* Who has changed guardrails last, but for us. */
static void read_feed(const struct desk *desk, const struct survey *s, struct verdict *v)
{
    size_t last = 0;
    while (last < s->feed_count && review_is_ours(&desk->review, &s->feed[last]))
        last++;
    if (!(s->read & SURVEY_FEED) || last == s->feed_count || !s->feed[last].user_id)
        return;
    const char *name = s->feed[last].user_id;
    for (size_t i = 0; i < s->user_count; i++)
        if (str_equal(s->users[i].id, name))
            name = s->users[i].name;
    verdict_fact(v, FACT_FEED_READ, 0)->text = name;
}

void controller_surveyed(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct survey *s = &e->survey;
    const char *why = "";
    enum watch seen = guardrail_judge(desk->policy, s, v->arena, &why);
    follow_task(desk, s, v);
    read_feed(desk, s, v);
    struct fact *saw = verdict_fact(v, FACT_SAW, 0);
    saw->verb = watch_name(seen);
    saw->flags = seen == WATCH_UNKNOWN ? "" : s->flags;
    saw->service_status = s->service_status;
    saw->since_ms = s->modified_ms;
    saw->text = why;
    saw->was_read = (s->read & SURVEY_GUARDRAIL) != 0;
    saw->flag_off = guardrail_is_ours(desk->policy, s) &&
                    flags_root(desk->policy->provider, s->flags) == FLAG_OFF;
    consider_document(desk, s, seen, v);
}

/* Read right before the change left; it is written down where it is not the one decided on. */
static void add_document_before(const struct desk *desk, const struct event *e, struct fact *f)
{
    f->since_ms = e->change.modified_ms;
    if (!str_equal(e->change.flags, desk->review.base))
        f->flags = e->change.flags;
}

void controller_changed(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    if (e->effect_id == 0 || e->effect_id != g->change_id)
        return;
    uint32_t no = g->change_case;
    if (e->kind == EVENT_CHANGE_ACCEPTED) {
        struct fact *f = verdict_fact(v, FACT_CHANGE_ACCEPTED, no);
        f->task_id = e->change.task_id;
        add_document_before(desk, e, f);
        return;
    }
    if (e->kind == EVENT_CHANGE_UNKNOWN) {
        struct fact *f = verdict_fact(v, FACT_CHANGE_UNKNOWN, no);
        f->text = e->error;
        add_document_before(desk, e, f);
        return;
    }
    struct fact *f = verdict_fact(v, FACT_CHANGE_REFUSED, no);
    f->text = e->error;
    f->http_status = e->change.http_status;
    f->until_ms = e->change.moved ? 0
                                  : ms_max(retry_at(desk, v), v->turn.now_ms + obeyed_ms(desk, e));
    if (e->change.busy || e->change.moved)
        return;
    const char *why = verdict_text(v, "%s refused the change (%s)", desk->policy->provider->title,
                                   str_or_empty(e->error));
    const struct casefile *c = desk_case_const(desk, no);
    if (g->change_on)
        trouble(desk, why, v);
    else if (e->change.http_status) /* it has reached the provider, so that reads alone can tell */
        give_up_lift(desk, why, v);
    else if (c && c->state == CASE_LIFTING)
        guardrail_fail_lift(desk, c, why, v);
}

/* ---- settling ---- */

static bool proof_is_awaited(const struct desk *desk, enum watch agreed)
{
    const struct guardrail *g = &desk->guardrail;
    if (agreed != g->proved)
        return true;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (agreed == WATCH_OFF && c->state == CASE_LIFTING && g->proved_ms < c->lifting_ms)
            return true;
        if (agreed == WATCH_ON && c->state == CASE_RESTORING && g->proved_ms < c->ended_ms)
            return true;
    }
    return false;
}

static uint32_t case_of_proof(const struct desk *desk, enum watch agreed)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if ((agreed == WATCH_OFF && c->state == CASE_LIFTING) ||
            (agreed == WATCH_ON && case_is_down(c)))
            return c->no;
    }
    return 0;
}

/* Where the provider is not well no reads agree, and raising does not wait for them. */
static bool raise_came_to_nothing(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return g->change_on && g->flag_off && g->survey_sent_ms >= g->fresh_since_ms &&
           g->status != SERVICE_ACTIVE && g->status != SERVICE_CONFIGURING;
}

/* Reads show the guardrail on, but the document is another one than right before the change whose
   answer was lost: it may have been lowered and put back since. One approval lowers once. */
static bool may_have_been_put_back(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    const struct casefile *c = desk_case_const(desk, g->change_case);
    return !g->change_on && c && c->state == CASE_LIFTING && g->modified_before_ms &&
           g->modified_ms != g->modified_before_ms;
}

/* The task of the lift has succeeded, and every read since shows the guardrail on: somebody was
   quicker than our reads (another instance of ours, too, whose records were lost). */
static bool was_put_back(const struct desk *desk, enum watch agreed)
{
    const struct guardrail *g = &desk->guardrail;
    const struct casefile *c = desk_case_const(desk, g->change_case);
    return g->phase == CHANGE_NONE && agreed == WATCH_ON && !g->change_on && c &&
           c->state == CASE_LIFTING && c->change_begun &&
           g->read_ms - g->agreeing_since_ms >= TASK_SHOWS_MS;
}

/* Why a lift is over although no read has shown the guardrail off; NULL: it is not. */
static const char *why_put_back(const struct desk *desk, enum watch agreed, bool no_effect,
                                struct verdict *v)
{
    if (was_put_back(desk, agreed))
        return verdict_text(v,
                            "%s says it switched it OFF, but it was ON whenever I looked; "
                            "somebody has switched it back ON meanwhile",
                            desk->policy->provider->title);
    if (desk->guardrail.phase == CHANGE_OPEN && no_effect && may_have_been_put_back(desk))
        return verdict_text(v,
                            "%s's answer to the lift was lost, and the guardrails have been "
                            "changed since; it may have been switched OFF and restored",
                            desk->policy->provider->title);
    return NULL;
}

static void prove(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    enum watch agreed = guardrail_agreed(desk);
    bool no_effect = agreed != WATCH_UNKNOWN && (agreed == WATCH_ON) != g->change_on;
    const char *why = why_put_back(desk, agreed, no_effect, v);
    if (why) {
        give_up_lift(desk, why, v);
        return;
    }
    if (g->phase == CHANGE_OPEN && (no_effect || raise_came_to_nothing(desk))) {
        verdict_fact(v, FACT_CHANGE_VOID, g->change_case)->until_ms = retry_at(desk, v);
        return;
    }
    if (agreed == WATCH_UNKNOWN || !proof_is_awaited(desk, agreed))
        return;
    struct fact *f = verdict_fact(v, FACT_PROVED, case_of_proof(desk, agreed));
    f->on = agreed == WATCH_ON;
    f->since_ms = g->agreeing_since_ms;
    f->task_id = arena_copy(v->arena, g->last_task_id);
}

static void raise(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    bool lowering = (g->phase == CHANGE_FOLLOWING || g->phase == CHANGE_OPEN) && !g->change_on;
    bool free = g->phase == CHANGE_NONE || lowering;
    if (!free || !g->flag_off || g->survey_sent_ms < g->fresh_since_ms ||
        desk_count(desk, CASE_LIFTED))
        return;
    for (size_t i = 0; i < desk->case_count; i++)
        if (desk->cases[i].state == CASE_RESTORING && verdict_due(v, g->retry_ms)) {
            begin_change(desk, &desk->cases[i], true, v);
            return;
        }
}

/* A lift that takes long because it is refused for now is said once, two minutes on. */
static void tell_busy(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    if (guardrail_lifting(desk) && g->attempts > 0 && !g->busy_told &&
        verdict_due(v, g->change_ms + BUSY_TOLD_AFTER_MS))
        verdict_fact(v, FACT_BUSY_TOLD, guardrail_lifting(desk)->no)->text =
            guardrail_why_refused(desk, v->arena);
}

static ms_t unknown_since_limit(const struct desk *desk)
{
    const struct policy *p = desk->policy;
    return 3 * (desk->case_count ? ms_min(p->poll_lifted, p->poll_idle) : p->poll_idle);
}

/* What was off, or not known, when reading stopped may be off all the while: that is said again
   like an overdue window. What was on with nothing open is said once. */
static bool unknown_alarms(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    if (g->known != WATCH_ON || g->unclear)
        return true;
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_down(&desk->cases[i]) || desk->cases[i].state == CASE_LIFTING)
            return true;
    return false;
}

static ms_t unknown_from_ms(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    if (g->seen != WATCH_UNKNOWN || g->read_ms == 0)
        return MS_NEVER;
    return ms_plus(g->known_ms, unknown_since_limit(desk));
}

ms_t controller_blind_from_ms(const struct desk *desk)
{
    return unknown_alarms(desk) ? unknown_from_ms(desk) : MS_NEVER;
}

static ms_t next_unknown_ms(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    ms_t first = unknown_from_ms(desk);
    if (first == MS_NEVER)
        return MS_NEVER;
    if (g->unknown_told == 0)
        return first;
    return unknown_alarms(desk)
               ? ms_plus(first, durations_step_ms(&desk->policy->remind_overdue, g->unknown_told))
               : MS_NEVER;
}

static void tell_unknown(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    if (g->seen != WATCH_UNKNOWN && g->unknown_told) {
        struct fact *f = verdict_fact(v, FACT_KNOWN_AGAIN, 0);
        f->verb = watch_name(g->seen);
        f->since_ms = g->unknown_since_ms;
        f->count = g->unknown_told;
        return;
    }
    if (!desk_reaches_people(desk) || !verdict_due(v, next_unknown_ms(desk)))
        return;
    int64_t reached = durations_reached(&desk->policy->remind_overdue,
                                        v->turn.now_ms - g->known_ms - unknown_since_limit(desk));
    struct fact *f = verdict_fact(v, FACT_UNKNOWN_TOLD, 0);
    f->text = arena_copy(v->arena, g->why_unknown);
    f->verb = watch_name(g->known);
    f->since_ms = g->known_ms;
    f->count = reached > g->unknown_told ? reached : g->unknown_told + 1;
    f->on = unknown_alarms(desk);
}

void controller_settle(const struct desk *desk, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    bool lost = g->phase == CHANGE_BEGUN && g->change_id &&
                verdict_due(v, g->change_sent_ms + ANSWER_LOST_MS);
    if ((g->phase == CHANGE_BEGUN && g->change_id == 0) || lost) {
        verdict_fact(v, FACT_CHANGE_UNKNOWN, g->change_case)->text =
            lost ? "no answer came" : "reguard stopped before the answer came";
        return;
    }
    prove(desk, v);
    if (v->fact_count)
        return;
    lower(desk, v);
    raise(desk, v);
    tell_busy(desk, v);
    tell_unknown(desk, v);
    if (v->fact_count == 0 && verdict_due(v, next_read_ms(desk)))
        send_survey(desk, v);
}
