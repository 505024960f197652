/* approve, decline, withdraw: the answers to a request, to a wish for more time and to an
   adoption. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"
#include "core/question.h"

static bool answer_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    return parts_read_reason(words, request, err);
}

static const char *how_it_ended(const struct casefile *c, struct arena *arena)
{
    size_t count;
    const struct party *parties = case_approvals(c, &count);
    if (count && (c->state == CASE_LIFTING || c->state == CASE_LIFTED))
        return arena_printf(arena, "was already approved by %s", parties[0].name);
    return parts_state(c);
}

/* Words that name a case, or none, when no question was found for them. */
static const char *no_question(const struct desk *desk, const struct request *r,
                               struct arena *arena)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, r, question_takes_answers, arena, &why);
    return c ? arena_printf(arena, "%s %s; there is nothing to answer any more.",
                            parts_case_id(c, arena), how_it_ended(c, arena))
             : why;
}

/* The case whose question is answered; NULL with a whole answer when that question is gone. An
   answer never moves to another question than the one it was given to. */
static const struct casefile *answered(const struct desk *desk, const struct request *r,
                                       struct arena *arena, const char **ret_why)
{
    const struct casefile *c = question_case(desk, r->question);
    *ret_why = NULL;
    if (c && question_takes_answers(c))
        return c;
    if (!r->question[0])
        *ret_why = no_question(desk, r, arena);
    else if (c)
        *ret_why = arena_printf(arena, "That question is closed: %s %s. I changed nothing.",
                                parts_case_id(c, arena), how_it_ended(c, arena));
    else
        *ret_why = "That question is closed. I changed nothing.";
    return NULL;
}

static bool approve_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    if (answered(desk, r, v->arena, &why) && !(desk->policy->approve_with & r->way))
        why = verdict_text(v, "Approving by %s is switched off here. I changed nothing.",
                           approve_way_name(r->way));
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

/* Whoever asked must be an Admin still when others approve: read in the same roster. */
static const char *asker_refusal(const struct desk *desk, const struct casefile *c,
                                 const struct survey *roster, struct arena *arena)
{
    const char *problem = question_party_problem(desk, &c->question.by, roster, arena);
    return problem ? arena_printf(arena, "Not counted: %s, and asked for it.", problem) : NULL;
}

static void approve_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = answered(desk, &q->request, v->arena, &why);
    if (!why)
        why = parts_admin_refusal(desk, found, v->arena);
    if (!why)
        why = question_refusal(desk, c, found->user->id, v->arena);
    if (!why)
        why = asker_refusal(desk, c, found->survey, v->arena);
    if (why) {
        inquiry_answer(q, why, v);
        return;
    }
    struct fact *f = verdict_fact(v, question_approved_kind(c), c->no);
    f->question = arena_copy(v->arena, q->request.question);
    f->verb = approve_way_name(q->request.way);
    f->role = found->user->role;
    inquiry_answer(q, verdict_text(v, "Your approval of %s counts.", parts_case_id(c, v->arena)),
                   v);
}

const struct command command_approve = {
    .name = "approve",
    .usage = "approve G-0001",
    .summary = "approve another Admin's request",
    .example = "approve G-0001",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_ANSWERS | GATE_COUNTS,
    .fits = question_takes_answers,
    .read = answer_read,
    .needs = parts_needs_roster,
    .decide = approve_decide,
    .settle = approve_settle,
};

/* ---- decline ---- */

static bool decline_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = answered(desk, r, v->arena, &why);
    if (!why && !r->reason[0])
        why = verdict_text(v,
                           "Please say why; whoever asked will read it: `%s decline %s because "
                           "REASON`. I changed nothing.",
                           desk->policy->command_word, parts_case_id(c, v->arena));
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

static void decline_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = answered(desk, &q->request, v->arena, &why);
    if (!why)
        why = parts_admin_refusal(desk, found, v->arena);
    if (!why && c->question.kind == QUESTION_WINDOW && party_is(&c->requester, found->user->id))
        why = verdict_text(v, "%s is your own request; `withdraw` takes it back.",
                           parts_case_id(c, v->arena));
    if (why) {
        inquiry_answer(q, why, v);
        return;
    }
    struct fact *f = verdict_fact(v, question_declined_kind(c), c->no);
    f->question = arena_copy(v->arena, q->request.question);
    f->reason = arena_copy(v->arena, q->request.reason);
    inquiry_answer(q, verdict_text(v, "Declined: %s.", parts_case_id(c, v->arena)), v);
}

const struct command command_decline = {
    .name = "decline",
    .usage = "decline G-0001 because REASON…",
    .summary = "decline a request, with the reason",
    .example = "decline G-0001 because not during the freeze",
    .gates = GATE_MAPPED | GATE_ANSWERS,
    .fits = question_takes_answers,
    .read = answer_read,
    .needs = parts_needs_roster,
    .decide = decline_decide,
    .settle = decline_settle,
};

/* ---- withdraw ---- */

static bool may_be_withdrawn(const struct casefile *c) { return c->state == CASE_WAITING; }

static void withdraw_settle(const struct desk *desk, const struct inquiry *q,
                            const struct findings *found, struct verdict *v)
{
    (void)found;
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, may_be_withdrawn, v->arena, &why);
    /* What does not wait is nobody's to withdraw, and has nobody who asked when it was found. */
    if (c && c->state != CASE_WAITING)
        why = verdict_text(
            v, "%s %s; only a request that waits can be withdrawn. `done` ends a window.",
            parts_case_id(c, v->arena), parts_state(c));
    else if (c && !str_equal_nocase(c->requester.key, q->actor.key))
        why = verdict_text(v, "Only %s can withdraw %s; you can decline it. I changed nothing.",
                           c->requester.name, parts_case_id(c, v->arena));
    else if (c)
        why = NULL;
    if (!why) {
        v->actor.user = arena_copy(v->arena, c->requester.user);
        v->actor.name = arena_copy(v->arena, c->requester.name);
        verdict_fact(v, FACT_WITHDRAWN, c->no);
        why = verdict_text(v, "%s is withdrawn.", parts_case_id(c, v->arena));
    }
    inquiry_answer(q, why, v);
}

const struct command command_withdraw = {
    .name = "withdraw",
    .usage = "withdraw [G-0001]",
    .summary = "take your own request back",
    .example = "withdraw G-0001",
    .gates = GATE_MAPPED | GATE_ANYWHERE,
    .fits = may_be_withdrawn,
    .read = answer_read,
    .needs = parts_needs_nothing,
    .settle = withdraw_settle,
};
