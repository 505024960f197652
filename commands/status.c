/* status, history, show: what is going on, for anyone in the channel. */
#include "commands/parts.h"
#include "core/card.h"
#include "core/dialogue.h"
#include "core/flags.h"
#include "core/guardrail.h"
#include "core/outage.h"
#include "core/rich.h"
#include "core/sight.h"
#include "core/twin.h"

static bool no_words(const struct desk *desk, struct words *words, struct request *request,
                     struct err *err)
{
    (void)desk, (void)request;
    return parts_read_end(words, err);
}

static void add_guardrail(struct buf *b, const struct desk *desk)
{
    enum watch now = guardrail_now(desk);
    buf_add(b, now == WATCH_ON ? "🟢 " : now == WATCH_OFF ? "🔓 " : "⚠️ ");
    rich_add_strong(b, now == WATCH_ON    ? "The guardrail is on"
                       : now == WATCH_OFF ? "The guardrail is OFF"
                                          : "Whether the guardrail is on is unknown");
    if (now == WATCH_UNKNOWN)
        buf_addf(b, " (%s)", guardrail_why_unknown(desk));
    if (guardrail_checked_ms(desk)) {
        buf_addf(b, ", %s ",
                 now != WATCH_UNKNOWN                 ? "checked"
                 : desk->guardrail.known == WATCH_OFF ? "last seen OFF"
                                                      : "last seen on");
        rich_add_time(b, guardrail_checked_ms(desk));
    }
    buf_add(b, ".");
}

static bool status_decide(const struct desk *desk, const struct asker *asker,
                          const struct request *r, struct verdict *v)
{
    (void)r;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    add_guardrail(&b, desk);
    size_t open = 0;
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_open(&desk->cases[i])) {
            buf_addf(&b, "\n%s", card_line(desk, &desk->cases[i], v->turn.now_ms, v->arena));
            open++;
        }
    if (!open)
        buf_add(&b, " No case is open.");
    if (desk->loss.stands)
        buf_addf(&b, "\n⚠️ I cannot write my records: %s. I lift nothing until I can.",
                 desk->loss.why);
    if (desk->doubt.stands)
        buf_addf(&b, "\n⚠️ My records are in doubt: %s. I lift nothing until that is settled.",
                 desk->doubt.why);
    const char *twin = twin_trouble(desk, v->arena);
    if (twin[0])
        buf_addf(&b, "\n⚠️ Two reguards run here: %s.", twin);
    const char *trouble = sight_trouble(desk, v->arena);
    if (trouble[0])
        buf_addf(&b, "\n⚠️ Nothing is lifted for now%s.", trouble);
    for (size_t i = 0; i < desk->chat_count; i++)
        if (outage_is(&desk->chats[i]))
            buf_addf(&b, "\n⚠️ %s %s: %s.", desk->chats[i].name,
                     desk->chats[i].refused ? "cannot be served" : "is not connected",
                     desk->chats[i].why);
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_status = {
    .name = "status",
    .usage = "status",
    .summary = "the guardrail and all open cases",
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
    for (const char *p = word; *p >= '0' && *p <= '9' && count < 100; p++)
        count = count * 10 + (*p - '0');
    if (count < 1 || count > LIMIT_HISTORY)
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
    .summary = "the last N cases",
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
    return request->case_no ? parts_read_end(words, err)
                            : err_set(err, "Name the case, like G-0001");
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
        return true;
    }
    struct message m;
    card_picture(desk, c, v->turn.now_ms, v->arena, &m);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_addf(&b, "%s\n%s", m.headline, m.body);
    for (size_t i = 0; i < m.field_count; i++)
        buf_addf(&b, "\n%s: %s", m.fields[i].label, m.fields[i].value);
    buf_addf(&b, "\n%s", m.footer);
    dialogue_answer(v, asker->event, arena_copy(v->arena, buf_text(&b)));
    return true;
}

const struct command command_show = {
    .name = "show",
    .usage = "show G-0001",
    .summary = "one case",
    .example = "show G-0001",
    .gates = GATE_ANYWHERE,
    .read = show_read,
    .decide = show_decide,
};
