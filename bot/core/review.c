/* SPDX-License-Identifier: Apache-2.0 */
#include "core/review.h"
#include "core/desk.h"
#include "core/flags.h"
#include "core/guardrail.h"

#include <string.h>

static const ms_t TRY_AGAIN_MS = MS_MINUTE, ANSWER_LOST_MS = 5 * MS_MINUTE;
enum { TRIES = 3 };

/* ---- when ---- */

static bool is_proved(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return g->phase == CHANGE_NONE && guardrail_proof(desk) != WATCH_UNKNOWN &&
           guardrail_now(desk) != WATCH_UNKNOWN;
}

static ms_t next_look_ms(const struct review *r)
{
    return r->survey_id ? r->sent_ms + ANSWER_LOST_MS : r->again_ms;
}

void review_settle(const struct desk *desk, struct verdict *v)
{
    const struct review *r = &desk->review;
    if (!r->due || !is_proved(desk))
        return;
    if (desk->policy->provider->leaves_rest) {
        verdict_fact(v, FACT_REVIEWED, 0)->text = "";
        return;
    }
    if (!verdict_due(v, next_look_ms(r)))
        return;
    struct effect *e = verdict_effect(v, EFFECT_SURVEY);
    e->survey.parts = SURVEY_FEED | SURVEY_ROSTER;
    verdict_fact(v, FACT_REVIEW_SENT, 0)->effect_id = (int64_t)e->id;
}

/* ---- what the feed tells ---- */

bool review_is_ours(const struct review *r, const struct feed_entry *entry)
{
    for (size_t i = 0; i < r->task_count; i++)
        if (str_equal(r->tasks[i], entry->task_id))
            return true;
    return false;
}

/* The newest entry that is known to be ours by its task; NULL: none is. */
static const struct feed_entry *newest_of_ours(const struct review *r, const struct survey *s)
{
    for (size_t i = 0; i < s->feed_count; i++)
        if (review_is_ours(r, &s->feed[i]))
            return &s->feed[i];
    return NULL;
}

/* Some of our changes have left without a task that we know of: whatever the user of our token did
   may be one of them. */
static bool may_be_ours(const struct review *r, const struct feed_entry *entry,
                        const struct feed_entry *ours)
{
    return review_is_ours(r, entry) ||
           (r->unnamed && ours && str_equal(entry->user_id, ours->user_id));
}

/* Changes by others, newer than the document that we had read and older than our own change. Where
   none is known to be ours, the newest ones count as ours. */
static const struct feed_entry *changed_between(const struct review *r, const struct survey *s,
                                                size_t *ret_count)
{
    const struct feed_entry *last = NULL, *ours = newest_of_ours(r, s);
    size_t named = r->task_count > 0 || r->unnamed == 0;
    *ret_count = 0;
    for (size_t i = ours ? (size_t)(ours - s->feed) : named + r->unnamed;
         i < s->feed_count && r->since_ms; i++) {
        if (may_be_ours(r, &s->feed[i], ours) || s->feed[i].at_ms <= r->since_ms)
            continue;
        last = last ? last : &s->feed[i];
        ++*ret_count;
    }
    return last;
}

static const char *name_of(const struct survey *s, const struct feed_entry *entry)
{
    for (size_t i = 0; i < s->user_count; i++)
        if (str_equal(s->users[i].id, entry->user_id))
            return s->users[i].name;
    return str_or_empty(entry->user_id)[0] ? entry->user_id : "somebody";
}

static void tell(const struct desk *desk, const struct survey *s, const char *values,
                 struct verdict *v)
{
    size_t count = 0;
    const struct feed_entry *by = s->read & SURVEY_FEED ? changed_between(&desk->review, s, &count)
                                                        : NULL;
    bool found = by || values[0], unread = !(s->read & SURVEY_FEED);
    struct fact *f = verdict_fact(v, found ? FACT_TURNED_BACK : FACT_REVIEWED,
                                  found || unread ? desk->review.case_no : 0);
    f->text = found ? values : unread ? s->failure : "";
    f->people = by ? name_of(s, by) : "";
    f->since_ms = by ? by->at_ms : 0;
    f->count = (int64_t)count;
}

bool review_surveyed(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct review *r = &desk->review;
    if (!e->effect_id || e->effect_id != r->survey_id)
        return false;
    CLEANUP(buf_done) struct buf values;
    buf_init(&values, 1500);
    flags_turned_back(desk->policy->provider, r->base, r->meanwhile, desk->guardrail.flags,
                      &values);
    if (e->survey.read & SURVEY_FEED || r->tries >= TRIES)
        tell(desk, &e->survey, arena_copy(v->arena, buf_text(&values)), v);
    else
        verdict_fact(v, FACT_REVIEW_SENT, 0)->until_ms = v->turn.now_ms + TRY_AGAIN_MS;
    return true;
}

/* ---- applying ---- */

/* That an earlier one was looked over is not in the journal by itself: the next change says so. */
static void apply_begun(struct review *r, const struct fact *f)
{
    bool chained = r->due && !f->anyway;
    if (!chained)
        *r = (struct review){ .since_ms = f->since_ms };
    r->due = true;
    r->chained = chained;
    r->case_no = f->case_no;
    r->survey_id = 0;
    r->tries = 0;
    r->again_ms = 0;
    STR_SET(r->base, f->flags);
}

/* The document right before the PUT, as the one that sent it has read it. */
static void apply_left(struct review *r, const struct fact *f)
{
    if (f->since_ms && !r->chained)
        r->since_ms = f->since_ms;
    if (str_or_empty(f->flags)[0])
        STR_SET(r->base, f->flags);
    if (!str_or_empty(f->task_id)[0]) {
        r->unnamed++;
        return;
    }
    if (r->task_count == LIMIT_REVIEW_TASKS)
        memmove(r->tasks, r->tasks + 1, --r->task_count * sizeof r->tasks[0]);
    STR_SET(r->tasks[r->task_count], f->task_id);
    r->task_count++;
}

/* It came to nothing: there is nothing to look over, but for an earlier one. */
static void apply_nothing(struct review *r) { r->due = r->chained; }

/* A change that was refused may have taken effect all the same. */
static bool came_to_nothing(const struct fact *f)
{
    return f->kind == FACT_CHANGE_VOID || f->http_status == 0 || f->http_status == 409 ||
           f->http_status == 429;
}

static void apply_saw(struct review *r, const struct fact *f)
{
    if (!r->due || !str_or_empty(f->flags)[0])
        return;
    CLEANUP(buf_done) struct buf lines;
    buf_init(&lines, sizeof r->meanwhile);
    buf_add(&lines, r->meanwhile);
    flags_note_differences(r->base, f->flags, &lines);
    STR_SET(r->meanwhile, buf_text(&lines));
}

void review_apply(struct desk *desk, const struct fact *f)
{
    struct review *r = &desk->review;
    switch ((int)f->kind) {
    case FACT_CHANGE_BEGUN: apply_begun(r, f); return;
    case FACT_CHANGE_ACCEPTED:
    case FACT_CHANGE_UNKNOWN: apply_left(r, f); return;
    case FACT_CHANGE_REFUSED:
    case FACT_CHANGE_VOID:
        if (came_to_nothing(f))
            apply_nothing(r);
        else
            r->unnamed++;
        return;
    case FACT_SAW: apply_saw(r, f); return;
    case FACT_REVIEW_SENT:
        r->survey_id = (uint64_t)f->effect_id;
        r->sent_ms = f->at_ms;
        r->again_ms = f->until_ms;
        r->tries += f->effect_id != 0;
        return;
    case FACT_TURNED_BACK:
    case FACT_REVIEWED: r->due = false; return;
    }
    fact_stray(f, "review");
}
