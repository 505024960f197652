/* SPDX-License-Identifier: Apache-2.0 */
/* The page's listener: the files of the page for everybody who opens it, and for whoever knows the
   token the control API and the live WebSocket. The token comes to the browser behind the # of the
   printed address: a browser never sends that part, so it stands in no request line, no log, no
   Referer and no cookie jar, which all ports of a host share. */
#include "tests/sandbox/page/page.h"
#include "tests/sandbox/control/control.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/page/audit.h"
#include "tests/sandbox/page/bot.h"
#include "tests/sandbox/page/files.h"
#include "tests/sandbox/page/guard.h"
#include "tests/sandbox/page/live.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 50 }; /* twenty pushes a second at most, whatever happens meanwhile */

static struct {
    struct page_door door;
    const struct services *services;
    char address[128];
    bool open, ticking, ended;
} page;

static const char headers[] = "Content-Security-Policy: default-src 'none'; script-src 'self'; "
                              "style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
                              "X-Content-Type-Options: nosniff\r\n"
                              "Referrer-Policy: no-referrer\r\n"
                              "Cross-Origin-Opener-Policy: same-origin\r\n"
                              "Cross-Origin-Resource-Policy: same-origin\r\n"
                              "Cache-Control: no-store\r\n";

/* ---- beginning, ticks and end ---- */

static void on_tick(void *arg)
{
    (void)arg;
    if (page.ended)
        return;
    page_bot_tick();
    if (page.open) {
        if (page_live_any())
            page_audit_tick();
        page_live_tick();
    }
    sandbox_after(TICK_MS, on_tick, NULL);
}

void page_tick_start(void)
{
    if (!page.ticking)
        sandbox_after(TICK_MS, on_tick, NULL);
    page.ticking = true;
}

bool page_begin(int port, const struct services *services)
{
    unsigned char random[PAGE_TOKEN_BYTES / 2];
    if (RAND_bytes(random, sizeof random) != 1) {
        fputs("reguard-sandbox: no random token for the page\n", stderr);
        return false;
    }
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(page.door.token + 2 * i, 3, "%02x", random[i]);
    page.door.port = port;
    page.services = services;
    page.open = true;
    snprintf(page.address, sizeof page.address, "http://127.0.0.1:%d/#token=%s", port,
             page.door.token);
    page_tick_start();
    return true;
}

const char *page_address(void) { return page.open ? page.address : NULL; }

void page_end(void)
{
    page.ended = true;
    page_audit_end();
}

/* ---- requests ---- */

static void serve_file(const struct page_file *file, struct web_reply *reply)
{
    size_t bytes = (size_t)(file->to - file->from);
    reply->body = malloc(bytes ? bytes : 1);
    reply->status = reply->body ? 200 : 500;
    reply->content_type = file->type;
    reply->body_bytes = reply->body ? bytes : 0;
    if (reply->body)
        memcpy(reply->body, file->from, bytes);
}

static bool is_json(const struct web_request *request)
{
    const char *type = web_request_header(request, "content-type");
    return type && strncmp(type, "application/json", strlen("application/json")) == 0;
}

static void answer(const struct web_request *request, struct web_reply *reply)
{
    bool get = strcmp(request->method, "GET") == 0;
    const struct page_file *file = get ? page_file_at(request->path) : NULL;
    const char *why = page_refusal(&page.door, request);
    if (why)
        control_fail(reply, 403, why);
    else if (file)
        serve_file(file, reply);
    else if (!page_knows_token(&page.door, request))
        control_fail(reply, 403, "open the address that the terminal shows; the token is missing");
    else if (strncmp(request->path, "/sandbox/", strlen("/sandbox/")) != 0)
        control_fail(reply, 404, "nothing is served at this address");
    else if (!get && !is_json(request))
        control_fail(reply, 400, "the body is no JSON");
    else
        control_answer(page.services, request, reply);
}

static bool answer_all(void *self, const struct web_request *request, struct web_reply *reply)
{
    (void)self;
    answer(request, reply);
    reply->more_headers = headers;
    return true;
}

/* ---- the live WebSocket ---- */

static int live_accept(void *self, const struct web_request *request, struct web_socket *ws)
{
    (void)self;
    if (page_refusal(&page.door, request) || !page_knows_token(&page.door, request))
        return 403;
    return page_live_join(ws, page.services) ? 101 : 503;
}

/* The page says nothing here: it acts by requests, which have answers. */
static void live_received(void *self, struct web_socket *ws, const char *text, size_t bytes)
{
    (void)self, (void)ws, (void)text, (void)bytes;
}

static void live_closed(void *self, struct web_socket *ws)
{
    (void)self;
    page_live_leave(ws);
}

static const struct web_socket_service *socket_at(void *self, const char *path)
{
    (void)self;
    static const struct web_socket_service live = { NULL, live_accept, live_received,
                                                    NULL, live_closed, PAGE_PROTOCOL };
    return strcmp(path, "/live") == 0 ? &live : NULL;
}

struct web_service page_web(void) { return (struct web_service){ NULL, answer_all, socket_at }; }
