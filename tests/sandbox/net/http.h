/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 as the sandbox reads and writes it (RFC 9112): bytes in, one whole web_request out; a
   web_reply in, bytes out. Written here and not left to libwebsockets, which hands a path over only
   after decoding it and cannot list the headers it does not know: AWS signatures are made over what
   was sent. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "tests/sandbox/net/bytes.h"
#include "tests/sandbox/net/message.h"

enum { HTTP_HEAD_MAX = 64 * 1024 };

struct http_reader {
    struct web_request request; /* points into head and body */
    char *head;                 /* NULL until the blank line has come */
    struct bytes body;
    size_t body_left; /* of the body, or of the chunk under way */
    enum { HTTP_PLAIN, HTTP_CHUNK_SIZE, HTTP_CHUNK_DATA, HTTP_CHUNK_END, HTTP_TRAILER } framing;
    bool keep_alive;     /* the client's wish */
    bool wants_continue; /* Expect: 100-continue; whoever answers it sets it to false */
};

/* Takes what it can from in. REFUSED: answer with status and why (static), then close. After WHOLE:
   http_reader_next. */
enum http_progress { HTTP_MORE, HTTP_WHOLE, HTTP_REFUSED };
struct http_refusal {
    int status;
    const char *why;
};
enum http_progress http_read(struct http_reader *, struct bytes *in, struct http_refusal *);
/* Forgets the request; ready for the next one. */
void http_reader_next(struct http_reader *);

/* True when a header's comma-separated list has that word, in any case. */
bool http_list_has(const char *list, const char *word);

/* Appends the whole answer; reply->body stays the caller's. False beyond the ceiling. */
bool http_write(struct bytes *out, size_t ceiling, const struct web_reply *, bool keep_alive);

#endif
