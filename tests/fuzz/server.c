/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 16 * 1024 * 1024 };

void fuzz_server_init(struct fuzz_server *s, struct loop *loop)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof address;
    *s = (struct fuzz_server){ .loop = loop, .connection = -1 };
    s->listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listening < 0 || bind(s->listening, (struct sockaddr *)&address, bytes) != 0 ||
        listen(s->listening, 16) != 0 ||
        getsockname(s->listening, (struct sockaddr *)&address, &bytes) != 0)
        abort();
    s->port = ntohs(address.sin_port);
    buf_init(&s->request, MOST);
    buf_init(&s->answer, MOST);
}

/* Reads what there is; false at the end of it. */
static bool take_in(struct fuzz_server *s)
{
    char room[4096];
    ssize_t got;
    while ((got = recv(s->connection, room, sizeof room, 0)) > 0)
        if (!s->asked)
            buf_add_bytes(&s->request, room, (size_t)got);
    return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void send_on(struct fuzz_server *s)
{
    while (s->sent < s->answer.bytes) {
        ssize_t n = send(s->connection, s->answer.text + s->sent, s->answer.bytes - s->sent,
                         MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        s->sent = n < 0 ? s->answer.bytes : s->sent + (size_t)n;
    }
    if (!s->ended)
        shutdown(s->connection, SHUT_WR);
    s->ended = true;
}

static void ticked(void *arg)
{
    struct fuzz_server *s = arg;
    if (s->connection < 0)
        s->connection = accept4(s->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (s->connection >= 0) {
        take_in(s);
        if (!s->asked && strstr(buf_text(&s->request), "\r\n\r\n")) {
            s->asked = true;
            s->asked_for(s->arg, buf_text(&s->request), &s->answer);
        }
        if (s->asked)
            send_on(s);
    }
    loop_timer_set(s->loop, &s->tick, 0);
}

void fuzz_server_begin(struct fuzz_server *s)
{
    buf_clear(&s->request);
    buf_clear(&s->answer);
    s->sent = 0;
    s->asked = s->ended = false;
    s->tick = (struct loop_timer){ .fired = ticked, .arg = s };
    loop_timer_set(s->loop, &s->tick, 0);
}

/* By a reset: nothing of it is left to the kernel. */
void fuzz_server_end(struct fuzz_server *s)
{
    struct linger now = { 1, 0 };
    loop_timer_cancel(&s->tick);
    if (s->connection >= 0) {
        setsockopt(s->connection, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(s->connection);
    }
    s->connection = -1;
}
