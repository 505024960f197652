/* SPDX-License-Identifier: Apache-2.0 */
/* One accepted TCP connection, joined to libwebsockets: first HTTP, after an upgrade WebSocket. Who
   reads it is given to it. */
#ifndef SANDBOX_CONNECTION_H
#define SANDBOX_CONNECTION_H

#include "tests/sandbox/net/bytes.h"
#include "tests/sandbox/net/http.h"

struct lws;
struct lws_protocols;

/* IN holds a whole frame; OUT a client that does not read; both end the connection when they
   overflow. */
enum {
    CONNECTIONS_MAX = 512,
    CONNECTION_IN_MAX = WEB_BODY_MAX + 128 * 1024,
    CONNECTION_OUT_MAX = 64 * 1024 * 1024
};

struct connection;
/* Who reads a connection: the user pointer of the listener that it came in through, and another one
   after an upgrade. */
struct connection_reader {
    /* Something has come in, or everything has gone out. */
    void (*read)(struct connection *);
    void (*closed)(struct connection *); /* NULL: of no interest */
};

struct connection {
    struct lws *wsi;
    const struct connection_reader *at;
    unsigned slot;
    bool tls;        /* which listener it came in through */
    bool heard;      /* something came: the TLS handshake is over */
    bool killed;     /* TCP goes at the next turn of the loop */
    bool finishing;  /* TCP goes once out is written */
    bool lingering;  /* what still comes is thrown away, until the client closes or a second has
                        passed */
    bool frozen;     /* neither read nor written */
    bool keep_alive; /* after the answer under way */
    uint64_t ticket; /* the request that waits for its answer; 0: none */
    struct bytes in, out;
    struct http_reader reader;
    struct web_socket *socket; /* NULL: HTTP */
};

/* For both listeners; its first entry takes every connection. */
extern const struct lws_protocols *const connection_protocols;

/* Appends, and has it written at the next turn. Overflow kills. */
void connection_send(struct connection *, const void *data, size_t count);
void connection_wake(struct connection *);
/* Closes when everything is written. */
void connection_finish(struct connection *);
/* The same for a client in the middle of sending: closing at once would throw away what it has yet
   to read. */
void connection_linger(struct connection *);
/* Closes at the next turn, whatever is left to write. */
void connection_kill(struct connection *);
/* The same with a RST, now. */
void connection_reset(struct connection *);
void connection_freeze(struct connection *);
/* Closes within a second, unless it happens sooner. */
void connection_limit_life(struct connection *);

/* A number for the request under way; the connection waits until it is answered. */
uint64_t connection_ticket(struct connection *);
/* NULL when the client has gone, or the ticket is answered. */
struct connection *connection_of_ticket(uint64_t ticket);

#endif
