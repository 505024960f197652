/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ws.h"
#include "core/xalloc.h"
#include "core/buf.h"
#include "core/ensure.h"
#include "core/limits.h"
#include "core/inert.h"
#include "net/address.h"
#include "host/log.h"
#include "net/trust.h"

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

/* One connection owns one lws vhost, so that its trust anchors are its own. Control frames and
   small texts go out one a writable callback; lws calls back as long as the pipe takes more.

   A connection that we give up is never left to the library half-way. When a callback that receives
   gives a close reason and returns -1, libwebsockets 4.1.6 keeps the connection for the handshake
   of closing and writes all that still arrives behind its buffer (warmcat/libwebsockets #3412). So
   no callback that receives asks for anything: what still arrives is dropped, and the loop kills
   the socket. Only an orderly end asks for that handshake, and from the writable callback, where no
   received frame is under way. The library is given neither extensions nor HTTP/2 and follows no
   redirect: each is a way of its own to read what the other side sends. */

static const ms_t CLOSE_TIMEOUT_MS = 1 * MS_SECOND;
enum { PING_BYTES = 24, PINGS_UNDER_WAY = 2, FRAMES_A_TURN = 64, REASON_CHARACTERS = 100 };

struct frame {
    struct frame *next;
    size_t bytes;
    unsigned char room[LWS_PRE];
    char text[];
};

struct ws {
    struct loop *loop;
    struct lws_vhost *vhost;
    struct lws *wsi;
    struct ws_callbacks calls;
    void *arg;
    struct loop_timer failed, opening, ticking, closing;
    struct loop_leaver leaver; /* the loop may stop in the turn in which this ends */
    ms_t ping_every_ms, dead_after_ms, silent_ms;
    struct buf message;
    struct frame *first, **last;
    size_t queued_bytes;
    uint64_t pings, ponged; /* sent; the newest one that was answered */
    bool open, ping_due, close_wanted, killed, over, let_go, connecting;
    char why[160];
    char host[256];
};

/* ---- the end ---- */

static void drop_frames(struct ws *ws)
{
    while (ws->first) {
        struct frame *f = ws->first;
        ws->first = f->next;
        free(f);
    }
    ws->last = &ws->first;
    ws->queued_bytes = 0;
}

static void cancel_timers(struct ws *ws)
{
    loop_timer_cancel(&ws->failed);
    loop_timer_cancel(&ws->opening);
    loop_timer_cancel(&ws->ticking);
    loop_timer_cancel(&ws->closing);
}

static void destroy(void *arg)
{
    struct ws *ws = arg;
    ENSURE(ws->over, "open %d, let go %d", ws->open, ws->let_go);
    cancel_timers(ws);
    loop_leaver_remove(&ws->leaver);
    drop_frames(ws);
    buf_done(&ws->message);
    if (ws->wsi)
        lws_set_opaque_user_data(ws->wsi, NULL);
    if (ws->vhost)
        lws_vhost_destroy(ws->vhost);
    free(ws);
}

/* The loop is over, and with it all that this waits for. */
static void leave(void *arg)
{
    struct ws *ws = arg;
    ENSURE(ws->let_go || ws->over, "open %d", ws->open);
    ws->over = true;
    destroy(ws);
}

/* Later, from the loop: never inside a library callback or the owner's call. */
static void destroy_later(struct ws *ws)
{
    cancel_timers(ws);
    ws->closing = (struct loop_timer){ .fired = destroy, .arg = ws };
    loop_timer_set(ws->loop, &ws->closing, 0);
}

/* Tells the owner once, and is gone. */
static void end(struct ws *ws, const char *why)
{
    if (ws->over)
        return;
    ws->over = true;
    if (!ws->let_go)
        ws->calls.closed(ws->arg, ws->why[0] ? ws->why : why);
    destroy_later(ws);
}

/* Ends a connection that lws still knows: from the loop, whatever state the library is in; its
   callback then tells. Again after a while, because the library has one timeout for everything and
   may have set it anew. */
static void kill_with(struct ws *ws, const char *why)
{
    if (!ws->why[0])
        STR_SET(ws->why, why);
    ws->killed = true;
    if (!ws->wsi) {
        end(ws, why);
        return;
    }
    lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    loop_timer_set(ws->loop, &ws->closing, CLOSE_TIMEOUT_MS);
}

/* ---- timers ---- */

static void on_failed(void *arg)
{
    struct ws *ws = arg;
    end(ws, "the connection could not be made");
}

static void on_open_timeout(void *arg) { kill_with(arg, "no connection in time"); }

static void on_tick(void *arg)
{
    struct ws *ws = arg;
    ws->silent_ms += ws->ping_every_ms;
    if (ws->silent_ms > ws->dead_after_ms) {
        kill_with(ws, "silent for too long");
        return;
    }
    ws->ping_due = true;
    if (!ws->killed)
        lws_callback_on_writable(ws->wsi);
    loop_timer_set(ws->loop, &ws->ticking, ws->ping_every_ms);
}

static void on_close_timeout(void *arg) { kill_with(arg, "closed"); }

/* ---- reading and writing ---- */

static void take_fragment(struct ws *ws, struct lws *wsi, const char *bytes, size_t count)
{
    if (ws->killed || ws->let_go || lws_frame_is_binary(wsi))
        return;
    if (lws_is_first_fragment(wsi))
        buf_clear(&ws->message);
    buf_add_bytes(&ws->message, bytes, count);
    if (ws->message.overflow)
        kill_with(ws, "a message was longer than the ceiling");
    else if (lws_is_final_fragment(wsi) && !lws_remaining_packet_payload(wsi))
        ws->calls.received(ws->arg, buf_text(&ws->message), ws->message.bytes);
}

/* Only the answer to one of our last pings is a sign of life: whoever sends, but does not read,
   does not hear us (RFC 6455, 5.5.3). */
static void take_pong(struct ws *ws, const char *payload, size_t bytes)
{
    char text[PING_BYTES];
    if (!bytes || bytes >= sizeof text)
        return;
    memcpy(text, payload, bytes);
    text[bytes] = '\0';
    uint64_t n = strtoull(text, NULL, 10);
    if (n <= ws->ponged || n > ws->pings || n + PINGS_UNDER_WAY < ws->pings)
        return;
    ws->ponged = n;
    ws->silent_ms = 0;
}

static bool write_ping(struct ws *ws)
{
    unsigned char room[LWS_PRE + PING_BYTES];
    ws->ping_due = false;
    int bytes = snprintf((char *)room + LWS_PRE, PING_BYTES, "%llu",
                         (unsigned long long)++ws->pings);
    return lws_write(ws->wsi, room + LWS_PRE, (size_t)bytes, LWS_WRITE_PING) >= 0;
}

static bool write_text(struct ws *ws)
{
    struct frame *f = ws->first;
    ws->first = f->next;
    if (!ws->first)
        ws->last = &ws->first;
    ENSURE(ws->queued_bytes >= f->bytes && (ws->first || ws->queued_bytes == f->bytes),
           "%zu bytes wait, %zu of them leave", ws->queued_bytes, f->bytes);
    ws->queued_bytes -= f->bytes;
    int written = lws_write(ws->wsi, (unsigned char *)f->text, f->bytes, LWS_WRITE_TEXT);
    free(f);
    return written >= 0;
}

/* Returns what the library's writable callback has to: -1 begins its closing. */
static int write_some(struct ws *ws)
{
    bool written = true;
    if (ws->killed)
        return 0;
    for (int n = 0; n < FRAMES_A_TURN && written && (ws->ping_due || ws->first); n++) {
        written = ws->ping_due ? write_ping(ws) : write_text(ws);
        if (lws_send_pipe_choked(ws->wsi))
            break;
    }
    if (!written) {
        kill_with(ws, "the connection broke while writing");
    } else if (ws->ping_due || ws->first) {
        lws_callback_on_writable(ws->wsi);
    } else if (ws->close_wanted) {
        lws_close_reason(ws->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
        return -1;
    }
    return 0;
}

static void on_open(struct ws *ws)
{
    ws->open = true;
    loop_timer_cancel(&ws->opening);
    loop_timer_set(ws->loop, &ws->ticking, ws->ping_every_ms);
    if (ws->close_wanted)
        lws_callback_on_writable(ws->wsi);
    else
        ws->calls.opened(ws->arg);
}

/* ---- lws ---- */

/* What the library says of a connection that was not made; the other side has a part in it. */
static void note_failure(struct ws *ws, const char *said, size_t bytes)
{
    CLEANUP(buf_done) struct buf why;
    char text[sizeof ws->why] = "unknown reason";
    buf_init(&why, sizeof ws->why);
    if (said && bytes)
        snprintf(text, sizeof text, "%.*s", bytes < sizeof text ? (int)bytes : (int)sizeof text - 1,
                 said);
    buf_add(&why, "no connection: ");
    inert_add(&why, text, REASON_CHARACTERS);
    STR_SET(ws->why, buf_text(&why));
}

/* Why the last certificate was refused: connections are few, and all of them to one service. It
   outlives every context of the library. */
static char certificate_why[TRUST_WHY_BYTES];

static void set_trust(void *ssl_context, struct lws_vhost *vhost)
{
    trust_apply(ssl_context, vhost ? lws_get_vhost_user(vhost) : NULL);
    trust_note_why(ssl_context, certificate_why);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t bytes)
{
    if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS) {
        set_trust(user, wsi ? lws_get_vhost(wsi) : NULL);
        return 0;
    }
    struct ws *ws = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    if (!ws)
        return 0;
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        ws->wsi = NULL;
        if (!ws->why[0] && certificate_why[0])
            note_failure(ws, certificate_why, strlen(certificate_why));
        else if (!ws->why[0])
            note_failure(ws, in, bytes);
        certificate_why[0] = '\0';
        if (ws->connecting)
            loop_timer_set(ws->loop, &ws->failed, 0);
        else
            end(ws, "no connection");
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED: on_open(ws); return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: take_fragment(ws, wsi, in, bytes); return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG: take_pong(ws, in, bytes); return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return write_some(ws);
    case LWS_CALLBACK_CLIENT_CLOSED:
        ws->wsi = NULL;
        end(ws, "the other side closed");
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        ws->wsi = NULL;
        if (!ws->connecting)
            end(ws, "the connection is gone");
        return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { .name = "reguard-ws", .callback = on_lws, .rx_buffer_size = 64 * 1024 }, { 0 }
};

/* ---- the owner's side ---- */

static bool make_vhost(struct ws *ws, const struct ws_options *options, struct err *err)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .vhost_name = "ws",
        .gid = -1,
        .uid = -1,
        .user = (void *)(uintptr_t)options->ca_file,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
    };
    ws->vhost = lws_create_vhost(loop_lws(ws->loop), &info);
    return ws->vhost || err_set(err, "the TLS client could not be set up (ca_file?)");
}

static void set_timers(struct ws *ws)
{
    ws->failed = (struct loop_timer){ .fired = on_failed, .arg = ws };
    ws->opening = (struct loop_timer){ .fired = on_open_timeout, .arg = ws };
    ws->ticking = (struct loop_timer){ .fired = on_tick, .arg = ws };
    ws->closing = (struct loop_timer){ .fired = on_close_timeout, .arg = ws };
    ws->leaver = (struct loop_leaver){ .leave = leave, .arg = ws };
}

struct ws *ws_connect(struct loop *loop, const struct ws_options *options,
                      const struct ws_callbacks *calls, void *arg, struct err *err)
{
    struct address address;
    if (!address_read(options->url, &address, err))
        return NULL;
    struct ws *ws = xcalloc(1, sizeof *ws);
    *ws = (struct ws){ .loop = loop,
                       .calls = *calls,
                       .arg = arg,
                       .ping_every_ms = options->ping_every_ms,
                       .dead_after_ms = options->dead_after_ms };
    ws->last = &ws->first;
    buf_init(&ws->message, LIMIT_WS_MESSAGE_BYTES);
    set_timers(ws);
    if (!make_vhost(ws, options, err)) {
        free(ws);
        return NULL;
    }
    loop_leaver_add(loop, &ws->leaver);
    struct lws_client_connect_info info = {
        .context = loop_lws(loop),
        .vhost = ws->vhost,
        .address = options->address && options->address[0] ? options->address : address.host,
        .port = address.port,
        .path = address.rest[0] ? address.rest : "/",
        .host = address.host,
        .ssl_connection = (address.tls ? LCCSCF_USE_SSL : 0) | LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
        .alpn = "http/1.1",
        .local_protocol_name = protocols[0].name,
        .opaque_user_data = ws,
        .pwsi = &ws->wsi,
        .ietf_version_or_minus_one = -1,
    };
    ws->connecting = true;
    bool begun = lws_client_connect_via_info(&info) != NULL;
    ws->connecting = false;
    if (!begun)
        loop_timer_set(loop, &ws->failed, 0); /* lws may or may not have called back already */
    else
        loop_timer_set(loop, &ws->opening, options->open_timeout_ms);
    return ws;
}

bool ws_send(struct ws *ws, const char *text, size_t bytes, struct err *err)
{
    if (!ws->open || ws->close_wanted || ws->over)
        return err_set(err, "the connection is closing");
    if (bytes > LIMIT_WS_SEND_BYTES || ws->queued_bytes + bytes > LIMIT_WS_SEND_QUEUE_BYTES)
        return err_set(err, "the message or the queue is too long");
    struct frame *f = xmalloc(sizeof *f + bytes);
    f->next = NULL;
    f->bytes = bytes;
    memcpy(f->text, text, bytes);
    *ws->last = f;
    ws->last = &f->next;
    ws->queued_bytes += bytes;
    lws_callback_on_writable(ws->wsi);
    return true;
}

void ws_close(struct ws *ws)
{
    if (!ws)
        return;
    ws->let_go = true;
    if (ws->over)
        return;
    if (!ws->wsi) {
        ws->over = true;
        destroy_later(ws);
        return;
    }
    ws->close_wanted = true;
    if (ws->open)
        lws_callback_on_writable(ws->wsi);
    loop_timer_set(ws->loop, &ws->closing, CLOSE_TIMEOUT_MS);
}
