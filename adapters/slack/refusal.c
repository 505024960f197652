/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/refusal.h"
#include "core/base.h"

#include <string.h>

/* "restricted_action*" stands for every code that begins so; the first row that fits counts. */
static const struct {
    const char *code;
    enum slack_refusal means;
} rows[] = {
    { "token_revoked", SLACK_NO_CREDENTIAL },
    { "token_expired", SLACK_NO_CREDENTIAL },
    { "account_inactive", SLACK_NO_CREDENTIAL },
    { "invalid_auth", SLACK_NO_CREDENTIAL },
    { "not_authed", SLACK_NO_CREDENTIAL },
    { "ekm_access_denied", SLACK_NO_CREDENTIAL },
    { "enterprise_is_restricted", SLACK_NO_CREDENTIAL },
    { "team_access_not_granted", SLACK_NO_CREDENTIAL },
    { "team_added_to_org", SLACK_NO_CREDENTIAL },
    { "org_login_required", SLACK_NO_CREDENTIAL },
    { "two_factor_setup_required", SLACK_NO_CREDENTIAL },

    { "missing_scope", SLACK_NO_RIGHT },
    { "no_permission", SLACK_NO_RIGHT },
    { "access_denied", SLACK_NO_RIGHT },
    { "accesslimited", SLACK_NO_RIGHT },
    { "messages_tab_disabled", SLACK_NO_RIGHT },
    { "not_allowed_token_type", SLACK_NO_RIGHT },

    { "restricted_action_thread_locked", SLACK_NO_THREAD },
    { "restricted_action_non_threadable_channel", SLACK_NO_THREAD },
    { "cannot_reply_to_message", SLACK_NO_THREAD },
    { "restricted_action_read_only_channel", SLACK_NO_CHANNEL },
    { "restricted_action_thread_only_channel", SLACK_NO_CHANNEL },
    { "not_in_channel", SLACK_NO_CHANNEL },
    { "is_archived", SLACK_NO_CHANNEL },
    { "channel_not_found", SLACK_NO_CHANNEL },
    { "message_limit_exceeded", SLACK_NO_CHANNEL },
    { "restricted_action*", SLACK_NO_POSTING },

    { "message_not_found", SLACK_NO_TARGET },
    { "thread_not_found", SLACK_NO_TARGET },
    { "cant_update_message", SLACK_NO_TARGET },
    { "edit_window_closed", SLACK_NO_TARGET },

    { "user_not_found", SLACK_NO_PERSON },
    { "users_not_found", SLACK_NO_PERSON },
    { "user_disabled", SLACK_NO_PERSON },
    { "user_not_visible", SLACK_NO_PERSON },
    { "cannot_dm_bot", SLACK_NO_PERSON },

    { "invalid_blocks*", SLACK_NO_FORM },
    { "invalid_arg*", SLACK_NO_FORM },
    { "invalid_array_arg", SLACK_NO_FORM },
    { "invalid_charset", SLACK_NO_FORM },
    { "invalid_form_data", SLACK_NO_FORM },
    { "invalid_json", SLACK_NO_FORM },
    { "json_not_object", SLACK_NO_FORM },
    { "invalid_metadata*", SLACK_NO_FORM },
    { "metadata_*", SLACK_NO_FORM },
    { "msg_too_long", SLACK_NO_FORM },
    { "msg_blocks_too_long", SLACK_NO_FORM },
    { "markdown_text_conflict", SLACK_NO_FORM },
    { "no_text", SLACK_NO_FORM },
};

enum slack_refusal slack_refusal_of(const char *error)
{
    for (size_t i = 0; error && i < COUNT(rows); i++) {
        const char *star = strchr(rows[i].code, '*');
        if (star ? strncmp(error, rows[i].code, (size_t)(star - rows[i].code)) == 0
                 : str_equal(error, rows[i].code))
            return rows[i].means;
    }
    return SLACK_NO_REASON;
}
