/* SPDX-License-Identifier: Apache-2.0 */
/* Who there is: the six people of README.md, the bot, Slackbot, and the made-up people of a load;
   and the channel they are in. */
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

static const struct slackd_person cast[SLACKD_PEOPLE] = {
    { .name = "ana",
      .id = "U0ANA0001",
      .dm = "D0ANA0001",
      .real_name = "Ana Almeida",
      .team = SLACKD_TEAM },
    { .name = "ben",
      .id = "U0BEN0001",
      .dm = "D0BEN0001",
      .real_name = "Ben Baker",
      .team = SLACKD_TEAM },
    { .name = "cleo",
      .id = "U0CLEO001",
      .dm = "D0CLEO001",
      .real_name = "Cleo Castro",
      .team = SLACKD_TEAM },
    { .name = "dan",
      .id = "U0DAN0001",
      .dm = "D0DAN0001",
      .real_name = "Dan Dupont",
      .team = SLACKD_TEAM },
    { .name = "gil",
      .id = "U0GIL0001",
      .dm = "D0GIL0001",
      .real_name = "Gil Guest",
      .team = SLACKD_TEAM,
      .is_restricted = true },
    { .name = "eve",
      .id = "U0EVE0001",
      .dm = "D0EVE0001",
      .real_name = "Eve Else",
      .team = SLACKD_OTHER_TEAM },
};

static json_t *user_json(const char *id, const char *name, const char *real_name, const char *team,
                         bool is_bot)
{
    json_t *user = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:i}", "id", id, "team_id",
                             team, "name", name, "deleted", 0, "color", "9f69e7", "real_name",
                             real_name, "tz", "Etc/UTC", "tz_label", "Coordinated Universal Time",
                             "tz_offset", 0);
    json_object_set_new(user, "profile",
                        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "real_name", real_name,
                                  "real_name_normalized", real_name, "display_name", name,
                                  "display_name_normalized", name, "status_text", "",
                                  "status_emoji", "", "team", team));
    static const char *const flags[] = {
        "is_admin",   "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted",
        "is_app_user"
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        json_object_set_new(user, flags[i], json_false());
    json_object_set_new(user, "is_bot", json_boolean(is_bot));
    json_object_set_new(user, "is_email_confirmed", json_boolean(!is_bot));
    json_object_set_new(user, "updated", json_integer(1700000000));
    json_object_set_new(user, "who_can_share_contact_card", json_string("EVERYONE"));
    return user;
}

static void person_init(struct slackd_person *p, const struct slackd_person *from)
{
    *p = *from;
    p->user = user_json(p->id, p->name, p->real_name, p->team, false);
    if (sandbox_same(p->name, "ana")) { /* a zone without summer time: the same all year */
        json_object_set_new(p->user, "tz", json_string("Africa/Lagos"));
        json_object_set_new(p->user, "tz_label", json_string("West Africa Standard Time"));
        json_object_set_new(p->user, "tz_offset", json_integer(3600));
    }
    if (p->is_restricted)
        json_object_set_new(p->user, "is_restricted", json_true());
    if (!sandbox_same(p->team, SLACKD_TEAM))
        json_object_set_new(p->user, "is_stranger",
                            json_false()); /* shares a channel with us: external, not a stranger */
    p->ephemeral = json_array();
    p->responses = json_array();
    p->offered = json_array();
}

void slackd_people_init(struct slackd *s)
{
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        person_init(&s->people[i], &cast[i]);
    s->channel = json_pack("{s:s, s:s, s:s, s:i, s:s, s:[]}", "id", SLACKD_CHANNEL, "name",
                           "root-ops", "name_normalized", "root-ops", "created", 1700000000,
                           "creator", "U0ANA0001", "pending_shared");
    static const char *const no[] = {
        "is_group",   "is_im",     "is_mpim",       "is_private",    "is_archived",
        "is_general", "is_shared", "is_org_shared", "is_ext_shared", "is_pending_ext_shared"
    };
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        json_object_set_new(s->channel, no[i], json_false());
    json_object_set_new(s->channel, "is_channel", json_true());
    json_object_set_new(s->channel, "is_member", json_true());
    json_object_set_new(s->channel, "context_team_id", json_string(SLACKD_TEAM));
    json_object_set_new(s->channel, "shared_team_ids", json_pack("[s]", SLACKD_TEAM));
    json_object_set_new(s->channel, "topic",
                        json_pack("{s:s, s:s, s:i}", "value", "", "creator", "", "last_set", 0));
    json_object_set_new(s->channel, "purpose",
                        json_pack("{s:s, s:s, s:i}", "value", "Who lifts the guardrail, and why",
                                  "creator", "U0ANA0001", "last_set", 1700000000));
}

void slackd_people_done(struct slackd *s)
{
    for (size_t i = 0; i < SLACKD_PEOPLE; i++) {
        json_decref(s->people[i].user);
        json_decref(s->people[i].ephemeral);
        json_decref(s->people[i].responses);
        json_decref(s->people[i].modal);
    }
    json_decref(s->channel);
}

struct slackd_person *slackd_person_named(struct slackd *s, const char *name)
{
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (sandbox_same(s->people[i].name, name))
            return &s->people[i];
    return NULL;
}

struct slackd_person *slackd_person_by_id(struct slackd *s, const char *id)
{
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (sandbox_same(s->people[i].id, id))
            return &s->people[i];
    return NULL;
}

struct slackd_person *slackd_person_of_dm(struct slackd *s, const char *channel)
{
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (sandbox_same(s->people[i].dm, channel))
            return &s->people[i];
    return NULL;
}

json_t *slackd_user(struct slackd *s, const char *id)
{
    struct slackd_person *p = slackd_person_by_id(s, id);
    if (p)
        return json_deep_copy(p->user);
    if (sandbox_same(id, SLACKD_BOT_USER)) {
        json_t *bot = user_json(id, "reguard", "reguard", SLACKD_TEAM, true);
        json_object_set_new(json_object_get(bot, "profile"), "bot_id", json_string(SLACKD_BOT));
        json_object_set_new(json_object_get(bot, "profile"), "api_app_id", json_string(SLACKD_APP));
        return bot;
    }
    if (sandbox_same(id, "USLACKBOT")) /* is_bot is false for it, as in Slack */
        return user_json(id, "slackbot", "Slackbot", SLACKD_TEAM, false);
    if (id && strncmp(id, SLACKD_LOAD_USER, strlen(SLACKD_LOAD_USER)) == 0 &&
        strlen(id) == strlen(SLACKD_LOAD_USER) + 5)
        return user_json(id, "load", "One of many", SLACKD_TEAM, false);
    return NULL;
}

const char *slackd_name(const struct slackd *s, const char *id)
{
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (sandbox_same(s->people[i].id, id))
            return s->people[i].name;
    return sandbox_same(id, SLACKD_BOT_USER) ? "reguard" : id ? id : "nobody";
}

bool slackd_people_change(struct slackd *s, json_t *change, struct web_reply *reply)
{
    struct slackd_person *p = slackd_person_named(s, sandbox_text(change, "person"));
    if (!p) {
        slackd_refuse(reply, 404, "There is no such person.");
        return false;
    }
    slackd_merge(p->user, change);
    json_object_del(p->user, "person");
    return true;
}

/* ---- the channels ---- */

bool slackd_channel_known(struct slackd *s, const char *channel)
{
    return sandbox_same(channel, SLACKD_CHANNEL) || sandbox_same(channel, SLACKD_ELSEWHERE) ||
           slackd_person_of_dm(s, channel);
}

const char *slackd_channel_error(struct slackd *s, const char *channel, bool writes)
{
    if (!slackd_channel_known(s, channel))
        return "channel_not_found";
    if (slackd_person_of_dm(s, channel))
        return NULL;
    if (sandbox_same(channel, SLACKD_ELSEWHERE) ||
        !json_is_true(json_object_get(s->channel, "is_member")))
        return "not_in_channel";
    return writes && json_is_true(json_object_get(s->channel, "is_archived")) ? "is_archived"
                                                                              : NULL;
}
