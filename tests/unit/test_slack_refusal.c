/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack's error codes mean for the next attempt, and the plainer forms of a message. */
#include "tests/unit/unit.h"

#include "adapters/slack/codec_out.h"
#include "adapters/slack/refusal.h"

static void no_code_ends_a_message_but_a_few(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum slack_refusal means;
    } pairs[] = {
        { "token_revoked", SLACK_NO_CREDENTIAL },
        { "token_expired", SLACK_NO_CREDENTIAL },
        { "account_inactive", SLACK_NO_CREDENTIAL },
        { "invalid_auth", SLACK_NO_CREDENTIAL },
        { "not_authed", SLACK_NO_CREDENTIAL },
        { "team_added_to_org", SLACK_NO_CREDENTIAL },
        { "missing_scope", SLACK_NO_RIGHT },
        { "no_permission", SLACK_NO_RIGHT },
        { "is_archived", SLACK_NO_CHANNEL },
        { "not_in_channel", SLACK_NO_CHANNEL },
        { "channel_not_found", SLACK_NO_CHANNEL },
        { "restricted_action_read_only_channel", SLACK_NO_CHANNEL },
        { "restricted_action_thread_only_channel", SLACK_NO_CHANNEL },
        { "restricted_action_thread_locked", SLACK_NO_THREAD },
        { "restricted_action_non_threadable_channel", SLACK_NO_THREAD },
        { "restricted_action", SLACK_NO_POSTING },
        { "restricted_action_of_tomorrow", SLACK_NO_POSTING },
        { "message_not_found", SLACK_NO_TARGET },
        { "thread_not_found", SLACK_NO_TARGET },
        { "cant_update_message", SLACK_NO_TARGET },
        { "edit_window_closed", SLACK_NO_TARGET },
        { "user_not_found", SLACK_NO_PERSON },
        { "user_disabled", SLACK_NO_PERSON },
        { "cannot_dm_bot", SLACK_NO_PERSON },
        { "invalid_blocks", SLACK_NO_FORM },
        { "invalid_blocks_format", SLACK_NO_FORM },
        { "invalid_arguments", SLACK_NO_FORM },
        { "msg_too_long", SLACK_NO_FORM },
        { "msg_blocks_too_long", SLACK_NO_FORM },
        { "metadata_too_large", SLACK_NO_FORM },
        { "invalid_blocksmith", SLACK_NO_FORM },
        { "a_code_of_tomorrow", SLACK_NO_REASON },
        { "user_not", SLACK_NO_REASON },
        { "", SLACK_NO_REASON },
        { NULL, SLACK_NO_REASON },
    };
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (slack_refusal_of(pairs[i].code) != pairs[i].means)
            fail_msg("%s", pairs[i].code ? pairs[i].code : "NULL");
}

static void plainer(enum slack_form form, const char *text, const char *wanted_text, bool blocks,
                    bool metadata)
{
    json_t *m = json_pack("{s:s, s:[], s:{}}", "text", text, "blocks", "metadata");
    slack_make_plainer(m, form);
    assert_string_equal(json_string_value(json_object_get(m, "text")), wanted_text);
    assert_int_equal(json_object_get(m, "blocks") != NULL, blocks);
    assert_int_equal(json_object_get(m, "metadata") != NULL, metadata);
    json_decref(m);
}

static void each_form_is_plainer_than_the_one_before(void **state)
{
    (void)state;
    static const char text[] = "<!here> <!channel>, <!subteam^S012> <@U012> <!date^1^{date}|then> "
                               "a &lt;!here&gt; <!";
    plainer(SLACK_FORM_FULL, text, text, true, true);
    plainer(SLACK_FORM_TEXT, text, text, false, true);
    plainer(SLACK_FORM_BARE, text,
            "@here @channel, @S012 <@U012> <!date^1^{date}|then> a &lt;!here&gt; <!", false, false);
    plainer(SLACK_FORM_BARE, "", "", false, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_code_ends_a_message_but_a_few),
        cmocka_unit_test(each_form_is_plainer_than_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
