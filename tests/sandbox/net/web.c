/* SPDX-License-Identifier: Apache-2.0 */
/* The listeners, and the way of a request: read whole, given to the service that knows it, answered
   now, later or never. */
#include "tests/sandbox/net/web.h"
#include "tests/sandbox/net/timers.h"

#include <libwebsockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { WEB_FDS = CONNECTIONS_MAX + 64 };

/* An answer that waits for its time. At most one per connection. */
struct held {
    struct held *next, **link;
    uint64_t ticket;
    struct web_reply reply;
};

/* A connection's reader is the first member of its listener. */
struct listener {
    struct connection_reader reader;
    struct web_service services[WEB_SERVICES_MAX];
    size_t count;
};

static struct {
    struct lws_context *context;
    struct listener listeners[WEB_LISTENERS];
    struct held *held;
    struct connection *asks; /* whose request is being answered */
    volatile bool stopping;
} web;

/* ---- replies ---- */

static void deliver(uint64_t ticket, struct web_reply *reply);

static void held_free(struct held *h)
{
    *h->link = h->next;
    if (h->next)
        h->next->link = h->link;
    free(h->reply.body);
    free(h);
}

static void on_held(void *arg)
{
    struct held *h = arg;
    deliver(h->ticket, &h->reply);
    h->reply.body = NULL;
    held_free(h);
}

static void hold(uint64_t ticket, struct web_reply *reply)
{
    struct held *h = malloc(sizeof *h);
    if (!h) {
        deliver(ticket, &(struct web_reply){ .drop = true, .body = reply->body });
        return;
    }
    *h = (struct held){ .next = web.held, .link = &web.held, .ticket = ticket, .reply = *reply };
    h->reply.delay_ms = 0;
    if (h->next)
        h->next->link = &h->next;
    web.held = h;
    sandbox_after(reply->delay_ms, on_held, h);
}

/* Takes reply->body over. */
static void deliver(uint64_t ticket, struct web_reply *reply)
{
    struct connection *c = connection_of_ticket(ticket);
    if (c && reply->delay_ms > 0) {
        hold(ticket, reply);
        return;
    }
    if (c) {
        c->ticket = 0;
        if (reply->drop || !http_write(&c->out, CONNECTION_OUT_MAX, reply, c->keep_alive))
            connection_kill(c);
        else if (!c->keep_alive)
            connection_finish(c);
        else
            connection_wake(c);
    }
    free(reply->body);
}

void web_finish(uint64_t ticket, struct web_reply *reply)
{
    deliver(ticket, reply);
    reply->body = NULL;
}

/* ---- requests ---- */

static const struct listener *listener_of(const struct connection *c)
{
    return (const struct listener *)(const void *)c->at;
}

/* Whose WebSocket a path is; NULL when it is none. */
static const struct web_socket_service *socket_service(const struct connection *c, const char *path)
{
    const struct listener *l = listener_of(c);
    const struct web_socket_service *found = NULL;
    for (size_t i = 0; i < l->count && !found; i++)
        if (l->services[i].socket)
            found = l->services[i].socket(l->services[i].self, path);
    return found;
}

static void route(const struct connection *c, const struct web_request *request,
                  struct web_reply *reply)
{
    const struct listener *l = listener_of(c);
    bool found = false;
    for (size_t i = 0; i < l->count && !found; i++)
        found = l->services[i].answer && l->services[i].answer(l->services[i].self, request, reply);
    if (!found)
        web_reply_json(reply, 404,
                       json_pack("{s:s}", "error", "nothing is served at this address"));
}

void web_offer(enum web_listener at, const struct web_service *service)
{
    struct listener *l = &web.listeners[at];
    if (l->count == WEB_SERVICES_MAX)
        abort();
    l->services[l->count++] = *service;
}

int web_peer_port(void)
{
    struct sockaddr_in peer = { .sin_port = 0 };
    socklen_t bytes = sizeof peer;
    bool told = web.asks && getpeername(lws_get_socket_fd(web.asks->wsi), (struct sockaddr *)&peer,
                                        &bytes) == 0;
    return told && peer.sin_family == AF_INET ? ntohs(peer.sin_port) : 0;
}

static void answer(struct connection *c)
{
    struct web_request *request = &c->reader.request;
    struct web_reply reply = { 0 };
    request->tls = c->tls;
    c->keep_alive = c->reader.keep_alive;
    const struct web_socket_service *service = socket_service(c, request->path);
    if (service) {
        websocket_upgrade(c, request, service);
    } else {
        request->ticket = connection_ticket(c);
        web.asks = c;
        route(c, request, &reply);
        web.asks = NULL;
        if (!reply.later)
            deliver(request->ticket, &reply);
    }
    http_reader_next(&c->reader);
    if (c->socket)
        c->at->read(c); /* frames may have come right behind the request */
}

static void refuse(struct connection *c, const struct http_refusal *refusal)
{
    struct web_reply reply = { 0 };
    web_reply_json(&reply, refusal->status, json_pack("{s:s}", "error", refusal->why));
    if (!http_write(&c->out, CONNECTION_OUT_MAX, &reply, false))
        connection_kill(c);
    free(reply.body);
    connection_linger(c);
    connection_wake(c);
}

static void serve(struct connection *c)
{
    struct http_refusal refusal;
    /* One after the other: the next request is read once the last answer is on its way. */
    while (!c->ticket && !c->socket && !c->finishing && !c->lingering && !c->killed &&
           !c->out.count) {
        enum http_progress progress = http_read(&c->reader, &c->in, &refusal);
        if (progress == HTTP_REFUSED)
            refuse(c, &refusal);
        else if (progress == HTTP_WHOLE)
            answer(c);
        else if (c->reader.wants_continue) {
            c->reader.wants_continue = false;
            static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
            connection_send(c, go_on, sizeof go_on - 1);
        }
        if (progress != HTTP_WHOLE)
            return;
    }
}

/* ---- listeners ---- */

static void to_stderr(int level, const char *line)
{
    (void)level;
    fprintf(stderr, "reguard-sandbox: libwebsockets: %s", line);
}

/* certificate NULL: without TLS. */
static bool listen_on(enum web_listener at, const char *name, const struct certificate *certificate,
                      int *port)
{
    web.listeners[at].reader.read = serve;
    struct lws_context_creation_info info = {
        .port = *port,
        .iface = "127.0.0.1",
        .vhost_name = name,
        .user = &web.listeners[at].reader,
        .protocols = connection_protocols,
        .alpn = "http/1.1",
        .options = LWS_SERVER_OPTION_ADOPT_APPLY_LISTEN_ACCEPT_CONFIG |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_DISABLE_IPV6,
        .listen_accept_role = "raw-skt",
        .listen_accept_protocol = connection_protocols[0].name,
        .gid = -1,
        .uid = -1,
    };
    if (certificate) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.server_ssl_cert_mem = certificate->server;
        info.server_ssl_cert_mem_len = (unsigned)strlen(certificate->server);
        info.server_ssl_private_key_mem = certificate->server_key;
        info.server_ssl_private_key_mem_len = (unsigned)strlen(certificate->server_key);
    }
    struct lws_vhost *vhost = lws_create_vhost(web.context, &info);
    if (vhost)
        *port = lws_get_vhost_listen_port(vhost);
    if (vhost && *port > 0)
        return true;
    fprintf(stderr, "reguard-sandbox: cannot listen on 127.0.0.1, port %d\n", info.port);
    return false;
}

bool web_open(const struct certificate *certificate, int *port, int *plain_port)
{
    lws_set_log_level(LLL_ERR, to_stderr);
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .fd_limit_per_thread = WEB_FDS,
        .pt_serv_buf_size = 64 * 1024,
        .gid = -1,
        .uid = -1,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
    };
    web.context = lws_create_context(&info);
    if (!web.context) {
        fputs("reguard-sandbox: the event loop could not be made\n", stderr);
        return false;
    }
    if (!listen_on(WEB_SERVICES, "tls", certificate, port) ||
        !listen_on(WEB_SERVICES, "plain", NULL, plain_port)) {
        lws_context_destroy(web.context);
        web.context = NULL;
        return false;
    }
    timers_start(web.context);
    return true;
}

bool web_open_page(int *port) { return listen_on(WEB_PAGE, "page", NULL, port); }

void web_run(void)
{
    while (!web.stopping && lws_service(web.context, 0) >= 0)
        ;
}

void web_stop(void)
{
    web.stopping = true;
    if (web.context)
        lws_cancel_service(web.context);
}

void web_close(void)
{
    timers_stop();
    struct lws_context *context = web.context;
    web.context = NULL; /* a signal from now on finds nothing to wake */
    if (context)
        lws_context_destroy(context);
    while (web.held)
        held_free(web.held);
}
