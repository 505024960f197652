/* SPDX-License-Identifier: Apache-2.0 */
/* The health endpoint with libwebsockets itself: whatever somebody on the machine sends to it, the
   next one is answered. */
#include "tests/fuzz/fuzz.h"

#include "host/log.h"
#include "net/httpd.h"
#include "net/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char GOOD[] = "GET /good HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
enum { TICKS = 6, TICKS_MOST = 200000 };

static struct loop *loop;
static struct loop_timer tick;
static int port, fd, ticks, goods;
static const char *sent;
static size_t sent_bytes, room_bytes;
static char room[1024];
static bool is_good;

static int answer(void *arg, const char *path, struct buf *body, const char **type)
{
    (void)arg, (void)type;
    FUZZ_PROMISE(path && strlen(path) < 64 * 1024, "a path is a text", path);
    goods += str_equal(path, "/good");
    buf_add(body, "fine\n");
    return 200;
}

static void begin(const char *bytes, size_t count)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) != 0 && errno != EINPROGRESS)
        abort();
    sent = bytes;
    sent_bytes = count;
    room_bytes = 0;
    ticks = 0;
}

/* By a reset: nothing of it is left to the kernel. */
static void end(void)
{
    struct linger now = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

static void step(void *arg)
{
    (void)arg;
    ssize_t n = sent_bytes ? send(fd, sent, sent_bytes, MSG_NOSIGNAL) : 0;
    if (n > 0) {
        sent += n;
        sent_bytes -= (size_t)n;
        ticks = 0;
    }
    ssize_t got = recv(fd, room + room_bytes, sizeof room - 1 - room_bytes, 0);
    if (got > 0)
        room_bytes += is_good || room_bytes < sizeof room / 2 ? (size_t)got : 0;
    bool over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN);
    FUZZ_PROMISE(ticks++ < TICKS_MOST, "an answer comes", "");
    if (over || (!is_good && ticks > TICKS))
        loop_stop(loop);
    else
        loop_timer_set(loop, &tick, 0);
}

static void play(const char *bytes, size_t count, bool good)
{
    is_good = good;
    begin(bytes, count);
    loop_timer_set(loop, &tick, 0);
    FUZZ_PROMISE(loop_run(loop), "the loop goes on", "");
    end();
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct err err;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    char listen[64];
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    int free_port = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(free_port, (struct sockaddr *)&at, sizeof at) != 0 ||
        getsockname(free_port, (struct sockaddr *)&at, &bytes) != 0)
        abort();
    close(free_port);
    port = ntohs(at.sin_port);
    snprintf(listen, sizeof listen, "127.0.0.1:%d", port);
    loop = loop_new(&err);
    tick = (struct loop_timer){ .fired = step };
    return loop && httpd_new(loop, listen, answer, NULL, &err) ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    play((const char *)bytes, count, false);
    goods = 0;
    play(GOOD, sizeof GOOD - 1, true);
    room[room_bytes] = '\0';
    FUZZ_PROMISE(goods == 1 && strstr(room, "200") && strstr(room, "fine"),
                 "the next one is answered", room);
    return 0;
}
