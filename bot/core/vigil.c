/* SPDX-License-Identifier: Apache-2.0 */
#include "core/vigil.h"
#include "core/desk.h"
#include "core/guardrail.h"
#include "core/rich.h"

#include <inttypes.h>
#include <string.h>

/* After the instant at which reguard should have spoken: as the dead man's word has it. */
static const ms_t GRACE_MS = 2 * MS_MINUTE;
/* Clocks further apart than that are not believed. */
static const ms_t CLOCKS_MS = 10 * MS_MINUTE;

/* The longest that reguard may be silent with good reason while the guardrail is down: whatever a
   message promises, it counts no further than that behind it. */
static ms_t longest_ms(const struct policy *p)
{
    ms_t window = ms_plus(p->max_window, p->lift_gives_up), pause = 0;
    for (size_t i = 0; i < p->remind_overdue.count; i++)
        pause = ms_max(pause, p->remind_overdue.steps[i]);
    return ms_max(window, pause);
}

ms_t vigil_horizon_ms(const struct policy *p)
{
    return ms_plus(ms_plus(longest_ms(p), p->request_expires), MS_HOUR);
}

/* ---- what the chat says ---- */

static bool is_believed(const struct vigil_view *view, const struct sighting *s)
{
    return s->store[0] && s->said_ms <= view->now_ms + CLOCKS_MS;
}

/* Nothing newer was said from the same records, about the same case where one is asked for. */
static bool is_newest(const struct vigil_view *view, const struct sighting *s, bool of_case)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct sighting *other = &view->seen[i];
        if (is_believed(view, other) && str_equal(other->store, s->store) &&
            (!of_case || other->case_no == s->case_no) &&
            (other->said_ms > s->said_ms || (other->said_ms == s->said_ms && other < s)))
            return false;
    }
    return true;
}

static bool has_window(const struct sighting *s)
{
    return s->case_no && s->until_ms &&
           (str_equal(s->state, "lifted") || str_equal(s->state, "lifting"));
}

/* Until then reguard may be silent, as far as it says itself; 0: it promises nothing. */
static ms_t silent_until_ms(const struct policy *p, const struct vigil_view *view,
                            uint32_t *ret_case_no)
{
    ms_t until = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct sighting *s = &view->seen[i];
        if (!is_believed(view, s))
            continue;
        ms_t promised = is_newest(view, s, false) ? s->speaks_ms : 0;
        if (has_window(s) && is_newest(view, s, true))
            promised = ms_max(promised, s->until_ms);
        promised = ms_min(promised, ms_plus(s->said_ms, longest_ms(p)));
        if (promised > until) {
            until = promised;
            *ret_case_no = s->case_no;
        }
    }
    return until;
}

/* An alarm of ours was posted at that instant or later, by our own clock. */
static bool was_said(const struct vigil_view *view, ms_t since_ms)
{
    for (size_t i = 0; i < view->count; i++)
        if (str_equal(view->seen[i].vigil, VIGIL_ALARMED) && view->seen[i].said_ms >= since_ms &&
            view->seen[i].said_ms <= view->now_ms + CLOCKS_MS)
            return true;
    return false;
}

/* Neither reguard nor a witness has said anything since. */
static bool alarm_is_last(const struct vigil_view *view)
{
    ms_t alarm_ms = 0, other_ms = 0;
    for (size_t i = 0; i < view->count; i++) {
        const struct sighting *s = &view->seen[i];
        if (str_equal(s->vigil, VIGIL_ALARMED))
            alarm_ms = ms_max(alarm_ms, s->said_ms);
        else if (s->vigil[0] || is_believed(view, s))
            other_ms = ms_max(other_ms, s->said_ms);
    }
    return alarm_ms > other_ms;
}

/* ---- deciding ---- */

static const char *at(ms_t at_ms, struct arena *arena)
{
    CLEANUP(buf_done) struct buf mark, plain;
    buf_init(&mark, 64);
    buf_init(&plain, 64);
    rich_add_time(&mark, at_ms);
    rich_add_plain(&plain, buf_text(&mark));
    return arena_copy(arena, buf_text(&plain));
}

static const char *how(const struct vigil_view *view, struct arena *arena)
{
    return view->now == WATCH_OFF ? "root protection is OFF"
                                  : arena_printf(arena, "root protection cannot be read (%s)",
                                                 str_or_empty(view->why));
}

static bool restores(const struct policy *p) { return p->on_deadline == DEADLINE_RESTORE; }

/* Each step of [policy] remind_overdue is said once; the first alarm does not wait for one. */
static void find_step(const struct policy *p, const struct vigil_view *view,
                      struct vigil_verdict *v)
{
    ms_t silent = view->now_ms - v->silent_ms;
    int64_t reached = durations_reached(&p->remind_overdue, silent);
    ms_t begun = reached ? durations_step_ms(&p->remind_overdue, reached - 1) : 0;
    v->step = reached ? reached : 1;
    v->says = !was_said(view, v->silent_ms + begun);
}

static void act_on_silence(const struct policy *p, const struct vigil_view *view,
                           struct vigil_verdict *v, struct arena *arena)
{
    const char *what = arena_printf(arena, "%s, and reguard should have spoken by %s",
                                    how(view, arena), at(v->silent_ms, arena));
    find_step(p, view, v);
    v->act = restores(p) ? VIGIL_RESTORE : v->says ? VIGIL_ALARM : VIGIL_NOTHING;
    v->why = arena_printf(arena, "%s; %s", what,
                          restores(p) ? "on_deadline is restore, so it is restored"
                          : v->says   ? "nobody was told of this step yet"
                                      : "this step was said already");
}

/* Nobody has said why it is off: reguard finds that itself within two intervals. */
static ms_t found_by_ms(const struct policy *p, const struct vigil_view *view)
{
    bool known = view->changed_ms && view->changed_ms <= view->now_ms;
    return known ? ms_plus(view->changed_ms, ms_plus(2 * p->poll_idle, GRACE_MS)) : view->now_ms;
}

static void decide_heard(const struct policy *p, const struct vigil_view *view,
                         struct vigil_verdict *v, struct arena *arena)
{
    ms_t until = silent_until_ms(p, view, &v->case_no);
    if (!until && view->now != WATCH_OFF) {
        v->why = arena_printf(arena, "%s; nothing is open by what the chat says", how(view, arena));
        return;
    }
    v->silent_ms = until ? ms_plus(until, GRACE_MS) : found_by_ms(p, view);
    if (view->now_ms < v->silent_ms)
        v->why = arena_printf(arena, "%s; reguard is to speak by %s, or to find it by itself",
                              how(view, arena), at(v->silent_ms, arena));
    else
        act_on_silence(p, view, v, arena);
}

/* No window is longer than that, so that one which was off for longer is nobody's. */
static void decide_deaf(const struct policy *p, const struct vigil_view *view,
                        struct vigil_verdict *v, struct arena *arena)
{
    bool known = view->now == WATCH_OFF && view->changed_ms && view->changed_ms <= view->now_ms;
    bool longer = known && view->now_ms - view->changed_ms >
                               ms_plus(ms_plus(p->max_window, p->lift_gives_up), GRACE_MS);
    v->silent_ms = known ? view->changed_ms : 0;
    v->step = 1;
    v->says = true;
    v->act = longer && restores(p) ? VIGIL_RESTORE : VIGIL_ROUTES;
    v->why = arena_printf(arena, "%s, and the chat cannot be read (%s)%s", how(view, arena),
                          str_or_empty(view->deaf),
                          v->act == VIGIL_RESTORE
                              ? "; it was OFF for longer than any window, so it is restored"
                              : "");
}

struct vigil_verdict vigil_decide(const struct policy *p, const struct vigil_view *view,
                                  struct arena *arena)
{
    struct vigil_verdict v = { .act = VIGIL_NOTHING };
    if (view->now == WATCH_ON && alarm_is_last(view)) {
        v.act = VIGIL_OVER;
        v.why = "root protection is ON, and the alarm was the last that was said";
    } else if (view->now == WATCH_ON)
        v.why = "root protection is ON";
    else if (view->heard)
        decide_heard(p, view, &v, arena);
    else
        decide_deaf(p, view, &v, arena);
    return v;
}

/* ---- what is said ---- */

static void add_silence(const struct vigil_verdict *v, const char *is_off, struct buf *b)
{
    char id[CASE_ID_BYTES];
    case_id_text(v->case_no, id);
    if (v->case_no)
        buf_addf(b, " It %s OFF because of %s.", is_off, id);
    if (v->silent_ms) {
        buf_add(b, " reguard was to speak of it before ");
        rich_add_time(b, v->silent_ms);
        buf_add(b, " and did not.");
    }
}

const char *vigil_text(const struct policy *p, const struct vigil_view *view,
                       const struct vigil_verdict *v, const char *const *keys, size_t count,
                       bool on, const char *failed, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    const char *what = view->now == WATCH_OFF ? "Root protection is OFF and reguard is silent"
                                              : "reguard is silent, and root protection may be OFF";
    const char *fine = v->act == VIGIL_OVER ? "Root protection is back ON"
                                            : "The witness has restored root protection";
    buf_add(&b, on ? "✅ " : "🚨 ");
    rich_add_strong(&b, on ? fine : what);
    buf_add(&b, on ? ", verified by two agreeing reads." : ".");
    if (v->act != VIGIL_OVER)
        add_silence(v, on ? "was" : view->now == WATCH_OFF ? "is" : "may be", &b);
    if (!on && view->now != WATCH_OFF)
        buf_addf(&b, " I cannot read root protection: %s.", str_or_empty(view->why));
    if (failed)
        buf_addf(&b, " I have tried to restore it, and go on trying: %s.", failed);
    if (!on) {
        buf_addf(&b, "\nSwitch it on now: %s, %s; or on any machine that has the credential, ",
                 p->provider->switch_at, p->provider->guardrail);
        rich_add_code(&b, "reguard restore");
        buf_add(&b, ".");
    }
    buf_add(&b, " Then see why reguard does not run. I am its witness, on another machine.");
    for (size_t i = 0; i < count; i++) {
        buf_add_char(&b, ' ');
        rich_add_mention(&b, keys[i], keys[i]);
    }
    return arena_copy(arena, buf_text(&b));
}

/* ---- what reguard finds of it on its return ---- */

static bool was_down(const struct casefile *c, ms_t at_ms)
{
    ms_t since = c->lifting_ms ? c->lifting_ms : c->found_ms;
    return since && since <= at_ms && (!c->closed_ms || at_ms <= c->closed_ms);
}

void vigil_looked(const struct desk *desk, const struct event_looked *l, struct verdict *v)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        ms_t newest_ms = c->vigil_ms;
        for (size_t k = 0; k < l->count; k++)
            if (str_equal(l->seen[k].vigil, VIGIL_RESTORED) && l->seen[k].case_no == c->no &&
                was_down(c, l->seen[k].said_ms))
                newest_ms = ms_max(newest_ms, l->seen[k].said_ms);
        if (newest_ms > c->vigil_ms && verdict_has_room(v))
            verdict_fact(v, FACT_WITNESSED, c->no)->since_ms = newest_ms;
    }
}
