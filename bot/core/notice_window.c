/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a window, from the lift to the proof that the guardrail is on again. */
#include "core/card.h"
#include "core/duration.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "core/notice_parts.h"
#include "core/receipt.h"
#include "core/rich.h"
#include "core/rootlook.h"
#include "core/tasks.h"

#include <inttypes.h>

/* What was asked for, and nothing else. A task that stands for any other has no words of its own.
 */
static void add_task(struct notice *n)
{
    const struct task *t = n->c->task[0] ? task_named(n->c->task) : NULL;
    bool named = t && !str_equal(t->name, "other");
    buf_add(&n->b, "Do only what you asked for");
    notice_end_with(n, named ? t->title : n->c->reason);
    if (named)
        buf_addf(&n->b, "\n%s", t->guide);
}

static void add_recovery(struct notice *n)
{
    const struct casefile *c = n->c;
    if (c->recovery == RECOVERY_ALLOWED) {
        buf_add(&n->b, "Password recovery is allowed");
        return;
    }
    buf_addf(&n->b, "%s allow password recovery first",
             c->root_before.known && !c->root_before.password ? "It has none now:"
                                                              : "If no mail can be requested,");
    if (!n->desk->can_run) {
        buf_add(&n->b, " (management account, IAM, Root access management)");
        return;
    }
    buf_add(&n->b, ", with ");
    card_add_run(&n->b, n->desk, n->c, TASK_RECOVERY);
}

static void guide(struct notice *n)
{
    const struct casefile *c = n->c;
    notice_mention(n, &c->requester);
    buf_addf(
        &n->b,
        ", your steps:\n1. Sign out everywhere, open the AWS sign-in page, choose root user and "
        "enter %s.\n",
        c->email);
    buf_add(&n->b, "2. “Forgot your password?”: the mail comes from @verify.signin.aws; set a new "
                   "password and store it. ");
    add_recovery(n);
    buf_add(&n->b, ".\n3. Set up MFA if AWS asks for it.\n4. ");
    add_task(n);
    buf_add(&n->b, "\n5. Clean up: delete root access keys, keep MFA, store or delete the "
                   "password, sign out.\nThen finish");
    rich_add_for_buttons(&n->b, " with “I'm done, restore” on the card, or");
    buf_addf(&n->b, " with `%s done %s`.", n->desk->policy->command_word, notice_case_id(n));
    notice_thread(n);
}

void notice_lifted(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_add(&n->b, "🔓 ");
    rich_add_strong(&n->b, "Root protection is OFF");
    buf_addf(&n->b, " in %s until ", card_reach(n->desk, c, n->v->arena));
    rich_add_time(&n->b, c->deadline_ms);
    buf_addf(&n->b, ", for %s, requested by %s. Verified OFF; the ", notice_subject(n),
             c->requester.name);
    duration_add(&n->b, c->window_ms);
    buf_add(&n->b, " start now.");
    const char *text = notice_text(n);
    struct message *m = notice_alarm(n);
    notice_concerns(n, m, &c->requester);
    notice_button(n, m, ACTION_DONE);
    notice_button(n, m, ACTION_EXTEND);
    guide(n);
    buf_addf(&n->b, "%s: %s", notice_case_id(n), text);
    notice_direct(n, &c->requester);
}

void notice_drifted(struct notice *n)
{
    const struct provider *p = n->desk->policy->provider;
    buf_addf(&n->b, "⚠️ Other guardrails differ from what they were right before %s",
             notice_case_id(n));
    notice_end_with(n, n->f->text);
    buf_addf(
        &n->b,
        " I changed only %s; somebody or something else changed these. Please check them in %s.",
        p->key_name, p->title);
    notice_sound(n, &(struct alarm){ .admins = true });
}

static void add_other_changer(struct notice *n)
{
    const struct fact *f = n->f;
    if (f->count == 0)
        return;
    buf_addf(&n->b, " %s changed guardrails in %s ",
             str_or_empty(f->people)[0] ? f->people : "Somebody", n->desk->policy->provider->title);
    rich_add_time(&n->b, f->since_ms);
    if (f->count > 1)
        buf_addf(&n->b, " (the last of %" PRId64 " changes)", f->count);
    buf_add(&n->b, ", between my last look and my own change.");
}

/* The change carries the whole document, so that ours overwrites what came a moment before. */
void notice_turned_back(struct notice *n)
{
    const char *provider = n->desk->policy->provider->title;
    const char *values = str_or_empty(n->f->text), *id = notice_case_id(n);
    buf_add(&n->b, "🚨 ");
    rich_add_strong(&n->b,
                    verdict_text(n->v, "My change%s%s %s", id[0] ? " for " : "", id,
                                 values[0] ? "has turned back what somebody else had just set"
                                           : "may have turned back somebody else's"));
    notice_end_with(n, values);
    add_other_changer(n);
    if (values[0])
        buf_addf(&n->b, " If it was meant, set it once more in %s.", provider);
    else
        buf_addf(&n->b,
                 " %s does not tell what; mine left all other guardrails as they were before it. "
                 "Please see in %s whether something has to be set once more.",
                 provider, provider);
    notice_sound(n, &(struct alarm){ .admins = true, .directly = true });
}

/* Said only where it could not be looked over. */
void notice_reviewed(struct notice *n)
{
    const struct provider *p = n->desk->policy->provider;
    if (!str_or_empty(n->f->text)[0])
        return;
    buf_addf(&n->b,
             "⚠️ I could not read %s's %s (%s), so I cannot tell whether somebody else "
             "changed guardrails between my read and my own change.",
             p->title, p->feed, n->f->text);
    notice_thread(n);
}

void notice_warned(struct notice *n)
{
    buf_add(&n->b, "🔔 ");
    duration_add(&n->b, n->c->deadline_ms - n->v->turn.now_ms);
    buf_add(&n->b, " left: the window ends ");
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ". Finish, or ask for more time: ");
    notice_mention(n, &n->c->requester);
    struct message *m = notice_thread(n);
    notice_button(n, m, ACTION_DONE);
    notice_button(n, m, ACTION_EXTEND);
}

void notice_extension_asked(struct notice *n)
{
    buf_addf(&n->b, "⏳ %s asks for ", n->f->actor.name);
    duration_add(&n->b, n->f->window_ms);
    buf_addf(&n->b, " more for %s (%s)", notice_subject(n), notice_case_id(n));
    notice_end_with_reason(n);
    buf_addf(&n->b, " Root protection stays OFF in %s %s.", card_reach(n->desk, n->c, n->v->arena),
             n->f->until_ms ? card_length(n->v->arena, 0, n->f->until_ms) : "for that long");
    notice_question(n);
}

void notice_extension_declined(struct notice *n)
{
    const char *who = n->f->actor.chat && n->f->actor.chat[0] ? n->f->actor.name : NULL;
    buf_add(&n->b, "❌ ");
    buf_addf(&n->b, who ? "%s declined the extra " : "%sNo extra ", str_or_empty(who));
    duration_add(&n->b, n->c->question.window_ms);
    notice_end_with_reason(n);
    buf_add(&n->b, " The window still ends ");
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ".");
    notice_tell_asker(n);
}

void notice_extended(struct notice *n)
{
    buf_add(&n->b, "✅ More time approved: the window now ends ");
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ".");
    notice_tell_requester(n);
}

/* "Ended by Ana: found it." What ends by itself names nobody, and who is done says no more. */
static void add_end(struct notice *n)
{
    const struct casefile *c = n->c;
    bool by_somebody = c->ended_by.chat[0] != '\0';
    bool plain = by_somebody &&
                 (str_equal(c->end_reason, "done") || str_equal(c->end_reason, "restored"));
    buf_addf(&n->b, "Ended%s%s", by_somebody ? " by " : "", by_somebody ? c->ended_by.name : "");
    notice_end_with(n, plain ? "" : c->end_reason);
}

void notice_ended(struct notice *n)
{
    const struct casefile *c = n->c;
    bool again = c->state == CASE_RESTORING && c->ended_ms != n->f->at_ms;
    buf_add(&n->b, c->state == CASE_RELEASED ? "🔓 " : "🔄 ");
    if (again)
        buf_addf(&n->b, "%s asked to try again at once.", n->f->actor.name);
    else
        add_end(n);
    if (c->state == CASE_RELEASED)
        buf_addf(&n->b, " Root protection stays OFF for %s; %s closes when it is verified ON.",
                 card_others_lifted(n->desk, c, n->v->arena), notice_case_id(n));
    else if (desk_count(n->desk, CASE_LIFTED))
        buf_addf(&n->b,
                 " I restore root protection when %s ends, and post here when that is verified.",
                 card_others_lifted(n->desk, c, n->v->arena));
    else
        buf_add(&n->b, " Restoring root protection; I post here when that is verified.");
    notice_thread(n);
}

static struct message *ask_clean(struct notice *n)
{
    notice_mention(n, &n->c->requester);
    buf_add(&n->b, ", is everything cleaned up: no root access keys left, MFA on, the password "
                   "changed and stored, signed out?");
    struct message *m = notice_thread(n);
    notice_button(n, m, ACTION_CLEANED);
    notice_button(n, m, ACTION_NOT_CLEANED);
    return m;
}

void notice_ask_clean(struct notice *n) { ask_clean(n); }

/* The case on one page, and what comes last: whether everything is cleaned up. AWS is asked where
   it can be. */
static void summary(struct notice *n)
{
    receipt_add(&n->b, n->desk, n->c, n->v->arena);
    buf_add(&n->b, "\n");
    if (rootlook_is_after(n->desk, n->c)) {
        buf_add(&n->b, "I am asking AWS whether everything is cleaned up, and say so here.");
        notice_thread(n)->receipt = true;
        return;
    }
    buf_add(&n->b, "I cannot ask AWS myself. ");
    ask_clean(n)->receipt = true;
}

void notice_restored(struct notice *n)
{
    const struct casefile *c = n->c;
    buf_add(&n->b, "✅ ");
    rich_add_strong(&n->b, "Root protection is back ON");
    buf_add(&n->b, " (verified)");
    if (case_down_since_ms(c)) {
        buf_addf(&n->b, ". It was OFF%s for %s", case_is_nobodys(c) ? " outside reguard" : "",
                 c->found_ms ? "at least " : "");
        duration_add(&n->b, c->closed_ms - case_down_since_ms(c));
    }
    if (!case_is_nobodys(c))
        buf_addf(&n->b, " for %s", notice_subject(n));
    buf_add(&n->b, ". ");
    add_end(n);
    const char *text = notice_text(n);
    notice_concerns(n, notice_post(n), &c->requester);
    if (case_is_nobodys(c))
        return;
    buf_addf(&n->b, "%s: %s", notice_case_id(n), text);
    notice_direct(n, &c->requester);
    summary(n);
}

void notice_trouble(struct notice *n)
{
    bool nobodys = case_is_nobodys(n->c);
    buf_addf(&n->b, "⚠️ Root protection%s is %s%s%s",
             nobodys ? ", switched OFF outside reguard," : "",
             guardrail_now(n->desk) == WATCH_OFF ? "still OFF" : "not verified ON yet",
             nobodys ? "" : " for ", nobodys ? "" : notice_subject(n));
    notice_end_with(n, n->f->text);
    buf_add(&n->b, " I keep trying and reminding until it is verified ON");
    if (n->desk->guardrail.retry_ms > n->v->turn.now_ms) {
        buf_add(&n->b, "; next try ");
        rich_add_time(&n->b, n->desk->guardrail.retry_ms);
    }
    buf_add(&n->b, ". Any Admin can try again at once.");
    notice_sound(n, &(struct alarm){ .admins = true,
                                     .directly = true,
                                     .quietly = !n->f->on,
                                     .buttons = { ACTION_RESTORE } });
}
