/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to one person: Matrix has nothing that only one person sees, so they stand in the thread
   of what is answered and notify that person alone. Best effort, bounded, and never in the way of
   messages that matter. */
#include "adapters/matrix/codec_out.h"
#include "core/xalloc.h"
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <stdlib.h>
#include <string.h>

static const ms_t ANSWER_KEPT_MS = 3 * MS_MINUTE;

/* People of [people] before everybody else. */
enum { LANE_KNOWN, LANE_OTHERS };

struct matrix_reply {
    struct reply waits; /* the first member, so that it is one */
    struct matrix *matrix;
    json_t *content;
    char thread[LIMIT_ID_BYTES];
    char person[LIMIT_ID_BYTES]; /* "" for the room */
    char room[LIMIT_ID_BYTES];
    char transaction[256]; /* of each attempt, so that it stands there once; "" before the first */
    bool in_thread, known; /* known: of [people] */
    bool aside;            /* in a direct room */
    bool alone;            /* in no other, so that it is opened first */
    ms_t at_ms;
};

static struct matrix_reply *first_of(const struct matrix *m)
{
    struct reply *known = m->replies.lanes[LANE_KNOWN].first;
    return (struct matrix_reply *)(known ? known : m->replies.lanes[LANE_OTHERS].first);
}

static void reply_free(struct matrix_reply *r)
{
    json_decref(r->content);
    free(r);
}

/* It has come to an end, its reader having been told where that can be. */
static void reply_over(struct matrix_reply *r)
{
    if (!matrix_is_stopped(r->matrix))
        inbox_answered(r->matrix->inbox, r->waits.effect_id);
    reply_free(r);
}

static void send_waiting(void *arg);

static void send_reply(struct matrix_reply *r);
static void send_aside(struct matrix_reply *r);

static void on_opened(void *arg, const char *room, const struct matrix_result *result)
{
    struct matrix_reply *r = arg;
    struct matrix *m = r->matrix;
    if (room && !matrix_is_stopped(m)) {
        STR_SET(r->room, room);
        r->thread[0] = r->transaction[0] = '\0';
        send_reply(r);
        return;
    }
    if (!matrix_is_stopped(m))
        LOG(LOG_WARN, "matrix.answer", LS("error", matrix_why(result)));
    m->reply_sent = NULL;
    reply_over(r);
    if (!matrix_is_stopped(m))
        loop_timer_set(m->loop, &m->replies_timer, 0);
}

/* What the room does not take is said to its one reader alone. */
static void send_aside(struct matrix_reply *r)
{
    r->aside = true;
    matrix_direct_open(r->matrix,
                       &(struct matrix_direct_ask){ .person = r->person,
                                                    .ring = str_or_empty(json_string_value(
                                                        json_object_get(r->content, "body"))) },
                       on_opened, r);
}

static void on_answered(void *arg, const struct matrix_result *result)
{
    struct matrix_reply *r = arg;
    struct matrix *m = r->matrix;
    bool late = clock_monotonic_ms() - r->at_ms > ANSWER_KEPT_MS;
    m->reply_sent = NULL;
    if (result->outcome == MATRIX_REFUSED && r->in_thread && !matrix_is_stopped(m)) {
        /* A command that is itself an answer cannot open a thread. */
        r->in_thread = false;
        r->transaction[0] = '\0';
        m->reply_sent = r;
        send_reply(r);
        return;
    }
    if (result->outcome == MATRIX_REFUSED && r->known && r->person[0] && !r->aside &&
        !matrix_is_stopped(m)) {
        m->reply_sent = r;
        send_aside(r);
        return;
    }
    bool passing = result->outcome == MATRIX_LATER || result->outcome == MATRIX_UNKNOWN;
    if (passing && !late && !matrix_is_stopped(m)) {
        replies_put_back(&m->replies, &r->waits);
        loop_timer_set(m->loop, &m->replies_timer, ms_max(result->retry_after_ms, MS_SECOND));
        return;
    }
    if (result->outcome != MATRIX_OK && !matrix_is_stopped(m))
        LOG(LOG_INFO, "matrix.answer", LS("error", result->error));
    reply_over(r);
    send_waiting(m);
}

static void add_to(json_t *content, const char *field, const char *before, const char *note)
{
    CLEANUP(buf_done) struct buf text;
    const char *said = json_string_value(json_object_get(content, field));
    buf_init(&text, LIMIT_MESSAGE_BYTES);
    if (!said)
        return;
    buf_addf(&text, "%s%s%s", said, before, note);
    json_object_set_new(content, field, json_string(buf_text(&text)));
}

/* What it stands for beside its own question. */
static void add_note(const struct matrix_reply *r, json_t *content)
{
    CLEANUP(buf_done) struct buf note;
    buf_init(&note, LIMIT_ANSWER_BYTES);
    reply_add_note(&note, &r->waits);
    if (!note.bytes)
        return;
    add_to(content, "body", "", buf_text(&note));
    add_to(content, "formatted_body", "<br>", buf_text(&note) + 1); /* its line end */
}

static void send_reply(struct matrix_reply *r)
{
    struct matrix *m = r->matrix;
    CLEANUP(buf_done) struct buf path, transaction;
    json_t *content = json_copy(r->content);
    add_note(r, content);
    buf_init(&path, 2048);
    buf_init(&transaction, 256);
    if (!r->transaction[0]) {
        matrix_transaction(m, &transaction);
        STR_SET(r->transaction, buf_text(&transaction));
    }
    if (r->thread[0] && r->in_thread)
        matrix_put_thread(content, r->thread, r->thread);
    else if (r->thread[0])
        matrix_put_reply(content, r->thread);
    matrix_path(&path, "v3/rooms/*/send/m.room.message/*",
                (const char *const[]){ r->room, r->transaction });
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "PUT", .path = buf_text(&path), .body_new = content, .spends = true },
                on_answered, r);
}

static void send_waiting(void *arg)
{
    struct matrix *m = arg;
    ms_t wait = 0;
    if (m->reply_sent || !first_of(m) || matrix_is_stopped(m))
        return;
    if (!matrix_can_spare(m, &wait)) {
        loop_timer_set(m->loop, &m->replies_timer, wait);
        return;
    }
    struct matrix_reply *r = first_of(m);
    replies_take_off(&m->replies, &r->waits);
    m->reply_sent = r;
    if (r->alone)
        send_aside(r);
    else
        send_reply(r);
}

static bool is_known(const struct matrix *m, const char *person)
{
    return !person[0] || people_find(m->codec.people, "matrix", person, NULL);
}

/* ---- what found no place: the room hears of it ---- */

static void tell_of_left_out(void *arg);

static void tell_of_left_out_later(struct matrix *m)
{
    ms_t wait = replies_line_wait_ms(&m->replies, clock_monotonic_ms());
    if (wait == MS_NEVER || matrix_is_stopped(m))
        return;
    m->left_out_timer.fired = tell_of_left_out;
    m->left_out_timer.arg = m;
    loop_timer_set(m->loop, &m->left_out_timer, wait);
}

/* It waits like an answer, and has a place among those to people of [people]. */
static void tell_of_left_out(void *arg)
{
    struct matrix *m = arg;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, LIMIT_ANSWER_BYTES);
    uint64_t count = replies_line(&m->replies, m->style.prefix, clock_monotonic_ms(), &text);
    if (matrix_say_line(m, buf_text(&text)))
        replies_line_told(&m->replies, count);
    tell_of_left_out_later(m);
}

/* Where an answer is said. room NULL: the one that is served. */
struct place {
    const char *thread_id, *room;
    bool alone;
};

static struct place place_of(const struct matrix *m, const struct effect_answer *a)
{
    return (struct place){ .thread_id = a->thread_id,
                           .room = a->direct ? matrix_direct_room(m, a->person_id) : NULL,
                           .alone = a->alone };
}

/* Each in order of arrival. effect_id: for inbox_answered. False: it had no place. */
static bool enqueue(struct matrix *m, json_t *content_taken, const char *person, struct place place,
                    uint64_t effect_id)
{
    struct matrix_reply *r = xcalloc(1, sizeof *r);
    *r = (struct matrix_reply){ .matrix = m,
                                .content = content_taken,
                                .in_thread = !place.room,
                                .aside = place.room != NULL,
                                .alone = place.alone,
                                .known = is_known(m, person),
                                .at_ms = clock_monotonic_ms() };
    STR_SET(r->person, person);
    STR_SET(r->thread, place.thread_id);
    STR_SET(r->room, place.room ? place.room : m->codec.room);
    const char *text = str_or_empty(json_string_value(json_object_get(content_taken, "body")));
    r->waits = (struct reply){ .person = r->person,
                               .text = text,
                               .bytes = sizeof *r + 3 * strlen(text), /* in two ways, and around */
                               .lane = r->known ? LANE_KNOWN : LANE_OTHERS,
                               .effect_id = effect_id };
    enum reply_outcome outcome = replies_put(&m->replies, &r->waits);
    if (outcome != REPLY_WAITS)
        reply_over(r);
    if (outcome == REPLY_LEFT_OUT && m->replies_dropped++ % 100 == 0)
        LOG(LOG_WARN, "matrix.answers_dropped", LI("so_far", m->replies_dropped));
    if (outcome == REPLY_LEFT_OUT)
        tell_of_left_out_later(m);
    m->replies_timer.fired = send_waiting;
    m->replies_timer.arg = m;
    send_waiting(m);
    return outcome != REPLY_LEFT_OUT;
}

void matrix_answer(struct matrix *m, const struct effect *e)
{
    const struct effect_answer *a = &e->answer;
    struct matrix_style theirs = m->style;
    if (!a->person_id || !a->text)
        return;
    theirs.zone = matrix_zone_of(m, a->person_id);
    enqueue(m, matrix_answer_json(a, &theirs), a->person_id, place_of(m, a), e->id);
    matrix_ask_zone(m, a->person_id);
}

void matrix_answer_file(struct matrix *m, const struct effect_answer *a, json_t *content_taken)
{
    enqueue(m, content_taken, a->person_id, place_of(m, a), 0);
}

bool matrix_say_line(struct matrix *m, const char *text)
{
    return enqueue(m,
                   json_pack("{s:s, s:s, s:{}}", "msgtype", "m.notice", "body", text, "m.mentions"),
                   "", (struct place){ .room = NULL }, 0);
}

void matrix_say_aside(struct matrix *m, const char *room, const char *person, const char *text)
{
    const struct effect_answer a = { .person_id = person, .direct = true, .text = text };
    enqueue(m, matrix_answer_json(&a, &m->style), person, (struct place){ .room = room }, 0);
}

void matrix_answer_stop(struct matrix *m)
{
    loop_timer_cancel(&m->replies_timer);
    loop_timer_cancel(&m->left_out_timer);
    while (first_of(m)) {
        struct matrix_reply *r = first_of(m);
        replies_take_off(&m->replies, &r->waits);
        reply_free(r);
    }
    if (m->reply_sent)
        reply_free(m->reply_sent);
}
