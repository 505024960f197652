/* SPDX-License-Identifier: Apache-2.0 */
#include "core/turn.h"
#include "core/audience.h"
#include "core/ballot.h"
#include "core/chats.h"
#include "core/controller.h"
#include "core/deadman.h"
#include "core/desk.h"
#include "core/dialogue.h"
#include "core/doubt.h"
#include "core/ensure.h"
#include "core/errand.h"
#include "core/hearing.h"
#include "core/inquiry.h"
#include "core/invariant.h"
#include "core/lifecycle.h"
#include "core/loss.h"
#include "core/notice.h"
#include "core/outage.h"
#include "core/outside.h"
#include "core/quota.h"
#include "core/reminder.h"
#include "core/review.h"
#include "core/rootlook.h"
#include "core/rootuse.h"
#include "core/rootusers.h"
#include "core/route.h"
#include "core/rules.h"
#include "core/sight.h"
#include "core/talk.h"
#include "core/twin.h"
#include "core/vigil.h"

#include <inttypes.h>

/* Rounds of settling in one turn. The rules move forward only, so that a handful is the most ever
   needed. */
enum { SETTLE_ROUNDS = 40 };

/* ---- one event ---- */

/* An order from the machine's operator: everything that is open ends now, and what is found lifted
   later too, until the proof. An approval that was given before it must not lift anything after
   it. */
static void decide_restore_order(const struct desk *desk, const struct event *e, struct verdict *v)
{
    verdict_by_operator(v);
    const char *reason = str_or_empty(e->order_reason);
    verdict_fact(v, FACT_RESTORE_ORDERED, 0)->text = reason;
    lifecycle_end_all(desk, reason, v);
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (c->state == CASE_WAITING && c->question.approval_count > 0)
            verdict_fact(v, FACT_REFUSED, c->no)->text =
                verdict_text(v,
                             "an operator has ordered root protection restored since it was "
                             "approved (%s); ask again if it is still needed",
                             reason);
    }
}

static void decide_mail(const struct desk *desk, const struct event *e, struct verdict *v)
{
    bool failed = e->kind == EVENT_MAIL_FAILED;
    for (size_t i = 0; e->effect_id && i < desk->case_count; i++)
        if (desk->cases[i].code_mail_id == e->effect_id && desk->cases[i].state == CASE_WAITING)
            verdict_fact(v, failed ? FACT_CODE_FAILED : FACT_CODE_MAILED, desk->cases[i].no)->text =
                failed ? e->error : NULL;
}

/* A code is not kept, so an earlier process's mail cannot be sent again. */
static void decide_start(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (desk->cases[i].code_under_way && desk->cases[i].state == CASE_WAITING)
            verdict_fact(v, FACT_CODE_FAILED, desk->cases[i].no)->text =
                "I was stopped before the mail server had taken it";
    rootuse_start(desk, v);
}

/* A message that will never arrive. Whoever waits for it is told in another way. */
static void decide_undelivered(const struct event *e, struct verdict *v)
{
    static const char *const kinds[] = { "card", "post", "line", "direct" };
    if (!e->delivery.given_up)
        return;
    struct fact *f = verdict_fact(v, FACT_UNDELIVERED, e->delivery.case_no);
    f->people = e->delivery.to;
    f->verb = kinds[e->delivery.kind];
    f->text = e->error;
}

/* Whoever acts when no person does. */
static const struct fact_actor ourselves = {
    .user = "", .chat = "", .id = "", .name = "reguard", .key = ""
};

static void decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    v->actor = ourselves;
    switch (e->kind) {
    case EVENT_SAID:
    case EVENT_CLICKED:
    case EVENT_REACTED:
    case EVENT_UNREACTED:
    case EVENT_OPENED:
    case EVENT_TYPED:
    case EVENT_FILLED:
    case EVENT_SUBMITTED: dialogue_decide(desk, e, v); break;
    case EVENT_CHAT_UP:
    case EVENT_CHAT_DOWN:
    case EVENT_CHAT_REFUSED: chats_decide(e, v); break;
    case EVENT_IDENTIFIED:
        if (!ballot_heard(desk, e, v))
            inquiry_identified(desk, e, v);
        break;
    case EVENT_JOINED: chats_joined(desk, e, v); break;
    case EVENT_CAUGHT_UP: hearing_decide(desk, e, v); break;
    case EVENT_SURVEYED:
        audience_heard(desk, &e->survey, v);
        if (e->effect_id && e->effect_id == desk->guardrail.survey_id)
            controller_surveyed(desk, e, v);
        else if (!review_surveyed(desk, e, v) && !ballot_heard(desk, e, v))
            inquiry_surveyed(desk, e, v);
        break;
    case EVENT_CHANGE_ACCEPTED:
    case EVENT_CHANGE_REFUSED:
    case EVENT_CHANGE_UNKNOWN: controller_changed(desk, e, v); break;
    case EVENT_RESTORE_ORDERED: decide_restore_order(desk, e, v); break;
    case EVENT_LOOKED_BACK:
        if (sight_looked(desk, e, v)) {
            doubt_seen(desk, &e->looked, v);
            twin_decide(desk, e, v);
            vigil_looked(desk, &e->looked, v);
        }
        break;
    case EVENT_SIGHTED:
    case EVENT_CROWDED: twin_decide(desk, e, v); break;
    case EVENT_WORD_LEFT:
    case EVENT_WORD_TAKEN:
    case EVENT_WORDS_READ: deadman_decide(desk, e, v); break;
    case EVENT_STORE_DOUBTED:
    case EVENT_STORE_ACCEPTED: doubt_decide(desk, e, v); break;
    case EVENT_STORE_LOST:
    case EVENT_STORE_BACK: loss_decide(desk, e, v); break;
    case EVENT_RULES_READ:
    case EVENT_RULES_REFUSED: rules_decide(desk, e, v); break;
    case EVENT_ROOT_USED:
    case EVENT_ROOT_WATCH: rootuse_decide(desk, e, v); break;
    case EVENT_ROOT_FOUND: rootlook_decide(desk, e, v); break;
    case EVENT_ROOT_USERS: rootusers_decide(desk, e, v); break;
    case EVENT_ERRAND_TOLD:
        if (!errand_told(desk, e, v))
            inquiry_looked(desk, e, v);
        break;
    case EVENT_MAIL_SENT:
    case EVENT_MAIL_FAILED: decide_mail(desk, e, v); break;
    case EVENT_STARTED: decide_start(desk, v); break;
    case EVENT_DELIVERED:
        hearing_decide(desk, e, v);
        chats_delivered(desk, e, v);
        break;
    case EVENT_DELIVERY_FAILED:
        chats_delivered(desk, e, v);
        decide_undelivered(e, v);
        break;
    case EVENT_DELIVERY_UNKNOWN: chats_delivered(desk, e, v); break;
    case EVENT_IGNORED:
    case EVENT_STANDING:
    case EVENT_MARK:
    case EVENT_DUE:
    case EVENT_KIND_COUNT: break; /* the state itself says what follows */
    }
}

/* ---- the rules ---- */

/* In the order in which they are asked. What one finds that comes first is settled before any other
   is asked: the switch, who stands behind a question, the cases, and what a command has come to are
   what the others go by. */
static const struct rule {
    enum rule_bit bit;
    /* What follows from the state now. It asks verdict_due for each instant that it waits for.
       NULL: nothing ever does by itself. */
    void (*settle)(const struct desk *, struct verdict *);
    /* What a fact changes that is its own, or that it hears of. */
    void (*apply)(struct desk *, const struct fact *);
    bool first;
} rules[] = {
    { RULE_CONTROLLER, controller_settle, controller_apply, true },
    { RULE_BALLOT, ballot_settle, ballot_apply, true },
    { RULE_LIFECYCLE, lifecycle_settle, lifecycle_apply, true },
    { RULE_INQUIRY, inquiry_settle, inquiry_apply, true },
    { RULE_REVIEW, review_settle, review_apply, false },
    { RULE_REMINDER, reminder_settle, reminder_apply, false },
    { RULE_DOUBT, doubt_settle, doubt_apply, false },
    { RULE_LOSS, loss_settle, loss_apply, false },
    { RULE_TWIN, twin_settle, twin_apply, false },
    { RULE_SIGHT, sight_settle, sight_apply, false },
    { RULE_CHATS, NULL, chats_apply, false },
    { RULE_OUTAGE, outage_settle, outage_apply, false },
    { RULE_HEARING, hearing_settle, hearing_apply, false },
    { RULE_TALK, talk_settle, talk_apply, false },
    { RULE_AUDIENCE, NULL, audience_apply, false },
    { RULE_RULES, NULL, rules_apply, false },
    { RULE_QUOTA, NULL, quota_apply, false },
    { RULE_DEADMAN, deadman_settle, deadman_apply, false },
    { RULE_ROUTE, route_settle, route_apply, false },
    { RULE_ROOTUSE, rootuse_settle, rootuse_apply, false },
    { RULE_ROOTLOOK, rootlook_settle, rootlook_apply, false },
    { RULE_ROOTUSERS, rootusers_settle, rootusers_apply, false },
};
_Static_assert(COUNT(rules) == FACT_RULE_COUNT, "each rule that applies facts has a row");

void desk_settle(const struct desk *desk, struct verdict *v)
{
    v->actor = ourselves;
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (rules[i].settle)
            rules[i].settle(desk, v);
        if (rules[i].first && v->fact_count)
            return;
    }
}

/* Applies and tells what the round has found, and moves it to the whole. */
static bool take_round(struct desk *desk, struct verdict *round, struct verdict *whole)
{
    bool any = round->fact_count > 0;
    invariant_of_round(desk, round);
    for (size_t i = 0; i < round->fact_count; i++) {
        desk_apply(desk, &round->facts[i]);
        notice_tell(desk, &round->facts[i], round);
        whole->facts[whole->fact_count++] = round->facts[i];
    }
    for (size_t i = 0; i < round->effect_count && whole->effect_count < COUNT(whole->effects); i++)
        whole->effects[whole->effect_count++] = round->effects[i];
    return any;
}

/* Looked at before anything of the round is applied. */
static bool fits(const struct verdict *round, const struct verdict *whole)
{
    return !round->overflow && whole->fact_count + round->fact_count <= COUNT(whole->facts);
}

static void begin_round(struct desk *desk, struct verdict *round, const struct verdict *whole)
{
    verdict_init(round, whole->arena, whole->turn, ++desk->steps);
    round->source = whole->source;
    round->facts_before = whole->fact_count;
    round->effects_before = whole->effect_count;
}

/* The last round has found nothing, so that each rule was asked for its time. Else there is more to
   do: for which there was no room any more, or which fits into no event. */
static ms_t due_after(const struct verdict *round, bool going)
{
    ms_t now = round->turn.now_ms;
    return going ? now + 1 : round->fact_count ? now + MS_SECOND : round->next_ms;
}

void desk_handle(struct desk *desk, const struct event *event, struct verdict *out,
                 struct verdict *round)
{
    const struct event *e = outside_event(out->arena, event);
    out->source = (struct fact_source){ .chat = e->chat, .event_id = e->id };
    begin_round(desk, round, out);
    decide(desk, e, round);
    out->unremarked = round->unremarked;
    out->overflow = !fits(round, out);
    if (out->overflow)
        return;
    bool going = true;
    take_round(desk, round, out);
    begin_round(desk, round, out);
    for (int n = 0; going && n < SETTLE_ROUNDS && verdict_has_room(round); n++) {
        desk_settle(desk, round);
        going = fits(round, out) && take_round(desk, round, out);
        if (going)
            begin_round(desk, round, out);
    }
    desk->due_ms = due_after(round, going);
    ENSURE(desk->due_ms > out->turn.now_ms, "due at %" PRId64 ", now %" PRId64, desk->due_ms,
           out->turn.now_ms);
    invariant_of_desk(desk);
}

ms_t desk_due_ms(const struct desk *desk) { return desk->due_ms; }

/* ---- applying ---- */

static void apply_by(unsigned who, struct desk *desk, const struct fact *f)
{
    for (size_t i = 0; who && i < COUNT(rules); i++)
        if (rules[i].bit & who)
            rules[i].apply(desk, f);
}

void desk_apply(struct desk *desk, const struct fact *f)
{
    apply_by(fact_owner(f->kind), desk, f);
    apply_by(fact_hearers(f->kind), desk, f);
}

void desk_count_act(struct desk *desk, const struct fact *f)
{
    apply_by((fact_owner(f->kind) | fact_hearers(f->kind)) & RULE_QUOTA, desk, f);
}
