/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/connection.h"
#include "tests/sandbox/net/timers.h"

#include <libwebsockets.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECTION_WRITE_BYTES = 64 * 1024,
    CONNECTION_SLOT_BITS = 10,
    CONNECTION_FROZEN_MS =
        60 * 1000 /* so long a half-open socket does not notice that its client has gone */
};
_Static_assert(CONNECTIONS_MAX <= 1 << CONNECTION_SLOT_BITS,
               "a slot fits into its part of a ticket");

static struct connection *slots[CONNECTIONS_MAX];
static uint64_t serial;

/* ---- tickets ---- */

uint64_t connection_ticket(struct connection *c)
{
    c->ticket = ++serial << CONNECTION_SLOT_BITS | c->slot;
    return c->ticket;
}

struct connection *connection_of_ticket(uint64_t ticket)
{
    unsigned slot = ticket & ((1U << CONNECTION_SLOT_BITS) - 1);
    struct connection *c = slot < CONNECTIONS_MAX ? slots[slot] : NULL;
    return c && ticket && c->ticket == ticket && !c->killed ? c : NULL;
}

/* ---- out ---- */

void connection_wake(struct connection *c)
{
    if (c->wsi && !c->frozen && !c->killed)
        lws_callback_on_writable(c->wsi);
}

void connection_send(struct connection *c, const void *data, size_t count)
{
    if (c->frozen || c->killed)
        return;
    if (!bytes_add(&c->out, data, count, CONNECTION_OUT_MAX)) {
        fputs("reguard-sandbox: a client does not read what it is sent; closed\n", stderr);
        connection_kill(c);
        return;
    }
    connection_wake(c);
}

void connection_finish(struct connection *c)
{
    c->finishing = true;
    connection_wake(c);
}

void connection_limit_life(struct connection *c)
{
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, 1);
}

void connection_linger(struct connection *c)
{
    c->lingering = true;
    bytes_done(&c->in);
    connection_limit_life(c);
}

void connection_kill(struct connection *c)
{
    if (c->killed)
        return;
    c->killed = true;
    bytes_done(&c->out);
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void connection_reset(struct connection *c)
{
    /* Of no family: Linux answers with a RST at once, where libwebsockets would say goodbye. */
    const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    if (!c->killed && connect(lws_get_socket_fd(c->wsi), &nobody, sizeof nobody) != 0)
        perror("reguard-sandbox: a connection is not reset, but closed");
    connection_kill(c);
}

/* The callback's result for libwebsockets: 0 goes on, -1 closes. */
static int write_some(struct connection *c)
{
    while (c->out.count && !c->frozen) {
        if (lws_send_pipe_choked(c->wsi)) {
            lws_callback_on_writable(c->wsi);
            return 0;
        }
        size_t count = c->out.count < CONNECTION_WRITE_BYTES ? c->out.count
                                                             : CONNECTION_WRITE_BYTES;
        if (lws_write(c->wsi, (unsigned char *)bytes_at(&c->out), count, LWS_WRITE_RAW) < 0)
            return -1;
        bytes_take(&c->out, count); /* libwebsockets keeps what the socket did not take */
    }
    if (c->finishing && !c->frozen) {
        if (!lws_partial_buffered(c->wsi))
            return -1;
        lws_callback_on_writable(c->wsi);
    }
    return 0;
}

/* ---- half-open ---- */

static struct connection *of_slot(unsigned slot, uint64_t ticket)
{
    return slots[slot] && slots[slot]->ticket == ticket ? slots[slot] : NULL;
}

static void reap_frozen(void *arg)
{
    uint64_t ticket = (uint64_t)(uintptr_t)arg;
    struct connection *c = of_slot(ticket & ((1U << CONNECTION_SLOT_BITS) - 1), ticket);
    if (!c)
        return;
    struct pollfd fd = { .fd = lws_get_socket_fd(c->wsi), .events = POLLRDHUP };
    if (poll(&fd, 1, 0) > 0)
        connection_kill(c);
    else
        sandbox_after(CONNECTION_FROZEN_MS, reap_frozen, arg);
}

void connection_freeze(struct connection *c)
{
    if (c->frozen || c->killed)
        return;
    c->frozen = true;
    bytes_done(&c->out);
    lws_rx_flow_control(c->wsi, 0);
    /* A WebSocket never waits for an answer: its ticket is free to name it. */
    sandbox_after(CONNECTION_FROZEN_MS, reap_frozen,
                  (void *)(uintptr_t)connection_ticket(c)); /* NOLINT(performance-no-int-to-ptr) */
}

/* ---- libwebsockets ---- */

static int on_adopted(struct lws *wsi)
{
    unsigned slot = 0;
    while (slot < CONNECTIONS_MAX && slots[slot])
        slot++;
    struct connection *c = slot < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return -1;
    *c = (struct connection){ .wsi = wsi, .slot = slot, .tls = lws_is_ssl(wsi) };
    c->at = lws_get_vhost_user(lws_get_vhost(wsi));
    slots[slot] = c;
    lws_set_opaque_user_data(wsi, c);
    return 0;
}

static int on_received(struct connection *c, const void *data, size_t count)
{
    if (c->killed || c->lingering || c->frozen)
        return 0;
    if (!c->heard) {
        c->heard = true;
        lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT,
                        0); /* the one of the TLS handshake would end the connection 5 s later */
    }
    if (!bytes_add(&c->in, data, count, CONNECTION_IN_MAX))
        return -1;
    c->at->read(c);
    return 0;
}

static int on_writable(struct connection *c)
{
    if (c->killed)
        return -1;
    if (write_some(c) < 0)
        return -1;
    if (!c->out.count && !c->finishing && !c->socket)
        c->at->read(c); /* a request that came behind the one just answered */
    return 0;
}

static void on_closed(struct connection *c)
{
    c->killed = true;
    slots[c->slot] = NULL;
    if (c->at->closed)
        c->at->closed(c);
    http_reader_next(&c->reader);
    bytes_done(&c->in);
    bytes_done(&c->out);
    free(c);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t bytes)
{
    (void)user;
    struct connection *c = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    if (reason == LWS_CALLBACK_RAW_ADOPT)
        return c ? 0 : on_adopted(wsi);
    if (!c)
        return 0;
    if (reason == LWS_CALLBACK_RAW_RX)
        return on_received(c, in, bytes);
    if (reason == LWS_CALLBACK_RAW_WRITEABLE)
        return on_writable(c);
    if (reason == LWS_CALLBACK_RAW_CLOSE) {
        lws_set_opaque_user_data(wsi, NULL);
        on_closed(c);
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    { .name = "sandbox", .callback = on_event, .rx_buffer_size = CONNECTION_WRITE_BYTES }, { 0 }
};
const struct lws_protocols *const connection_protocols = protocols;
