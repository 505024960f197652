/* Who there is: the six people of README.md, the bot, Slackbot, and the made-up people of a load;
   and the channel they are in. */
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/tools.h"

#include <stdio.h>
#include <string.h>

static const struct slack_person cast[SLACK_PEOPLE] = {
    { .name = "ana",
      .id = "U0ANA0001",
      .dm = "D0ANA0001",
      .real_name = "Ana Almeida",
      .team = SLACK_TEAM },
    { .name = "ben",
      .id = "U0BEN0001",
      .dm = "D0BEN0001",
      .real_name = "Ben Baker",
      .team = SLACK_TEAM },
    { .name = "cleo",
      .id = "U0CLEO001",
      .dm = "D0CLEO001",
      .real_name = "Cleo Castro",
      .team = SLACK_TEAM },
    { .name = "dan",
      .id = "U0DAN0001",
      .dm = "D0DAN0001",
      .real_name = "Dan Dupont",
      .team = SLACK_TEAM },
    { .name = "gil",
      .id = "U0GIL0001",
      .dm = "D0GIL0001",
      .real_name = "Gil Guest",
      .team = SLACK_TEAM,
      .is_restricted = true },
    { .name = "eve",
      .id = "U0EVE0001",
      .dm = "D0EVE0001",
      .real_name = "Eve Else",
      .team = SLACK_OTHER_TEAM },
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

static void person_init(struct slack_person *p, const struct slack_person *from)
{
    *p = *from;
    p->user = user_json(p->id, p->name, p->real_name, p->team, false);
    if (p->is_restricted)
        json_object_set_new(p->user, "is_restricted", json_true());
    if (!slack_same(p->team, SLACK_TEAM))
        json_object_set_new(p->user, "is_stranger",
                            json_false()); /* shares a channel with us: external, not a stranger */
    p->ephemeral = json_array();
    p->responses = json_array();
}

void slack_people_init(struct slack *s)
{
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        person_init(&s->people[i], &cast[i]);
    s->channel = json_pack("{s:s, s:s, s:s, s:i, s:s, s:[]}", "id", SLACK_CHANNEL, "name",
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
    json_object_set_new(s->channel, "context_team_id", json_string(SLACK_TEAM));
    json_object_set_new(s->channel, "shared_team_ids", json_pack("[s]", SLACK_TEAM));
    json_object_set_new(s->channel, "topic",
                        json_pack("{s:s, s:s, s:i}", "value", "", "creator", "", "last_set", 0));
    json_object_set_new(s->channel, "purpose",
                        json_pack("{s:s, s:s, s:i}", "value", "Who lifts the guardrail, and why",
                                  "creator", "U0ANA0001", "last_set", 1700000000));
}

void slack_people_done(struct slack *s)
{
    for (size_t i = 0; i < SLACK_PEOPLE; i++) {
        json_decref(s->people[i].user);
        json_decref(s->people[i].ephemeral);
        json_decref(s->people[i].responses);
        json_decref(s->people[i].modal);
    }
    json_decref(s->channel);
}

struct slack_person *slack_person_named(struct slack *s, const char *name)
{
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        if (slack_same(s->people[i].name, name))
            return &s->people[i];
    return NULL;
}

struct slack_person *slack_person_by_id(struct slack *s, const char *id)
{
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        if (slack_same(s->people[i].id, id))
            return &s->people[i];
    return NULL;
}

struct slack_person *slack_person_of_dm(struct slack *s, const char *channel)
{
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        if (slack_same(s->people[i].dm, channel))
            return &s->people[i];
    return NULL;
}

json_t *slack_user(struct slack *s, const char *id)
{
    struct slack_person *p = slack_person_by_id(s, id);
    if (p)
        return json_deep_copy(p->user);
    if (slack_same(id, SLACK_BOT_USER)) {
        json_t *bot = user_json(id, "reguard", "reguard", SLACK_TEAM, true);
        json_object_set_new(json_object_get(bot, "profile"), "bot_id", json_string(SLACK_BOT));
        json_object_set_new(json_object_get(bot, "profile"), "api_app_id", json_string(SLACK_APP));
        return bot;
    }
    if (slack_same(id, "USLACKBOT")) /* is_bot is false for it, as in Slack */
        return user_json(id, "slackbot", "Slackbot", SLACK_TEAM, false);
    if (id && strncmp(id, SLACK_LOAD_USER, strlen(SLACK_LOAD_USER)) == 0 &&
        strlen(id) == strlen(SLACK_LOAD_USER) + 5)
        return user_json(id, "load", "One of many", SLACK_TEAM, false);
    return NULL;
}

const char *slack_name(const struct slack *s, const char *id)
{
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        if (slack_same(s->people[i].id, id))
            return s->people[i].name;
    return slack_same(id, SLACK_BOT_USER) ? "reguard" : id ? id : "nobody";
}

bool slack_people_change(struct slack *s, const json_t *change, struct web_reply *reply)
{
    struct slack_person *p = slack_person_named(s, slack_text(change, "person"));
    if (!p) {
        slack_refuse(reply, 404, "There is no such person.");
        return false;
    }
    slack_merge(p->user, change);
    json_object_del(p->user, "person");
    return true;
}

/* ---- the channels ---- */

bool slack_channel_known(struct slack *s, const char *channel)
{
    return slack_same(channel, SLACK_CHANNEL) || slack_same(channel, SLACK_ELSEWHERE) ||
           slack_person_of_dm(s, channel);
}

const char *slack_channel_error(struct slack *s, const char *channel, bool writes)
{
    if (!slack_channel_known(s, channel))
        return "channel_not_found";
    if (slack_person_of_dm(s, channel))
        return NULL;
    if (slack_same(channel, SLACK_ELSEWHERE) ||
        !json_is_true(json_object_get(s->channel, "is_member")))
        return "not_in_channel";
    return writes && json_is_true(json_object_get(s->channel, "is_archived")) ? "is_archived"
                                                                              : NULL;
}
