/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd.h"
#include "core/xalloc.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES = 256 * 1024 };

struct httpd {
    struct lws_vhost *vhost;
    httpd_answer answer; /* NULL: it is over */
    void *arg;
    struct address_listen at;
};

/* One request: its answer, waiting for the socket to take it. */
struct session {
    struct buf body;
    bool begun;
};

/* RFC 9110, 6.4: a length or an encoding announces a body. */
static bool brings_a_body(struct lws *wsi)
{
    char length[32];
    return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0 ||
           (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 &&
            (lws_hdr_copy(wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 ||
             !str_equal(length, "0")));
}

/* Nobody has to send us anything; and a body that came together with the request before it is read
   by libwebsockets 4.1.6 for ever (lws_http_action), which would stand still with it. */
static int refuse(struct lws *wsi, unsigned status)
{
    (void)lws_return_http_status(wsi, status, NULL);
    return -1;
}

static int begin_answer(struct lws *wsi, struct session *s, struct httpd *d, const char *path)
{
    unsigned char headers[LWS_PRE + 1024], *start = headers + LWS_PRE, *at = start,
                                           *end = headers + sizeof headers - 1;
    const char *type = "text/plain; charset=utf-8";
    if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
        return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
    if (brings_a_body(wsi))
        return refuse(wsi, HTTP_STATUS_BAD_REQUEST);
    buf_init(&s->body, ANSWER_BYTES);
    s->begun = true;
    int status = d->answer(d->arg, path, &s->body, &type);
    if (lws_add_http_common_headers(wsi, (unsigned)status, type, s->body.bytes, &at, end) ||
        lws_finalize_write_http_header(wsi, start, &at, end))
        return 1;
    lws_callback_on_writable(wsi);
    return 0;
}

static int write_body(struct lws *wsi, struct session *s)
{
    unsigned char *room = xmalloc(LWS_PRE + s->body.bytes + 1);
    memcpy(room + LWS_PRE, buf_text(&s->body), s->body.bytes);
    int written = lws_write(wsi, room + LWS_PRE, s->body.bytes, LWS_WRITE_HTTP_FINAL);
    free(room);
    buf_done(&s->body);
    s->begun = false;
    return written < 0 || lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                   size_t bytes)
{
    (void)bytes;
    struct session *s = user;
    struct httpd *d = lws_get_vhost(wsi) ? lws_get_vhost_user(lws_get_vhost(wsi)) : NULL;
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP: return d && d->answer ? begin_answer(wsi, s, d, in) : -1;
    case LWS_CALLBACK_HTTP_WRITEABLE: return s->begun ? write_body(wsi, s) : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
        if (s && s->begun)
            buf_done(&s->body);
        return 0;
    default: return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { .name = "http", .callback = on_http, .per_session_data_size = sizeof(struct session) }, { 0 }
};

static bool is_a_listener(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = str_copy(at.sun_path, sizeof at.sun_path, path) &&
                 connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return there;
}

/* 0, or why not, as errno. */
static int try_path(const char *path)
{
    char folder[256];
    STR_SET(folder, path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    return is_a_listener(path) ? EADDRINUSE : access(folder, W_OK | X_OK) != 0 ? errno : 0;
}

static int try_port(const char *address, int port)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)port),
                               .sin6_addr = in6addr_loopback };
    bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0)
        return errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int why = bind(fd, is_v4 ? (void *)&v4 : (void *)&v6, is_v4 ? sizeof v4 : sizeof v6) ? errno
                                                                                         : 0;
    close(fd);
    return why;
}

bool httpd_may_listen(const char *listen, struct err *err)
{
    struct address_listen at;
    if (!address_read_listen(listen, &at))
        return err_set(err, "“%s” is not a loopback address with a port, nor unix:PATH", listen);
    int why = at.is_path ? try_path(at.at) : try_port(at.at, at.port);
    return why == 0 ||
           err_set(err, "%s: %s", listen,
                   why == EADDRINUSE
                       ? "it is taken by another process: end that one, or choose another address"
                   : why == EACCES && !at.is_path
                       ? "it is kept for root: choose a port from 1024 on"
                       : strerror(why));
}

/* libwebsockets 4.1.6 would listen on every address of both families (lib/core-net). */
static uint64_t options_of(const struct address_listen *at)
{
    return at->is_path ? LWS_SERVER_OPTION_UNIX_SOCK
           : at->is_v6 ? 0
                       : LWS_SERVER_OPTION_DISABLE_IPV6;
}

struct httpd *httpd_new(struct loop *loop, const char *listen, httpd_answer answer, void *arg,
                        struct err *err)
{
    if (!httpd_may_listen(listen, err))
        return NULL;
    struct httpd *d = xcalloc(1, sizeof *d);
    loop_keep(loop, d); /* 4.1 keeps `iface` as it is given, and reads it when its context goes */
    if (!address_read_listen(listen, &d->at))
        return NULL;
    struct lws_context_creation_info info = { .protocols = protocols,
                                              .vhost_name = "health",
                                              .iface = d->at.at,
                                              .port = d->at.port,
                                              .options = options_of(&d->at),
                                              .user = d,
                                              .gid = -1,
                                              .uid = -1,
                                              .keepalive_timeout = 5 };
    d->answer = answer;
    d->arg = arg;
    d->vhost = lws_create_vhost(loop_lws(loop), &info);
    if (d->vhost)
        return d;
    err_set(err, "%s cannot be listened on", listen);
    return NULL;
}

void httpd_free(struct httpd *d)
{
    if (!d)
        return;
    d->answer = NULL;
    lws_vhost_destroy(d->vhost);
}
