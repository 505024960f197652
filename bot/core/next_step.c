/* SPDX-License-Identifier: Apache-2.0 */
#include "core/next_step.h"
#include "core/action.h"
#include "core/card.h"
#include "core/tasks.h"

/* Longer than all that a request holds; with whom it is shown to below what Slack's buttons take,
   2,000 characters. */
enum { WORDS_BYTES = 1900 };

static enum action action_of(const struct refused *r) { return action_of_verb(r->command->name); }

/* What it was about: the case that it names, or what was found lifted; of a task without a window,
   none. */
static const struct casefile *subject(const struct refused *r)
{
    if (action_of(r) == ACTION_RUN)
        return NULL;
    return action_row(action_of(r))->fits ? desk_case_const(r->desk, r->request->case_no)
                                          : desk_outside_case(r->desk);
}

static bool is_possible(const struct refused *r, enum action action, const struct casefile *c,
                        const struct verdict *v)
{
    const struct doer who = { .key = r->key, .way = APPROVE_BY_BUTTON };
    return !action_refusal(action, r->desk, c, &who, v->turn.now_ms, v->arena);
}

static void add_restore(const struct refused *r, const struct casefile *c, struct message *m,
                        struct verdict *v)
{
    enum action action = c->state == CASE_OUTSIDE ? ACTION_PUT_BACK : ACTION_RESTORE;
    bool own = str_equal_nocase(c->requester.key, r->key);
    if (case_is_down(c) && (own || !r->no_admin) && is_possible(r, action, c, v))
        card_add_button(m, action, r->desk, c, v->arena);
}

/* What was asked, as it is typed whole for that action. */
static const char *in_words(const struct refused *r, enum action action, struct arena *arena)
{
    struct request asked = *r->request;
    CLEANUP(buf_done) struct buf words;
    buf_init(&words, WORDS_BYTES);
    STR_SET(asked.verb, action_row(action)->verb);
    request_add_typed(&words, &asked);
    return arena_copy(arena, buf_text(&words));
}

/* Its form about the same case: more time, or an adoption, which is also what is left of a lift
   where root protection is OFF already. */
static enum action form_of_case(const struct refused *r, const struct casefile *c)
{
    enum action action = action_of(r);
    if (!c || r->no_admin)
        return ACTION_NONE;
    if (action == ACTION_EXTEND)
        return r->unread ? ACTION_EXTEND : ACTION_NONE;
    return action == ACTION_LIFT || action == ACTION_ADOPT ? ACTION_ADOPT : ACTION_NONE;
}

static void add_form(const struct refused *r, enum action form, const struct casefile *c,
                     struct message *m, struct verdict *v)
{
    if (!is_possible(r, form, c, v))
        return;
    card_add_button(m, form, r->desk, c, v->arena);
    m->buttons[m->button_count - 1].typed = r->told ? "" : in_words(r, form, v->arena);
}

/* Nothing is typed twice: the button carries what was given. */
static void add_request(const struct refused *r, enum action action, struct message *m,
                        struct arena *arena)
{
    const struct action_row *row = action_row(action);
    const char *given = in_words(r, action, arena);
    m->buttons[m->button_count++] = (struct message_button){ .action = row->name,
                                                             .label = row->label,
                                                             .style = row->style,
                                                             .handle = given,
                                                             .typed = r->told ? "" : given };
}

/* What they can ask for instead: a lift, or the same without one. */
static enum action request_of(const struct refused *r, const struct verdict *v)
{
    const struct request *asked = r->request;
    enum action action = action_of(r);
    bool doable = task_doable(task_named(asked->task)) && !asked->anyway;
    if (action != ACTION_LIFT && action != ACTION_RUN)
        return ACTION_NONE;
    if ((doable || action == ACTION_RUN) && is_possible(r, ACTION_RUN, NULL, v))
        return ACTION_RUN;
    return action == ACTION_LIFT ? ACTION_LIFT : ACTION_NONE;
}

static void add_status(struct message *m)
{
    m->buttons[m->button_count++] = (struct message_button){
        .action = COMMAND_COCKPIT, .label = "Status", .handle = "", .typed = "status"
    };
}

/* It names no case, and more than one could be meant. */
static bool is_ambiguous(const struct refused *r)
{
    const struct action_row *row = action_row(action_of(r));
    size_t fitting = 0;
    for (size_t i = 0; row->fits && !r->request->case_no && i < r->desk->case_count; i++)
        fitting += row->fits(&r->desk->cases[i]);
    return fitting > 1;
}

static void add_steps(const struct refused *r, const struct casefile *c, struct message *m,
                      struct verdict *v)
{
    enum action form = form_of_case(r, c);
    if (c && !r->unread && !(r->command->gates & GATE_ANSWERS))
        add_restore(r, c, m, v);
    if (form != ACTION_NONE)
        add_form(r, form, c, m, v);
    else if (request_of(r, v) != ACTION_NONE && !r->no_admin)
        add_request(r, request_of(r, v), m, v->arena);
    if (!m->button_count && (r->no_admin || is_ambiguous(r)))
        add_status(m);
}

void next_step_add(const struct refused *r, struct verdict *v)
{
    struct effect *last = v->effect_count ? &v->effects[v->effect_count - 1] : NULL;
    if (!last || last->kind != EFFECT_ANSWER || action_of(r) == ACTION_NONE)
        return;
    const struct casefile *c = subject(r);
    char id[CASE_ID_BYTES];
    struct panel *p = arena_take(v->arena, sizeof *p);
    p->count = 1;
    p->rows[0] = message_saying(MESSAGE_POST, last->answer.text);
    case_id_text(c ? c->no : 0, id);
    p->rows[0].case_id = arena_copy(v->arena, id);
    add_steps(r, c, &p->rows[0], v);
    if (p->rows[0].button_count)
        last->answer.panel = p;
}
