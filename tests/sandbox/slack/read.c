/* Methods that read: who we are, people, conversations and what was said; and reactions and
   pins. */
#include "tests/sandbox/slack/read.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"

#include <stdlib.h>
#include <string.h>

/* ---- who ---- */

json_t *slack_auth_test(struct slack_call *call)
{
    (void)call;
    return json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "ok", 1, "url",
                     "https://sandbox.slack.example/", "team", "Sandbox", "user", "reguard",
                     "team_id", SLACK_TEAM, "user_id", SLACK_BOT_USER, "bot_id", SLACK_BOT,
                     "app_id", SLACK_APP, "app_name", "reguard", "is_enterprise_install", 0);
}

json_t *slack_users_info(struct slack_call *call)
{
    const char *id = slack_arg(call, "user");
    json_t *user = id ? slack_user(call->slack, id) : NULL;
    if (!user)
        return id ? slack_error("user_not_found") : slack_missing("user");
    return json_pack("{s:b, s:o}", "ok", 1, "user", user);
}

json_t *slack_bots_info(struct slack_call *call)
{
    const char *bot = slack_arg(call, "bot");
    if (bot && !slack_same(bot, SLACK_BOT))
        return slack_error("bot_not_found");
    return json_pack("{s:b, s:{s:s, s:b, s:s, s:s, s:s, s:i}}", "ok", 1, "bot", "id", SLACK_BOT,
                     "deleted", 0, "name", "reguard", "app_id", SLACK_APP, "user_id",
                     SLACK_BOT_USER, "updated", 1700000000);
}

json_t *slack_team_info(struct slack_call *call)
{
    (void)call;
    return json_pack("{s:b, s:{s:s, s:s, s:s, s:s}}", "ok", 1, "team", "id", SLACK_TEAM, "name",
                     "Sandbox", "domain", "sandbox", "email_domain", "");
}

/* ---- pages ---- */

/* Where the page begins and ends that is asked for; false: the cursor is none of ours. */
static bool page_range(const struct slack_call *call, size_t total, size_t *from, size_t *to)
{
    const char *cursor = slack_arg(call, "cursor");
    size_t most = (size_t)slack_arg_number(call, "limit", 100);
    *from = 0;
    if (cursor && *cursor) {
        char *end;
        *from = strncmp(cursor, "from:", 5) == 0 ? strtoul(cursor + 5, &end, 10) : 0;
        if (*from == 0 || *end)
            return false;
    }
    most = most == 0 || most > 1000 ? total : most;
    if (call->slack->page_most > 0 && most > (size_t)call->slack->page_most)
        most = (size_t)call->slack->page_most;
    *from = *from < total ? *from : total;
    *to = total - *from > most ? *from + most : total;
    return true;
}

static json_t *page_answer(const char *name, json_t *some_new, size_t to, size_t total)
{
    json_t *next = to < total ? json_sprintf("from:%zu", to) : json_string("");
    return json_pack("{s:b, s:o, s:b, s:{s:o}}", "ok", 1, name, some_new, "has_more", to < total,
                     "response_metadata", "next_cursor", next);
}

/* Takes all, keeps `limit` from the cursor on under that name. */
static json_t *page(const struct slack_call *call, const char *name, json_t *all_new)
{
    size_t from, to, total = json_array_size(all_new);
    if (!page_range(call, total, &from, &to)) {
        json_decref(all_new);
        return slack_error("invalid_cursor");
    }
    json_t *some = json_array();
    for (size_t i = from; i < to; i++)
        json_array_append(some, json_array_get(all_new, i));
    json_decref(all_new);
    return page_answer(name, some, to, total);
}

/* The same of messages, of which only the page is copied. */
static json_t *message_page(struct slack_call *call, const struct slack_message *const *all,
                            size_t total)
{
    size_t from, to;
    if (!page_range(call, total, &from, &to))
        return slack_error("invalid_cursor");
    json_t *some = json_array();
    for (size_t i = from; i < to; i++)
        json_array_append_new(some, slack_shown(call->slack, all[i],
                                                slack_arg_flag(call, "include_all_metadata")));
    return page_answer("messages", some, to, total);
}

json_t *slack_users_list(struct slack_call *call)
{
    json_t *all = json_array();
    json_array_append_new(all, slack_user(call->slack, "USLACKBOT"));
    json_array_append_new(all, slack_user(call->slack, SLACK_BOT_USER));
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        json_array_append_new(all, slack_user(call->slack, call->slack->people[i].id));
    return page(call, "members", all);
}

/* ---- conversations ---- */

json_t *slack_conversations_info(struct slack_call *call)
{
    const char *channel = slack_arg(call, "channel");
    const struct slack_person *p = slack_person_of_dm(call->slack, channel);
    if (!channel)
        return slack_missing("channel");
    if (p)
        return json_pack("{s:b, s:{s:s, s:b, s:b, s:s, s:i}}", "ok", 1, "channel", "id", channel,
                         "is_im", 1, "is_archived", 0, "user", p->id, "created", 1700000000);
    if (!slack_channel_known(call->slack, channel))
        return slack_error("channel_not_found");
    json_t *shown = json_deep_copy(call->slack->channel);
    if (slack_same(channel, SLACK_ELSEWHERE)) {
        json_object_set_new(shown, "id", json_string(channel));
        json_object_set_new(shown, "name", json_string("general"));
        json_object_set_new(shown, "is_member", json_false());
    }
    if (slack_arg_flag(call, "include_num_members"))
        json_object_set_new(shown, "num_members", json_integer(SLACK_PEOPLE + 1));
    return json_pack("{s:b, s:o}", "ok", 1, "channel", shown);
}

json_t *slack_conversations_members(struct slack_call *call)
{
    const char *channel = slack_arg(call, "channel");
    const char *error = channel ? slack_channel_error(call->slack, channel, false) : NULL;
    if (!channel || error)
        return error ? slack_error(error) : slack_missing("channel");
    json_t *all = json_array();
    const struct slack_person *p = slack_person_of_dm(call->slack, channel);
    json_array_append_new(all, json_string(SLACK_BOT_USER));
    for (size_t i = 0; i < SLACK_PEOPLE; i++)
        if (!p || p == &call->slack->people[i])
            json_array_append_new(all, json_string(call->slack->people[i].id));
    return page(call, "members", all);
}

json_t *slack_conversations_open(struct slack_call *call)
{
    const char *users = slack_arg(call, "users"), *channel = slack_arg(call, "channel");
    if (!users && !channel)
        return slack_missing("users");
    const struct slack_person *p = users ? slack_person_by_id(call->slack, users)
                                         : slack_person_of_dm(call->slack, channel);
    if (!p)
        return slack_error(users ? "user_not_found" : "channel_not_found");
    if (json_is_true(json_object_get(p->user, "deleted")))
        return slack_error("user_disabled");
    return json_pack("{s:b, s:b, s:b, s:{s:s}}", "ok", 1, "no_op", 1, "already_open", 1, "channel",
                     "id", p->dm);
}

/* ---- what was said ---- */

static bool is_ts(const char *text) { return *text && strspn(text, "0123456789.") == strlen(text); }

/* Whether the message lies between oldest and latest. */
static bool in_range(const struct slack_call *call, const char *ts)
{
    const char *oldest = slack_arg(call, "oldest"), *latest = slack_arg(call, "latest");
    bool inclusive = slack_arg_flag(call, "inclusive");
    double at = strtod(ts, NULL), from = oldest ? strtod(oldest, NULL) : 0,
           to = latest && *latest ? strtod(latest, NULL) : 0;
    if (inclusive && (slack_same(ts, oldest) || slack_same(ts, latest)))
        return true;
    return at > from && !slack_same(ts, oldest) &&
           (to <= 0 || (at < to && !slack_same(ts, latest)));
}

static json_t *bad_range(const struct slack_call *call)
{
    const char *oldest = slack_arg(call, "oldest"), *latest = slack_arg(call, "latest");
    if (oldest && *oldest && !is_ts(oldest))
        return slack_error("invalid_ts_oldest");
    return latest && *latest && !is_ts(latest) ? slack_error("invalid_ts_latest") : NULL;
}

static bool is_reply(const struct slack_message *m)
{
    return m->thread[0] && !slack_same(m->thread, m->ts);
}

json_t *slack_conversations_history(struct slack_call *call)
{
    struct slack *s = call->slack;
    const char *channel = slack_arg(call, "channel");
    const char *error = channel ? slack_channel_error(s, channel, false) : NULL;
    if (!channel || error)
        return error ? slack_error(error) : slack_missing("channel");
    json_t *bad = bad_range(call);
    if (bad)
        return bad;
    static const struct slack_message *all[SLACK_MESSAGES_MOST];
    size_t total = 0;
    for (size_t i = s->message_count; i > 0; i--) {
        const struct slack_message *m = &s->messages[i - 1];
        bool top = !is_reply(m) || slack_same(slack_text(m->json, "subtype"), "thread_broadcast");
        if (slack_same(m->channel, channel) && top && in_range(call, m->ts))
            all[total++] = m;
    }
    json_t *answer = message_page(call, all, total);
    json_object_set_new(answer, "pin_count", json_integer((json_int_t)json_array_size(s->pins)));
    return answer;
}

json_t *slack_conversations_replies(struct slack_call *call)
{
    struct slack *s = call->slack;
    const char *channel = slack_arg(call, "channel"), *ts = slack_arg(call, "ts");
    const char *error = channel ? slack_channel_error(s, channel, false) : NULL;
    if (!channel || !ts || error)
        return error ? slack_error(error) : slack_missing(channel ? "ts" : "channel");
    json_t *bad = bad_range(call);
    const struct slack_message *root = slack_find(s, channel, ts);
    if (bad || !root)
        return bad ? bad : slack_error("thread_not_found");
    static const struct slack_message *all[SLACK_MESSAGES_MOST];
    size_t total = 0;
    for (size_t i = (size_t)(root - s->messages); i < s->message_count; i++) {
        const struct slack_message *m = &s->messages[i];
        bool reply = slack_same(m->thread, ts) && slack_same(m->channel, channel) &&
                     in_range(call, m->ts);
        if (m == root || reply)
            all[total++] = m;
    }
    return message_page(call, all, total);
}

/* ---- reactions and pins ---- */

static bool is_reaction(const char *name)
{
    return *name && strlen(name) <= 100 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-+'.:") == strlen(name) &&
           name[0] != ':' && name[strlen(name) - 1] != ':';
}

/* The message that channel and timestamp name. */
static struct slack_message *named_message(struct slack_call *call, json_t **ret_error)
{
    const char *channel = slack_arg(call, "channel"), *ts = slack_arg(call, "timestamp");
    const char *error = channel ? slack_channel_error(call->slack, channel, true) : NULL;
    struct slack_message *m = channel && ts && !error ? slack_find(call->slack, channel, ts) : NULL;
    if (!m)
        *ret_error = !channel ? slack_error("no_item_specified")
                     : error  ? slack_error(error)
                     : !ts    ? slack_error("no_item_specified")
                              : slack_error("message_not_found");
    return m;
}

static void tell_reaction(struct slack *s, const struct slack_message *m, const char *type,
                          const char *name)
{
    char ts[32];
    slack_next_ts(s, ts);
    slack_raise_event(s, NULL,
                      json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:s}", "type", type,
                                "user", SLACK_BOT_USER, "reaction", name, "item", "type", "message",
                                "channel", m->channel, "ts", m->ts, "item_user",
                                slack_text(m->json, "user"), "event_ts", ts));
}

static json_t *change_reaction(struct slack_call *call, bool add)
{
    json_t *error = NULL;
    const char *name = slack_arg(call, "name");
    struct slack_message *m = named_message(call, &error);
    if (!m)
        return error;
    if (!name || !is_reaction(name))
        return name ? slack_error("invalid_name") : slack_missing("name");
    bool changed = add ? slack_react(m, SLACK_BOT_USER, name)
                       : slack_unreact(m, SLACK_BOT_USER, name);
    if (!changed)
        return slack_error(add ? "already_reacted" : "no_reaction");
    tell_reaction(call->slack, m, add ? "reaction_added" : "reaction_removed", name);
    return json_pack("{s:b}", "ok", 1);
}

json_t *slack_reactions_add(struct slack_call *call) { return change_reaction(call, true); }

json_t *slack_reactions_remove(struct slack_call *call) { return change_reaction(call, false); }

json_t *slack_reactions_get(struct slack_call *call)
{
    json_t *error = NULL;
    const struct slack_message *m = named_message(call, &error);
    if (!m)
        return error;
    json_t *shown = slack_shown(call->slack, m, false);
    return json_pack("{s:b, s:s, s:s, s:o}", "ok", 1, "type", "message", "channel", m->channel,
                     "message", shown);
}

json_t *slack_pins_add(struct slack_call *call)
{
    json_t *error = NULL;
    const struct slack_message *m = named_message(call, &error);
    if (!m)
        return error;
    size_t i;
    json_t *pinned;
    json_array_foreach(call->slack->pins, i,
                       pinned) if (slack_same(json_string_value(pinned),
                                              m->ts)) return slack_error("already_pinned");
    if (json_array_size(call->slack->pins) >= 100)
        return slack_error("too_many_pins");
    json_array_append_new(call->slack->pins, json_string(m->ts));
    sandbox_changed();
    return json_pack("{s:b}", "ok", 1);
}
