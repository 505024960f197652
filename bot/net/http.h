/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP requests: libcurl's multi interface as a guest of the loop. Verified TLS 1.2 or newer, no
   redirects, no proxy from the environment, no signals, response bodies up to a ceiling, a total
   deadline for each request. Names are resolved off the loop's thread. */
#ifndef REGUARD_HTTP_H
#define REGUARD_HTTP_H

#include "core/base.h"
#include "core/err.h"
#include "core/limits.h"
#include "net/loop.h"

struct http;
struct http *http_new(struct loop *, struct err *);
/* Ends what is in flight without calling done. Before loop_free. */
void http_free(struct http *);

enum http_outcome {
    HTTP_ANSWERED, /* any status; body complete */
    HTTP_NOT_SENT, /* failed before a byte of the request left: name, connect, TLS */
    HTTP_UNKNOWN,  /* sent or partly sent, no whole answer: it may have taken effect */
};
struct http_result {
    enum http_outcome outcome;
    long status;
    const char *body; /* terminated; lent until done returns */
    size_t body_bytes;
    const char *content_type; /* "" when absent */
    ms_t retry_after_ms;      /* from Retry-After in seconds, else 0; at most one day */
    const char *header;       /* value of http_request.wants_header, "" when absent */
    const char *error;        /* for people, when not ANSWERED; never holds a secret or a query */
    bool too_long;            /* UNKNOWN: the answer was above LIMIT_HTTP_BODY_BYTES */
    struct request *request;  /* inside http.c only; NULL elsewhere */
    const char *peer_address; /* numeric, "" when never connected */
};
/* An answer of which more than LIMIT_SLICE_BYTES are still to be read is read in slices, a turn of
   the loop for each: nothing else would be looked at meanwhile. */
static inline bool http_needs_slices(const struct http_result *r)
{
    return r->outcome == HTTP_ANSWERED && r->body_bytes > LIMIT_SLICE_BYTES;
}
/* The answer, to outlive done; its memory counts until http_result_free() (NULL is fine), which has
   to come before http_free. */
struct http_result *http_result_keep(const struct http_result *);
void http_result_free(struct http_result *);

/* Whose memory a long answer takes. Of each later one there is a part that the earlier ones cannot
   use up. */
enum http_share { HTTP_SHARE_ALL, HTTP_SHARE_RAISES, HTTP_SHARE_GUARDS };
enum { HTTP_SHARES = 3 };

struct http_header {
    const char *name, *value;
};
struct http_request {
    const char *method;             /* "GET" "POST" "PUT" */
    const char *url;                /* https:// only, http:// only to loopback */
    const char *const *plain_hosts; /* and to these: address_read_beside; NULL: to none */
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* NULL for none */
    size_t body_bytes;
    const char *ca_file;      /* extra trust anchor beside the system's; NULL or "" for none */
    ms_t timeout_ms;          /* total */
    const char *wants_header; /* static name of a response header to hand over; NULL for none */
    ms_t leave_before_ms;     /* monotonic: NOT_SENT when it could not leave by then; 0: any time */
    bool idempotent;          /* may be repeated by the transport on a fresh connection */
    enum http_share share;
    bool urgent; /* before others, with room in flight and in the queue of its own */
    void (*done)(void *arg, const struct http_result *);
    void *arg;
};
/* Copies everything. done runs later, exactly once, never inside this call. False when the queue is
   full or the URL is not allowed: done will not run. */
bool http_send(struct http *, const struct http_request *, struct err *);
/* Forgets every request with that arg: their done will not run. */
void http_forget(struct http *, const void *arg);
/* Trust has changed: every later request makes a connection, or takes one that was made since. */
void http_renew(struct http *);
/* Only looks the host of the request's URL up and connects (TCP): done gets peer_address. For those
   who need a numeric address. Of the request only url, timeout_ms, done and arg are used. */
bool http_probe(struct http *, const struct http_request *, struct err *);

#endif
