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

/* Cases on one page: with the light, the way on and the troubles a panel has rows for them, and the
   longest lines are within an answer's text, which Slack's and Matrix's messages take whole. */
enum { STATUS_PAGE = 8 };
_Static_assert(STATUS_PAGE + 3 <= PANEL_ROWS, "a row for each");

static bool read_number(struct words *words, int *ret)
{
    const char *p = words_peek(words);
    int number = 0;
    for (; p && *p >= '0' && *p <= '9' && number < 100; p++)
        number = number * 10 + (*p - '0');
    if (!p || *p || number < 1)
        return false;
    *ret = number;
    words_next(words);
    return true;
}

static bool status_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk;
    request->count = 1;
    read_number(words, &request->count);
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

/* ---- the open ones, a page at a time ---- */

struct page {
    const struct casefile *cases[LIMIT_CASES]; /* all that are open */
    size_t count, from, to;                    /* of them, those on this page */
    int number, of;
};

static ms_t overdue_since_ms(const struct casefile *c, ms_t now_ms)
{
    return case_due_ms(c) <= now_ms ? case_due_ms(c) : MS_NEVER;
}

/* What is overdue first, the longest before the others; then the oldest. */
static bool comes_before(const struct casefile *a, const struct casefile *b, ms_t now_ms)
{
    ms_t a_ms = overdue_since_ms(a, now_ms), b_ms = overdue_since_ms(b, now_ms);
    return a_ms < b_ms || (a_ms == b_ms && a->no < b->no);
}

static void turn_to(struct page *p, const struct desk *desk, int number, ms_t now_ms)
{
    *p = (struct page){ .count = 0 };
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        size_t at = p->count;
        if (!case_is_open(c))
            continue;
        for (; at > 0 && comes_before(c, p->cases[at - 1], now_ms); at--)
            p->cases[at] = p->cases[at - 1];
        p->cases[at] = c;
        p->count++;
    }
    p->of = p->count ? (int)((p->count - 1) / STATUS_PAGE) + 1 : 1;
    p->number = number < 1 ? 1 : number > p->of ? p->of : number;
    p->from = (size_t)(p->number - 1) * STATUS_PAGE;
    p->to = p->number < p->of ? p->from + STATUS_PAGE : p->count;
}

/* "" when there is one page. */
static const char *way_on(const struct desk *desk, const struct page *p, struct arena *arena)
{
    const char *on = p->to < p->count
                         ? arena_printf(arena, "%zu more are open: `%s status %d`",
                                        p->count - p->to, desk->policy->command_word, p->number + 1)
                         : "";
    if (p->number == 1)
        return on[0] ? arena_printf(arena, "%s.", on) : "";
    return arena_printf(arena, "Page %d of %d%s%s.", p->number, p->of, on[0] ? "; " : "", on);
}

/* To the next page; in words the row says it. */
static void add_turning(struct message *m, int number, struct arena *arena)
{
    m->buttons[m->button_count++] = (struct message_button){
        .action = COMMAND_STATUS,
        .label = "Next page",
        .handle = arena_printf(arena, COMMAND_STATUS " %d", number),
        .typed = "",
    };
}

/* The same with buttons: restoring what is OFF, and asking where nothing is going on. NULL when
   there is nothing to press. */
static const struct panel *status_panel(const struct desk *desk, const struct person *person,
                                        const struct page *page, const char *const texts[3],
                                        struct verdict *v)
{
    struct panel *p = arena_take(v->arena, sizeof *p);
    size_t buttons = 0;
    p->count = 1;
    p->rows[0] = message_saying(MESSAGE_POST, texts[0]);
    for (size_t i = page->from; i < page->to; i++) {
        add_case(desk, page->cases[i], person, v->turn.now_ms, p, v->arena);
        buttons += p->rows[p->count - 1].button_count;
    }
    bool calm = p->count == 1 && !texts[2][0];
    if (calm && guardrail_now(desk) == WATCH_ON)
        parts_add_free_button(&p->rows[0], ACTION_LIFT);
    for (size_t i = 1; i < 3; i++)
        if (texts[i][0])
            p->rows[p->count++] = message_saying(MESSAGE_POST, texts[i] + 1); /* its line end */
    if (page->to < page->count) {
        add_turning(&p->rows[1 + page->to - page->from], page->number + 1, v->arena);
        buttons++;
    }
    return buttons + p->rows[0].button_count ? p : NULL;
}

static bool status_decide(const struct desk *desk, const struct asker *asker,
                          const struct request *r, struct verdict *v)
{
    CLEANUP(buf_done) struct buf light, lines, troubles;
    struct page page;
    buf_init(&light, LIMIT_ANSWER_BYTES);
    buf_init(&lines, LIMIT_ANSWER_BYTES);
    buf_init(&troubles, LIMIT_ANSWER_BYTES);
    turn_to(&page, desk, r->count, v->turn.now_ms);
    parts_add_light(&light, desk);
    for (size_t i = page.from; i < page.to; i++)
        buf_addf(&lines, "\n%s", card_line(desk, page.cases[i], v->turn.now_ms, v->arena));
    if (!lines.bytes)
        buf_add(&light, " No request and no window is open.");
    parts_add_troubles(&troubles, desk, v->arena);
    const char *on = way_on(desk, &page, v->arena);
    const char *const texts[] = { arena_copy(v->arena, buf_text(&light)),
                                  on[0] ? arena_printf(v->arena, "\n%s", on) : "",
                                  arena_copy(v->arena, buf_text(&troubles)) };
    dialogue_answer(v, asker->event,
                    verdict_text(v, "%s%s%s%s", texts[0], buf_text(&lines), texts[1], texts[2]));
    if (asker->person)
        v->effects[v->effect_count - 1].answer.panel = status_panel(desk, asker->person, &page,
                                                                    texts, v);
    return true;
}

const struct command command_status = {
    .name = COMMAND_STATUS,
    .usage = "status [PAGE]",
    .summary = "root protection, and all open requests and windows",
    .example = "status",
    .gates = GATE_ANYWHERE,
    .read = status_read,
    .decide = status_decide,
};

/* ---- what the store remembers ---- */

static bool history_read(const struct desk *desk, struct words *words, struct request *request,
                         struct err *err)
{
    (void)desk;
    request->count = 5;
    if (!words_peek(words))
        return true;
    if (!read_number(words, &request->count) || request->count > LIMIT_HISTORY)
        return err_set(err, "The number of cases must be between 1 and %d", (int)LIMIT_HISTORY);
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
    card_add_lines(&b, desk, c, v->turn.now_ms, v->arena);
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
