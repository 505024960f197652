/* SPDX-License-Identifier: Apache-2.0 */
/* done (restore) and put-back: end a window, or what was found lifted. They only raise protection,
   so nobody has to approve. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/inquiry.h"
#include "core/twin.h"

static bool done_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    return parts_read_reason(words, request, err);
}

static bool is_requester(const struct casefile *c, const char *key)
{
    return c->requester.key[0] && str_equal_nocase(c->requester.key, key);
}

static const char *refusal(enum action action, const struct desk *desk, const struct casefile *c,
                           const struct verdict *v)
{
    const struct doer anybody = { .key = NULL };
    return action_refusal(action, desk, c, &anybody, v->turn.now_ms, v->arena);
}

static bool done_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                        struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, r, ACTION_DONE, v->arena, &why);
    if (action_means_the_twins(desk, c, v->turn.now_ms))
        return false;
    if (c)
        why = refusal(ACTION_DONE, desk, c, v);
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

/* The requester needs no role to end the own window; for everybody else it is read. */
static unsigned done_needs(const struct desk *desk, const struct request *r)
{
    (void)desk, (void)r;
    return SURVEY_ROSTER;
}

/* Why this person may not end it, or NULL. Where roles cannot be read, whoever is in [people] may:
   ending only raises protection. */
static const char *end_refusal(const struct desk *desk, const struct casefile *c,
                               const struct inquiry *q, const struct findings *found,
                               struct arena *arena)
{
    bool role_unread = !(found->survey->read & SURVEY_ROSTER),
         still_listed = people_by_key(desk->people, q->actor.key) != NULL;
    if ((c && is_requester(c, q->actor.key)) || (role_unread && still_listed))
        return NULL;
    return parts_admin_refusal(desk, found, arena);
}

static const char *default_reason(const struct casefile *c)
{
    return c->state == CASE_LIFTING     ? "stopped before it took effect"
           : c->state == CASE_RESTORING ? "asked to try again"
           : c->state == CASE_OUTSIDE   ? "restored"
                                        : "done";
}

static void end_twins_window(const struct desk *desk, const struct inquiry *q,
                             const struct findings *found, struct verdict *v)
{
    const char *why = end_refusal(desk, NULL, q, found, v->arena);
    if (!why) {
        twin_end_window(desk, "restored", v);
        why = "Another reguard lifted it, not I. I restore root protection now and post when that "
              "is verified.";
    }
    inquiry_answer(q, why, v);
}

static void done_settle(const struct desk *desk, const struct inquiry *q,
                        const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_DONE, v->arena, &why);
    if (action_means_the_twins(desk, c, v->turn.now_ms)) {
        end_twins_window(desk, q, found, v);
        return;
    }
    if (c)
        why = refusal(ACTION_DONE, desk, c, v);
    if (c && !why)
        why = end_refusal(desk, c, q, found, v->arena);
    if (!c || why) {
        inquiry_answer(q, why, v);
        return;
    }
    if (!found->user && is_requester(c, q->actor.key)) {
        v->actor.user = arena_copy(v->arena, c->requester.user);
        v->actor.name = arena_copy(v->arena, c->requester.name);
    }
    struct fact *f = verdict_fact(v, FACT_ENDED, c->no);
    f->lift_failed = c->failing || c->state == CASE_LIFTING;
    f->text = q->request.reason[0] ? arena_copy(v->arena, q->request.reason) : default_reason(c);
    bool others_hold = c->state == CASE_LIFTED && desk_count(desk, CASE_LIFTED) > 1;
    inquiry_answer(q,
                   verdict_text(v,
                                others_hold
                                    ? "Ended %s. Another window is open, so root protection "
                                      "stays OFF until that one ends."
                                    : "Ending %s: I restore root protection now and post "
                                      "when that is verified.",
                                parts_case_id(c, v->arena)),
                   v);
}

const struct command command_done = {
    .name = "done",
    .alias = "restore",
    .usage = "done [G-0001]",
    .summary = "end a window and restore root protection",
    .example = "done G-0001",
    .gates = GATE_MAPPED | GATE_RAISES | GATE_ANYWHERE,
    .read = done_read,
    .needs = done_needs,
    .decide = done_decide,
    .settle = done_settle,
};

static bool put_back_decide(const struct desk *desk, const struct asker *asker,
                            const struct request *r, struct verdict *v)
{
    (void)r;
    const char *why = refusal(ACTION_PUT_BACK, desk, desk_outside_case(desk), v);
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

static void put_back_settle(const struct desk *desk, const struct inquiry *q,
                            const struct findings *found, struct verdict *v)
{
    const struct casefile *c = desk_outside_case(desk);
    if (action_means_the_twins(desk, c, v->turn.now_ms)) {
        end_twins_window(desk, q, found, v);
        return;
    }
    const char *why = c ? end_refusal(desk, c, q, found, v->arena)
                        : "There is nothing left to restore. I changed nothing.";
    if (!why) {
        verdict_fact(v, FACT_ENDED, c->no)->text = "restored";
        why = verdict_text(v, "Restoring %s now; I post when that is verified.",
                           parts_case_id(c, v->arena));
    }
    inquiry_answer(q, why, v);
}

const struct command command_put_back = {
    .name = "put-back",
    .alias = "putback",
    .usage = "put-back",
    .summary = "restore what was switched OFF outside reguard",
    .example = "put-back",
    .gates = GATE_MAPPED | GATE_RAISES | GATE_ANYWHERE,
    .read = done_read,
    .needs = done_needs,
    .decide = put_back_decide,
    .settle = put_back_settle,
};
