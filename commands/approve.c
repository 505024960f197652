/* SPDX-License-Identifier: Apache-2.0 */
/* approve, decline, withdraw: the answers to a request, to a wish for more time and to an
   adoption. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"
#include "core/question.h"

#include <string.h>

static bool answer_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    return parts_read_reason(words, request, err);
}

static bool approve_read(const struct desk *desk, struct words *words, struct request *request,
                         struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    request->yes = words_take(words, "with");
    if (request->yes && !words_take(words, "recovery"))
        return err_set(err, "With what? Only `with recovery` can follow");
    return parts_read_reason(words, request, err);
}

/* The one that is approved: with password recovery, or without. */
static enum action approved(const struct request *r)
{
    return r->yes ? ACTION_RECOVER : ACTION_APPROVE;
}

/* Words that name a case, or none, when no question was found for them. */
static const char *no_question(const struct desk *desk, enum action action, const struct request *r,
                               struct arena *arena)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, r, action, arena, &why);
    return c ? action_refusal(action, desk, c, &(struct doer){ .key = NULL }, 0, arena) : why;
}

/* The case whose question is answered; NULL with a whole answer when that question is gone. An
   answer never moves to another question than the one it was given to. */
static const struct casefile *answered(const struct desk *desk, enum action action,
                                       const struct request *r, struct arena *arena,
                                       const char **ret_why)
{
    const struct casefile *c = question_case(desk, r->question);
    *ret_why = NULL;
    if (c && question_takes_answers(c))
        return c;
    if (!r->question[0])
        *ret_why = no_question(desk, action, r, arena);
    else if (c)
        *ret_why = arena_printf(arena, "That question is closed: %s %s. I changed nothing.",
                                parts_case_id(c, arena), case_how_it_ended(c, arena));
    else
        *ret_why = "That question is closed. I changed nothing.";
    return NULL;
}

/* A word may be said before its question can be read anywhere, and would then count for what nobody
   has seen; so may a press on what one person alone was shown. Any other button and a reaction
   stand on the question itself, where everybody reads it. */
static const char *unseen_refusal(const struct event *e, const struct casefile *c,
                                  struct arena *arena)
{
    const char *handles = e->kind == EVENT_SAID      ? e->said.unseen
                          : e->kind == EVENT_CLICKED ? e->clicked.unseen
                                                     : NULL;
    return strstr(str_or_empty(handles), c->question.handle)
               ? arena_printf(arena,
                              "What %s asks does not stand in the chat yet, so you cannot have "
                              "read it. I changed nothing; please approve it when it is there.",
                              parts_case_id(c, arena))
               : NULL;
}

/* Between what is shown and a word that arrives. Nobody reads a question in less and types an
   answer. */
static const ms_t READ_IN_MS = 3 * MS_SECOND;

/* A word that names no case was on its way already when this question came about, and was meant for
   another one. */
static const char *hasty_refusal(const struct event *e, const struct request *r,
                                 const struct casefile *c, ms_t now_ms, struct arena *arena)
{
    if (e->kind != EVENT_SAID || !r->unnamed || now_ms >= ms_plus(c->question.asked_ms, READ_IN_MS))
        return NULL;
    const char *id = parts_case_id(c, arena);
    return arena_printf(arena,
                        "What %s asks was not there when you said that, or came at that moment. I "
                        "changed nothing; read it, and say `approve %s%s` when you want it.",
                        id, id, r->yes ? " with recovery" : "");
}

static bool approve_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = answered(desk, approved(r), r, v->arena, &why);
    if (c)
        why = action_refusal(approved(r), desk, c, &(struct doer){ .way = r->way }, v->turn.now_ms,
                             v->arena);
    if (c && !why)
        why = unseen_refusal(asker->event, c, v->arena);
    if (c && !why)
        why = hasty_refusal(asker->event, r, c, v->turn.now_ms, v->arena);
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

/* Whoever asked must be an Admin still when others approve: read in the same roster. */
static const char *asker_refusal(const struct desk *desk, const struct casefile *c,
                                 const struct survey *roster, struct arena *arena)
{
    const char *problem = question_party_problem(desk, &c->question.by, roster, arena);
    return problem ? arena_printf(arena, "Not counted: %s, and asked for it. I changed nothing.",
                                  problem)
                   : NULL;
}

static void approve_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    enum action action = approved(&q->request);
    const struct casefile *c = answered(desk, action, &q->request, v->arena, &why);
    if (c)
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why)
        why = action_refusal(action, desk, c, &(struct doer){ .user = found->user->id },
                             v->turn.now_ms, v->arena);
    if (c && !why)
        why = asker_refusal(desk, c, found->survey, v->arena);
    if (!c || why) {
        inquiry_answer(q, why, v);
        return;
    }
    struct fact *f = verdict_fact(v, question_approved_kind(c), c->no);
    f->question = arena_copy(v->arena, q->request.question);
    f->verb = approve_way_name(q->request.way);
    f->role = found->user->role;
    f->recovers = q->request.yes;
    f->digest = q->request.yes ? arena_copy(v->arena, c->digest) : "";
    size_t have = c->question.approval_count + 1, needed = (size_t)desk->policy->approvals;
    const char *what = verdict_text(v, "%s%s%s", case_asks_itself(c) ? "" : question_name(c),
                                    case_asks_itself(c) ? "" : " for ", parts_case_id(c, v->arena));
    inquiry_answer(
        q,
        have < needed
            ? verdict_text(v, "Thank you, counted: %zu of %zu approvals of %s%s.", have, needed,
                           what, f->recovers ? ", with password recovery" : "")
            : verdict_text(v, "Thank you, you approved %s%s. The card shows what happens next.",
                           what, f->recovers ? ", and password recovery with it" : ""),
        v);
}

const struct command command_approve = {
    .name = "approve",
    .usage = "approve G-0001 [with recovery]",
    .summary = "approve another Admin's request",
    .example = "approve G-0001",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_ANSWERS | GATE_COUNTS,
    .read = approve_read,
    .needs = parts_needs_roster,
    .decide = approve_decide,
    .settle = approve_settle,
};

/* ---- decline ---- */

static bool decline_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = answered(desk, ACTION_DECLINE, r, v->arena, &why);
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
    const struct casefile *c = answered(desk, ACTION_DECLINE, &q->request, v->arena, &why);
    if (c)
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why)
        why = action_refusal(ACTION_DECLINE, desk, c, &(struct doer){ .user = found->user->id },
                             v->turn.now_ms, v->arena);
    if (!c || why) {
        inquiry_answer(q, why, v);
        return;
    }
    struct fact *f = verdict_fact(v, question_declined_kind(c), c->no);
    f->question = arena_copy(v->arena, q->request.question);
    f->reason = arena_copy(v->arena, q->request.reason);
    inquiry_answer(q,
                   verdict_text(v, "You declined %s; whoever asked is told why.",
                                parts_case_id(c, v->arena)),
                   v);
}

const struct command command_decline = {
    .name = "decline",
    .usage = "decline G-0001 because REASON…",
    .summary = "decline a request, with the reason",
    .example = "decline G-0001 because not during the freeze",
    .gates = GATE_MAPPED | GATE_ANSWERS,
    .read = answer_read,
    .needs = parts_needs_roster,
    .decide = decline_decide,
    .settle = decline_settle,
};

/* ---- withdraw ---- */

static void withdraw_settle(const struct desk *desk, const struct inquiry *q,
                            const struct findings *found, struct verdict *v)
{
    (void)found;
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_WITHDRAW, v->arena, &why);
    if (c)
        why = action_refusal(ACTION_WITHDRAW, desk, c, &(struct doer){ .key = q->actor.key },
                             v->turn.now_ms, v->arena);
    if (c && !why) {
        v->actor.user = arena_copy(v->arena, c->requester.user);
        v->actor.name = arena_copy(v->arena, c->requester.name);
        verdict_fact(v, FACT_WITHDRAWN, c->no);
        why = verdict_text(v, "You withdrew %s.", parts_case_id(c, v->arena));
    }
    inquiry_answer(q, why, v);
}

const struct command command_withdraw = {
    .name = "withdraw",
    .usage = "withdraw [G-0001]",
    .summary = "take your own request back",
    .example = "withdraw G-0001",
    .gates = GATE_MAPPED | GATE_ANYWHERE,
    .read = answer_read,
    .needs = parts_needs_nothing,
    .settle = withdraw_settle,
};
