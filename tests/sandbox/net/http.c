/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/http.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HTTP_LINE_MAX = 256 };

bool http_list_has(const char *list, const char *word)
{
    size_t bytes = strlen(word);
    for (const char *at = list; at && *at;) {
        at += strspn(at, ", \t");
        size_t item = strcspn(at, ", \t");
        if (item == bytes && strncasecmp(at, word, bytes) == 0)
            return true;
        at += item;
    }
    return false;
}

static bool refuse(struct http_refusal *refusal, int status, const char *why)
{
    *refusal = (struct http_refusal){ status, why };
    return false;
}

/* ---- the head ---- */

static bool is_token(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("!#$%&'*+-.^_`|~", *text))
            return false;
    return true;
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7F)
            return false;
    return true;
}

static bool read_request_line(struct http_reader *r, char *line, struct http_refusal *refusal)
{
    char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version || !is_printable(line))
        return refuse(refusal, 400, "the request line is broken");
    *target++ = '\0';
    *version++ = '\0';
    if (!is_token(line) || *target != '/')
        return refuse(refusal, 400, "the request line is broken");
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
        return refuse(refusal, 505, "only HTTP/1.1 is spoken here");
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    r->request.method = line;
    r->request.path = target;
    r->request.query = query ? query : "";
    r->keep_alive = version[7] == '1';
    return true;
}

static bool read_header(struct http_reader *r, char *line, struct http_refusal *refusal)
{
    char *value = strchr(line, ':');
    if (!value)
        return refuse(refusal, 400, "a header line has no colon");
    *value++ = '\0';
    if (!is_token(line) || !is_printable(value))
        return refuse(refusal, 400, "a header line is broken");
    if (r->request.header_count == WEB_HEADERS_MAX)
        return refuse(refusal, 431, "too many headers");
    value += strspn(value, " \t");
    size_t bytes = strlen(value);
    while (bytes && (value[bytes - 1] == ' ' || value[bytes - 1] == '\t'))
        value[--bytes] = '\0';
    for (char *c = line; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    r->request.headers[r->request.header_count++] = (struct web_header){ line, value };
    return true;
}

static bool read_content_length(struct http_reader *r, const char *text,
                                struct http_refusal *refusal)
{
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return refuse(refusal, 400, "Content-Length is no number");
    unsigned long long bytes = strtoull(text, NULL, 10);
    if (strlen(text) > 18 || bytes > WEB_BODY_MAX)
        return refuse(refusal, 413, "the body is larger than 1 MiB");
    r->body_left = (size_t)bytes;
    return true;
}

/* How long the body is, and what becomes of the connection. */
static bool read_framing(struct http_reader *r, struct http_refusal *refusal)
{
    const char *length = NULL, *coding = NULL;
    for (size_t i = 0; i < r->request.header_count; i++) {
        const struct web_header *h = &r->request.headers[i];
        if (strcmp(h->name, "content-length") == 0) {
            if (length && strcmp(length, h->value) != 0)
                return refuse(refusal, 400, "two different Content-Length headers");
            length = h->value;
        } else if (strcmp(h->name, "transfer-encoding") == 0) {
            coding = coding ? "twice" : h->value;
        }
    }
    if (coding && (length || strcasecmp(coding, "chunked") != 0))
        return refuse(refusal, length ? 400 : 501, "Transfer-Encoding is not understood");
    r->framing = coding ? HTTP_CHUNK_SIZE : HTTP_PLAIN;
    const char *connection = web_request_header(&r->request, "connection");
    if (http_list_has(connection, "close"))
        r->keep_alive = false;
    else if (http_list_has(connection, "keep-alive"))
        r->keep_alive = true;
    if (!web_request_header(&r->request, "host"))
        return refuse(refusal, 400, "no Host header");
    const char *expect = web_request_header(&r->request, "expect");
    r->wants_continue = expect && strcasecmp(expect, "100-continue") == 0;
    return !length || read_content_length(r, length, refusal);
}

static bool read_head(struct http_reader *r, struct http_refusal *refusal)
{
    char *line = r->head;
    for (bool first = true; *line; first = false) {
        char *end = strstr(line, "\r\n");
        if (!end)
            return refuse(refusal, 400, "a line ends without CR LF");
        *end = '\0';
        if (!(first ? read_request_line(r, line, refusal) : read_header(r, line, refusal)))
            return false;
        line = end + 2;
    }
    return read_framing(r, refusal);
}

/* HTTP_WHOLE: the head is there, the body may still be coming. */
static enum http_progress take_head(struct http_reader *r, struct bytes *in,
                                    struct http_refusal *refusal)
{
    while (in->count >= 2 && memcmp(bytes_at(in), "\r\n", 2) == 0)
        bytes_take(in, 2); /* RFC 9112 2.2: blank lines before a request do no harm */
    char *end = in->count ? memmem(bytes_at(in), in->count, "\r\n\r\n", 4) : NULL;
    size_t bytes = end ? (size_t)(end - bytes_at(in)) + 2 : in->count;
    if (bytes > HTTP_HEAD_MAX) {
        refuse(refusal, 431, "the head of the request is too long");
        return HTTP_REFUSED;
    }
    if (!end)
        return HTTP_MORE;
    if (memchr(bytes_at(in), '\0', bytes)) {
        refuse(refusal, 400, "a NUL in the head of the request");
        return HTTP_REFUSED;
    }
    r->head = strndup(bytes_at(in), bytes);
    bytes_take(in, bytes + 2);
    if (r->head && read_head(r, refusal))
        return HTTP_WHOLE;
    if (!r->head)
        refuse(refusal, 503, "out of memory");
    return HTTP_REFUSED;
}

/* ---- the body ---- */

static bool take_body(struct http_reader *r, struct bytes *in, struct http_refusal *refusal)
{
    size_t bytes = in->count < r->body_left ? in->count : r->body_left;
    if (!bytes_add(&r->body, bytes_at(in), bytes, WEB_BODY_MAX))
        return refuse(refusal, 413, "the body is larger than 1 MiB");
    bytes_take(in, bytes);
    r->body_left -= bytes;
    return true;
}

/* One line of the chunked framing into line; false when it has not come yet or is no such line. */
static enum http_progress take_line(struct bytes *in, char *line, struct http_refusal *refusal)
{
    char *end = in->count ? memmem(bytes_at(in), in->count, "\r\n", 2) : NULL;
    size_t bytes = end ? (size_t)(end - bytes_at(in)) : in->count;
    if (bytes >= HTTP_LINE_MAX) {
        refuse(refusal, 400, "a line of the chunked body is too long");
        return HTTP_REFUSED;
    }
    if (!end)
        return HTTP_MORE;
    memcpy(line, bytes_at(in), bytes);
    line[bytes] = '\0';
    bytes_take(in, bytes + 2);
    return HTTP_WHOLE;
}

static bool read_chunk_size(struct http_reader *r, const char *line, struct http_refusal *refusal)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    if (!digits || digits > 8 || (line[digits] && !strchr("; \t", line[digits])))
        return refuse(refusal, 400, "a chunk's size is broken");
    r->body_left = (size_t)strtoul(line, NULL, 16);
    r->framing = r->body_left ? HTTP_CHUNK_DATA : HTTP_TRAILER;
    return true;
}

static enum http_progress take_chunked(struct http_reader *r, struct bytes *in,
                                       struct http_refusal *refusal)
{
    char line[HTTP_LINE_MAX];
    for (;;) {
        if (r->framing == HTTP_CHUNK_DATA) {
            if (!take_body(r, in, refusal))
                return HTTP_REFUSED;
            if (r->body_left)
                return HTTP_MORE;
            r->framing = HTTP_CHUNK_END;
        }
        enum http_progress progress = take_line(in, line, refusal);
        if (progress != HTTP_WHOLE)
            return progress;
        if (r->framing == HTTP_TRAILER && !*line)
            return HTTP_WHOLE;
        if (r->framing == HTTP_CHUNK_END && *line) {
            refuse(refusal, 400, "a chunk is longer than it said");
            return HTTP_REFUSED;
        }
        if (r->framing == HTTP_CHUNK_SIZE && !read_chunk_size(r, line, refusal))
            return HTTP_REFUSED;
        if (r->framing == HTTP_CHUNK_END)
            r->framing = HTTP_CHUNK_SIZE;
    }
}

enum http_progress http_read(struct http_reader *r, struct bytes *in, struct http_refusal *refusal)
{
    enum http_progress progress = r->head ? HTTP_WHOLE : take_head(r, in, refusal);
    if (progress == HTTP_WHOLE && r->framing != HTTP_PLAIN)
        progress = take_chunked(r, in, refusal);
    else if (progress == HTTP_WHOLE)
        progress = !take_body(r, in, refusal) ? HTTP_REFUSED
                   : r->body_left             ? HTTP_MORE
                                              : HTTP_WHOLE;
    if (progress == HTTP_WHOLE) {
        r->request.body = r->body.count ? bytes_at(&r->body) : "";
        r->request.body_bytes = r->body.count;
    }
    return progress;
}

void http_reader_next(struct http_reader *r)
{
    free(r->head);
    bytes_done(&r->body);
    *r = (struct http_reader){ 0 };
}

/* ---- answers ---- */

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 302, "Found" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 413, "Content Too Large" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 505, "HTTP Version Not Supported" },
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unnamed";
}

bool http_write(struct bytes *out, size_t ceiling, const struct web_reply *reply, bool keep_alive)
{
    bool has_body = reply->status != 204 && reply->status != 304;
    bool ok = bytes_print(out, ceiling, "HTTP/1.1 %d %s\r\n", reply->status,
                          reason_of(reply->status));
    if (has_body)
        ok = ok && bytes_print(out, ceiling, "Content-Type: %s\r\nContent-Length: %zu\r\n",
                               reply->content_type ? reply->content_type : "application/json",
                               reply->body_bytes);
    if (reply->retry_after_s > 0)
        ok = ok && bytes_print(out, ceiling, "Retry-After: %d\r\n", reply->retry_after_s);
    if (reply->extra_name && reply->extra_value)
        ok = ok && bytes_print(out, ceiling, "%s: %s\r\n", reply->extra_name, reply->extra_value);
    if (reply->more_headers)
        ok = ok && bytes_add(out, reply->more_headers, strlen(reply->more_headers), ceiling);
    ok = ok &&
         bytes_print(out, ceiling, "Connection: %s\r\n\r\n", keep_alive ? "keep-alive" : "close");
    return ok && (!has_body || bytes_add(out, reply->body, reply->body_bytes, ceiling));
}
