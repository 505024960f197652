/* SPDX-License-Identifier: Apache-2.0 */
/* One standard queue of SQS. Sources: its service model (2012-11-05, JSON 1.0, compatible with the
   query protocol), and SQS Developer Guide, "Visibility timeout", "At-least-once delivery". */
#include "tests/sandbox/aws/queue.h"
#include "tests/sandbox/net/values.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AT_ONCE = 10, MOST_WAIT_S = 20, MOST_HIDDEN_S = 43200, MD5_BYTES = 16 };
static const char target_prefix[] = "AmazonSQS.";

void awsd_queue_done(struct awsd_queue *q)
{
    for (size_t i = 0; i < AWSD_MESSAGES; i++)
        free(q->messages[i].body);
}

bool awsd_queue_put(struct awsd *a, const char *body)
{
    struct awsd_queue *q = &a->queue;
    for (size_t i = 0; i < AWSD_MESSAGES; i++) {
        struct awsd_message *m = &q->messages[i];
        if (m->body)
            continue;
        *m = (struct awsd_message){ .body = strdup(body), .sent_ms = awsd_now_ms(a) };
        snprintf(m->id, sizeof m->id, "00000000-0000-4000-8000-%012zu", ++q->ever);
        return m->body;
    }
    return false;
}

bool awsd_queue_set(struct awsd *a, const json_t *value)
{
    char url[256];
    snprintf(url, sizeof url, "https://sqs.%s.amazonaws.com/%s/%s", sandbox_text(value, "region"),
             sandbox_text(value, "account"), sandbox_text(value, "name"));
    return sandbox_text(value, "name")[0] &&
           json_object_set_new(a->queues, url, json_deep_copy(value)) == 0;
}

size_t awsd_queue_left(const struct awsd_queue *q)
{
    size_t left = 0;
    for (size_t i = 0; i < AWSD_MESSAGES; i++)
        left += q->messages[i].body != NULL;
    return left;
}

/* ---- answers ---- */

void awsd_queue_refuse(struct awsd_call *call, int status, const char *code, const char *message)
{
    json_t *error = json_pack("{s:o, s:s}", "__type", json_sprintf("com.amazonaws.sqs#%s", code),
                              "message", message);
    free(call->body);
    call->body = json_dumps(error, JSON_COMPACT);
    json_decref(error);
    call->status = status;
    snprintf(call->query_error, sizeof call->query_error, "%s;%s", code,
             status < 500 ? "Sender" : "Receiver");
    snprintf(call->note, sizeof call->note, "%s", code);
}

static void reply(struct awsd_call *call, json_t *value)
{
    call->status = 200;
    call->body = json_dumps(value, JSON_COMPACT);
    json_decref(value);
}

static void refuse_value(struct awsd_call *call, const char *key)
{
    char why[128];
    snprintf(why, sizeof why, "Value for parameter %s is invalid. Reason: out of its range.", key);
    awsd_queue_refuse(call, 400, "InvalidParameterValue", why);
}

/* ---- the actions ---- */

static json_t *message_of(const struct awsd_message *m)
{
    unsigned char digest[MD5_BYTES];
    char md5[2 * MD5_BYTES + 1];
    EVP_Digest(m->body, strlen(m->body), digest, NULL, EVP_md5(), NULL);
    for (size_t i = 0; i < MD5_BYTES; i++)
        snprintf(md5 + 2 * i, 3, "%02x", digest[i]);
    return json_pack("{s:s, s:s, s:s, s:s}", "MessageId", m->id, "ReceiptHandle", m->receipt,
                     "MD5OfBody", md5, "Body", m->body);
}

static bool is_number(const json_t *in, const char *key, int64_t least, int64_t most)
{
    const json_t *value = json_object_get(in, key);
    return !value || (json_is_integer(value) && json_integer_value(value) >= least &&
                      json_integer_value(value) <= most);
}

static int64_t waits_ms(const struct awsd *a, int64_t wanted_s)
{
    return 1000 * (a->queue.hurries && wanted_s > 1 ? 1 : wanted_s);
}

/* What is received is hidden from the others for a while, and told of again unless it is deleted
   by then: each time with another receipt handle. */
static void receive(struct awsd *a, const json_t *in, struct awsd_call *call)
{
    int64_t most = sandbox_number(in, "MaxNumberOfMessages", 1), now = awsd_now_ms(a),
            hidden_s = sandbox_number(in, "VisibilityTimeout", AWSD_HIDDEN_S);
    json_t *list = json_array();
    if (!is_number(in, "MaxNumberOfMessages", 1, MOST_AT_ONCE))
        refuse_value(call, "MaxNumberOfMessages");
    else if (!is_number(in, "WaitTimeSeconds", 0, MOST_WAIT_S))
        refuse_value(call, "WaitTimeSeconds");
    else if (!is_number(in, "VisibilityTimeout", 0, MOST_HIDDEN_S))
        refuse_value(call, "VisibilityTimeout");
    for (size_t i = 0; !call->body && i < AWSD_MESSAGES; i++) {
        struct awsd_message *m = &a->queue.messages[i];
        if (!m->body || m->hidden_until_ms > now || json_array_size(list) >= (size_t)most)
            continue;
        sandbox_random(m->receipt, AWSD_RECEIPT_BYTES - 1);
        m->hidden_until_ms = now + hidden_s * 1000;
        json_array_append_new(list, message_of(m));
    }
    if (!call->body) {
        if (!json_array_size(list))
            call->delay_ms = waits_ms(a, sandbox_number(in, "WaitTimeSeconds", 0));
        reply(call, json_array_size(list) ? json_pack("{s:O}", "Messages", list) : json_object());
    }
    json_decref(list);
}

/* A handle has a form, so that another text is refused. One that a later receipt has replaced
   deletes nothing, and one of what is gone already is none that is refused. */
static void delete_one(struct awsd *a, const json_t *in, struct awsd_call *call)
{
    const char *receipt = sandbox_text(in, "ReceiptHandle");
    if (strlen(receipt) != AWSD_RECEIPT_BYTES - 1) {
        awsd_queue_refuse(call, 400, "ReceiptHandleIsInvalid",
                          "The input receipt handle is invalid.");
        return;
    }
    for (size_t i = 0; i < AWSD_MESSAGES; i++) {
        struct awsd_message *m = &a->queue.messages[i];
        if (m->body && strcmp(m->receipt, receipt) == 0) {
            free(m->body);
            *m = (struct awsd_message){ .body = NULL };
        }
    }
    call->status = 200;
    call->body = strdup("");
}

static void get_attributes(struct awsd *a, const json_t *in, struct awsd_call *call)
{
    size_t hidden = 0, i;
    char arn[160];
    json_t *wanted = json_object_get(in, "AttributeNames"), *name, *found = json_object();
    for (i = 0; i < AWSD_MESSAGES; i++)
        hidden += a->queue.messages[i].body &&
                  a->queue.messages[i].hidden_until_ms > awsd_now_ms(a);
    snprintf(arn, sizeof arn, "arn:aws:sqs:%s:" AWSD_ACCOUNT ":" AWSD_QUEUE, call->region);
    json_t *all = json_pack("{s:s, s:o, s:o, s:o}", "QueueArn", arn, "VisibilityTimeout",
                            json_sprintf("%d", AWSD_HIDDEN_S), "ApproximateNumberOfMessages",
                            json_sprintf("%zu", awsd_queue_left(&a->queue) - hidden),
                            "ApproximateNumberOfMessagesNotVisible", json_sprintf("%zu", hidden));
    json_array_foreach(wanted, i, name)
    {
        const char *key = json_is_string(name) ? json_string_value(name) : "";
        if (strcmp(key, "All") == 0)
            json_object_update(found, all);
        else if (json_object_get(all, key))
            json_object_set(found, key, json_object_get(all, key));
        else
            awsd_queue_refuse(call, 400, "InvalidAttributeName", "Unknown Attribute.");
    }
    if (!call->body)
        reply(call,
              json_object_size(found) ? json_pack("{s:O}", "Attributes", found) : json_object());
    json_decref(found);
    json_decref(all);
}

/* ---- a member's queue, in a session of its root user ---- */

static void read_policy(const json_t *queue, const json_t *in, struct awsd_call *call)
{
    size_t i;
    const json_t *policy = json_object_get(queue, "policy");
    json_t *name, *found = json_object();
    json_array_foreach(json_object_get(in, "AttributeNames"), i, name)
    {
        const char *key = json_is_string(name) ? json_string_value(name) : "";
        if (strcmp(key, "Policy") != 0 && strcmp(key, "All") != 0)
            awsd_queue_refuse(call, 400, "InvalidAttributeName", "Unknown Attribute.");
        else if (json_is_string(policy))
            json_object_set(found, "Policy", (json_t *)(uintptr_t)policy);
    }
    if (!call->body)
        reply(call,
              json_object_size(found) ? json_pack("{s:O}", "Attributes", found) : json_object());
    json_decref(found);
}

/* Nothing but the policy, and no other one than none: reguard has no use for more. */
static void take_policy(json_t *queue, const json_t *in, struct awsd_call *call)
{
    const json_t *to = json_object_get(in, "Attributes"), *policy = json_object_get(to, "Policy");
    if (json_object_size(to) != 1 || !json_is_string(policy) || json_string_value(policy)[0]) {
        awsd_queue_refuse(call, 400, "InvalidAttributeValue", "Invalid value for the parameter.");
        return;
    }
    json_object_del(queue, "policy");
    call->status = 200;
    call->body = strdup("");
}

/* Whose session it is has to be who owns the queue; of another Region nobody knows it here. */
static void answer_root(struct awsd *a, const json_t *in, const char *action,
                        struct awsd_call *call)
{
    char url[256];
    const char *wanted = sandbox_text(in, "QueueUrl");
    json_t *queue = json_object_get(a->queues, wanted);
    if (!awsd_may(a, action, wanted, call))
        return;
    snprintf(url, sizeof url, "https://sqs.%s.amazonaws.com/", call->region);
    if (!queue || strncmp(wanted, url, strlen(url)) != 0)
        awsd_queue_refuse(call, 400, "AWS.SimpleQueueService.NonExistentQueue",
                          "The specified queue does not exist.");
    else if (strcmp(sandbox_text(queue, "account"), call->root->account) != 0)
        awsd_queue_refuse(call, 403, "AccessDenied", "Access to the resource is denied.");
    else if (strcmp(action, "GetQueueAttributes") == 0)
        read_policy(queue, in, call);
    else
        take_policy(queue, in, call);
}

/* Of anybody else each member's queue locks out. */
static void set_attributes(struct awsd *a, const json_t *in, struct awsd_call *call)
{
    (void)a, (void)in;
    awsd_queue_refuse(call, 403, "AccessDenied", "Access to the resource is denied.");
}

static const struct action {
    const char *name, *parameters; /* between blanks: those that reguard has a use for */
    void (*answer)(struct awsd *, const json_t *in, struct awsd_call *);
} actions[] = {
    { "ReceiveMessage", " QueueUrl MaxNumberOfMessages VisibilityTimeout WaitTimeSeconds ",
      receive },
    { "DeleteMessage", " QueueUrl ReceiptHandle ", delete_one },
    { "GetQueueAttributes", " QueueUrl AttributeNames ", get_attributes },
    { "SetQueueAttributes", " QueueUrl Attributes ", set_attributes },
};

static const struct action *action_of(const struct awsd_call *call)
{
    const char *target = web_request_header(call->web, "x-amz-target");
    size_t bytes = sizeof target_prefix - 1;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (target && strncmp(target, target_prefix, bytes) == 0 &&
            strcmp(target + bytes, actions[i].name) == 0)
            return &actions[i];
    return NULL;
}

const char *awsd_queue_action(const struct awsd_call *call)
{
    const struct action *action = action_of(call);
    return action ? action->name : NULL;
}

/* ---- one request ---- */

static bool are_parameters(const struct action *action, const json_t *in)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)in, name, value)
    {
        if (!awsd_is_listed(action->parameters, name))
            return false;
    }
    return true;
}

/* The address of the queue that this endpoint has. */
static bool is_ours(const struct awsd *a, const json_t *in, const struct awsd_call *call)
{
    char url[160];
    snprintf(url, sizeof url, "https://sqs.%s.amazonaws.com/" AWSD_ACCOUNT "/" AWSD_QUEUE,
             call->region);
    return !a->queue.gone && strcmp(sandbox_text(in, "QueueUrl"), url) == 0;
}

void awsd_queue_answer(struct awsd *a, struct awsd_call *call)
{
    const char *type = web_request_header(call->web, "content-type");
    const struct action *action = action_of(call);
    json_t *in = json_loadb(call->web->body ? call->web->body : "", call->web->body_bytes, 0, NULL);
    if (!awsd_signed(a, call)) {
        json_decref(in);
        return;
    }
    if (strcmp(call->web->method, "POST") != 0 || !type ||
        strcmp(type, "application/x-amz-json-1.0") != 0 || !json_is_object(in))
        awsd_queue_refuse(call, 400, "SerializationException", "A JSON object is wanted, by POST.");
    else if (!action)
        awsd_queue_refuse(call, 400, "UnknownOperationException", "There is no such operation.");
    else if (!are_parameters(action, in))
        awsd_queue_refuse(call, 400, "UnsupportedOperation", "reguard has no use for a parameter.");
    else if (call->root)
        answer_root(a, in, action->name, call);
    else if (a->queue.denied)
        awsd_queue_refuse(call, 403, "AccessDenied", "The credentials are not authorized.");
    else if (!is_ours(a, in, call))
        awsd_queue_refuse(call, 400, "AWS.SimpleQueueService.NonExistentQueue",
                          "The specified queue does not exist.");
    else
        action->answer(a, in, call);
    json_decref(in);
}
