/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a request, from the asking to the lift or its end before it. */
#include "core/notice_parts.h"
#include "core/card.h"
#include "core/duration.h"
#include "core/question.h"
#include "core/rich.h"

/* The card itself asks for the approvals (card.h). */
void notice_asked(struct notice *n)
{
    const struct casefile *c = n->c;
    notice_ask_alone(n, card_request(n->desk, c, n->v->arena));
    if (n->desk->policy->mailbox_proof == MAILBOX_OFF || n->f->on)
        return;
    notice_mention(n, &c->requester);
    if (n->desk->policy->mailbox_proof == MAILBOX_CONFIRM) {
        buf_addf(&n->b, " please check that you can read mail sent to %s, then", c->email);
        rich_add_for_buttons(&n->b, " press “I can read that mailbox” on the card, or");
        buf_addf(&n->b, " type `%s confirm %s`. Nothing is lifted until you do.",
                 n->desk->policy->command_word, notice_case_id(n));
    } else {
        buf_addf(&n->b,
                 " I am mailing a code to %s. Enter it with `%s code %s CODE`; nothing is lifted "
                 "until you do.",
                 c->email, n->desk->policy->command_word, notice_case_id(n));
    }
    notice_thread(n);
}

void notice_code_failed(struct notice *n)
{
    buf_addf(&n->b, "⚠️ The code could not be mailed to %s", n->c->email);
    notice_end_with(n, n->f->text);
    buf_addf(&n->b, " `%s code %s` mails a new one; nothing is lifted until you enter it.",
             n->desk->policy->command_word, notice_case_id(n));
    notice_tell_requester(n);
}

void notice_approved(struct notice *n)
{
    const struct casefile *c = n->c;
    size_t have = c->question.approval_count;
    buf_addf(&n->b, "✅ %s approved (%s%s)", n->f->actor.name, str_or_empty(n->f->verb),
             n->f->kind == FACT_APPROVED && n->f->recovers ? ", with password recovery" : "");
    if (n->desk->policy->approvals > 1)
        buf_addf(&n->b, ", %zu of %d", have, n->desk->policy->approvals);
    bool waits = c->state == CASE_WAITING && !question_lacks(n->desk, c) &&
                 n->desk->policy->mailbox_proof != MAILBOX_OFF && !c->mailbox_proved &&
                 !case_is_errand(c);
    buf_add(&n->b, ".");
    if (waits)
        buf_addf(&n->b, " Still needed: %s has to confirm the root mailbox.", c->requester.name);
    notice_tell_asker(n);
}

/* Somebody else has to approve in that person's place, so they are asked again. */
void notice_lapsed(struct notice *n)
{
    const struct casefile *c = n->c;
    size_t lacks = question_lacks(n->desk, c);
    buf_addf(&n->b, "⚠️ %s's approval of %s does not count any more", n->f->actor.name,
             question_name(c));
    notice_end_with(n, n->f->text);
    if (lacks && question_takes_answers(c)) {
        notice_ask_approvers(n, "Another Admin has to approve");
    }
    notice_tell_asker(n);
}

void notice_roll_failed(struct notice *n)
{
    if (n->f->on) /* said before */
        return;
    buf_addf(
        &n->b,
        "⚠️ Approved, but not done yet. I could not check once more who asked and approved");
    notice_end_with(n, n->f->text);
    buf_add(&n->b, " Nothing is changed until I can; I keep trying.");
    notice_thread(n);
}

void notice_closed_before_lift(struct notice *n)
{
    if (!n->c->change_left) {
        notice_add_unchanged(n);
        buf_add_char(&n->b, '.');
    }
    notice_tell_requester(n);
}

void notice_expired(struct notice *n)
{
    bool approved = !question_lacks(n->desk, n->c);
    if (n->f->at_ms >= question_serves_until_ms(n->desk, n->c)) {
        buf_add(&n->b, "⌛ The request expired: the end it was asked for, ");
        rich_add_time(&n->b, n->c->until_ms);
        buf_add(&n->b, ", is nearer than the shortest window.");
        notice_closed_before_lift(n);
        return;
    }
    buf_add(&n->b, approved
                       ? case_is_errand(n->c)
                             ? "⌛ The request expired: it was approved, but not begun in time."
                             : "⌛ The request expired: it was approved, but not lifted in time."
                       : "⌛ The request expired: nobody approved it in time.");
    notice_closed_before_lift(n);
}

void notice_refused(struct notice *n)
{
    buf_add(&n->b, case_is_errand(n->c) ? "⛔ Not begun" : "⛔ Not lifted");
    notice_end_with(n, n->f->text);
    notice_closed_before_lift(n);
}

void notice_failed(struct notice *n)
{
    const struct casefile *c = n->c;
    bool stopped = case_was_stopped(c);
    if (stopped)
        buf_addf(&n->b, "↩️ %s stopped the lift for %s before it took effect", c->ended_by.name,
                 notice_subject(n));
    else
        buf_addf(&n->b, "⚠️ The lift for %s failed", notice_subject(n));
    notice_end_with(n, stopped ? "" : n->f->text);
    if (c->left_proved) {
        buf_add(&n->b, " Root protection is ON, verified ");
        rich_add_time(&n->b, c->left_ms);
    } else {
        if (c->change_left)
            buf_add(&n->b, " No change of mine took effect, as far as I can tell");
        else
            notice_add_unchanged(n);
        card_add_left(&n->b, c);
    }
    buf_add_char(&n->b, '.');
    const char *text = notice_text(n);
    notice_concerns(n, notice_post(n), &n->c->requester);
    buf_addf(&n->b, "%s: %s", notice_case_id(n), text);
    notice_direct(n, &n->c->requester);
}
