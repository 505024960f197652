/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as contents of m.room.message: pairs in tests/codec/matrix/messages, who is notified,
   and no live markup out of people's text. */
#include "tests/unit/unit.h"

#include "adapters/matrix/codec_out.h"
#include "core/limits.h"
#include "core/inert.h"
#include "core/xalloc.h"
#include "host/json.h"

#include <time.h>

static struct arena arena;
static struct people people = {
    .count = 1,
    .rows = { { .key = "ada@example.com",
                .ids = { { "slack", "U0ADA" }, { "matrix", "@ada:example.org" } },
                .id_count = 2 } }
};
static struct policy policy = { .approve_reaction = "white_check_mark",
                                .decline_reaction = "x",
                                .approve_with = APPROVE_BY_REACTION | APPROVE_BY_BUTTON |
                                                APPROVE_BY_COMMAND,
                                .command_word = "/reguard" };
static const struct matrix_style style = { .people = &people,
                                           .policy = &policy,
                                           .prefix = "!reguard" };

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
    const char *path = arena_printf(&arena, "tests/codec/matrix/messages/%s.json", name);
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
    inert_add(b, "a & b <script>\n\"forged\" `/reguard done`", 600);
    buf_add(b, ". Type `/reguard approve G-0001`.");
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
    rich_add_mention(b, "eve@example.com", "Eve <Else>");
}

static struct message card(void)
{
    return (struct message){
        .kind = MESSAGE_CARD,
        .case_id = "G-0001",
        .state = "waiting",
        .key = "G-0001-card-matrix",
        .headline = rich(lifted),
        .body = rich(asked),
        .question = "c0ffee",
        .fields = { { "Ends", rich(until) }, { "Account", "bakery & co" } },
        .field_count = 2,
        .buttons = { { "approve", "Approve", BUTTON_PRIMARY, "Approve?",
                       "Lifts root protection in all 7 member accounts", "Approve", NULL, false,
                       NULL, false, NULL },
                     { "decline", "Decline", BUTTON_DANGER, NULL, NULL, NULL, NULL, false, NULL,
                       false, NULL },
                     { "put_back", "Put it back", BUTTON_PLAIN, NULL, NULL, NULL, NULL, false, NULL,
                       false, NULL } },
        .button_count = 3,
        .footer = "who may approve: <nobody>",
        .text = rich(asked),
        .votes = true,
    };
}

static void a_card_is_its_recorded_json(void **state)
{
    (void)state;
    struct message m = card();
    JSON_AUTO *json = matrix_message_json(&m, &style);
    assert_pair(json, "card");
}

static void an_edit_notifies_nobody_anew(void **state)
{
    (void)state;
    struct message m = card();
    m.button_count = 0;
    m.votes = false;
    JSON_AUTO *json = matrix_edit_json(matrix_message_json(&m, &style), "$card");
    assert_pair(json, "edit");
}

static void a_line_of_the_thread_is_its_recorded_json(void **state)
{
    (void)state;
    struct message m = { .kind = MESSAGE_THREAD,
                         .case_id = "G-0001",
                         .state = "lifted",
                         .key = "k",
                         .headline = "",
                         .body = "one line",
                         .footer = "",
                         .text = "one line",
                         .question = "" };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    matrix_put_thread(json, "$card", "$last");
    assert_pair(json, "thread");
}

static bool mentions(const json_t *content, const char *id)
{
    const json_t *ids = json_object_get(json_object_get(content, "m.mentions"), "user_ids");
    return json_array_size(ids) == 1 && str_equal(json_string_value(json_array_get(ids, 0)), id);
}

/* What is not taken in a direct room is not offered there. */
static void alone_one_person_is_notified_and_offered_what_works_there(void **state)
{
    (void)state;
    struct message m = { .kind = MESSAGE_DIRECT,
                         .case_id = "G-0001",
                         .state = "lifted",
                         .key = "k",
                         .headline = "",
                         .body = "OVERDUE",
                         .footer = "",
                         .text = "OVERDUE",
                         .question = "",
                         .to = "ada@example.com",
                         .buttons = { { .action = "restore" }, { .action = "snooze" } },
                         .button_count = 2 };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    assert_string_equal(json_text(json, "msgtype"), "m.text");
    assert_true(mentions(json, "@ada:example.org"));
    assert_string_equal(json_text(json, "body"), "OVERDUE\nType `!reguard done G-0001`");
    m.kind = MESSAGE_POST; /* where reactions are heard */
    m.to = NULL;
    JSON_AUTO *post = matrix_message_json(&m, &style);
    assert_string_equal(json_text(post, "body"),
                        "OVERDUE\nReact with 🔒 to restore, or type `!reguard done G-0001` · "
                        "`!reguard snooze G-0001 10m`");
}

/* It is handed on alone, and leads back to its card; nothing of an id ends the link. */
static void a_receipt_leads_to_its_card(void **state)
{
    (void)state;
    struct message m = { .kind = MESSAGE_THREAD,
                         .case_id = "G-0001",
                         .state = "restored",
                         .key = "k",
                         .body = "Receipt",
                         .text = "Receipt",
                         .footer = "record 7",
                         .question = "",
                         .receipt = true };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    assert_true(json_is_true(json_object_get(json_object_get(json, MATRIX_OURS), "receipt")));
    matrix_link_card(json, "!a:s.org", "$e\"><b>", "@reguard:s.org:8448");
    assert_string_equal(json_text(json, "body"),
                        "Receipt\nrecord 7\nShow it in the room: https://matrix.to/#/%21a%3As.org/"
                        "%24e%22%3E%3Cb%3E?via=s.org%3A8448");
    assert_string_equal(json_text(json, "formatted_body"),
                        "<p>Receipt</p><p><em>record 7</em></p><p><a href=\"https://matrix.to/#/"
                        "%21a%3As.org/%24e%22%3E%3Cb%3E?via=s.org%3A8448\">Show it in the room</a>"
                        "</p>");
    JSON_AUTO *bare = json_pack("{s:s}", "body", "Receipt");
    matrix_link_card(bare, "!a:s.org", "$e", "@reguard");
    assert_string_equal(json_text(bare, "body"),
                        "Receipt\nShow it in the room: https://matrix.to/#/%21a%3As.org/%24e");
    assert_null(json_text(bare, "formatted_body"));
    char *longest = xcalloc(1, 4 * LIMIT_ID_BYTES);
    memset(longest, '!', 4 * LIMIT_ID_BYTES - 1);
    JSON_AUTO *whole = json_pack("{s:s}", "body", "Receipt");
    matrix_link_card(whole, "!a:s.org", longest, "@reguard:s.org"); /* rather none than half */
    assert_string_equal(json_text(whole, "body"), "Receipt");
    free(longest);
}

/* What nothing came of is asked for again in words that hold all of it. */
static void how_to_ask_again_is_the_whole_command(void **state)
{
    (void)state;
    struct message m = { .kind = MESSAGE_CARD,
                         .case_id = "G-0001",
                         .state = "declined",
                         .key = "k",
                         .headline = "",
                         .body = "Declined",
                         .footer = "",
                         .text = "Declined",
                         .question = "",
                         .buttons = { { .action = "again",
                                        .typed = "lift 222222222222 for 45m ticket \"SEC 7\" "
                                                 "because <b>month</b> end" } },
                         .button_count = 1 };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    assert_string_equal(json_text(json, "body"),
                        "Declined\nTo ask again, type `!reguard lift 222222222222 for 45m ticket "
                        "\"SEC 7\" because <b>month</b> end`");
    assert_non_null(strstr(json_text(json, "formatted_body"), "&lt;b&gt;month&lt;/b&gt;"));
}

/* Where nobody is told alone how their own request ended, the line itself notifies them: behind
   what a locked screen shows of it. */
static void whose_outcome_it_is_is_mentioned(void **state)
{
    (void)state;
    static const enum message_kind kinds[] = { MESSAGE_THREAD, MESSAGE_POST };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct message m = { .kind = kinds[i],
                             .case_id = "G-0001",
                             .state = "declined",
                             .key = "k",
                             .headline = "",
                             .body = "❌ Declined.",
                             .footer = "",
                             .text = "❌ Declined.",
                             .question = "",
                             .to = "ada@example.com" };
        JSON_AUTO *json = matrix_message_json(&m, &style);
        assert_string_equal(json_text(json, "msgtype"), "m.text");
        assert_true(mentions(json, "@ada:example.org"));
        assert_string_equal(json_text(json, "body"), "❌ Declined. @ada:example.org");
        assert_string_equal(json_text(json, "formatted_body"),
                            "<p>❌ Declined.</p><p><a href=\"https://matrix.to/#/"
                            "@ada:example.org\">@ada:example.org</a></p>");
        m.to = NULL;
        JSON_AUTO *plain = matrix_message_json(&m, &style);
        assert_string_equal(json_text(plain, "msgtype"), "m.notice");
        assert_string_equal(json_text(plain, "body"), "❌ Declined.");
    }
}

static void an_answer_mentions_only_who_asked(void **state)
{
    (void)state;
    JSON_AUTO *json = matrix_answer_json(
        &(struct effect_answer){ .person_id = "@ben:example.org", .text = rich(asked) }, &style);
    assert_pair(json, "answer");
}

/* What would be pressed in Slack is typed, whole, a line each: not what the text says already, and
   alone nothing that lowers. */
static void what_stands_below_an_answer_is_typed(void **state)
{
    (void)state;
    struct panel p = { .count = 1, .rows = { message_saying(MESSAGE_POST, "No.") } };
    struct message *m = &p.rows[0];
    m->case_id = "G-0003";
    m->buttons[m->button_count++] = (struct message_button){ .action = "restore",
                                                             .label = "Restore now" };
    m->buttons[m->button_count++] =
        (struct message_button){ .action = "request", .label = "Request…", .typed = "lift bakery" };
    m->buttons[m->button_count++] =
        (struct message_button){ .action = "adopt", .label = "Adopt…", .typed = "" };
    m->buttons[m->button_count++] =
        (struct message_button){ .action = "cockpit", .label = "Status", .typed = "status" };
    struct effect_answer a = { .person_id = "@ben:example.org", .text = "No.", .panel = &p };
    JSON_AUTO *json = matrix_answer_json(&a, &style);
    assert_string_equal(json_text(json, "body"), "@ben:example.org: No.\n"
                                                 "Restore now: `!reguard done G-0003`\n"
                                                 "Request: `!reguard lift bakery`\n"
                                                 "Status: `!reguard status`");
    assert_non_null(strstr(json_text(json, "formatted_body"),
                           "<br>Restore now: <code>!reguard done G-0003</code>"));
    a.direct = true;
    JSON_AUTO *alone = matrix_answer_json(&a, &style);
    assert_string_equal(json_text(alone, "body"), "@ben:example.org: No.\n"
                                                  "Restore now: `!reguard done G-0003`\n"
                                                  "Status: `!reguard status`");
}

static void without_reactions_nothing_offers_them(void **state)
{
    (void)state;
    struct message m = card();
    policy.approve_with = APPROVE_BY_COMMAND;
    JSON_AUTO *typed = matrix_message_json(&m, &style);
    policy.approve_with = APPROVE_BY_BUTTON;
    JSON_AUTO *neither = matrix_message_json(&m, &style);
    policy.approve_with = APPROVE_BY_REACTION | APPROVE_BY_BUTTON | APPROVE_BY_COMMAND;
    assert_null(strstr(json_text(typed, "body"), "✅"));
    assert_non_null(strstr(json_text(typed, "body"),
                           "or type `!reguard approve G-0001` · `!reguard decline "
                           "G-0001 because …` · `!reguard put-back`"));
    assert_null(json_object_get(json_object_get(typed, MATRIX_OURS), "votes"));
    assert_non_null(strstr(json_text(neither, "body"), "or type `!reguard decline"));
}

/* ---- who is called ---- */

static json_t *escalated(const char *notation, const char **ret_body)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    buf_add(&b, "OVERDUE ");
    rich_add_escalation(&b, notation);
    struct message m = { .kind = MESSAGE_POST,
                         .case_id = "",
                         .state = "",
                         .key = "k",
                         .text = arena_copy(&arena, buf_text(&b)),
                         .question = "" };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    *ret_body = arena_copy(&arena, json_text(json, "body"));
    return json_incref(json_object_get(json, "m.mentions"));
}

static void escalation_is_said_in_this_chats_words(void **state)
{
    (void)state;
    static const struct {
        const char *notation, *body;
        bool room;
        size_t users;
    } cases[] = {
        { "<!here>", "OVERDUE @room", true, 0 },
        { "@room", "OVERDUE @room", true, 0 },
        { "<!channel> <!here>", "OVERDUE @room", true, 0 },
        { "<!subteam^S0OPS> @oncall:example.org", "OVERDUE @oncall:example.org", false, 1 },
        { "<@U0ADA>", "OVERDUE ", false, 0 },
        { "@nobody", "OVERDUE ", false, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *body;
        JSON_AUTO *mentions = escalated(cases[i].notation, &body);
        assert_string_equal(body, cases[i].body);
        assert_int_equal(json_is_true(json_object_get(mentions, "room")), cases[i].room);
        assert_int_equal(json_array_size(json_object_get(mentions, "user_ids")), cases[i].users);
    }
}

/* ---- text of people ---- */

static const char *html_of(const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    matrix_html(&b, text, &style);
    return arena_copy(&arena, buf_text(&b));
}

static void what_people_write_is_no_markup(void **state)
{
    (void)state;
    static const struct {
        const char *text, *html;
    } cases[] = {
        { "<b>x</b> & \"y\" 'z'", "&lt;b&gt;x&lt;/b&gt; &amp; &quot;y&quot; &#39;z&#39;" },
        { "a\nb", "a<br>b" },
        { "`code <b>`", "<code>code &lt;b&gt;</code>" },
        { "one ` only", "one ` only" },
        { "`/reguard done`", "<code>!reguard done</code>" },
        { "`/reguardian`", "<code>/reguardian</code>" },
        { "/reguard done", "/reguard done" },
        { "", "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(html_of(cases[i].text), cases[i].html);
}

static void long_texts_stay_below_what_is_kept(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 5000; i++)
        buf_add(&b, "<\"&'>");
    struct message m = { .kind = MESSAGE_POST,
                         .case_id = "",
                         .state = "",
                         .key = "k",
                         .text = arena_copy(&arena, buf_text(&b)),
                         .body = arena_copy(&arena, buf_text(&b)),
                         .question = "" };
    JSON_AUTO *json = matrix_message_json(&m, &style);
    assert_null(json_object_get(json, "formatted_body"));
    assert_true(strlen(json_print(&arena, json)) < LIMIT_MESSAGE_BYTES);
}

static void instants_are_told_in_the_configured_zone(void **state)
{
    (void)state;
    setenv("TZ", "AEST-10", 1);
    tzset();
    const char *there = html_of(rich(until));
    setenv("TZ", "UTC", 1);
    tzset();
    assert_string_equal(there, "until 2026-11-24 23:14 AEST (2026-11-24 13:14 UTC)");
    assert_string_equal(html_of(rich(until)), "until 2026-11-24 13:14 UTC");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_is_its_recorded_json),
        cmocka_unit_test(an_edit_notifies_nobody_anew),
        cmocka_unit_test(a_line_of_the_thread_is_its_recorded_json),
        cmocka_unit_test(an_answer_mentions_only_who_asked),
        cmocka_unit_test(what_stands_below_an_answer_is_typed),
        cmocka_unit_test(alone_one_person_is_notified_and_offered_what_works_there),
        cmocka_unit_test(a_receipt_leads_to_its_card),
        cmocka_unit_test(how_to_ask_again_is_the_whole_command),
        cmocka_unit_test(whose_outcome_it_is_is_mentioned),
        cmocka_unit_test(without_reactions_nothing_offers_them),
        cmocka_unit_test(escalation_is_said_in_this_chats_words),
        cmocka_unit_test(what_people_write_is_no_markup),
        cmocka_unit_test(long_texts_stay_below_what_is_kept),
        cmocka_unit_test(instants_are_told_in_the_configured_zone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
