/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/aws/bucket.h"
#include "tests/sandbox/aws/control.h"
#include "tests/sandbox/aws/queue.h"
#include "tests/sandbox/control/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set_flag(bool *flag, const json_t *value)
{
    *flag = json_is_true(value);
    return json_is_boolean(value);
}

static bool set_features(struct awsd *a, const json_t *value)
{
    size_t i;
    json_t *name;
    if (!json_is_null(value) && !json_is_array(value))
        return false;
    json_array_foreach((json_t *)(uintptr_t)value, i, name)
    {
        if (!json_is_string(name))
            return false;
    }
    json_decref(a->features);
    a->features = json_deep_copy(value);
    return true;
}

/* {"account":…, …}: what the root user of that account has, in place of what it had; "deny" says
   who is refused there. */
static bool set_root(struct awsd *a, const json_t *value)
{
    const char *account = json_string_value(json_object_get(value, "account"));
    return account && json_object_set_new(a->roots, account, json_deep_copy(value)) == 0;
}

/* A message of the queue: an object, as EventBridge writes one, or any text. */
static bool put_event(struct awsd *a, const json_t *value)
{
    char *text = json_is_string(value) ? strdup(json_string_value(value))
                                       : json_dumps(value, JSON_COMPACT);
    bool put = text && awsd_queue_put(a, text);
    free(text);
    return put;
}

static bool set_one(struct awsd *a, const char *name, const json_t *value)
{
    if (strcmp(name, "features") == 0)
        return set_features(a, value);
    if (strcmp(name, "root") == 0)
        return set_root(a, value);
    if (strcmp(name, "bucket") == 0)
        return awsd_bucket_set(a, value);
    if (strcmp(name, "queue") == 0)
        return awsd_queue_set(a, value);
    if (strcmp(name, "event") == 0)
        return put_event(a, value);
    if (strcmp(name, "clock_ms") == 0) {
        a->clock_off_ms = json_integer_value(value);
        return json_is_integer(value);
    }
    if (strcmp(name, "session_ms") == 0) {
        a->session_ms = json_integer_value(value);
        return json_is_integer(value);
    }
    if (strcmp(name, "web_token") == 0) {
        snprintf(a->web_token, sizeof a->web_token, "%s",
                 json_is_string(value) ? json_string_value(value) : "");
        return json_is_string(value);
    }
    if (strcmp(name, "external_id") == 0) {
        snprintf(a->external_id, sizeof a->external_id, "%s",
                 json_is_string(value) ? json_string_value(value) : "");
        return json_is_string(value);
    }
    return strcmp(name, "allowed") == 0                ? set_flag(&a->allowed, value)
           : strcmp(name, "key_active") == 0           ? set_flag(&a->key_active, value)
           : strcmp(name, "session_ended") == 0        ? set_flag(&a->session_ended, value)
           : strcmp(name, "assumable") == 0            ? set_flag(&a->assumable, value)
           : strcmp(name, "web_token_ended") == 0      ? set_flag(&a->web_token_ended, value)
           : strcmp(name, "instance_off") == 0         ? set_flag(&a->instance_off, value)
           : strcmp(name, "instance_has_no_role") == 0 ? set_flag(&a->instance_has_no_role, value)
           : strcmp(name, "may_assume_root") == 0      ? set_flag(&a->may_assume_root, value)
           : strcmp(name, "queue_gone") == 0           ? set_flag(&a->queue.gone, value)
           : strcmp(name, "queue_denied") == 0         ? set_flag(&a->queue.denied, value)
           : strcmp(name, "is_root") == 0              ? set_flag(&a->is_root, value)
                                                       : false;
}

/* Every word that was not understood or fitting is named under "error"; the others have been
   done. */
static void change(void *self, const struct control_call *call)
{
    json_t *wrong = json_array(), *value;
    const char *name;
    json_object_foreach((json_t *)(uintptr_t)call->body, name, value)
    {
        if (!set_one(self, name, value))
            json_array_append_new(wrong, json_string(name));
    }
    sandbox_changed();
    bool ok = json_array_size(wrong) == 0;
    web_reply_json(call->reply, ok ? 200 : 400,
                   ok ? json_pack("{s:b}", "ok", true) : json_pack("{s:O}", "error", wrong));
    json_decref(wrong);
}

void awsd_furnish(struct awsd *a)
{
    static const char since[] = "2024-01-02T03:04:05Z";
    json_t *root = json_pack("{s:s, s:s, s:[{s:s, s:s}]}", "account", "222222222222", "password",
                             since, "mfa", "SerialNumber",
                             "arn:aws:iam::222222222222:mfa/root-account-mfa-device", "EnableDate",
                             since);
    set_root(a, root);
    a->queue.hurries = true;
    json_decref(root);
}

const struct control_row awsd_calls[] = {
    { "POST", "aws", change },
    { NULL, NULL, NULL },
};

json_t *awsd_state(void *self)
{
    const struct awsd *a = self;
    return json_pack("{s:O, s:b, s:O, s:O, s:O, s:I}", "features", a->features, "allowed",
                     a->allowed, "buckets", a->buckets, "queues", a->queues, "roots", a->roots,
                     "queued", (json_int_t)awsd_queue_left(&a->queue));
}
