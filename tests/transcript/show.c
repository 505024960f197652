/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/transcript/show.h"
#include "tests/transcript/first.h"

static const char *show_plain(struct arena *arena, const char *rich)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    rich_add_plain(&b, str_or_empty(rich));
    return arena_copy(arena, buf_text(&b));
}

/* Text of several lines: the first behind what stands there, the others below it. */
static void show_text(struct buf *to, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\n')
            buf_add(to, p[1] ? "\n    | " : "");
        else
            buf_add_char(to, *p);
    }
    buf_add_char(to, '\n');
}

static void show_buttons(struct buf *to, const struct message *m, struct arena *arena)
{
    size_t shown = 0;
    for (size_t i = 0; i < m->button_count; i++) {
        const struct message_button *b = &m->buttons[i];
        if (b->words_only)
            continue;
        buf_addf(to, "%s[%s%s%s%s]", shown++ ? " " : "    ", b->in_menu ? "⋯ " : "",
                 show_plain(arena, b->label), b->case_id ? " " : "", str_or_empty(b->case_id));
        if (b->confirm_title)
            buf_addf(to, " (asks again: %s %s [%s])", b->confirm_title,
                     show_plain(arena, b->confirm_text), b->confirm_yes);
    }
    buf_add(to, shown ? "\n" : "");
}

/* ---- cards ---- */

static void show_picture(struct buf *b, const struct message *m, struct arena *arena)
{
    buf_addf(b, "  card %s %s | ", m->case_id, m->state);
    show_text(b, show_plain(arena, m->headline));
    buf_add(b, "    | ");
    show_text(b, show_plain(arena, m->body));
    for (size_t i = 0; i < m->field_count; i++) {
        buf_addf(b, "    | %s: ", m->fields[i].label);
        show_text(b, show_plain(arena, m->fields[i].value));
    }
    buf_addf(b, "    | %s\n", show_plain(arena, m->footer));
    if (m->button_count)
        show_buttons(b, m, arena);
    else
        buf_add(b, "    no buttons\n");
}

static bool show_has_line(const char *lines, const char *line, size_t bytes)
{
    for (const char *p = lines; *p; p += strcspn(p, "\n") + 1)
        if (strncmp(p, line, bytes) == 0)
            return true;
    return false;
}

/* The first line always, then those that the card did not have before. */
static void show_changes(struct buf *to, const char *before, const char *after)
{
    for (const char *p = after; *p;) {
        size_t bytes = strcspn(p, "\n") + 1;
        if (p == after || !show_has_line(before, p, bytes))
            buf_add_bytes(to, p, bytes);
        p += bytes;
    }
}

static void show_card(struct show *show, const struct desk *desk, const struct casefile *c,
                      ms_t now_ms, struct arena *arena)
{
    struct message m;
    card_picture(desk, c, now_ms, arena, &m);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, sizeof show->cards[0].lines);
    show_picture(&b, &m, arena);
    size_t i = 0;
    while (i < show->card_count && show->cards[i].no != c->no)
        i++;
    if (i == COUNT(show->cards))
        return;
    if (i == show->card_count)
        show->cards[show->card_count++] = (struct shown){ .no = c->no };
    if (str_equal(show->cards[i].lines, buf_text(&b)))
        return;
    show_changes(show->to, show->cards[i].lines, buf_text(&b));
    first_keep_card(&m, desk);
    STR_SET(show->cards[i].lines, buf_text(&b));
}

void show_cards(struct show *show, const struct desk *desk, const struct verdict *v,
                struct arena *arena)
{
    for (size_t i = 0; i < v->fact_count; i++) {
        const struct casefile *c = desk_case_const(desk, v->facts[i].case_no);
        bool repeated = false;
        for (size_t k = 0; k < i; k++)
            repeated |= v->facts[k].case_no == v->facts[i].case_no;
        if (c && !repeated)
            show_card(show, desk, c, v->turn.now_ms, arena);
    }
}

/* ---- effects ---- */

static void show_say(struct buf *to, const struct message *m, const struct world *w,
                     struct arena *arena)
{
    static const char *const kinds[] = { [MESSAGE_CARD] = "card",
                                         [MESSAGE_POST] = "post",
                                         [MESSAGE_THREAD] = "thread",
                                         [MESSAGE_DIRECT] = "direct" };
    char name[64] = "";
    if (m->kind == MESSAGE_DIRECT)
        for (size_t i = 0; i < w->people_count; i++)
            if (str_equal(w->people[i].email, m->to))
                STR_SET(name, w->people[i].name);
    buf_addf(to, "  %s%s %s%s| ", w->chat_up ? "" : "held ", kinds[m->kind],
             m->kind == MESSAGE_DIRECT ? name : m->case_id, name[0] || m->case_id[0] ? " " : "");
    show_text(to, show_plain(arena, m->text));
    show_buttons(to, m, arena);
}

static void show_form(struct buf *to, const struct effect_form *f, struct arena *arena)
{
    const char *const values[][2] = {
        { "account", str_or_empty(f->account_text)[0] ? f->account_text : f->account },
        { "duration", f->duration },
        { "task", f->task },
        { "ticket", f->ticket },
        { "reason", f->reason },
        { "target", f->target }
    };
    static const char *const stages[] = { "", " checks", " tells" };
    static const char *const fields[] = { "account", "duration", "task",
                                          "ticket",  "reason",   "target" };
    buf_addf(to, "  form %s%s |", f->form, stages[f->stage]);
    for (size_t i = 0; i < f->fault_count; i++)
        for (size_t k = 0; k < COUNT(fields); k++)
            if (f->faults[i].field == 1u << k)
                buf_addf(to, "%s at %s: %s", i ? ";" : "", fields[k], f->faults[i].text);
    if (f->fault_count) {
        buf_add(to, "\n");
        return;
    }
    for (size_t i = 0; i < COUNT(values); i++)
        if (values[i][1] && values[i][1][0])
            buf_addf(to, " %s=%s;", values[i][0], values[i][1]);
    if (f->target_label)
        buf_addf(to, " asks for: %s;", f->target_label);
    buf_addf(to, "%s%s ", f->ticket_required ? " ticket required;" : "",
             f->anyway ? " anyway;" : "");
    if (f->stage == FORM_ASKS && !str_or_empty(f->problem)[0] && !str_or_empty(f->guide)[0]) {
        buf_add(to, "\n");
        return;
    }
    show_text(to, show_plain(arena, f->stage == FORM_CHECKS ? "" : str_or_empty(f->problem)));
    if (str_or_empty(f->guide)[0]) {
        buf_addf(to, "    guide%s | ", f->no_window ? ", and whether to ask anyway" : "");
        show_text(to, show_plain(arena, f->guide));
    }
}

/* The code itself is random. */
static void show_mail(struct buf *to, const struct effect_mail *m, const char *code,
                      struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4000);
    size_t bytes = strlen(code);
    for (const char *p = m->text; *p;) {
        bool is_code = bytes && strncmp(p, code, bytes) == 0;
        buf_add(&b, is_code ? "{code}" : "");
        if (!is_code)
            buf_add_char(&b, *p);
        p += is_code ? bytes : 1;
    }
    buf_addf(to, "  mail %s | %s\n    | ", m->to, m->subject);
    show_text(to, arena_copy(arena, buf_text(&b)));
}

/* What the chat is to show by itself. */
static void show_later(struct buf *to, const struct effect_word *word, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    rich_add_time(&b, word->at_ms);
    buf_addf(to, "  later, %s\n    | ", show_plain(arena, buf_text(&b)));
    show_text(to, show_plain(arena, word->text));
}

static void show_panel(struct buf *to, const char *what, const char *who, const struct panel *p,
                       const char *otherwise, struct arena *arena)
{
    buf_addf(to, "  %s %s | ", what, who);
    if (!p)
        show_text(to, show_plain(arena, otherwise));
    for (size_t i = 0; p && i < p->count; i++) {
        const struct message *m = &p->rows[i];
        buf_add(to, i ? "    | " : "");
        show_text(to, show_plain(arena, m->headline[0] ? m->headline : m->body));
        if (m->headline[0] && m->body[0]) {
            buf_add(to, "    |   ");
            show_text(to, show_plain(arena, m->body));
        }
        if (m->button_count)
            show_buttons(to, m, arena);
    }
}

void show_effect(struct buf *to, const struct effect *e, const struct world *w, struct arena *arena)
{
    switch (e->kind) {
    case EFFECT_SAY: show_say(to, &e->say, w, arena); break;
    case EFFECT_CHANGE: buf_addf(to, "  change %s\n", e->change.on ? "on" : "off"); break;
    case EFFECT_ANSWER:
        if (e->answer.panel) {
            show_panel(to, "panel", world_name_of(w, e->answer.person_id), e->answer.panel, "",
                       arena);
            break;
        }
        buf_addf(to, "  answer %s | ", world_name_of(w, e->answer.person_id));
        show_text(to, show_plain(arena, e->answer.text));
        if (e->answer.file) {
            buf_addf(to, "    file %s | ", e->answer.file->name);
            show_text(to, e->answer.file->text);
        }
        break;
    case EFFECT_LEAVE_WORD:
        if (e->word.id)
            buf_addf(to, "  later again | %s\n", e->word.id);
        else
            show_later(to, &e->word, arena);
        break;
    case EFFECT_TAKE_WORD: buf_addf(to, "  not later | %s\n", e->word.id); break;
    case EFFECT_HOME:
        show_panel(to, "home", world_name_of(w, e->home.person_id), e->home.panel,
                   e->home.otherwise, arena);
        break;
    case EFFECT_OFFER: buf_addf(to, "  offers accounts | %s\n", e->offer.text); break;
    case EFFECT_FORM:
    case EFFECT_REPLY: show_form(to, &e->form, arena); break;
    case EFFECT_MAIL: show_mail(to, &e->mail, w->code, arena); break;
    case EFFECT_RUN:
        buf_addf(to, "  run %s | %s\n    | ", e->mail.to, e->mail.subject);
        show_text(to, e->mail.text);
        break;
    case EFFECT_RECALL:
        buf_addf(to, "  from the store for %s | ", world_name_of(w, e->recall.answer.person_id));
        if (e->recall.case_id)
            buf_addf(to, "%s\n", e->recall.case_id);
        else
            buf_addf(to, "the last %d cases\n", e->recall.count);
        break;
    case EFFECT_ERRAND:
        buf_addf(to, "  AWS is asked to %s %s of %s: %s\n",
                 e->errand.digest ? "delete what locks" : "show what locks", e->errand.target,
                 e->errand.account, e->errand.task);
        break;
    case EFFECT_ROOT_LOOK:
        buf_addf(to, "  AWS is asked what the root user of %s has\n", e->root_of);
        break;
    case EFFECT_ROOT_USERS: buf_add(to, "  AWS is asked what all root users have\n"); break;
    case EFFECT_SURVEY:
    case EFFECT_IDENTIFY:
    case EFFECT_DELIVER:
    case EFFECT_CATCH_UP:
    case EFFECT_LOOK_BACK:
    case EFFECT_READ_WORDS:
    case EFFECT_KIND_COUNT: break; /* only asks */
    }
}

void show_journal(struct buf *to, const struct verdict *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->fact_count; i++) {
        const struct fact *f = &v->facts[i];
        bool looked_into = f->kind == FACT_INQUIRED || f->kind == FACT_INQUIRY_CLOSED ||
                           (f->kind == FACT_TRIED_IN_VAIN && f->count == 1);
        if (!fact_is_durable(f->kind) || looked_into)
            continue;
        bool has_value = f->kind == FACT_PROVED || f->kind == FACT_CHANGE_BEGUN;
        buf_addf(to, "%s%s%s", n++ ? ", " : "  journal | ", fact_names[f->kind],
                 !has_value ? ""
                 : f->on    ? " on"
                            : " off");
        if (f->kind == FACT_TRIED_IN_VAIN)
            buf_addf(to, " %lld times by %s", (long long)f->count, f->people);
    }
    buf_add(to, n ? "\n" : "");
}
