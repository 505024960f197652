/* SPDX-License-Identifier: Apache-2.0 */
#include "core/form.h"
#include "core/action.h"
#include "core/duration.h"
#include "core/rich.h"
#include "core/tasks.h"

/* Within the rules; the usual length is always among them. */
static void add_lengths(struct effect_form *f, const struct policy *p, bool usual)
{
    static const ms_t common[] = { 15 * MS_MINUTE, 30 * MS_MINUTE, 45 * MS_MINUTE, MS_HOUR,
                                   2 * MS_HOUR,    4 * MS_HOUR,    8 * MS_HOUR };
    ms_t last = 0;
    for (size_t i = 0; i <= COUNT(common); i++) {
        ms_t next = i < COUNT(common) ? common[i] : p->max_window + 1;
        bool between = p->default_window > last && p->default_window < next;
        if (usual && between && f->length_count < FORM_LENGTHS)
            f->lengths[f->length_count++] = p->default_window;
        if (i < COUNT(common) && next >= p->min_window && next <= p->max_window &&
            f->length_count < FORM_LENGTHS)
            f->lengths[f->length_count++] = next;
        last = next;
    }
}

static const struct task *chosen(const char *task)
{
    return str_or_empty(task)[0] ? task_named(task) : NULL;
}

/* What reguard does itself is asked for in a form of its own, unless a window is wanted all the
   same: what is sent is what the form has shown. */
static const char *named_for(const struct desk *desk, const char *form, const char *task,
                             bool anyway)
{
    const struct task *t = chosen(task);
    bool lifts = str_equal(form, "lift"), runs = str_equal(form, "run");
    if (lifts && desk->can_run && task_doable(t) && !anyway)
        return "run";
    return runs && (!desk->can_run || anyway || (t && !task_doable(t))) ? "lift" : form;
}

/* It bears the name of the task that it is drawn for, so that a name in it is never taken for that
   of something else. */
static void add_target(const struct desk *desk, struct effect_form *f)
{
    const struct task *t = chosen(f->task);
    const struct doable *can = task_doable(t);
    f->runs = desk->can_run && can;
    if (!str_equal(f->form, "run"))
        return;
    f->handle = t ? t->name : "";
    if (!can || !can->noun)
        return;
    f->target_label = can->thing;
    f->target_hint = can->hint;
}

/* What the chosen task is done by, and whether it needs a window at all. */
static void add_guide(struct effect_form *f, const char *task, struct arena *arena)
{
    const struct task *t = chosen(task);
    f->guide = "";
    if (!t)
        return;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    const char *why = task_why_no_window(t);
    f->no_window = why != NULL;
    buf_add(&b, why ? "💡 " : "🧭 ");
    rich_add_strong(&b, why ? "No window needed" : "How it is done");
    if (why)
        buf_addf(&b, ": “%s” %s.", t->title, why);
    buf_addf(&b, "\n%s",
             f->runs
                 ? "I can do it without lifting: I look at what stands there, and another Admin "
                   "approves it before I change anything."
                 : t->guide);
    f->guide = arena_copy(arena, buf_text(&b));
}

static void add_common(const struct desk *desk, struct arena *arena, struct effect_form *f)
{
    const struct action_row *row = action_form(f->form);
    unsigned fields = row ? row->fields : 0;
    f->account_hint = desk->policy->provider->account;
    f->ticket_required = desk->policy->require_ticket;
    f->mailbox_asked = (fields & FORM_TASK) && (fields & FORM_DURATION) &&
                       desk->policy->mailbox_proof == MAILBOX_CONFIRM;
    f->problem = "";
    add_lengths(f, desk->policy, fields & FORM_ACCOUNT);
    add_target(desk, f);
    add_guide(f, fields & FORM_TASK ? f->task : NULL, arena);
}

static const char *length_of(struct arena *arena, const struct request *r, ms_t for_ms)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (!r->until_ms && !r->until.ms)
        return for_ms ? duration_typed(arena, for_ms) : "";
    buf_init(&b, 64);
    request_add_length(&b, r, 0);
    return arena_copy(arena, buf_text(&b) + 1);
}

/* A length that stands there when none is given. */
static bool has_usual(const char *form)
{
    const struct action_row *row = action_form(form);
    return row && (row->fields & FORM_ACCOUNT) && (row->fields & FORM_DURATION);
}

void form_of(const struct desk *desk, const struct request *r, const char *handle,
             struct arena *arena, struct effect_form *ret)
{
    const char *name = named_for(desk, arena_copy(arena, r->verb), r->task, r->anyway);
    ms_t for_ms = r->for_ms ? r->for_ms : has_usual(name) ? desk->policy->default_window : 0;
    *ret = (struct effect_form){ .form = name,
                                 .handle = arena_copy(arena, str_or_empty(handle)),
                                 .account = arena_copy(arena, r->account),
                                 .duration = length_of(arena, r, for_ms),
                                 .task = arena_copy(arena, r->task),
                                 .ticket = arena_copy(arena, r->ticket),
                                 .reason = arena_copy(arena, r->reason),
                                 .target = arena_copy(arena, r->target),
                                 .anyway = r->anyway,
                                 .mailbox = r->mailbox };
    add_common(desk, arena, ret);
}

void form_of_filled(const struct desk *desk, const struct event_submitted *s, struct arena *arena,
                    struct effect_form *ret)
{
    const char *name = named_for(desk, s->form, s->task, s->anyway);
    bool anew = !str_equal(name, s->form) && has_usual(name);
    *ret = (struct effect_form){ .form = name,
                                 .view = s->view,
                                 .edition = s->edition,
                                 .handle = anew ? "" : s->handle,
                                 .account = s->account,
                                 .account_text = s->account_text,
                                 .duration = anew && !str_or_empty(s->duration)[0]
                                                 ? duration_typed(arena,
                                                                  desk->policy->default_window)
                                                 : s->duration,
                                 .task = s->task,
                                 .ticket = s->ticket,
                                 .reason = s->reason,
                                 .target = s->target,
                                 .anyway = s->anyway,
                                 .mailbox = s->mailbox };
    add_common(desk, arena, ret);
}
