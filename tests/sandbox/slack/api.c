/* SPDX-License-Identifier: Apache-2.0 */
/* Web API calls: arguments, tokens, rates and faults around the methods (docs.slack.dev, "Using the
   Slack Web API", "Rate limits"). */
#include "tests/sandbox/slack/api.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/chat.h"
#include "tests/sandbox/slack/files.h"
#include "tests/sandbox/slack/gateway.h"
#include "tests/sandbox/slack/later.h"
#include "tests/sandbox/slack/modal.h"
#include "tests/sandbox/slack/read.h"
#include "tests/sandbox/slack/refuse.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/form.h"
#include "tests/sandbox/net/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Calls a minute by Slack's tiers; special ones are generous. */
enum { TIER_1 = 1, TIER_2 = 20, TIER_3 = 50, TIER_4 = 100, TIER_SPECIAL = 600 };

static const struct row {
    const char *name;
    slackd_method run;
    int a_minute;
    bool takes_json, app_token;
} methods[] = {
    { "auth.test", slackd_auth_test, TIER_SPECIAL, true, false },
    { "apps.connections.open", slackd_connections_open, TIER_3, true, true },
    { "chat.postMessage", slackd_chat_post, TIER_SPECIAL, true, false },
    { "chat.update", slackd_chat_update, TIER_3, true, false },
    { "chat.postEphemeral", slackd_chat_ephemeral, TIER_4, true, false },
    { "chat.delete", slackd_chat_delete, TIER_3, true, false },
    { "chat.getPermalink", slackd_chat_permalink, TIER_SPECIAL, false, false },
    { "chat.scheduleMessage", slackd_later_schedule, TIER_3, true, false },
    { "chat.deleteScheduledMessage", slackd_later_delete, TIER_3, true, false },
    { "chat.scheduledMessages.list", slackd_later_list, TIER_3, true, false },
    { "reactions.add", slackd_reactions_add, TIER_3, true, false },
    { "reactions.remove", slackd_reactions_remove, TIER_2, true, false },
    { "reactions.get", slackd_reactions_get, TIER_3, false, false },
    { "pins.add", slackd_pins_add, TIER_2, true, false },
    { "users.info", slackd_users_info, TIER_4, false, false },
    { "users.list", slackd_users_list, TIER_2, false, false },
    { "bots.info", slackd_bots_info, TIER_3, false, false },
    { "team.info", slackd_team_info, TIER_3, false, false },
    { "conversations.info", slackd_conversations_info, TIER_3, false, false },
    { "conversations.members", slackd_conversations_members, TIER_4, false, false },
    { "conversations.history", slackd_conversations_history, TIER_3, true, false },
    { "conversations.replies", slackd_conversations_replies, TIER_3, false, false },
    { "conversations.open", slackd_conversations_open, TIER_3, true, false },
    { "files.getUploadURLExternal", slackd_files_address, TIER_4, false, false },
    { "files.completeUploadExternal", slackd_files_complete, TIER_4, true, false },
    { "views.open", slackd_views_open, TIER_4, true, false },
    { "views.publish", slackd_views_publish, TIER_4, true, false },
    { "views.update", slackd_views_update, TIER_4, true, false },
};
_Static_assert(sizeof methods / sizeof *methods <= SLACKD_METHODS_MOST,
               "every method has a bucket");

static bool is_json(const struct web_request *r)
{
    const char *type = web_request_header(r, "content-type");
    return type && strncasecmp(type, "application/json", 16) == 0;
}

/* Query and body are merged; Slack asks clients not to mix them, so their order does not matter.
   Returns an error code or NULL. */
static const char *read_arguments(struct slackd_call *call)
{
    const struct web_request *r = call->request;
    const char *type = web_request_header(r, "content-type");
    call->args = form_fields(r->query, strlen(r->query));
    call->json_body = is_json(r);
    call->missing_charset = call->json_body && !strcasestr(type, "charset");
    if (r->body_bytes == 0)
        return NULL;
    if (!call->json_body && type && strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0)
        return "invalid_post_type";
    if (!call->json_body && !type)
        return "missing_post_type";
    json_t *body = call->json_body ? json_loadb(r->body, r->body_bytes,
                                                JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL)
                                   : form_fields(r->body, r->body_bytes);
    const char *error = !body ? "invalid_json" : !json_is_object(body) ? "json_not_object" : NULL;
    if (!error)
        slackd_merge(call->args, body);
    json_decref(body);
    return error;
}

/* ---- tokens ---- */

/* The header, or the form field `token`; inside a JSON body a token counts for nothing. */
static const char *check_token(const struct slackd_call *call, bool app_token)
{
    const char *header = web_request_header(call->request, "authorization"),
               *token = call->json_body ? NULL : slackd_arg(call, "token");
    if (header && strncasecmp(header, "Bearer ", 7) == 0)
        token = header + 7;
    if (!token || !*token)
        return "not_authed";
    if (sandbox_same(token, call->slack->app_token))
        return app_token ? NULL : "not_allowed_token_type";
    if (sandbox_same(token, call->slack->bot_token))
        return app_token ? "not_allowed_token_type" : NULL;
    return "invalid_auth";
}

/* ---- rates ---- */

static int method_wait(struct slackd *s, const struct row *row)
{
    /* Calls without a channel of their own may come faster than one a second: the burst grows with
       the tier. */
    double burst = fmax(s->burst, row->a_minute);
    return s->rate_limits
               ? slackd_bucket_wait(&s->method_buckets[row - methods], burst, row->a_minute)
               : 0;
}

/* ---- one call ---- */

static const struct row *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (sandbox_same(methods[i].name, name))
            return &methods[i];
    return NULL;
}

static json_t *run(struct slackd_call *call, const char *method)
{
    const struct row *row = find_method(method);
    const char *error = row ? read_arguments(call) : "unknown_method";
    if (!error && row->app_token && !sandbox_same(call->request->method, "POST"))
        error = "insecure_request";
    if (!error)
        error = check_token(call, row->app_token);
    if (!error)
        error = control_refusal_of(&call->slack->refused, slackd_refusals, call);
    if (error)
        return slackd_error(error);
    if (call->json_body &&
        !row->takes_json) { /* what is in the body is not seen by a method that takes forms only */
        json_decref(call->args);
        call->args = form_fields(call->request->query, strlen(call->request->query));
    }
    call->retry_after_s = method_wait(call->slack, row);
    return call->retry_after_s ? NULL : row->run(call);
}

static void add_warning(json_t *answer)
{
    json_t *metadata = json_object_get(answer, "response_metadata");
    json_object_set_new(answer, "warning", json_string("missing_charset"));
    if (!metadata)
        json_object_set_new(answer, "response_metadata", metadata = json_object());
    json_object_set_new(metadata, "warnings", json_pack("[s]", "missing_charset"));
}

static void answer(struct slackd_call *call, const char *method, struct web_reply *reply)
{
    json_t *json = run(call, method);
    if (call->retry_after_s) {
        json_decref(json);
        web_reply_json(reply, 429, slackd_error("ratelimited"));
        reply->retry_after_s = call->retry_after_s;
        return;
    }
    if (call->missing_charset && json_is_true(json_object_get(json, "ok")))
        add_warning(json);
    if (!call->note[0] && !json_is_true(json_object_get(json, "ok")))
        snprintf(call->note, sizeof call->note, "%s", sandbox_text(json, "error"));
    web_reply_json(reply, 200, json);
    if (sandbox_same(method, "auth.test")) {
        reply->extra_name = "X-OAuth-Scopes";
        reply->extra_value = call->slack->scopes;
    }
}

/* Faults that answer instead of doing anything. */
static bool answer_instead(const struct fault *fault, struct web_reply *reply)
{
    switch (fault->kind) {
    case FAULT_STATUS:
        web_reply_json(reply, fault->status,
                       slackd_error(fault->status == 429 ? "ratelimited" : "service_unavailable"));
        reply->retry_after_s = fault->retry_after_s;
        return true;
    case FAULT_ERROR: web_reply_json(reply, 200, slackd_error(fault->error)); return true;
    case FAULT_BODY:
        web_reply_text(reply, fault->status ? fault->status : 200, fault->body ? fault->body : "");
        return true;
    case FAULT_NONE:
    case FAULT_LOST:
    case FAULT_AFTER:
    case FAULT_DELAY: break;
    }
    return false;
}

/* Faults that do it, and then answer otherwise. */
static void answer_otherwise(const struct fault *fault, struct web_reply *reply)
{
    reply->drop = fault->kind == FAULT_LOST;
    if (fault->kind == FAULT_DELAY)
        reply->delay_ms = fault->delay_ms;
    if (fault->kind != FAULT_AFTER)
        return;
    free(reply->body);
    reply->body = NULL;
    reply->body_bytes = 0;
    web_reply_json(reply, fault->status, slackd_error("service_unavailable"));
}

bool slackd_api(struct slackd *s, const struct web_request *request, struct web_reply *reply)
{
    const char *method = request->path + strlen("/api/");
    char operation[96];
    struct slackd_call call = { .slack = s, .request = request, .method = method };
    snprintf(operation, sizeof operation, "slack.%s", method);
    if (s->outage) {
        web_reply_text(reply, 503, "upstream connect error");
        requests_note(operation, 503, "outage");
        return true;
    }
    struct fault fault = fault_take(operation);
    if (!answer_instead(&fault, reply)) {
        answer(&call, method, reply);
        answer_otherwise(&fault, reply);
    }
    requests_note(operation, reply->drop ? 0 : reply->status, call.note[0] ? call.note : NULL);
    json_decref(call.args);
    return true;
}
