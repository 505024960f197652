/* What was voted and taken back while we were away, and what was said when our place in the room
   was lost. */
#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ms_t HISTORY_MARGIN_MS = MS_MINUTE, HISTORY_MOST_MS = MS_DAY;
enum { RELATION_PAGES = 20, HISTORY_PAGES = 50 };

struct matrix_reading {
    struct matrix *matrix;
    struct matrix_reading *next;
    char message[LIMIT_ID_BYTES];
    bool approves[LIMIT_PEOPLE];
    size_t first_vote;
    int pages;
    ms_t since_ms;
    json_t *events;
};

static struct matrix_reading *reading_new(struct matrix *m)
{
    struct matrix_reading *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->matrix = m;
    r->next = m->readings;
    m->readings = r;
    r->first_vote = m->codec.next_vote;
    return r;
}

static void look_ends(struct matrix *m);

static void reading_free(struct matrix_reading *r)
{
    for (struct matrix_reading **at = &r->matrix->readings; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            break;
        }
    struct matrix *m = r->matrix;
    json_decref(r->events);
    free(r);
    look_ends(m);
}

/* Some of what this look is for could not be read. */
static void look_fails(struct matrix *m, const struct matrix_result *r)
{
    STR_SET(m->catching_error, r->error[0] ? r->error : r->errcode[0] ? r->errcode : "no answer");
    m->catching_retry_ms = ms_max(m->catching_retry_ms, r->retry_after_ms);
}

/* The last reading of the look has ended. */
static void look_ends(struct matrix *m)
{
    if (m->readings || m->stopping || !m->catching_id)
        return;
    struct event *e = inbox_new(m->inbox, EVENT_CAUGHT_UP, "matrix");
    e->effect_id = m->catching_id;
    e->error = m->catching_error[0] ? arena_copy(inbox_arena(m->inbox), m->catching_error) : NULL;
    e->heard.retry_after_ms = m->catching_retry_ms;
    m->catching_id = 0;
    inbox_put(m->inbox, e);
}

static bool is_of(const struct person *p, const char *chat_id)
{
    for (size_t i = 0; i < p->id_count; i++)
        if (str_equal(p->ids[i].chat, "matrix") && str_equal(p->ids[i].id, chat_id))
            return true;
    return false;
}

static void mark_approving(struct matrix_reading *r, const char *chat_id)
{
    const struct people *people = r->matrix->codec.people;
    for (size_t i = 0; i < people->count; i++)
        r->approves[i] |= is_of(&people->rows[i], chat_id);
}

/* Votes that came by the polls after this reading began. */
static void mark_newer(struct matrix_reading *r)
{
    const struct matrix_codec *c = &r->matrix->codec;
    for (size_t n = r->first_vote; n < c->next_vote && n - r->first_vote < MATRIX_VOTES; n++) {
        const struct matrix_vote *v = &c->votes[n % MATRIX_VOTES];
        if (str_equal(v->message, r->message) &&
            str_equal(v->reaction, c->policy->approve_reaction))
            mark_approving(r, v->person);
    }
}

/* A reaction that was removed meanwhile leaves nothing behind: whoever could have approved and does
   not now is said to have taken it back, which means nothing where no approval stands. */
static void put_gone(struct matrix_reading *r)
{
    struct matrix *m = r->matrix;
    const struct people *people = m->codec.people;
    mark_newer(r);
    for (size_t i = 0; i < people->count; i++) {
        const char *id = person_chat_id(&people->rows[i], "matrix");
        if (!id || r->approves[i])
            continue;
        const char *event_id = arena_printf(inbox_arena(m->inbox), "gone:%" PRId64 ":%.100s:%.100s",
                                            clock_wall_ms(), r->message, id);
        inbox_put(m->inbox, matrix_vote_gone(&m->codec, r->message, id, event_id, m->inbox));
    }
}

static void take_votes(struct matrix_reading *r, const json_t *chunk)
{
    struct matrix *m = r->matrix;
    size_t i;
    json_t *event;
    json_array_foreach(chunk, i, event)
    {
        if (str_equal(json_text(event, "sender"), m->codec.user)) {
            matrix_note_seed(m, r->message, event);
            continue;
        }
        struct event *e = matrix_read_event(&m->codec, event, m->inbox);
        if (!e || e->kind != EVENT_REACTED || !str_equal(e->message_id, r->message))
            continue;
        if (str_equal(e->reacted.reaction, m->codec.policy->approve_reaction))
            mark_approving(r, e->actor.id);
        inbox_put(m->inbox, e);
    }
}

/* ---- what is offered on it: the process before may have ended between a picture and its reactions
   ---- */

static bool shows_votes(const json_t *content)
{
    return json_flag(json_object_get(content, MATRIX_OURS), "votes", false);
}

static void on_first_picture(void *arg, const struct matrix_result *result)
{
    struct matrix_reading *r = arg;
    if (result->outcome == MATRIX_OK && !r->matrix->stopping)
        matrix_seed_found(r->matrix, r->message,
                          shows_votes(json_object_get(result->json, "content")));
    reading_free(r);
}

/* The newest picture is the newest edit of ours, or the message itself when it was never edited. */
static void on_edits(void *arg, const struct matrix_result *result)
{
    struct matrix_reading *r = arg;
    struct matrix *m = r->matrix;
    size_t i;
    json_t *event;
    if (result->outcome != MATRIX_OK || m->stopping) {
        reading_free(r);
        return;
    }
    json_array_foreach(json_object_get(result->json, "chunk"), i,
                       event) if (str_equal(json_text(event, "sender"), m->codec.user))
    {
        matrix_seed_found(m, r->message,
                          shows_votes(
                              json_object_get(json_object_get(event, "content"), "m.new_content")));
        reading_free(r);
        return;
    }
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/event/*", (const char *const[]){ m->codec.room, r->message });
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET", .path = buf_text(&path), .repeated = true },
                on_first_picture, r);
}

static void read_picture(struct matrix_reading *r)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    matrix_path(&path, "v1/rooms/*/relations/*/m.replace/m.room.message?dir=b&limit=20",
                (const char *const[]){ r->matrix->codec.room, r->message });
    matrix_call(r->matrix,
                &(struct matrix_ask){ .method = "GET", .path = buf_text(&path), .repeated = true },
                on_edits, r);
}

static void on_relations(void *arg, const struct matrix_result *result)
{
    struct matrix_reading *r = arg;
    const char *from = json_text(result->json, "next_batch");
    if (result->outcome == MATRIX_OK && r->matrix->serves && !r->matrix->stopping) {
        take_votes(r, json_object_get(result->json, "chunk"));
        if (from && ++r->pages < RELATION_PAGES) {
            matrix_read_relations(r->matrix, r->message, from, on_relations, r);
            return;
        }
        if (!from)
            put_gone(r);
        read_picture(r);
        return;
    }
    if (result->outcome != MATRIX_OK)
        look_fails(r->matrix, result);
    reading_free(r);
}

/* ---- what was said when our place was lost ---- */

static void history_done(struct matrix_reading *r)
{
    for (size_t i = json_array_size(r->events); i > 0; i--)
        if (!matrix_put(r->matrix, json_array_get(r->events, i - 1)))
            LOG(LOG_ERROR, "matrix.history", LS("why", "the queue is full; an event was left out"));
    reading_free(r);
}

static void read_history(struct matrix_reading *r, const char *from);

static void on_history(void *arg, const struct matrix_result *result)
{
    struct matrix_reading *r = arg;
    const char *end = json_text(result->json, "end");
    const json_t *chunk = json_object_get(result->json, "chunk");
    bool older = json_array_size(chunk) == 0;
    size_t i;
    json_t *event;
    json_array_foreach(chunk, i, event)
    {
        older |= json_number(event, "origin_server_ts", 0) < r->since_ms;
        if (json_number(event, "origin_server_ts", 0) >= r->since_ms)
            json_array_append(r->events, event);
    }
    if (result->outcome != MATRIX_OK) {
        look_fails(r->matrix, result);
        r->matrix->lost_track = true;
        reading_free(r);
        return;
    }
    if (!older && end && ++r->pages < HISTORY_PAGES && !r->matrix->stopping)
        read_history(r, end);
    else
        history_done(r);
}

static void read_history(struct matrix_reading *r, const char *from)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 4096);
    matrix_path(&path,
                from ? "v3/rooms/*/messages?dir=b&limit=100&from=*"
                     : "v3/rooms/*/messages?dir=b&limit=100",
                (const char *const[]){ r->matrix->codec.room, from });
    matrix_call(r->matrix,
                &(struct matrix_ask){ .method = "GET", .path = buf_text(&path), .repeated = true },
                on_history, r);
}

void matrix_catch_up(struct matrix *m, const struct effect *e)
{
    m->catching_id = e->id;
    m->catching_error[0] = '\0';
    m->catching_retry_ms = 0;
    if (m->lost_track) {
        struct matrix_reading *r = reading_new(m);
        ms_t since = m->reached_wall_ms ? ms_min(e->catch_up.since_ms, m->reached_wall_ms)
                                        : e->catch_up.since_ms;
        r->since_ms = ms_max(since, clock_wall_ms() - HISTORY_MOST_MS) - HISTORY_MARGIN_MS;
        r->events = json_array();
        m->lost_track = false;
        read_history(r, NULL);
    }
    for (size_t i = 0; i < e->catch_up.message_count; i++) {
        struct matrix_reading *r = reading_new(m);
        STR_SET(r->message, e->catch_up.message_ids[i]);
        matrix_read_relations(m, r->message, NULL, on_relations, r);
    }
    look_ends(m);
}

void matrix_catch_up_stop(struct matrix *m)
{
    while (m->readings)
        reading_free(m->readings);
}
