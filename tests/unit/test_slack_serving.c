/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the channel may be served: what Slack tells of it and of us, what it does not tell, and
   what the operator hears of that. */
#include "tests/unit/unit_slack.h"

#define INFO "POST conversations.info"
#define AUTH "POST auth.test"

static void assert_refused(const char *why, unsigned still)
{
    assert_told(EVENT_CHAT_REFUSED, why);
    assert_int_equal(last_heard(EVENT_CHAT_REFUSED)->still, still);
}

static const unsigned ALL = CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS;

/* ---- the channel ---- */

/* Not told is not allowed: but what keeps the guardrail up is said all the same. */
static void a_channel_that_slack_goes_on_not_to_tell_about_is_said(void **state)
{
    (void)state;
    breaks(INFO, -1);
    starts(NULL);
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_REFUSED) + heard(EVENT_CHAT_UP), 0); /* a few looks first */
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 1);
    assert_refused("Slack does not tell about the channel (the line broke)", ALL);
    /* It is looked at on and on, and said once. */
    size_t before = asked(INFO);
    passes(MS_MINUTE);
    assert_true(asked(INFO) > before + 5);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 1);
    script_what_is_usual();
    passes(10 * MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static void nor_is_it_waited_for_when_slack_asks_to_slow_down(void **state)
{
    (void)state;
    says(INFO, 429, "");
    starts(NULL);
    passes(10 * MS_MINUTE);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 1);
    assert_refused("Slack does not tell about the channel (Slack ask", ALL);
}

/* What was known stays for a few looks. */
static void one_look_that_fails_changes_nothing(void **state)
{
    (void)state;
    is_up(NULL);
    breaks(INFO, 3);
    passes(20 * MS_MINUTE);
    assert_true(asked(INFO) > 5);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 0);
}

static void what_is_not_told_of_sharing_is_not_known(void **state)
{
    (void)state;
    says(INFO, 200, "{\"ok\":true,\"channel\":{\"id\":\"" OUR_CHANNEL "\",\"is_member\":true}}");
    starts(NULL);
    passes(MS_MINUTE);
    assert_refused("does not tell whether others can read the channel", ALL);
    assert_int_equal(heard(EVENT_CHAT_UP), 0);
}

static void each_state_of_the_channel_is_told_and_ends(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *why;
        unsigned still;
    } rows[] = {
        { "{\"ok\":false,\"error\":\"channel_not_found\"}",
          "the channel cannot be read; is the bot a member of it? (channel_not_found)",
          CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS },
        { "{\"ok\":true,\"channel\":{\"is_ext_shared\":true}}",
          "the channel is shared with another organisation", CHAT_DIRECTS },
        { TELLS_CHANNEL(",\"is_pending_ext_shared\":true"), "the channel is about to be shared",
          CHAT_DIRECTS },
        { TELLS_CHANNEL(",\"is_archived\":true"), "the channel is archived",
          CHAT_TRIES | CHAT_DIRECTS },
        { TELLS_CHANNEL(",\"is_member\":false"), "the bot is not a member of the channel",
          CHAT_TRIES | CHAT_DIRECTS },
    };
    is_up(NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        says(INFO, 200, rows[i].answer);
        passes(6 * MS_MINUTE); /* it is looked at every few minutes */
        assert_int_equal(heard(EVENT_CHAT_REFUSED), i + 1);
        assert_refused(rows[i].why, rows[i].still);
        says(INFO, 200, TELLS_CHANNEL(",\"is_member\":true"));
        passes(MS_MINUTE); /* and at once while there is a trouble */
        assert_int_equal(heard(EVENT_CHAT_UP), i + 2);
    }
}

/* ---- who we are ---- */

static void each_fault_of_the_token_is_told_and_ends(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *why;
        unsigned still;
    } rows[] = {
        { "{\"ok\":false,\"error\":\"invalid_auth\"}", "Slack refuses the bot token (invalid_auth)",
          CHAT_TRIES },
        { "{\"ok\":true,\"team_id\":\"T2\",\"team\":\"other\",\"user_id\":\"UBOT\"}",
          "belongs to another Slack team than the configured one: to T2 (other), not to T1", 0 },
        { "{\"ok\":true,\"is_enterprise_install\":true," OUR_NAMES "}",
          "organisation-wide installations are not supported", 0 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        says(AUTH, 200, rows[i].answer);
        starts(NULL);
        passes(MS_MINUTE);
        assert_int_equal(heard(EVENT_CHAT_REFUSED), i + 1);
        assert_refused(rows[i].why, rows[i].still);
        says(AUTH, 200, TELLS_US);
        passes(MS_MINUTE);
        assert_int_equal(heard(EVENT_CHAT_UP), i + 1);
        stops();
    }
}

static void without_our_own_name_nothing_begins(void **state)
{
    (void)state;
    says(AUTH, 200, "{\"ok\":true,\"team_id\":\"T1\"}");
    starts(NULL);
    passes(MS_MINUTE);
    assert_int_equal(asked(INFO), 0);
    assert_int_equal(heard(EVENT_CHAT_UP), 0);
    breaks(AUTH, 10);
    passes(5 * MS_MINUTE);
    assert_int_equal(heard(EVENT_CHAT_UP), 0);
    says(AUTH, 200, TELLS_US);
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static void scopes_that_are_missing_are_named(void **state)
{
    (void)state;
    script(AUTH,
           (struct http_result){
               .status = 200, .body = TELLS_US, .header = "chat:write,users:read" },
           -1);
    starts(NULL);
    passes(MS_MINUTE);
    assert_refused("the bot token lacks scopes: ", ALL);
    assert_told(EVENT_CHAT_REFUSED, "reguard manifest slack");
}

/* ---- posts ---- */

static void posts(enum message_kind kind, const char *thread)
{
    struct err err = { "" };
    assert_true(performs((struct effect){ .kind = EFFECT_DELIVER,
                                          .urgency = URGENCY_GUARDS,
                                          .id = 5,
                                          .deliver = { .kind = kind,
                                                       .thread_id = thread,
                                                       .key = "5-slack",
                                                       .body = "{\"text\":\"x\"}" } },
                         &err));
    passes(20 * MS_SECOND);
}

/* One may be that message's own fault; many are the channel's. What is taken in a thread says
   nothing of the channel. */
static void messages_that_fail_again_and_again_are_told(void **state)
{
    (void)state;
    is_up(NULL);
    breaks("POST chat.postMessage", -1);
    posts(MESSAGE_POST, NULL);
    assert_int_equal(heard(EVENT_CHAT_REFUSED), 0);
    for (size_t i = 0; i < 20 && !heard(EVENT_CHAT_REFUSED); i++)
        posts(MESSAGE_POST, NULL);
    assert_refused("messages to the channel fail (the line broke)", CHAT_TRIES | CHAT_DIRECTS);
    says("POST chat.postMessage", 200, "{\"ok\":true,\"ts\":\"1795530000.000100\"}");
    posts(MESSAGE_THREAD, ts_at(1));
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
    posts(MESSAGE_POST, NULL);
    assert_int_equal(heard(EVENT_CHAT_UP), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_channel_that_slack_goes_on_not_to_tell_about_is_said),
        TEST(nor_is_it_waited_for_when_slack_asks_to_slow_down),
        TEST(one_look_that_fails_changes_nothing),
        TEST(what_is_not_told_of_sharing_is_not_known),
        TEST(each_state_of_the_channel_is_told_and_ends),
        TEST(each_fault_of_the_token_is_told_and_ends),
        TEST(without_our_own_name_nothing_begins),
        TEST(scopes_that_are_missing_are_named),
        TEST(messages_that_fail_again_and_again_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
