/* SPDX-License-Identifier: Apache-2.0 */
/* Reminders, and what was found lifted or cannot be read. */
#include "core/card.h"
#include "core/duration.h"
#include "core/guardrail.h"
#include "core/notice_parts.h"
#include "core/question.h"
#include "core/reminder.h"
#include "core/rich.h"
#include "core/rootuse.h"
#include "core/twin.h"

#include <inttypes.h>

enum { OTHERS_NAMED = 8 };

/* ---- reminders ---- */

static void remind_pending(struct notice *n)
{
    const struct casefile *c = n->c;
    bool window = case_asks_itself(c);
    buf_addf(&n->b, "⏳ %s still waits for an approval of %s%s%s", c->question.by.name,
             window ? "" : question_name(c), window ? "" : " for ", notice_case_id(n));
    if (c->account[0])
        buf_addf(&n->b, " (%s)", c->account_name);
    buf_add(&n->b, "; it expires ");
    rich_add_time(&n->b, question_expires_ms(n->desk, c));
    buf_add(&n->b, ".");
    notice_ask_approvers(n, "Please approve or decline");
    notice_thread(n);
}

static void add_cannot_tell(struct notice *n, const char *before, const char *behind)
{
    if (guardrail_now(n->desk) == WATCH_UNKNOWN)
        buf_addf(&n->b, "%sI cannot read whether it is ON: %s.%s", before,
                 guardrail_why_unknown(n->desk), behind);
}

/* What was found lifted has no end that it could be past. */
static void add_found_off(struct notice *n)
{
    const struct casefile *c = n->c;
    bool off = guardrail_now(n->desk) == WATCH_OFF;
    rich_add_strong(&n->b, off ? "Root protection is OFF and nobody asked for it"
                               : "Root protection was found OFF and nobody had asked for it");
    buf_add(&n->b, ", for ");
    duration_add(&n->b, n->v->turn.now_ms - c->found_ms);
    buf_add(&n->b, off ? "" : " as far as I know");
}

static void add_past_end(struct notice *n)
{
    const struct casefile *c = n->c;
    ms_t late_ms = n->v->turn.now_ms - case_due_ms(c);
    bool off = guardrail_now(n->desk) == WATCH_OFF;
    if (late_ms >= MS_SECOND) {
        buf_add(&n->b, " by ");
        duration_add(&n->b, late_ms);
    }
    buf_addf(&n->b, ": root protection %s OFF in %s, %s %s", off ? "is still" : "may still be",
             card_reach(n->desk, c, n->v->arena), c->failing ? "after the failed lift for" : "for",
             notice_subject(n));
    if (c->requester.name[0])
        buf_addf(&n->b, ", requested by %s", c->requester.name);
}

static void add_problem(struct notice *n, const char *problem)
{
    buf_add(&n->b, " Latest problem");
    notice_end_with(n, problem);
}

/* Behind a lift that failed, a window that is still open keeps root protection OFF. */
static void add_restore(struct notice *n, const struct casefile *c)
{
    if (c->state != CASE_RESTORING)
        return;
    if (guardrail_wanted(n->desk) == WATCH_ON)
        buf_add(&n->b, "; the restore runs and is not verified yet");
    else
        buf_addf(&n->b, "; its restore waits for the end of %s",
                 card_others_lifted(n->desk, c, n->v->arena));
}

/* Whoever decides whether somebody is still at work goes by it. */
static void add_root_use(struct notice *n, const struct casefile *c)
{
    if (!rootuse_is_watched(n->desk) || case_is_nobodys(c))
        return;
    buf_add(&n->b, "; root use: ");
    if (!rootuse_add_seen(&n->b, c))
        buf_add(&n->b, "none seen yet");
}

static void add_down_for(struct notice *n)
{
    const struct casefile *c = n->c;
    bool overdue = case_is_overdue(c, n->v->turn.now_ms), nobodys = case_is_nobodys(c);
    if (overdue || !nobodys)
        rich_add_strong(&n->b, overdue ? "OVERDUE" : "Not restored");
    if (nobodys) {
        buf_add(&n->b, overdue ? ": " : "");
        add_found_off(n);
    } else {
        add_past_end(n);
    }
    add_root_use(n, c);
    add_restore(n, c);
    buf_add(&n->b, ".");
    if (c->state == CASE_RESTORING && c->trouble[0])
        add_problem(n, c->trouble);
    else
        add_cannot_tell(n, " ", "");
}

static bool is_told(const struct notice *n, const struct casefile *c)
{
    bool is = c == n->c;
    for (size_t i = 0; i < n->told_count; i++)
        is |= c == n->told[i];
    return is;
}

/* People are written to once for all that is overdue at the same moment: each is named or counted.
 */
static void add_others(struct notice *n)
{
    size_t count = 0;
    for (size_t i = 0; i < n->desk->case_count; i++) {
        const struct casefile *c = &n->desk->cases[i];
        char id[CASE_ID_BYTES];
        if (is_told(n, c) || !case_is_overdue(c, n->v->turn.now_ms) || count++ >= OTHERS_NAMED)
            continue;
        case_id_text(c->no, id);
        buf_addf(&n->b, "%s%s", count == 1 ? " Overdue as well: " : ", ", id);
    }
    if (count > OTHERS_NAMED)
        buf_addf(&n->b, " and %zu more (`%s status`)", count - OTHERS_NAMED,
                 n->desk->policy->command_word);
    if (count)
        buf_add(&n->b, ".");
}

/* Louder each time: whoever asked and approved, then every Admin, in the channel and alone, then
   whom [policy] escalate names. What was found lifted rings for all from the start. */
static void remind_overdue(struct notice *n)
{
    const struct casefile *c = n->c;
    const struct fact *f = n->f;
    bool outside = c->state == CASE_OUTSIDE, escalated = f->count >= REMINDER_ESCALATES;
    buf_add(&n->b, "🚨 ");
    add_down_for(n);
    if (f->ref > 0)
        buf_addf(&n->b, " (I could not post for a while; %" PRId64 " earlier reminder%s missed.)",
                 f->ref, f->ref > 1 ? "s were" : " was");
    if (f->anyway && !f->direct)
        buf_add(&n->b, " (I could not post here for a while, and wrote to the Admins directly.)");
    add_others(n);
    ms_t next = reminder_next_overdue_ms(n->desk, c);
    if (next != MS_NEVER) {
        buf_add(&n->b, " I repeat this ");
        rich_add_time(&n->b, next);
        buf_add(&n->b, ", and until it is verified ON.");
    }
    notice_sound(n,
                 &(struct alarm){ .requester = true,
                                  .admins = outside || f->count >= REMINDER_RINGS_ALL,
                                  .escalate = escalated,
                                  .directly = f->on && f->count >= REMINDER_RINGS_ALL && !f->anyway,
                                  .quietly = !f->on,
                                  .reminds = true,
                                  .only_directly = f->direct,
                                  .buttons = { outside ? ACTION_PUT_BACK : ACTION_RESTORE,
                                               outside ? ACTION_ADOPT : ACTION_SNOOZE } });
}

/* ---- several at once ---- */

/* The reminders that are said with this one: of those of its round, MESSAGE_CASES at a time. What
   was found lifted is never among them: while that stands, nothing else is lifted or restored. */
struct together {
    const struct fact *facts[MESSAGE_CASES];
    size_t count;
    bool last; /* this one is the last of them: each of the others is counted by now */
};

static bool is_overdue_reminder(const struct fact *f)
{
    return f->kind == FACT_REMINDED && str_equal(f->verb, "overdue");
}

static struct together said_together(const struct notice *n)
{
    struct together t = { .count = 0 };
    bool met = false, next = false;
    for (size_t i = 0; i < n->v->fact_count && !next; i++) {
        const struct fact *f = &n->v->facts[i];
        if (!is_overdue_reminder(f))
            continue;
        next = met && t.count == COUNT(t.facts);
        if (t.count == COUNT(t.facts) && !next)
            t.count = 0;
        if (!next)
            t.facts[t.count++] = f;
        met |= f == n->f;
    }
    t.last = t.count && t.facts[t.count - 1] == n->f;
    return t;
}

/* "G-0001, by 11 min, bakery (222222222222), requested by Ana". */
static void add_one_of_several(struct notice *n, const struct casefile *c)
{
    char id[CASE_ID_BYTES];
    ms_t over_ms = n->v->turn.now_ms - case_due_ms(c);
    case_id_text(c->no, id);
    buf_addf(&n->b, "\n%s", id);
    if (over_ms >= MS_SECOND) {
        buf_add(&n->b, ", over for ");
        duration_add(&n->b, over_ms);
    }
    buf_addf(&n->b, ", %s, requested by %s", card_subject(c, n->v->arena), c->requester.name);
    if (c->failing)
        buf_add(&n->b, ", after its lift failed");
    add_root_use(n, c);
    add_restore(n, c);
}

/* One post says what several would, longest over first: each with what restores it, and whoever any
   of them rings for. */
static void remind_of_several(struct notice *n, const struct together *t)
{
    bool off = guardrail_now(n->desk) == WATCH_OFF;
    bool rerouted = false;
    int64_t missed = 0, count = 0;
    ms_t next = MS_NEVER;
    struct alarm a = { .requester = true,
                       .directly = true,
                       .quietly = !t->facts[0]->on,
                       .reminds = true,
                       .only_directly = n->f->direct };
    n->told_count = t->count;
    for (size_t i = 0; i < t->count; i++) {
        const struct fact *f = t->facts[i];
        const struct casefile *c = n->told[i] = desk_case_const(n->desk, f->case_no);
        missed += f->ref;
        count = f->count > count ? f->count : count;
        next = ms_min(next, reminder_next_overdue_ms(n->desk, c));
        a.admins |= f->count >= REMINDER_RINGS_ALL;
        a.directly &= !f->anyway;
        rerouted |= f->anyway;
    }
    a.escalate = count >= REMINDER_ESCALATES;
    a.directly &= t->facts[0]->on && count >= REMINDER_RINGS_ALL;
    n->c = n->told[0];
    buf_add(&n->b, "🚨 ");
    rich_add_strong(&n->b, verdict_text(n->v, "OVERDUE: %zu windows", t->count));
    buf_addf(&n->b, ". Root protection %s OFF.", off ? "is still" : "may still be");
    for (size_t i = 0; i < t->count; i++)
        add_one_of_several(n, n->told[i]);
    buf_add_char(&n->b, '\n');
    add_cannot_tell(n, "", "\n");
    if (missed)
        buf_addf(&n->b, "I could not post for a while; %" PRId64 " earlier reminder%s missed. ",
                 missed, missed > 1 ? "s were" : " was");
    if (!a.only_directly && rerouted)
        buf_add(&n->b, "I could not post here for a while, and wrote to the Admins directly. ");
    buf_add(&n->b, "I repeat this ");
    rich_add_time(&n->b, next);
    buf_add(&n->b, ", and until it is verified ON.");
    if (t->facts[0]->on)
        add_others(n);
    notice_sound(n, &a);
}

void notice_reminded(struct notice *n)
{
    struct together t = said_together(n);
    if (str_equal(n->f->verb, "not_clean"))
        notice_not_clean(n);
    else if (!str_equal(n->f->verb, "overdue"))
        remind_pending(n);
    else if (t.count < 2)
        remind_overdue(n);
    else if (t.last)
        remind_of_several(n, &t);
}

void notice_snoozed(struct notice *n)
{
    buf_addf(&n->b, "💤 %s snoozed the reminders until ", n->f->actor.name);
    rich_add_time(&n->b, n->f->until_ms);
    buf_add(&n->b, ".");
    notice_thread(n);
}

/* ---- outside ---- */

void notice_outside_found(struct notice *n)
{
    const struct provider *p = n->desk->policy->provider;
    if (str_equal(n->f->verb, "twin"))
        return; /* it is known whose it is, and ends now */
    buf_add(&n->b, "🚨 ");
    rich_add_strong(&n->b, "Root protection was switched OFF outside reguard");
    buf_addf(&n->b, ", and nobody asked for it here. Root users of %s can act.",
             card_reach(n->desk, n->c, n->v->arena));
    if (str_or_empty(n->f->text)[0]) {
        buf_addf(&n->b, " %s's %s names %s", p->title, p->feed, n->f->text);
        rich_end_sentence(&n->b);
    }
    twin_add_window(n->desk, n->v->turn.now_ms, &n->b);
    notice_sound(n, &(struct alarm){ .admins = true,
                                     .directly = true,
                                     .only_directly = n->f->direct,
                                     .buttons = { ACTION_PUT_BACK, ACTION_ADOPT } });
}

void notice_adoption_asked(struct notice *n)
{
    buf_addf(&n->b, "⏳ %s asks to adopt what was switched OFF outside reguard, for %s, %s",
             n->f->actor.name, notice_subject(n),
             card_length(n->v->arena, n->f->window_ms, n->f->until_ms));
    notice_end_with_reason(n);
    buf_addf(&n->b, " Root protection stays OFF in %s for that long.",
             card_reach(n->desk, n->c, n->v->arena));
    notice_question(n);
}

void notice_adoption_refused(struct notice *n)
{
    const char *who = n->f->actor.chat && n->f->actor.chat[0] ? n->f->actor.name : NULL;
    buf_addf(&n->b, who ? "❌ %s declined the adoption" : "❌ %sNot adopted", str_or_empty(who));
    notice_end_with_reason(n);
    buf_add(&n->b, " The alarm goes on.");
    notice_tell_asker(n);
}

void notice_adopted(struct notice *n)
{
    buf_addf(&n->b, "✅ %s has adopted it for %s: root protection stays OFF until ",
             n->c->requester.name, notice_subject(n));
    rich_add_time(&n->b, n->c->deadline_ms);
    buf_add(&n->b, ".");
    notice_button(n, notice_post(n), ACTION_DONE);
}

const struct casefile *notice_held_down(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        enum case_state state = desk->cases[i].state;
        if (state == CASE_LIFTED || state == CASE_RESTORING || state == CASE_OUTSIDE)
            return &desk->cases[i];
    }
    return NULL;
}

void notice_unknown_told(struct notice *n)
{
    const struct fact *f = n->f;
    bool off = str_equal(f->verb, watch_name(WATCH_OFF));
    buf_add(&n->b, f->on ? "🚨 " : "⚠️ ");
    rich_add_strong(&n->b, f->count > 1 ? "I still cannot read whether root protection is ON"
                                        : "I cannot read whether root protection is ON");
    buf_addf(&n->b, ": %s. ", f->text);
    if (str_equal(f->verb, watch_name(WATCH_UNKNOWN))) {
        buf_add(&n->b, "I have not been able to since I started, ");
    } else {
        buf_addf(&n->b, "It was %s when I read it last, ", off ? "OFF" : "ON");
    }
    rich_add_time(&n->b, f->since_ms);
    buf_add(&n->b, ". I keep trying; lifts are paused.");
    if (f->on)
        buf_addf(&n->b, " Please look in %s.", n->desk->policy->provider->console);
    n->c = f->on ? notice_held_down(n->desk) : NULL;
    notice_sound(n,
                 &(struct alarm){ .admins = f->on,
                                  .escalate = f->on && f->count >= REMINDER_ESCALATES,
                                  .directly = f->on && f->count >= REMINDER_RINGS_ALL,
                                  .buttons = { !n->c                         ? ACTION_NONE
                                               : n->c->state == CASE_OUTSIDE ? ACTION_PUT_BACK
                                                                             : ACTION_RESTORE } });
}

void notice_known_again(struct notice *n)
{
    bool off = str_equal(n->f->verb, watch_name(WATCH_OFF));
    buf_addf(&n->b, "%s I can read root protection again: it is %s. I could not since ",
             off ? "🔓" : "✅", off ? "OFF" : "ON");
    rich_add_time(&n->b, n->f->since_ms);
    buf_add(&n->b, ".");
    notice_sound(n, &(struct alarm){ .directly = n->f->count >= REMINDER_RINGS_ALL });
}

/* ---- what does not arrive ---- */

/* What was to be said to one person alone stands under the card too, so that it is enough to say
   there that it did not arrive. */
void notice_undelivered(struct notice *n)
{
    const struct fact *f = n->f;
    if (!str_or_empty(f->people)[0])
        return;
    buf_add(&n->b, "⚠️ I cannot write to ");
    rich_add_mention(&n->b, f->people, f->people);
    buf_addf(&n->b, " directly (%s). What I have to say stands here.", str_or_empty(f->text));
    if (n->c)
        notice_thread(n);
    else
        notice_post(n);
}
