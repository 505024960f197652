/* SPDX-License-Identifier: Apache-2.0 */
/* The listeners (TLS and plain, HTTP and WebSocket), and the way of a request: services answer
   whole ones and never see libwebsockets. */
#ifndef SANDBOX_NET_WEB_H
#define SANDBOX_NET_WEB_H

#include "tests/sandbox/net/certificate.h"
#include "tests/sandbox/net/message.h"
#include "tests/sandbox/net/websocket.h"

/* Who answers at a listener. */
struct web_service {
    void *self; /* handed to each of these */
    /* True when the request was for it and reply is filled. NULL: answers none. */
    bool (*answer)(void *self, const struct web_request *, struct web_reply *reply);
    /* Whose WebSocket the path is; NULL: none, or has none. */
    const struct web_socket_service *(*socket)(void *self, const char *path);
};

enum web_listener { WEB_SERVICES, WEB_PAGE, WEB_LISTENERS };
enum { WEB_SERVICES_MAX = 8 };

/* Port 0 picks a free one; both ports are known afterwards. False, with a line on stderr, when a
   port cannot be had. */
bool web_open(const struct certificate *, int *port, int *plain_port);
/* A third listener, without TLS, for the page alone. */
bool web_open_page(int *port);
/* Asked in this order, at the two listeners of WEB_SERVICES or at the page's. */
void web_offer(enum web_listener, const struct web_service *);
/* The port that whoever asks just now has on their side; 0: nobody does, or it is not known. */
int web_peer_port(void);
/* Serves until web_stop. */
void web_run(void);
/* May be called from a signal handler. */
void web_stop(void);
/* Closes every connection; the service of each open WebSocket is told. */
void web_close(void);

/* Answers a request whose reply was `later`. Takes reply->body over. Harmless when the client has
   gone meanwhile. */
void web_finish(uint64_t ticket, struct web_reply *);

#endif
