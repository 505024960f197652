/* SPDX-License-Identifier: Apache-2.0 */
/* A file that goes with an answer, by Slack's three calls: its bytes go to Slack itself and without
   the token, it goes to one person's direct conversation, each step is taken once, and whatever is
   in the way is said. */
#include "tests/unit/unit_slack.h"

#include "adapters/slack/internal.h"
#include "host/json.h"

#define OPEN "POST conversations.open"
#define ADDRESS "POST files.getUploadURLExternal"
#define BYTES "POST /upload/v1/"
#define COMPLETE "POST files.completeUploadExternal"
#define SAID "POST chat.postEphemeral"
#define GIVES                                                                  \
    "{\"ok\":true,\"upload_url\":\"https://files.slack.example.org/upload/v1/" \
    "ABC\",\"file_id\":\"F0123\"}"

static const struct effect_file PAPER = { "reguard-G-0001.txt", "Receipt\nö\n", "G-0001", NULL,
                                          "receipt" };

static void asks(const char *person, bool direct)
{
    struct err err = { "" };
    assert_true(performs((struct effect){ .kind = EFFECT_ANSWER,
                                          .answer = { .person_id = person,
                                                      .direct = direct,
                                                      .text = "Receipt",
                                                      .file = &PAPER } },
                         &err));
}

static void goes_well(void)
{
    is_up("m1 1795526055000000 C0GUARD");
    says(ADDRESS, 200, GIVES);
    says(BYTES, 200, "OK - 11");
    says(COMPLETE, 200, "{\"ok\":true,\"files\":[{\"id\":\"F0123\"}]}");
    says(SAID, 200, "{\"ok\":true}");
}

static void assert_said(const char *words)
{
    for (size_t i = 0; i < peer.ask_count; i++)
        if (is_about(&peer.asks[i], SAID) && strstr(peer.asks[i].body, words))
            return;
    fail_msg("“%s” was not said", words);
}

static void it_goes_up_and_is_shared_once(void **state)
{
    (void)state;
    goes_well();
    asks("UANA", false);
    passes(MS_MINUTE);
    assert_int_equal(asked(ADDRESS), 1);
    assert_string_equal(ask_of(ADDRESS)->body, "filename=reguard-G-0001.txt&length=11");
    assert_int_equal(asked(BYTES), 1);
    assert_string_equal(ask_of(BYTES)->body, PAPER.text);
    assert_int_equal(asked(COMPLETE), 1);
    JSON_AUTO *body = json_loads(ask_of(COMPLETE)->body, 0, NULL);
    assert_string_equal(json_text(body, "channel_id"), "D1");
    assert_null(json_object_get(body, "thread_ts"));
    assert_said("is in our direct conversation");
}

static void the_token_stays_here(void **state)
{
    (void)state;
    goes_well();
    asks("UANA", false);
    passes(MS_MINUTE);
    assert_string_equal(ask_of(BYTES)->bearer, "");
    assert_null(strstr(ask_of(BYTES)->url, "xoxb"));
    assert_non_null(strstr(ask_of(COMPLETE)->bearer, "xoxb-1"));
}

static void only_a_direct_conversation_is_private(void **state)
{
    static const char *const channels[] = { "{\"ok\":true,\"channel\":{\"id\":\"C0GUARD\"}}",
                                            "{\"ok\":true,\"channel\":{\"id\":\"G1\"}}",
                                            "{\"ok\":true}" };
    (void)state;
    goes_well();
    for (size_t i = 0; i < COUNT(channels); i++) {
        says(OPEN, 200, channels[i]);
        asks("UANA", false);
        passes(MS_MINUTE);
        assert_said("Slack opens no direct conversation");
    }
    assert_int_equal(asked(ADDRESS) + asked(BYTES) + asked(COMPLETE), 0);
}

static void an_address_is_read_with_care(void **state)
{
    static const struct {
        const char *url, *id, *why; /* why NULL: it is taken */
    } rows[] = {
        { "https://files.slack.com/upload/v1/A", "F1", NULL },
        { "https://slack.com/upload/v1/A", "F1", NULL },
        { "https://FILES.slack.com/upload/v1/A?x=1", "F1", NULL },
        { "http://files.slack.com/upload/v1/A", "F1", "none" },
        { "http://127.0.0.1/upload/v1/A", "F1", "without TLS" },
        { "wss://files.slack.com/upload/v1/A", "F1", "without TLS" },
        { "https://evilslack.com/upload/v1/A", "F1", "not its own" },
        { "https://slack.com.example.org/A", "F1", "not its own" },
        { "https://slack.com@example.org/A", "F1", "none" },
        { "https://example.org/slack.com", "F1", "not its own" },
        { "https://.slack.com/A", "F1", "" },
        { "file:///etc/passwd", "F1", "none" },
        { "", "F1", "none" },
        { NULL, "F1", "no address" },
        { "https://files.slack.com/upload/v1/A", NULL, "no address" },
        { "https://files.slack.com/upload/v1/A", "", "no address" },
        { "https://files.slack.com/upload/v1/A", "F1\",\"x", "no address" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *url, *id;
        JSON_AUTO *json = json_pack("{s:s*, s:s*}", "upload_url", rows[i].url, "file_id",
                                    rows[i].id);
        const char *why = slack_read_upload(json, "https://slack.com/api/", &url, &id);
        if (!rows[i].why != !why || (why && !strstr(why, rows[i].why)))
            fail_msg("%s: %s", str_or_empty(rows[i].url), str_or_empty(why));
    }
    const char *url, *id;
    CLEANUP(buf_done) struct buf longest;
    buf_init(&longest, 4096);
    buf_add(&longest, "https://slack.com/");
    while (longest.bytes < 2048)
        buf_add_char(&longest, 'a');
    JSON_AUTO *json = json_pack("{s:s, s:s}", "upload_url", buf_text(&longest), "file_id", "F1");
    assert_non_null(slack_read_upload(json, "https://slack.com/api/", &url, &id));
}

static void bytes_go_nowhere_else(void **state)
{
    (void)state;
    goes_well();
    says(ADDRESS, 200,
         "{\"ok\":true,\"upload_url\":\"https://files.example.net/upload/v1/"
         "A\",\"file_id\":\"F1\"}");
    asks("UANA", false);
    passes(MS_MINUTE);
    assert_int_equal(asked(BYTES) + asked(COMPLETE), 0);
    assert_said("not its own");
}

/* Each step is refused, lost or late in its turn. */
static void whatever_is_in_the_way_is_said(void **state)
{
    static const struct {
        const char *what;
        struct http_result answer;
        const char *says;
    } rows[] = {
        { OPEN,
          { .status = 200, .body = "{\"ok\":false,\"error\":\"user_disabled\"}" },
          "user_disabled" },
        { OPEN,
          { .status = 200, .body = "{\"ok\":false,\"error\":\"missing_scope\"}" },
          "files:write" },
        { ADDRESS,
          { .status = 200, .body = "{\"ok\":false,\"error\":\"file_uploads_disabled\"}" },
          "file_uploads_disabled" },
        { ADDRESS,
          { .status = 200, .body = "{\"ok\":false,\"error\":\"missing_scope\"}" },
          "files:write" },
        { ADDRESS, { .status = 429, .retry_after_ms = MS_HOUR }, "slow down" },
        { ADDRESS, { .status = 200, .body = "{\"ok\":true}" }, "no address" },
        { BYTES, { .status = 302 }, "HTTP 302" },
        { BYTES, { .outcome = HTTP_UNKNOWN, .error = "the line broke" }, "the line broke" },
        { COMPLETE,
          { .status = 200, .body = "{\"ok\":false,\"error\":\"file_not_found\"}" },
          "file_not_found" },
        { COMPLETE, { .outcome = HTTP_UNKNOWN, .error = "the line broke" }, "is not known" },
        { COMPLETE, { .status = 500 }, "is not known" },
    };
    (void)state;
    goes_well();
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t shared = asked(COMPLETE);
        script(rows[i].what, rows[i].answer, 1);
        asks("UANA", false);
        passes(2 * MS_HOUR);
        assert_said(rows[i].says);
        assert_true(asked(COMPLETE) <= shared + 1);
    }
    assert_int_equal(asked(COMPLETE), 3);
}

static void few_are_under_way_and_one_for_each(void **state)
{
    static const char *const people[] = { "U1", "U2", "U3", "U4", "U5" };
    (void)state;
    goes_well();
    hangs(BYTES);
    asks("U1", false);
    asks("U1", false);
    passes(MS_SECOND);
    assert_int_equal(asked(BYTES), 1);
    for (size_t i = 1; i < COUNT(people); i++)
        asks(people[i], false);
    passes(MS_MINUTE);
    assert_int_equal(asked(BYTES), LIMIT_FILES_UNDER_WAY);
    assert_said("others are on their way");
}

static void what_raises_goes_on_meanwhile(void **state)
{
    struct err err = { "" };
    (void)state;
    goes_well();
    hangs(OPEN);
    hangs(BYTES);
    asks("UANA", false);
    assert_true(performs((struct effect){ .kind = EFFECT_DELIVER,
                                          .urgency = URGENCY_GUARDS,
                                          .id = 7,
                                          .deliver = { .kind = MESSAGE_POST,
                                                       .key = "7-slack",
                                                       .body = "{\"text\":\"alarm\"}" } },
                         &err));
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_DELIVERED), 1);
}

static void a_token_that_may_not_tries_nothing(void **state)
{
    (void)state;
    script("POST auth.test",
           (struct http_result){ .status = 200,
                                 .body = TELLS_US,
                                 .header = "app_mentions:read,chat:write,commands,channels:history,"
                                           "channels:read,users:read,files:read" },
           -1);
    goes_well();
    asks("UANA", true);
    passes(MS_MINUTE);
    assert_int_equal(asked(ADDRESS), 0);
    for (size_t i = 0; i < peer.ask_count; i++)
        if (is_about(&peer.asks[i], "POST chat.postMessage files:write"))
            return;
    fail_msg("nobody was told");
}

static void nothing_is_left_at_the_end(void **state)
{
    (void)state;
    goes_well();
    hangs(BYTES);
    asks("UANA", false);
    passes(MS_SECOND);
    stops();
    passes(MS_MINUTE);
    assert_int_equal(asked(COMPLETE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_goes_up_and_is_shared_once),
        TEST(the_token_stays_here),
        TEST(only_a_direct_conversation_is_private),
        TEST(an_address_is_read_with_care),
        TEST(bytes_go_nowhere_else),
        TEST(whatever_is_in_the_way_is_said),
        TEST(few_are_under_way_and_one_for_each),
        TEST(what_raises_goes_on_meanwhile),
        TEST(a_token_that_may_not_tries_nothing),
        TEST(nothing_is_left_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
