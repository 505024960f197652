/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"
#include "core/xalloc.h"
#include "core/limits.h"
#include "host/log.h"

#include <errno.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { LOOP_FDS = 256 };

struct watch {
    struct loop *loop;
    void (*ready)(void *);
    void *arg;
};

struct kept {
    struct kept *next;
    void *heap;
};

struct loop {
    struct lws_context *context;
    struct lws_vhost *vhost; /* carries the raw descriptors */
    bool stopping;
    uint64_t wakes;
    int signal_fd;
    void (*arrived)(void *, int);
    void *signal_arg;
    struct loop_leaver *leavers;
    struct kept *kept;
};

/* What the opaque room of a loop_timer holds. */
struct timer {
    lws_sorted_usec_list_t sul;
    struct loop_timer *owner;
};
_Static_assert(sizeof(struct timer) <= sizeof(((struct loop_timer *)0)->impl),
               "loop_timer.impl is large enough");

static int on_raw(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t bytes)
{
    (void)user, (void)in, (void)bytes;
    struct watch *w = lws_get_opaque_user_data(wsi);
    if (reason == LWS_CALLBACK_RAW_RX_FILE && w)
        w->ready(w->arg);
    if (reason == LWS_CALLBACK_RAW_CLOSE_FILE) {
        free(w);
        lws_set_opaque_user_data(wsi, NULL);
    }
    return 0;
}

static const struct lws_protocols protocols[] = { { .name = "reguard-watch", .callback = on_raw },
                                                  { 0 } };

static void to_log(int level, const char *line)
{
    (void)level;
    LOG(LOG_DEBUG, "lws", LS("line", line));
}

static void *allocate(void *old, size_t bytes, const char *reason)
{
    (void)reason;
    if (bytes)
        return xrealloc(old, bytes);
    free(old);
    return NULL;
}

struct loop *loop_new(struct err *err)
{
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->signal_fd = -1;
    lws_set_allocator(allocate);
    lws_set_log_level(LLL_ERR | LLL_WARN, to_log);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .fd_limit_per_thread = LOOP_FDS,
        .gid = -1,
        .uid = -1,
        .user = loop,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
    };
    loop->context = lws_create_context(&info);
    /* Nothing here speaks TLS: with it a context of its own would be made, and every certificate
       of the machine read into it. */
    info.options &= ~(uint64_t)LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.protocols = protocols;
    info.vhost_name = "watch";
    if (loop->context)
        loop->vhost = lws_create_vhost(loop->context, &info);
    if (loop->vhost)
        return loop;
    err_set(err, "the event loop could not be made");
    loop_free(loop);
    return NULL;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    while (loop->leavers) {
        struct loop_leaver *l = loop->leavers;
        loop_leaver_remove(l);
        l->leave(l->arg);
    }
    if (loop->context)
        lws_context_destroy(loop->context);
    while (loop->kept) {
        struct kept *k = loop->kept;
        loop->kept = k->next;
        free(k->heap);
        free(k);
    }
    free(loop);
}

bool loop_run(struct loop *loop)
{
    int status = 0;
    loop->stopping = false;
    while (!loop->stopping && status >= 0) {
        /* In 4.1 any timeout that is not negative means "until the next timer or descriptor". */
        status = lws_service(loop->context, 0);
        loop->wakes++;
    }
    return loop->stopping;
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
    lws_cancel_service(loop->context);
}

void loop_leaver_add(struct loop *loop, struct loop_leaver *l)
{
    l->next = loop->leavers;
    l->at = &loop->leavers;
    if (l->next)
        l->next->at = &l->next;
    loop->leavers = l;
}

void loop_leaver_remove(struct loop_leaver *l)
{
    if (!l->at)
        return;
    *l->at = l->next;
    if (l->next)
        l->next->at = l->at;
    l->at = NULL;
}

void loop_keep(struct loop *loop, void *heap)
{
    struct kept *k = xmalloc(sizeof *k);
    *k = (struct kept){ .next = loop->kept, .heap = heap };
    loop->kept = k;
}

uint64_t loop_wakes(const struct loop *loop) { return loop->wakes; }

struct lws_context *loop_lws(struct loop *loop) { return loop->context; }

/* ---- timers ---- */

static struct timer *timer_of(struct loop_timer *t) { return (struct timer *)(void *)t->impl; }

static void on_time(lws_sorted_usec_list_t *sul)
{
    struct loop_timer *owner = lws_container_of(sul, struct timer, sul)->owner;
    owner->fired(owner->arg);
}

void loop_timer_set(struct loop *loop, struct loop_timer *t, ms_t after_ms)
{
    timer_of(t)->owner = t;
    t->loop = loop;
    lws_sul_schedule(loop->context, 0, &timer_of(t)->sul, on_time,
                     after_ms > 0 ? after_ms * LWS_US_PER_MS : 1);
}

void loop_timer_cancel(struct loop_timer *t)
{
    if (t->loop)
        lws_sul_cancel(&timer_of(t)->sul);
}

/* ---- descriptors and signals ---- */

bool loop_watch(struct loop *loop, int fd_taken, void (*ready)(void *), void *arg, struct err *err)
{
    struct watch *w = xmalloc(sizeof *w);
    *w = (struct watch){ loop, ready, arg };
    lws_sock_file_fd_type fd = { .filefd = fd_taken };
    struct lws_adopt_desc adopt = { .vh = loop->vhost,
                                    .type = LWS_ADOPT_RAW_FILE_DESC,
                                    .fd = fd,
                                    .vh_prot_name = protocols[0].name,
                                    .opaque = w };
    if (lws_adopt_descriptor_vhost_via_info(&adopt))
        return true;
    free(w);
    close(fd_taken); /* libwebsockets closes sockets alone (lws_adopt_descriptor_vhost_via_info) */
    return err_set(err, "too many open files");
}

static void on_signal(void *arg)
{
    struct loop *loop = arg;
    struct signalfd_siginfo info;
    while (read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        loop->arrived(loop->signal_arg, (int)info.ssi_signo);
}

bool loop_signals(struct loop *loop, const int *signals, size_t count, void (*arrived)(void *, int),
                  void *arg, struct err *err)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return err_set(err, "signals: %s", strerror(errno));
    loop->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop->signal_fd < 0)
        return err_set(err, "signalfd: %s", strerror(errno));
    loop->arrived = arrived;
    loop->signal_arg = arg;
    return loop_watch(loop, loop->signal_fd, on_signal, loop, err);
}
