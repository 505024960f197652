#include "cli/bot.h"

#include <errno.h>
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
static int control_fd = -1;

static bool address(const char *state_dir, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
    int length = snprintf(ret->sun_path, sizeof ret->sun_path, "%s/control.sock", state_dir);
    return length > 0 && (size_t)length < sizeof ret->sun_path;
}

static void on_order(void *arg)
{
    struct bot *b = arg;
    char text[ORDER_BYTES + 1];
    ssize_t bytes = recv(control_fd, text, ORDER_BYTES, MSG_DONTWAIT);
    if (bytes <= 0)
        return;
    text[bytes] = '\0';
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
