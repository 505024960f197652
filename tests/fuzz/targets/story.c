/* SPDX-License-Identifier: Apache-2.0 */
/* A whole desk among people who write what they like, and a Stax that calls them what it likes:
   each step is an act of somebody, told by a few bytes and a text, or time that passes. Whatever is
   said of it, in either chat, by mail or on record, holds nothing live but our own. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/look.h"

#pragma GCC diagnostic ignored "-Wunused-function"
#include "tests/transcript/run.h"

#include "adapters/mail/mail.h"
#include "cli/kinds.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"
#include "adapters/slack/markup.h"
#include "host/json.h"
#include "host/log.h"

enum { STEPS = 24 };
static struct config config;
static struct world beginning;

/* ---- nothing live but ours ---- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* "<@U…>" or the link of somebody in [people]. */
static bool is_somebody(const char *at, const char *before, const char *behind)
{
    char whole[300];
    for (size_t i = 0; i < config.people.count; i++)
        for (size_t k = 0; k < config.people.rows[i].id_count; k++) {
            snprintf(whole, sizeof whole, "%s%s%s", before, config.people.rows[i].ids[k].id,
                     behind);
            if (begins(at, whole))
                return true;
        }
    return false;
}

static bool is_ours(const char *at)
{
    static const char *const ours[] = { "<date>", "<#C01>",   "<!subteam^S0OPS>", "</",   "<p>",
                                        "<em>",   "<strong>", "<code>",           "<ul>", "<li>",
                                        "<br>" };
    for (size_t i = 0; i < COUNT(ours); i++)
        if (begins(at, ours[i]))
            return true;
    return is_somebody(at, "<@", ">") || is_somebody(at, "<a href=\"https://matrix.to/#/", "\">");
}

static void only_ours(const char *where, const struct buf *shape)
{
    const char *text = buf_text(shape);
    FUZZ_PROMISE(!shape->overflow, "the shape fits", where);
    FUZZ_PROMISE(!strstr(text, "@room") && !strstr(text, "[everybody]"), "nobody calls everybody",
                 where);
    FUZZ_PROMISE(!strstr(text, "quote"), "nothing is a quotation", where);
    for (const char *at = text; (at = strchr(at, '<')) != NULL; at++)
        FUZZ_PROMISE(is_ours(at), "a notation or a tag is one of ours", at);
}

static void see_message(const char *where, const struct message *m)
{
    struct matrix_style style = { &config.people, &config.policy, "!reguard", NULL };
    CLEANUP(buf_done) struct buf shape;
    buf_init(&shape, 1 << 20);
    JSON_AUTO *slack = slack_message_json(m, &config.people);
    JSON_AUTO *matrix = matrix_message_json(m, &style);
    look_slack(where, slack, &shape);
    look_matrix(where, matrix, &shape);
    only_ours(where, &shape);
}

static void see_answer(const struct effect_answer *a)
{
    struct matrix_style style = { &config.people, &config.policy, "!reguard", NULL };
    CLEANUP(buf_done) struct buf shape, b;
    buf_init(&shape, 1 << 20);
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    slack_markup(&b, a->text, &config.people, 3900);
    look_mrkdwn("an answer", buf_text(&b), &shape);
    JSON_AUTO *matrix = matrix_answer_json(&(struct effect_answer){ .person_id = "@ana:example.org",
                                                                    .text = a->text,
                                                                    .panel = a->panel },
                                           &style);
    look_matrix("an answer", matrix, &shape);
    only_ours("an answer", &shape);
}

static void see_form(const struct effect_form *f)
{
    CLEANUP(buf_done) struct buf shape;
    buf_init(&shape, 1 << 20);
    JSON_AUTO *form = slack_form_json(f);
    look_slack("a form", form, &shape);
    only_ours("a form", &shape);
    see_answer(&f->otherwise);
}

static void see_mail(const struct effect_mail *m)
{
    CLEANUP(buf_done) struct buf shape, b;
    struct err err = { "" };
    buf_init(&shape, 64 * 1024);
    buf_init(&b, 64 * 1024);
    if (!mail_compose("reguard@example.com", m, RUN_DAY_MS, &b, &err))
        return;
    look_mail("a mail", buf_text(&b), &shape);
    FUZZ_PROMISE(begins(buf_text(&shape),
                        "From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:"
                        "Content-Transfer-Encoding:Auto-Submitted:/"),
                 "a mail has our headers and no others", buf_text(&shape));
}

static void see_record(struct run *r, const struct fact *f)
{
    struct fact_columns columns;
    CLEANUP(buf_done) struct buf shape;
    buf_init(&shape, 4096);
    factjson_write(f, &r->arena, &columns);
    const char *line = arena_printf(&r->arena, "%s\n",
                                    factjson_canonical(&columns, 1, f->at_ms, &r->arena));
    look_line("a record", line, strlen(line), true, &shape);
    FUZZ_PROMISE(str_equal(buf_text(&shape), "actor,at,case,data,kind,seq,source,"),
                 "a record has our members and no others", line);
}

static void after(struct run *r, const struct event *e)
{
    (void)e;
    for (size_t i = 0; i < r->out->fact_count; i++) {
        const struct fact *f = &r->out->facts[i];
        const struct casefile *c = desk_case_const(r->desk, f->case_no);
        struct message card;
        if (fact_is_durable(f->kind))
            see_record(r, f);
        if (!c)
            continue;
        card_picture(r->desk, c, r->now_ms, &r->arena, &card);
        see_message("a card", &card);
    }
    for (size_t i = 0; i < r->out->effect_count; i++) {
        const struct effect *effect = &r->out->effects[i];
        if (effect->kind == EFFECT_SAY)
            see_message("a message", &effect->say);
        else if (effect->kind == EFFECT_ANSWER)
            see_answer(&effect->answer);
        else if (effect->kind == EFFECT_FORM)
            see_form(&effect->form);
        else if (effect->kind == EFFECT_MAIL)
            see_mail(&effect->mail);
    }
}

/* ---- acts ---- */

static const char *newest_handle(const struct run *r)
{
    if (!r->desk->case_count)
        return "";
    const struct casefile *c = &r->desk->cases[r->desk->case_count - 1];
    return c->question.handle[0] ? c->question.handle : c->handle;
}

static void act(struct run *r, struct fuzz_pieces *p, enum event_kind kind)
{
    static const char *const actions[] = { "approve", "decline", "withdraw",    "mailbox",
                                           "done",    "extend",  "snooze",      "put_back",
                                           "adopt",   "cleaned", "not_cleaned", "restore" };
    static const char *const forms[] = { "lift", "extend", "decline", "adopt" };
    const struct being *b = &r->world.people[fuzz_byte(p) % (int)r->world.people_count];
    int how = fuzz_byte(p);
    struct event e = { .kind = kind, .chat = "slack", .trigger = "trigger" };
    e.id = arena_printf(&r->kept, "Ev%lld", (long long)r->events);
    e.actor = (struct event_actor){ b->chat_id, b->flags };
    e.place = how & 128 ? PLACE_DIRECT : PLACE_CHANNEL;
    e.message_id = "1.0";
    e.said.can_open_form = false;
    const char *handle = newest_handle(r);
    if (kind == EVENT_SAID) {
        e.said.text = fuzz_text(p);
        e.said.edited = how & 64;
        e.said.can_open_form = how & 32;
    } else if (kind == EVENT_CLICKED) {
        e.clicked = (struct event_clicked){ .action = actions[(size_t)how % COUNT(actions)],
                                            .handle = handle };
    } else if (kind == EVENT_REACTED) {
        e.reacted = (struct event_reacted){ how & 1 ? "white_check_mark" : "x", "1.000" };
        if (r->desk->case_count)
            e.case_of_message = r->desk->cases[r->desk->case_count - 1].no;
        e.question_of_message = handle;
        e.actor.flags |= IDENTITY_UNREAD;
    } else {
        e.submitted = (struct event_submitted){ .form = forms[how % 4], .handle = handle };
        e.submitted.account = how & 4 ? "bakery" : fuzz_text(p);
        e.submitted.duration = how & 8 ? "30m" : fuzz_text(p);
        e.submitted.ticket = fuzz_text(p);
        e.submitted.task = "";
        e.submitted.reason = fuzz_text(p);
    }
    run_feed(r, &e, "somebody");
}

/* Stax calls somebody or something so, or says no. */
static void rename_one(struct run *r, struct fuzz_pieces *p)
{
    int which = fuzz_byte(p);
    struct being *b = &r->world.people[which % (int)r->world.people_count];
    struct account *a = &r->world.accounts[1];
    const char *text = arena_copy(&r->kept, fuzz_text(p));
    switch (which / 16 % 8) {
    case 0: STR_SET(b->shown, text); break;
    case 1: STR_SET(b->role, text); break;
    case 2: a->name = text; break;
    case 3: a->email = text; break;
    case 4: STR_SET(r->world.exclusions, text); break;
    case 5: STR_SET(r->world.catch_up_fails, text); break;
    case 6: a->why_no_email = text; break;
    default: a->status = text; break;
    }
}

static void outage(struct run *r, struct fuzz_pieces *p)
{
    bool up = fuzz_byte(p) & 1;
    run_plain_event(r, up ? EVENT_CHAT_UP : EVENT_CHAT_DOWN, "slack", up ? NULL : fuzz_text(p),
                    "slack");
}

static void step(struct run *r, struct fuzz_pieces *p)
{
    static const ms_t spans[] = { MS_SECOND, 5 * MS_SECOND, MS_MINUTE, 10 * MS_MINUTE };
    switch (fuzz_byte(p) % 10) {
    case 0:
    case 1: act(r, p, EVENT_SAID); break;
    case 2: act(r, p, EVENT_CLICKED); break;
    case 3: act(r, p, EVENT_REACTED); break;
    case 4: act(r, p, EVENT_SUBMITTED); break;
    case 5: rename_one(r, p); break;
    case 6: world_console(&r->world, fuzz_byte(p) & 1 ? "off" : "on", "ben"); break;
    case 7: outage(r, p); break;
    default: run_until(r, r->now_ms + spans[fuzz_byte(p) % 4]); return;
    }
    run_until(r, r->now_ms + MS_SECOND);
}

/* ---- the beginning ---- */

int LLVMFuzzerInitialize(int *count, char ***words)
{
    static const char ini[] =
        "[bot]\nstate_dir = /nowhere\n[slack]\napp_token_file = /a\nbot_token_file = /b\n"
        "team = T01\nchannel = C01\n[mail]\nsmtp_url = smtp://127.0.0.1\nfrom = "
        "reguard@example.com\n[policy]\nescalate = <!subteam^S0OPS>\n[stax]\napi_url = "
        "https://127.0.0.1\naccess_key_file = /c\nsecret_key_file = /d\norganisation = "
        "5c1d0000-0000-4000-8000-000000000000\n[people]\n"
        "ana@example.com = slack:U0ANA matrix:@ana:example.org\n"
        "ben@example.com = slack:U0BEN matrix:@ben:example.org\ndan@example.com = slack:U0DAN\n";
    char people[][16] = { "ana=Admin", "ben=Admin", "dan=User", "eve=User" };
    CLEANUP(buf_done) struct buf errors;
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    buf_init(&errors, 4096);
    if (!config_read(fuzz_file("story.conf", ini, sizeof ini - 1), adapter_kinds, &config, &errors))
        fuzz_broken("the configuration of this target is good", buf_text(&errors));
    STR_SET(config.policy.command_word, "/reguard");
    world_init(&beginning, config.policy.provider);
    beginning.chat_up = true;
    for (size_t i = 0; i < COUNT(people); i++)
        if (!world_add_person(&beginning, people[i]))
            abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct run r;
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    run_init(&r, &config, &beginning);
    r.after = after;
    r.now_ms = RUN_DAY_MS + 9 * MS_HOUR;
    run_start(&r);
    run_until(&r, r.now_ms + MS_MINUTE);
    for (int i = 0; i < STEPS && p.at < p.end; i++)
        step(&r, &p);
    run_until(&r, r.now_ms + 2 * MS_MINUTE);
    FUZZ_PROMISE(!r.failure[0], "a story comes to rest", r.failure);
    run_done(&r);
    arena_done(&arena);
    return 0;
}
