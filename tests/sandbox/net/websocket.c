/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket, the server's side (RFC 6455), without extensions. Its own framing, for two reasons:
   the connection arrives through the sandbox's own HTTP reader, and the bot's client is
   libwebsockets: a peer that shares its reading of the RFC would hide the faults of both. */
#include "tests/sandbox/net/websocket.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum opcode { CONTINUATION = 0x0, TEXT = 0x1, BINARY = 0x2, CLOSE = 0x8, PING = 0x9, PONG = 0xA };
enum { FIN = 0x80, RESERVED = 0x70, MASKED = 0x80 };
enum { WEBSOCKET_CONTROL_MAX = 125, WEBSOCKET_KEY_MAX = 64 };
/* Slack takes this much from a client in one message; anything else is read up to 1 MiB. */
enum { WEBSOCKET_TEXT_MAX = 20480, WEBSOCKET_MESSAGE_MAX = WEB_BODY_MAX };
enum {
    CLOSED_NORMALLY = 1000,
    CLOSED_PROTOCOL = 1002,
    CLOSED_NO_CODE = 1005,
    CLOSED_NOT_UTF8 = 1007,
    CLOSED_TOO_BIG = 1009
};

struct web_socket {
    struct connection *connection;
    const struct web_socket_service *service;
    struct bytes message; /* fragments so far */
    enum opcode kind;     /* of the message under way; CONTINUATION: none is */
    bool deaf;            /* frames of the client have no effect */
    bool close_sent;
};

struct frame {
    unsigned char flags;
    enum opcode opcode;
    bool fin;
    size_t head_bytes;
    uint64_t bytes;
    const unsigned char *mask;
};

/* ---- out ---- */

static void send_frame(struct web_socket *s, unsigned char first, const void *data, size_t bytes)
{
    if (s->close_sent)
        return;
    unsigned char head[10] = { first };
    size_t head_bytes = bytes < 126 ? 2 : bytes < 65536 ? 4 : 10;
    head[1] = (unsigned char)(bytes < 126 ? bytes : bytes < 65536 ? 126 : 127);
    uint64_t left = bytes;
    for (size_t i = head_bytes - 1; i >= 2; i--, left >>= 8)
        head[i] = (unsigned char)left;
    connection_send(s->connection, head, head_bytes);
    connection_send(s->connection, data, bytes);
}

void web_socket_send(struct web_socket *s, const char *text, size_t bytes)
{
    send_frame(s, FIN | TEXT, text, bytes);
}

void web_socket_send_fragments(struct web_socket *s, const char *text, size_t bytes, int fragments)
{
    size_t parts = fragments > 1 ? (size_t)fragments : 1, at = 0;
    for (size_t i = 0; i < parts; i++) {
        size_t part = (bytes - at) / (parts - i);
        unsigned char first = (unsigned char)((i + 1 == parts ? FIN : 0) |
                                              (i ? CONTINUATION : TEXT));
        send_frame(s, first, text + at, part);
        at += part;
    }
}

void web_socket_ping(struct web_socket *s, const char *payload)
{
    send_frame(s, FIN | PING, payload, strnlen(payload, WEBSOCKET_CONTROL_MAX));
}

static void send_close(struct web_socket *s, int code, const char *reason, size_t bytes)
{
    char payload[WEBSOCKET_CONTROL_MAX];
    if (bytes > sizeof payload - 2)
        bytes = sizeof payload - 2;
    payload[0] = (char)(code >> 8);
    payload[1] = (char)code;
    if (bytes)
        memcpy(payload + 2, reason, bytes);
    send_frame(s, FIN | CLOSE, payload, bytes + 2);
    s->close_sent = true;
    connection_limit_life(s->connection);
}

void web_socket_close(struct web_socket *s, int code, const char *reason)
{
    if (!s->close_sent)
        send_close(s, code, reason ? reason : "", reason ? strlen(reason) : 0);
}

void web_socket_drop(struct web_socket *s) { connection_kill(s->connection); }

void web_socket_reset(struct web_socket *s) { connection_reset(s->connection); }

void web_socket_deafen(struct web_socket *s) { s->deaf = true; }

void web_socket_freeze(struct web_socket *s) { connection_freeze(s->connection); }

bool web_socket_is_tls(const struct web_socket *s) { return s->connection->tls; }

size_t web_socket_backlog(const struct web_socket *s) { return s->connection->out.count; }

/* The client broke a rule: it is told which, and what it still sends is not read. */
static bool fail(struct web_socket *s, int code, const char *reason)
{
    web_socket_close(s, code, reason);
    connection_linger(s->connection);
    return false;
}

/* ---- in ---- */

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0], low = 0x80, high = 0xBF;
    size_t bytes = lead < 0x80                    ? 1
                   : lead >= 0xC2 && lead <= 0xDF ? 2
                   : (lead & 0xF0) == 0xE0        ? 3
                   : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                  : 0;
    if (bytes == 0 || bytes > left)
        return 0;
    low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : low;
    high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : high;
    for (size_t i = 1; i < bytes; i++, low = 0x80, high = 0xBF)
        if (at[i] < low || at[i] > high)
            return 0;
    return bytes;
}

static bool is_utf8(const char *text, size_t bytes)
{
    const unsigned char *at = (const unsigned char *)text;
    while (bytes) {
        size_t length = utf8_length(at, bytes);
        if (!length)
            return false;
        at += length;
        bytes -= length;
    }
    return true;
}

static bool deliver(struct web_socket *s, enum opcode kind, const char *text, size_t bytes)
{
    if (kind != TEXT)
        return true; /* nobody here has a use for binary messages */
    if (!is_utf8(text, bytes))
        return fail(s, CLOSED_NOT_UTF8, "A text message must be UTF-8");
    s->service->received(s->service->self, s, text, bytes);
    return true;
}

static bool take_message(struct web_socket *s, const struct frame *f, const char *payload)
{
    if ((f->opcode == CONTINUATION) == (s->kind == CONTINUATION))
        return fail(s, CLOSED_PROTOCOL, "Fragments are out of order");
    enum opcode kind = f->opcode == CONTINUATION ? s->kind : f->opcode;
    if (f->fin && f->opcode != CONTINUATION)
        return deliver(s, kind, payload, (size_t)f->bytes);
    if (!bytes_add(&s->message, payload, (size_t)f->bytes,
                   kind == TEXT ? WEBSOCKET_TEXT_MAX : WEBSOCKET_MESSAGE_MAX))
        return fail(s, CLOSED_TOO_BIG, "Max frame length of 20480 has been exceeded");
    s->kind = f->fin ? CONTINUATION : kind;
    if (!f->fin)
        return true;
    struct bytes message = s->message;
    s->message = (struct bytes){ 0 };
    bool ok = deliver(s, kind, message.count ? bytes_at(&message) : "", message.count);
    bytes_done(&message);
    return ok;
}

static bool take_close(struct web_socket *s, const char *payload, size_t bytes)
{
    int code = bytes >= 2 ? (unsigned char)payload[0] << 8 | (unsigned char)payload[1]
                          : CLOSED_NORMALLY;
    if (bytes == 1 || code < CLOSED_NORMALLY || code >= 5000 || (code >= 1004 && code <= 1006))
        code = CLOSED_PROTOCOL;
    web_socket_close(s, code, "");
    connection_finish(s->connection);
    return false;
}

static bool take_frame(struct web_socket *s, const struct frame *f, const char *payload)
{
    if (s->deaf)
        return true;
    switch (f->opcode) {
    case PING: send_frame(s, FIN | PONG, payload, (size_t)f->bytes); return true;
    case PONG:
        if (s->service->ponged)
            s->service->ponged(s->service->self, s);
        return true;
    case CLOSE: return take_close(s, payload, (size_t)f->bytes);
    case CONTINUATION:
    case TEXT:
    case BINARY: return s->close_sent || take_message(s, f, payload);
    }
    return fail(s, CLOSED_PROTOCOL, "An opcode that nobody defined");
}

/* The frame's head, from as many bytes; false when more are needed. */
static bool read_head(struct frame *f, const unsigned char *at, size_t count)
{
    if (count < 2)
        return false;
    unsigned char length = at[1] & 0x7F;
    size_t extra = length < 126 ? 0 : length == 126 ? 2 : 8;
    *f = (struct frame){ .flags = at[0],
                         .opcode = (enum opcode)(at[0] & 0x0F),
                         .fin = (at[0] & FIN) != 0,
                         .bytes = extra ? 0 : length };
    f->head_bytes = 2 + extra + (at[1] & MASKED ? 4 : 0);
    if (count < f->head_bytes)
        return false;
    for (size_t i = 0; i < extra; i++)
        f->bytes = f->bytes << 8 | at[2 + i];
    f->mask = at[1] & MASKED ? at + 2 + extra : NULL;
    return true;
}

static bool is_allowed(struct web_socket *s, const struct frame *f)
{
    if (f->flags & RESERVED)
        return fail(s, CLOSED_PROTOCOL, "Reserved bits are set, and no extension was agreed");
    if (!f->mask)
        return fail(s, CLOSED_PROTOCOL, "A client's frame must be masked");
    if (f->opcode >= CLOSE && (!f->fin || f->bytes > WEBSOCKET_CONTROL_MAX))
        return fail(s, CLOSED_PROTOCOL, "A control frame is too long or in fragments");
    bool text = f->opcode == TEXT || (f->opcode == CONTINUATION && s->kind == TEXT);
    if (f->bytes > (text ? WEBSOCKET_TEXT_MAX : WEBSOCKET_MESSAGE_MAX))
        return fail(s, CLOSED_TOO_BIG, "Max frame length of 20480 has been exceeded");
    return true;
}

static void read_frames(struct connection *c)
{
    struct web_socket *s = c->socket;
    struct frame f;
    bool more = true;
    while (more && !c->killed && !c->frozen &&
           read_head(&f, (unsigned char *)bytes_at(&c->in), c->in.count)) {
        if (!is_allowed(s, &f) || c->in.count - f.head_bytes < f.bytes)
            return;
        char *payload = bytes_at(&c->in) + f.head_bytes;
        for (size_t i = 0; i < f.bytes; i++)
            payload[i] = (char)(payload[i] ^ (char)f.mask[i & 3]);
        more = take_frame(s, &f, payload);
        bytes_take(&c->in, f.head_bytes + (size_t)f.bytes);
    }
}

/* ---- beginning and end ---- */

/* RFC 6455 4.2.2: what proves that the server has understood. */
static bool accept_key(const char *key, char out[WEBSOCKET_KEY_MAX])
{
    char text[128];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    int wrote = snprintf(text, sizeof text, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    if (wrote < 0 || (size_t)wrote >= sizeof text ||
        EVP_Digest(text, (size_t)wrote, digest, &bytes, EVP_sha1(), NULL) != 1)
        return false;
    return EVP_EncodeBlock((unsigned char *)out, digest, (int)bytes) > 0;
}

static void refuse(struct connection *c, int status, const char *why)
{
    struct web_reply reply = { 0 };
    web_reply_json(&reply, status, json_pack("{s:s}", "error", why));
    reply.extra_name = status == 426 ? "Sec-WebSocket-Version" : NULL;
    reply.extra_value = "13";
    if (!http_write(&c->out, CONNECTION_OUT_MAX, &reply, false))
        connection_kill(c);
    free(reply.body);
    connection_finish(c);
}

static void welcome(struct connection *c, const char *accept, const char *protocol)
{
    bytes_print(&c->out, CONNECTION_OUT_MAX,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                "Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                accept, protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "",
                protocol ? "\r\n" : "");
}

static void closed(struct connection *c)
{
    c->socket->service->closed(c->socket->service->self, c->socket);
    bytes_done(&c->socket->message);
    free(c->socket);
    c->socket = NULL;
}

static const struct connection_reader frames = { read_frames, closed };

void websocket_upgrade(struct connection *c, const struct web_request *request,
                       const struct web_socket_service *service)
{
    char accept[WEBSOCKET_KEY_MAX];
    const char *key = web_request_header(request, "sec-websocket-key"),
               *version = web_request_header(request, "sec-websocket-version");
    if (!http_list_has(web_request_header(request, "upgrade"), "websocket") ||
        !http_list_has(web_request_header(request, "connection"), "upgrade"))
        return refuse(c, 426, "this address is for WebSockets");
    if (strcmp(request->method, "GET") != 0 || !version || strcmp(version, "13") != 0 || !key ||
        strlen(key) != 24 || !accept_key(key, accept))
        return refuse(c, version && strcmp(version, "13") != 0 ? 426 : 400,
                      "the WebSocket handshake is broken");
    struct web_socket *s = calloc(1, sizeof *s);
    if (!s)
        return refuse(c, 503, "out of memory");
    *s = (struct web_socket){ .connection = c, .service = service };
    /* Written before the service is asked: what it sends at once comes behind, and is cut off with
       it after a no. */
    size_t before = c->out.count;
    welcome(c, accept, service->protocol);
    int status = service->accept(service->self, request, s);
    if (status == 101) {
        c->socket = s;
        c->at = &frames;
        connection_wake(c);
        return;
    }
    bytes_cut(&c->out, before);
    bytes_done(&s->message);
    free(s);
    refuse(c, status, "the WebSocket is refused");
}
