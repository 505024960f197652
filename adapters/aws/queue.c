/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/queue.h"
#include "core/limits.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>

static const char WAITING[] = "ApproximateNumberOfMessages";

static void add_url(const char *url, struct buf *b)
{
    buf_add(b, "{\"QueueUrl\":");
    json_add_quoted(b, url);
}

void aws_queue_ask_waiting(const char *url, struct buf *b)
{
    add_url(url, b);
    buf_addf(b, ",\"AttributeNames\":[\"%s\"]}", WAITING);
}

bool aws_queue_read_waiting(const char *body, size_t bytes, int64_t *ret_count, struct err *err)
{
    enum { DIGITS_MOST = 15 };
    JSON_AUTO *answer = json_read(body, bytes, LIMIT_XML_BYTES, NULL);
    const char *count = json_text_or_empty(json_object_get(answer, "Attributes"), WAITING);
    size_t digits = strspn(count, "0123456789");
    if (!digits || count[digits] || digits > DIGITS_MOST)
        return err_set(err, "it does not say how many messages wait");
    *ret_count = strtoll(count, NULL, 10);
    return true;
}

void aws_queue_ask_policy(const char *url, struct buf *b)
{
    add_url(url, b);
    buf_add(b, ",\"AttributeNames\":[\"Policy\"]}");
}

void aws_queue_ask_no_policy(const char *url, struct buf *b)
{
    add_url(url, b);
    buf_add(b, ",\"Attributes\":{\"Policy\":\"\"}}");
}

/* Of a queue without one there are no attributes, or an empty one. */
bool aws_queue_read_policy(const char *body, size_t bytes, struct arena *arena, const char **ret,
                           struct err *err)
{
    JSON_AUTO *answer = json_read(body, bytes, LIMIT_XML_BYTES, NULL);
    const json_t *all = json_object_get(answer, "Attributes"),
                 *one = json_object_get(all, "Policy");
    if (!json_is_object(answer) || (all && !json_is_null(all) && !json_is_object(all)) ||
        (one && !json_is_string(one)))
        return err_set(err, "it does not say which policy the queue has");
    *ret = one ? json_arena_text(arena, all, "Policy") : "";
    return true;
}

void aws_queue_ask_messages(const char *url, bool waits, struct buf *b)
{
    add_url(url, b);
    buf_addf(b, ",\"MaxNumberOfMessages\":%d,\"WaitTimeSeconds\":%d}", AWS_MESSAGES,
             waits ? AWS_WAITS_S : 0);
}

void aws_queue_ask_delete(const char *url, const char *receipt, struct buf *b)
{
    add_url(url, b);
    buf_add(b, ",\"ReceiptHandle\":");
    json_add_quoted(b, receipt);
    buf_add_char(b, '}');
}

static bool read_message(const json_t *from, struct arena *arena, struct aws_message *ret)
{
    enum { ID_MOST = 100 };
    const char *id = json_text_or_empty(from, "MessageId"),
               *receipt = json_text_or_empty(from, "ReceiptHandle");
    if (!aws_is_id(id, ID_MOST) || !receipt[0] || strlen(receipt) >= AWS_RECEIPT_BYTES)
        return false;
    *ret = (struct aws_message){ arena_copy(arena, id), arena_copy(arena, receipt),
                                 json_arena_text(arena, from, "Body") };
    return true;
}

bool aws_queue_read_messages(const char *body, size_t bytes, struct arena *arena,
                             struct aws_message ret[AWS_MESSAGES], size_t *ret_count,
                             struct err *err)
{
    JSON_AUTO *answer = json_read(body, bytes, LIMIT_QUEUE_BYTES, NULL);
    const json_t *list = json_object_get(answer, "Messages");
    *ret_count = 0;
    if (!json_is_object(answer) || (list && !json_is_null(list) && !json_is_array(list)))
        return err_set(err, "it is no list of messages");
    for (size_t i = 0; i < json_array_size(list) && *ret_count < AWS_MESSAGES; i++)
        *ret_count += read_message(json_array_get(list, i), arena, &ret[*ret_count]);
    return true;
}
