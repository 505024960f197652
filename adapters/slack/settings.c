/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/settings.h"
#include "core/utf8.h"

#include <string.h>

static bool is_id(const char *text, const char *first)
{
    return text[0] && strchr(first, text[0]) && text[1] &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(text);
}

bool slack_is_member_id(const char *text) { return is_id(text, "UW"); }

static const char *team_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    return is_id(text, "T") ? NULL
                            : "that is no workspace's id: it begins with T and stands in the "
                              "address of Slack in a browser, app.slack.com/client/T…";
}

static const char *channel_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    return is_id(text, "CG") ? NULL
                             : "that is no channel's id: it begins with C or G and stands at the "
                               "end of the channel's details in Slack; a name is not enough";
}

static const char *command_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    return text[0] == '/' && text[1] && !strpbrk(text, " \t")
               ? NULL
               : "Slack sends commands with their slash, so this one would never be recognised: "
                 "write /reguard, or what the app's manifest has";
}

/* Arrows, signs and pictographs: what a keyboard of emoji writes. */
static bool has_emoji(const char *text)
{
    while (*text) {
        uint32_t code = 0;
        size_t bytes = utf8_decode(text, &code);
        if ((code >= 0x2190 && code <= 0x2bff) || (code >= 0x1f000 && code <= 0x1faff))
            return true;
        text += bytes ? bytes : 1;
    }
    return false;
}

/* Only where reactions count. */
static bool may_be_reaction(const char *text, const struct policy *policy)
{
    size_t bytes = strlen(text);
    return !(policy->approve_with & APPROVE_BY_REACTION) ||
           (!has_emoji(text) && text[0] != ':' && text[bytes - 1] != ':');
}

static const char *approve_advice(const char *text, const struct policy *policy)
{
    return may_be_reaction(text, policy)
               ? NULL
               : "Slack sends the name of an emoji, without colons, so no reaction would count: "
                 "write a name like white_check_mark";
}

static const char *decline_advice(const char *text, const struct policy *policy)
{
    if (!may_be_reaction(text, policy))
        return "Slack sends the name of an emoji, without colons, so no reaction would count: "
               "write a name like x";
    return str_equal(text, policy->approve_reaction)
               ? "that is approve_reaction, too: choose another one"
               : NULL;
}

/* Slack takes a bare @here for five characters of text. */
const char *slack_escalate_advice(const char *text)
{
    for (const char *at = strchr(text, '@'); at; at = strchr(at + 1, '@'))
        if (at == text || at[-1] != '<')
            return "in Slack that is plain text and reaches nobody: write <!here>, <!channel>, "
                   "<@U…> or <!subteam^S…>";
    return NULL;
}

/* ---- what a secret begins with ---- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *app_token_advice(const char *secret, const struct policy *policy)
{
    (void)policy;
    if (begins(secret, "xapp-"))
        return NULL;
    if (begins(secret, "xoxb-"))
        return "it holds the bot token (xoxb-); the app-level token (xapp-) belongs here: the "
               "app's page, Basic Information, App-Level Tokens, scope connections:write";
    return "it holds no app-level token (xapp-): the app's page, Basic Information, App-Level "
           "Tokens, scope connections:write";
}

static const char *bot_token_advice(const char *secret, const struct policy *policy)
{
    (void)policy;
    if (begins(secret, "xoxb-"))
        return NULL;
    if (begins(secret, "xapp-"))
        return "it holds the app-level token (xapp-); the bot token (xoxb-) belongs here: the "
               "app's page, OAuth & Permissions";
    if (begins(secret, "xoxp-"))
        return "it holds a person's token (xoxp-), and reguard would speak as that person; the "
               "bot token (xoxb-) belongs here: the app's page, OAuth & Permissions";
    if (begins(secret, "xoxe"))
        return "it holds a token of an app with token rotation (xoxe), which ends after 12 hours; "
               "switch rotation off for the app, reinstall it, and put the new bot token (xoxb-) "
               "here";
    return "it holds no bot token (xoxb-): the app's page, OAuth & Permissions";
}

#define OWN(member) SETTING_OWN, SETTING_AT(slack_settings, member)
#define RULE(member) SETTING_RULE, SETTING_AT(policy, member)
/* clang-format off */
static const struct setting rows[] = {
    { "app_token_file", SETTING_SECRET, OWN(app_token_file), NULL, 1, 0, NULL, app_token_advice },
    { "bot_token_file", SETTING_SECRET, OWN(bot_token_file), NULL, 1, 0, NULL, bot_token_advice },
    { "team", SETTING_TEXT, OWN(team), NULL, 1, 0, NULL, team_advice },
    { "channel", SETTING_TEXT, OWN(channel), NULL, 1, 0, NULL, channel_advice },
    { "command", SETTING_TEXT, OWN(command), "/reguard", 1, 0, NULL, command_advice },
    { "api_url", SETTING_ADDRESS, OWN(api_url), "https://slack.com/api/", 1, 0, NULL, NULL },
    { "ca_file", SETTING_ANCHOR, OWN(ca_file), "", 0, 0, NULL, NULL },
    { "approve_reaction", SETTING_TEXT, RULE(approve_reaction), "white_check_mark", 1, 0, NULL, approve_advice },
    { "decline_reaction", SETTING_TEXT, RULE(decline_reaction), "x", 1, 0, NULL, decline_advice },
};
/* clang-format on */

const struct setting_section slack_section = {
    .name = "slack",
    .rows = rows,
    .count = COUNT(rows),
    .bytes = sizeof(struct slack_settings),
    .secrets = { "app_token_file", "bot_token_file" },
    .anchor = "ca_file",
    .ears = "app_token_file",
    .place = "channel",
    .word = "command",
};
