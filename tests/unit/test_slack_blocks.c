/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and forms as Block Kit: pairs in tests/codec/slack/blocks, Slack's limits, and no live
   markup out of people's text. */
#include "tests/unit/unit.h"

#include "adapters/slack/codec_out.h"
#include "adapters/slack/markup.h"
#include "adapters/stax/provider.h"
#include "core/tasks.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json.h"

static struct arena arena;
static struct people people = {
    .count = 1,
    .rows = { { .key = "ada@example.com", .ids = { { "slack", "U0ADA" } }, .id_count = 1 } }
};

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void assert_pair(json_t *got, const char *name)
{
    json_error_t error;
    const char *path = arena_printf(&arena, "tests/codec/slack/blocks/%s.json", name);
    JSON_AUTO *wanted = json_load_file(path, 0, &error);
    if (!wanted || !json_equal(got, wanted))
        fail_msg("%s: %s\n%s", path, wanted ? "differs; got" : error.text, json_print(&arena, got));
}

static const char *rich(void (*fill)(struct buf *))
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    fill(&b);
    return arena_copy(&arena, buf_text(&b));
}

static void asked(struct buf *b)
{
    rich_add_mention(b, "ada@example.com", "Ada Admin");
    buf_add(b, " asks for ");
    rich_add_code(b, "222222222222");
    buf_add(b, " because ");
    inert_add(b, "a & b <!channel>\nforged: yes", 600);
}

static void until(struct buf *b)
{
    buf_add(b, "until ");
    rich_add_time(b, 1795526055000);
}

static void lifted(struct buf *b)
{
    rich_add_strong(b, "LIFTED");
    buf_add(b, " ");
    rich_add_escalation(b, "<!here>");
    buf_add(b, " ");
    rich_add_mention(b, "eve@example.com", "Eve <Else>");
}

static struct message card(void)
{
    return (struct message){
        .kind = MESSAGE_CARD,
        .case_id = "G-0001",
        .state = "waiting",
        .key = "card:G-0001:1",
        .headline = rich(lifted),
        .body = rich(asked),
        .question = "c0ffee",
        .fields = { { "Ends", rich(until) }, { "Account", "bakery & co" } },
        .field_count = 2,
        .buttons = { { "approve", "Approve", BUTTON_PRIMARY, "Approve?",
                       "Lifts root protection in all 7 member accounts", "Approve", "c0ffee", false,
                       NULL, false, NULL },
                     { "decline", "Decline", BUTTON_DANGER, NULL, NULL, NULL, "c0ffee", false, NULL,
                       false, NULL },
                     { "withdraw", "Withdraw", BUTTON_PLAIN, "Withdraw G-0001?", "Only Ana can",
                       "Withdraw", "c0ffee", false, NULL, true, NULL } },
        .button_count = 3,
        .footer = "who may approve: <nobody>",
        .text = rich(asked),
    };
}

static void a_card_is_its_recorded_json(void **state)
{
    (void)state;
    struct message m = card();
    JSON_AUTO *json = slack_message_json(&m, &people);
    assert_pair(json, "card");
}

static void what_is_absent_makes_no_block(void **state)
{
    (void)state;
    struct message m = { .kind = MESSAGE_POST,
                         .case_id = "",
                         .state = "",
                         .key = "post:1",
                         .text = "one line",
                         .body = "one line",
                         .question = "" };
    JSON_AUTO *json = slack_message_json(&m, &people);
    assert_pair(json, "post");
}

static void forms_are_their_recorded_json(void **state)
{
    (void)state;
    struct effect_form lift = { .form = "lift",
                                .handle = "",
                                .account = "bakery",
                                .duration = "45m",
                                .task = "BILLING",
                                .reason = "a <b> & c",
                                .account_hint = stax_provider.account,
                                .ticket_required = true,
                                .lengths = { 15 * MS_MINUTE, 45 * MS_MINUTE, 2 * MS_HOUR },
                                .length_count = 3,
                                .guide = "How it is *done*",
                                .no_window = true,
                                .anyway = true,
                                .problem = "There is no account “<!here>”." };
    struct effect_form extend = { .form = "extend", .handle = "c0ffee" },
                       decline = { .form = "decline", .handle = "c0ffee" },
                       adopt = { .form = "adopt",
                                 .handle = "c0ffee",
                                 .account_hint = stax_provider.account },
                       run = { .form = "run",
                               .handle = "sqs-lockout",
                               .account = "222222222222",
                               .account_text = "bakery · 222222222222",
                               .task = "sqs-lockout",
                               .target = "crumb-<orders>",
                               .target_label = "SQS queue",
                               .target_hint = "its name, its ARN or its URL",
                               .reason = "its policy denies everybody",
                               .guide = "No window needed",
                               .no_window = true,
                               .runs = true };
    const struct {
        const char *name;
        struct effect_form *form;
    } forms[] = { { "form_lift", &lift },
                  { "form_extend", &extend },
                  { "form_decline", &decline },
                  { "form_adopt", &adopt },
                  { "form_run", &run } };
    for (size_t i = 0; i < COUNT(forms); i++) {
        JSON_AUTO *json = slack_form_json(forms[i].form);
        /* The task table has its own tests; here it only matters that it is the whole of it. */
        json_t *block;
        size_t at;
        json_array_foreach(json_object_get(json, "blocks"), at, block)
        {
            json_t *element = json_object_get(block, "element");
            if (str_equal(json_text(element, "action_id"), "task")) {
                size_t tasks = 0;
                while (task_table()[tasks].name)
                    tasks++;
                const json_t *groups = json_object_get(element, "option_groups");
                size_t offered = 0;
                for (size_t k = 0; k < json_array_size(groups); k++)
                    offered += json_array_size(
                        json_object_get(json_array_get(groups, k), "options"));
                assert_int_equal(offered, tasks);
                json_object_set_new(element, "option_groups", json_string("all"));
            }
        }
        assert_pair(json, forms[i].name);
    }
}

static void a_problem_may_name_a_person(void **state)
{
    (void)state;
    struct effect_form f = { .form = "lift", .problem = rich(asked) };
    JSON_AUTO *json = slack_form_json(&f);
    assert_non_null(json);
    const json_t *section = json_array_get(json_object_get(json, "blocks"), 0);
    assert_non_null(strstr(json_string_value(json_path(section, "text.text")), "Ada Admin asks"));
}

/* ---- limits ---- */

static void assert_text(const json_t *text, size_t most)
{
    const char *s = json_string_value(text);
    assert_non_null(s);
    assert_true(s[0] != '\0');
    if (utf8_characters(s) > most)
        fail_msg("%zu characters where %zu are allowed", utf8_characters(s), most);
    for (const char *p = s; (p = strchr(p, '&')); p++)
        if (strncmp(p, "&amp;", 5) != 0 && strncmp(p, "&lt;", 4) != 0 && strncmp(p, "&gt;", 4) != 0)
            fail_msg("half an escape at “%.10s”", p);
}

static void assert_plain(const json_t *object, size_t most)
{
    assert_string_equal(json_text(object, "type"), "plain_text");
    const char *s = json_text(object, "text");
    assert_true(s && s[0] && utf8_characters(s) <= most);
}

static void check_button(const json_t *b)
{
    const json_t *confirm = json_object_get(b, "confirm");
    assert_plain(json_object_get(b, "text"), 75);
    assert_true(strlen(json_text(b, "value")) <= 2000 && strlen(json_text(b, "action_id")) <= 255);
    if (!confirm)
        return;
    assert_plain(json_object_get(confirm, "title"), 100);
    assert_plain(json_object_get(confirm, "text"), 300);
    assert_plain(json_object_get(confirm, "confirm"), 30);
    assert_plain(json_object_get(confirm, "deny"), 30);
}

static void check_block(const json_t *block)
{
    const char *type = json_text(block, "type");
    size_t i;
    json_t *item;
    if (json_object_get(block, "text"))
        assert_text(json_path(block, "text.text"), 3000);
    assert_true(json_array_size(json_object_get(block, "fields")) <= 10);
    json_array_foreach(json_object_get(block, "fields"), i, item)
        assert_text(json_object_get(item, "text"), 2000);
    assert_true(json_array_size(json_object_get(block, "elements")) <=
                (str_equal(type, "context") ? 10 : 25));
    json_array_foreach(json_object_get(block, "elements"), i, item)
    {
        if (str_equal(type, "context"))
            assert_text(json_object_get(item, "text"), 3000);
        else
            check_button(item);
    }
}

static void check_limits(const json_t *json)
{
    size_t i;
    json_t *block;
    assert_non_null(json);
    assert_text(json_object_get(json, "text"), 4000);
    assert_true(json_array_size(json_object_get(json, "blocks")) <= 50);
    json_array_foreach(json_object_get(json, "blocks"), i, block) check_block(block);
}

static char *repeated(const char *piece, size_t times)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512 * 1024);
    for (size_t i = 0; i < times; i++)
        buf_add(&b, piece);
    return arena_copy(&arena, buf_text(&b));
}

static const char *marked(struct buf *b, const char *piece)
{
    buf_clear(b);
    for (int i = 0; i < 400; i++) {
        rich_add_mention(b, "ada@example.com", "Ada Admin");
        rich_add_time(b, 1795526055000);
        rich_add_strong(b, piece);
        rich_add_code(b, piece);
        buf_add(b, piece);
    }
    return buf_text(b);
}

static struct message filled_with(const char *text)
{
    struct message m = { .case_id = "G-0001",
                         .state = "waiting",
                         .key = "k",
                         .headline = text,
                         .body = text,
                         .question = "c0ffee",
                         .footer = text,
                         .text = text,
                         .field_count = MESSAGE_FIELDS,
                         .button_count = MESSAGE_BUTTONS };
    for (size_t i = 0; i < MESSAGE_FIELDS; i++)
        m.fields[i] = (struct message_field){ "Label", text };
    for (size_t i = 0; i < MESSAGE_BUTTONS; i++)
        m.buttons[i] = (struct message_button){ .action = "approve",
                                                .label = text,
                                                .confirm_title = text,
                                                .confirm_text = text,
                                                .confirm_yes = text,
                                                .handle = "c0ffee" };
    return m;
}

/* No two ids in a block are the same; seen and read aloud each says which case it is for. */
static void each_button_of_several_cases_names_its_own(void **state)
{
    (void)state;
    struct message m = message_saying(MESSAGE_POST, "both");
    m.case_id = "G-0001";
    m.also = "G-0002";
    m.button_count = 2;
    m.buttons[0] = (struct message_button){
        .action = "restore", .label = "Restore now", .handle = "a", .case_id = "G-0001"
    };
    m.buttons[1] = m.buttons[0];
    m.buttons[1].case_id = "G-0002";
    JSON_AUTO *json = slack_message_json(&m, &people);
    const json_t *second = NULL, *block;
    size_t i;
    json_array_foreach(json_object_get(json, "blocks"), i, block)
    {
        if (str_equal(json_text(block, "type"), "actions"))
            second = json_array_get(json_object_get(block, "elements"), 1);
    }
    assert_string_equal(json_text(second, "action_id"), "restore:G-0002");
    assert_string_equal(json_string_value(json_path(second, "text.text")), "Restore now G-0002");
    assert_string_equal(json_text(second, "accessibility_label"), "Restore now G-0002");
}

static void everything_fits_into_slacks_limits(void **state)
{
    (void)state;
    static const char *const pieces[] = { "x", "&", "<", "é", "€", "😀", "a ", "&amp;", "*", "`" };
    static const size_t times[] = { 0,    1,    29,   30,   31,   74,   75,   76,
                                    299,  300,  301,  1995, 2000, 2996, 2997, 3000,
                                    3001, 3896, 3900, 4000, 5000, 20000 };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512 * 1024);
    for (size_t p = 0; p < COUNT(pieces); p++) {
        for (size_t t = 0; t < COUNT(times); t++) {
            struct message m = filled_with(repeated(pieces[p], times[t]));
            m.text = times[t] ? m.text : "said";
            JSON_AUTO *json = slack_message_json(&m, &people);
            check_limits(json);
            arena_reset(&arena);
        }
        struct message m = filled_with(marked(&b, pieces[p]));
        JSON_AUTO *json = slack_message_json(&m, &people);
        check_limits(json);
    }
}

static void long_text_ends_with_a_mark_and_whole_notations(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b, out;
    buf_init(&b, 64 * 1024);
    buf_init(&out, 64 * 1024);
    slack_markup(&out, repeated("é", 100), &people, 100);
    assert_true(out.bytes <= 100);
    assert_string_equal(buf_text(&out) + out.bytes - 3, "…");
    for (size_t most = 4; most < 400; most++) {
        buf_clear(&out);
        slack_markup(&out, marked(&b, "&"), &people, most);
        assert_true(out.bytes <= most);
        size_t open = 0, closed = 0;
        for (const char *p = buf_text(&out); *p; p++) {
            open += *p == '<';
            closed += *p == '>';
        }
        assert_int_equal(open, closed);
    }
    buf_clear(&out);
    slack_markup(&out, "fits", &people, 100);
    assert_string_equal(buf_text(&out), "fits");
}

/* Mentions stand behind what is said, and the words in between may come from anybody. */
static void no_text_takes_an_alarm_its_voice(void **state)
{
    (void)state;
    static const char *const fillers[] = { "é", "&", ">", "word ", "\n>" };
    CLEANUP(buf_done) struct buf b, out;
    buf_init(&b, 64 * 1024);
    buf_init(&out, 64 * 1024);
    for (size_t i = 0; i < COUNT(fillers); i++)
        for (size_t times = 0; times < 4000; times += 37) {
            buf_clear(&b);
            buf_clear(&out);
            buf_add(&b, repeated(fillers[i], times));
            rich_add_strong(&b, repeated(fillers[i], times));
            buf_add_char(&b, ' ');
            rich_add_mention(&b, "ada@example.com", "Ada");
            buf_add(&b, " and 3 more ");
            buf_add(&b, repeated(fillers[i], times));
            rich_add_escalation(&b, "<!here> <!subteam^S1>");
            slack_markup(&out, buf_text(&b), &people, 3000);
            assert_true(out.bytes <= 3000);
            assert_non_null(strstr(buf_text(&out), "<@U0ADA>"));
            assert_non_null(strstr(buf_text(&out), "<!here> <!subteam^S1>"));
            arena_reset(&arena);
        }
}

/* ---- markup ---- */

static const char *markup(struct buf *out, const char *text)
{
    buf_clear(out);
    slack_markup(out, text, &people, 10000);
    return buf_text(out);
}

static void marks_become_slacks_notation(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b, out;
    buf_init(&b, 4096);
    buf_init(&out, 16 * 1024);
    static const struct {
        const char *notation, *out;
    } escalations[] = {
        { "<!here>", "<!here>" },
        { "<!channel> <!everyone>", "<!channel> <!everyone>" },
        { "<!subteam^S0OPS>", "<!subteam^S0OPS>" },
        { "<@U0ADA>", "<@U0ADA>" },
        { "@ops", "@ops" },
        { "", "" },
        { "<!here", "&lt;!here" },
        { "<!subteam^>", "&lt;!subteam^&gt;" },
        { "<@u0ada>", "&lt;@u0ada&gt;" },
        { "<https://x|y>", "&lt;https://x|y&gt;" },
        { "<!here><!here>", "&lt;!here&gt;&lt;!here&gt;" },
        { "<!date^1^x|y>", "&lt;!date^1^x|y&gt;" },
    };
    for (size_t i = 0; i < COUNT(escalations); i++) {
        buf_clear(&b);
        rich_add_escalation(&b, escalations[i].notation);
        assert_string_equal(markup(&out, buf_text(&b)), escalations[i].out);
    }
    buf_clear(&b);
    rich_add_strong(&b, "a*b<c>");
    rich_add_code(&b, "x`y&z");
    assert_string_equal(markup(&out, buf_text(&b)), "*a∗b&lt;c&gt;*`xy&amp;z`");
    static const struct {
        const char *id, *out;
    } channels[] = { { "C0HOME", "<#C0HOME>" },
                     { "G0HOME", "<#G0HOME>" },
                     { "U0ADA", "U0ADA" },
                     { "C0|home>", "C0|home&gt;" },
                     { "C0HOME\x02<!channel>", "C0HOME&lt;!channel&gt;" } };
    for (size_t i = 0; i < COUNT(channels); i++) {
        buf_clear(&b);
        rich_add_channel(&b, channels[i].id);
        assert_string_equal(markup(&out, buf_text(&b)), channels[i].out);
    }
    buf_clear(&b);
    rich_add_for_buttons(&b, " on the card, or");
    buf_add(&b, " so");
    assert_string_equal(markup(&out, buf_text(&b)), " on the card, or so");
    buf_clear(&b);
    rich_add_mention(&b, "ADA@example.com", "Ada");
    rich_add_mention(&b, "eve@example.com", "<@U0ADA>");
    rich_add_time(&b, 1795526055999);
    assert_string_equal(
        markup(&out, buf_text(&b)),
        "<@U0ADA>&lt;@U0ADA&gt;<!date^1795526055^{date_short_pretty} {time}|2026-11-24 13:14 UTC>");
}

/* Takes our own notations out of the text and counts them; what is left must hold no bracket. */
static size_t own_notations(const char *text)
{
    static const char *const own[] = {
        "<@U0ADA>", "<!here>", "<!date^1795526055^{date_short_pretty} {time}|2026-11-24 13:14 UTC>"
    };
    size_t found = 0;
    for (const char *p = text; *p; p++) {
        size_t i = 0;
        while (i < COUNT(own) && strncmp(p, own[i], strlen(own[i])) != 0)
            i++;
        if (i < COUNT(own)) {
            found++;
            p += strlen(own[i]) - 1;
        } else if (*p == '<' || *p == '>') {
            fail_msg("live markup: %.60s", p);
        }
    }
    return found;
}

static size_t check_markup(json_t *value)
{
    size_t found = 0, i;
    const char *key;
    json_t *item;
    if (str_equal(json_text(value, "type"), "plain_text"))
        return 0;
    json_object_foreach(value, key, item)
    {
        bool shown = str_equal(key, "text") && json_is_string(item);
        if (shown)
            assert_text(item, 4000);
        found += shown                        ? own_notations(json_string_value(item))
                 : str_equal(key, "metadata") ? 0
                                              : check_markup(item);
    }
    json_array_foreach(value, i, item) found += check_markup(item);
    return found;
}

static const char *hostile(uint64_t *seed)
{
    static const char *const pieces[] = {
        "<!channel>",
        "<!here>",
        "<@U0ADA>",
        "<https://evil.example.com|bank>",
        "&lt;!here&gt;",
        "&",
        "&amp",
        "<",
        ">",
        "|",
        "\n",
        "\x01"
        "e<!here>\x02",
        "\x01p"
        "ada@example.com\x03x\x02",
        "\x01t1795526055000\x02",
        "\x02",
        "\x03",
        "*",
        "`",
        "```",
        "é",
        "\xFF",
        "\xE2\x80\xAE",
        "{date_short_pretty}",
        "<!date^1795526055^{time}|x>",
        "text ",
        "\x01"
        "b",
        "\x01"
        "c",
    };
    CLEANUP(buf_done) struct buf raw, inert;
    buf_init(&raw, 4096);
    buf_init(&inert, 8192);
    for (size_t n = unit_below(seed, 12); n > 0; n--)
        buf_add(&raw, pieces[unit_below(seed, COUNT(pieces))]);
    inert_add(&inert, buf_text(&raw), 600);
    return arena_copy(&arena, buf_text(&inert));
}

/* mrkdwn has no escape for what formats: such characters become ones that look alike, but not
   between our own grave accents, where nothing formats. */
static void text_formats_nothing(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf out;
    buf_init(&out, 16 * 1024);
    static const struct {
        const char *text, *out;
    } cases[] = {
        { "*bold* ~struck~ _slanted_", "∗bold∗ ∼struck∼ ＿slanted＿" },
        { "snake_case_name IAM_BLOCK", "snake_case_name IAM_BLOCK" },
        { "end_ _begin __ a_é", "end＿ ＿begin ＿＿ a＿é" },
        { ":tada: a:b:c :+1:", "∶tada: a∶b:c ∶+1:" },
        { "arn:aws:iam::1", "arn∶aws∶iam::1" },
        { "at 12:30:45, 1: 2: 3", "at 12:30:45, 1: 2: 3" },
        { "> quoted\n> again > not", "› quoted\n› again &gt; not" },
        { "`/reguard lift *a* _b_ :c:` and *d*", "`/reguard lift *a* _b_ :c:` and ∗d∗" },
        { "a lone ` does nothing *to* us", "a lone ` does nothing ∗to∗ us" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(markup(&out, cases[i].text), cases[i].out);
    CLEANUP(buf_done) struct buf b, name, plain;
    buf_init(&name, 4096);
    rich_add_mention(&name, "nobody@example.com", "> Ana");
    assert_string_equal(markup(&out, buf_text(&name)), "› Ana");
    buf_init(&b, 4096);
    rich_add_mention(&b, "nobody@example.com", "*Ana* :tada:");
    rich_add_strong(&b, "_Ana_ :tada:");
    assert_string_equal(markup(&out, buf_text(&b)), "∗Ana∗ ∶tada:*＿Ana＿ ∶tada:*");
    buf_init(&plain, 4096);
    slack_plain(&plain, "for *bakery* :tada:", 300);
    assert_string_equal(buf_text(&plain), "for *bakery* ∶tada:");
    /* a cut is never inside an entity */
    for (size_t most = 4; most < 30; most++) {
        buf_clear(&out);
        slack_markup(&out, "a&b<c>d*e&&&&&&&&&&&", NULL, most);
        const char *last = strrchr(buf_text(&out), '&');
        assert_true(!last || strchr(last, ';'));
        assert_true(out.bytes <= most);
    }
}

/* Whatever people write, only the marks that we made are live. */
static void peoples_text_is_never_live(void **state)
{
    (void)state;
    uint64_t seed = 77;
    for (int round = 0; round < 4000; round++) {
        const char *text = hostile(&seed);
        struct message m = filled_with(text[0] ? text : "said");
        CLEANUP(buf_done) struct buf body;
        buf_init(&body, 16 * 1024);
        size_t own = unit_below(&seed, 4);
        for (size_t i = 0; i < own; i++) {
            if (i == 0)
                rich_add_mention(&body, "ada@example.com", text);
            else if (i == 1)
                rich_add_time(&body, 1795526055000);
            else
                rich_add_escalation(&body, "<!here>");
            rich_add_strong(&body, text);
            rich_add_code(&body, text);
            rich_add_mention(&body, "eve@example.com", text);
            buf_add(&body, text);
        }
        m.body = buf_text(&body);
        JSON_AUTO *json = slack_message_json(&m, &people);
        assert_non_null(json);
        size_t found = check_markup(json);
        if (found != own)
            fail_msg("%zu live notations where %zu were made: %s", found, own,
                     json_print(&arena, json));
        arena_reset(&arena);
    }
}

static void typed_text_is_unescaped_once(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *plain;
    } cases[] = {
        { "a &amp; b &lt;c&gt;", "a & b <c>" },
        { "&amp;lt;", "&lt;" },
        { "&", "&" },
        { "&am", "&am" },
        { "&amp", "&amp" },
        { "&quot;", "&quot;" },
        { "&LT;", "&LT;" },
        { "", "" },
        { "<@U0ADA>", "<@U0ADA>" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 256);
        slack_unescape(&b, cases[i].typed);
        assert_string_equal(buf_text(&b), cases[i].plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_is_its_recorded_json),
        cmocka_unit_test(what_is_absent_makes_no_block),
        cmocka_unit_test(forms_are_their_recorded_json),
        cmocka_unit_test(a_problem_may_name_a_person),
        cmocka_unit_test(each_button_of_several_cases_names_its_own),
        cmocka_unit_test(everything_fits_into_slacks_limits),
        cmocka_unit_test(long_text_ends_with_a_mark_and_whole_notations),
        cmocka_unit_test(no_text_takes_an_alarm_its_voice),
        cmocka_unit_test(marks_become_slacks_notation),
        cmocka_unit_test(text_formats_nothing),
        cmocka_unit_test(peoples_text_is_never_live),
        cmocka_unit_test(typed_text_is_unescaped_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
