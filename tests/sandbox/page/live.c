/* SPDX-License-Identifier: Apache-2.0 */
/* What each open page is told: the difference between what it knows and what is so now. A page that
   falls behind is told nothing until it has caught up, and then the newest state: ten events or ten
   thousand make one push. */
#include "tests/sandbox/page/live.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/page/audit.h"
#include "tests/sandbox/page/bot.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 8, BACKLOG_MAX = 256 * 1024, REQUESTS_A_PUSH = 200 };

struct client {
    struct web_socket *ws; /* NULL: free place */
    const struct services *services;
    void *looks[WEB_SERVICES_MAX]; /* by place in services; NULL: that one shows nothing */
    char *state;                   /* as last told */
    uint64_t requests, log, audit_round;
    int64_t audit_seq;
};

static struct client clients[CLIENTS_MAX];

static struct client *client_of(const struct web_socket *ws)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (clients[i].ws == ws)
            return &clients[i];
    return NULL;
}

bool page_live_join(struct web_socket *ws, const struct services *services)
{
    struct client *c = client_of(NULL);
    if (!c)
        return false;
    *c = (struct client){ .ws = ws, .services = services };
    for (size_t i = 0; i < services->count; i++)
        if (services->list[i].look_new)
            c->looks[i] = services->list[i].look_new();
    return true;
}

void page_live_leave(struct web_socket *ws)
{
    struct client *c = client_of(ws);
    if (!c)
        return;
    for (size_t i = 0; i < c->services->count; i++)
        if (c->looks[i])
            c->services->list[i].look_free(c->looks[i]);
    free(c->state);
    *c = (struct client){ .ws = NULL };
}

bool page_live_any(void)
{
    for (size_t i = 0; i < CLIENTS_MAX; i++)
        if (clients[i].ws)
            return true;
    return false;
}

/* ---- the parts of a push ---- */

static void add_state(struct client *c, const char *text, json_t *push)
{
    if (!text || (c->state && strcmp(c->state, text) == 0))
        return;
    free(c->state);
    c->state = strdup(text);
    json_object_set_new(push, "state", json_loads(text, 0, NULL));
}

static void add_requests(struct client *c, json_t *push)
{
    uint64_t newest = requests_count(),
             from = newest > REQUESTS_A_PUSH ? newest - REQUESTS_A_PUSH : 0;
    if (newest == c->requests)
        return;
    if (from > c->requests)
        json_object_set_new(push, "requests_skipped",
                            json_integer((json_int_t)(from - c->requests)));
    json_object_set_new(push, "requests", requests_list(from > c->requests ? from : c->requests));
    c->requests = newest;
}

static void add_log(struct client *c, json_t *push)
{
    uint64_t skipped = 0;
    json_t *lines = page_bot_log(&c->log, &skipped);
    if (lines)
        json_object_set_new(push, "log", lines);
    if (lines && skipped)
        json_object_set_new(push, "log_skipped", json_integer((json_int_t)skipped));
}

static void add_audit(struct client *c, json_t *push)
{
    json_t *news = page_audit_news(&c->audit_round, &c->audit_seq);
    if (news)
        json_object_set_new(push, "audit", news);
}

static void push_to(struct client *c, const char *state)
{
    json_t *push = json_object();
    for (size_t i = 0; i < c->services->count; i++)
        if (c->looks[i])
            c->services->list[i].look_again(c->services->list[i].self, c->looks[i], push);
    add_state(c, state, push);
    add_requests(c, push);
    add_log(c, push);
    add_audit(c, push);
    char *text = json_object_size(push) ? json_dumps(push, JSON_COMPACT) : NULL;
    if (text)
        web_socket_send(c->ws, text, strlen(text));
    free(text);
    json_decref(push);
}

static char *state_text(const struct services *services)
{
    json_t *state = json_pack("{s:o}", "armed", faults_list());
    services_state(services, state);
    char *text = json_dumps(state, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(state);
    return text;
}

void page_live_tick(void)
{
    char *state = NULL; /* the same for every page */
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &clients[i];
        if (c->ws && !state)
            state = state_text(c->services);
        if (state && c->ws && web_socket_backlog(c->ws) < BACKLOG_MAX)
            push_to(c, state);
    }
    free(state);
}
