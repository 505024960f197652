#include "core/turn.h"
#include "core/audience.h"
#include "core/ballot.h"
#include "core/chats.h"
#include "core/controller.h"
#include "core/desk.h"
#include "core/dialogue.h"
#include "core/doubt.h"
#include "core/hearing.h"
#include "core/inquiry.h"
#include "core/lifecycle.h"
#include "core/loss.h"
#include "core/notice.h"
#include "core/outage.h"
#include "core/outside.h"
#include "core/quota.h"
#include "core/reminder.h"
#include "core/review.h"
#include "core/rules.h"
#include "core/sight.h"
#include "core/talk.h"
#include "core/twin.h"

/* Rounds of settling in one turn. The rules move forward only, so that a handful is the most ever
   needed. */
enum { SETTLE_ROUNDS = 40 };

/* ---- one event ---- */

/* An order from the machine's operator: everything that is open ends now, and what is found lifted
   later too, until the proof. An approval that was given before it must not lift anything after
   it. */
static void decide_restore_order(const struct desk *desk, const struct event *e, struct verdict *v)
{
    v->actor = (struct fact_actor){
        .user = "", .chat = "console", .id = "operator", .name = "the operator's console", .key = ""
    };
    const char *reason = str_or_empty(e->order_reason);
    verdict_fact(v, FACT_RESTORE_ORDERED, 0)->text = reason;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (c->state == CASE_LIFTED || c->state == CASE_OUTSIDE)
            verdict_fact(v, FACT_ENDED, c->no)->text = reason;
        else if (c->state == CASE_LIFTING) {
            struct fact *f = verdict_fact(v, FACT_ENDED, c->no);
            f->text = reason;
            f->on = true;
        } else if (c->state == CASE_WAITING && c->question.approval_count > 0)
            verdict_fact(v, FACT_REFUSED, c->no)->text =
                verdict_text(v,
                             "the operator's console has ordered the guardrail on since it was "
                             "approved (%s); ask again if it is still needed",
                             reason);
    }
}

static void decide_mail(const struct desk *desk, const struct event *e, struct verdict *v)
{
    bool failed = e->kind == EVENT_MAIL_FAILED;
    for (size_t i = 0; i < desk->case_count; i++)
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
}

/* A message that will never arrive. Whoever waits for it is told in another way. */
static void decide_undelivered(const struct event *e, struct verdict *v)
{
    static const char *const kinds[] = { "card", "post", "line", "direct" };
    if (e->kind != EVENT_DELIVERY_FAILED || !e->delivery.given_up)
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
    case EVENT_SUBMITTED: dialogue_decide(desk, e, v); break;
    case EVENT_CHAT_UP:
    case EVENT_CHAT_DOWN:
    case EVENT_CHAT_REFUSED: chats_decide(e, v); break;
    case EVENT_IDENTIFIED:
        if (!ballot_heard(desk, e, v))
            inquiry_identified(desk, e, v);
        break;
    case EVENT_CAUGHT_UP: hearing_decide(desk, e, v); break;
    case EVENT_SURVEYED:
        audience_heard(desk, &e->survey, v);
        if (e->effect_id == desk->guardrail.survey_id)
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
        }
        break;
    case EVENT_SIGHTED:
    case EVENT_CROWDED: twin_decide(desk, e, v); break;
    case EVENT_STORE_DOUBTED:
    case EVENT_STORE_ACCEPTED: doubt_decide(desk, e, v); break;
    case EVENT_STORE_LOST:
    case EVENT_STORE_BACK: loss_decide(desk, e, v); break;
    case EVENT_RULES_READ:
    case EVENT_RULES_REFUSED: rules_decide(desk, e, v); break;
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
    case EVENT_DELIVERY_UNKNOWN:
    case EVENT_IGNORED:
    case EVENT_STANDING:
    case EVENT_MARK:
    case EVENT_DUE:
    case EVENT_KIND_COUNT: break; /* the state itself says what follows */
    }
}

/* ---- the rules ---- */

/* In the order in which they are asked. What one finds that comes first is settled before any other
   is asked: the switch, who stands behind a question, and the cases are what the others go by. */
static const struct rule {
    const char *name;
    void (*settle)(const struct desk *, struct verdict *);
    bool first;
} rules[] = {
    { .name = "controller", .settle = controller_settle, .first = true },
    { .name = "ballot", .settle = ballot_settle, .first = true },
    { .name = "lifecycle", .settle = lifecycle_settle, .first = true },
    { .name = "review", .settle = review_settle },
    { .name = "inquiry", .settle = inquiry_settle },
    { .name = "reminder", .settle = reminder_settle },
    { .name = "doubt", .settle = doubt_settle },
    { .name = "loss", .settle = loss_settle },
    { .name = "twin", .settle = twin_settle },
    { .name = "sight", .settle = sight_settle },
    { .name = "outage", .settle = outage_settle },
    { .name = "hearing", .settle = hearing_settle },
    { .name = "talk", .settle = talk_settle },
};

void desk_settle(const struct desk *desk, struct verdict *v)
{
    v->actor = ourselves;
    for (size_t i = 0; i < COUNT(rules); i++) {
        rules[i].settle(desk, v);
        if (rules[i].first && v->fact_count)
            return;
    }
}

/* Applies and tells what the round has found, and moves it to the whole. */
static bool take_round(struct desk *desk, struct verdict *round, struct verdict *whole)
{
    bool any = round->fact_count > 0;
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
}

ms_t desk_due_ms(const struct desk *desk) { return desk->due_ms; }

/* ---- applying ---- */

void desk_apply(struct desk *desk, const struct fact *f)
{
    quota_apply(desk, f);
    switch ((int)f->kind) {
    case FACT_INQUIRED:
    case FACT_WONDERED:
    case FACT_INQUIRY_CLOSED:
    case FACT_INQUIRY_SENT:
    case FACT_INQUIRY_AGAIN:
    case FACT_INQUIRY_IDENTIFIED: inquiry_apply(desk, f); break;
    case FACT_CHAT:
        chats_apply(desk, f);
        hearing_apply(desk, f);
        break;
    case FACT_CATCH_UP_WANTED:
    case FACT_CATCHING_UP:
    case FACT_CATCH_UP_FAILED:
    case FACT_CAUGHT_UP:
    case FACT_DEAF_TOLD: hearing_apply(desk, f); break;
    case FACT_CHANNEL: chats_apply(desk, f); break;
    case FACT_ADMINS: audience_apply(desk, f); break;
    case FACT_CHAT_TOLD: outage_apply(desk, f); break;
    case FACT_LOOK_SENT: sight_apply(desk, f); break;
    case FACT_LOOKED:
        sight_apply(desk, f);
        twin_apply(desk, f);
        break;
    case FACT_TWIN_FOUND:
    case FACT_TWIN_GONE:
    case FACT_TWIN_SEEN:
    case FACT_TWIN_SIGN:
    case FACT_CROWDED: twin_apply(desk, f); break;
    case FACT_STORE_DOUBTED:
    case FACT_DOUBT_TOLD:
    case FACT_STORE_ACCEPTED: doubt_apply(desk, f); break;
    case FACT_STORE_LOST:
    case FACT_LOSS_TOLD:
    case FACT_STORE_BACK: loss_apply(desk, f); break;
    case FACT_RULE_CHANGED:
    case FACT_RULES_READ:
    case FACT_RULES_REFUSED:
    case FACT_RULES_TAKEN: rules_apply(desk, f); break;
    case FACT_TALKED:
    case FACT_HUSHED:
    case FACT_TRIED:
    case FACT_TRIED_IN_VAIN: talk_apply(desk, f); break;
    default:
        controller_apply(desk, f);
        review_apply(desk, f);
        reminder_apply(desk, f);
        lifecycle_apply(desk, f);
        ballot_apply(desk, f);
        break;
    }
}
