/* SPDX-License-Identifier: Apache-2.0 */
/* What an adapter speaks to, answering by a script, behind net/http.h, on a clock of the test's
   own; in the place of the engine a list of what was heard. Linked with --wrap for what stands at
   the end of this file. */
#ifndef REGUARD_TESTS_UNIT_PEER_H
#define REGUARD_TESTS_UNIT_PEER_H

#include "tests/unit/unit.h"

#include "core/effect.h"
#include "core/person.h"
#include "core/xalloc.h"
#include "host/log.h"
#include "net/http.h"
#include "net/loop.h"
#include "port/adapter.h"
#include "port/inbox.h"

enum { SCRIPT_ROOM = 64, ASKS_ROOM = 4096, HEARD_ROOM = 4096, TIMERS_ROOM = 256 };

/* "METHOD part of the address", or with a blank "METHOD part of the address part of the body": what
   is asked so is answered so. The newest line counts; what no line is about is left to `answers`,
   and without that has no answer, as a poll while nobody speaks. */
struct script_line {
    const char *what;
    struct http_result answer;
    int left; /* so often; -1: always */
};
struct ask {
    char *method, *url, *body, *bearer;
    ms_t at_ms;
    bool open;
    void (*done)(void *arg, const struct http_result *);
    void *arg;
};
/* What the engine was told, with its texts. */
struct heard {
    enum event_kind kind;
    uint64_t effect_id;
    unsigned still, flags;
    bool zone_known;
    struct zone zone;
    struct event_delivery delivery;
    struct event_caught_up caught_up;
    ms_t said_ms;
    struct event_root_found found;
    struct event_errand errand;
    char *error, *mark, *text, *remote_id;
};

static struct {
    ms_t now_ms;
    ms_t later_ms; /* the wall clock shows that much more */
    struct {
        struct loop_timer *timer;
        ms_t due_ms;
        uint64_t set; /* what is due at once fires in the order in which it was set */
    } timers[TIMERS_ROOM];
    uint64_t timers_set;
    struct script_line script[SCRIPT_ROOM];
    size_t script_count;
    /* False: it has no answer either. What it gives is good until it is asked again. */
    bool (*answers)(const struct ask *, struct http_result *ret);
    struct ask asks[ASKS_ROOM];
    size_t ask_count;
    struct heard heard[HEARD_ROOM];
    size_t heard_count;
    struct inbox inbox;
    struct adapter *adapter;
    struct people people;
    struct policy policy;
    bool engine_is_slow; /* nothing becomes durable */
    bool stopped;        /* the loop, by whoever ran it */
} peer;

/* ---- what it answers ---- */

static inline bool is_about(const struct ask *a, const char *what)
{
    char url[256];
    size_t method = strcspn(what, " "), part = strcspn(what + method + 1, " ");
    const char *body = what + method + 1 + part;
    snprintf(url, sizeof url, "%.*s", (int)part, what + method + 1);
    return strlen(a->method) == method && strncmp(a->method, what, method) == 0 &&
           strstr(a->url, url) && strstr(a->body, body[0] ? body + 1 : "");
}

static inline struct http_result whole_answer(struct http_result answer)
{
    answer.content_type = answer.peer_address = "";
    answer.header = str_or_empty(answer.header);
    answer.error = str_or_empty(answer.error);
    answer.body = str_or_empty(answer.body);
    answer.body_bytes = strlen(answer.body);
    return answer;
}

static inline void script(const char *what, struct http_result answer, int times)
{
    assert_true(peer.script_count < SCRIPT_ROOM);
    peer.script[peer.script_count++] = (struct script_line){ what, whole_answer(answer), times };
}

static inline void says(const char *what, long status, const char *body)
{
    script(what, (struct http_result){ .status = status, .body = body }, -1);
}

static inline void says_once(const char *what, long status, const char *body)
{
    script(what, (struct http_result){ .status = status, .body = body }, 1);
}

/* It takes the question and says nothing. */
static inline void hangs(const char *what)
{
    script(what, (struct http_result){ .status = 0 }, -1);
}

/* There is no whole answer. */
static inline void breaks(const char *what, int times)
{
    script(what, (struct http_result){ .outcome = HTTP_UNKNOWN, .error = "the line broke" }, times);
}

static inline void says_too_much(const char *what, int times)
{
    script(what,
           (struct http_result){
               .outcome = HTTP_UNKNOWN, .too_long = true, .error = "the answer is too long" },
           times);
}

/* ---- what it was asked ---- */

static inline size_t asked(const char *what)
{
    size_t count = 0;
    for (size_t i = 0; i < peer.ask_count; i++)
        count += is_about(&peer.asks[i], what);
    return count;
}

/* The newest one. */
static inline const struct ask *ask_of(const char *what)
{
    for (size_t i = peer.ask_count; i-- > 0;)
        if (is_about(&peer.asks[i], what))
            return &peer.asks[i];
    fail_msg("nobody asked %s", what);
    return NULL;
}

/* ---- what the engine heard ---- */

static inline size_t heard(enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < peer.heard_count; i++)
        count += peer.heard[i].kind == kind;
    return count;
}

static inline const struct heard *last_heard(enum event_kind kind)
{
    for (size_t i = peer.heard_count; i-- > 0;)
        if (peer.heard[i].kind == kind)
            return &peer.heard[i];
    fail_msg("%s was never heard", event_names[kind]);
    return NULL;
}

static inline void assert_told(enum event_kind kind, const char *part)
{
    const char *error = last_heard(kind)->error;
    if (!strstr(error, part))
        fail_msg("“%s” does not say “%s”", error, part);
}

static inline bool is_of_delivery(enum event_kind kind)
{
    return kind == EVENT_DELIVERED || kind == EVENT_DELIVERY_FAILED ||
           kind == EVENT_DELIVERY_UNKNOWN;
}

static inline void note(const struct event *e)
{
    assert_true(peer.heard_count < HEARD_ROOM);
    struct heard *h = &peer.heard[peer.heard_count++];
    *h = (struct heard){ .kind = e->kind, .effect_id = e->effect_id };
    h->error = xstrdup(str_or_empty(e->error));
    h->still = e->kind == EVENT_CHAT_REFUSED ? e->still : 0;
    h->flags = e->kind == EVENT_IDENTIFIED ? e->identified_flags : 0;
    h->zone_known = e->kind == EVENT_IDENTIFIED && e->zone_known;
    h->zone = h->zone_known ? e->zone : (struct zone){ 0 };
    h->caught_up = e->kind == EVENT_CAUGHT_UP ? e->heard : (struct event_caught_up){ 0 };
    h->said_ms = e->said_ms;
    h->mark = xstrdup(e->kind == EVENT_MARK          ? e->mark
                      : e->kind == EVENT_ERRAND_TOLD ? e->errand.digest
                                                     : "");
    h->text = xstrdup(e->kind == EVENT_SAID          ? str_or_empty(e->said.text)
                      : e->kind == EVENT_ROOT_FOUND  ? str_or_empty(e->found.digest)
                      : e->kind == EVENT_ERRAND_TOLD ? e->errand.policy
                                                     : "");
    if (e->kind == EVENT_ERRAND_TOLD) {
        h->errand = e->errand;
        h->errand.policy = h->text;
        h->errand.digest = h->mark;
    }
    h->found = e->kind == EVENT_ROOT_FOUND ? e->found : (struct event_root_found){ .keys = 0 };
    if (is_of_delivery(e->kind))
        h->delivery = e->delivery;
    h->remote_id = xstrdup(str_or_empty(h->delivery.remote_id));
}

static inline void take_events(void)
{
    struct inbox_batch *batch = inbox_take(&peer.inbox);
    for (size_t i = 0; i < batch->count; i++) {
        struct event *e = batch->events[i];
        note(e);
        if (!peer.engine_is_slow && (e->id || e->kind == EVENT_MARK))
            peer.adapter->ops->acknowledge(peer.adapter, e);
    }
    inbox_release(&peer.inbox, batch);
}

/* ---- time goes on ---- */

static inline struct script_line *line_for(const struct ask *a)
{
    for (size_t i = peer.script_count; i-- > 0;)
        if (peer.script[i].left && is_about(a, peer.script[i].what))
            return &peer.script[i];
    return NULL;
}

/* False: that one stays open. */
static inline bool find_answer(const struct ask *a, struct http_result *ret)
{
    struct script_line *line = line_for(a);
    if (line && line->answer.outcome == HTTP_ANSWERED && !line->answer.status)
        return false;
    if (!line)
        return peer.answers && peer.answers(a, ret);
    line->left -= line->left > 0;
    *ret = line->answer;
    return true;
}

static inline bool answer_one(void)
{
    for (size_t i = 0; i < peer.ask_count; i++) {
        struct http_result answer;
        if (!peer.asks[i].open || !find_answer(&peer.asks[i], &answer))
            continue;
        answer = whole_answer(answer);
        peer.asks[i].open = false;
        peer.asks[i].done(peer.asks[i].arg, &answer);
        return true;
    }
    return false;
}

static inline bool is_before(size_t i, size_t k)
{
    return peer.timers[i].due_ms != peer.timers[k].due_ms
               ? peer.timers[i].due_ms < peer.timers[k].due_ms
               : peer.timers[i].set < peer.timers[k].set;
}

static inline bool fire_one(ms_t until_ms)
{
    size_t next = TIMERS_ROOM;
    for (size_t i = 0; i < TIMERS_ROOM; i++)
        if (peer.timers[i].timer && peer.timers[i].due_ms <= until_ms &&
            (next == TIMERS_ROOM || is_before(i, next)))
            next = i;
    if (next == TIMERS_ROOM)
        return false;
    struct loop_timer *t = peer.timers[next].timer;
    peer.now_ms = peer.timers[next].due_ms > peer.now_ms ? peer.timers[next].due_ms : peer.now_ms;
    peer.timers[next].timer = NULL;
    t->fired(t->arg);
    return true;
}

/* All that happens within that time, in its order. */
static inline void passes(ms_t for_ms)
{
    ms_t until_ms = peer.now_ms + for_ms;
    size_t steps = 0;
    while (answer_one() || fire_one(until_ms)) {
        take_events();
        if (steps++ > 200000)
            fail_msg("it goes round in circles");
    }
    take_events();
    peer.now_ms = until_ms;
}

/* ---- each test ---- */

static inline bool performs(struct effect e, struct err *err)
{
    return peer.adapter->ops->perform(peer.adapter, &e, err);
}

static inline void stops(void)
{
    if (peer.adapter)
        peer.adapter->ops->stop(peer.adapter);
    peer.adapter = NULL;
    take_events();
}

static inline void nobody_is_woken(void *arg) { (void)arg; }

static inline void peer_begin(void)
{
    memset(&peer, 0, sizeof peer);
    log_setup(LOG_NOTHING, LOG_TEXT);
    peer.now_ms = MS_HOUR;
    inbox_init(&peer.inbox, nobody_is_woken, NULL);
}

static inline void peer_end(void)
{
    stops();
    for (size_t i = 0; i < peer.ask_count; i++) {
        free(peer.asks[i].method);
        free(peer.asks[i].url);
        free(peer.asks[i].body);
        free(peer.asks[i].bearer);
    }
    for (size_t i = 0; i < peer.heard_count; i++) {
        free(peer.heard[i].error);
        free(peer.heard[i].mark);
        free(peer.heard[i].text);
        free(peer.heard[i].remote_id);
    }
    inbox_done(&peer.inbox);
}

/* ---- what the adapter finds in the place of the net's and the host's own ---- */

void __wrap_loop_timer_set(struct loop *, struct loop_timer *, ms_t);
void __wrap_loop_timer_cancel(struct loop_timer *);
bool __wrap_http_send(struct http *, const struct http_request *, struct err *);
void __wrap_http_forget(struct http *, const void *);
bool __wrap_loop_run(struct loop *);
void __wrap_loop_stop(struct loop *);
ms_t __wrap_clock_monotonic_ms(void);
ms_t __wrap_clock_wall_ms(void);
ms_t __wrap_clock_jitter(ms_t, ms_t);

void __wrap_loop_timer_cancel(struct loop_timer *t)
{
    for (size_t i = 0; i < TIMERS_ROOM; i++)
        if (peer.timers[i].timer == t)
            peer.timers[i].timer = NULL;
}

void __wrap_loop_timer_set(struct loop *loop, struct loop_timer *t, ms_t after_ms)
{
    (void)loop;
    size_t i = 0;
    __wrap_loop_timer_cancel(t);
    while (i < TIMERS_ROOM && peer.timers[i].timer)
        i++;
    assert_true(i < TIMERS_ROOM);
    peer.timers[i].timer = t;
    peer.timers[i].due_ms = peer.now_ms + after_ms;
    peer.timers[i].set = ++peer.timers_set;
}

void __wrap_loop_stop(struct loop *loop)
{
    (void)loop;
    peer.stopped = true;
}

bool __wrap_loop_run(struct loop *loop)
{
    (void)loop;
    peer.stopped = false;
    while (!peer.stopped && (answer_one() || fire_one(peer.now_ms + MS_HOUR)))
        ;
    assert_true(peer.stopped);
    return true;
}

bool __wrap_http_send(struct http *http, const struct http_request *r, struct err *err)
{
    (void)http, (void)err;
    assert_true(peer.ask_count < ASKS_ROOM);
    struct ask *a = &peer.asks[peer.ask_count++];
    *a = (struct ask){ .at_ms = peer.now_ms, .open = true, .done = r->done, .arg = r->arg };
    a->method = xstrdup(r->method);
    a->url = xstrdup(r->url);
    a->body = xstrndup(str_or_empty(r->body), r->body_bytes);
    a->bearer = xstrdup("");
    for (size_t i = 0; i < r->header_count; i++)
        if (str_equal(r->headers[i].name, "Authorization")) {
            free(a->bearer);
            a->bearer = xstrdup(r->headers[i].value);
        }
    return true;
}

void __wrap_http_forget(struct http *http, const void *arg)
{
    (void)http;
    for (size_t i = 0; i < peer.ask_count; i++)
        if (peer.asks[i].arg == arg)
            peer.asks[i].open = false;
}

ms_t __wrap_clock_monotonic_ms(void) { return peer.now_ms; }
ms_t __wrap_clock_wall_ms(void) { return 1795526055000 + peer.later_ms + peer.now_ms; }
ms_t __wrap_clock_jitter(ms_t low, ms_t high)
{
    (void)high;
    return low;
}

#endif
