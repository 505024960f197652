/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request and one answer, as a service sees them. Nothing here is shared with the bot: the
   sandbox is its peer. */
#ifndef SANDBOX_NET_MESSAGE_H
#define SANDBOX_NET_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEB_BODY_MAX = 1024 * 1024, WEB_HEADERS_MAX = 48 };

struct web_header {
    const char *name; /* lower case */
    const char *value;
};

/* One whole HTTP request. Everything is lent until the service returns. */
struct web_request {
    const char *method; /* "GET", "POST", "PUT" */
    const char *path;   /* as sent, without the query, still percent-encoded */
    const char *query;  /* as sent, "" when there is none */
    const char *body;   /* NUL follows body[body_bytes] */
    size_t body_bytes;
    bool tls; /* came in through the TLS listener */
    struct web_header headers[WEB_HEADERS_MAX];
    size_t header_count;
    uint64_t ticket; /* for web_finish when the answer comes later */
};

/* NULL when absent; name in lower case. */
const char *web_request_header(const struct web_request *, const char *name);

/* What a service answers. body is malloc'ed by the service and taken over by web.c. */
struct web_reply {
    int status;               /* HTTP status */
    const char *content_type; /* static; NULL means application/json */
    char *body;
    size_t body_bytes;
    int retry_after_s;                    /* > 0: a Retry-After header */
    const char *extra_name, *extra_value; /* one more header; static or NULL */
    const char
        *more_headers; /* whole lines, each with its CRLF, written as they are; static or NULL */
    int64_t delay_ms;  /* answer that much later */
    bool drop;         /* close the connection without an answer: the reply is lost */
    bool later;        /* nothing is answered now; web_finish will do it */
};

/* Fills the reply with a JSON body; takes the reference. */
void web_reply_json(struct web_reply *, int status, json_t *body_new);
void web_reply_text(struct web_reply *, int status, const char *text);

#endif
