/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of the channel and of direct conversations, oldest first, bounded. */
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

static void drop_at(struct slackd *s, size_t at)
{
    json_decref(s->messages[at].json);
    memmove(&s->messages[at], &s->messages[at + 1],
            (s->message_count - at - 1) * sizeof s->messages[0]);
    s->message_count--;
}

struct slackd_message *slackd_post(struct slackd *s, const char *channel, json_t *message_new)
{
    if (s->message_count == SLACKD_MESSAGES_MOST)
        drop_at(s, 0);
    struct slackd_message *m = &s->messages[s->message_count++];
    *m = (struct slackd_message){ .json = message_new };
    snprintf(m->channel, sizeof m->channel, "%s", channel);
    snprintf(m->thread, sizeof m->thread, "%s", sandbox_text(message_new, "thread_ts"));
    slackd_next_ts(s, m->ts);
    json_object_set_new(message_new, "ts", json_string(m->ts));
    sandbox_changed();
    return m;
}

struct slackd_message *slackd_find(struct slackd *s, const char *channel, const char *ts)
{
    for (size_t i = s->message_count; i > 0; i--)
        if (sandbox_same(s->messages[i - 1].ts, ts) &&
            sandbox_same(s->messages[i - 1].channel, channel))
            return &s->messages[i - 1];
    return NULL;
}

bool slackd_delete(struct slackd *s, const char *channel, const char *ts)
{
    struct slackd_message *m = slackd_find(s, channel, ts);
    if (!m)
        return false;
    drop_at(s, (size_t)(m - s->messages));
    sandbox_changed();
    return true;
}

/* A message with replies tells so, and names itself as the thread. */
static void add_thread(struct slackd *s, const struct slackd_message *root, json_t *to)
{
    json_int_t count = 0;
    const char *latest = NULL;
    for (size_t i = (size_t)(root - s->messages) + 1; i < s->message_count; i++) {
        const struct slackd_message *m = &s->messages[i];
        if (!sandbox_same(m->thread, root->ts) || !sandbox_same(m->channel, root->channel))
            continue;
        count++;
        latest = m->ts;
    }
    if (count == 0)
        return;
    json_object_set_new(to, "thread_ts", json_string(root->ts));
    json_object_set_new(to, "reply_count", json_integer(count));
    json_object_set_new(to, "latest_reply", json_string(latest));
}

json_t *slackd_shown(struct slackd *s, const struct slackd_message *m, bool metadata)
{
    json_t *copy = json_deep_copy(m->json);
    if (!metadata)
        json_object_del(copy, "metadata");
    add_thread(s, m, copy);
    return copy;
}

const char *slackd_case_of(const json_t *message, const char *field)
{
    return sandbox_text(json_object_get(json_object_get(message, "metadata"), "event_payload"),
                        field);
}

/* ---- reactions ---- */

static json_t *reaction_named(const struct slackd_message *m, const char *name, size_t *ret_at)
{
    size_t i;
    json_t *reaction;
    json_array_foreach(json_object_get(m->json, "reactions"), i,
                       reaction) if (sandbox_same(sandbox_text(reaction, "name"), name))
    {
        *ret_at = i;
        return reaction;
    }
    return NULL;
}

static bool user_at(const json_t *users, const char *user, size_t *ret_at)
{
    for (*ret_at = 0; *ret_at < json_array_size(users); ++*ret_at)
        if (sandbox_same(json_string_value(json_array_get(users, *ret_at)), user))
            return true;
    return false;
}

bool slackd_react(struct slackd_message *m, const char *user, const char *name)
{
    size_t at;
    json_t *reaction = reaction_named(m, name, &at);
    if (!json_object_get(m->json, "reactions"))
        json_object_set_new(m->json, "reactions", json_array());
    if (!reaction) {
        reaction = json_pack("{s:s, s:[], s:i}", "name", name, "users", "count", 0);
        json_array_append_new(json_object_get(m->json, "reactions"), reaction);
    }
    json_t *users = json_object_get(reaction, "users");
    if (user_at(users, user, &at))
        return false;
    json_array_append_new(users, json_string(user));
    json_object_set_new(reaction, "count", json_integer((json_int_t)json_array_size(users)));
    sandbox_changed();
    return true;
}

bool slackd_unreact(struct slackd_message *m, const char *user, const char *name)
{
    size_t at, which;
    json_t *reaction = reaction_named(m, name, &which), *users = json_object_get(reaction, "users");
    if (!reaction || !user_at(users, user, &at))
        return false;
    json_array_remove(users, at);
    json_object_set_new(reaction, "count", json_integer((json_int_t)json_array_size(users)));
    if (json_array_size(users) == 0)
        json_array_remove(json_object_get(m->json, "reactions"), which);
    if (json_array_size(json_object_get(m->json, "reactions")) == 0)
        json_object_del(m->json, "reactions");
    sandbox_changed();
    return true;
}
