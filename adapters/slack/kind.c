/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/slack/kind.h"
#include "adapters/slack/settings.h"
#include "adapters/slack/slack.h"

static struct adapter *make(struct adapter_world *w, struct err *err)
{
    const struct slack_settings *s = w->settings;
    (void)err;
    return slack_new(w->loop, w->http, w->inbox,
                     &(struct slack_options){ .app_token = w->secrets[0],
                                              .bot_token = w->secrets[1],
                                              .team = s->team,
                                              .channel = s->channel,
                                              .command = s->command,
                                              .api_url = s->api_url,
                                              .ca_file = s->ca_file,
                                              .people = w->people,
                                              .policy = w->policy,
                                              .deaf = w->deaf,
                                              .cursor = w->cursor });
}

static void use(struct adapter *adapter, const struct people *people, const struct policy *policy)
{
    slack_use_rules(adapter, people, policy);
}

/* clang-format off */
static const struct adapter_remedy remedies[] = {
    { "bot token belongs to another", "team", "compare with the workspace that the app is installed in" },
    { "organisation-wide", "bot_token_file", "" },
    { "refuses the bot token", "bot_token_file",
      "copy it anew from the app's page, OAuth & Permissions, and reinstall the app if it was taken back" },
    { "lacks scopes", "bot_token_file", "" },
    { "refuses the app", "app_token_file",
      "the app's page: Basic Information, App-Level Tokens, scope connections:write" },
    { "", "channel", "invite the bot there (/invite @reguard), and compare the id" },
};
/* clang-format on */

static const struct adapter_manifest manifests[] = { { "slack", slack_manifest }, { NULL, NULL } };

const struct adapter_kind slack_kind = {
    .role = ADAPTER_CHAT,
    .venue = &slack_venue,
    .section = &slack_section,
    .make = make,
    .use = use,
    .is_id = slack_is_member_id,
    .id_advice = "member's id: it begins with U or W (in Slack: profile, three dots, Copy member "
                 "ID); a name is not enough",
    .id_example = "U…",
    .escalate_advice = slack_escalate_advice,
    .checks = { .remedies = remedies,
                .connected = "both tokens work, Socket Mode is connected, the channel can be "
                             "served",
                .late = "no connection in time (tokens, network, Socket Mode switched on?)",
                .partly_key = "bot_token_file",
                .partly = "`reguard manifest slack` lists them with their reasons: add them on "
                          "the app's page and reinstall the app",
                .member = "a full member of the team",
                .stranger = "in an Enterprise Grid organisation they have to be members of the "
                            "workspace that [slack] team names, wherever they are at home" },
    .manifests = manifests,
};
