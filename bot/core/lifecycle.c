/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lifecycle.h"
#include "core/errand.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "core/question.h"
#include "core/reminder.h"
#include "core/rootlook.h"
#include "core/sight.h"
#include "core/twin.h"

#include <string.h>

/* Places on the desk that are kept free for new cases: closed ones give way. */
enum { DESK_SPARE = 8 };
/* A closed case stays for what AWS tells late of its window, and until that was summed up. */
static const ms_t ROOT_KEPT_MS = ROOT_TOLD_WITHIN_MS + 10 * MS_MINUTE;
static const ms_t LOOK_WAITS_MS = 30 * MS_SECOND;

/* ---- settling, state by state ---- */

static void settle_waiting(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    const struct policy *p = desk->policy;
    if (case_is_errand(c)) {
        errand_settle_waiting(desk, c, v);
        return;
    }
    bool mailbox_open = p->mailbox_proof == MAILBOX_OFF || c->mailbox_proved;
    if (!question_lacks(desk, c) && mailbox_open && !desk_count(desk, CASE_RESTORING) &&
        !desk->guardrail.restore_order[0] && !doubt_bars(desk))
        verdict_fact(v, FACT_LIFT_BEGUN, c->no);
}

static void end(const struct casefile *c, const char *why, bool failing, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_ENDED, c->no);
    f->text = why;
    f->lift_failed = failing;
}

/* What cannot be told by a read counts as lifted once a change of ours has reached the provider. */
static void give_up(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    bool in_doubt = c->change_left && guardrail_now(desk) != WATCH_ON;
    if (c->change_begun || in_doubt)
        end(c, "it could not be verified in time", true, v);
    else
        guardrail_fail_lift(desk, c, "root protection could not be switched OFF in time", v);
}

/* Against what was there right before we lowered it, or raised what we had not lowered. */
static void tell_drift(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    CLEANUP(buf_done) struct buf differences;
    buf_init(&differences, 1500);
    const char *before = c->found_ms ? desk->review.base : desk->guardrail.before;
    if (before[0] &&
        flags_differences(desk->policy->provider, before, desk->guardrail.flags, &differences))
        verdict_fact(v, FACT_DRIFTED, c->no)->text = arena_copy(v->arena, buf_text(&differences));
}

static void settle_lifting(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    bool others_hold = desk_count(desk, CASE_LIFTED) > 0;
    bool joined = others_hold && question_roll_is_fresh(c, v->turn.now_ms) &&
                  guardrail_lifting(desk) == c && !doubt_bars(desk) && !case_is_at_aws(c);
    bool off = g->proved == WATCH_OFF && g->proved_ms >= c->lifting_ms && g->phase == CHANGE_NONE;
    if (off && joined && errand_recovers_first(desk, c)) {
        errand_recover(c, v);
    } else if (off && (c->change_begun || joined)) {
        verdict_fact(v, FACT_LIFTED, c->no)->until_ms = case_would_end_ms(c, v->turn.now_ms);
        tell_drift(desk, c, v);
    } else if (desk_outside_case(desk) && !c->change_begun) {
        verdict_fact(v, FACT_REFUSED, c->no)->text =
            "root protection was switched OFF "
            "outside reguard meanwhile; restore or adopt that first";
    } else if (!c->change_begun && c->until_ms &&
               verdict_due(v, c->until_ms - desk->policy->min_window)) {
        verdict_fact(v, FACT_REFUSED, c->no)->text =
            "the end that was asked for is nearer than the shortest window";
    } else if (verdict_due(v, c->lifting_ms + desk->policy->lift_gives_up)) {
        give_up(desk, c, v);
    }
}

static bool proved_on_since(const struct desk *desk, ms_t since_ms)
{
    return desk->guardrail.proved == WATCH_ON && desk->guardrail.proved_ms >= since_ms;
}

/* Answered with yes, and everybody read once more. */
static bool is_granted(const struct desk *desk, const struct casefile *c, ms_t now_ms)
{
    return question_is_open(c) && !question_lacks(desk, c) && question_roll_is_fresh(c, now_ms) &&
           !doubt_bars(desk);
}

/* What is said of the end is said of the new one, once that is on the desk. A question for a fixed
   end expires when that comes (ballot.c), so that it is still ahead here. */
static bool extends(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    ms_t from = ms_max(c->deadline_ms, v->turn.now_ms);
    ms_t until = c->question.until_ms ? c->question.until_ms : ms_plus(from, c->question.window_ms);
    if (!is_granted(desk, c, v->turn.now_ms))
        return false;
    verdict_fact(v, FACT_EXTENDED, c->no)->until_ms = ms_min(until, c->lifted_ms +
                                                                        desk->policy->max_window);
    return true;
}

/* Before the end, but in a short window not before its half. */
static ms_t warning_ms(const struct policy *p, const struct casefile *c)
{
    return c->deadline_ms - ms_min(p->warn_before, (c->deadline_ms - c->lifted_ms) / 2);
}

/* By the witness's own word. */
static bool witness_put_back(const struct casefile *c)
{
    return c->vigil_ms && c->vigil_ms >= c->lifted_ms;
}

static const char *who_put_back(const struct casefile *c)
{
    return witness_put_back(c) ? "my witness on another machine restored it while I was silent"
                               : "somebody switched it back ON outside reguard";
}

static void settle_lifted(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    const struct policy *p = desk->policy;
    if (proved_on_since(desk, c->lifted_ms)) {
        verdict_fact(v, FACT_RESTORED, c->no)->text = who_put_back(c);
        return;
    }
    if (extends(desk, c, v))
        return;
    if (!c->warned && verdict_due(v, warning_ms(p, c)) && v->turn.now_ms < c->deadline_ms)
        verdict_fact(v, FACT_WARNED, c->no);
    if (p->on_deadline == DEADLINE_RESTORE && verdict_due(v, c->deadline_ms))
        end(c, "the window is over", false, v);
}

static void settle_restoring(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    const struct guardrail *g = &desk->guardrail;
    if (proved_on_since(desk, c->ended_ms) && g->phase == CHANGE_NONE) {
        struct fact *f = verdict_fact(v, c->failing ? FACT_FAILED : FACT_RESTORED, c->no);
        f->text = witness_put_back(c) ? verdict_text(v, "%s; %s", c->end_reason, who_put_back(c))
                                      : arena_copy(v->arena, c->end_reason);
        if (c->failing) {
            f->verb = watch_name(WATCH_ON);
            f->since_ms = g->proved_ms;
            f->on = true;
        }
        tell_drift(desk, c, v);
    } else if (!c->trouble_ms && verdict_due(v, c->ended_ms + LIFECYCLE_TROUBLE_AFTER_MS)) {
        struct fact *f = verdict_fact(v, FACT_TROUBLE, c->no);
        f->on = true;
        f->text = g->seen == WATCH_UNKNOWN
                      ? verdict_text(v, "I cannot read whether it is ON (%s)", g->why_unknown)
                  : g->attempts > 0 ? guardrail_why_refused(desk, v->arena)
                                    : verdict_text(v, "%s has not finished the change",
                                                   desk->policy->provider->title);
    }
}

static void settle_outside(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    if (proved_on_since(desk, c->asked_ms))
        verdict_fact(v, FACT_RESTORED, c->no)->text = who_put_back(c);
    else if (desk->guardrail.restore_order[0])
        end(c, arena_copy(v->arena, desk->guardrail.restore_order), false, v);
    else if (is_granted(desk, c, v->turn.now_ms))
        verdict_fact(v, FACT_ADOPTED, c->no)->until_ms = question_would_end_ms(c, v->turn.now_ms);
}

void lifecycle_end_all(const struct desk *desk, const char *reason, struct verdict *v)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        bool lifting = c->state == CASE_LIFTING;
        if (lifting || c->state == CASE_LIFTED || c->state == CASE_OUTSIDE)
            end(c, reason, lifting, v);
    }
}

static bool closed_before(const struct casefile *a, const struct casefile *b)
{
    return !case_is_open(a) &&
           (a->closed_ms < b->closed_ms || (a->closed_ms == b->closed_ms && a->no < b->no));
}

/* New cases have no room, and this one closed first: one in a round, since then they may have it.
 */
static bool gives_way(const struct desk *desk, const struct casefile *c)
{
    if (desk->case_count + DESK_SPARE <= LIMIT_CASES)
        return false;
    for (size_t i = 0; i < desk->case_count; i++)
        if (closed_before(&desk->cases[i], c))
            return false;
    return true;
}

static void settle_closed(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    /* Never in the turn that closed it: its row and its card are made of what the desk has at the
       turn's end. */
    ms_t least_ms = desk->rootuse.watched ? ROOT_KEPT_MS : 1,
         from_ms = ms_plus(c->closed_ms,
                           gives_way(desk, c) ? 1 : ms_max(least_ms, desk->policy->watch_after));
    if (!verdict_due(v, from_ms) || case_is_at_aws(c))
        return;
    if (!rootlook_keeps(desk, c))
        verdict_fact(v, FACT_FILED, c->no);
    else if (gives_way(desk, c))
        reminder_end_clean(c, v);
}

static void settle_case(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    if (case_is_at_aws(c))
        errand_settle_running(c, v);
    switch (c->state) {
    case CASE_WAITING: settle_waiting(desk, c, v); break;
    case CASE_RUNNING: break;
    case CASE_LIFTING: settle_lifting(desk, c, v); break;
    case CASE_LIFTED: settle_lifted(desk, c, v); break;
    case CASE_RESTORING: settle_restoring(desk, c, v); break;
    case CASE_RELEASED:
        if (proved_on_since(desk, c->ended_ms) && !desk_count(desk, CASE_LIFTED))
            verdict_fact(v, FACT_RESTORED, c->no)->text = arena_copy(v->arena, c->end_reason);
        break;
    case CASE_OUTSIDE: settle_outside(desk, c, v); break;
    case CASE_RESTORED:
    case CASE_DECLINED:
    case CASE_WITHDRAWN:
    case CASE_EXPIRED:
    case CASE_REFUSED:
    case CASE_FAILED:
    case CASE_RAN:
    case CASE_NOT_RUN: settle_closed(desk, c, v); break;
    }
}

/* The chat may show whose it is; the alarm does not wait for that for long. */
static bool is_somebodys(const struct desk *desk, struct verdict *v)
{
    ms_t off_ms = guardrail_found_off_ms(desk);
    if (desk->guardrail.restore_order[0])
        return false;
    return !verdict_due(v, twin_holds_until_ms(desk)) ||
           !verdict_due(v, sight_awaited_until_ms(desk)) ||
           (desk_chat_is_up(desk) && !sight_since(desk, off_ms) &&
            !verdict_due(v, off_ms + LOOK_WAITS_MS));
}

/* Off by proof, and none of our cases has lowered it. */
static bool find_outside(const struct desk *desk, struct verdict *v)
{
    if (guardrail_agreed(desk) != WATCH_OFF || desk->guardrail.proved != WATCH_OFF ||
        desk->guardrail.phase != CHANGE_NONE || guardrail_is_lowered(desk) || is_somebodys(desk, v))
        return false;
    struct fact *f = verdict_fact(v, FACT_OUTSIDE_FOUND, desk->last_case + 1);
    f->handle = verdict_handle(v, ENTROPY_CASE);
    f->text = arena_copy(v->arena, desk->guardrail.outside_by);
    f->direct = !desk_takes_posts(desk);
    return true;
}

/* The others go by whether the guardrail is off outside of them. */
void lifecycle_settle(const struct desk *desk, struct verdict *v)
{
    if (find_outside(desk, v))
        return;
    for (size_t i = 0; i < desk->case_count && verdict_has_room(v); i++)
        settle_case(desk, &desk->cases[i], v);
}

/* ---- applying ---- */

/* What AWS tells late of its window is no alarm. */
static void keep_window(struct rootuse *r, const struct casefile *c)
{
    ms_t from_ms = case_window_from_ms(c);
    if (!from_ms)
        return;
    if (r->window_count == LIMIT_ROOT_WINDOWS)
        memmove(r->windows, r->windows + 1, --r->window_count * sizeof r->windows[0]);
    struct root_window *w = &r->windows[r->window_count++];
    *w = (struct root_window){ .no = c->no, .from_ms = from_ms, .until_ms = c->closed_ms };
    STR_SET(w->account, c->account);
}

static void file_away(struct desk *desk, const struct casefile *c)
{
    keep_window(&desk->rootuse, c);
    size_t at = (size_t)(c - desk->cases);
    memmove(&desk->cases[at], &desk->cases[at + 1], (desk->case_count - at - 1) * sizeof *c);
    desk->case_count--;
}

/* The closed case that closed first gives way. */
static void make_room(struct desk *desk)
{
    const struct casefile *oldest = NULL;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (!case_is_open(c) && (!oldest || c->closed_ms < oldest->closed_ms))
            oldest = c;
    }
    if (oldest)
        file_away(desk, oldest);
}

static struct casefile *new_case(struct desk *desk, const struct fact *f)
{
    if (desk->case_count == LIMIT_CASES)
        make_room(desk);
    if (desk->case_count == LIMIT_CASES)
        return NULL;
    struct casefile *c = &desk->cases[desk->case_count++];
    *c = (struct casefile){ .no = f->case_no, .asked_ms = f->at_ms };
    STR_SET(c->handle, f->handle);
    if (f->case_no > desk->last_case)
        desk->last_case = f->case_no;
    return c;
}

/* The account that a case is for; of a fact without one it is taken away again. */
static void set_account(struct casefile *c, const struct fact *f)
{
    STR_SET(c->account, f->account);
    STR_SET(c->account_ref, f->account_ref);
    STR_SET(c->account_name, f->account_name);
    STR_SET(c->email, f->email);
    STR_SET(c->ticket, f->ticket);
    STR_SET(c->task, f->task);
    c->anyway = f->anyway;
    STR_SET(c->may_approve, f->people);
    STR_SET(c->warning, f->text);
    if (f->count && f->kind != FACT_ERRAND_ASKED)
        c->member_count = f->count;
}

static void apply_asked(struct desk *desk, const struct fact *f)
{
    struct casefile *c = new_case(desk, f);
    if (!c)
        return;
    set_account(c, f);
    STR_SET(c->reason, f->reason);
    party_set(&c->requester, f, f->verb);
    c->window_ms = f->window_ms;
    c->until_ms = f->until_ms;
    errand_apply(c, f);
}

static void apply_outside_found(struct desk *desk, const struct fact *f)
{
    struct casefile *c = new_case(desk, f);
    if (!c)
        return;
    c->state = CASE_OUTSIDE;
    c->found_ms = f->at_ms;
    STR_SET(c->found_by, f->text);
    c->overdue_reminders = 1; /* the first alarm is said with it */
    c->reminded_ms = f->at_ms;
    c->reminded_directly = f->direct;
    STR_SET(c->reason, f->text);
}

static void apply_code_sent(struct casefile *c, const struct fact *f)
{
    STR_SET(c->code_digest, f->digest);
    c->code_tries = 0;
    c->codes_sent++;
    c->code_mail_id = (uint64_t)f->effect_id;
    c->code_under_way = true;
}

/* Until the change is sent the request can still lose an approval; then it waits again. */
static void back_to_waiting(struct casefile *c)
{
    if (c->state == CASE_LIFTING && !c->change_begun)
        c->state = CASE_WAITING;
}

static void keep_approvals(struct casefile *c)
{
    memcpy(c->approvals, c->question.approvals, sizeof c->approvals);
    c->approval_count = c->question.approval_count;
}

static void apply_failed(struct casefile *c, const struct fact *f)
{
    c->left = watch_named(f->verb);
    c->left_ms = f->since_ms;
    c->left_proved = f->on;
}

static void close_case(struct casefile *c, enum case_state state, const struct fact *f)
{
    c->late_ms = case_is_overdue(c, f->at_ms) ? f->at_ms - case_overdue_ms(c) : 0;
    c->state = state;
    c->closed_ms = f->at_ms;
    if (!c->ended_ms)
        party_set(&c->ended_by, f, "");
    const char *why = f->text && f->text[0] ? f->text : f->reason;
    if (why && why[0])
        STR_SET(c->end_reason, why);
}

/* Asked again while it is being restored: the switch tries at once; why and by whom it ended
   stays. */
static void apply_ended(struct desk *desk, struct casefile *c, const struct fact *f)
{
    if (c->state == CASE_RESTORING)
        return;
    bool was_lifted = c->state == CASE_LIFTED;
    c->state = was_lifted && desk_count(desk, CASE_LIFTED) > 1 ? CASE_RELEASED : CASE_RESTORING;
    c->ended_ms = f->at_ms;
    c->failing = f->lift_failed;
    party_set(&c->ended_by, f, "");
    STR_SET(c->end_reason, f->text);
}

static void apply_adopted(struct casefile *c, const struct fact *f)
{
    c->requester = c->question.by;
    keep_approvals(c);
    STR_SET(c->reason, c->question.reason);
    c->window_ms = c->question.window_ms;
    c->until_ms = c->question.until_ms;
    c->state = CASE_LIFTED;
    c->lifted_ms = f->at_ms;
    c->deadline_ms = f->until_ms;
    c->overdue_reminders = 0;
}

static void apply_extended(struct casefile *c, const struct fact *f)
{
    c->deadline_ms = f->until_ms;
    c->warned = false;
    c->overdue_reminders = 0;
}

void lifecycle_apply(struct desk *desk, const struct fact *f)
{
    struct casefile *c = desk_case(desk, f->case_no);
    if (!c) {
        if ((f->kind == FACT_ASKED || f->kind == FACT_ERRAND_ASKED) && f->case_no)
            apply_asked(desk, f);
        if (f->kind == FACT_OUTSIDE_FOUND && f->case_no)
            apply_outside_found(desk, f);
        return;
    }
    switch ((int)f->kind) {
    case FACT_ASKED:
    case FACT_ERRAND_ASKED:
    case FACT_OUTSIDE_FOUND: return; /* known already */
    case FACT_ERRAND_BEGUN:
        c->state = CASE_RUNNING;
        keep_approvals(c);
        errand_apply(c, f);
        return;
    case FACT_RECOVERY_BEGUN:
    case FACT_RECOVERY_ALLOWED:
    case FACT_RECOVERY_FAILED:
    case FACT_ERRAND_SENT: errand_apply(c, f); return;
    case FACT_ERRAND_DONE:
        close_case(c, CASE_RAN, f);
        rootlook_again(desk, c, f->at_ms);
        return;
    case FACT_ERRAND_FAILED: close_case(c, CASE_NOT_RUN, f); return;
    case FACT_MAILBOX_PROVED:
        c->mailbox_proved = true;
        c->mailbox_coded = str_equal(f->verb, "code");
        c->mailbox_ms = f->at_ms;
        return;
    case FACT_CODE_SENT: apply_code_sent(c, f); return;
    case FACT_CODE_MAILED:
    case FACT_CODE_FAILED: c->code_under_way = false; return;
    case FACT_CODE_WRONG: c->code_tries++; return;
    case FACT_APPROVAL_TAKEN_BACK:
    case FACT_APPROVAL_LAPSED: back_to_waiting(c); return;
    case FACT_CHANGE_REFUSED:
    case FACT_CHANGE_VOID:
        if (c->question.shaken)
            back_to_waiting(c);
        return;
    case FACT_DECLINED: close_case(c, CASE_DECLINED, f); return;
    case FACT_WITHDRAWN: close_case(c, CASE_WITHDRAWN, f); return;
    case FACT_EXPIRED: close_case(c, CASE_EXPIRED, f); return;
    case FACT_REFUSED: close_case(c, CASE_REFUSED, f); return;
    case FACT_FAILED:
        apply_failed(c, f);
        close_case(c, CASE_FAILED, f);
        return;
    case FACT_RESTORED: close_case(c, CASE_RESTORED, f); return;
    case FACT_LIFT_BEGUN:
        c->state = CASE_LIFTING;
        c->lifting_ms = f->at_ms;
        keep_approvals(c);
        return;
    case FACT_LIFTED:
        c->state = CASE_LIFTED;
        c->lifted_ms = f->at_ms;
        c->deadline_ms = f->until_ms;
        if (c->until_ms)
            c->window_ms = ms_max(0, f->until_ms - f->at_ms);
        return;
    case FACT_WITNESSED: c->vigil_ms = f->since_ms; return;
    case FACT_WARNED: c->warned = true; return;
    case FACT_EXTENDED: apply_extended(c, f); return;
    case FACT_ENDED: apply_ended(desk, c, f); return;
    case FACT_TROUBLE:
        c->trouble_ms = f->at_ms;
        STR_SET(c->trouble, f->text);
        return;
    case FACT_ADOPTION_ASKED: set_account(c, f); return;
    case FACT_ADOPTION_REFUSED: set_account(c, &(struct fact){ 0 }); return;
    case FACT_ADOPTED: apply_adopted(c, f); return;
    case FACT_CLEANED:
        if (c->cleaned != CLEANED_MEANT || !f->on)
            c->cleaned = f->meant ? CLEANED_MEANT : f->on ? CLEANED_YES : CLEANED_NO;
        c->cleaned_ms = f->on ? f->at_ms : c->cleaned_ms;
        return;
    case FACT_FILED: file_away(desk, c); return;
    }
    fact_stray(f, "lifecycle");
}
