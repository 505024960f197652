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
