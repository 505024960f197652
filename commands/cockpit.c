/* SPDX-License-Identifier: Apache-2.0 */
/* The cockpit: what is going on, for one person, with everything that they can press now. It
   answers the word that calls us, alone, and is a person's own page in Slack. */
#include "commands/parts.h"
#include "core/card.h"
#include "core/dialogue.h"
#include "core/guardrail.h"
#include "core/rich.h"
#include "core/rootlook.h"

/* Each of the last ones may have a button. */
enum { FULL_CARDS = 6, RECENT = MESSAGE_BUTTONS };

static const char *copied(struct arena *arena, struct buf *b)
{
    return arena_copy(arena, buf_text(b));
}

static struct message *row_of(struct panel *p)
{
    struct message *m = &p->rows[p->count++];
    *m = message_saying(MESSAGE_POST, "");
    return m;
}

void parts_add_free_button(struct message *m, enum action action)
{
    const struct action_row *row = action_row(action);
    m->buttons[m->button_count++] = (struct message_button){
        .action = row->name, .label = row->label, .style = row->style, .handle = ""
    };
}

static void add_state(const struct desk *desk, struct panel *p, struct arena *arena)
{
    struct message *m = row_of(p);
    CLEANUP(buf_done) struct buf light, troubles;
    buf_init(&light, 1000);
    buf_init(&troubles, LIMIT_ANSWER_BYTES);
    parts_add_light(&light, desk);
    parts_add_troubles(&troubles, desk, arena);
    const char *more = buf_text(&troubles);
    m->headline = copied(arena, &light);
    m->body = arena_copy(arena, more + (more[0] == '\n'));
    if (!desk_outside_case(desk))
        parts_add_free_button(m, ACTION_LIFT);
}

static bool is_of(const struct casefile *c, const struct person *person)
{
    return str_equal_nocase(c->requester.key, person->key);
}

/* Only what this person would not be refused now. */
static void keep_possible(struct message *m, const struct desk *desk, const struct casefile *c,
                          const struct person *person, ms_t now_ms, struct arena *arena)
{
    const struct doer who = { .key = person->key, .way = APPROVE_BY_BUTTON };
    size_t kept = 0;
    for (size_t i = 0; i < m->button_count; i++) {
        enum action action = action_named(m->buttons[i].action);
        bool own = is_of(c, person) && (action == ACTION_APPROVE || action == ACTION_RECOVER ||
                                        action == ACTION_DECLINE);
        if (!own && !m->buttons[i].words_only &&
            !action_refusal(action, desk, c, &who, now_ms, arena))
            m->buttons[kept++] = m->buttons[i];
    }
    m->button_count = kept;
}

/* Whole, as in the channel: nobody approves what is not shown. */
static void add_case(const struct desk *desk, const struct casefile *c, const struct person *person,
                     ms_t now_ms, struct panel *p, struct arena *arena)
{
    struct message *m = &p->rows[p->count++];
    card_picture(desk, c, now_ms, arena, m);
    keep_possible(m, desk, c, person, now_ms, arena);
}

/* What keeps protection down first, then what they have asked for, then the others. */
static int place_of(const struct casefile *c, const struct person *person)
{
    return case_is_down(c) ? 0 : is_of(c, person) ? 1 : 2;
}

struct cards {
    size_t shown, left;
    struct buf *more;
};

static void add_cases(struct cards *cards, int place, const struct desk *desk,
                      const struct person *person, ms_t now_ms, struct panel *p,
                      struct arena *arena)
{
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (!case_is_open(c) || place_of(c, person) != place)
            continue;
        if (cards->shown < FULL_CARDS)
            add_case(desk, c, person, now_ms, p, arena);
        else if (cards->left < RECENT)
            buf_addf(cards->more, "%s%s", cards->left++ ? "\n" : "",
                     card_line(desk, c, now_ms, arena));
        cards->shown++;
    }
}

static void add_more(const struct cards *cards, const struct desk *desk, struct panel *p,
                     struct arena *arena)
{
    if (cards->left)
        row_of(p)->body = arena_printf(arena, "%s\n%zu more; `%s status` lists all of them.",
                                       buf_text(cards->more), cards->shown - FULL_CARDS,
                                       desk->policy->command_word);
}

/* What is still to be done about one that is over: to ask again where nothing came of it; to clean
   up what AWS was seen to have left, where reguard can; for whoever had the window, to say that all
   is cleaned up where nobody knows, as long as it is on the desk. */
static enum action left_to_do(const struct desk *desk, const struct casefile *c,
                              const struct person *person)
{
    static const enum action anew[] = { ACTION_AGAIN, ACTION_CLEAN_UP };
    const struct action_ask ask = { .desk = desk, .c = c };
    for (size_t i = 0; i < COUNT(anew); i++)
        if (action_row(anew[i])->on_card(&ask))
            return anew[i];
    bool unknown = !c->root_after.known || rootlook_is_left(c);
    return unknown && is_of(c, person) && desk_case_const(desk, c->no) &&
                   action_row(ACTION_CLEANED)->fits(c)
               ? ACTION_CLEANED
               : ACTION_NONE;
}

static void add_left(struct message *m, const struct desk *desk, const struct casefile *c,
                     const struct person *person, ms_t now_ms, struct arena *arena)
{
    const struct doer who = { .key = person->key, .way = APPROVE_BY_BUTTON };
    enum action action = left_to_do(desk, c, person);
    if (action == ACTION_NONE || action_refusal(action, desk, c, &who, now_ms, arena))
        return;
    card_add_button(m, action, desk, c, arena);
    m->buttons[m->button_count - 1].case_id = parts_case_id(c, arena);
}

/* ---- what is over, and what they have asked for ---- */

/* The newest first, whether they are still on the desk or have left it. */
struct known {
    const struct casefile *cases[LIMIT_CASES + LIMIT_LATELY];
    size_t count;
};

static void know(struct known *k, const struct casefile *c)
{
    size_t at = k->count++;
    for (; at > 0 && k->cases[at - 1]->no < c->no; at--)
        k->cases[at] = k->cases[at - 1];
    k->cases[at] = c;
}

static void know_all(struct known *k, const struct desk *desk, const struct event *e)
{
    k->count = 0;
    for (size_t i = 0; i < desk->case_count; i++)
        know(k, &desk->cases[i]);
    for (size_t i = 0; i < e->lately_count && i < LIMIT_LATELY; i++)
        if (!desk_case_const(desk, e->lately[i].no))
            know(k, &e->lately[i]);
}

/* Their own with what is open first: it may still need them. */
static bool belongs(const struct casefile *c, const struct person *person, bool own, bool open)
{
    return is_of(c, person) == own && case_is_open(c) == open;
}

/* A heading, and a line for each, with what is left to do about it; none: no row. */
static void add_lines(const char *heading, const struct known *k, bool own, const struct desk *desk,
                      const struct person *person, ms_t now_ms, struct panel *p,
                      struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    struct message m = message_saying(MESSAGE_POST, "");
    size_t count = 0;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    rich_add_strong(&b, heading);
    for (int open = own; open >= 0; open--)
        for (size_t i = 0; i < k->count; i++) {
            const struct casefile *c = k->cases[i];
            if (!belongs(c, person, own, open) || count++ >= RECENT)
                continue;
            buf_addf(&b, "\n%s", card_line(desk, c, now_ms, arena));
            if (!open)
                add_left(&m, desk, c, person, now_ms, arena);
        }
    if (count > RECENT)
        buf_addf(&b, "\n%zu more; `%s history` lists the last ones.", count - RECENT,
                 desk->policy->command_word);
    m.body = copied(arena, &b);
    if (count)
        p->rows[p->count++] = m;
}

static void add_how(const struct desk *desk, struct panel *p, struct arena *arena)
{
    const struct audience *a = &desk->audience;
    const char *word = desk->policy->command_word;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 3000);
    rich_add_strong(&b, "Who may approve");
    buf_addf(&b, ": another Admin than the one who asks%s", a->count ? ", of " : "");
    for (size_t i = 0; i < a->count && i < 8; i++) {
        buf_add(&b, i ? ", " : "");
        rich_add_mention(&b, a->keys[i], a->keys[i]);
    }
    if (a->count + a->more > 8)
        buf_addf(&b, " and %zu more", a->count + a->more - 8);
    buf_add(&b, ".\n");
    rich_add_strong(&b, "How to ask");
    buf_addf(
        &b,
        ": press Request…, or type `%s lift ACCOUNT for 45m task billing because …`. `%s help` "
        "lists the rest.",
        word, word);
    row_of(p)->body = copied(arena, &b);
}

/* What keeps protection OFF before all; what they have asked for stands together. */
static struct panel *panel_for(const struct desk *desk, const struct event *e,
                               const struct person *person, ms_t now_ms, struct arena *arena)
{
    struct panel *p = arena_take(arena, sizeof *p);
    struct known known;
    CLEANUP(buf_done) struct buf more;
    struct cards cards = { .more = &more };
    buf_init(&more, 2000);
    p->count = 0;
    know_all(&known, desk, e);
    add_state(desk, p, arena);
    add_cases(&cards, 0, desk, person, now_ms, p, arena);
    add_lines("My requests", &known, true, desk, person, now_ms, p, arena);
    add_cases(&cards, 1, desk, person, now_ms, p, arena);
    add_cases(&cards, 2, desk, person, now_ms, p, arena);
    add_more(&cards, desk, p, arena);
    add_lines("Lately", &known, false, desk, person, now_ms, p, arena);
    add_how(desk, p, arena);
    return p;
}

static const char *in_words(const struct panel *p, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    for (size_t i = 0; i < p->count; i++)
        buf_addf(&b, "%s%s", i ? "\n" : "",
                 p->rows[i].headline[0] ? p->rows[i].headline : p->rows[i].body);
    return copied(arena, &b);
}

static const char *how_to_get_in(const struct desk *desk, const struct asker *asker,
                                 struct arena *arena)
{
    return arena_printf(arena,
                        "I switch AWS root protection OFF for a while when two Admins agree, and "
                        "back on. You cannot use me yet: %s. Ask whoever runs me to add you; "
                        "`%s whoami` shows what they need to know.",
                        asker->why_unmapped, desk->policy->command_word);
}

static bool cockpit_read(const struct desk *desk, struct words *words, struct request *request,
                         struct err *err)
{
    (void)desk, (void)request;
    return parts_read_end(words, err);
}

static bool cockpit_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    (void)r;
    const struct event *e = asker->event;
    struct panel *p = NULL;
    const char *text;
    if (asker->person) {
        p = panel_for(desk, e, asker->person, v->turn.now_ms, v->arena);
        text = in_words(p, v->arena);
    } else {
        text = how_to_get_in(desk, asker, v->arena);
    }
    if (e->kind == EVENT_OPENED) {
        struct effect *effect = verdict_effect(v, EFFECT_HOME);
        effect->chat = e->chat;
        effect->home = (struct effect_home){ e->actor.id, p, text, e->again };
        return true;
    }
    dialogue_answer(v, e, text);
    v->effects[v->effect_count - 1].answer.panel = p;
    return true;
}

const struct command command_cockpit = {
    .name = "cockpit",
    .usage = "cockpit",
    .summary = "what is going on, with what you can press; the word that calls me shows it, alone",
    .example = "cockpit",
    .gates = GATE_ANYWHERE,
    .read = cockpit_read,
    .decide = cockpit_decide,
};
