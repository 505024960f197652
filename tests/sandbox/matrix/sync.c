/* SPDX-License-Identifier: Apache-2.0 */
/* GET /sync: answers at once, or as soon as something is new, or when the client's patience
   ends. */
#include "tests/sandbox/matrix/sync.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/matrix/stream.h"
#include "tests/sandbox/matrix/timeline.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/web.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MOST_MS = 120000 };

/* ---- stream tokens ---- */

/* ---- an answer ---- */

static bool is_bot(const struct matrixd_waiter *w)
{
    return sandbox_same(w->user->id, MATRIXD_BOT);
}

/* So many events of its room are told to the bot once more. */
static uint64_t repeat_from(const struct matrixd *m, uint64_t since, int64_t repeat)
{
    for (size_t i = m->event_count; i > 0 && repeat > 0; i--) {
        const struct matrixd_event *e = &m->events[i - 1];
        if (e->n > since || !sandbox_same(e->room->id, MATRIXD_ROOM))
            continue;
        since = e->n - 1;
        repeat--;
    }
    return since;
}

static json_t *news_for(struct matrixd *m, const struct matrixd_waiter *w)
{
    struct matrixd_sight sight = { .m = m,
                                   .user = w->user,
                                   .session = w->session,
                                   .filter = w->filter,
                                   .since = w->since,
                                   .initial = w->initial,
                                   .full_state = w->full_state,
                                   .limited = -1 };
    if (is_bot(w) && !w->initial) {
        sight.limited = m->limited;
        sight.since = repeat_from(m, w->since, m->repeat);
    }
    return matrixd_news(&sight);
}

/* Faults for one answer are over with the first that tells something. */
static void one_answer_over(struct matrixd *m, const struct matrixd_waiter *w, const json_t *rooms)
{
    if (!is_bot(w))
        return;
    m->syncs++;
    if (w->initial || !rooms)
        return;
    m->repeat = 0;
    m->limited = -1;
}

static void write_answer(struct matrixd *m, const struct matrixd_waiter *w, json_t *rooms,
                         struct web_reply *reply)
{
    char next[MATRIXD_TOKEN];
    matrixd_token_write(m, m->hold && !w->initial ? w->since : m->last_n, next);
    json_t *body = json_pack("{s:s, s:{s:i}}", "next_batch", next, "device_one_time_keys_count",
                             "signed_curve25519", 0);
    if (w->initial)
        json_object_set_new(body, "account_data", json_pack("{s:[]}", "events"));
    one_answer_over(m, w, rooms);
    if (rooms)
        json_object_set_new(body, "rooms", rooms);
    matrixd_reply(m, reply, 200, body);
    matrixd_spoil(m, &w->fault, reply);
}

/* ---- who waits ---- */

static void forget(struct matrixd *m, size_t at)
{
    json_decref(m->waiters[at].filter);
    m->waiters[at] = m->waiters[--m->waiter_count];
}

static void finish(struct matrixd *m, size_t at, json_t *rooms)
{
    struct web_reply reply = { 0 };
    uint64_t ticket = m->waiters[at].ticket;
    write_answer(m, &m->waiters[at], rooms, &reply);
    forget(m, at);
    web_finish(ticket, &reply);
}

void matrixd_wake(struct matrixd *m)
{
    if (m->dirty)
        sandbox_changed();
    bool look = m->dirty || m->repeat > 0;
    m->dirty = false;
    if (m->hold || !look)
        return;
    for (size_t i = m->waiter_count; i > 0; i--) {
        json_t *rooms = news_for(m, &m->waiters[i - 1]);
        if (rooms)
            finish(m, i - 1, rooms);
    }
}

struct patience {
    struct matrixd *m;
    uint64_t number;
};

static void on_patience_ends(void *arg)
{
    struct patience p = *(struct patience *)arg;
    free(arg);
    for (size_t i = 0; i < p.m->waiter_count; i++)
        if (p.m->waiters[i].number == p.number) {
            finish(p.m, i, NULL);
            return;
        }
}

static void drop_at(struct matrixd *m, size_t at)
{
    uint64_t ticket = m->waiters[at].ticket;
    forget(m, at);
    web_finish(ticket, &(struct web_reply){ .drop = true });
}

void matrixd_waiters_drop(struct matrixd *m)
{
    while (m->waiter_count > 0)
        drop_at(m, m->waiter_count - 1);
}

void matrixd_waiters_done(struct matrixd *m)
{
    while (m->waiter_count > 0)
        forget(m, m->waiter_count - 1);
}

/* A device polls once at a time: an older poll belongs to a client that has gone. */
static void replace_older(struct matrixd *m, const struct matrixd_session *session)
{
    for (size_t i = m->waiter_count; i > 0; i--)
        if (m->waiters[i - 1].user == session->user &&
            sandbox_same(m->waiters[i - 1].session->device, session->device))
            drop_at(m, i - 1);
}

static void wait_for_news(struct matrixd *m, const struct matrixd_waiter *w, int64_t timeout_ms)
{
    struct patience *patience = malloc(sizeof *patience);
    if (!patience)
        abort();
    if (m->waiter_count == MATRIXD_WAITERS_MOST)
        drop_at(m, 0);
    *patience = (struct patience){ m, ++m->waiter_number };
    m->waiters[m->waiter_count] = *w;
    m->waiters[m->waiter_count++].number = patience->number;
    sandbox_after(timeout_ms < PATIENCE_MOST_MS ? timeout_ms : PATIENCE_MOST_MS, on_patience_ends,
                  patience);
}

/* ---- the call ---- */

/* A stored filter's id, or the filter itself. False when it is neither. */
static bool read_filter(struct matrixd_call *call, json_t **ret_filter)
{
    const char *text = sandbox_text(call->query, "filter");
    struct matrixd *m = call->m;
    char *end = NULL;
    if (*text == '{') {
        *ret_filter = json_loads(text, 0, NULL);
        return *ret_filter != NULL;
    }
    uint64_t id = strtoull(text, &end, 10);
    if (!*text)
        return true;
    if (*end || id >= m->filter_count || !m->filters[id % MATRIXD_FILTERS_MOST])
        return false;
    *ret_filter = json_loads(m->filters[id % MATRIXD_FILTERS_MOST], 0, NULL);
    return true;
}

void matrixd_sync(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    const char *since = sandbox_text(call->query, "since");
    int64_t timeout_ms = matrixd_asked(call, "timeout", 0);
    struct matrixd_waiter w = { .ticket = call->request->ticket,
                                .user = call->user,
                                .session = call->session,
                                .fault = call->fault,
                                .initial = !*since,
                                .full_state = sandbox_same(sandbox_text(call->query, "full_state"),
                                                           "true") };
    snprintf(call->note, sizeof call->note, "since=%s timeout=%lld", since, (long long)timeout_ms);
    if (*since && !matrixd_token_read(m, since, &w.since)) {
        matrixd_refuse(call, 400, "M_UNKNOWN", "Invalid stream token");
        return;
    }
    if (!read_filter(call, &w.filter)) {
        matrixd_refuse(call, 400, "M_INVALID_PARAM", "No such filter");
        return;
    }
    replace_older(m, call->session);
    json_t *rooms = m->hold && !w.initial ? NULL : news_for(m, &w);
    bool now = rooms || w.initial || w.full_state || timeout_ms <= 0;
    if (!now) {
        wait_for_news(m, &w, timeout_ms);
        call->reply->later = true;
        return;
    }
    call->fault.kind = FAULT_NONE; /* the answer has it already */
    write_answer(m, &w, rooms, call->reply);
    json_decref(w.filter);
}
