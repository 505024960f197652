/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's half of the sandbox: routes, control and state. */
#include "tests/sandbox/slack/slack.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/net/websocket.h"
#include "tests/sandbox/slack/act.h"
#include "tests/sandbox/slack/api.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/files.h"
#include "tests/sandbox/slack/flood.h"
#include "tests/sandbox/slack/gateway.h"
#include "tests/sandbox/slack/hook.h"
#include "tests/sandbox/slack/live.h"
#include "tests/sandbox/slack/later.h"
#include "tests/sandbox/slack/load.h"
#include "tests/sandbox/slack/people.h"
#include "tests/sandbox/slack/refuse.h"
#include "tests/sandbox/slack/sockets.h"
#include "tests/sandbox/slack/state.h"
#include "tests/sandbox/slack/store.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/slack/view.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making and ending ---- */

static const char all_scopes[] =
    "app_mentions:read,chat:write,commands,channels:history,groups:history,im:history,"
    "channels:read,groups:read,im:read,im:write,reactions:read,reactions:write,users:read,"
    "pins:write,team:read,files:write";

struct slackd *slackd_new(const char *base_tls, const char *base_plain)
{
    struct slackd *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    snprintf(s->base_tls, sizeof s->base_tls, "%s", base_tls);
    snprintf(s->base_plain, sizeof s->base_plain, "%s", base_plain);
    s->last_envelope = &s->envelopes;
    s->pins = json_array();
    s->rate_limits = true;
    s->burst = 60;
    s->ack_ms = 3000;
    s->retry_ms[1] = 60000;
    s->retry_ms[2] = 300000;
    sandbox_random(s->load_secret, 24);
    snprintf(s->app_token, sizeof s->app_token, "%s", SLACKD_APP_TOKEN);
    snprintf(s->bot_token, sizeof s->bot_token, "%s", SLACKD_BOT_TOKEN);
    snprintf(s->scopes, sizeof s->scopes, "%s", all_scopes);
    slackd_people_init(s);
    slackd_gateway_start(s);
    slackd_later_start(s);
    return s;
}

void slackd_free(struct slackd *s)
{
    if (!s)
        return;
    slackd_load_done(s);
    slackd_flood_done(s);
    slackd_envelopes_done(s);
    for (size_t i = 0; i < s->message_count; i++)
        json_decref(s->messages[i].json);
    slackd_people_done(s);
    slackd_later_done(s);
    slackd_files_done(s);
    json_decref(s->pins);
    free(s->last_frame);
    free(s);
}

static bool answer(void *self, const struct web_request *request, struct web_reply *reply)
{
    struct slackd *s = self;
    if (strncmp(request->path, "/api/", 5) == 0)
        return slackd_api(s, request, reply);
    if (strncmp(request->path, "/upload/", 8) == 0)
        return slackd_upload(s, request, reply);
    return strncmp(request->path, "/hooks/", 7) == 0 && slackd_hook(s, request, reply);
}

static json_t *state(void *self)
{
    const struct slackd *s = self;
    json_t *modals = json_array();
    for (size_t i = 0; i < SLACKD_PEOPLE; i++)
        if (s->people[i].modal)
            json_array_append_new(modals, json_string(s->people[i].name));
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:I}",
                     "connections", (json_int_t)slackd_connections(s), "hellos",
                     (json_int_t)s->hellos, "envelopes", (json_int_t)s->sent, "acked",
                     (json_int_t)s->acked, "load_answers", (json_int_t)s->load_answers, "retries",
                     (json_int_t)s->retries, "given_up", (json_int_t)s->given_up, "pending",
                     (json_int_t)s->envelope_count, "messages", (json_int_t)s->message_count,
                     "edits", (json_int_t)s->edits, "junk", (json_int_t)s->junk, "outage",
                     s->outage, "modal_open_for", modals, "later", slackd_later_view(s),
                     "later_ahead_s", (json_int_t)s->ahead_s);
}

/* ---- POST /sandbox/slack: one change per key ---- */

/* The events that an app is told when a channel changes its nature. */
static void channel_changed(struct slackd *s, const json_t *change)
{
    const json_t *archived = json_object_get(change, "is_archived"),
                 *shared = json_object_get(change, "is_ext_shared");
    if (archived)
        slackd_raise_event(s, NULL,
                           json_pack("{s:s, s:s, s:s}", "type",
                                     json_is_true(archived) ? "channel_archive"
                                                            : "channel_unarchive",
                                     "channel", SLACKD_CHANNEL, "user", "U0ANA0001"));
    if (shared)
        slackd_raise_event(s, NULL,
                           json_pack("{s:s, s:s, s:s}", "type",
                                     json_is_true(shared) ? "channel_shared" : "channel_unshared",
                                     "channel", SLACKD_CHANNEL,
                                     json_is_true(shared) ? "connected_team_id"
                                                          : "previously_connected_team_id",
                                     SLACKD_OTHER_TEAM));
}

static bool change_channel(struct slackd *s, json_t *change, struct web_reply *reply)
{
    if (!json_is_object(change)) {
        slackd_refuse(reply, 400, "\"channel\" takes an object of the fields to change.");
        return false;
    }
    bool silent = json_is_true(json_object_get(change, "silent"));
    slackd_merge(s->channel, change);
    json_object_del(s->channel, "silent");
    if (!silent)
        channel_changed(s, change);
    return true;
}

static bool change_deadlines(struct slackd *s, const json_t *body, struct web_reply *reply)
{
    const json_t *retry = json_object_get(body, "retry_ms");
    s->ack_ms = sandbox_number(body, "ack_ms", s->ack_ms);
    for (size_t i = 0; i < SLACKD_RETRIES && i < json_array_size(retry); i++)
        s->retry_ms[i] = json_integer_value(json_array_get(retry, i));
    if (s->ack_ms > 0 && (!retry || json_array_size(retry) == SLACKD_RETRIES))
        return true;
    slackd_refuse(reply, 400, "\"ack_ms\" is above 0, \"retry_ms\" has three numbers.");
    return false;
}

static bool send_raw(struct slackd *s, const char *frame, struct web_reply *reply)
{
    struct slackd_socket *newest = slackd_newest(s);
    if (newest && frame)
        web_socket_send(newest->ws, frame, strlen(frame));
    else
        slackd_refuse(reply, 404,
                      frame ? "No socket is open." : "There is no envelope to repeat yet.");
    return newest && frame;
}

/* One text message of that many bytes, as an envelope whose padding fills it; longer than what a
   request to the sandbox may carry. */
static bool send_long(struct slackd *s, int64_t bytes, struct web_reply *reply)
{
    enum { LONG_FRAME_MAX = 32 * 1024 * 1024 };
    static const char head[] = "{\"type\":\"events_api\",\"envelope_id\":\"long\",\"pad\":\"",
                      tail[] = "\"}";
    struct slackd_socket *newest = slackd_newest(s);
    size_t frame = sizeof head - 1 + sizeof tail - 1;
    char *text = newest && bytes > (int64_t)frame && bytes <= LONG_FRAME_MAX
                     ? malloc((size_t)bytes + 1)
                     : NULL;
    if (!text) {
        slackd_refuse(reply, 404, "No socket is open, or it cannot have so many bytes.");
        return false;
    }
    memset(text, 'x', (size_t)bytes);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + bytes - (sizeof tail - 1), tail, sizeof tail);
    slackd_socket_write(s, newest, text);
    free(text);
    return true;
}

static bool delete_message(struct slackd *s, const char *ts, struct web_reply *reply)
{
    if (slackd_delete(s, SLACKD_CHANNEL, ts))
        return true;
    slackd_refuse(reply, 404, "There is no message with that ts in the channel.");
    return false;
}

static bool set_fickle(struct slackd *s, const json_t *how, struct web_reply *reply)
{
    static const char *const words[] = { "stay", "close", "refresh_requested" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sandbox_same(json_string_value(how), words[i])) {
            s->fickle = (enum slackd_fickle)i;
            return true;
        }
    slackd_refuse(reply, 400, "\"after_hello\" is stay, close or refresh_requested.");
    return false;
}

static bool break_link(struct slackd *s, const json_t *body, struct web_reply *reply)
{
    const char *reason = json_string_value(json_object_get(body, "disconnect"));
    if (reason && !slackd_disconnect(s, reason)) {
        slackd_refuse(reply, 404, "No socket is open, or the reason is none of Slack's.");
        return false;
    }
    if (json_is_true(json_object_get(body, "half_open")) && !slackd_half_open(s)) {
        slackd_refuse(reply, 404, "No socket is open.");
        return false;
    }
    if (json_is_true(json_object_get(body, "deaf")) && !slackd_deafen(s)) {
        slackd_refuse(reply, 404, "No socket is open.");
        return false;
    }
    const json_t *after_hello = json_object_get(body, "after_hello");
    if (after_hello && !set_fickle(s, after_hello, reply))
        return false;
    if (json_is_true(json_object_get(body, "forget")))
        slackd_envelopes_forget(s);
    if (*sandbox_text(body, "url"))
        snprintf(s->base_tls, sizeof s->base_tls, "%s", sandbox_text(body, "url"));
    if (json_is_true(json_object_get(body, "reset")))
        slackd_reset(s);
    if (json_object_get(body, "outage"))
        slackd_outage(s, json_is_true(json_object_get(body, "outage")));
    return true;
}

/* Every key that is there is done; false when one was refused, and reply says why. */
static bool change_settings(struct slackd *s, const json_t *body, struct web_reply *reply)
{
    const json_t *frame = json_object_get(body, "frame"), *gone = json_object_get(body, "delete"),
                 *long_frame = json_object_get(body, "long_frame");
    json_t *user = json_object_get(body, "user");
    if (json_object_get(body, "rate_limits"))
        s->rate_limits = json_is_true(json_object_get(body, "rate_limits"));
    s->burst = (double)sandbox_number(body, "burst", (int64_t)s->burst);
    s->fragments = (int)sandbox_number(body, "fragments", s->fragments);
    s->page_most = sandbox_number(body, "page_most", s->page_most);
    if (json_is_string(json_object_get(body, "upload_base")))
        snprintf(s->upload_base, sizeof s->upload_base, "%s", sandbox_text(body, "upload_base"));
    if (json_object_get(body, "pass_s"))
        slackd_later_pass(s, sandbox_number(body, "pass_s", 0));
    if (!change_deadlines(s, body, reply) || !break_link(s, body, reply))
        return false;
    if (frame && !send_raw(s, json_string_value(frame), reply))
        return false;
    if (long_frame && !send_long(s, json_integer_value(long_frame), reply))
        return false;
    if (json_is_true(json_object_get(body, "duplicate")) && !send_raw(s, s->last_frame, reply))
        return false;
    if (json_object_get(body, "channel") &&
        !change_channel(s, json_object_get(body, "channel"), reply))
        return false;
    const json_t *refuse = json_object_get(body, "refuse");
    if (refuse && !control_refusal_set(&s->refused, slackd_refusals, refuse, reply))
        return false;
    if (gone && !delete_message(s, json_string_value(gone), reply))
        return false;
    return !user || slackd_people_change(s, user, reply);
}

/* Given anew by Slack's pages: the old ones end at once, and sockets that are open stay. */
static void change_tokens(struct slackd *s, const json_t *tokens)
{
    const char *app = sandbox_text(tokens, "app"), *bot = sandbox_text(tokens, "bot");
    if (*app)
        snprintf(s->app_token, sizeof s->app_token, "%s", app);
    if (*bot)
        snprintf(s->bot_token, sizeof s->bot_token, "%s", bot);
}

static void control_slack(struct slackd *s, const json_t *body, struct web_reply *reply)
{
    if (!json_is_object(body)) {
        slackd_refuse(reply, 400, "The body is a JSON object.");
        return;
    }
    if (!change_settings(s, body, reply))
        return;
    change_tokens(s, json_object_get(body, "tokens"));
    if (json_is_string(json_object_get(body, "scopes")))
        snprintf(s->scopes, sizeof s->scopes, "%s", sandbox_text(body, "scopes"));
    sandbox_changed();
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}

static void show_channel(void *self, const struct control_call *call)
{
    slackd_view_channel(self, call->request, call->reply);
}

static void show_private(void *self, const struct control_call *call)
{
    slackd_view_private(self, call->request, call->reply);
}

static void change(void *self, const struct control_call *call)
{
    control_slack(self, call->body, call->reply);
}

static void load(void *self, const struct control_call *call)
{
    slackd_load_start(self, call->request, call->body, call->reply);
}

static void flood(void *self, const struct control_call *call)
{
    slackd_flood_start(self, call->body, call->reply);
}

static void act(void *self, const struct control_call *call)
{
    slackd_act(self, call->path, call->request, call->body, call->reply);
}

static const struct control_row calls[] = {
    { NULL, "channel", show_channel },
    { NULL, "private", show_private },
    { NULL, "slack", change },
    { NULL, "load", load },
    { NULL, "flood", flood },
    { NULL, "say", act },
    { NULL, "command", act },
    { NULL, "click", act },
    { NULL, "react", act },
    { NULL, "submit", act },
    { NULL, "choose", act },
    { NULL, "type", act },
    { NULL, "open_home", act },
    { NULL, "shortcut", act },
    { NULL, "invite", act },
    { NULL, "close", act },
    { NULL, NULL, NULL },
};

/* ---- what is handed to main ---- */

static const struct web_socket_service *socket_at(void *self, const char *path)
{
    struct slackd *s = self;
    s->link = slackd_link;
    s->link.self = s;
    return strncmp(path, "/link/", strlen("/link/")) == 0 ? &s->link : NULL;
}

struct service slackd_service(struct slackd *s)
{
    return (struct service){
        .self = s,
        .web = { s, answer, socket_at },
        .calls = calls,
        .name = "slack",
        .state = state,
        .look_new = slackd_look_new,
        .look_free = slackd_look_free,
        .look_again = slackd_look_again,
    };
}
