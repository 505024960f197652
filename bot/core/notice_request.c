/* What is said of a request, from the asking to the lift or its end before it. */
#include "core/notice_parts.h"
#include "core/card.h"
#include "core/duration.h"
#include "core/question.h"
#include "core/rich.h"

static int count_keys(const char *keys)
{
    int n = keys[0] != '\0';
    for (; *keys; keys++)
        n += *keys == ' ';
    return n;
}

/* A request that cannot come to its approvals is said to be one at once. */
static void too_few(struct notice *n)
{
    int there = count_keys(n->c->may_approve), needed = n->desk->policy->approvals;
    if (there >= needed)
        return;
    buf_addf(
        &n->b,
        "⚠️ %s needs %d approvals, but only %d of the other people in the [people] list %s "
        "an active Admin now. It expires in ",
        notice_case_id(n), needed, there, there == 1 ? "is" : "are");
    duration_add(&n->b, n->desk->policy->request_expires);
    buf_add(&n->b, ".");
    notice_thread(n);
}

/* Only by ways that count. */
static void add_how_to_approve(struct notice *n)
{
    const struct policy *p = n->desk->policy;
    bool button = p->approve_with & APPROVE_BY_BUTTON, typed = p->approve_with & APPROVE_BY_COMMAND;
    bool react = !button && (p->approve_with & APPROVE_BY_REACTION);
    buf_add(&n->b, button ? "Approve or decline on the card" : "To approve it, ");
    if (react)
        buf_addf(&n->b, "react on the card with %s", p->approve_reaction);
    if (typed)
        buf_addf(&n->b, "%stype `%s approve %s`",
                 button  ? ", or "
                 : react ? " or "
                         : "",
                 p->command_word, notice_case_id(n));
    buf_add(&n->b, button ? "." : "; decline on the card.");
}

void notice_asked(struct notice *n)
{
    const struct casefile *c = n->c;
    if (!c->may_approve[0]) {
        buf_addf(&n->b,
                 "Nobody else in the [people] list is an active Admin, so nobody can approve %s. "
                 "It expires in ",
                 notice_case_id(n));
        duration_add(&n->b, n->desk->policy->request_expires);
        buf_add(&n->b, ".");
    } else {
        notice_mention_approvers(n);
        buf_addf(&n->b, "%s asks to lift the guardrail for %s. ", c->requester.name,
                 notice_subject(n));
        add_how_to_approve(n);
        notice_thread(n);
        too_few(n);
    }
    if (n->b.bytes)
        notice_thread(n);
    if (n->desk->policy->mailbox_proof == MAILBOX_OFF)
        return;
    notice_mention(n, &c->requester);
    if (n->desk->policy->mailbox_proof == MAILBOX_CONFIRM) {
        buf_addf(&n->b, " please check that you can read mail sent to %s, then confirm it",
                 c->email);
        rich_add_for_buttons(&n->b, " on the card, or");
        buf_addf(&n->b, " with `%s confirm %s`. Nothing is lifted before.",
                 n->desk->policy->command_word, notice_case_id(n));
    } else {
        buf_addf(
            &n->b,
            " I am mailing a code to %s. Type it: `%s code %s CODE`. Nothing is lifted before.",
            c->email, n->desk->policy->command_word, notice_case_id(n));
    }
    notice_thread(n);
}

void notice_code_failed(struct notice *n)
{
    buf_addf(&n->b,
             "⚠️ The code could not be mailed to %s: %s. `%s code %s` mails a new one; nothing "
             "is lifted before.",
             n->c->email, str_or_empty(n->f->text), n->desk->policy->command_word,
             notice_case_id(n));
    notice_tell_requester(n);
}

void notice_approved(struct notice *n)
{
    const struct casefile *c = n->c;
    size_t have = c->question.approval_count;
    buf_addf(&n->b, "✅ %s approved (%s)", n->f->actor.name, str_or_empty(n->f->verb));
    if (n->desk->policy->approvals > 1)
        buf_addf(&n->b, ", %zu of %d", have, n->desk->policy->approvals);
    bool waits = c->state == CASE_WAITING && !question_lacks(n->desk, c) &&
                 n->desk->policy->mailbox_proof != MAILBOX_OFF && !c->mailbox_proved;
    buf_add(&n->b, waits ? ". Only the mailbox proof is missing now." : ".");
    notice_tell_asker(n);
}

/* Somebody else has to approve in that person's place, so they are asked again. */
void notice_lapsed(struct notice *n)
{
    const struct casefile *c = n->c;
    size_t lacks = question_lacks(n->desk, c);
    buf_addf(&n->b, "⚠️ %s's approval of %s does not count any more: %s.", n->f->actor.name,
             question_name(c), str_or_empty(n->f->text));
    if (lacks && question_takes_answers(c)) {
        buf_add(&n->b, " Another Admin has to approve: ");
        notice_mention_approvers(n);
    }
    notice_tell_asker(n);
}

void notice_roll_failed(struct notice *n)
{
    if (n->f->on) /* said before */
        return;
    buf_addf(
        &n->b,
        "⚠️ Before anything is lowered I read once more who asked and approved, and could not "
        "(%s). Nothing is changed until I can; I keep trying.",
        str_or_empty(n->f->text));
    notice_thread(n);
}

void notice_closed_before_lift(struct notice *n, const char *what)
{
    buf_addf(&n->b, "%s%s", what, n->c->change_left ? "" : " I changed nothing.");
    notice_tell_requester(n);
}

void notice_expired(struct notice *n)
{
    bool approved = !question_lacks(n->desk, n->c);
    notice_closed_before_lift(
        n, approved ? "⌛ It was approved, but not lifted in time, so the request expired."
                    : "⌛ It was not approved in time, so the request expired.");
}

void notice_refused(struct notice *n)
{
    buf_addf(&n->b, "⛔ Not lifted: %s.%s", n->f->text,
             n->c->change_left ? "" : " I changed nothing.");
    notice_tell_requester(n);
}

void notice_failed(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_addf(&n->b, "⚠️ The lift for %s failed: %s. ", notice_subject(n),
             str_or_empty(n->f->text));
    if (c->left_proved) {
        buf_add(&n->b, "The guardrail is on, proved ");
        rich_add_time(&n->b, c->left_ms);
    } else {
        buf_add(&n->b, c->change_left ? "No change of mine took effect, as far as I can tell"
                                      : "I changed nothing");
        card_add_left(&n->b, c);
    }
    buf_add_char(&n->b, '.');
    const char *text = notice_text(n);
    notice_concerns(n, notice_post(n), &n->c->requester);
    buf_addf(&n->b, "%s: %s", notice_case_id(n), text);
    notice_direct(n, &n->c->requester);
}
