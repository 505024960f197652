#include "core/notice.h"
#include "core/card.h"
#include "core/duration.h"
#include "core/flags.h"
#include "core/outage.h"
#include "core/reminder.h"
#include "core/rich.h"
#include "core/tasks.h"

#include <inttypes.h>
#include <string.h>

/* One thing to say: text grows in `b`, then `post`, `thread` or `direct` sends it. */
struct notice { const struct desk *desk; const struct casefile *c; const struct fact *f; struct verdict *v; struct buf b; };

static const char *text_of(struct notice *n) { return arena_copy(n->v->arena, buf_text(&n->b)); }

static const char *subject(const struct notice *n) { return card_subject(n->c, n->v->arena); }

static const char *case_id(const struct notice *n)
{
    char id[CASE_ID_BYTES];
    case_id_text(n->c ? n->c->no : 0, id);
    return arena_copy(n->v->arena, id);
}

static void add_mention(struct notice *n, const struct party *p) { rich_add_mention(&n->b, p->key, p->name); }

static void add_duration(struct notice *n, ms_t ms) { duration_add(&n->b, ms); }

static struct message *say(struct notice *n, enum message_kind kind)
{
    struct effect *e = verdict_effect(n->v, EFFECT_SAY);
    e->say = (struct message){ .kind = kind, .case_id = case_id(n), .state = n->c ? case_state_names[n->c->state] : "", .handle = "",
                               .text = text_of(n), .body = text_of(n), .key = "", .headline = "", .footer = "" };
    buf_clear(&n->b);
    return &e->say;
}

static struct message *post(struct notice *n)
{
    struct message *m = say(n, MESSAGE_POST);
    if (n->c)
        m->footer = m->case_id;
    return m;
}

static struct message *thread(struct notice *n) { return say(n, MESSAGE_THREAD); }

static void direct(struct notice *n, const struct party *to)
{
    if (to->key[0])
        say(n, MESSAGE_DIRECT)->to = arena_copy(n->v->arena, to->key);
    else
        buf_clear(&n->b);
}

static void button(struct notice *n, struct message *m, const char *action) { card_add_button(m, action, n->c, n->v->arena); }

/* The same sentence under the card and to the requester. */
static void tell_requester(struct notice *n)
{
    const char *text = text_of(n);
    thread(n);
    buf_addf(&n->b, "%s: %s", case_id(n), text);
    direct(n, &n->c->requester);
}

/* ---- before the lift ---- */

/* Whoever can act on it: those who may approve, but for the one who asks. */
static void mention_approvers(struct notice *n, const struct party *by)
{
    for (const char *keys = n->c->may_approve; *keys;) {
        size_t bytes = strcspn(keys, " ");
        const char *key = arena_copy_bytes(n->v->arena, keys, bytes);
        if (!str_equal_nocase(key, by->key)) {
            rich_add_mention(&n->b, key, key);
            buf_add_char(&n->b, ' ');
        }
        keys += bytes + (keys[bytes] == ' ');
    }
}

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
    buf_addf(&n->b, "⚠️ %s needs %d approvals, but only %d of the other people in the [people] list %s an active Admin now. It expires in ", case_id(n), needed, there, there == 1 ? "is" : "are");
    add_duration(n, n->desk->policy->request_expires);
    buf_add(&n->b, ".");
    thread(n);
}

static void asked(struct notice *n)
{
    const struct casefile *c = n->c;
    if (!c->may_approve[0]) {
        buf_addf(&n->b, "Nobody else in the [people] list is an active Admin, so nobody can approve %s. It expires in ", case_id(n));
        add_duration(n, n->desk->policy->request_expires);
        buf_add(&n->b, ".");
    } else {
        mention_approvers(n, &c->requester);
        buf_addf(&n->b, "%s asks to lift the guardrail for %s. Approve or decline on the card, or type `%s approve %s`.", c->requester.name, subject(n),
                 n->desk->policy->command_word, case_id(n));
        thread(n);
        too_few(n);
    }
    if (n->b.bytes)
        thread(n);
    if (n->desk->policy->mailbox_proof == MAILBOX_OFF)
        return;
    add_mention(n, &c->requester);
    if (n->desk->policy->mailbox_proof == MAILBOX_CONFIRM)
        buf_addf(&n->b, " please check that you can read mail sent to %s, then press the button or type `%s confirm %s`. Nothing is lifted before.", c->email,
                 n->desk->policy->command_word, case_id(n));
    else
        buf_addf(&n->b, " I am mailing a code to %s. Type it: `%s code %s CODE`. Nothing is lifted before.", c->email, n->desk->policy->command_word, case_id(n));
    thread(n);
}

static void code_failed(struct notice *n)
{
    buf_addf(&n->b, "⚠️ The code could not be mailed to %s: %s. `%s code %s` mails a new one; nothing is lifted before.", n->c->email, str_or_empty(n->f->text),
             n->desk->policy->command_word, case_id(n));
    tell_requester(n);
}

static void approved(struct notice *n)
{
    const struct casefile *c = n->c;
    size_t have = n->f->kind == FACT_EXTENSION_APPROVED ? c->extension.approval_count : c->state == CASE_OUTSIDE ? c->adoption.approval_count : c->approval_count;
    buf_addf(&n->b, "✅ %s approved (%s)", n->f->actor.name, str_or_empty(n->f->verb));
    if (n->desk->policy->approvals > 1)
        buf_addf(&n->b, ", %zu of %d", have, n->desk->policy->approvals);
    bool waits = c->state == CASE_WAITING && have >= (size_t)n->desk->policy->approvals && n->desk->policy->mailbox_proof != MAILBOX_OFF && !c->mailbox_proved;
    buf_add(&n->b, waits ? ". Only the mailbox proof is missing now." : ".");
    tell_requester(n);
}

static void closed_before_lift(struct notice *n, const char *what)
{
    buf_addf(&n->b, "%s Nothing was changed.", what);
    tell_requester(n);
}

static void expired(struct notice *n)
{
    bool approved = n->c->approval_count >= (size_t)n->desk->policy->approvals;
    closed_before_lift(n, approved ? "⌛ It was approved, but not lifted in time, so the request expired." : "⌛ It was not approved in time, so the request expired.");
}

static void refused(struct notice *n)
{
    buf_addf(&n->b, "⛔ Not lifted: %s. Nothing was changed.", n->f->text);
    tell_requester(n);
}

static void failed(struct notice *n)
{
    buf_addf(&n->b, "⚠️ The lift for %s failed: %s. The guardrail is on%s.", subject(n), str_or_empty(n->f->text),
             n->c->change_begun ? " again, and I proved it" : "");
    const char *text = text_of(n);
    post(n);
    buf_addf(&n->b, "%s: %s", case_id(n), text);
    direct(n, &n->c->requester);
}

/* ---- the window ---- */

static void guide(struct notice *n)
{
    const struct casefile *c = n->c;
    const struct task *t = c->task[0] ? task_named(c->task) : NULL;
    add_mention(n, &c->requester);
    buf_addf(&n->b, " the steps:\n1. Sign out everywhere, open the AWS sign-in page, choose root user and enter %s.\n", c->email);
    buf_add(&n->b, "2. “Forgot your password?”: the mail comes from @verify.signin.aws; set a new password and store it. If no mail can be requested, allow password recovery "
                   "first (management account, IAM, Root access management).\n3. Set up MFA if AWS asks for it.\n4. Do the one task");
    buf_addf(&n->b, "%s%s%s", t ? ": " : ".", t ? t->title : "", t ? ".\n" : "");
    buf_add(&n->b, t ? t->guide : "");
    buf_addf(&n->b, "\nThen clean up: delete root access keys, keep MFA, store or delete the password, sign out. Finish with `%s done %s` or the button.",
             n->desk->policy->command_word, case_id(n));
    thread(n);
}

static void lifted(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_add(&n->b, "🔓 ");
    rich_add_strong(&n->b, "Root protection is down");
    buf_addf(&n->b, " in all %" PRId64 " member accounts until ", c->member_count);
    rich_add_time(&n->b, c->deadline_ms);
    buf_addf(&n->b, ", for %s, by %s's request. Lifted and proved; the clock starts now.", subject(n), c->requester.name);
    const char *text = text_of(n);
    struct message *m = post(n);
    button(n, m, "done");
    button(n, m, "extend");
    guide(n);
    buf_addf(&n->b, "%s: %s", case_id(n), text);
    direct(n, &c->requester);
}

static void drifted(struct notice *n)
{
    buf_addf(&n->b, "⚠️ Other guardrails differ from what they were right before the lift: %s. I changed only " FLAGS_ROOT_KEY
                    "; somebody or something else changed these. Please check them in Stax.", n->f->text);
    post(n);
}

static void warned(struct notice *n)
{
    add_mention(n, &n->c->requester);
    buf_add(&n->b, " 🔔 the window ends ");
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ". Finish, or ask for more time.");
    struct message *m = thread(n);
    button(n, m, "done");
    button(n, m, "extend");
}

static void extension_asked(struct notice *n)
{
    buf_addf(&n->b, "⏳ %s asks for ", n->f->actor.name);
    add_duration(n, n->f->window_ms);
    buf_addf(&n->b, " more for %s (%s). Reason: %s. ", subject(n), case_id(n), str_or_empty(n->f->reason));
    mention_approvers(n, &n->c->extension.by);
    struct message *m = post(n);
    m->votes = true;
    button(n, m, "approve");
    button(n, m, "decline");
}

static void extended(struct notice *n)
{
    buf_add(&n->b, "✅ More time was approved: lifted until ");
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ".");
    tell_requester(n);
}

/* "Ended by Ana: done." What ends by itself names nobody. */
static void add_end(struct notice *n)
{
    const struct casefile *c = n->c;
    bool by_somebody = c->ended_by.chat[0] != '\0';
    buf_addf(&n->b, "Ended%s%s: %s.", by_somebody ? " by " : "", by_somebody ? c->ended_by.name : "", c->end_reason);
}

static void ended(struct notice *n)
{
    const struct casefile *c = n->c;
    bool again = c->state == CASE_RESTORING && c->ended_ms != n->f->at_ms;
    buf_add(&n->b, c->state == CASE_RELEASED ? "🔓 " : "🔄 ");
    if (again)
        buf_addf(&n->b, "%s asks to try again at once.", n->f->actor.name);
    else
        add_end(n);
    buf_add(&n->b, c->state == CASE_RELEASED ? " Another case still holds the guardrail down; this one closes when it is proved on."
                                             : " Switching the guardrail on again, then proving it.");
    thread(n);
}

/* The case in a few lines, and what is asked last: whether everything is cleaned up. */
static void summary(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_addf(&n->b, "Summary: %s\n", card_summary(n->desk, c, n->v->arena));
    add_mention(n, &c->requester);
    buf_add(&n->b, " is it all cleaned up: no root access keys left, MFA on, the password changed and stored, signed out?");
    struct message *m = thread(n);
    button(n, m, "cleaned");
    button(n, m, "not_cleaned");
}

static void restored(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_add(&n->b, "✅ ");
    rich_add_strong(&n->b, "The guardrail is on again, and proved");
    if (c->lifted_ms) {
        buf_addf(&n->b, ". It was down for %s for ", subject(n));
        add_duration(n, c->closed_ms - c->lifted_ms);
    }
    buf_add(&n->b, ". ");
    add_end(n);
    const char *text = text_of(n);
    post(n);
    if (!c->requester.stax[0])
        return;
    buf_addf(&n->b, "%s: %s", case_id(n), text);
    direct(n, &c->requester);
    summary(n);
}

static void trouble(struct notice *n)
{
    buf_addf(&n->b, "⚠️ The guardrail is not back on yet: %s. I keep trying and reminding until it is proved on", n->f->text);
    if (n->desk->guardrail.retry_ms > n->v->turn.now_ms) {
        buf_add(&n->b, "; next try ");
        rich_add_time(&n->b, n->desk->guardrail.retry_ms);
    }
    buf_add(&n->b, ". Any Admin may try again at once.");
    button(n, post(n), "restore");
}

/* ---- reminders ---- */

static void remind_pending(struct notice *n)
{
    mention_approvers(n, &n->c->requester);
    buf_addf(&n->b, "%s still waits for an approval of %s; it expires ", n->c->requester.name, case_id(n));
    rich_add_time(&n->b, n->c->asked_ms + n->desk->policy->request_expires);
    buf_add(&n->b, ".");
    thread(n);
}

static void add_down_for(struct notice *n)
{
    const struct casefile *c = n->c;
    ms_t now = n->v->turn.now_ms;
    if (c->state == CASE_OUTSIDE) {
        rich_add_strong(&n->b, "The guardrail is off without a case");
        buf_add(&n->b, ", for ");
        add_duration(n, now - c->asked_ms);
        buf_add(&n->b, ".");
        return;
    }
    ms_t late_ms = now - case_due_ms(c);
    rich_add_strong(&n->b, "OVERDUE");
    if (c->failing)
        buf_addf(&n->b, ": root protection may still be down after the failed lift for %s", subject(n));
    else
        buf_addf(&n->b, ": root protection is still down for %s", subject(n));
    if (late_ms >= MS_MINUTE) {
        buf_add(&n->b, ", ");
        add_duration(n, late_ms);
        buf_add(&n->b, " past its end");
    }
    buf_add(&n->b, c->state == CASE_RESTORING ? "; the restore is under way and not proved yet." : ".");
    if (c->state == CASE_RESTORING && c->trouble[0])
        buf_addf(&n->b, " Last trouble: %s.", c->trouble);
}

static void remind_overdue(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_add(&n->b, "🚨 ");
    add_down_for(n);
    if (n->f->ref > 0)
        buf_addf(&n->b, " (I could not post for a while: this one stands for %" PRId64 " earlier reminder%s too.)", n->f->ref, n->f->ref > 1 ? "s" : "");
    if (c->requester.key[0]) {
        buf_add_char(&n->b, ' ');
        add_mention(n, &c->requester);
    }
    if (n->f->count >= REMINDER_ESCALATES && n->desk->policy->escalate[0]) {
        buf_add_char(&n->b, ' ');
        rich_add_escalation(&n->b, n->desk->policy->escalate);
    }
    ms_t next = reminder_next_overdue_ms(n->desk, c);
    if (next != MS_NEVER) {
        buf_add(&n->b, " Next reminder ");
        rich_add_time(&n->b, next);
        buf_add(&n->b, "; only proof that it is on ends them.");
    }
    struct message *m = post(n);
    button(n, m, c->state == CASE_OUTSIDE ? "put_back" : "restore");
    if (c->state == CASE_OUTSIDE)
        button(n, m, "adopt");
    else if (n->f->count < REMINDER_ESCALATES)
        button(n, m, "snooze");
}

static void reminded(struct notice *n)
{
    if (str_equal(n->f->verb, "overdue"))
        remind_overdue(n);
    else
        remind_pending(n);
}

static void snoozed(struct notice *n)
{
    buf_addf(&n->b, "%s snoozed the reminders until ", n->f->actor.name);
    rich_add_time(&n->b, n->f->until_ms);
    buf_add(&n->b, ".");
    thread(n);
}

/* ---- outside ---- */

static void adoption_asked(struct notice *n)
{
    buf_addf(&n->b, "⏳ %s asks to adopt the lifted guardrail as a case for %s, for ", n->f->actor.name, subject(n));
    add_duration(n, n->f->window_ms);
    buf_addf(&n->b, ". Reason: %s. ", str_or_empty(n->f->reason));
    mention_approvers(n, &n->c->adoption.by);
    struct message *m = post(n);
    m->votes = true;
    button(n, m, "approve");
    button(n, m, "decline");
}

static void adopted(struct notice *n)
{
    buf_addf(&n->b, "✅ Adopted by %s for %s; it ends ", n->c->requester.name, subject(n));
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ".");
    button(n, post(n), "done");
}

static void unknown_told(struct notice *n)
{
    buf_addf(&n->b, "⚠️ I cannot tell whether the guardrail is on: %s. Last known ", n->f->text);
    rich_add_time(&n->b, n->f->since_ms);
    buf_add(&n->b, ". I keep looking; no lift happens meanwhile.");
    post(n);
}

static void line(struct notice *n, const char *text)
{
    buf_add(&n->b, text);
    thread(n);
}

static void tell_case(struct notice *n)
{
    const struct fact *f = n->f;
    const char *who = str_or_empty(f->actor.name), *reason = str_or_empty(f->reason);
    struct verdict *v = n->v;
    switch ((int)f->kind) {
    case FACT_ASKED: asked(n); break;
    case FACT_MAILBOX_PROVED: line(n, verdict_text(v, "✉️ %s can read the root mailbox (%s).", who, str_or_empty(f->verb))); break;
    case FACT_CODE_FAILED: code_failed(n); break;
    case FACT_APPROVED:
    case FACT_EXTENSION_APPROVED: approved(n); break;
    case FACT_APPROVAL_TAKEN_BACK: line(n, verdict_text(v, "%s took the approval back.", who)); break;
    case FACT_DECLINED: closed_before_lift(n, verdict_text(v, "❌ %s declined%s%s.", who, reason[0] ? ": " : "", reason)); break;
    case FACT_WITHDRAWN: closed_before_lift(n, verdict_text(v, "↩️ %s withdrew the request.", who)); break;
    case FACT_EXPIRED: expired(n); break;
    case FACT_REFUSED: refused(n); break;
    case FACT_FAILED: failed(n); break;
    case FACT_LIFT_BEGUN: line(n, "🔄 Approved. Reading everybody's role once more, then lifting. I say so when it is proved."); break;
    case FACT_BUSY_TOLD: line(n, "⚠️ Stax is busy with another change (409). I keep trying; nothing was changed so far."); break;
    case FACT_LIFTED: lifted(n); break;
    case FACT_DRIFTED: drifted(n); break;
    case FACT_WARNED: warned(n); break;
    case FACT_EXTENSION_ASKED: extension_asked(n); break;
    case FACT_EXTENDED: extended(n); break;
    case FACT_EXTENSION_DECLINED: line(n, verdict_text(v, "❌ No more time%s%s. The window ends as planned.", reason[0] ? ": " : "", reason)); break;
    case FACT_ENDED: ended(n); break;
    case FACT_RESTORED: restored(n); break;
    case FACT_TROUBLE: trouble(n); break;
    case FACT_REMINDED: reminded(n); break;
    case FACT_SNOOZED: snoozed(n); break;
    case FACT_ADOPTION_ASKED: adoption_asked(n); break;
    case FACT_ADOPTION_REFUSED: line(n, verdict_text(v, "❌ Not adopted%s%s. The alarm goes on.", reason[0] ? ": " : "", reason)); break;
    case FACT_ADOPTED: adopted(n); break;
    case FACT_CLEANED:
        line(n, verdict_text(v, "%s: clean-up %s%s%s.", who, f->on ? "done" : "NOT done", reason[0] ? ": " : "", reason));
        break;
    case FACT_NOTED: line(n, verdict_text(v, "Noted, without effect: %s. (%s)", str_or_empty(f->text), who)); break;
    default: break; /* the other kinds show on the card only */
    }
}

void notice_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    struct notice n = { .desk = desk, .c = desk_case_const(desk, f->case_no), .f = f, .v = v };
    buf_init(&n.b, 4096);
    if (n.c)
        tell_case(&n);
    else if (f->kind == FACT_UNKNOWN_TOLD)
        unknown_told(&n);
    else if (f->kind == FACT_CHAT_TOLD)
        outage_tell(desk, f, v);
    buf_done(&n.b);
}
