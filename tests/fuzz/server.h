/* SPDX-License-Identifier: Apache-2.0 */
/* The other side of one connection, on the loop of the one that is looked at: takes a connection,
   reads what is asked, sends bytes that it was given, and ends. */
#ifndef REGUARD_FUZZ_SERVER_H
#define REGUARD_FUZZ_SERVER_H

#include "core/buf.h"
#include "net/loop.h"

struct fuzz_server {
    struct loop *loop;
    int listening, connection, port;
    struct loop_timer tick;
    struct buf request, answer;
    size_t sent;
    bool asked, ended;
    /* Fills the answer once the request is whole; called once for each connection. */
    void (*asked_for)(void *arg, const char *request, struct buf *answer);
    void *arg;
};

/* Listens on a port of the loopback interface that was free. */
void fuzz_server_init(struct fuzz_server *, struct loop *);
/* Another connection is awaited. */
void fuzz_server_begin(struct fuzz_server *);
/* The connection is dropped, and none awaited. */
void fuzz_server_end(struct fuzz_server *);

#endif
