/* SPDX-License-Identifier: Apache-2.0 */
/* chat.*: posting, editing, deleting, and messages that one person sees. */
#include "tests/sandbox/slack/chat.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/load.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/schema.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_MOST = 40000,
    UPDATE_TEXT_MOST = 4000,
    METADATA_BYTES_MOST = 8000,
    BLOCKS_MOST = 50,
    ATTACHMENTS_MOST = 100
};

/* ---- a message out of a call ---- */

static json_t *read_blocks(struct slackd_call *call, json_t **ret_error)
{
    bool bad;
    json_t *blocks = slackd_arg_json(call, "blocks", &bad);
    if (!blocks && !bad)
        return NULL;
    if (bad || !json_is_array(blocks)) {
        *ret_error = slackd_error("invalid_blocks_format");
        return NULL;
    }
    json_t *messages = json_array();
    slackd_check_blocks(blocks, "/blocks", BLOCKS_MOST, messages);
    if (json_array_size(messages) > 0)
        *ret_error = slackd_error_because("invalid_blocks", messages);
    else
        json_decref(messages);
    slackd_complete_blocks(blocks);
    return *ret_error ? NULL : blocks;
}

static bool is_event_type(const char *name)
{
    if (!*name || strlen(name) > 255)
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("_-.", *name))
            return false;
    return true;
}

static json_t *read_metadata(struct slackd_call *call, json_t **ret_error)
{
    bool bad;
    json_t *metadata = slackd_arg_json(call, "metadata", &bad);
    if (!metadata && !bad)
        return NULL;
    const json_t *payload = json_object_get(metadata, "event_payload");
    if (bad || !is_event_type(sandbox_text(metadata, "event_type")) || !json_is_object(payload))
        *ret_error = slackd_error("invalid_metadata_format");
    else if (json_dumpb(metadata, NULL, 0, JSON_COMPACT) > METADATA_BYTES_MOST)
        *ret_error = slackd_error("metadata_too_large");
    return *ret_error ? NULL : metadata;
}

static json_t *bot_profile(void)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:i, s:s}", "id", SLACKD_BOT, "app_id", SLACKD_APP,
                     "name", "reguard", "deleted", 0, "updated", 1700000000, "team_id",
                     SLACKD_TEAM);
}

static json_t *bot_message(const char *text)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "type", "message", "user",
                     SLACKD_BOT_USER, "bot_id", SLACKD_BOT, "app_id", SLACKD_APP, "text", text,
                     "team", SLACKD_TEAM, "bot_profile", bot_profile());
}

json_t *slackd_message_of(struct slackd_call *call, json_t **ret_error)
{
    bool bad;
    const char *text = slackd_arg(call, "text");
    *ret_error = NULL;
    json_t *attachments = slackd_arg_json(call, "attachments", &bad);
    json_t *blocks = read_blocks(call, ret_error);
    json_t *metadata = *ret_error ? NULL : read_metadata(call, ret_error);
    if (*ret_error)
        return NULL;
    if (json_array_size(attachments) > ATTACHMENTS_MOST)
        *ret_error = slackd_error("too_many_attachments");
    else if ((!text || !*text) && json_array_size(blocks) == 0 && json_array_size(attachments) == 0)
        *ret_error = slackd_error("no_text");
    else if (text && slackd_characters(text) > TEXT_MOST)
        *ret_error = slackd_error("msg_too_long");
    if (*ret_error)
        return NULL;
    json_t *message = bot_message(text ? text : "");
    if (blocks)
        json_object_set(message, "blocks", blocks);
    if (attachments)
        json_object_set(message, "attachments", attachments);
    if (metadata)
        json_object_set(message, "metadata", metadata);
    return message;
}

struct slackd_message *slackd_post_as_bot(struct slackd *s, const char *channel,
                                          const json_t *content)
{
    json_t *message = bot_message(sandbox_text(content, "text")),
           *blocks = json_object_get(content, "blocks");
    if (json_is_array(blocks)) {
        json_object_set_new(message, "blocks", json_deep_copy(blocks));
        slackd_complete_blocks(json_object_get(message, "blocks"));
    }
    return slackd_post(s, channel, message);
}

/* ---- where to ---- */

/* A person's id stands for the direct conversation with them. NULL and *ret_error when the bot may
   not write there. */
static const char *target(struct slackd_call *call, bool writes, json_t **ret_error)
{
    const char *channel = slackd_arg(call, "channel");
    if (!channel || !*channel) {
        *ret_error = slackd_missing("channel");
        return NULL;
    }
    const struct slackd_person *p = slackd_person_by_id(call->slack, channel);
    if (p)
        channel = p->dm;
    const char *error = slackd_channel_error(call->slack, channel, writes);
    if (error)
        *ret_error = slackd_error(error);
    return error ? NULL : channel;
}

static void note_text(struct slackd_call *call, const char *channel, const char *text)
{
    snprintf(call->note, sizeof call->note, "%s %.80s", channel, text);
}

/* The root of the thread that thread_ts names; NULL when there is none. */
static const char *thread_root(struct slackd *s, const char *channel, const char *ts)
{
    struct slackd_message *m = slackd_find(s, channel, ts);
    const char *root = m ? sandbox_text(m->json, "thread_ts") : "";
    return !m ? NULL : *root ? root : m->ts;
}

void slackd_echo_direct(struct slackd *s, const struct slackd_message *m)
{
    if (m->channel[0] != 'D')
        return;
    json_t *event = slackd_shown(s, m, false);
    json_object_set_new(event, "channel", json_string(m->channel));
    json_object_set_new(event, "channel_type", json_string("im"));
    json_object_set_new(event, "event_ts", json_string(m->ts));
    slackd_raise_event(s, NULL, event);
}

/* ---- the methods ---- */

json_t *slackd_chat_post(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    json_t *error = NULL;
    const char *channel = target(call, true, &error), *thread = slackd_arg(call, "thread_ts");
    json_t *message = channel ? slackd_message_of(call, &error) : NULL;
    if (!message)
        return error;
    const char *root = thread && *thread ? thread_root(s, channel, thread) : NULL;
    call->retry_after_s = slackd_channel_wait(s, channel);
    if (call->retry_after_s || (thread && *thread && !root)) {
        json_decref(message);
        return slackd_error("thread_not_found");
    }
    if (root) {
        json_object_set_new(message, "thread_ts", json_string(root));
        if (slackd_arg_flag(call, "reply_broadcast"))
            json_object_set_new(message, "subtype", json_string("thread_broadcast"));
    }
    struct slackd_message *m = slackd_post(s, channel, message);
    slackd_load_quoted(s, sandbox_text(m->json, "text"));
    note_text(call, channel, sandbox_text(m->json, "text"));
    slackd_echo_direct(s, m);
    return json_pack("{s:b, s:s, s:s, s:o}", "ok", 1, "channel", m->channel, "ts", m->ts, "message",
                     slackd_shown(s, m, true));
}

/* What an edit leaves of the message before it. */
static void edit(struct slackd *s, struct slackd_message *m, json_t *by_new)
{
    static const char *const kept[] = { "ts", "thread_ts", "reactions", "subtype" };
    char now[32];
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (json_object_get(m->json, kept[i]))
            json_object_set(by_new, kept[i], json_object_get(m->json, kept[i]));
    if (!json_object_get(by_new, "metadata") && json_object_get(m->json, "metadata"))
        json_object_set(by_new, "metadata", json_object_get(m->json, "metadata"));
    slackd_next_ts(s, now);
    json_object_set_new(by_new, "edited",
                        json_pack("{s:s, s:s}", "user", SLACKD_BOT_USER, "ts", now));
    json_decref(m->json);
    m->json = by_new;
    m->edits++;
    s->edits++;
    sandbox_changed();
}

json_t *slackd_chat_update(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    json_t *error = NULL;
    const char *channel = target(call, true, &error), *ts = slackd_arg(call, "ts"),
               *text = slackd_arg(call, "text");
    if (!channel)
        return error;
    if (!ts)
        return slackd_missing("ts");
    struct slackd_message *m = slackd_find(s, channel, ts);
    if (!m)
        return slackd_error("message_not_found");
    if (!sandbox_same(sandbox_text(m->json, "bot_id"), SLACKD_BOT))
        return slackd_error("cant_update_message");
    if (text && slackd_characters(text) > UPDATE_TEXT_MOST)
        return slackd_error("msg_too_long");
    json_t *message = slackd_message_of(call, &error);
    if (!message)
        return error;
    edit(s, m, message);
    note_text(call, channel, sandbox_text(m->json, "text"));
    return json_pack("{s:b, s:s, s:s, s:s, s:o}", "ok", 1, "channel", m->channel, "ts", m->ts,
                     "text", sandbox_text(m->json, "text"), "message", slackd_shown(s, m, true));
}

json_t *slackd_chat_ephemeral(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    json_t *error = NULL;
    char ts[32];
    const char *channel = target(call, true, &error), *user = slackd_arg(call, "user"),
               *thread = slackd_arg(call, "thread_ts");
    struct slackd_person *p = slackd_person_by_id(s, user);
    json_t *made = channel && user && p ? slackd_message_of(call, &error) : NULL;
    if (!made)
        return error ? error : user ? slackd_error("user_not_in_channel") : slackd_missing("user");
    slackd_next_ts(s, ts);
    json_object_set_new(made, "ts", json_string(ts));
    json_object_set_new(made, "channel", json_string(channel));
    json_object_set_new(made, "is_ephemeral", json_true());
    if (thread && *thread)
        json_object_set_new(made, "thread_ts", json_string(thread));
    note_text(call, channel, sandbox_text(made, "text"));
    slackd_keep_private(p->ephemeral, made);
    sandbox_changed();
    return json_pack("{s:b, s:s}", "ok", 1, "message_ts", ts);
}

json_t *slackd_chat_delete(struct slackd_call *call)
{
    json_t *error = NULL;
    const char *channel = target(call, true, &error), *ts = slackd_arg(call, "ts");
    if (!channel)
        return error;
    const struct slackd_message *m = ts ? slackd_find(call->slack, channel, ts) : NULL;
    if (!m)
        return ts ? slackd_error("message_not_found") : slackd_missing("ts");
    if (!sandbox_same(sandbox_text(m->json, "bot_id"), SLACKD_BOT))
        return slackd_error("cant_delete_message");
    json_t *answer = json_pack("{s:b, s:s, s:s}", "ok", 1, "channel", m->channel, "ts", m->ts);
    slackd_delete(call->slack, channel, ts);
    return answer;
}

json_t *slackd_chat_permalink(struct slackd_call *call)
{
    json_t *error = NULL;
    const char *channel = target(call, false, &error), *ts = slackd_arg(call, "message_ts");
    if (!channel)
        return error;
    if (!ts)
        return slackd_missing("message_ts");
    if (!slackd_find(call->slack, channel, ts))
        return slackd_error("message_not_found");
    return json_pack("{s:b, s:s, s:o}", "ok", 1, "channel", channel, "permalink",
                     json_sprintf("https://sandbox.slack.example/archives/%s/p%.*s%s", channel,
                                  (int)strcspn(ts, "."), ts,
                                  ts + strcspn(ts, ".") + (strchr(ts, '.') ? 1 : 0)));
}
