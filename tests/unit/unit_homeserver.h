/* SPDX-License-Identifier: Apache-2.0 */
/* A homeserver that answers by a script, behind net/http.h, on a clock of the test's own; the whole
   Matrix adapter in front of it, and in the place of the engine a list of what was heard. Linked
   with --wrap for what stands at the end of this file. */
#ifndef REGUARD_TESTS_UNIT_HOMESERVER_H
#define REGUARD_TESTS_UNIT_HOMESERVER_H

#include "tests/unit/unit.h"

#include "adapters/matrix/kind.h"
#include "adapters/matrix/matrix.h"
#include "core/effect.h"
#include "core/xalloc.h"
#include "host/log.h"
#include "net/http.h"
#include "net/loop.h"
#include "port/inbox.h"

#include <sys/stat.h>
#include <unistd.h>

enum { SCRIPT_ROOM = 64, ASKS_ROOM = 4096, HEARD_ROOM = 4096, TIMERS_ROOM = 256 };

#define OUR_ROOM "!room:example.org"
#define OUR_USER "@reguard:example.org"

/* "METHOD part of the address": what is asked so is answered so. The newest line counts; what no
   line is about has no answer, as a poll while nobody speaks. */
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
    struct event_delivery delivery;
    char *error, *mark, *text, *remote_id;
};

static struct {
    ms_t now_ms;
    struct {
        struct loop_timer *timer;
        ms_t due_ms;
        uint64_t set; /* what is due at once fires in the order in which it was set */
    } timers[TIMERS_ROOM];
    uint64_t timers_set;
    struct script_line script[SCRIPT_ROOM];
    size_t script_count;
    struct ask asks[ASKS_ROOM];
    size_t ask_count;
    struct heard heard[HEARD_ROOM];
    size_t heard_count;
    struct inbox inbox;
    struct adapter *adapter;
    struct people people;
    struct policy policy;
    bool engine_is_slow; /* nothing becomes durable */
    char folder[32], token_file[64];
    char *kept; /* what the shared records have of the token */
    bool keeps_nothing;
} hs;

/* ---- what it answers ---- */

static inline bool is_about(const struct ask *a, const char *what)
{
    size_t method = strcspn(what, " ");
    return strlen(a->method) == method && strncmp(a->method, what, method) == 0 &&
           strstr(a->url, what + method + 1);
}

static inline void script(const char *what, struct http_result answer, int times)
{
    assert_true(hs.script_count < SCRIPT_ROOM);
    answer.content_type = answer.header = answer.peer_address = "";
    answer.error = answer.error ? answer.error : "";
    answer.body = answer.body ? answer.body : "";
    answer.body_bytes = strlen(answer.body);
    hs.script[hs.script_count++] = (struct script_line){ what, answer, times };
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
    for (size_t i = 0; i < hs.ask_count; i++)
        count += is_about(&hs.asks[i], what);
    return count;
}

/* The newest one. */
static inline const struct ask *ask_of(const char *what)
{
    for (size_t i = hs.ask_count; i-- > 0;)
        if (is_about(&hs.asks[i], what))
            return &hs.asks[i];
    fail_msg("nobody asked %s", what);
    return NULL;
}

/* ---- what the engine heard ---- */

static inline size_t heard(enum event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < hs.heard_count; i++)
        count += hs.heard[i].kind == kind;
    return count;
}

static inline const struct heard *last_heard(enum event_kind kind)
{
    for (size_t i = hs.heard_count; i-- > 0;)
        if (hs.heard[i].kind == kind)
            return &hs.heard[i];
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
    assert_true(hs.heard_count < HEARD_ROOM);
    struct heard *h = &hs.heard[hs.heard_count++];
    *h = (struct heard){ .kind = e->kind, .effect_id = e->effect_id };
    h->error = xstrdup(str_or_empty(e->error));
    h->still = e->kind == EVENT_CHAT_REFUSED ? e->still : 0;
    h->flags = e->kind == EVENT_IDENTIFIED ? e->identified_flags : 0;
    h->mark = xstrdup(e->kind == EVENT_MARK ? e->mark : "");
    h->text = xstrdup(e->kind == EVENT_SAID ? str_or_empty(e->said.text) : "");
    if (is_of_delivery(e->kind))
        h->delivery = e->delivery;
    h->remote_id = xstrdup(str_or_empty(h->delivery.remote_id));
}

static inline void take_events(void)
{
    struct inbox_batch *batch = inbox_take(&hs.inbox);
    for (size_t i = 0; i < batch->count; i++) {
        struct event *e = batch->events[i];
        note(e);
        if (!hs.engine_is_slow && (e->id || e->kind == EVENT_MARK))
            hs.adapter->ops->acknowledge(hs.adapter, e);
    }
    inbox_release(&hs.inbox, batch);
}

/* ---- time goes on ---- */

static inline struct script_line *line_for(const struct ask *a)
{
    for (size_t i = hs.script_count; i-- > 0;)
        if (hs.script[i].left && is_about(a, hs.script[i].what))
            return &hs.script[i];
    return NULL;
}

static inline bool answer_one(void)
{
    for (size_t i = 0; i < hs.ask_count; i++) {
        struct script_line *line = hs.asks[i].open ? line_for(&hs.asks[i]) : NULL;
        if (!line || (line->answer.outcome == HTTP_ANSWERED && !line->answer.status))
            continue;
        line->left -= line->left > 0;
        hs.asks[i].open = false;
        hs.asks[i].done(hs.asks[i].arg, &line->answer);
        return true;
    }
    return false;
}

static inline bool is_before(size_t i, size_t k)
{
    return hs.timers[i].due_ms != hs.timers[k].due_ms ? hs.timers[i].due_ms < hs.timers[k].due_ms
                                                      : hs.timers[i].set < hs.timers[k].set;
}

static inline bool fire_one(ms_t until_ms)
{
    size_t next = TIMERS_ROOM;
    for (size_t i = 0; i < TIMERS_ROOM; i++)
        if (hs.timers[i].timer && hs.timers[i].due_ms <= until_ms &&
            (next == TIMERS_ROOM || is_before(i, next)))
            next = i;
    if (next == TIMERS_ROOM)
        return false;
    struct loop_timer *t = hs.timers[next].timer;
    hs.now_ms = hs.timers[next].due_ms > hs.now_ms ? hs.timers[next].due_ms : hs.now_ms;
    hs.timers[next].timer = NULL;
    t->fired(t->arg);
    return true;
}

/* All that happens within that time, in its order. */
static inline void passes(ms_t for_ms)
{
    ms_t until_ms = hs.now_ms + for_ms;
    size_t steps = 0;
    while (answer_one() || fire_one(until_ms)) {
        take_events();
        if (steps++ > 200000)
            fail_msg("it goes round in circles");
    }
    take_events();
    hs.now_ms = until_ms;
}

/* ---- the adapter ---- */

static inline bool keep_it(void *arg, const char *text, struct err *err)
{
    (void)arg;
    if (hs.keeps_nothing)
        return err_set(err, "the records take nothing now");
    free(hs.kept);
    hs.kept = xstrdup(text);
    return true;
}

static inline void nobody_is_woken(void *arg) { (void)arg; }

static inline void writes_token(const char *text)
{
    unlink(hs.token_file);
    unit_write(hs.token_file, text, strlen(text));
    assert_int_equal(chmod(hs.token_file, 0600), 0);
}

/* A room that is well, and a homeserver that knows us. */
static inline void script_what_is_usual(void)
{
    says("GET /versions", 200, "{\"versions\":[]}");
    says("GET /account/whoami", 200, "{\"user_id\":\"" OUR_USER "\",\"device_id\":\"D\"}");
    says("GET /account_data/", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    says("PUT /account_data/", 200, "{}");
    says("GET /joined_rooms", 200, "{\"joined_rooms\":[\"" OUR_ROOM "\"]}");
    says("GET /joined_members", 200, "{\"joined\":{}}");
    says("GET /state/", 404, "{\"errcode\":\"M_NOT_FOUND\"}");
    says("GET /state/m.room.member", 200, "{\"membership\":\"join\"}");
    says("GET /state/m.room.create", 200, "{\"room_version\":\"11\",\"m.federate\":false}");
    says("GET /state/m.room.join_rules", 200, "{\"join_rule\":\"invite\"}");
    says("GET /sync?set_presence=offline&timeout=0&", 200, "{\"next_batch\":\"s1\"}");
}

static inline struct matrix_options usual_options(void)
{
    return (struct matrix_options){ .homeserver = "https://hs.example.org",
                                    .user = OUR_USER,
                                    .room = OUR_ROOM,
                                    .prefix = "!reguard",
                                    .ca_file = "",
                                    .salt = "5a17",
                                    .token_file = hs.token_file,
                                    .people = &hs.people,
                                    .policy = &hs.policy };
}

static inline void starts(struct matrix_options o)
{
    struct err err = { "" };
    hs.adapter = matrix_new(NULL, NULL, &hs.inbox, &o, &err);
    if (!hs.adapter)
        fail_msg("%s", err.text);
    assert_true(hs.adapter && hs.adapter->ops->start(hs.adapter, &err));
}

/* Connected, with its first answer on disk. */
static inline void is_up(void)
{
    starts(usual_options());
    passes(MS_SECOND);
    assert_int_equal(heard(EVENT_CHAT_UP), 1);
}

static inline void stops(void)
{
    if (hs.adapter)
        hs.adapter->ops->stop(hs.adapter);
    hs.adapter = NULL;
    take_events();
}

/* ---- what it is asked to do ---- */

#define BODY                                                                            \
    "{\"msgtype\":\"m.text\",\"body\":\"hello\",\"format\":\"org.matrix.custom.html\"," \
    "\"formatted_body\":\"<b>hello</"                                                   \
    "b>\",\"dev.reguard\":{\"key\":\"7-matrix\",\"store\":\"5a17\"}}"
#define FORBIDDEN "{\"errcode\":\"M_FORBIDDEN\",\"error\":\"not here\"}"
#define TAKEN "{\"event_id\":\"$ours\"}"

static inline bool performs(struct effect e, struct err *err)
{
    return hs.adapter->ops->perform(hs.adapter, &e, err);
}

static inline void delivers(struct effect_deliver d)
{
    struct err err = { "" };
    d.key = "7-matrix";
    d.body = d.body ? d.body : BODY;
    if (!performs(
            (struct effect){
                .kind = EFFECT_DELIVER, .urgency = URGENCY_GUARDS, .id = 7, .deliver = d },
            &err))
        fail_msg("%s", err.text);
    passes(MS_SECOND);
}

static inline void delivers_to_ana(void)
{
    delivers((struct effect_deliver){ .kind = MESSAGE_DIRECT, .person_id = "@ana:example.org" });
}

static inline int homeserver_set_up(void **state)
{
    (void)state;
    memset(&hs, 0, sizeof hs);
    log_setup(LOG_NOTHING, LOG_TEXT);
    hs.now_ms = MS_HOUR;
    hs.people = (struct people){
        .count = 2,
        .rows = { { .key = "ana", .ids = { { "matrix", "@ana:example.org" } }, .id_count = 1 },
                  { .key = "ben", .ids = { { "matrix", "@ben:example.org" } }, .id_count = 1 } }
    };
    hs.policy = (struct policy){ .approvals = 1,
                                 .approve_reaction = "white_check_mark",
                                 .decline_reaction = "x",
                                 .approve_with = APPROVE_BY_REACTION | APPROVE_BY_COMMAND,
                                 .command_word = "/reguard" };
    inbox_init(&hs.inbox, nobody_is_woken, NULL);
    STR_SET(hs.folder, "/tmp/reguard-hs-XXXXXX");
    assert_non_null(mkdtemp(hs.folder));
    STR_SET(hs.token_file, unit_path(hs.folder, "token"));
    writes_token("syt_first");
    script_what_is_usual();
    return 0;
}

static inline int homeserver_tear_down(void **state)
{
    (void)state;
    stops();
    for (size_t i = 0; i < hs.ask_count; i++) {
        free(hs.asks[i].method);
        free(hs.asks[i].url);
        free(hs.asks[i].body);
        free(hs.asks[i].bearer);
    }
    for (size_t i = 0; i < hs.heard_count; i++) {
        free(hs.heard[i].error);
        free(hs.heard[i].mark);
        free(hs.heard[i].text);
        free(hs.heard[i].remote_id);
    }
    free(hs.kept);
    inbox_done(&hs.inbox);
    unlink(hs.token_file);
    rmdir(hs.folder);
    return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, homeserver_set_up, homeserver_tear_down)

/* ---- what the adapter finds in the place of the net's and the host's own ---- */

void __wrap_loop_timer_set(struct loop *, struct loop_timer *, ms_t);
void __wrap_loop_timer_cancel(struct loop_timer *);
bool __wrap_http_send(struct http *, const struct http_request *, struct err *);
void __wrap_http_forget(struct http *, const void *);
ms_t __wrap_clock_monotonic_ms(void);
ms_t __wrap_clock_wall_ms(void);
ms_t __wrap_clock_jitter(ms_t, ms_t);

void __wrap_loop_timer_cancel(struct loop_timer *t)
{
    for (size_t i = 0; i < TIMERS_ROOM; i++)
        if (hs.timers[i].timer == t)
            hs.timers[i].timer = NULL;
}

void __wrap_loop_timer_set(struct loop *loop, struct loop_timer *t, ms_t after_ms)
{
    (void)loop;
    size_t i = 0;
    __wrap_loop_timer_cancel(t);
    while (i < TIMERS_ROOM && hs.timers[i].timer)
        i++;
    assert_true(i < TIMERS_ROOM);
    hs.timers[i].timer = t;
    hs.timers[i].due_ms = hs.now_ms + after_ms;
    hs.timers[i].set = ++hs.timers_set;
}

bool __wrap_http_send(struct http *http, const struct http_request *r, struct err *err)
{
    (void)http, (void)err;
    assert_true(hs.ask_count < ASKS_ROOM);
    struct ask *a = &hs.asks[hs.ask_count++];
    *a = (struct ask){ .at_ms = hs.now_ms, .open = true, .done = r->done, .arg = r->arg };
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
    for (size_t i = 0; i < hs.ask_count; i++)
        if (hs.asks[i].arg == arg)
            hs.asks[i].open = false;
}

ms_t __wrap_clock_monotonic_ms(void) { return hs.now_ms; }
ms_t __wrap_clock_wall_ms(void) { return 1795526055000 + hs.now_ms; }
ms_t __wrap_clock_jitter(ms_t low, ms_t high)
{
    (void)high;
    return low;
}

#endif
