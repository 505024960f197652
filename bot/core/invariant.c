/* SPDX-License-Identifier: Apache-2.0 */
#include "core/invariant.h"
#include "core/desk.h"
#include "core/ensure.h"
#include "core/errand.h"
#include "core/question.h"

#include <inttypes.h>

/* ---- a case and its question ---- */

static void check_question(const struct casefile *c)
{
    const struct question *q = &c->question;
    ENSURE(q->kind <= QUESTION_ERRAND, "case %" PRIu32 ", kind %d", c->no, (int)q->kind);
    ENSURE(q->approval_count <= LIMIT_APPROVERS, "case %" PRIu32 ", %zu approvals", c->no,
           q->approval_count);
    ENSURE(!q->pending || case_is_open(c), "case %" PRIu32 " is %s, with an open question", c->no,
           case_state_names[c->state]);
    ENSURE(!q->roll.complete || !q->roll.missing, "case %" PRIu32 ", seats %x have not answered",
           c->no, q->roll.missing);
}

static void check_case(const struct desk *desk, const struct casefile *c)
{
    ENSURE(c->no && c->no <= desk->last_case, "case %" PRIu32 ", the last one is %" PRIu32, c->no,
           desk->last_case);
    ENSURE(desk_case_const(desk, c->no) == c, "case %" PRIu32 " is there twice", c->no);
    ENSURE((int)c->state >= 0 && (int)c->state < (int)CASE_STATE_COUNT,
           "case %" PRIu32 ", state %d", c->no, (int)c->state);
    ENSURE(c->approval_count <= LIMIT_APPROVERS, "case %" PRIu32 ", %zu approvals", c->no,
           c->approval_count);
    check_question(c);
}

/* ---- the desk ---- */

static void check_guardrail(const struct guardrail *g)
{
    ENSURE(!g->change_id || g->phase == CHANGE_BEGUN, "change %" PRIu64 " is under way in phase %d",
           g->change_id, (int)g->phase);
    ENSURE((g->reads > 0) == (g->agreeing != WATCH_UNKNOWN), "%d reads agree on %d", g->reads,
           (int)g->agreeing);
}

void invariant_of_desk(const struct desk *desk)
{
    ENSURE(desk->case_count <= LIMIT_CASES, "%zu cases", desk->case_count);
    ENSURE(desk->inquiry_count <= LIMIT_INQUIRIES, "%zu inquiries", desk->inquiry_count);
    ENSURE(desk->chat_count <= COUNT(desk->chats), "%zu chats", desk->chat_count);
    ENSURE(desk->twins.count <= LIMIT_TWINS, "%zu twins", desk->twins.count);
    for (size_t i = 0; i < desk->case_count; i++)
        check_case(desk, &desk->cases[i]);
    check_guardrail(&desk->guardrail);
}

/* ---- a decision ---- */

/* The one thing that must never be done on less. */
static void check_lowering(const struct desk *desk, const struct fact *f)
{
    const struct casefile *c = desk_case_const(desk, f->case_no);
    ENSURE(c && c->state == CASE_LIFTING && !c->change_begun,
           "case %" PRIu32 " is not to be lifted", f->case_no);
    ENSURE(desk->guardrail.phase == CHANGE_NONE, "case %" PRIu32 ", phase %d", c->no,
           (int)desk->guardrail.phase);
    ENSURE(question_roll_is_fresh(c, f->at_ms),
           "case %" PRIu32 ", read at %" PRId64 ", now %" PRId64, c->no, c->question.roll.sent_ms,
           f->at_ms);
    ENSURE(!doubt_bars(desk), "case %" PRIu32 ", on records that are not to be believed", c->no);
}

/* Likewise of what is done without a window. */
static void check_errand(const struct desk *desk, const struct fact *f)
{
    const struct casefile *c = desk_case_const(desk, f->case_no);
    ENSURE(c && c->state == CASE_WAITING && case_is_errand(c), "case %" PRIu32 " is not to be done",
           f->case_no);
    ENSURE(!question_lacks(desk, c) && question_roll_is_fresh(c, f->at_ms),
           "case %" PRIu32 ", read at %" PRId64 ", now %" PRId64, c->no, c->question.roll.sent_ms,
           f->at_ms);
    ENSURE(!doubt_bars(desk), "case %" PRIu32 ", on records that are not to be believed", c->no);
}

/* And of what is done right before a lift. */
static void check_recovery(const struct desk *desk, const struct fact *f)
{
    const struct casefile *c = desk_case_const(desk, f->case_no);
    ENSURE(c && c->state == CASE_LIFTING && !c->change_begun && errand_recovers_first(desk, c),
           "case %" PRIu32 " is not to have password recovery", f->case_no);
    ENSURE(question_roll_is_fresh(c, f->at_ms),
           "case %" PRIu32 ", read at %" PRId64 ", now %" PRId64, c->no, c->question.roll.sent_ms,
           f->at_ms);
    ENSURE(!doubt_bars(desk), "case %" PRIu32 ", on records that are not to be believed", c->no);
}

void invariant_of_round(const struct desk *desk, const struct verdict *round)
{
    size_t changes = 0, begun = 0, done = 0, allowed = 0;
    ENSURE(round->fact_count <= COUNT(round->facts), "%zu facts", round->fact_count);
    ENSURE(round->effect_count <= COUNT(round->effects), "%zu effects", round->effect_count);
    for (size_t i = 0; i < round->fact_count; i++) {
        const struct fact *f = &round->facts[i];
        ENSURE(f->kind < FACT_KIND_COUNT, "kind %d", (int)f->kind);
        ENSURE(f->at_ms == round->turn.now_ms, "%s at %" PRId64 ", now %" PRId64,
               fact_names[f->kind], f->at_ms, round->turn.now_ms);
        begun += f->kind == FACT_CHANGE_BEGUN;
        if (f->kind == FACT_CHANGE_BEGUN && !f->on)
            check_lowering(desk, f);
        allowed += f->kind == FACT_ERRAND_BEGUN || f->kind == FACT_RECOVERY_BEGUN;
        if (f->kind == FACT_ERRAND_BEGUN)
            check_errand(desk, f);
        if (f->kind == FACT_RECOVERY_BEGUN)
            check_recovery(desk, f);
    }
    for (size_t i = 0; i < round->effect_count; i++) {
        const struct effect *e = &round->effects[i];
        changes += e->kind == EFFECT_CHANGE;
        done += e->kind == EFFECT_ERRAND && e->errand.digest;
    }
    ENSURE(changes == begun, "%zu changes are asked for, %zu on record", changes, begun);
    ENSURE(done == allowed, "%zu tasks are to be done, %zu on record", done, allowed);
}
