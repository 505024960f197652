/* SPDX-License-Identifier: Apache-2.0 */
#include "core/errand.h"
#include "core/inert.h"
#include "core/question.h"
#include "core/tasks.h"

#include <string.h>

/* From one look at what became of it to the next, while it cannot be read. */
static const ms_t LOOK_AGAIN_MS = 30 * MS_SECOND;

/* ---- asking for it ---- */

void errand_look(const char *task, const char *account, const char *target, struct effect *e)
{
    e->errand = (struct effect_errand){ .task = task, .account = account, .target = target };
}

#define CUT "…" /* as inert_add ends what it cuts */
enum { UTF8_MOST = 4 };

static const char *task_of(const struct casefile *c)
{
    return case_is_errand(c) ? c->task : TASK_RECOVERY;
}

static void send(const struct casefile *c, bool does, struct verdict *v)
{
    struct arena *arena = v->arena;
    struct effect *e = verdict_effect(v, EFFECT_ERRAND);
    errand_look(arena_copy(arena, task_of(c)), arena_copy(arena, c->account),
                case_is_errand(c) ? arena_copy(arena, c->target) : TASK_ROOT_USER, e);
    if (does) {
        e->errand.digest = arena_copy(arena, c->digest);
        e->errand.leave_before_ms = question_fresh_until_ms(c);
    }
    struct fact *f = verdict_fact(v, FACT_ERRAND_SENT, c->no);
    f->effect_id = (int64_t)e->id;
    f->on = does;
}

void errand_settle_waiting(const struct desk *desk, const struct casefile *c, struct verdict *v)
{
    if (question_lacks(desk, c) || !question_roll_is_fresh(c, v->turn.now_ms) || doubt_bars(desk))
        return;
    verdict_fact(v, FACT_ERRAND_BEGUN, c->no);
    send(c, true, v);
}

bool errand_recovers_first(const struct desk *desk, const struct casefile *c)
{
    int with = 0;
    for (size_t i = 0; i < c->question.approval_count; i++)
        with += c->question.approvals[i].recovers;
    return c->question.kind == QUESTION_WINDOW && c->recovery == RECOVERY_NONE &&
           with >= desk->policy->approvals;
}

void errand_recover(const struct casefile *c, struct verdict *v)
{
    verdict_fact(v, FACT_RECOVERY_BEGUN, c->no);
    send(c, true, v);
}

/* Whatever this process has not begun itself may have been done by the one before. */
void errand_settle_running(const struct casefile *c, struct verdict *v)
{
    if (!c->errand_id && verdict_due(v, c->errand_next_ms))
        send(c, false, v);
}

/* ---- what became of it ---- */

/* Where nobody can sign in a window is open for nothing, so that a lift that was approved with
   recovery ends with it. */
static void fail(const struct casefile *c, bool nothing_done, const char *why, struct verdict *v)
{
    bool errand = case_is_errand(c);
    struct fact *f = verdict_fact(v, errand ? FACT_ERRAND_FAILED : FACT_RECOVERY_FAILED, c->no);
    f->text = why;
    f->on = nothing_done;
    if (!errand && question_is_open(c))
        verdict_fact(v, FACT_REFUSED, c->no)->text =
            verdict_text(v, "password recovery was approved with it, and %s: %s",
                         nothing_done ? "could not be allowed" : "is not verified", why);
}

static void succeed(const struct casefile *c, bool nothing_done, const char *how, struct verdict *v)
{
    bool errand = case_is_errand(c);
    struct fact *f = verdict_fact(v, errand ? FACT_ERRAND_DONE : FACT_RECOVERY_ALLOWED, c->no);
    f->text = how;
    f->on = nothing_done;
}

static void hear_unread(const struct desk *desk, const struct casefile *c, const struct event *e,
                        struct verdict *v)
{
    const struct event_errand *told = &e->errand;
    const char *why = str_or_empty(e->error);
    if (c->errand_does && !told->left) {
        fail(c, true, why, v);
    } else if (told->refused || verdict_due(v, c->begun_ms + desk->policy->lift_gives_up)) {
        fail(c, false, verdict_text(v, "whether it took effect cannot be read: %s", why), v);
    } else {
        struct fact *f = verdict_fact(v, FACT_ERRAND_SENT, c->no);
        f->until_ms = v->turn.now_ms + LOOK_AGAIN_MS;
    }
}

/* What was approved stands there still, and what was asked of AWS may have left for it: an answer
   that has not come says nothing, and a process that was stopped does not know. */
static void hear_same(const struct casefile *c, bool left, const char *lost, struct verdict *v)
{
    const struct doable_words *w = task_words(task_of(c));
    if (!c->errand_does)
        fail(c, false,
             verdict_text(v,
                          "I was stopped while I did it, and %s; where I had asked AWS already, %s",
                          w->stands, w->may_yet),
             v);
    else if (!left)
        fail(c, true, "I did not come to ask AWS for it", v);
    else if (lost[0])
        fail(c, false,
             verdict_text(v, "AWS did not say whether it took that, and %s, so that %s (%s)",
                          w->stands, w->may_yet, lost),
             v);
    else
        fail(c, false, verdict_text(v, "AWS took it, and %s all the same", w->stands), v);
}

static bool has_item(const char *items, const char *item, struct arena *arena)
{
    return strstr(arena_printf(arena, "; %s; ", items), arena_printf(arena, "; %s; ", item));
}

/* Of several things a part: what is gone of those that were approved, and all that is there. */
static const char *partly(const struct casefile *c, const char *there, const char *lost,
                          struct verdict *v)
{
    char *rest = arena_copy(v->arena, c->policy), *item;
    const char *gone = "";
    while (rest) {
        item = rest;
        rest = strstr(item, "; ");
        if (rest) {
            *rest = '\0';
            rest += 2;
        }
        if (!has_item(there, item, v->arena))
            gone = arena_printf(v->arena, "%s%s%s", gone, gone[0] ? "; " : "", item);
    }
    return verdict_text(v, "%s%s. There is still: %s%s%s%s",
                        gone[0] ? "gone is: " : "nothing is gone", gone, there, lost[0] ? " (" : "",
                        lost, lost[0] ? ")" : "");
}

static void hear_found(const struct casefile *c, const struct event_errand *told, const char *lost,
                       struct verdict *v)
{
    const struct doable_words *w = task_words(task_of(c));
    bool gone = !str_or_empty(told->policy)[0], same = str_equal(told->digest, c->digest),
         may_have = !c->errand_does || told->left;
    if (gone && may_have)
        succeed(c, false,
                c->errand_does ? "" : "I was stopped while I did it, so it was me or somebody else",
                v);
    else if (gone && !case_is_errand(c)) /* what the lift needs is there */
        succeed(c, true, w->gone, v);
    else if (gone)
        fail(c, true, w->gone, v);
    else if (!same && !may_have)
        fail(c, true, w->changed, v);
    else if (!same)
        fail(c, false, w->another ? w->another : partly(c, told->policy, lost, v), v);
    else
        hear_same(c, told->left, lost, v);
}

bool errand_told(const struct desk *desk, const struct event *e, struct verdict *v)
{
    for (size_t i = 0; e->effect_id && i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (!case_is_at_aws(c) || c->errand_id != e->effect_id)
            continue;
        if (e->errand.known)
            hear_found(c, &e->errand, str_or_empty(e->error), v);
        else
            hear_unread(desk, c, e, v);
        return true;
    }
    return false;
}

/* ---- applying ---- */

/* What is cut ends with "…", as no policy does, whatever its characters take. */
static void apply_found(struct casefile *c, const char *whole)
{
    CLEANUP(buf_done) struct buf shown;
    buf_init(&shown, UTF8_MOST * LIMIT_POLICY_SHOWN_CHARACTERS + UTF8_MOST);
    inert_add(&shown, whole, LIMIT_POLICY_SHOWN_CHARACTERS);
    if (shown.bytes >= sizeof c->policy) {
        buf_clear(&shown);
        inert_add(&shown, whole, sizeof c->policy / UTF8_MOST - 1);
    }
    STR_SET(c->policy, buf_text(&shown));
}

bool errand_is_cut(const struct casefile *c)
{
    size_t bytes = strlen(c->policy), mark = strlen(CUT);
    return bytes >= mark && str_equal(c->policy + bytes - mark, CUT);
}

static void apply_asked(struct casefile *c, const struct fact *f)
{
    apply_found(c, str_or_empty(f->was));
    STR_SET(c->target, f->setting);
    STR_SET(c->digest, f->digest);
    c->policy_bytes = f->count;
}

static void apply_recovery(struct casefile *c, const struct fact *f)
{
    if (f->kind == FACT_RECOVERY_BEGUN)
        c->recovery = RECOVERY_BEGUN;
    if (f->kind == FACT_RECOVERY_ALLOWED)
        c->recovery = RECOVERY_ALLOWED;
    if (f->kind == FACT_RECOVERY_FAILED)
        c->recovery = f->on ? RECOVERY_NONE : RECOVERY_UNSURE;
}

void errand_apply(struct casefile *c, const struct fact *f)
{
    if (f->kind == FACT_ERRAND_ASKED)
        apply_asked(c, f);
    if (f->kind == FACT_ERRAND_BEGUN || f->kind == FACT_RECOVERY_BEGUN)
        c->begun_ms = f->at_ms;
    apply_recovery(c, f);
    if (f->kind != FACT_ERRAND_SENT)
        return;
    c->errand_id = (uint64_t)f->effect_id;
    c->errand_does = f->on;
    c->errand_next_ms = f->until_ms;
}
