/* approve, decline, withdraw: the answers to a request, to a wish for more time and to an
   adoption. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"

static bool answer_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    return parts_read_reason(words, request, err);
}

static bool waits_for_answer(const struct casefile *c)
{
    return c->state == CASE_WAITING || c->extension.pending || c->adoption.pending;
}

/* The proposal that an answer is about: more time or adoption; NULL: the request itself. */
static const struct proposal *proposal_of(const struct casefile *c)
{
    return c->extension.pending ? &c->extension : c->adoption.pending ? &c->adoption : NULL;
}

static const char *state_refusal(const struct casefile *c, struct arena *arena)
{
    if (waits_for_answer(c))
        return NULL;
    const char *id = parts_case_id(c, arena);
    if (c->approval_count && (c->state == CASE_LIFTING || c->state == CASE_LIFTED))
        return arena_printf(arena,
                            "%s was already approved by %s; there is nothing to answer any more.",
                            id, c->approvals[0].name);
    return arena_printf(arena, "%s %s; there is nothing to answer any more.", id, parts_state(c));
}

static const char *own_refusal(const struct desk *desk, const struct casefile *c, const char *stax,
                               struct arena *arena)
{
    const struct proposal *p = proposal_of(c);
    const char *id = parts_case_id(c, arena);
    if (p && party_is(&p->by, stax))
        return arena_printf(
            arena, "You cannot approve %s: you asked for it yourself. Another Admin has to.", id);
    if ((!p || c->extension.pending) && party_is(&c->requester, stax))
        return arena_printf(arena,
                            "You cannot approve %s: it is your own request. Another Admin has to; "
                            "a second chat account of yours does not help.",
                            id);
    size_t count = p ? p->approval_count : c->approval_count;
    if (parties_have(p ? p->approvals : c->approvals, count, stax))
        return arena_printf(arena,
                            count < (size_t)desk->policy->approvals
                                ? "You have approved %s already; it still needs another Admin."
                                : "You have approved %s already.",
                            id);
    return NULL;
}

static bool approve_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, r, waits_for_answer, v->arena, &why);
    if (c)
        why = state_refusal(c, v->arena);
    if (!why && !(desk->policy->approve_with & r->way))
        why = verdict_text(v, "Approving by %s is switched off here. Nothing was changed.",
                           approve_way_name(r->way));
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

/* Whoever asked must be an Admin still when others approve: read in the same roster. */
static const char *asker_refusal(const struct desk *desk, const struct casefile *c,
                                 const struct survey *roster, struct arena *arena)
{
    const struct proposal *p = proposal_of(c);
    const struct party *by = p ? &p->by : &c->requester;
    for (size_t i = 0; i < roster->user_count; i++)
        if (party_is(by, roster->users[i].id))
            return policy_is_admin(desk->policy, &roster->users[i])
                       ? NULL
                       : arena_printf(
                             arena, "%s, who asked, is not an active Admin any more. Not counted.",
                             by->name);
    return arena_printf(arena, "%s, who asked, is not known to Stax any more. Not counted.",
                        by->name);
}

static void approve_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, waits_for_answer, v->arena, &why);
    if (c)
        why = state_refusal(c, v->arena);
    if (c && !why)
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why)
        why = own_refusal(desk, c, found->user->id, v->arena);
    if (c && !why)
        why = asker_refusal(desk, c, found->survey, v->arena);
    if (why) {
        inquiry_answer(q, why, v);
        return;
    }
    struct fact *f = verdict_fact(v, c->extension.pending ? FACT_EXTENSION_APPROVED : FACT_APPROVED,
                                  c->no);
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
    .gates = GATE_MAPPED | GATE_LOWERS,
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
    const struct casefile *c = parts_case(desk, r, waits_for_answer, v->arena, &why);
    if (c)
        why = state_refusal(c, v->arena);
    if (!why && !r->reason[0])
        why = verdict_text(v,
                           "Please say why; whoever asked will read it: `%s decline %s because "
                           "REASON`. Nothing was changed.",
                           desk->policy->command_word, parts_case_id(c, v->arena));
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

static void decline_settle(const struct desk *desk, const struct inquiry *q,
                           const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, waits_for_answer, v->arena, &why);
    if (c)
        why = state_refusal(c, v->arena);
    if (c && !why)
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why && !proposal_of(c) && party_is(&c->requester, found->user->id))
        why = verdict_text(v, "%s is your own request; `withdraw` takes it back.",
                           parts_case_id(c, v->arena));
    if (why) {
        inquiry_answer(q, why, v);
        return;
    }
    enum fact_kind kind = c->extension.pending  ? FACT_EXTENSION_DECLINED
                          : c->adoption.pending ? FACT_ADOPTION_REFUSED
                                                : FACT_DECLINED;
    verdict_fact(v, kind, c->no)->reason = arena_copy(v->arena, q->request.reason);
    inquiry_answer(q, verdict_text(v, "Declined: %s.", parts_case_id(c, v->arena)), v);
}

const struct command command_decline = {
    .name = "decline",
    .usage = "decline G-0001 because REASON…",
    .summary = "decline a request, with the reason",
    .example = "decline G-0001 because not during the freeze",
    .gates = GATE_MAPPED,
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
    if (c && !str_equal_nocase(c->requester.key, q->actor.key))
        why = verdict_text(v, "Only %s can withdraw %s; you can decline it. Nothing was changed.",
                           c->requester.name, parts_case_id(c, v->arena));
    else if (c && c->state != CASE_WAITING)
        why = verdict_text(
            v, "%s %s; only a request that waits can be withdrawn. `done` ends a window.",
            parts_case_id(c, v->arena), parts_state(c));
    else if (c)
        why = NULL;
    if (!why) {
        v->actor.stax = arena_copy(v->arena, c->requester.stax);
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
    .gates = GATE_MAPPED,
    .read = answer_read,
    .needs = parts_needs_nothing,
    .settle = withdraw_settle,
};
