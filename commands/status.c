/* SPDX-License-Identifier: Apache-2.0 */
/* status, history, show: what is going on, for anyone in the channel. */
#include "commands/parts.h"
#include "core/card.h"
#include "core/dialogue.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "core/outage.h"
#include "core/receipt.h"
#include "core/rich.h"
#include "core/sight.h"
#include "core/twin.h"

static bool no_words(const struct desk *desk, struct words *words, struct request *request,
                     struct err *err)
{
    (void)desk, (void)request;
    return parts_read_end(words, err);
}

void parts_add_light(struct buf *b, const struct desk *desk)
{
    enum watch now = guardrail_now(desk);
    buf_add(b, now == WATCH_ON ? "🟢 " : now == WATCH_OFF ? "🔓 " : "⚠️ ");
    rich_add_strong(b, now == WATCH_ON    ? "Root protection is ON"
                       : now == WATCH_OFF ? "Root protection is OFF"
                                          : "I cannot read whether root protection is ON");
    if (now == WATCH_UNKNOWN)
        buf_addf(b, " (%s)", guardrail_why_unknown(desk));
    if (guardrail_checked_ms(desk)) {
        buf_addf(b, ", %s ",
                 now != WATCH_UNKNOWN                 ? "checked"
                 : desk->guardrail.known == WATCH_OFF ? "last seen OFF"
                                                      : "last seen ON");
        rich_add_time(b, guardrail_checked_ms(desk));
    }
    buf_add(b, ".");
}

void parts_add_troubles(struct buf *b, const struct desk *desk, struct arena *arena)
{
    if (desk->loss.stands)
        buf_addf(b, "\n⚠️ I cannot write my records: %s. I lift nothing until I can.",
                 desk->loss.why);
    if (desk->doubt.stands)
        buf_addf(b, "\n⚠️ My records are in doubt: %s. I lift nothing until that is settled.",
                 desk->doubt.why);
    const char *twin = twin_trouble(desk, arena);
    if (twin[0])
        buf_addf(b, "\n⚠️ Two reguards run here: %s.", twin);
    const char *trouble = sight_trouble(desk, arena);
    if (trouble[0])
        buf_addf(b, "\n⚠️ Nothing is lifted for now%s.", trouble);
    for (size_t i = 0; i < desk->chat_count; i++)
        if (outage_is(&desk->chats[i]))
            buf_addf(b, "\n⚠️ %s %s: %s.", desk->chats[i].name,
                     desk->chats[i].refused ? "cannot be served" : "is not connected",
                     desk->chats[i].why);
}

/* One case and, where this person would not be refused, its way back: with the same checks as from
   the card. */
static void add_case(const struct desk *desk, const struct casefile *c, const struct person *person,
                     ms_t now_ms, struct panel *p, struct arena *arena)
{
    const struct doer who = { .key = person->key, .way = APPROVE_BY_BUTTON };
    enum action action = c->state == CASE_OUTSIDE ? ACTION_PUT_BACK : ACTION_RESTORE;
    struct message *m = &p->rows[p->count++];
    *m = message_saying(MESSAGE_POST, card_line(desk, c, now_ms, arena));
    m->case_id = parts_case_id(c, arena);
    if (case_is_down(c) && !action_refusal(action, desk, c, &who, now_ms, arena))
        card_add_button(m, action, desk, c, arena);
}

/* The same with buttons: restoring what is OFF, and asking where nothing is going on. NULL when
   there is nothing to press, or more than a panel holds. */
static const struct panel *status_panel(const struct desk *desk, const struct person *person,
                                        const char *light, const char *troubles, struct verdict *v)
{
    struct panel *p = arena_take(v->arena, sizeof *p);
    size_t buttons = 0;
    p->count = 1;
    p->rows[0] = message_saying(MESSAGE_POST, light);
    for (size_t i = 0; i < desk->case_count; i++) {
        if (!case_is_open(&desk->cases[i]))
            continue;
        if (p->count == PANEL_ROWS - 1)
            return NULL;
        add_case(desk, &desk->cases[i], person, v->turn.now_ms, p, v->arena);
        buttons += p->rows[p->count - 1].button_count;
    }
    bool calm = p->count == 1 && !troubles[0];
    if (calm && guardrail_now(desk) == WATCH_ON)
        parts_add_free_button(&p->rows[0], ACTION_LIFT);
    if (troubles[0])
        p->rows[p->count++] = message_saying(MESSAGE_POST, troubles + 1); /* its line end */
    return buttons + p->rows[0].button_count ? p : NULL;
}

static bool status_decide(const struct desk *desk, const struct asker *asker,
                          const struct request *r, struct verdict *v)
{
    (void)r;
    CLEANUP(buf_done) struct buf light, lines, troubles;
    buf_init(&light, LIMIT_ANSWER_BYTES);
    buf_init(&lines, LIMIT_ANSWER_BYTES);
    buf_init(&troubles, LIMIT_ANSWER_BYTES);
    parts_add_light(&light, desk);
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_open(&desk->cases[i]))
            buf_addf(&lines, "\n%s", card_line(desk, &desk->cases[i], v->turn.now_ms, v->arena));
    if (!lines.bytes)
        buf_add(&light, " No request and no window is open.");
    parts_add_troubles(&troubles, desk, v->arena);
    const char *first = arena_copy(v->arena, buf_text(&light)),
               *last = arena_copy(v->arena, buf_text(&troubles));
    dialogue_answer(v, asker->event, verdict_text(v, "%s%s%s", first, buf_text(&lines), last));
    if (asker->person)
        v->effects[v->effect_count - 1].answer.panel = status_panel(desk, asker->person, first,
                                                                    last, v);
    return true;
}

const struct command command_status = {
    .name = "status",
    .usage = "status",
    .summary = "root protection, and all open requests and windows",
    .example = "status",
    .gates = GATE_ANYWHERE,
    .read = no_words,
    .decide = status_decide,
};

/* ---- what the store remembers ---- */

static bool history_read(const struct desk *desk, struct words *words, struct request *request,
                         struct err *err)
{
    (void)desk;
    request->count = 5;
    const char *word = words_next(words);
    if (!word)
        return true;
    int count = 0;
    const char *p = word;
    for (; *p >= '0' && *p <= '9' && count < 100; p++)
        count = count * 10 + (*p - '0');
    if (*p || count < 1 || count > LIMIT_HISTORY)
        return err_set(err, "The number of cases must be between 1 and %d", (int)LIMIT_HISTORY);
    request->count = count;
    return parts_read_end(words, err);
}

static bool history_decide(const struct desk *desk, const struct asker *asker,
                           const struct request *r, struct verdict *v)
{
    (void)desk;
    struct effect *e = verdict_effect(v, EFFECT_RECALL);
    e->chat = asker->event->chat;
    e->recall = (struct effect_recall){ .count = r->count,
                                        .answer = { .person_id = asker->event->actor.id,
                                                    .thread_id = asker->event->thread_id,
                                                    .reply_url = asker->event->reply_url,
                                                    .direct = asker->event->place ==
                                                              PLACE_DIRECT } };
    return true;
}

const struct command command_history = {
    .name = "history",
    .usage = "history [N]",
    .summary = "the last N requests and windows",
    .example = "history 5",
    .gates = GATE_ANYWHERE,
    .read = history_read,
    .decide = history_decide,
};

static bool show_read(const struct desk *desk, struct words *words, struct request *request,
                      struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    if (!request->case_no)
        return err_set(err, "Which one? Name it like G-0001");
    request->full = words_take(words, "full");
    return parts_read_end(words, err);
}

static bool show_decide(const struct desk *desk, const struct asker *asker, const struct request *r,
                        struct verdict *v)
{
    const struct casefile *c = desk_case_const(desk, r->case_no);
    if (!c) {
        history_decide(desk, asker, r, v);
        char id[CASE_ID_BYTES];
        case_id_text(r->case_no, id);
        v->effects[v->effect_count - 1].recall.case_id = arena_copy(v->arena, id);
        v->effects[v->effect_count - 1].recall.full = r->full;
        return true;
    }
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    if (r->full) {
        receipt_add(&b, desk, c, v->arena);
        dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
        v->effects[v->effect_count - 1].answer.file = receipt_file(desk, c, v->turn.now_ms,
                                                                   v->arena);
        return true;
    }
    struct message m;
    card_picture(desk, c, v->turn.now_ms, v->arena, &m);
    buf_addf(&b, "%s\n%s", m.headline, m.body);
    for (size_t i = 0; i < m.field_count; i++)
        buf_addf(&b, "\n%s: %s", m.fields[i].label, m.fields[i].value);
    buf_addf(&b, "\n%s", m.footer);
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_show = {
    .name = "show",
    .usage = "show G-0001 [full]",
    .summary = "one request or window; full: its receipt",
    .example = "show G-0001",
    .gates = GATE_ANYWHERE,
    .read = show_read,
    .decide = show_decide,
};
