/* SPDX-License-Identifier: Apache-2.0 */
/* What was said when our place in the room was lost, and what was voted and taken back while we
   were away. What was said is found by its time: pages are read backwards and forgotten again, but
   for the place where they begin, until one reaches back to the mark; from there they are read
   forwards and put as fast as the engine takes them. So memory is bounded however much was said,
   and it comes in the order of the room. The times of our own homeserver's events alone are
   believed, so that no other server can make us stop too early. */
#include "adapters/matrix/codec_out.h"
#include "core/xalloc.h"
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ms_t MARGIN_MS = MS_MINUTE, FULL_AGAIN_MS = 20;

enum phase {
    CATCH_BACKWARDS,
    CATCH_FORWARDS,
    CATCH_PUT,
    CATCH_VOTES,
    CATCH_PICTURE,
    CATCH_FIRST_PICTURE,
    CATCH_TELL,
};

struct matrix_catching {
    struct matrix *matrix;
    uint64_t effect_id; /* 0: it rests after a failure and goes on from here when asked again */
    uint64_t losses;    /* of our place, when it began */
    enum phase phase, failed_in;
    bool calling, stale; /* a call is under way; it was asked for by an earlier effect */
    struct loop_timer timer;

    ms_t since_ms;
    char *from, *end; /* of the page that comes next; where reading backwards began */
    json_t *page;     /* what is put now, oldest first */
    size_t put;
    bool last_page;

    char messages[LIMIT_CASES][LIMIT_ID_BYTES];
    size_t message_count, at;
    char *votes_from;
    bool approves[LIMIT_PEOPLE];
    size_t first_vote;

    char error[LIMIT_ERROR_BYTES];
    ms_t retry_after_ms;
};

static void go_on(void *arg);

/* ---- the end of it ---- */

static void catching_free(struct matrix_catching *c)
{
    loop_timer_cancel(&c->timer);
    json_decref(c->page);
    free(c->from);
    free(c->end);
    free(c->votes_from);
    free(c);
}

static void tell(struct matrix_catching *c, const char *error, ms_t retry_after_ms)
{
    STR_SET(c->error, error);
    c->retry_after_ms = retry_after_ms;
    c->failed_in = c->phase;
    c->phase = CATCH_TELL;
    go_on(c);
}

static void tell_failure(struct matrix_catching *c, const struct matrix_result *r)
{
    tell(c, r->error[0] ? r->error : r->errcode[0] ? r->errcode : "no answer", r->retry_after_ms);
}

static void tell_now(struct matrix_catching *c)
{
    struct matrix *m = c->matrix;
    struct event *e = inbox_new(m->inbox, EVENT_CAUGHT_UP, "matrix");
    e->effect_id = c->effect_id;
    e->error = c->error[0] ? arena_copy(inbox_arena(m->inbox), c->error) : NULL;
    e->heard.retry_after_ms = c->retry_after_ms;
    inbox_put(m->inbox, e);
    c->effect_id = 0;
    c->phase = c->failed_in;
    if (c->error[0])
        return;
    m->catching = NULL;
    catching_free(c);
}

/* True when the answer is not what is waited for now. */
static bool is_stale(struct matrix_catching *c)
{
    bool stale = c->stale;
    c->calling = c->stale = false;
    if (stale && !matrix_is_stopped(c->matrix))
        go_on(c);
    return stale || matrix_is_stopped(c->matrix);
}

/* ---- what was said when our place was lost ---- */

static void replace(char **text, const char *with)
{
    char *copy = with ? xstrdup(with) : NULL;
    free(*text);
    *text = copy;
}

/* Everything is put; the next mark says so. */
static void history_done(struct matrix_catching *c)
{
    c->matrix->lost_since_ms = 0;
    c->matrix->must_mark = true;
    c->phase = CATCH_VOTES;
}

static void put_page(struct matrix_catching *c)
{
    struct matrix *m = c->matrix;
    if (!m->room.joined) {
        tell(c, "I am not in the room now", 0);
        return;
    }
    for (; c->put < json_array_size(c->page); c->put++)
        if (!matrix_put(m, json_array_get(c->page, c->put), true)) {
            loop_timer_set(m->loop, &c->timer, FULL_AGAIN_MS);
            return;
        }
    json_decref(c->page);
    c->page = NULL;
    if (c->last_page)
        history_done(c);
    else
        c->phase = CATCH_FORWARDS;
    go_on(c);
}

static void begin_put(struct matrix_catching *c, json_t *page_taken, bool last)
{
    json_decref(c->page);
    c->page = page_taken;
    c->put = 0;
    c->last_page = last;
    c->phase = CATCH_PUT;
    go_on(c);
}

/* The page that reaches back to the mark: what is newer on it, oldest first. */
static json_t *turned(const struct matrix_catching *c, const json_t *chunk)
{
    json_t *page = json_array();
    for (size_t i = json_array_size(chunk); i > 0; i--)
        if (json_number(json_array_get(chunk, i - 1), "origin_server_ts", 0) >= c->since_ms)
            json_array_append(page, json_array_get(chunk, i - 1));
    return page;
}

static bool reaches_back(const struct matrix_catching *c, const json_t *chunk)
{
    size_t i;
    json_t *event;
    json_array_foreach(chunk, i, event)
    {
        ms_t at = matrix_sent_ms(c->matrix, event);
        if (at && at < c->since_ms)
            return true;
    }
    return json_array_size(chunk) == 0;
}

/* False when the page could not be read, and something is done about it. */
static bool page_is_read(struct matrix_catching *c, const struct matrix_result *r)
{
    if (r->too_long && matrix_page_too_long(c->matrix))
        go_on(c);
    else if (r->outcome != MATRIX_OK)
        tell_failure(c, r);
    else
        return true;
    return false;
}

static void on_backwards(void *arg, const struct matrix_result *r)
{
    struct matrix_catching *c = arg;
    const char *start = json_text(r->json, "start"), *end = json_text(r->json, "end");
    const json_t *chunk = json_object_get(r->json, "chunk");
    if (is_stale(c) || !page_is_read(c, r))
        return;
    bool newest = !c->from;
    if (newest)
        replace(&c->end, start);
    if (reaches_back(c, chunk) || !end || str_equal(end, c->from)) {
        if (newest)
            replace(&c->from, start);
        begin_put(c, turned(c, chunk), newest || !c->from);
        return;
    }
    replace(&c->from, end);
    go_on(c);
}

static void on_forwards(void *arg, const struct matrix_result *r)
{
    struct matrix_catching *c = arg;
    const char *end = json_text(r->json, "end");
    json_t *chunk = json_object_get(r->json, "chunk");
    if (is_stale(c) || !page_is_read(c, r))
        return;
    bool last = !end || str_equal(end, c->from) || str_equal(end, c->end) ||
                json_array_size(chunk) == 0;
    replace(&c->from, end);
    begin_put(c, json_incref(chunk), last);
}

/* ---- votes ---- */

static bool is_of(const struct person *p, const char *chat_id)
{
    for (size_t i = 0; i < p->id_count; i++)
        if (str_equal(p->ids[i].chat, "matrix") && str_equal(p->ids[i].id, chat_id))
            return true;
    return false;
}

static void mark_approving(struct matrix_catching *c, const char *chat_id)
{
    const struct people *people = c->matrix->codec.people;
    for (size_t i = 0; i < people->count; i++)
        c->approves[i] |= is_of(&people->rows[i], chat_id);
}

/* Votes that came by the polls after this reading began. */
static void mark_newer(struct matrix_catching *c)
{
    const struct matrix_codec *codec = &c->matrix->codec;
    for (size_t n = c->first_vote; n < codec->next_vote && n - c->first_vote < LIMIT_MATRIX_VOTES;
         n++) {
        const struct matrix_vote *v = &codec->votes[n % LIMIT_MATRIX_VOTES];
        if (str_equal(v->message, c->messages[c->at]) &&
            str_equal(v->reaction, codec->policy->approve_reaction))
            mark_approving(c, v->person);
    }
}

/* A reaction that was removed meanwhile leaves nothing behind: whoever could have approved and does
   not now is said to have taken it back, which means nothing where no approval stands. False when
   the queue is full. */
static bool put_gone(struct matrix_catching *c)
{
    struct matrix *m = c->matrix;
    const struct people *people = m->codec.people;
    const char *message = c->messages[c->at];
    bool fits = true;
    mark_newer(c);
    for (size_t i = 0; i < people->count && fits; i++) {
        const char *id = person_chat_id(&people->rows[i], "matrix");
        if (!id || c->approves[i])
            continue;
        const char *event_id = arena_printf(inbox_arena(m->inbox), "gone:%" PRId64 ":%.100s:%.100s",
                                            clock_wall_ms(), message, id);
        fits = inbox_put(m->inbox, matrix_vote_gone(&m->codec, message, id, event_id, m->inbox));
    }
    return fits;
}

static bool put_vote(struct matrix_catching *c, const json_t *event)
{
    struct matrix *m = c->matrix;
    const char *message = c->messages[c->at];
    if (str_equal(json_text(event, "sender"), m->codec.user)) {
        matrix_note_seed(m, message, event);
        return true;
    }
    struct event *e = matrix_read_event(&m->codec, event, m->inbox);
    if (!e || e->kind != EVENT_REACTED || !str_equal(e->message_id, message))
        return true;
    if (str_equal(e->reacted.reaction, m->codec.policy->approve_reaction))
        mark_approving(c, e->actor.id);
    return inbox_put(m->inbox, e);
}

static void begin_votes(struct matrix_catching *c)
{
    replace(&c->votes_from, NULL);
    memset(c->approves, 0, sizeof c->approves);
    c->first_vote = c->matrix->codec.next_vote;
}

static void on_relations(void *arg, const struct matrix_result *r)
{
    struct matrix_catching *c = arg;
    const char *from = json_text(r->json, "next_batch");
    const json_t *chunk = json_object_get(r->json, "chunk");
    bool fits = true, gone = r->outcome == MATRIX_REFUSED && r->status == 404;
    if (is_stale(c))
        return;
    if (r->outcome != MATRIX_OK && !gone) {
        tell_failure(c, r);
        return;
    }
    bool more = from && !str_equal(from, c->votes_from) && json_array_size(chunk) > 0;
    for (size_t i = 0; i < json_array_size(chunk) && fits; i++)
        fits = put_vote(c, json_array_get(chunk, i));
    if (!more && !gone && fits)
        fits = put_gone(c);
    if (!fits) {
        tell(c, "too much waits to be handled", 0);
        return;
    }
    replace(&c->votes_from, from);
    c->phase = more ? CATCH_VOTES : CATCH_PICTURE;
    go_on(c);
}

static void next_message(struct matrix_catching *c)
{
    c->at++;
    begin_votes(c);
    c->phase = CATCH_VOTES;
    go_on(c);
}

/* ---- what is offered on it: the process before may have ended between a picture and its reactions
   ---- */

static bool shows_votes(const json_t *content)
{
    return json_flag(json_object_get(content, MATRIX_OURS), "votes", false);
}

static void on_first_picture(void *arg, const struct matrix_result *r)
{
    struct matrix_catching *c = arg;
    if (is_stale(c))
        return;
    if (r->outcome == MATRIX_OK)
        matrix_seed_found(c->matrix, c->messages[c->at],
                          shows_votes(json_object_get(r->json, "content")));
    next_message(c);
}

/* The newest picture is the newest edit of ours, or the message itself when it was never edited. */
static void on_edits(void *arg, const struct matrix_result *r)
{
    struct matrix_catching *c = arg;
    size_t i;
    json_t *event;
    if (is_stale(c))
        return;
    if (r->outcome != MATRIX_OK) {
        next_message(c);
        return;
    }
    json_array_foreach(json_object_get(r->json, "chunk"), i, event)
    {
        const json_t *content = json_object_get(event, "content");
        if (!str_equal(json_text(event, "sender"), c->matrix->codec.user))
            continue;
        matrix_seed_found(c->matrix, c->messages[c->at],
                          shows_votes(json_object_get(content, "m.new_content")));
        next_message(c);
        return;
    }
    c->phase = CATCH_FIRST_PICTURE;
    go_on(c);
}

/* ---- asking ---- */

static void ask_room(struct matrix_catching *c, const char *pattern, matrix_done done)
{
    CLEANUP(buf_done) struct buf path = { 0 };
    buf_init(&path, 2048);
    matrix_path(&path, pattern, (const char *const[]){ c->matrix->codec.room, c->messages[c->at] });
    c->calling = true;
    matrix_call(c->matrix,
                &(struct matrix_ask){ .method = "GET", .path = buf_text(&path), .repeated = true },
                done, c);
}

static void ask_page(struct matrix_catching *c, bool forwards)
{
    c->calling = true;
    matrix_ask_page(c->matrix,
                    &(struct matrix_page){ .from = c->from,
                                           .to = forwards ? c->end : NULL,
                                           .forwards = forwards,
                                           .urgency = URGENCY_RAISES },
                    forwards ? on_forwards : on_backwards, c);
}

static void ask_votes(struct matrix_catching *c)
{
    if (c->at == c->message_count) {
        tell(c, "", 0);
        return;
    }
    c->calling = true;
    matrix_read_relations(c->matrix, c->messages[c->at], c->votes_from, on_relations, c);
}

static bool engine_takes(struct matrix_catching *c)
{
    bool full = inbox_is_full(c->matrix->inbox);
    if (full)
        loop_timer_set(c->matrix->loop, &c->timer, FULL_AGAIN_MS);
    return !full;
}

static void go_on(void *arg)
{
    struct matrix_catching *c = arg;
    if (c->calling || matrix_is_stopped(c->matrix) || (c->phase != CATCH_TELL && !engine_takes(c)))
        return;
    switch (c->phase) {
    case CATCH_BACKWARDS: ask_page(c, false); break;
    case CATCH_FORWARDS: ask_page(c, true); break;
    case CATCH_PUT: put_page(c); break;
    case CATCH_VOTES: ask_votes(c); break;
    case CATCH_PICTURE:
        ask_room(c, "v1/rooms/*/relations/*/m.replace/m.room.message?dir=b&limit=20", on_edits);
        break;
    case CATCH_FIRST_PICTURE: ask_room(c, "v3/rooms/*/event/*", on_first_picture); break;
    case CATCH_TELL: tell_now(c); break;
    }
}

/* ---- beginning ---- */

static void take_messages(struct matrix_catching *c, const struct effect_catch_up *asked)
{
    c->message_count = c->at = 0;
    for (size_t i = 0; i < asked->message_count && i < LIMIT_CASES; i++)
        c->message_count += STR_SET(c->messages[c->message_count], asked->message_ids[i]);
    begin_votes(c);
}

static ms_t lost_since(const struct matrix *m, const struct effect_catch_up *asked)
{
    return m->lost_since_ms == MATRIX_LOST_EVER ? asked->since_ms : m->lost_since_ms;
}

/* From the newest on. */
static void begin_history(struct matrix_catching *c, const struct effect_catch_up *asked)
{
    ms_t since = lost_since(c->matrix, asked);
    json_decref(c->page);
    c->page = NULL;
    replace(&c->from, NULL);
    replace(&c->end, NULL);
    c->losses = c->matrix->losses;
    c->since_ms = since - MARGIN_MS;
    c->phase = since > MARGIN_MS ? CATCH_BACKWARDS : CATCH_VOTES;
    if (c->phase == CATCH_VOTES)
        c->matrix->lost_since_ms = 0;
}

/* In the midst of what was said it goes on where it is, unless our place was lost once more. */
static bool is_in_history(const struct matrix_catching *c)
{
    bool there = c->phase == CATCH_BACKWARDS || c->phase == CATCH_FORWARDS || c->phase == CATCH_PUT;
    return there && c->losses == c->matrix->losses && (c->from || c->page);
}

void matrix_catch_up(struct matrix *m, const struct effect *e)
{
    struct matrix_catching *c = m->catching;
    if (!c)
        c = m->catching = xcalloc(1, sizeof *c);
    c->matrix = m;
    c->timer.fired = go_on;
    c->timer.arg = c;
    c->effect_id = e->id;
    c->stale |= c->calling;
    take_messages(c, &e->catch_up);
    if (!is_in_history(c))
        begin_history(c, &e->catch_up);
    go_on(c);
}

void matrix_catch_up_stop(struct matrix *m)
{
    if (m->catching)
        catching_free(m->catching);
    m->catching = NULL;
}
