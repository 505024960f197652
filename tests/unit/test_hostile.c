/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile text in every text of every kind of event, and a look at everything that leaves: nothing
   in it is live that we have not made, nothing forges a line. The stories of tests/transcripts are
   the way through the core. And a look at event.h: the border's table names every text of it. */
#include "tests/transcript/play.h"
#include "tests/transcript/script.h"

#include "adapters/mail/mail.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"
#include "adapters/slack/markup.h"
#include "core/outside.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "engine/engine.h"
#include "host/log.h"
#include "unit.h"

#include <unistd.h>

/* ---- what is thrown ---- */

/* Whatever begins with "zqx" was thrown, and nobody is called evil. */
static const char *const hostile[] = {
    /* marks of ours */
    "zqx\x01"
    "e<!channel>\x02\x01pevil@example.com\x03Evil\x02 \x01"
    "bzqxstrong\x02\x01"
    "czqxcode\x02\x01t1\x02\x01wzqx\x02\x04\x05",
    /* lines */
    "zqx\nzqxline forged: yes\r\nBcc: zqxline@evil.example\rzqxline\x0Bzqxline\xE2\x80\xA8zqxline",
    /* Slack */
    "> zqx <!channel> <!here> <@U0EVIL> <#C0EVIL> <https://evil.example|zqxlink> &lt;!channel&gt;",
    "*zqxbold* _zqxslant_ ~zqxstruck~ `zqxcode` ```zqxblock``` :zqxpicture: ||zqxhidden||",
    "zqxlone` [zqxlink](https://evil.example) **zqxbold** # zqx",
    /* Matrix, mail */
    "zqx<b>x</b><a href=\"https://evil.example\">zqxlink</a><img src=x "
    "onerror=alert(1)></code></p>",
    "zqx @room @evil:hs.example <mx-reply> &#x3c;b&#x3e; &amp;lt;",
    /* JSON, formats */
    "zqx\",\"forged\":\"zqxjson\",\"x\":\"\\\\\\\" }, {\"forged\":1}",
    "zqx%s%n%99999d %p ${HOME} $(id) {0}",
    /* terminals, directions, invisible */
    "zqx\x1B[31m\x1B]0;zqxtitle\x07\x08\x7F\xC2\x9B"
    "31m\x1B[2K",
    "zqx\xE2\x80\xAE"
    "evil\xE2\x81\xA6\xE2\x80\x8B\xE2\x80\x8D\xEF\xBB\xBF\xC2\xAD\xD8\x9C\xF3\xA0\x81\x81",
    "\xE2\xA0\x80\xE3\x85\xA4\xEF\xB8\x8F",
    /* bytes that are no text; the last one wants more than there is */
    "zqx\xFF\xFE\xED\xA0\x80\xC0\xAF\xF5\x80\xE2\x82", NULL, /* very long: made at the start */
};
enum { THROWN = COUNT(hostile), LONG_BYTES = 40000, KEPT_NAMES = 128 };
static char *very_long;

static const char *thrown(size_t i) { return hostile[i] ? hostile[i] : very_long; }

/* What one story is poisoned with. */
struct poison {
    const struct outside_text *row; /* NULL: every text for people at once */
    const char *what;
    bool instead;    /* of the text, or behind it */
    char shows[128]; /* which of everything is wrong, "" for nothing */
    size_t looks, seen;
    struct config *config;
};

/* How often each row was reached, over all stories. */
static struct {
    const struct outside_text *row;
    size_t times;
} reached[KEPT_NAMES];

static void note_reached(const struct outside_text *row)
{
    size_t i = 0;
    while (i < KEPT_NAMES - 1 && reached[i].row && reached[i].row != row)
        i++;
    reached[i].row = row;
    reached[i].times++;
}

static void poison_text(struct run *r, const char **text, const struct outside_text *row)
{
    const struct poison *p = r->looker;
    bool meant = p->row ? p->row == row : row->kind == OUTSIDE_WORDS || row->kind == OUTSIDE_TYPED;
    if (!meant || !*text)
        return;
    note_reached(row);
    bool lines = row->kind == OUTSIDE_LINES;
    char *what = arena_copy(&r->kept, p->what);
    for (char *feed = what; lines && (feed = strchr(feed, '\n')) != NULL;)
        *feed = ' '; /* between lines it is the document's own; its codec lets none into a key */
    *text = p->instead && !lines && row->kind != OUTSIDE_RAW
                ? what
                : arena_printf(&r->kept, "%s%s%s", *text, lines ? "SCP." : " ", what);
}

static void poison_all(struct run *r, void *object, struct outside_texts texts)
{
    for (size_t i = 0; i < texts.count; i++)
        poison_text(r, (const char **)(void *)((char *)object + texts.rows[i].offset),
                    &texts.rows[i]);
}

static void before(struct run *r, struct event *e)
{
    if (e->kind <= EVENT_SUBMITTED) {
        e->thread_id = "1.0";
        e->reply_url = "https://hooks.slack.com/zqxsecret";
    }
    if (e->kind == EVENT_REACTED || e->kind == EVENT_UNREACTED)
        e->reacted.order = "1.000";
    if (e->kind == EVENT_STORE_DOUBTED && !e->doubt.hash)
        e->doubt.hash = "0123";
    poison_all(r, e, outside_of_every_event());
    poison_all(r, e, outside_of_event(e->kind));
    if (e->kind == EVENT_RULES_READ) {
        struct rule_change *changes = arena_take(&r->kept, e->rules.count * sizeof *changes + 1);
        for (size_t i = 0; i < e->rules.count; i++) {
            changes[i] = e->rules.changes[i];
            poison_all(r, &changes[i], outside_of_rule());
        }
        e->rules.changes = changes;
    }
    if (e->kind == EVENT_WORDS_READ) {
        struct standing_word *all = arena_take(&r->kept, e->words.count * sizeof *all + 1);
        for (size_t i = 0; i < e->words.count; i++) {
            all[i] = e->words.all[i];
            poison_all(r, &all[i], outside_of_standing_word());
        }
        e->words.all = all;
    }
    if (e->kind != EVENT_SURVEYED)
        return;
    struct roster_user *users = arena_take(&r->kept, e->survey.user_count * sizeof *users + 1);
    struct account *accounts = arena_take(&r->kept, e->survey.account_count * sizeof *accounts + 1);
    for (size_t i = 0; i < e->survey.user_count; i++) {
        users[i] = e->survey.users[i];
        poison_all(r, &users[i], outside_of_user());
    }
    for (size_t i = 0; i < e->survey.account_count; i++) {
        accounts[i] = e->survey.accounts[i];
        poison_all(r, &accounts[i], outside_of_account());
    }
    struct feed_entry *feed = arena_take(&r->kept, e->survey.feed_count * sizeof *feed + 1);
    for (size_t i = 0; i < e->survey.feed_count; i++) {
        feed[i] = e->survey.feed[i];
        poison_all(r, &feed[i], outside_of_feed());
    }
    e->survey.feed = feed;
    e->survey.users = users;
    e->survey.accounts = accounts;
}

/* ---- what is looked at ---- */

static bool wrong(struct poison *p, const char *where, const char *what, const char *text)
{
    if (!p->shows[0]) {
        snprintf(p->shows, sizeof p->shows, "%s: %s", where, what);
        fprintf(stderr, "%s: %s: %.600s\n", where, what, text);
    }
    return false;
}

/* Holds for every text of every sink. */
static void look_text(struct poison *p, const char *where, const char *text)
{
    static const char *const forged[] = { "\nzqxline", "\nBcc:" };
    p->looks++;
    p->seen += strstr(text, "zqx") != NULL;
    for (const char *at = text; *at;) {
        uint32_t c = 0;
        size_t bytes = utf8_decode(at, &c);
        if (!bytes)
            wrong(p, where, "not UTF-8", text);
        else if (c != '\n' && inert_is_hostile(c))
            wrong(p, where, "a hostile character", text);
        at += bytes ? bytes : 1;
    }
    if (strstr(text, "zqxsecret"))
        wrong(p, where, "where answers may go", text);
    for (size_t i = 0; i < COUNT(forged); i++)
        if (strstr(text, forged[i]))
            wrong(p, where, "a forged line", text);
}

/* at begins with "before", a chat id of somebody in [people], "behind". */
static bool is_somebody(const struct people *people, const char *at, const char *before,
                        const char *behind)
{
    if (strncmp(at, before, strlen(before)) != 0)
        return false;
    at += strlen(before);
    for (size_t i = 0; i < people->count; i++)
        for (size_t k = 0; k < people->rows[i].id_count; k++) {
            const char *id = people->rows[i].ids[k].id;
            size_t bytes = strlen(id);
            if (strncmp(at, id, bytes) == 0 && strncmp(at + bytes, behind, strlen(behind)) == 0)
                return true;
        }
    return false;
}

/* A ticket under the address of the rules: both ends are one plain name, and nothing else. */
static bool is_ticket(const char *at, const char *before, const char *between, const char *behind)
{
    static const char site[] = "https://tickets.example.com/browse/",
                      plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
    const char *const fixed[] = { before, site };
    for (size_t i = 0; i < COUNT(fixed); i++) {
        if (strncmp(at, fixed[i], strlen(fixed[i])) != 0)
            return false;
        at += strlen(fixed[i]);
    }
    size_t bytes = strspn(at, plain);
    const char *words = at + bytes + strlen(between);
    return bytes && strncmp(at + bytes, between, strlen(between)) == 0 &&
           strncmp(words, at, bytes) == 0 && strncmp(words + bytes, behind, strlen(behind)) == 0;
}

static bool slack_notation_is_ours(const struct poison *p, const char *at)
{
    return (strncmp(at, "<!date^", 7) == 0 && memchr(at, '|', strcspn(at, ">"))) ||
           strncmp(at, "<!subteam^S0OPS>", 16) == 0 || strncmp(at, "<#C01>", 6) == 0 ||
           is_ticket(at, "<", "|", ">") || is_somebody(&p->config->people, at, "<@", ">");
}

/* Between grave accents nothing formats; whose they are is looked at before. */
static void without_code(struct buf *b, const char *text)
{
    for (bool code = false; *text; text++) {
        code ^= *text == '`';
        if (!code && *text != '`')
            buf_add_char(b, *text);
    }
}

static void look_mrkdwn(struct poison *p, const char *where, const char *text)
{
    static const char *const live[] = { "`zqxcode", "zqxcode`", "```",      "zqxlone`",
                                        "U0EVIL>",  "C0EVIL>",  "|zqxlink>" },
                             *const formats[] = { "*zqxbold",   "zqxbold*",    "_zqxslant",
                                                  "zqxslant_",  "~zqxstruck",  "zqxstruck~",
                                                  "*zqxstrong", ":zqxpicture:" };
    CLEANUP(buf_done) struct buf rest;
    buf_init(&rest, 64 * 1024);
    without_code(&rest, text);
    for (size_t i = 0; i < COUNT(formats); i++)
        if (strstr(buf_text(&rest), formats[i]))
            wrong(p, where, formats[i], text);
    look_text(p, where, text);
    for (const char *at = text; (at = strchr(at, '<')) != NULL; at++)
        if (!slack_notation_is_ours(p, at))
            wrong(p, where, "a live notation", at);
    for (size_t i = 0; i < COUNT(live); i++)
        if (strstr(text, live[i]))
            wrong(p, where, live[i], text);
    if (strncmp(text, "&gt;", 4) == 0 || strstr(text, "\n&gt;"))
        wrong(p, where, "a quotation", text);
}

/* Every text object of a Slack payload by its type. */
static void look_slack(struct poison *p, const char *where, json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;
    bool mrkdwn = str_equal(json_string_value(json_object_get(json, "type")), "mrkdwn");
    json_object_foreach(json, key, value)
    {
        bool whole = str_equal(key, "text") && !json_object_get(json, "type");
        if (json_is_string(value) && str_equal(key, "text") && (mrkdwn || whole))
            look_mrkdwn(p, where, json_string_value(value));
        else if (json_is_string(value)) {
            look_text(p, where, json_string_value(value));
            bool plain = str_equal(json_string_value(json_object_get(json, "type")), "plain_text");
            if (plain && strstr(json_string_value(value), ":zqxpicture:"))
                wrong(p, where, "a picture", json_string_value(value));
        }
        look_slack(p, where, value);
    }
    json_array_foreach(json, i, value) look_slack(p, where, value);
}

static bool tag_is_ours(const struct poison *p, const char *at)
{
    static const char *const tags[] = {
        "<p>",   "</p>", "<strong>", "</strong>", "<code>", "</code>", "<em>",
        "</em>", "<ul>", "</ul>",    "<li>",      "</li>",  "<br>",    "</a>",
    };
    for (size_t i = 0; i < COUNT(tags); i++)
        if (strncmp(at, tags[i], strlen(tags[i])) == 0)
            return true;
    return is_somebody(&p->config->people, at, "<a href=\"https://matrix.to/#/", "\">") ||
           is_ticket(at, "<a href=\"", "\">", "</a>");
}

static void look_matrix(struct poison *p, const char *where, json_t *content_taken)
{
    static const char *const live[] = { "<code>zqxcode<", "<strong>zqxstrong<", "zqxlone<code>",
                                        "zqxlone</code>", "@room" };
    static const char *const plain_live[] = { "`zqxcode`", "zqxlone`", "@room" };
    if (!content_taken) {
        wrong(p, where, "no message could be made", "");
        return;
    }
    const char *body = json_string_value(json_object_get(content_taken, "body")),
               *html = json_string_value(json_object_get(content_taken, "formatted_body"));
    const json_t *mentions = json_object_get(content_taken, "m.mentions");
    look_text(p, where, str_or_empty(body));
    look_text(p, where, str_or_empty(html));
    for (const char *at = str_or_empty(html); (at = strchr(at, '<')) != NULL; at++)
        if (!tag_is_ours(p, at))
            wrong(p, where, "a live tag", at);
    for (size_t i = 0; html && i < COUNT(live); i++)
        if (strstr(html, live[i]))
            wrong(p, where, live[i], html);
    for (size_t i = 0; body && i < COUNT(plain_live); i++)
        if (strstr(body, plain_live[i]))
            wrong(p, where, plain_live[i], body);
    if (json_object_get(mentions, "room"))
        wrong(p, where, "everybody is mentioned", "");
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(mentions, "user_ids"), i,
                       id) if (!is_somebody(&p->config->people, str_or_empty(json_string_value(id)),
                                            "", ""))
        wrong(p, where, "somebody is mentioned", json_string_value(id));
    json_decref(content_taken);
}

static void look_message(struct poison *p, const char *where, const struct message *m)
{
    struct matrix_style style = { &p->config->people, &p->config->policy, "!reguard", NULL };
    json_t *slack = slack_message_json(m, &p->config->people);
    if (!slack)
        wrong(p, where, "no message could be made", m->text);
    look_slack(p, where, slack);
    json_decref(slack);
    look_matrix(p, where, matrix_message_json(m, &style));
}

static void look_answer(struct poison *p, const struct effect_answer *a)
{
    struct matrix_style style = { &p->config->people, &p->config->policy, "!reguard", NULL };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    slack_markup(&b, a->text, &p->config->people, 3900);
    look_mrkdwn(p, "answer", buf_text(&b));
    look_matrix(p, "answer",
                matrix_answer_json(&(struct effect_answer){ .person_id = "@ana:hs.example",
                                                            .text = a->text,
                                                            .panel = a->panel },
                                   &style));
}

static void look_form(struct poison *p, const struct effect_form *f)
{
    json_t *json = slack_form_json(f);
    if (!json)
        wrong(p, "form", "no form could be made", "");
    look_slack(p, "form", json);
    json_decref(json);
    look_answer(p, &f->otherwise);
}

/* Refused is fine; what is sent has our headers and no others. */
static void look_mail(struct poison *p, const struct effect_mail *m)
{
    static const char *const headers[] = {
        "From: ",       "To: ",           "Subject: ", "Date: ",
        "Message-ID: ", "MIME-Version: ", "Content-",  "Auto-Submitted: "
    };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    struct err err = { "" };
    if (!mail_compose("reguard@example.com", m, RUN_DAY_MS, &b, &err))
        return;
    const char *line = buf_text(&b);
    for (; *line && *line != '\r'; line = strstr(line, "\r\n") + 2) {
        bool ours = false;
        for (size_t i = 0; i < COUNT(headers); i++)
            ours |= strncmp(line, headers[i], strlen(headers[i])) == 0;
        if (!ours)
            wrong(p, "mail", "a forged header", line);
    }
    CLEANUP(buf_done) struct buf lines;
    buf_init(&lines, 64 * 1024);
    for (; *line; line++)
        if (*line != '\r')
            buf_add_char(&lines, *line);
    look_text(p, "mail", buf_text(&lines));
}

/* A record is one line, and says to its reader what the desk has decided. */
static void look_record(struct poison *p, struct run *r, const struct fact *f)
{
    struct fact_columns columns;
    factjson_write(f, &r->arena, &columns);
    const char *const texts[] = { columns.case_id, columns.actor, columns.source, columns.data };
    for (size_t i = 0; i < COUNT(texts); i++) {
        look_text(p, "record", texts[i]);
        if (strchr(texts[i], '\n') || strstr(texts[i], "(not UTF-8)"))
            wrong(p, "record", "not one line", texts[i]);
        json_t *json = i ? json_loads(texts[i], JSON_REJECT_DUPLICATES, NULL) : json_object();
        if (!json || json_object_get(json, "forged"))
            wrong(p, "record", "forged", texts[i]);
        json_decref(json);
    }
    const char *said[] = {
#define TEXT(name) str_or_empty(f->name),
        FACT_TEXTS(TEXT)
#undef TEXT
            str_or_empty(f->actor.name)
    };
    for (size_t i = 0; i < COUNT(said); i++)
        look_text(p, "fact", said[i]);
}

/* GET /status. */
static void look_status(struct run *r)
{
    static struct engine engine;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64 * 1024);
    engine.desk = r->desk;
    engine_status_json(&engine, &b);
    json_t *json = json_loads(buf_text(&b), JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        wrong(r->looker, "status", "not JSON", buf_text(&b));
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(json, "cases"), i, c) if (json_object_get(c, "forged"))
        wrong(r->looker, "status", "a forged member", buf_text(&b));
    json_decref(json);
    look_text(r->looker, "status", buf_text(&b));
}

static void after(struct run *r, const struct event *e)
{
    (void)e;
    struct poison *p = r->looker;
    if (r->out->fact_count > 1)
        look_status(r);
    for (size_t i = 0; i < r->out->fact_count; i++) {
        const struct fact *f = &r->out->facts[i];
        const struct casefile *c = desk_case_const(r->desk, f->case_no);
        struct message card;
        if (fact_is_durable(f->kind))
            look_record(p, r, f);
        if (!c)
            continue;
        card_picture(r->desk, c, r->now_ms, &r->arena, &card);
        look_message(p, "card", &card);
    }
    for (size_t i = 0; i < r->out->effect_count; i++) {
        const struct effect *effect = &r->out->effects[i];
        if (effect->kind == EFFECT_SAY)
            look_message(p, "message", &effect->say);
        else if (effect->kind == EFFECT_ANSWER)
            look_answer(p, &effect->answer);
        else if (effect->kind == EFFECT_FORM)
            look_form(p, &effect->form);
        else if (effect->kind == EFFECT_MAIL)
            look_mail(p, &effect->mail);
    }
}

/* ---- the stories ---- */

static struct transcript *stories;
static size_t story_count;

/* Everybody has an account in both chats. */
static void add_matrix_ids(struct config *config)
{
    struct people *people = &config->people;
    for (size_t i = 0; i < people->count; i++) {
        struct person *row = &people->rows[i];
        if (row->id_count == COUNT(row->ids))
            continue;
        STR_SET(row->ids[row->id_count].chat, "matrix");
        snprintf(row->ids[row->id_count].id, sizeof row->ids[0].id, "@%.*s:hs.example",
                 (int)strcspn(row->key, "@"), row->key);
        row->id_count++;
    }
    STR_SET(config->policy.escalate, "<!subteam^S0OPS>");
}

static int read_stories(void **state)
{
    (void)state;
    stories = calloc(TRANSCRIPTS_MOST, sizeof *stories);
    very_long = calloc(1, LONG_BYTES + 1);
    memset(very_long, 'z', LONG_BYTES);
    memcpy(very_long + LONG_BYTES - 5, "<b>x`", 5);
    story_count = transcript_read_all(stories);
    for (size_t i = 0; i < story_count; i++)
        add_matrix_ids(&stories[i].config);
    return story_count < 50;
}

static int forget_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < story_count; i++) {
        free(stories[i].lines);
        free(stories[i].text);
    }
    free(stories);
    free(very_long);
    return 0;
}

/* Plays it, and lets everybody look at the end. */
static void play_poisoned(struct transcript *t, struct poison *p)
{
    static const char *const questions[] = { "ana: status", "ana: whoami", "ana: why U0DAN",
                                             "ana: show G-0001", "ana: help" };
    struct run r;
    p->config = &t->config;
    run_init(&r, &t->config, &t->world);
    r.before = before;
    r.after = after;
    r.looker = p;
    transcript_play(&r, t);
    look_status(&r);
    for (size_t i = 0; i < COUNT(questions); i++) {
        script_act(&r, questions[i]);
        run_until(&r, r.now_ms + 5 * MS_SECOND);
    }
    if (r.failure[0])
        wrong(p, "run", "fails", r.failure);
    if (p->shows[0])
        fail_msg("%s with %s %s %.80s: %s", t->name, p->row ? p->row->name : "every text",
                 p->instead ? "replaced by" : "followed by", p->what, p->shows);
    run_done(&r);
}

static void nothing_thrown_is_live_or_forges_anything(void **state)
{
    (void)state;
    size_t looks = 0, seen = 0;
    for (size_t i = 0; i < story_count; i++)
        for (size_t k = i % 2; k < THROWN; k += 2) {
            struct poison p = { .what = thrown(k), .instead = (i + k / 2) % 3 == 0 };
            play_poisoned(&stories[i], &p);
            looks += p.looks;
            seen += p.seen;
        }
    print_message("%zu texts looked at, %zu with something thrown\n", looks, seen);
    assert_true(seen > 10000);
}

static size_t all_rows(const struct outside_text **rows)
{
    size_t n = 0;
    struct outside_texts lists[EVENT_KIND_COUNT + 6] = {
        outside_of_every_event(), outside_of_user(), outside_of_account(),
        outside_of_feed(),        outside_of_rule(), outside_of_standing_word()
    };
    for (size_t i = 0; i < EVENT_KIND_COUNT; i++)
        lists[6 + i] = outside_of_event((enum event_kind)i);
    for (size_t i = 0; i < COUNT(lists); i++)
        for (size_t k = 0; k < lists[i].count; k++) {
            bool known = false;
            for (size_t j = 0; j < n; j++)
                known |= rows[j] == &lists[i].rows[k];
            if (!known)
                rows[n++] = &lists[i].rows[k];
        }
    return n;
}

/* They go to the outbox and the store only, never to the desk. */
static bool never_reaches_the_desk(const struct outside_text *row)
{
    return row->kind == OUTSIDE_OURS || row->kind == OUTSIDE_RAW ||
           strncmp(row->name, "event_delivery.", 15) == 0;
}

static size_t times_reached(const struct outside_text *row)
{
    for (size_t k = 0; k < KEPT_NAMES; k++)
        if (reached[k].row == row)
            return reached[k].times;
    return 0;
}

/* In a quarter of the stories, and in the others too as long as none has had it. */
static void every_text_alone(void **state)
{
    (void)state;
    const struct outside_text *rows[KEPT_NAMES];
    size_t n = all_rows(rows), turn = 0;
    memset(reached, 0, sizeof reached);
    for (size_t i = 0; i < n; i++) {
        if (never_reaches_the_desk(rows[i]))
            continue;
        for (size_t k = 0; k < story_count; k++) {
            if (k % 4 != i % 4)
                continue;
            struct poison p = { .row = rows[i],
                                .what = thrown(turn % THROWN),
                                .instead = turn / THROWN % 2 };
            play_poisoned(&stories[k], &p);
            turn++;
        }
        for (size_t k = 0; k < story_count && !times_reached(rows[i]); k++) {
            struct poison p = { .row = rows[i], .what = thrown(turn++ % THROWN) };
            play_poisoned(&stories[k], &p);
        }
        if (!times_reached(rows[i]))
            fail_msg("no story reaches %s", rows[i]->name);
    }
}

/* ---- the log ---- */

static void one_line_of_the_log(enum log_format format, const char *text, char *to, size_t bytes)
{
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_setup(LOG_INFO, format);
    LOG(LOG_INFO, "test.hostile", LS("text", text), LI("number", 1));
    log_setup(LOG_INFO, LOG_TEXT);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t got = read(ends[0], to, bytes - 1);
    assert_true(got > 0);
    to[got] = '\0';
    close(ends[0]);
}

static void a_log_line_is_one_line(void **state)
{
    (void)state;
    static char line[64 * 1024];
    for (size_t i = 0; i < THROWN; i++)
        for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
            struct poison p = { .what = thrown(i) };
            one_line_of_the_log((enum log_format)format, thrown(i), line, sizeof line);
            assert_true(strchr(line, '\n') == line + strlen(line) - 1);
            look_text(&p, "log", line);
            assert_string_equal(p.shows, "");
            json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            assert_int_equal(json != NULL, format == LOG_JSON);
            assert_int_equal(json_object_size(json), format == LOG_JSON ? 5 : 0);
            json_decref(json);
        }
}

/* ---- the table ---- */

/* They become events of their own, and go through the border as such. */
static const char *const becomes_an_event[] = { "standing_vote.person", "standing_vote.reaction" };

static bool is_named(const char *name)
{
    for (size_t i = 0; i < COUNT(becomes_an_event); i++)
        if (str_equal(becomes_an_event[i], name))
            return true;
    const struct outside_text *rows[KEPT_NAMES];
    size_t n = all_rows(rows);
    for (size_t i = 0; i < n; i++)
        if (str_equal(rows[i]->name, name))
            return true;
    return false;
}

/* The members of a declaration "const char *a, *b /…/, \n *c;", by the struct that they stand in.
 */
static size_t check_declaration(const char *in, const char **at)
{
    size_t found = 0;
    const char *end = strchr(*at, ';');
    for (const char *star = *at; (star = memchr(star, '*', (size_t)(end - star))) != NULL; star++) {
        size_t bytes = strspn(star + 1, "abcdefghijklmnopqrstuvwxyz_0123456789");
        if (bytes == 0 || star[-1] == '/')
            continue;
        char name[128];
        snprintf(name, sizeof name, "%s.%.*s", in, (int)bytes, star + 1);
        if (!is_named(name))
            fail_msg("bot/core/event.h has %s, and the table of bot/core/outside.c has not: say "
                     "there what becomes of that text where it comes in",
                     name);
        found++;
    }
    *at = end;
    return found;
}

static void the_table_names_every_text_of_an_event(void **state)
{
    (void)state;
    char *text = transcript_text("bot/core/event.h"), in[64] = "";
    /* Comments may hold anything. */
    for (char *comment = text; (comment = strstr(comment, "/*")) != NULL;) {
        char *end = strstr(comment, "*/");
        memset(comment, ' ', (size_t)(end + 2 - comment));
    }
    size_t found = 0;
    const char *const names = "abcdefghijklmnopqrstuvwxyz_";
    for (const char *at = text; *at; at++) {
        if (strncmp(at, "\nstruct ", 8) == 0)
            snprintf(in, sizeof in, "%.*s", (int)strspn(at + 8, names), at + 8);
        else if (strncmp(at, "const char", 10) == 0 && in[0])
            found += check_declaration(in, &at);
        else if (strncmp(at, "\n    char ", 10) == 0)
            fail_msg("bot/core/event.h: %s has a text of its own size; the border knows lent texts "
                     "only",
                     in);
    }
    const struct outside_text *rows[KEPT_NAMES];
    assert_int_equal(found, all_rows(rows) + COUNT(becomes_an_event));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_names_every_text_of_an_event),
        cmocka_unit_test(nothing_thrown_is_live_or_forges_anything),
        cmocka_unit_test(every_text_alone),
        cmocka_unit_test(a_log_line_is_one_line),
    };
    return cmocka_run_group_tests(tests, read_stories, forget_stories);
}
