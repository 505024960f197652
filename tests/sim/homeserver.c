/* SPDX-License-Identifier: Apache-2.0 */
/* The room is a list of events; a token is a place in it ("s12": behind the twelfth). Shapes:
   client-server specification 1.19, "Syncing", "Getting events for a room", "Relationships between
   events". */
#include "tests/sim/homeserver.h"
#include "adapters/matrix/codec_in.h"
#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/internal.h"
#include "adapters/matrix/matrix.h"
#include "core/xalloc.h"
#include "host/json.h"
#include "net/http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROOM "!room:example.org"
#define USER "@reguard:example.org"
enum { EVENTS_MOST = 100000, NOWHERE = -1 };

struct room_event {
    char id[40], sender[40], type[20], about[24]; /* about: the message it is related to */
    char key[24], transaction[64];
    char *json;
    ms_t at_ms;
    bool redacted, own, replaces, heard; /* heard: a process has it on disk */
};

/* A request on its way. */
struct exchange {
    struct exchange *next;
    uint64_t id;
    int process;
    unsigned epoch;
    char *path, *body, *answer; /* answer: made before it is told, which is late; else NULL */
    char method;
    bool polls, scheduled; /* an answer to the poll is under way */
    ms_t sent_ms, timeout_ms;
    void (*done)(void *arg, const struct http_result *);
    void *arg;
};

static struct homeserver {
    struct chat_world *chat;
    struct room_event *events;
    size_t count, room;
    struct exchange *exchanges;
    uint64_t exchange_ids, own_ids;
    struct {
        struct adapter *adapter;
        int told, answered; /* acknowledged up to there; where the newest answer began */
        bool connected;
    } of[PROCESSES];
} server;

/* ---- the room ---- */

static void add_event(const struct room_event *event);

static char *text_of(json_t *json_taken)
{
    char *text = json_taken ? json_dumps(json_taken, JSON_COMPACT) : NULL;
    json_decref(json_taken);
    if (!text)
        abort();
    return text;
}

static struct room_event *event_with(const char *id)
{
    for (size_t i = server.count; i-- > 0;)
        if (str_equal(server.events[i].id, id))
            return &server.events[i];
    return NULL;
}

static void redact(const char *id)
{
    struct room_event *e = event_with(id);
    if (e)
        e->redacted = true;
}

void homeserver_did(const struct doing *d)
{
    struct room_event e = { .at_ms = d->at_ms, .json = in_matrix_json(d) };
    STR_SET(e.id, d->id);
    STR_SET(e.sender, d->person);
    STR_SET(e.type, d->kind == EVENT_SAID      ? "m.room.message"
                    : d->kind == EVENT_REACTED ? "m.reaction"
                                               : "m.room.redaction");
    if (d->kind == EVENT_REACTED)
        STR_SET(e.about, d->message_id);
    if (d->kind == EVENT_UNREACTED)
        redact(d->redacts);
    add_event(&e);
}

/* One of the account's own. Takes the content. */
static const char *add_own(const char *type, const char *id, json_t *content,
                           struct room_event *with)
{
    static char made[40];
    snprintf(made, sizeof made, "own.%" PRIu64, ++server.own_ids);
    with->at_ms = sim.now_ms;
    with->own = true;
    STR_SET(with->id, id ? id : made);
    STR_SET(with->sender, USER);
    STR_SET(with->type, type);
    with->json = text_of(json_pack("{s:s, s:s, s:s, s:I, s:o}", "type", type, "event_id", with->id,
                                   "sender", USER, "origin_server_ts", (json_int_t)sim.now_ms,
                                   "content", content));
    add_event(with);
    return made;
}

void homeserver_posted(const char *id, const char *edits, const char *content)
{
    json_t *json = json_loads(content, 0, NULL);
    struct room_event e = { .replaces = edits != NULL };
    STR_SET(e.about, edits);
    if (!json)
        abort();
    add_own("m.room.message", edits ? NULL : id, json, &e);
}

void homeserver_deleted(const char *id)
{
    struct room_event e = { 0 };
    redact(id);
    add_own("m.room.redaction", NULL, json_pack("{s:s}", "redacts", id), &e);
}

/* ---- who waits ---- */

static void exchange_free(struct exchange *x)
{
    free(x->path);
    free(x->body);
    free(x->answer);
    free(x);
}

/* Out of the list; NULL when it is not there any more. */
static struct exchange *take_exchange(uint64_t id)
{
    for (struct exchange **at = &server.exchanges; *at; at = &(*at)->next)
        if ((*at)->id == id) {
            struct exchange *x = *at;
            *at = x->next;
            return x;
        }
    return NULL;
}

static void answer_exchange(void *arg);

static void schedule(const struct exchange *x, happening what, ms_t after_ms)
{
    uint64_t *id = xcalloc(1, sizeof *id);
    struct process *me = sim.me;
    *id = x->id;
    sim.me = &sim.processes[x->process];
    later(sim.now_ms + after_ms, x->epoch, what, id);
    sim.me = me;
}

static void add_event(const struct room_event *event)
{
    if (server.count == EVENTS_MOST)
        return;
    if (server.count == server.room) {
        server.room = server.room ? 2 * server.room : 256;
        server.events = xrealloc(server.events, server.room * sizeof *server.events);
    }
    server.events[server.count++] = *event;
    for (struct exchange *x = server.exchanges; x; x = x->next)
        if (x->polls && !x->scheduled) {
            x->scheduled = true;
            schedule(x, answer_exchange, chance_between(&sim.world, 20, 400));
        }
}

/* ---- what the process is told of its connection ---- */

/* As the adapter has told it: known from there alone. */
static void note_connection(int process)
{
    const struct matrix *m = (const struct matrix *)server.of[process].adapter;
    bool up = m && m->standing.told.kind == EVENT_CHAT_UP;
    if (!m || up == server.of[process].connected)
        return;
    server.of[process].connected = up;
    tell("N", "matrix\t%s", up ? "connected" : "disconnected");
}

static void end_exchange(struct exchange *x, struct http_result *r)
{
    static struct buf body;
    int process = x->process;
    void (*done)(void *, const struct http_result *) = x->done;
    void *arg = x->arg;
    if (!body.ceiling)
        buf_init(&body, (size_t)64 * 1024 * 1024);
    buf_clear(&body);
    buf_add(&body, str_or_empty(x->answer));
    r->body = buf_text(&body);
    r->body_bytes = body.bytes;
    r->content_type = r->header = r->peer_address = "";
    exchange_free(x);
    done(arg, r);
    note_connection(process);
}

static void fail(struct exchange *x, enum http_outcome outcome, const char *error)
{
    free(x->answer);
    x->answer = NULL;
    end_exchange(x, &(struct http_result){ .outcome = outcome, .error = error });
}

static void exchange_fails(void *arg)
{
    struct exchange *x = take_exchange(*(uint64_t *)arg);
    free(arg);
    if (x)
        fail(x, HTTP_UNKNOWN, "the connection broke");
}

void homeserver_breaks(void)
{
    for (int i = 0; i < PROCESSES; i++)
        server.of[i].connected = false;
    for (struct exchange *x = server.exchanges; x; x = x->next)
        schedule(x, exchange_fails, chance_between(&sim.world, 0, 6 * MS_SECOND));
}

/* ---- answers ---- */

static struct buf *new_answer(void)
{
    static struct buf b;
    if (!b.ceiling)
        buf_init(&b, (size_t)64 * 1024 * 1024);
    buf_clear(&b);
    return &b;
}

/* What was redacted keeps no content. */
static void add_json(struct buf *b, const struct room_event *e)
{
    if (!e->redacted)
        buf_add(b, e->json);
    else
        buf_addf(b,
                 "{\"type\":\"%s\",\"event_id\":\"%s\",\"sender\":\"%s\",\"origin_server_ts\":"
                 "%" PRId64 ",\"content\":{}}",
                 e->type, e->id, e->sender, e->at_ms);
}

static void add_events(struct buf *b, int from, int to)
{
    for (int i = from; i < to; i++) {
        buf_add(b, i > from ? "," : "");
        add_json(b, &server.events[i]);
    }
}

static int place_in(const char *path, const char *name)
{
    const char *at = strstr(path, name);
    return at && at[strlen(name)] == 's' ? (int)strtol(at + strlen(name) + 1, NULL, 10) : NOWHERE;
}

static int limit_in(const char *path)
{
    const char *at = strstr(path, "&limit=");
    return at ? (int)strtol(at + 7, NULL, 10) : 10;
}

/* Where the answer's own events begin; before that is a gap. */
static int begin_of_timeline(const struct exchange *x, int from)
{
    enum { TIMELINE_LIMIT = 50 };
    int to = (int)server.count, begin = to - from > TIMELINE_LIMIT ? to - TIMELINE_LIMIT : from;
    bool first_in_long = strstr(x->path, "timeout=0&") != NULL;
    bool gap = first_in_long ? strikes(DIAL_SYNC_GAP, 40)
                             : chat_storm_strikes(server.chat, DIAL_SYNC_GAP, 40);
    return gap ? (int)chance_between(&sim.world, begin, to) : begin;
}

static void make_poll_answer(struct exchange *x)
{
    struct buf *b = new_answer();
    int since = place_in(x->path, "&since="), to = (int)server.count, from = since;
    if (from > to)
        from = to;
    if (since != NOWHERE && from < to && server.of[x->process].answered < from &&
        chat_storm_strikes(server.chat, DIAL_SYNC_TWICE, 20))
        from = server.of[x->process].answered;
    bool whole = since == NOWHERE || from == to;
    int begin = since == NOWHERE ? to : from == to ? to : begin_of_timeline(x, from);
    if (since == NOWHERE)
        begin = to > 10 ? to - 10 : 0;
    buf_addf(b, "{\"next_batch\":\"s%d\",\"rooms\":{", to);
    if (begin < to || !whole || since == NOWHERE) {
        buf_add(b, "\"join\":{\"" ROOM "\":{\"timeline\":{\"events\":[");
        add_events(b, begin, to);
        buf_addf(b, "],\"limited\":%s,\"prev_batch\":\"s%d\"}}}",
                 begin > from || since == NOWHERE ? "true" : "false", begin);
    }
    buf_add(b, "}}");
    if (since != NOWHERE && from < to)
        server.of[x->process].answered = from;
    x->answer = xstrdup(buf_text(b));
}

/* A page of the room: from there on, or backwards from there. */
static void make_page(struct exchange *x)
{
    struct buf *b = new_answer();
    bool forwards = strstr(x->path, "dir=f") != NULL, own = strstr(x->path, "senders") != NULL;
    int from = place_in(x->path, "&from="), to = place_in(x->path, "&to="),
        limit = limit_in(x->path), step = forwards ? 1 : -1, at, put = 0;
    int last = forwards ? to == NOWHERE ? (int)server.count : to : 0;
    from = from == NOWHERE ? forwards ? 0 : (int)server.count : from;
    from = from > (int)server.count ? (int)server.count : from;
    buf_addf(b, "{\"start\":\"s%d\",\"chunk\":[", from);
    for (at = from; (forwards ? at < last : at > last) && put < limit; at += step) {
        const struct room_event *e = &server.events[forwards ? at : at - 1];
        if (own && (!e->own || !str_equal(e->type, "m.room.message")))
            continue;
        buf_add(b, put++ ? "," : "");
        add_json(b, e);
    }
    buf_add(b, "]");
    if (at != (forwards ? (int)server.count : 0))
        buf_addf(b, ",\"end\":\"s%d\"", at);
    buf_add(b, "}");
    x->answer = xstrdup(buf_text(b));
}

/* Newest first. */
static void make_relations(struct exchange *x)
{
    struct buf *b = new_answer();
    bool edits = strstr(x->path, "/m.replace/") != NULL;
    const char *id = strstr(x->path, "/relations/") + strlen("/relations/");
    size_t bytes = strcspn(id, "/"), put = 0;
    buf_add(b, "{\"chunk\":[");
    for (size_t i = server.count; i-- > 0;) {
        const struct room_event *e = &server.events[i];
        bool fits = edits ? e->replaces : str_equal(e->type, "m.reaction");
        if (!fits || e->redacted || strlen(e->about) != bytes || strncmp(e->about, id, bytes) != 0)
            continue;
        buf_add(b, put++ ? "," : "");
        add_json(b, e);
    }
    buf_add(b, "]}");
    x->answer = xstrdup(buf_text(b));
}

static bool make_event(struct exchange *x)
{
    struct buf *b = new_answer();
    const struct room_event *e = event_with(strstr(x->path, "/event/") + strlen("/event/"));
    if (e)
        add_json(b, e);
    x->answer = xstrdup(e ? buf_text(b) : "{\"errcode\":\"M_NOT_FOUND\",\"error\":\"no event\"}");
    return e != NULL;
}

static bool is_own_reaction(const struct room_event *e, const char *about, const char *key)
{
    return e->own && !e->redacted && str_equal(e->type, "m.reaction") &&
           str_equal(e->about, about) && str_equal(e->key, key);
}

/* The same transaction again is the same event; the same reaction again is none. */
static bool make_sent(struct exchange *x)
{
    const char *type = strstr(x->path, "/send/") + strlen("/send/"), *slash = strrchr(x->path, '/');
    json_t *content = json_loads(str_or_empty(x->body), 0, NULL);
    const json_t *relation = json_object_get(content, "m.relates_to");
    struct room_event e = { 0 };
    char name[20];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(type, "/"), type);
    STR_SET(e.transaction, slash + 1);
    STR_SET(e.about, json_text(relation, "event_id"));
    STR_SET(e.key, json_text(relation, "key"));
    const char *id = NULL;
    bool there = false;
    for (size_t i = 0; i < server.count; i++) {
        id = str_equal(server.events[i].transaction, e.transaction) ? server.events[i].id : id;
        there |= e.key[0] && is_own_reaction(&server.events[i], e.about, e.key);
    }
    if (!id && !there && content)
        id = add_own(name, NULL, json_incref(content), &e);
    json_decref(content);
    struct buf *b = new_answer();
    buf_addf(b, id ? "{\"event_id\":\"%s\"}" : "{\"errcode\":\"M_DUPLICATE_ANNOTATION\"}", id);
    x->answer = xstrdup(buf_text(b));
    return id != NULL;
}

static void make_redaction(struct exchange *x)
{
    const char *id = strstr(x->path, "/redact/") + strlen("/redact/");
    char name[40];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(id, "/"), id);
    homeserver_deleted(name);
    x->answer = xstrdup("{\"event_id\":\"own\"}");
}

/* What never changes. */
static const struct {
    const char *part, *answer;
} FIXED[] = {
    { "/account/whoami", "{\"user_id\":\"" USER "\",\"device_id\":\"D\"}" },
    { "/joined_rooms", "{\"joined_rooms\":[\"" ROOM "\"]}" },
    { "/state/m.room.member", "{\"membership\":\"join\",\"displayname\":\"reguard\"}" },
    { "/state/m.room.create", "{\"room_version\":\"11\",\"m.federate\":false}" },
    { "/state/m.room.join_rules", "{\"join_rule\":\"invite\"}" },
    { "/client/versions", "{\"versions\":[\"v1.11\"],\"unstable_features\":{}}" },
};

static long make_answer(struct exchange *x)
{
    bool known = true;
    if (strstr(x->path, "/messages?"))
        make_page(x);
    else if (strstr(x->path, "/relations/"))
        make_relations(x);
    else if (strstr(x->path, "/event/"))
        known = make_event(x);
    else if (x->method == 'P' && strstr(x->path, "/send/"))
        return make_sent(x) ? 200 : 400;
    else if (x->method == 'P' && strstr(x->path, "/redact/"))
        make_redaction(x);
    for (size_t i = 0; i < COUNT(FIXED) && !x->answer && x->method == 'G'; i++)
        if (strstr(x->path, FIXED[i].part))
            x->answer = xstrdup(FIXED[i].answer);
    if (!x->answer) {
        known = false;
        x->answer = xstrdup("{\"errcode\":\"M_NOT_FOUND\",\"error\":\"there is none\"}");
    }
    return known ? 200 : 404;
}

/* The process may be meant to die when something that somebody did arrives. */
static void note_arrival(const struct exchange *x)
{
    if (!strstr(x->answer, "\"timeline\""))
        return;
    sim.events++;
    if (!sim.me->dies_with_doing)
        return;
    sim.me->dies_in = sim.me->dies_with_doing;
    sim.me->dies_with_doing = 0;
}

/* True: it comes later. */
static bool is_late(struct exchange *x)
{
    if (!strstr(x->answer, "\"timeline\"") || !chat_storm_strikes(server.chat, DIAL_SYNC_LATE, 20))
        return false;
    ms_t late = chance_between(&sim.world, MS_SECOND, MS_MINUTE),
         left = ms_max(x->sent_ms + x->timeout_ms - sim.now_ms, 0);
    x->next = server.exchanges;
    server.exchanges = x;
    schedule(x, late < left ? answer_exchange : exchange_fails, ms_min(late, left));
    return true;
}

static bool has_news(const struct exchange *x)
{
    int since = place_in(x->path, "&since=");
    return since == NOWHERE || since < (int)server.count;
}

static void answer_poll(struct exchange *x)
{
    bool first = strstr(x->path, "timeout=0&") != NULL;
    bool made = x->answer != NULL;
    if (!made && strstr(x->path, "&since=") && has_news(x) &&
        (first ? strikes(DIAL_SYNC_FORGOTTEN, 6)
               : chat_storm_strikes(server.chat, DIAL_SYNC_FORGOTTEN, 3))) {
        x->answer = xstrdup("{\"errcode\":\"M_UNKNOWN\",\"error\":\"Unknown position\"}");
        end_exchange(x, &(struct http_result){ .outcome = HTTP_ANSWERED, .status = 400 });
        return;
    }
    if (!made)
        make_poll_answer(x);
    if (!made && is_late(x))
        return;
    if (strstr(x->answer, "\"timeline\"") && chat_storm_strikes(server.chat, DIAL_SYNC_LOST, 15)) {
        fail(x, HTTP_UNKNOWN, "the connection broke");
        return;
    }
    note_arrival(x);
    point("a poll is answered");
    end_exchange(x, &(struct http_result){ .outcome = HTTP_ANSWERED, .status = 200 });
}

static void answer_exchange(void *arg)
{
    struct exchange *x = take_exchange(*(uint64_t *)arg);
    free(arg);
    if (!x)
        return;
    if (!chat_is_reachable(server.chat)) {
        fail(x, HTTP_UNKNOWN, "the connection broke");
    } else if (x->polls) {
        answer_poll(x);
    } else if (chat_storm_strikes(server.chat, DIAL_UNREADABLE, 15)) {
        end_exchange(x, &(struct http_result){ .outcome = HTTP_ANSWERED, .status = 502 });
    } else {
        long status = make_answer(x);
        end_exchange(x, &(struct http_result){ .outcome = HTTP_ANSWERED, .status = status });
    }
}

static void refuse_exchange(void *arg)
{
    struct exchange *x = take_exchange(*(uint64_t *)arg);
    free(arg);
    if (x)
        fail(x, HTTP_NOT_SENT, "the connection was refused");
}

/* ---- http.h ---- */

bool http_send(struct http *http, const struct http_request *r, struct err *err)
{
    (void)http, (void)err;
    struct exchange *x = xcalloc(1, sizeof *x);
    *x = (struct exchange){ .next = server.exchanges,
                            .id = ++server.exchange_ids,
                            .process = sim.me->no,
                            .epoch = sim.me->epoch,
                            .path = xstrdup(r->url),
                            .body = r->body ? xstrdup(r->body) : NULL,
                            .method = r->method[0],
                            .polls = strstr(r->url, "/sync?") != NULL,
                            .sent_ms = sim.now_ms,
                            .timeout_ms = r->timeout_ms,
                            .done = r->done,
                            .arg = r->arg };
    server.exchanges = x;
    note_connection(sim.me->no);
    if (!chat_is_reachable(server.chat)) {
        schedule(x, refuse_exchange, MS_SECOND);
        return true;
    }
    const char *timeout = x->polls ? strstr(x->path, "timeout=") : NULL;
    ms_t wait = timeout && !has_news(x) ? strtoll(timeout + strlen("timeout="), NULL, 10) : 0;
    x->scheduled = wait == 0;
    schedule(x, answer_exchange, wait + chance_between(&sim.world, 20, 200));
    return true;
}

void http_forget(struct http *http, const void *arg)
{
    (void)http;
    for (struct exchange **at = &server.exchanges; *at;) {
        struct exchange *x = *at;
        if (x->arg != arg) {
            at = &x->next;
            continue;
        }
        *at = x->next;
        exchange_free(x);
    }
}

struct http_result *http_result_keep(const struct http_result *r)
{
    struct http_result *kept = xcalloc(1, sizeof *kept);
    *kept = *r;
    char *body = xcalloc(1, r->body_bytes + 1);
    memcpy(body, r->body, r->body_bytes);
    kept->body = body;
    return kept;
}

void http_result_free(struct http_result *r)
{
    if (r)
        free((void *)(uintptr_t)r->body);
    free(r);
}

/* ---- its processes ---- */

struct adapter *homeserver_adapter(const char *cursor)
{
    struct err err = { "" };
    server.of[sim.me->no].told = cursor ? place_in(cursor, "") : NOWHERE;
    server.of[sim.me->no].answered = (int)server.count;
    server.of[sim.me->no].connected = false;
    struct adapter *a = matrix_new(virtual_loop(), NULL, process_inbox(),
                                   &(struct matrix_options){
                                       .homeserver = "https://matrix.example.org",
                                       .token_file = process_token_file(),
                                       .user = USER,
                                       .room = ROOM,
                                       .prefix = "!reguard",
                                       .ca_file = "",
                                       .salt = "salt",
                                       .cursor = cursor,
                                       .people = process_people(),
                                       .policy = process_policy(),
                                   },
                                   &err);
    if (!a) {
        fprintf(stderr, "sim: Matrix does not begin: %s\n", err.text);
        exit(2);
    }
    server.of[sim.me->no].adapter = a;
    return a;
}

void homeserver_use_rules(void)
{
    if (server.of[sim.me->no].adapter)
        matrix_set_rules(server.of[sim.me->no].adapter, process_people(), process_policy());
}

void homeserver_process_gone(void)
{
    struct adapter *a = server.of[sim.me->no].adapter;
    server.of[sim.me->no].adapter = NULL;
    if (a)
        a->ops->stop(a);
}

/* It is never sent again. Each word in the room is for the process, so it has it on disk by now. */
static void tell_passed(const struct room_event *e)
{
    if (e->own)
        return;
    bool passed_over = str_equal(e->type, "m.room.message") && !e->heard;
    tell(passed_over ? "l" : "a", "matrix\t%s", e->id);
}

/* The place, and in the third line since when something is missing that is looked for still. */
void homeserver_marked(const char *mark)
{
    int place = place_in(mark, ""), *told = &server.of[sim.me->no].told;
    const char *second = strchr(mark, '\n'), *third = second ? strchr(second + 1, '\n') : NULL;
    if (third && strtoll(third + 1, NULL, 10) != 0)
        return;
    if (*told == NOWHERE) /* what was said before the first poll is not for it */
        *told = place;
    for (; *told < place && *told < (int)server.count; ++*told)
        tell_passed(&server.events[*told]);
}

void homeserver_heard(const char *id)
{
    struct room_event *e = id ? event_with(id) : NULL;
    if (e)
        e->heard = true;
}

void homeserver_new(struct chat_world *chat)
{
    memset(&server, 0, sizeof server);
    server.chat = chat;
}

void homeserver_free(void)
{
    for (size_t i = 0; i < server.count; i++)
        free(server.events[i].json);
    free(server.events);
    while (server.exchanges) {
        struct exchange *x = server.exchanges;
        server.exchanges = x->next;
        exchange_free(x);
    }
    memset(&server, 0, sizeof server);
}
