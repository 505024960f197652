/* SPDX-License-Identifier: Apache-2.0 */
#include "core/reminder.h"
#include "core/question.h"
#include "core/rootlook.h"

#include <stdlib.h>

/* How many of the steps have had their reminder. Silence that was asked for makes the next one
   louder, and takes no step away but those that fell into it. */
static int64_t steps_told(const struct desk *desk, const struct casefile *c)
{
    return c->snoozed_until_ms
               ? durations_reached(&desk->policy->remind_overdue, c->reminded_ms - case_due_ms(c))
               : c->overdue_reminders;
}

ms_t reminder_next_overdue_ms(const struct desk *desk, const struct casefile *c)
{
    ms_t due = case_due_ms(c);
    if (due == MS_NEVER)
        return MS_NEVER;
    ms_t offset = durations_step_ms(&desk->policy->remind_overdue, steps_told(desk, c));
    if (offset == MS_NEVER)
        return MS_NEVER;
    if (c->snoozed_after == c->overdue_reminders && c->snoozed_until_ms)
        return c->snoozed_until_ms; /* silence was asked for until then, and no longer */
    return ms_plus(due, offset);
}

/* The last reminder went another way than the next one will: from the channel, which takes no posts
   any more, to people directly, or back. Then it is said once more at once, and where the way
   changes to and fro, once a minute. */
static ms_t rerouted_ms(const struct desk *desk, const struct casefile *c)
{
    bool direct = !desk_takes_posts(desk);
    if (c->overdue_reminders == 0 || c->reminded_directly == direct ||
        reminder_next_overdue_ms(desk, c) == MS_NEVER)
        return MS_NEVER;
    return c->rerouted_ms ? c->rerouted_ms + MS_MINUTE : 0;
}

static ms_t next_pending_ms(const struct desk *desk, const struct casefile *c)
{
    const struct durations *d = &desk->policy->remind_pending;
    const struct question *q = &c->question;
    if (!question_takes_answers(c) || q->reminders >= (int)d->count || !question_lacks(desk, c))
        return MS_NEVER;
    return q->asked_ms + d->steps[q->reminders];
}

static void remind_overdue(const struct desk *desk, const struct casefile *c, bool again,
                           bool first, struct verdict *v)
{
    int64_t reached = durations_reached(&desk->policy->remind_overdue,
                                        v->turn.now_ms - case_due_ms(c));
    int64_t number = again                            ? c->overdue_reminders
                     : reached > c->overdue_reminders ? reached
                                                      : c->overdue_reminders + 1;
    struct fact *f = verdict_fact(v, FACT_REMINDED, c->no);
    f->verb = "overdue";
    f->count = number;
    f->ref = again ? 0 : number - c->overdue_reminders - 1; /* missed ones, told with this */
    f->direct = !desk_takes_posts(desk);
    f->anyway = again;
    f->on = first;
}

static void remind_pending(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_REMINDED, c->no);
    f->verb = "pending";
    f->count = durations_reached(&desk->policy->remind_pending,
                                 v->turn.now_ms - c->question.asked_ms);
    f->count = f->count > (int64_t)desk->policy->remind_pending.count
                   ? (int64_t)desk->policy->remind_pending.count
                   : f->count;
}

struct due {
    const struct casefile *c;
    bool again; /* only because the way has changed */
};

static int order(ms_t a, ms_t b) { return (a > b) - (a < b); }

static int longest_over_first(const void *a, const void *b)
{
    const struct casefile *x = ((const struct due *)a)->c, *y = ((const struct due *)b)->c;
    int longest = order(case_due_ms(x), case_due_ms(y));
    return longest ? longest : order(x->no, y->no);
}

/* Each case has a record of its own; what is due at the same moment is said together
   (notice_alarm.c), so that they stand one behind another. */
static void settle_overdue(const struct desk *desk, struct verdict *v)
{
    struct due all[LIMIT_CASES];
    size_t count = 0;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        bool due = verdict_due(v, reminder_next_overdue_ms(desk, c));
        bool rerouted = verdict_due(v, rerouted_ms(desk, c));
        if (due || rerouted)
            all[count++] = (struct due){ c, !due };
    }
    qsort(all, count, sizeof *all, longest_over_first);
    for (size_t i = 0; i < count && verdict_has_room(v); i++)
        remind_overdue(desk, all[i].c, all[i].again, i == 0, v);
}

static void remind_clean(const struct casefile *c, int64_t number, struct verdict *v)
{
    struct fact *f = verdict_fact(v, FACT_REMINDED, c->no);
    f->verb = "not_clean";
    f->count = number < LIMIT_CLEAN_REMINDERS ? number : LIMIT_CLEAN_REMINDERS;
    f->on = f->count == LIMIT_CLEAN_REMINDERS; /* the last one */
}

void reminder_end_clean(const struct casefile *c, struct verdict *v)
{
    remind_clean(c, LIMIT_CLEAN_REMINDERS, v);
}

/* Once a day; those that were missed are one. */
static void settle_clean(const struct casefile *c, struct verdict *v)
{
    if (verdict_due(v, rootlook_reminder_ms(c)))
        remind_clean(c, (v->turn.now_ms - c->closed_ms) / MS_DAY, v);
}

void reminder_settle(const struct desk *desk, struct verdict *v)
{
    if (!desk_reaches_people(desk))
        return;
    settle_overdue(desk, v);
    for (size_t i = 0; i < desk->case_count && verdict_has_room(v); i++)
        if (desk_takes_posts(desk) && verdict_due(v, next_pending_ms(desk, &desk->cases[i])))
            remind_pending(desk, &desk->cases[i], v);
    for (size_t i = 0; i < desk->case_count && verdict_has_room(v); i++)
        settle_clean(&desk->cases[i], v);
}

static void apply_reminded(struct casefile *c, const struct fact *f)
{
    if (str_equal(f->verb, "pending"))
        c->question.reminders = (int)f->count;
    if (str_equal(f->verb, "not_clean"))
        c->clean_reminders = (int)ms_min(f->count, LIMIT_CLEAN_REMINDERS);
    if (!str_equal(f->verb, "overdue"))
        return;
    c->overdue_reminders = f->count > INT32_MAX ? INT32_MAX : (int)f->count;
    c->reminded_ms = f->at_ms;
    c->reminded_directly = f->direct;
    c->rerouted_ms = f->anyway ? f->at_ms : c->rerouted_ms;
}

/* Silence asked for counts as a reminder: it does not hold back the louder ones. */
static void apply_snoozed(struct casefile *c, const struct fact *f)
{
    c->snoozed_until_ms = f->until_ms;
    c->overdue_reminders += c->overdue_reminders < INT32_MAX;
    c->snoozed_after = c->overdue_reminders;
}

void reminder_apply(struct desk *desk, const struct fact *f)
{
    struct casefile *c = desk_case(desk, f->case_no);
    if (!c)
        return;
    switch ((int)f->kind) {
    case FACT_REMINDED: apply_reminded(c, f); return;
    case FACT_SNOOZED: apply_snoozed(c, f); return;
    }
    fact_stray(f, "reminder");
}
