/* SPDX-License-Identifier: Apache-2.0 */
/* One WebSocket client connection (RFC 6455) over TLS: whole text messages in and out, own pings,
   an end that is told once. Connecting again is the owner's business. */
#ifndef REGUARD_WS_H
#define REGUARD_WS_H

#include "core/base.h"
#include "core/err.h"
#include "net/loop.h"

struct ws;
struct ws_callbacks {
    void (*opened)(void *arg);
    /* A whole text message, reassembled; terminated, lent. Binary messages are dropped. */
    void (*received)(void *arg, const char *text, size_t bytes);
    /* The end, for any reason, exactly once unless ws_close was called; why is for the log and
       holds no secret. */
    void (*closed)(void *arg, const char *why);
};
struct ws_options {
    const char *url;      /* wss://, or ws:// to loopback; a secret: never logged */
    const char *address;  /* numeric address to connect to; TLS still checks the name of the URL */
    const char *ca_file;  /* extra trust anchor, NULL or "" for none */
    ms_t open_timeout_ms; /* connect, TLS and upgrade together */
    ms_t ping_every_ms;   /* own PING */
    ms_t dead_after_ms;   /* no answer to it for this long, whatever else comes: closed */
};
/* Begins to connect. Callbacks never run inside this call. */
struct ws *ws_connect(struct loop *, const struct ws_options *, const struct ws_callbacks *,
                      void *arg, struct err *);
/* Queues one text message. False when it or the queue is over its ceiling, or the socket is
   closing. */
bool ws_send(struct ws *, const char *text, size_t bytes, struct err *);
/* Sends what is queued and a close frame, waits at most one second for the peer, then destroys the
   socket. No callback after this call; ws is gone for the caller. Accepts NULL. */
void ws_close(struct ws *);

#endif
