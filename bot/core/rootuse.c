/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rootuse.h"
#include "core/desk.h"
#include "core/lifecycle.h"

#include <inttypes.h>

/* AWS's clock and ours; its events have whole seconds. */
static const ms_t CLOCKS_DIFFER_MS = MS_MINUTE;
/* One account is alarmed about once in that time; so is what cannot be read. */
static const ms_t TOLD_EVERY_MS = MS_HOUR;
/* What has waited in the queue is read by then. */
static const ms_t CAUGHT_UP_MS = 5 * MS_MINUTE;
static const ms_t AWAITED_FOR_MS = 10 * MS_MINUTE;
/* Among the alarms. */
static const size_t NOWHERE = SIZE_MAX;

bool rootuse_is_watched(const struct desk *desk)
{
    return desk->rootuse.watched && !desk->rootuse.blind;
}

/* ---- whose it is ---- */

static bool is_within(ms_t from_ms, ms_t until_ms, ms_t at_ms)
{
    return from_ms && at_ms >= from_ms - CLOCKS_DIFFER_MS &&
           (!until_ms || at_ms <= until_ms + CLOCKS_DIFFER_MS);
}

static const struct casefile *case_of(const struct desk *desk, const struct event_root *root)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (str_equal(c->account, root->account) &&
            is_within(case_window_from_ms(c), c->closed_ms, root->happened_ms))
            return c;
    }
    return NULL;
}

/* Of one that has left the desk, where AWS or we were late; 0: there was none. */
static int64_t earlier_case_of(const struct desk *desk, const struct event_root *root)
{
    const struct rootuse *r = &desk->rootuse;
    for (size_t i = r->window_count; i > 0; i--) {
        const struct root_window *w = &r->windows[i - 1];
        if (str_equal(w->account, root->account) &&
            is_within(w->from_ms, w->until_ms, root->happened_ms))
            return w->no;
    }
    return 0;
}

static size_t alarm_of(const struct rootuse *r, const char *account)
{
    size_t i = 0;
    while (i < r->alarm_count && !str_equal(r->alarms[i].account, account))
        i++;
    return i;
}

static bool is_old(const struct root_alarm *a, ms_t now_ms)
{
    return now_ms - a->told_ms >= TOLD_EVERY_MS;
}

/* Anybody on earth can try to sign in as a root user, in as many accounts and as often as they
   like: what was refused never keeps what succeeded from being told. */
static bool gives_way_to(const struct root_alarm *a, bool denied, ms_t now_ms)
{
    return is_old(a, now_ms) || (a->denied && !denied);
}

/* So many accounts in one hour, and the channel is full of them: the others are on record. */
static size_t place_for(const struct rootuse *r, const char *account, bool denied, ms_t now_ms)
{
    size_t i = alarm_of(r, account);
    if (i < r->alarm_count)
        return gives_way_to(&r->alarms[i], denied, now_ms) ? i : NOWHERE;
    if (r->alarm_count < COUNT(r->alarms))
        return r->alarm_count;
    for (i = 0; i < r->alarm_count; i++)
        if (gives_way_to(&r->alarms[i], denied, now_ms))
            return i;
    return NOWHERE;
}

bool rootuse_is_full(const struct desk *desk, ms_t now_ms)
{
    return place_for(&desk->rootuse, "", false, now_ms) == NOWHERE;
}

static bool is_told(const struct desk *desk, const struct casefile *c,
                    const struct event_root *root, ms_t now_ms)
{
    if (c) /* what was refused leaves room for what succeeds */
        return root->denied ? c->root_refused < LIMIT_ROOT_TRIES : c->root_uses < LIMIT_ROOT_LINES;
    return place_for(&desk->rootuse, root->account, root->denied, now_ms) != NOWHERE;
}

bool rootuse_add_seen(struct buf *b, const struct casefile *c)
{
    if (c->root_uses)
        buf_addf(b, "seen %" PRId64 " time%s", c->root_uses, c->root_uses == 1 ? "" : "s");
    if (c->root_refused)
        buf_addf(b, "%s%" PRId64 " attempt%s refused", c->root_uses ? ", " : "", c->root_refused,
                 c->root_refused == 1 ? " was" : "s were");
    return c->root_uses || c->root_refused;
}

/* ---- deciding ---- */

static void decide_used(const struct desk *desk, const struct event_root *root, struct verdict *v)
{
    const struct casefile *c = case_of(desk, root);
    int64_t no = c ? c->no : earlier_case_of(desk, root);
    struct fact *f = verdict_fact(v, FACT_ROOT_USED, (uint32_t)no);
    f->account = root->account;
    f->verb = root->name;
    f->text = root->address;
    f->since_ms = root->happened_ms;
    f->mfa = root->mfa;
    f->denied = root->denied;
    f->told = (c || !no) && is_told(desk, c, root, v->turn.now_ms); /* else it is on record */
    if (!no && !root->denied && desk->policy->on_foreign_root == FOREIGN_ROOT_RESTORE)
        lifecycle_end_all(desk, verdict_text(v, "root was used in %s", root->account), v);
}

static void decide_watch(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct rootuse *r = &desk->rootuse;
    if (!r->watched)
        verdict_fact(v, FACT_ROOT_WATCHED, 0);
    if (e->error && !r->blind)
        verdict_fact(v, FACT_ROOT_BLIND, 0)->text = e->error;
    if (!e->error && r->blind)
        verdict_fact(v, FACT_ROOT_SEEN_AGAIN, 0)->since_ms = r->blind_ms;
}

void rootuse_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (e->kind == EVENT_ROOT_WATCH)
        decide_watch(desk, e, v);
    else if (e->error)
        verdict_fact(v, FACT_ROOT_UNREAD, 0)->text = e->error;
    else
        decide_used(desk, &e->root, v);
}

/* Once what AWS tells late has come, and nobody has to ask. */
static void sum_up(const struct rootuse *r, const struct casefile *c, struct verdict *v)
{
    ms_t due_ms = ms_max(c->closed_ms + ROOT_TOLD_WITHIN_MS, r->seen_ms + CAUGHT_UP_MS);
    bool was_window = case_down_since_ms(c) && c->closed_ms && c->account[0];
    if (was_window && !c->root_summed && verdict_due(v, due_ms))
        verdict_fact(v, FACT_ROOT_SUMMED, c->no);
}

/* The first is told at once, and those of an hour together. */
static void settle_unread(const struct desk *desk, struct verdict *v)
{
    const struct rootuse *r = &desk->rootuse;
    if (!r->unread || !verdict_due(v, r->unread_told_ms ? r->unread_told_ms + TOLD_EVERY_MS : 0))
        return;
    struct fact *f = verdict_fact(v, FACT_ROOT_UNREAD_TOLD, 0);
    f->count = r->unread;
    f->text = arena_copy(v->arena, r->unread_why);
}

void rootuse_start(const struct desk *desk, struct verdict *v)
{
    if (desk->rootuse.blind)
        verdict_fact(v, FACT_ROOT_AWAITED, 0);
}

/* Whoever reads the queue says within minutes whether it can. */
static void settle_left(const struct rootuse *r, struct verdict *v)
{
    if (r->blind && !r->watched && r->awaited_ms && verdict_due(v, r->awaited_ms + AWAITED_FOR_MS))
        verdict_fact(v, FACT_ROOT_LEFT, 0);
}

void rootuse_settle(const struct desk *desk, struct verdict *v)
{
    settle_left(&desk->rootuse, v);
    size_t count = rootuse_is_watched(desk) ? desk->case_count : 0;
    for (size_t i = 0; i < count && verdict_has_room(v); i++)
        sum_up(&desk->rootuse, &desk->cases[i], v);
    settle_unread(desk, v);
}

/* ---- applying ---- */

static void apply_alarm(struct rootuse *r, const struct fact *f)
{
    size_t at = place_for(r, f->account, f->denied, f->at_ms);
    if (at == NOWHERE) /* another build's ceiling was higher */
        return;
    r->alarm_count += at == r->alarm_count;
    STR_SET(r->alarms[at].account, f->account);
    r->alarms[at].told_ms = f->at_ms;
    r->alarms[at].denied = f->denied;
}

static void apply_used(struct desk *desk, const struct fact *f)
{
    struct casefile *c = desk_case(desk, f->case_no);
    if (c)
        *(f->denied ? &c->root_refused : &c->root_uses) += 1;
    else if (!f->case_no && f->told)
        apply_alarm(&desk->rootuse, f);
}

static void apply_summed(struct desk *desk, const struct fact *f)
{
    struct casefile *c = desk_case(desk, f->case_no);
    if (c)
        c->root_summed = true;
}

void rootuse_apply(struct desk *desk, const struct fact *f)
{
    struct rootuse *r = &desk->rootuse;
    switch ((int)f->kind) {
    case FACT_ROOT_USED: apply_used(desk, f); return;
    case FACT_ROOT_SUMMED: apply_summed(desk, f); return;
    case FACT_ROOT_WATCHED:
        r->watched = true;
        r->seen_ms = f->at_ms;
        return;
    case FACT_ROOT_UNREAD:
        r->unread++;
        STR_SET(r->unread_why, f->text);
        return;
    case FACT_ROOT_UNREAD_TOLD:
        r->unread = 0;
        r->unread_told_ms = f->at_ms;
        return;
    case FACT_ROOT_BLIND:
        r->blind = true;
        r->blind_ms = f->at_ms;
        STR_SET(r->why, f->text);
        return;
    case FACT_ROOT_AWAITED: r->awaited_ms = f->at_ms; return;
    case FACT_ROOT_LEFT: r->blind = false; return;
    case FACT_ROOT_SEEN_AGAIN:
        r->blind = false;
        r->seen_ms = f->at_ms;
        return;
    }
    fact_stray(f, "rootuse");
}
