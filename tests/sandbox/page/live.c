/* What each open page is told: the difference between what it knows and what is so now. A page that
   falls behind is told nothing until it has caught up, and then the newest state: ten events or ten
   thousand make one push. */
#include "tests/sandbox/page/page.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENTS_MAX = 8, BACKLOG_MAX = 256 * 1024, REQUESTS_A_PUSH = 200 };

struct client {
    struct web_socket *ws; /* NULL: free place */
    struct slack_look *slack;
    struct matrix_look *matrix;
    char *state; /* as last told */
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

bool page_live_join(struct web_socket *ws)
{
    struct client *c = client_of(NULL);
    if (!c)
        return false;
    *c = (struct client){ .ws = ws, .slack = slack_look_new(), .matrix = matrix_look_new() };
    return true;
}

void page_live_leave(struct web_socket *ws)
{
    struct client *c = client_of(ws);
    if (!c)
        return;
    slack_look_free(c->slack);
    matrix_look_free(c->matrix);
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

static void push_to(struct client *c, const struct services *services, const char *state)
{
    json_t *push = json_object();
    slack_look_again(services->slack, c->slack, push);
    matrix_look_again(services->matrix, c->matrix, push);
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

/* The same for every page. */
static char *state_text(const struct services *s)
{
    json_t *state = json_pack("{s:o, s:o, s:o, s:o, s:o}", "slack", slack_state(s->slack), "matrix",
                              matrix_state(s->matrix), "stax", stax_state(s->stax), "armed",
                              faults_list(), "bot", page_bot_state());
    char *text = state ? json_dumps(state, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(state);
    return text;
}

void page_live_tick(const struct services *services)
{
    char *state = page_live_any() ? state_text(services) : NULL;
    for (size_t i = 0; state && i < CLIENTS_MAX; i++)
        if (clients[i].ws && web_socket_backlog(clients[i].ws) < BACKLOG_MAX)
            push_to(&clients[i], services, state);
    free(state);
}
