/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/message.h"

#include <stdlib.h>
#include <string.h>

const char *web_request_header(const struct web_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

void web_reply_json(struct web_reply *reply, int status, json_t *body_new)
{
    char *text = body_new ? json_dumps(body_new, JSON_COMPACT) : NULL;
    json_decref(body_new);
    free(reply->body);
    reply->status = text ? status : 500;
    reply->content_type = NULL;
    reply->body = text;
    reply->body_bytes = text ? strlen(text) : 0;
}

void web_reply_text(struct web_reply *reply, int status, const char *text)
{
    free(reply->body);
    reply->body = strdup(text);
    reply->status = reply->body ? status : 500;
    reply->content_type = "text/plain; charset=utf-8";
    reply->body_bytes = reply->body ? strlen(text) : 0;
}
