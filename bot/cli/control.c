/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/control.h"
#include "core/xalloc.h"
#include "cli/bot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ORDER_BYTES = 1024 };
static const struct {
    const char *verb;
    enum event_kind kind;
    bool expires; /* not for whoever was told meanwhile that nobody has answered */
} orders[] = {
    { "restore", EVENT_RESTORE_ORDERED, false },
    { "accept", EVENT_STORE_ACCEPTED, true },
};
static const char ASK_STATUS[] = "status", ASK_PROOF[] = "proof", TAKEN[] = "taken";
static int control_fd = -1;
static struct stat bound; /* the socket's file */

static bool address(const char *state_dir, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int length = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/control.sock", state_dir);
    return length > 0 && (size_t)length < sizeof ret->sun_path;
}

bool control_fits(const char *state_dir, struct err *err)
{
    struct sockaddr_un at;
    return address(state_dir, &at) ||
           err_set(err, "the path %s is too long for a socket in it", state_dir);
}

/* ---- the daemon ---- */

/* EPERM: it takes datagrams from our socket alone (unix(7)). */
static bool still_asks(const struct sockaddr_un *from, socklen_t bytes)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool asks = fd >= 0 && bytes > sizeof from->sun_family &&
                (connect(fd, (const struct sockaddr *)from, bytes) == 0 || errno == EPERM);
    if (fd >= 0)
        close(fd);
    return asks;
}

static bool take_order(struct bot *b, const char *text, const struct sockaddr_un *from,
                       socklen_t from_bytes)
{
    for (size_t i = 0; i < COUNT(orders); i++) {
        size_t verb = strlen(orders[i].verb);
        if (strncmp(text, orders[i].verb, verb) != 0 || text[verb] != ' ')
            continue;
        if (orders[i].expires && !still_asks(from, from_bytes))
            return false;
        struct event *e = inbox_new(&b->engine.inbox, orders[i].kind, "");
        e->order_reason = arena_copy(inbox_arena(&b->engine.inbox), text + verb + 1);
        return inbox_put(&b->engine.inbox, e);
    }
    return false;
}

ms_t control_proved_ms(const struct bot *b)
{
    const struct desk *desk = b->engine.desk;
    bool on = desk->guardrail.proved == WATCH_ON && !desk->guardrail.restore_order[0];
    for (size_t i = 0; i < desk->case_count; i++)
        on &= !case_is_down(&desk->cases[i]) && desk->cases[i].state != CASE_LIFTING;
    return on ? desk->guardrail.proved_ms : 0;
}

static void answer_proof(struct bot *b, struct buf *answer)
{
    buf_addf(answer, "%" PRId64 " %" PRId64, engine_now_ms(&b->engine), control_proved_ms(b));
}

static void on_order(void *arg)
{
    struct bot *b = arg;
    char text[ORDER_BYTES + 1];
    struct sockaddr_un from;
    socklen_t from_bytes = sizeof from;
    ssize_t bytes = recvfrom(control_fd, text, ORDER_BYTES, MSG_DONTWAIT, (struct sockaddr *)&from,
                             &from_bytes);
    CLEANUP(buf_done) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_BYTES);
    if (bytes <= 0)
        return;
    text[bytes] = '\0';
    if (str_equal(text, ASK_STATUS))
        engine_status_json(&b->engine, &answer);
    else if (str_equal(text, ASK_PROOF))
        answer_proof(b, &answer);
    else if (take_order(b, text, &from, from_bytes))
        buf_addf(&answer, "%s %" PRId64, TAKEN, engine_now_ms(&b->engine));
    if (answer.bytes && !answer.overflow && from_bytes > sizeof from.sun_family)
        (void)sendto(control_fd, buf_text(&answer), answer.bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                     (struct sockaddr *)&from, from_bytes);
}

static bool is_there(const struct sockaddr_un *at)
{
    struct stat st;
    return stat(at->sun_path, &st) == 0 && st.st_dev == bound.st_dev && st.st_ino == bound.st_ino;
}

/* The lock of the store is held, so that what lies there is ours, or nobody's. */
static int bind_there(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(at->sun_path);
    mode_t mask = umask(0177);
    bool done = fd >= 0 && bind(fd, (const struct sockaddr *)at, sizeof *at) == 0 &&
                stat(at->sun_path, &bound) == 0;
    int why = errno;
    umask(mask);
    if (!done && fd >= 0)
        close(fd);
    errno = why;
    return done ? fd : -1;
}

bool control_listen(struct bot *b, struct err *err)
{
    struct sockaddr_un at;
    if (!control_fits(b->config->bot.state_dir, err) || !address(b->config->bot.state_dir, &at))
        return false;
    if (control_fd >= 0 && is_there(&at))
        return true;
    int fd = bind_there(&at);
    if (fd < 0)
        return err_set(err, "%s: %s", at.sun_path, strerror(errno));
    if (control_fd < 0) {
        control_fd = fd;
        return loop_watch(b->loop, control_fd, on_order, b, err);
    }
    /* The loop goes on with the number that it knows. */
    bool taken = dup3(fd, control_fd, O_CLOEXEC) >= 0;
    close(fd);
    return taken || err_set(err, "%s: %s", at.sun_path, strerror(errno));
}

/* ---- whoever asks it ---- */

/* The answer comes to an address that the kernel makes up (autobind). A socket that is connected
   takes datagrams from nobody else, so nobody else can answer in the daemon's place (unix(7)). */
static int connect_to(const char *state_dir)
{
    struct sockaddr_un at, mine = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    errno = ENOENT;
    if (address(state_dir, &at) &&
        bind(fd, (struct sockaddr *)&mine, sizeof mine.sun_family) == 0 &&
        connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static bool receive(int fd, struct buf *answer)
{
    struct pollfd waiting = { .fd = fd, .events = POLLIN };
    char *text = xmalloc(CONTROL_ANSWER_BYTES);
    ssize_t bytes = -1;
    if (poll(&waiting, 1, (int)CONTROL_PATIENCE_MS) > 0)
        bytes = recv(fd, text, CONTROL_ANSWER_BYTES, MSG_DONTWAIT);
    if (bytes > 0)
        buf_add_bytes(answer, text, (size_t)bytes);
    free(text);
    return bytes > 0;
}

/* A full queue is one that nobody empties. */
enum control_answer control_ask(const char *state_dir, const char *verb, const char *why,
                                struct buf *answer)
{
    char text[ORDER_BYTES];
    int bytes = snprintf(text, sizeof text, "%s%s%s", verb, why ? " " : "", str_or_empty(why));
    if (bytes >= (int)sizeof text)
        bytes = (int)sizeof text - 1;
    int fd = connect_to(state_dir);
    if (fd < 0)
        return errno == EACCES || errno == EPERM ? CONTROL_DENIED : CONTROL_NOBODY;
    bool sent = send(fd, text, (size_t)bytes, MSG_NOSIGNAL) == bytes;
    bool gone = !sent && errno == ECONNREFUSED;
    bool answered = sent && receive(fd, answer);
    close(fd);
    return answered ? CONTROL_ANSWERED : gone ? CONTROL_NOBODY : CONTROL_SILENT;
}
