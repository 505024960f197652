#include "cli/bot.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ORDER_BYTES = 1024 };
static const struct {
    const char *verb;
    enum event_kind kind;
} orders[] = {
    { "restore", EVENT_RESTORE_ORDERED },
    { "accept", EVENT_STORE_ACCEPTED },
};
static const char ASK_STATUS[] = "status";
static const int ANSWER_PATIENCE_MS = 2000;
static int control_fd = -1;

static bool address(const char *state_dir, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int length = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/control.sock", state_dir);
    return length > 0 && (size_t)length < sizeof ret->sun_path;
}

/* What the last read says of now, and how old it is. */
static void answer_status(struct bot *b, const struct sockaddr_un *to, socklen_t to_bytes)
{
    const struct desk *desk = b->engine.desk;
    enum watch watch = guardrail_now(desk);
    ms_t read_ms = desk->guardrail.read_ms;
    char text[CONTROL_ANSWER_BYTES];
    int bytes = snprintf(text, sizeof text, "%s %" PRId64 " %" PRId64 " %s", watch_name(watch),
                         read_ms, read_ms ? engine_now_ms(&b->engine) - read_ms : 0,
                         watch == WATCH_UNKNOWN ? guardrail_why_unknown(desk) : "");
    if (bytes > 0 && bytes < (int)sizeof text)
        (void)sendto(control_fd, text, (size_t)bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                     (const struct sockaddr *)to, to_bytes);
}

static void on_order(void *arg)
{
    struct bot *b = arg;
    char text[ORDER_BYTES + 1];
    struct sockaddr_un from;
    socklen_t from_bytes = sizeof from;
    ssize_t bytes = recvfrom(control_fd, text, ORDER_BYTES, MSG_DONTWAIT, (struct sockaddr *)&from,
                             &from_bytes);
    if (bytes <= 0)
        return;
    text[bytes] = '\0';
    if (str_equal(text, ASK_STATUS)) {
        answer_status(b, &from, from_bytes);
        return;
    }
    for (size_t i = 0; i < COUNT(orders); i++) {
        size_t verb = strlen(orders[i].verb);
        if (strncmp(text, orders[i].verb, verb) != 0 || text[verb] != ' ')
            continue;
        struct event *e = inbox_new(&b->engine.inbox, orders[i].kind, "");
        e->order_reason = arena_copy(inbox_arena(&b->engine.inbox), text + verb + 1);
        inbox_put(&b->engine.inbox, e);
    }
}

bool control_listen(struct bot *b, struct err *err)
{
    struct sockaddr_un at;
    if (!address(b->config->bot.state_dir, &at))
        return err_set(err, "the path of state_dir is too long for a socket in it");
    control_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(at.sun_path); /* ours: the lock of the store is held */
    mode_t mask = umask(0177);
    bool bound = control_fd >= 0 && bind(control_fd, (struct sockaddr *)&at, sizeof at) == 0;
    umask(mask);
    if (!bound)
        return err_set(err, "%s: %s", at.sun_path, strerror(errno));
    return loop_watch(b->loop, control_fd, on_order, b, err);
}

bool control_order(const char *state_dir, const char *verb, const char *why)
{
    struct sockaddr_un at;
    char text[ORDER_BYTES];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !address(state_dir, &at)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    int bytes = snprintf(text, sizeof text, "%s %s", verb, why);
    if (bytes >= (int)sizeof text)
        bytes = (int)sizeof text - 1;
    bool sent = sendto(fd, text, (size_t)bytes, MSG_NOSIGNAL, (struct sockaddr *)&at, sizeof at) ==
                bytes;
    close(fd);
    return sent;
}

/* The answer comes to an address that the kernel makes up (unix(7), autobind). */
bool control_ask_status(const char *state_dir, char ret_answer[CONTROL_ANSWER_BYTES])
{
    struct sockaddr_un at, mine = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t bytes = -1;
    if (fd >= 0 && address(state_dir, &at) &&
        bind(fd, (struct sockaddr *)&mine, sizeof mine.sun_family) == 0 &&
        sendto(fd, ASK_STATUS, strlen(ASK_STATUS), MSG_NOSIGNAL | MSG_DONTWAIT,
               (struct sockaddr *)&at, sizeof at) > 0) {
        struct pollfd waiting = { .fd = fd, .events = POLLIN };
        if (poll(&waiting, 1, ANSWER_PATIENCE_MS) > 0)
            bytes = recv(fd, ret_answer, CONTROL_ANSWER_BYTES - 1, MSG_DONTWAIT);
    }
    if (fd >= 0)
        close(fd);
    ret_answer[bytes > 0 ? bytes : 0] = '\0';
    return bytes > 0;
}
