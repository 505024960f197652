/* SPDX-License-Identifier: Apache-2.0 */
/* Methods that read: who we are, people, conversations and what was said; and reactions and
   pins. */
#include "tests/sandbox/slack/read.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdlib.h>
#include <string.h>

/* ---- who ---- */

json_t *slackd_auth_test(struct slackd_call *call)
{
    (void)call;
    return json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "ok", 1, "url",
                     "https://sandbox.slack.example/", "team", "Sandbox", "user", "reguard",
                     "team_id", SLACKD_TEAM, "user_id", SLACKD_BOT_USER, "bot_id", SLACKD_BOT,
                     "app_id", SLACKD_APP, "app_name", "reguard", "is_enterprise_install", 0);
}

json_t *slackd_users_info(struct slackd_call *call)
{
    const char *id = slackd_arg(call, "user");
    json_t *user = id ? slackd_user(call->slack, id) : NULL;
    if (!user)
        return id ? slackd_error("user_not_found") : slackd_missing("user");
    return json_pack("{s:b, s:o}", "ok", 1, "user", user);
}

json_t *slackd_bots_info(struct slackd_call *call)
{
    const char *bot = slackd_arg(call, "bot");
    if (bot && !sandbox_same(bot, SLACKD_BOT))
        return slackd_error("bot_not_found");
    return json_pack("{s:b, s:{s:s, s:b, s:s, s:s, s:s, s:i}}", "ok", 1, "bot", "id", SLACKD_BOT,
                     "deleted", 0, "name", "reguard", "app_id", SLACKD_APP, "user_id",
                     SLACKD_BOT_USER, "updated", 1700000000);
}

json_t *slackd_team_info(struct slackd_call *call)
{
    (void)call;
    return json_pack("{s:b, s:{s:s, s:s, s:s, s:s}}", "ok", 1, "team", "id", SLACKD_TEAM, "name",
                     "Sandbox", "domain", "sandbox", "email_domain", "");
}

/* ---- pages ---- */

/* Where the page begins and ends that is asked for; false: the cursor is none of ours. */
static bool page_range(const struct slackd_call *call, size_t total, size_t *from, size_t *to)
{
    const char *cursor = slackd_arg(call, "cursor");
    size_t most = (size_t)slackd_arg_number(call, "limit", 100);
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
static json_t *page(const struct slackd_call *call, const char *name, json_t *all_new)
{
    size_t from, to, total = json_array_size(all_new);
    if (!page_range(call, total, &from, &to)) {
        json_decref(all_new);
        return slackd_error("invalid_cursor");
    }
    json_t *some = json_array();
    for (size_t i = from; i < to; i++)
        json_array_append(some, json_array_get(all_new, i));
    json_decref(all_new);
    return page_answer(name, some, to, total);
}

/* The same of messages, of which only the page is copied. */
static json_t *message_page(struct slackd_call *call, const struct slackd_message *const *all,
                            size_t total)
{
    size_t from, to;
    if (!page_range(call, total, &from, &to))
        return slackd_error("invalid_cursor");
    json_t *some = json_array();
    for (size_t i = from; i < to; i++)
        json_array_append_new(some, slackd_shown(call->slack, all[i],
                                                 slackd_arg_flag(call, "include_all_metadata")));
    return page_answer("messages", some, to, total);
}

json_t *slackd_users_list(struct slackd_call *call)
{
    json_t *all = json_array();
    json_array_append_new(all, slackd_user(call->slack, "USLACKBOT"));
    json_array_append_new(all, slackd_user(call->slack, SLACKD_BOT_USER));
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        json_array_append_new(all, slackd_user(call->slack, call->slack->people[i].id));
    return page(call, "members", all);
}

/* ---- conversations ---- */

json_t *slackd_conversations_info(struct slackd_call *call)
{
    const char *channel = slackd_arg(call, "channel");
    const struct slackd_person *p = slackd_person_of_dm(call->slack, channel);
    if (!channel)
        return slackd_missing("channel");
    if (p)
        return json_pack("{s:b, s:{s:s, s:b, s:b, s:s, s:i}}", "ok", 1, "channel", "id", channel,
                         "is_im", 1, "is_archived", 0, "user", p->id, "created", 1700000000);
    if (!slackd_channel_known(call->slack, channel))
        return slackd_error("channel_not_found");
    json_t *shown = json_deep_copy(call->slack->channel);
    if (sandbox_same(channel, SLACKD_ELSEWHERE)) {
        json_object_set_new(shown, "id", json_string(channel));
        json_object_set_new(shown, "name", json_string("general"));
        json_object_set_new(shown, "is_member", json_false());
    }
    if (slackd_arg_flag(call, "include_num_members"))
        json_object_set_new(shown, "num_members", json_integer(SLACKD_PEOPLE + 1));
    return json_pack("{s:b, s:o}", "ok", 1, "channel", shown);
}

json_t *slackd_conversations_members(struct slackd_call *call)
{
    const char *channel = slackd_arg(call, "channel");
    const char *error = channel ? slackd_channel_error(call->slack, channel, false) : NULL;
    if (!channel || error)
        return error ? slackd_error(error) : slackd_missing("channel");
    json_t *all = json_array();
    const struct slackd_person *p = slackd_person_of_dm(call->slack, channel);
    json_array_append_new(all, json_string(SLACKD_BOT_USER));
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (!p || p == &call->slack->people[i])
            json_array_append_new(all, json_string(call->slack->people[i].id));
    return page(call, "members", all);
}

json_t *slackd_conversations_open(struct slackd_call *call)
{
    const char *users = slackd_arg(call, "users"), *channel = slackd_arg(call, "channel");
    if (!users && !channel)
        return slackd_missing("users");
    const struct slackd_person *p = users ? slackd_person_by_id(call->slack, users)
                                          : slackd_person_of_dm(call->slack, channel);
    if (!p)
        return slackd_error(users ? "user_not_found" : "channel_not_found");
    if (json_is_true(json_object_get(p->user, "deleted")))
        return slackd_error("user_disabled");
    return json_pack("{s:b, s:b, s:b, s:{s:s}}", "ok", 1, "no_op", 1, "already_open", 1, "channel",
                     "id", p->dm);
}

/* ---- what was said ---- */

static bool is_ts(const char *text) { return *text && strspn(text, "0123456789.") == strlen(text); }

/* Whether the message lies between oldest and latest. */
static bool in_range(const struct slackd_call *call, const char *ts)
{
    const char *oldest = slackd_arg(call, "oldest"), *latest = slackd_arg(call, "latest");
    bool inclusive = slackd_arg_flag(call, "inclusive");
    double at = strtod(ts, NULL), from = oldest ? strtod(oldest, NULL) : 0,
           to = latest && *latest ? strtod(latest, NULL) : 0;
    if (inclusive && (sandbox_same(ts, oldest) || sandbox_same(ts, latest)))
        return true;
    return at > from && !sandbox_same(ts, oldest) &&
           (to <= 0 || (at < to && !sandbox_same(ts, latest)));
}

static json_t *bad_range(const struct slackd_call *call)
{
    const char *oldest = slackd_arg(call, "oldest"), *latest = slackd_arg(call, "latest");
    if (oldest && *oldest && !is_ts(oldest))
        return slackd_error("invalid_ts_oldest");
    return latest && *latest && !is_ts(latest) ? slackd_error("invalid_ts_latest") : NULL;
}

static bool is_reply(const struct slackd_message *m)
{
    return m->thread[0] && !sandbox_same(m->thread, m->ts);
}

json_t *slackd_conversations_history(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    const char *channel = slackd_arg(call, "channel");
    const char *error = channel ? slackd_channel_error(s, channel, false) : NULL;
    if (!channel || error)
        return error ? slackd_error(error) : slackd_missing("channel");
    json_t *bad = bad_range(call);
    if (bad)
        return bad;
    static const struct slackd_message *all[SLACKD_MESSAGES_MOST];
    size_t total = 0;
    for (size_t i = s->message_count; i > 0; i--) {
        const struct slackd_message *m = &s->messages[i - 1];
        bool top = !is_reply(m) ||
                   sandbox_same(sandbox_text(m->json, "subtype"), "thread_broadcast");
        if (sandbox_same(m->channel, channel) && top && in_range(call, m->ts))
            all[total++] = m;
    }
    json_t *answer = message_page(call, all, total);
    json_object_set_new(answer, "pin_count", json_integer((json_int_t)json_array_size(s->pins)));
    return answer;
}

json_t *slackd_conversations_replies(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    const char *channel = slackd_arg(call, "channel"), *ts = slackd_arg(call, "ts");
    const char *error = channel ? slackd_channel_error(s, channel, false) : NULL;
    if (!channel || !ts || error)
        return error ? slackd_error(error) : slackd_missing(channel ? "ts" : "channel");
    json_t *bad = bad_range(call);
    const struct slackd_message *root = slackd_find(s, channel, ts);
    if (bad || !root)
        return bad ? bad : slackd_error("thread_not_found");
    static const struct slackd_message *all[SLACKD_MESSAGES_MOST];
    size_t total = 0;
    for (size_t i = (size_t)(root - s->messages); i < s->message_count; i++) {
        const struct slackd_message *m = &s->messages[i];
        bool reply = sandbox_same(m->thread, ts) && sandbox_same(m->channel, channel) &&
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
static struct slackd_message *named_message(struct slackd_call *call, json_t **ret_error)
{
    const char *channel = slackd_arg(call, "channel"), *ts = slackd_arg(call, "timestamp");
    const char *error = channel ? slackd_channel_error(call->slack, channel, true) : NULL;
    struct slackd_message *m = channel && ts && !error ? slackd_find(call->slack, channel, ts)
                                                       : NULL;
    if (!m)
        *ret_error = !channel ? slackd_error("no_item_specified")
                     : error  ? slackd_error(error)
                     : !ts    ? slackd_error("no_item_specified")
                              : slackd_error("message_not_found");
    return m;
}

static void tell_reaction(struct slackd *s, const struct slackd_message *m, const char *type,
                          const char *name)
{
    char ts[32];
    slackd_next_ts(s, ts);
    slackd_raise_event(s, NULL,
                       json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:s, s:s}", "type", type,
                                 "user", SLACKD_BOT_USER, "reaction", name, "item", "type",
                                 "message", "channel", m->channel, "ts", m->ts, "item_user",
                                 sandbox_text(m->json, "user"), "event_ts", ts));
}

static json_t *change_reaction(struct slackd_call *call, bool add)
{
    json_t *error = NULL;
    const char *name = slackd_arg(call, "name");
    struct slackd_message *m = named_message(call, &error);
    if (!m)
        return error;
    if (!name || !is_reaction(name))
        return name ? slackd_error("invalid_name") : slackd_missing("name");
    bool changed = add ? slackd_react(m, SLACKD_BOT_USER, name)
                       : slackd_unreact(m, SLACKD_BOT_USER, name);
    if (!changed)
        return slackd_error(add ? "already_reacted" : "no_reaction");
    tell_reaction(call->slack, m, add ? "reaction_added" : "reaction_removed", name);
    return json_pack("{s:b}", "ok", 1);
}

json_t *slackd_reactions_add(struct slackd_call *call) { return change_reaction(call, true); }

json_t *slackd_reactions_remove(struct slackd_call *call) { return change_reaction(call, false); }

json_t *slackd_reactions_get(struct slackd_call *call)
{
    json_t *error = NULL;
    const struct slackd_message *m = named_message(call, &error);
    if (!m)
        return error;
    json_t *shown = slackd_shown(call->slack, m, false);
    return json_pack("{s:b, s:s, s:s, s:o}", "ok", 1, "type", "message", "channel", m->channel,
                     "message", shown);
}

json_t *slackd_pins_add(struct slackd_call *call)
{
    json_t *error = NULL;
    const struct slackd_message *m = named_message(call, &error);
    if (!m)
        return error;
    size_t i;
    json_t *pinned;
    json_array_foreach(call->slack->pins, i,
                       pinned) if (sandbox_same(json_string_value(pinned),
                                                m->ts)) return slackd_error("already_pinned");
    if (json_array_size(call->slack->pins) >= 100)
        return slackd_error("too_many_pins");
    json_array_append_new(call->slack->pins, json_string(m->ts));
    sandbox_changed();
    return json_pack("{s:b}", "ok", 1);
}
