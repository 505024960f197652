/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rootlook.h"
#include "core/desk.h"
#include "core/tasks.h"

enum { COUNTED_MOST = 999 };

/* AWS's clock and ours. */
static const ms_t CLOCKS_DIFFER_MS = MS_MINUTE;
/* What passes is asked again, and no longer than that. */
static const ms_t AGAIN_MS = 30 * MS_SECOND, PATIENCE_MS = 10 * MS_MINUTE;
/* So long before it is reminded of it is looked at once more. */
static const ms_t AHEAD_MS = 15 * MS_MINUTE;
/* An answer that has not come by then is none. */
static const ms_t SILENT_MS = 15 * MS_MINUTE;

/* ---- what is left ---- */

/* What could not be looked at before the window is nothing, as root_before is then: all that is
   there now is new. An old one may have been replaced, or switched on again. */
static bool are_new(const struct casefile *c)
{
    const struct root_has *now = &c->root_after;
    ms_t from_ms = case_window_from_ms(c) - CLOCKS_DIFFER_MS;
    return now->usable > c->root_before.usable || (now->made_ms && now->made_ms >= from_ms);
}

static int keys_left(const struct casefile *c)
{
    const struct root_has *now = &c->root_after;
    return now->keys > c->root_before.keys || are_new(c) ? now->keys : 0;
}

static int certificates_left(const struct casefile *c)
{
    const struct root_has *now = &c->root_after;
    return now->certificates > c->root_before.certificates || are_new(c) ? now->certificates : 0;
}

static bool password_left(const struct casefile *c)
{
    return c->root_after.password && !c->root_after.mfa_devices;
}

bool rootlook_is_left(const struct casefile *c)
{
    return c->root_after.known && (keys_left(c) || certificates_left(c) || password_left(c));
}

bool rootlook_is_owed(const struct casefile *c)
{
    return rootlook_is_left(c) && c->cleaned != CLEANED_MEANT &&
           c->clean_reminders < LIMIT_CLEAN_REMINDERS;
}

/* ---- in words ---- */

static void add_count(struct buf *b, int count, const char *what)
{
    buf_addf(b, "%d %s%s", count, what, count == 1 ? "" : "s");
}

static const char *password_text(const struct root_has *has)
{
    return has->mfa_devices ? "a password with MFA" : "a password WITHOUT MFA";
}

void rootlook_add_has(struct buf *b, const struct root_has *has)
{
    buf_add(b, has->password      ? password_text(has)
               : has->mfa_devices ? "no password, MFA"
                                  : "no password, no MFA");
    buf_add(b, ", ");
    if (has->keys)
        add_count(b, has->keys, "access key");
    else
        buf_add(b, "no access keys");
    if (has->certificates) {
        buf_add(b, ", ");
        add_count(b, has->certificates, "signing certificate");
    }
}

void rootlook_add_left(struct buf *b, const struct casefile *c)
{
    int keys = keys_left(c), certificates = certificates_left(c);
    if (keys)
        add_count(b, keys, "access key");
    if (certificates) {
        buf_add(b, keys ? ", " : "");
        add_count(b, certificates, "signing certificate");
    }
    if (password_left(c))
        buf_addf(b, "%s%s", keys || certificates ? ", " : "", password_text(&c->root_after));
}

void rootlook_add_compared(struct buf *b, const struct casefile *c)
{
    const struct root_has *now = &c->root_after;
    int keys = now->keys - keys_left(c), certificates = now->certificates - certificates_left(c);
    if (!c->root_before.known) {
        buf_add(b, "; what it had before is not known");
        return;
    }
    if (keys) {
        buf_add(b, "; ");
        add_count(b, keys, "access key");
        buf_addf(b, " %s there before, too", keys == 1 ? "was" : "were");
    }
    if (certificates) {
        buf_add(b, "; ");
        add_count(b, certificates, "signing certificate");
        buf_addf(b, " %s there before, too", certificates == 1 ? "was" : "were");
    }
    if (now->password && !c->root_before.password)
        buf_add(b, "; it had no password before");
}

/* ---- when ---- */

bool rootlook_is_after(const struct desk *desk, const struct casefile *c)
{
    return desk->can_run && c->closed_ms && c->lifted_ms;
}

ms_t rootlook_reminder_ms(const struct casefile *c)
{
    return rootlook_is_owed(c) ? c->closed_ms + (c->clean_reminders + 1) * MS_DAY : MS_NEVER;
}

static bool is_before(const struct desk *desk, const struct casefile *c)
{
    return desk->can_run && c->state == CASE_WAITING && !case_is_errand(c);
}

/* The next one after the window; MS_NEVER: none. */
static ms_t after_due_ms(const struct casefile *c)
{
    if (!c->root_after_ms)
        return c->closed_ms;
    if (!rootlook_is_left(c))
        return MS_NEVER;
    if (c->root_again_ms > c->root_after_ms)
        return c->root_again_ms;
    if (c->cleaned != CLEANED_MEANT && c->cleaned_ms > c->root_after_ms)
        return c->cleaned_ms;
    ms_t next_ms = rootlook_is_owed(c) ? rootlook_reminder_ms(c) - AHEAD_MS : MS_NEVER;
    return c->root_after_ms < next_ms ? next_ms : MS_NEVER;
}

static ms_t due_ms(const struct desk *desk, const struct casefile *c)
{
    ms_t due = is_before(desk, c) && !c->root_before_ms ? c->asked_ms
               : rootlook_is_after(desk, c)             ? after_due_ms(c)
                                                        : MS_NEVER;
    return due == MS_NEVER ? MS_NEVER : ms_max(due, c->root_next_ms);
}

bool rootlook_keeps(const struct desk *desk, const struct casefile *c)
{
    return rootlook_is_owed(c) || (rootlook_is_after(desk, c) && !c->root_after_ms);
}

/* ---- deciding ---- */

static void look(const struct casefile *c, struct verdict *v)
{
    struct effect *e = verdict_effect(v, EFFECT_ROOT_LOOK);
    e->root_of = arena_copy(v->arena, c->account);
    verdict_fact(v, FACT_ROOT_LOOK_SENT, c->no)->effect_id = (int64_t)e->id;
}

static void put_off(const struct casefile *c, ms_t until_ms, struct verdict *v)
{
    verdict_fact(v, FACT_ROOT_LOOK_SENT, c->no)->until_ms = until_ms;
}

/* More than there can be is as bad as the most that is counted. */
static int counted(int64_t n) { return n < 0 ? 0 : n > COUNTED_MOST ? COUNTED_MOST : (int)n; }

static void find(const struct casefile *c, const struct event *e, struct verdict *v)
{
    const struct event_root_found *found = &e->found;
    struct fact *f = verdict_fact(v, FACT_ROOT_FOUND, c->no);
    f->verb = c->closed_ms ? "after" : "before";
    f->asked_ms = c->root_asked_ms;
    f->said = !c->root_after_ms || c->cleaned_ms > c->root_after_ms;
    f->known = !e->error;
    f->text = e->error;
    if (e->error)
        return;
    f->password = found->password;
    f->keys = counted(found->keys);
    f->certificates = counted(found->certificates);
    f->usable = counted(found->usable);
    f->mfa_devices = counted(found->mfa_devices);
    f->since_ms = ms_min(ms_max(found->made_ms, 0), LIMIT_INSTANT_MS);
    f->digest = c->closed_ms || found->password ? "" : found->digest;
    CLEANUP(buf_done) struct buf words;
    buf_init(&words, 256);
    rootlook_add_has(&words, &(struct root_has){ .password = f->password,
                                                 .keys = counted(f->keys),
                                                 .certificates = counted(f->certificates),
                                                 .mfa_devices = counted(f->mfa_devices) });
    f->text = arena_copy(v->arena, buf_text(&words));
}

static void hear(const struct desk *desk, const struct casefile *c, const struct event *e,
                 struct verdict *v)
{
    /* What was looked at before its window has ended says nothing of what came of it. */
    bool unchanged = c->state == CASE_LIFTING && !c->change_begun;
    bool fits = c->closed_ms ? rootlook_is_after(desk, c) && c->root_asked_ms >= c->closed_ms
                             : unchanged || is_before(desk, c);
    ms_t first_ms = c->root_first_ms ? c->root_first_ms : c->root_asked_ms;
    if (!fits)
        put_off(c, 0, v);
    else if (e->error && e->found.passes && !verdict_due(v, first_ms + PATIENCE_MS))
        put_off(c, v->turn.now_ms + AGAIN_MS, v);
    else
        find(c, e, v);
}

/* Whoever asks AWS has been silent for too long. */
static bool is_lost(const struct casefile *c, struct verdict *v)
{
    return c->root_look_id && verdict_due(v, c->root_asked_ms + SILENT_MS);
}

void rootlook_settle(const struct desk *desk, struct verdict *v)
{
    static const struct event silence = { .error = "AWS has not answered" };
    for (size_t i = 0; i < desk->case_count && verdict_has_room(v); i++) {
        const struct casefile *c = &desk->cases[i];
        if (is_lost(c, v))
            hear(desk, c, &silence, v);
        else if (!c->root_look_id && verdict_due(v, due_ms(desk, c)))
            look(c, v);
    }
}

void rootlook_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    for (size_t i = 0; e->effect_id && i < desk->case_count; i++)
        if (desk->cases[i].root_look_id == e->effect_id)
            hear(desk, &desk->cases[i], e, v);
}

/* ---- applying ---- */

static void apply_sent(struct casefile *c, const struct fact *f)
{
    c->root_look_id = (uint64_t)f->effect_id;
    c->root_next_ms = f->until_ms;
    if (!f->effect_id && !f->until_ms)
        c->root_first_ms = 0;
    if (!f->effect_id)
        return;
    c->root_first_ms = c->root_first_ms ? c->root_first_ms : f->at_ms;
    c->root_asked_ms = f->at_ms;
}

static void apply_found(struct casefile *c, const struct fact *f)
{
    bool before = str_equal(f->verb, "before");
    const struct root_has has = { .known = true,
                                  .password = f->password,
                                  .keys = counted(f->keys),
                                  .certificates = counted(f->certificates),
                                  .usable = counted(f->usable),
                                  .mfa_devices = counted(f->mfa_devices),
                                  .made_ms = f->since_ms,
                                  .at_ms = f->asked_ms };
    if (f->known)
        *(before ? &c->root_before : &c->root_after) = has;
    *(before ? &c->root_before_ms : &c->root_after_ms) = f->asked_ms;
    if (before)
        STR_SET(c->digest, f->digest);
    STR_SET(c->root_why, f->known ? "" : f->text);
    c->root_look_id = 0;
    c->root_next_ms = c->root_first_ms = 0;
}

void rootlook_again(struct desk *desk, const struct casefile *errand, ms_t at_ms)
{
    if (!str_equal(errand->task, TASK_CREDENTIALS))
        return;
    for (size_t i = 0; i < desk->case_count; i++)
        if (str_equal(desk->cases[i].account, errand->account))
            desk->cases[i].root_again_ms = at_ms;
}

void rootlook_apply(struct desk *desk, const struct fact *f)
{
    struct casefile *c = desk_case(desk, f->case_no);
    if (c && f->kind == FACT_ROOT_FOUND)
        apply_found(c, f);
    else if (c)
        apply_sent(c, f);
}
