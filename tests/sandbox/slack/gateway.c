/* SPDX-License-Identifier: Apache-2.0 */
/* Socket Mode connections: tickets, hello, pings, disconnects, half-open sockets and outages
   (docs.slack.dev, "Using Socket Mode"). */
#include "tests/sandbox/slack/gateway.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/websocket.h"
#include "tests/sandbox/slack/acknowledge.h"
#include "tests/sandbox/slack/call.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/load.h"
#include "tests/sandbox/slack/sockets.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/form.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 25,
    PING_MS = 10000,
    DEAF_PING_MS = 1000,
    DEAF_PINGS = 3,
    TICKET_MS = 30000,
    WARNING_MS = 10000,
    REFRESH_MS = 2000,
    HELLO_SECONDS = 18060
};

/* ---- which sockets there are ---- */

static struct slackd_socket *socket_of(struct slackd *s, const struct web_socket *ws)
{
    for (size_t i = 0; i < SLACKD_SOCKETS_MOST; i++)
        if (s->sockets[i].ws == ws)
            return &s->sockets[i];
    return NULL;
}

static void write_json(struct slackd *s, struct slackd_socket *c, json_t *frame_new)
{
    char *text = json_dumps(frame_new, JSON_COMPACT);
    json_decref(frame_new);
    if (text)
        slackd_socket_write(s, c, text);
    free(text);
}

/* ---- tickets ---- */

json_t *slackd_connections_open(struct slackd_call *call)
{
    struct slackd *s = call->slack;
    char *ticket = s->tickets[s->next_ticket % SLACKD_TICKETS].id;
    const char *base = call->request->tls ? s->base_tls : s->base_plain;
    if (s->link_disabled)
        return slackd_error("link_disabled");
    slackd_random_uuid(ticket);
    sandbox_issued(ticket);
    s->tickets[s->next_ticket++ % SLACKD_TICKETS].until_ms = sandbox_monotonic_ms() + TICKET_MS;
    /* http:// becomes ws://, https:// becomes wss://. The app_id is a hash in Slack's URLs, too. */
    return json_pack(
        "{s:b, s:o}", "ok", 1, "url",
        json_sprintf(
            "ws%s/link/"
            "?ticket=%s&app_id=8d7f0a5e0c6c4d1b9e2f3a4b5c6d7e8f8d7f0a5e0c6c4d1b9e2f3a4b5c6d7e8f",
            base + 4, ticket));
}

static bool use_ticket(struct slackd *s, const char *query)
{
    json_t *fields = form_fields(query, strlen(query));
    const char *ticket = sandbox_text(fields, "ticket");
    bool good = false;
    for (size_t i = 0; i < SLACKD_TICKETS && *ticket && !good; i++) {
        good = sandbox_same(s->tickets[i].id, ticket) &&
               s->tickets[i].until_ms > sandbox_monotonic_ms();
        if (good)
            s->tickets[i].id[0] = '\0';
    }
    json_decref(fields);
    return good;
}

/* ---- beginning and end of a socket ---- */

static void end_socket(struct slackd_socket *c, int code, const char *reason)
{
    c->ghost = true;
    web_socket_close(c->ws, code, reason);
}

static void say_disconnect(struct slackd *s, struct slackd_socket *c, const char *reason)
{
    write_json(s, c,
               json_pack("{s:s, s:s, s:{s:s}}", "type", "disconnect", "reason", reason,
                         "debug_info", "host", "applink-sandbox"));
}

static void say_hello(struct slackd *s, struct slackd_socket *c)
{
    write_json(s, c,
               json_pack("{s:s, s:I, s:{s:s}, s:{s:s, s:i, s:i}}", "type", "hello",
                         "num_connections", (json_int_t)slackd_connections(s), "connection_info",
                         "app_id", SLACKD_APP, "debug_info", "host", "applink-sandbox",
                         "build_number", 54, "approximate_connection_time", HELLO_SECONDS));
    c->greeted = true;
    s->hellos++;
    sandbox_changed();
}

static void refresh_one(struct slackd *s, struct slackd_socket *c);

static int accept_socket(void *self, const struct web_request *request, struct web_socket *ws)
{
    struct slackd *s = self;
    struct slackd_socket *c = socket_of(s, NULL);
    if (s->outage || !c)
        return 503;
    if (strcmp(request->path, "/link/") != 0 || s->link_disabled || !use_ticket(s, request->query))
        return 404;
    bool crowded = slackd_connections(s) >= SLACKD_SOCKETS_ALLOWED;
    *c = (struct slackd_socket){ .ws = ws,
                                 .number = ++s->socket_number,
                                 .next_ping_ms = sandbox_monotonic_ms() + PING_MS };
    if (crowded) {
        say_disconnect(s, c, "too_many_websockets");
        end_socket(c, 1000, "");
        return 101;
    }
    say_hello(s, c);
    if (s->fickle == SLACKD_CLOSES)
        end_socket(c, 1000, "");
    else if (s->fickle == SLACKD_REFRESHES)
        refresh_one(s, c);
    slackd_envelopes_run(s);
    return 101;
}

static void closed(void *self, struct web_socket *ws)
{
    struct slackd_socket *c = socket_of(self, ws);
    if (c)
        *c = (struct slackd_socket){ .ws = NULL };
    sandbox_changed();
}

static void ponged(void *self, struct web_socket *ws)
{
    struct slackd_socket *c = socket_of(self, ws);
    if (c)
        c->unanswered = 0;
}

static void received(void *self, struct web_socket *ws, const char *text, size_t bytes)
{
    struct slackd *s = self;
    (void)ws; /* an acknowledgement counts on whichever socket it comes */
    json_t *frame = json_loadb(text, bytes, 0, NULL);
    const char *id = sandbox_text(frame, "envelope_id");
    if (!*id)
        s->junk++;
    else if (!slackd_load_acknowledged(s, id))
        slackd_acknowledged(s, id, json_object_get(frame, "payload"));
    json_decref(frame);
}

const struct web_socket_service slackd_link = {
    NULL, accept_socket, received, ponged, closed, NULL
};

/* ---- what a test does to the link ---- */

static void each(struct slackd *s, void (*fn)(struct slackd *, struct slackd_socket *))
{
    for (size_t i = 0; i < SLACKD_SOCKETS_MOST; i++)
        if (s->sockets[i].ws && !s->sockets[i].ghost)
            fn(s, &s->sockets[i]);
}

static void leave_soon(struct slackd *s, struct slackd_socket *c, const char *reason, int64_t in_ms)
{
    say_disconnect(s, c, reason);
    c->draining = true;
    c->close_at_ms = sandbox_monotonic_ms() + in_ms;
}

static void warn_one(struct slackd *s, struct slackd_socket *c)
{
    leave_soon(s, c, "warning", WARNING_MS);
}

static void refresh_one(struct slackd *s, struct slackd_socket *c)
{
    leave_soon(s, c, "refresh_requested", REFRESH_MS);
}

static void disable_one(struct slackd *s, struct slackd_socket *c)
{
    say_disconnect(s, c, "link_disabled");
    end_socket(c, 1000, "");
}

static void drop_one(struct slackd *s, struct slackd_socket *c)
{
    (void)s;
    c->ghost = true;
    web_socket_drop(c->ws);
}

bool slackd_disconnect(struct slackd *s, const char *reason)
{
    struct slackd_socket *newest = slackd_newest(s);
    if (sandbox_same(reason, "link_disabled")) {
        s->link_disabled = true;
        each(s, disable_one);
        return true;
    }
    if (!newest)
        return false;
    if (sandbox_same(reason, "warning"))
        each(s, warn_one);
    else if (sandbox_same(reason, "refresh_requested"))
        each(s, refresh_one);
    else if (sandbox_same(reason, "too_many_websockets"))
        say_disconnect(s, newest, reason), end_socket(newest, 1000, "");
    else
        return false;
    return true;
}

bool slackd_half_open(struct slackd *s)
{
    struct slackd_socket *newest = slackd_newest(s);
    if (newest) {
        newest->frozen = true;
        web_socket_freeze(newest->ws);
    }
    return newest;
}

bool slackd_deafen(struct slackd *s)
{
    struct slackd_socket *newest = slackd_newest(s);
    if (newest) {
        newest->deaf = true;
        newest->next_ping_ms = 0;
        web_socket_deafen(newest->ws);
    }
    return newest;
}

static void reset_one(struct slackd *s, struct slackd_socket *c)
{
    (void)s;
    c->ghost = true;
    web_socket_reset(c->ws);
}

void slackd_reset(struct slackd *s) { each(s, reset_one); }

void slackd_outage(struct slackd *s, bool outage)
{
    s->outage = outage;
    if (outage)
        each(s, drop_one);
    else
        s->link_disabled = false;
    sandbox_changed();
}

/* ---- time ---- */

/* Three pings without an answer: nobody is there. The socket gets no envelopes any more and
   goes. */
static void ping(struct slackd *s, struct slackd_socket *c, int64_t now)
{
    c->next_ping_ms = now + (c->deaf ? DEAF_PING_MS : PING_MS);
    c->unanswered = c->deaf ? 0 : c->unanswered;
    if (c->deaf)
        slackd_socket_write(s, c, "{\"type\":\"something_new\"}");
    if (c->unanswered++ < DEAF_PINGS)
        web_socket_ping(c->ws, "Ping from applink-sandbox");
    else
        drop_one(s, c);
}

static void tick(void *arg)
{
    struct slackd *s = arg;
    int64_t now = sandbox_monotonic_ms();
    for (size_t i = 0; i < SLACKD_SOCKETS_MOST; i++) {
        struct slackd_socket *c = &s->sockets[i];
        if (!c->ws || c->ghost)
            continue;
        if (c->close_at_ms && c->close_at_ms <= now)
            end_socket(c, 1000, "");
        else if (c->next_ping_ms <= now)
            ping(s, c, now);
    }
    slackd_envelopes_run(s);
    slackd_load_tick(s);
    sandbox_after(TICK_MS, tick, s);
}

void slackd_gateway_start(struct slackd *s) { sandbox_after(TICK_MS, tick, s); }
