/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that appear later by themselves (docs.slack.dev: chat.scheduleMessage,
   chat.deleteScheduledMessage, chat.scheduledMessages.list). As strict as Slack: at most 120 days
   ahead and thirty in five minutes, not taken back in their last minute; and one with metadata is
   taken and never appears. Its clock can be set ahead of everybody's, so that a test need not
   wait. */
#include "tests/sandbox/slack/later.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/net/values.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/chat.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    AHEAD_MOST_S = 120 * 24 * 3600,
    CROWD_MOST = 30,
    CROWD_S = 300,
    LAST_S = 60,
    TICK_MS = 200,
    PAGE_MOST = 100
};

static int64_t now_s(const struct slackd *s)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec + s->ahead_s;
}

static int64_t at_s(const json_t *later) { return sandbox_number(later, "post_at", 0); }

/* ---- when their time has come ---- */

static void appear(struct slackd *s, const json_t *later)
{
    json_t *content = json_object_get(later, "message");
    if (!json_object_get(content, "metadata"))
        slackd_post(s, sandbox_text(later, "channel_id"), json_deep_copy(content));
}

static void run(struct slackd *s)
{
    for (size_t i = 0; i < json_array_size(s->later);) {
        json_t *later = json_array_get(s->later, i);
        if (at_s(later) > now_s(s)) {
            i++;
            continue;
        }
        json_incref(later);
        json_array_remove(s->later, i);
        appear(s, later);
        json_decref(later);
        sandbox_changed();
    }
}

static void tick(void *arg)
{
    run(arg);
    sandbox_after(TICK_MS, tick, arg);
}

void slackd_later_start(struct slackd *s)
{
    s->later = json_array();
    sandbox_after(TICK_MS, tick, s);
}

void slackd_later_done(struct slackd *s) { json_decref(s->later); }

void slackd_later_pass(struct slackd *s, int64_t seconds)
{
    s->ahead_s += seconds;
    run(s);
}

/* ---- the methods ---- */

static const char *refuses_time(const struct slackd *s, const char *channel, int64_t post_at)
{
    size_t near = 0;
    const json_t *later;
    size_t i;
    json_array_foreach(s->later, i, later)
        near += sandbox_same(sandbox_text(later, "channel_id"), channel) &&
                at_s(later) / CROWD_S == post_at / CROWD_S;
    return post_at <= now_s(s)                 ? "time_in_past"
           : post_at > now_s(s) + AHEAD_MOST_S ? "time_too_far"
           : near >= CROWD_MOST                ? "restricted_too_many"
                                               : NULL;
}

json_t *slackd_later_schedule(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    json_t *error = NULL;
    const char *channel = slackd_arg(call, "channel");
    int64_t post_at = slackd_arg_number(call, "post_at", -1);
    if (!channel || !*channel)
        return slackd_missing("channel");
    if (post_at < 0)
        return slackd_error("invalid_time");
    const char *refused = slackd_channel_error(s, channel, true);
    if (!refused)
        refused = refuses_time(s, channel, post_at);
    if (refused)
        return slackd_error(refused);
    json_t *message = slackd_message_of(call, &error);
    if (!message)
        return error;
    char id[24] = "Q", when[24];
    sandbox_random(id + 1, 10);
    snprintf(when, sizeof when, "%lld", (long long)post_at);
    json_array_append_new(s->later,
                          json_pack("{s:s, s:s, s:I, s:I, s:O}", "id", id, "channel_id", channel,
                                    "post_at", (json_int_t)post_at, "date_created",
                                    (json_int_t)now_s(s), "message", message));
    snprintf(call->note, sizeof call->note, "%s %s %.80s", id, channel,
             sandbox_text(message, "text"));
    return json_pack("{s:b, s:s, s:s, s:s, s:o}", "ok", 1, "channel", channel,
                     "scheduled_message_id", id, "post_at", when, "message", message);
}

json_t *slackd_later_delete(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    const char *id = slackd_arg(call, "scheduled_message_id"),
               *channel = slackd_arg(call, "channel");
    const json_t *later;
    size_t i;
    if (!id || !channel)
        return slackd_missing(id ? "channel" : "scheduled_message_id");
    json_array_foreach(s->later, i,
                       later) if (sandbox_same(sandbox_text(later, "id"), id) &&
                                  sandbox_same(sandbox_text(later, "channel_id"), channel) &&
                                  at_s(later) > now_s(s) + LAST_S)
    {
        snprintf(call->note, sizeof call->note, "%s", id);
        json_array_remove(s->later, i);
        return json_pack("{s:b}", "ok", 1);
    }
    return slackd_error("invalid_scheduled_message_id");
}

/* The cursor is the number of the first one on the page. */
json_t *slackd_later_list(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    const char *channel = slackd_arg(call, "channel");
    int64_t most = slackd_arg_number(call, "limit", PAGE_MOST),
            first = slackd_arg_number(call, "cursor", 0), seen = 0;
    json_t *page = json_array();
    const json_t *later;
    size_t i;
    char next[24] = "";
    most = most < 1 || most > PAGE_MOST ? PAGE_MOST : most;
    json_array_foreach(s->later, i, later)
    {
        if (channel && *channel && !sandbox_same(sandbox_text(later, "channel_id"), channel))
            continue;
        if (seen++ < first)
            continue;
        if ((int64_t)json_array_size(page) == most) {
            snprintf(next, sizeof next, "%lld", (long long)(seen - 1));
            break;
        }
        json_array_append_new(
            page,
            json_pack("{s:s, s:s, s:I, s:I, s:s}", "id", sandbox_text(later, "id"), "channel_id",
                      sandbox_text(later, "channel_id"), "post_at", (json_int_t)at_s(later),
                      "date_created", (json_int_t)sandbox_number(later, "date_created", 0), "text",
                      sandbox_text(json_object_get(later, "message"), "text")));
    }
    return json_pack("{s:b, s:o, s:{s:s}}", "ok", 1, "scheduled_messages", page,
                     "response_metadata", "next_cursor", next);
}

json_t *slackd_later_view(const struct slackd *s) { return json_deep_copy(s->later); }
