/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket, the server's side: websocket.c upgrades, a service decides. */
#ifndef SANDBOX_NET_WEBSOCKET_H
#define SANDBOX_NET_WEBSOCKET_H

#include "tests/sandbox/net/connection.h"

struct web_socket;
struct web_socket_service {
    void *self; /* handed to each of these */
    /* 101 accepts: the socket is valid from then until closed. Anything else refuses with that HTTP
       status. */
    int (*accept)(void *self, const struct web_request *, struct web_socket *);
    void (*received)(void *self, struct web_socket *, const char *text, size_t bytes);
    void (*ponged)(void *self, struct web_socket *); /* NULL: of no interest */
    void (*closed)(void *self, struct web_socket *);
    const char *protocol; /* the sub-protocol that the answer names; NULL: none */
};
/* Queues one text message; web.c never loses or reorders. */
void web_socket_send(struct web_socket *, const char *text, size_t bytes);
/* The same in so many fragments (RFC 6455 5.4). */
void web_socket_send_fragments(struct web_socket *, const char *text, size_t bytes, int fragments);
void web_socket_ping(struct web_socket *, const char *payload);
/* A close frame with code and reason, then the TCP connection goes after one second at most. The
   service's closed follows. */
void web_socket_close(struct web_socket *, int code, const char *reason);
/* The TCP connection goes at once, without a close frame. */
void web_socket_drop(struct web_socket *);
/* The same with a RST. */
void web_socket_reset(struct web_socket *);
/* From now on nothing is read or written any more, but TCP stays: a half-open peer. */
void web_socket_freeze(struct web_socket *);
/* What the client sends has no effect any more; what is sent to it still arrives. */
void web_socket_deafen(struct web_socket *);
bool web_socket_is_tls(const struct web_socket *);
/* Bytes that wait for the client to read. */
size_t web_socket_backlog(const struct web_socket *);

/* Answers an upgrade request: the answer is on its way, and the connection speaks frames from now
   on when it was accepted. */
void websocket_upgrade(struct connection *, const struct web_request *,
                       const struct web_socket_service *);

#endif
