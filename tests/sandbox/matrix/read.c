/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks for singly: events, pages of history, relations, state. */
#include "tests/sandbox/matrix/read.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/matrix/shown.h"
#include "tests/sandbox/matrix/stream.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_USUAL = 10, RELATIONS_USUAL = 5, PAGE_MOST = 1000, CONTEXT_MOST = 100 };

/* ---- pages ---- */

struct page {
    struct matrixd_call *call;
    uint64_t from, to; /* positions between events; a page holds from < n <= to, or going back to <
                          n <= from */
    bool back;
    size_t most;
    json_t *chunk;
    uint64_t reached; /* where the next page begins */
    bool more;        /* a further event would have fitted */
};

static void page_take(struct page *p, const struct matrixd_event *e)
{
    if (json_array_size(p->chunk) == p->most) {
        p->more = true;
        return;
    }
    json_array_append_new(p->chunk, matrixd_shown(p->call->m, e, p->call->session, true));
    p->reached = p->back ? e->n - 1 : e->n;
}

static void page_fill(struct page *p, bool (*wanted)(const struct matrixd_event *, const void *),
                      const void *arg)
{
    const struct matrixd *m = p->call->m;
    uint64_t low = p->back ? p->to : p->from, high = p->back ? p->from : p->to;
    for (size_t i = 0; i < m->event_count && !p->more; i++) {
        const struct matrixd_event *e = &m->events[p->back ? m->event_count - 1 - i : i];
        if (e->room == p->call->room && e->n > low && e->n <= high && wanted(e, arg))
            page_take(p, e);
    }
}

static bool page_begin(struct page *p, const char *usual_dir, int64_t usual)
{
    struct matrixd_call *call = p->call;
    const char *dir = sandbox_text(call->query, "dir"), *from = sandbox_text(call->query, "from"),
               *to = sandbox_text(call->query, "to");
    int64_t most = matrixd_asked(call, "limit", usual);
    p->back = *(*dir ? dir : usual_dir) == 'b';
    p->from = p->back ? call->m->last_n : 0;
    p->to = p->back ? 0 : call->m->last_n;
    if ((*from && !matrixd_token_read(call->m, from, &p->from)) ||
        (*to && !matrixd_token_read(call->m, to, &p->to))) {
        matrixd_refuse(call, 400, "M_UNKNOWN", "Invalid stream token");
        return false;
    }
    p->most = (size_t)(most < 1 ? 1 : most > PAGE_MOST ? PAGE_MOST : most);
    p->reached = p->from;
    p->chunk = json_array();
    return true;
}

static bool passes(const struct matrixd_event *e, const void *filter)
{
    return matrixd_passes(filter, e->json);
}

void matrixd_messages(struct matrixd_call *call)
{
    struct page p = { .call = call };
    char start[MATRIXD_TOKEN], end[MATRIXD_TOKEN];
    if (!page_begin(&p, "", PAGE_USUAL))
        return;
    json_t *filter = json_loads(sandbox_text(call->query, "filter"), 0, NULL);
    page_fill(&p, passes, filter);
    matrixd_token_write(call->m, p.from, start);
    matrixd_token_write(call->m, p.reached, end);
    snprintf(call->note, sizeof call->note, "dir=%c events=%zu", p.back ? 'b' : 'f',
             json_array_size(p.chunk));
    json_t *answer = json_pack("{s:o, s:s}", "chunk", p.chunk, "start", start);
    /* There is an end on the last page, too; only an empty one lacks it. */
    if (json_array_size(p.chunk) > 0)
        json_object_set_new(answer, "end", json_string(end));
    json_decref(filter);
    matrixd_answer(call, answer);
}

/* ---- single events ---- */

static const struct matrixd_event *asked_event(struct matrixd_call *call)
{
    const struct matrixd_event *e = matrixd_event_by_id(call->m, call->room, call->args[1]);
    if (!e)
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Event not found.");
    return e;
}

void matrixd_event_get(struct matrixd_call *call)
{
    const struct matrixd_event *e = asked_event(call);
    if (e)
        matrixd_answer(call, matrixd_shown(call->m, e, call->session, true));
}

static bool any(const struct matrixd_event *e, const void *arg) { return e && !arg; }

static json_t *state_list(const struct matrixd_room *room)
{
    const char *type, *key;
    json_t *list = json_array(), *keys, *event;
    json_object_foreach(room->state, type, keys) json_object_foreach(keys, key, event)
    {
        json_t *copy = json_copy(event);
        json_object_set_new(copy, "room_id", json_string(room->id));
        json_array_append_new(list, copy);
    }
    return list;
}

void matrixd_context(struct matrixd_call *call)
{
    const struct matrixd_event *e = asked_event(call);
    if (!e)
        return;
    int64_t most = matrixd_asked(call, "limit", PAGE_USUAL);
    size_t half = (size_t)(most < 0 ? 0 : most > CONTEXT_MOST ? CONTEXT_MOST : most) / 2;
    struct page before = { .call = call,
                           .back = true,
                           .from = e->n - 1,
                           .reached = e->n - 1,
                           .most = half,
                           .chunk = json_array() };
    struct page after = { .call = call,
                          .from = e->n,
                          .to = call->m->last_n,
                          .reached = e->n,
                          .most = half,
                          .chunk = json_array() };
    page_fill(&before, any, NULL);
    page_fill(&after, any, NULL);
    char start[MATRIXD_TOKEN], end[MATRIXD_TOKEN];
    matrixd_token_write(call->m, before.reached, start);
    matrixd_token_write(call->m, after.reached, end);
    matrixd_answer(call, json_pack("{s:o, s:o, s:o, s:s, s:s, s:o}", "event",
                                   matrixd_shown(call->m, e, call->session, true), "events_before",
                                   before.chunk, "events_after", after.chunk, "start", start, "end",
                                   end, "state", state_list(call->room)));
}

/* ---- relations ---- */

struct relation_wish {
    const char *event_id, *rel_type, *type;
};

static bool wished(const struct matrixd_event *e, const void *arg)
{
    const struct relation_wish *wish = arg;
    const json_t *relation = matrixd_relation(e->json);
    return !e->redacted_by && sandbox_same(sandbox_text(relation, "event_id"), wish->event_id) &&
           *sandbox_text(relation, "rel_type") &&
           (!wish->rel_type || sandbox_same(sandbox_text(relation, "rel_type"), wish->rel_type)) &&
           (!wish->type || sandbox_same(sandbox_text(e->json, "type"), wish->type));
}

void matrixd_relations(struct matrixd_call *call)
{
    struct page p = { .call = call };
    struct relation_wish wish = { call->args[1], call->args[2], call->args[3] };
    if (!asked_event(call) || !page_begin(&p, "b", RELATIONS_USUAL))
        return;
    page_fill(&p, wished, &wish);
    json_t *answer = json_pack("{s:o}", "chunk", p.chunk);
    if (p.more) {
        char next[MATRIXD_TOKEN];
        matrixd_token_write(call->m, p.reached, next);
        json_object_set_new(answer, "next_batch", json_string(next));
    }
    snprintf(call->note, sizeof call->note, "%s events=%zu", wish.event_id,
             json_array_size(p.chunk));
    matrixd_answer(call, answer);
}

/* ---- state ---- */

void matrixd_state_get(struct matrixd_call *call)
{
    const json_t *event = matrixd_state_event(call->room, call->args[1],
                                              call->args[2] ? call->args[2] : "");
    snprintf(call->note, sizeof call->note, "%s", call->args[1]);
    if (!event)
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Event not found.");
    else if (sandbox_same(sandbox_text(call->query, "format"), "event"))
        matrixd_answer(call, json_deep_copy(event));
    else
        matrixd_answer(call, json_deep_copy(json_object_get(event, "content")));
}

void matrixd_state_all(struct matrixd_call *call) { matrixd_answer(call, state_list(call->room)); }
