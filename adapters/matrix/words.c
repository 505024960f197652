/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that the homeserver shows later by itself: delayed events, as MSC4140 has them and
   Synapse serves them under org.matrix.msc4140 (github.com/matrix-org/matrix-spec-proposals,
   pull 4140; Synapse's max_event_delay_duration allows them). Whoever knows the id of one may take
   it back without a token, so that ids go nowhere but into the records. */
#include "adapters/matrix/codec_out.h"
#include "adapters/matrix/internal.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DELAYED "unstable/org.matrix.msc4140/delayed_events"
/* Where a homeserver does not say how far ahead it takes one; what is less is of no use. */
static const ms_t HOLDS_UNTOLD_MS = MS_DAY, HOLDS_LEAST_MS = 5 * MS_MINUTE;
static const char none_offered[] =
    "this homeserver offers no messages for later (delayed events; in Synapse "
    "max_event_delay_duration allows them)";

struct matrix_word {
    struct matrix *matrix;
    uint64_t effect_id;
    enum urgency urgency;
    enum event_kind kind;
    char id[128];
    ms_t at_ms, delay_ms;
    const char *action; /* on one that stands: cancel, restart */
    bool old_form;      /* asked for as older homeservers know it */
};

static struct matrix_word *word_new(struct matrix *m, const struct effect *e, enum event_kind kind)
{
    struct matrix_word *w = xcalloc(1, sizeof *w);
    w->matrix = m;
    w->effect_id = e->id;
    w->urgency = e->urgency;
    w->kind = kind;
    return w;
}

static struct event *outcome(struct matrix_word *w, const struct matrix_result *r)
{
    struct arena *arena = inbox_arena(w->matrix->inbox);
    struct event *e = inbox_new(w->matrix->inbox, w->kind, "matrix");
    e->effect_id = w->effect_id;
    if (r->outcome != MATRIX_OK)
        e->error = arena_printf(arena, "homeserver: %s", matrix_why(r));
    if (w->kind != EVENT_WORDS_READ) {
        e->word.id = arena_copy(arena, w->id);
        e->word.at_ms = w->at_ms;
        e->word.retry_after_ms = r->retry_after_ms;
        e->word.in_doubt = r->outcome == MATRIX_UNKNOWN;
    }
    return e;
}

/* ---- leaving one ---- */

/* As Synapse says it now, and as it did before it told its maximum. */
static bool was_too_far(const struct matrix_result *r)
{
    return str_equal(r->errcode, "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE") ||
           str_equal(json_text(r->json, "org.matrix.msc4140.errcode"), "M_MAX_DELAY_EXCEEDED");
}

static void on_left(void *arg, const struct matrix_result *r)
{
    struct matrix_word *w = arg;
    if (r->outcome == MATRIX_OK)
        STR_SET(w->id, json_text(r->json, "delay_id"));
    struct event *e = outcome(w, r);
    if (was_too_far(r))
        e->word.holds_ms = json_number(r->json, "org.matrix.msc4140.max_delay", w->delay_ms / 2);
    if (r->outcome == MATRIX_OK && !w->id[0]) {
        e->error = "the homeserver took the message and told no id";
        e->word.in_doubt = true;
    }
    inbox_put(w->matrix->inbox, e);
    free(w);
}

/* ---- one that stands: taken back, or its time begun anew ---- */

static void act(struct matrix_word *w);

/* Refused: it is not there any more, or is just being shown; what stands is read anew. */
static void on_acted(void *arg, const struct matrix_result *r)
{
    struct matrix_word *w = arg;
    bool refused = r->outcome == MATRIX_REFUSED;
    if (refused && !w->old_form && str_equal(r->errcode, "M_UNRECOGNIZED") &&
        !matrix_is_stopped(w->matrix)) {
        w->old_form = true;
        act(w);
        return;
    }
    struct event *e = outcome(w, r);
    e->word.in_doubt |= refused;
    inbox_put(w->matrix->inbox, e);
    free(w);
}

static void act(struct matrix_word *w)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 1024);
    matrix_path(&path, w->old_form ? DELAYED "/*" : DELAYED "/*/*",
                (const char *const[]){ w->id, w->action });
    matrix_call(w->matrix,
                &(struct matrix_ask){ .method = "POST",
                                      .path = buf_text(&path),
                                      .body_new = w->old_form
                                                      ? json_pack("{s:s}", "action", w->action)
                                                      : json_object(),
                                      .urgency = w->urgency },
                on_acted, w);
}

/* ---- by effect ---- */

/* The transaction id is this call's alone. */
void matrix_leave_word(struct matrix *m, const struct effect *e)
{
    struct matrix_word *w = word_new(m, e, EVENT_WORD_LEFT);
    w->action = "restart";
    CLEANUP(buf_done) struct buf path, transaction;
    buf_init(&path, 2048);
    buf_init(&transaction, 512);
    w->delay_ms = ms_max(e->word.at_ms - clock_wall_ms(), MS_SECOND);
    w->at_ms = clock_wall_ms() + w->delay_ms;
    STR_SET(w->id, e->word.id);
    if (w->id[0]) {
        act(w);
        return;
    }
    matrix_transaction(m, &transaction);
    matrix_path(&path, "v3/rooms/*/send/m.room.message/*?org.matrix.msc4140.delay=",
                (const char *const[]){ m->codec.room, buf_text(&transaction) });
    buf_addf(&path, "%" PRId64, w->delay_ms);
    matrix_call(m,
                &(struct matrix_ask){ .method = "PUT",
                                      .path = buf_text(&path),
                                      .body_new = matrix_word_json(e->word.text, &m->style),
                                      .spends = true,
                                      .waits_alone = true,
                                      .urgency = e->urgency },
                on_left, w);
}

void matrix_take_word(struct matrix *m, const struct effect *e)
{
    struct matrix_word *w = word_new(m, e, EVENT_WORD_TAKEN);
    STR_SET(w->id, e->word.id);
    w->action = "cancel";
    act(w);
}

/* ---- what stands there ---- */

/* A number's name now, or as it was before. */
static ms_t number(const json_t *row, const char *name, const char *former)
{
    return json_number(row, name, json_number(row, former, 0));
}

static struct event_words words_in(struct matrix *m, const json_t *rows)
{
    struct arena *arena = inbox_arena(m->inbox);
    struct standing_word *all = arena_take(arena, LIMIT_LEFT_WORDS * sizeof *all);
    size_t count = 0, i;
    const json_t *row;
    json_array_foreach(rows, i, row)
    {
        const char *id = json_text_or_empty(row, "delay_id");
        if (count == LIMIT_LEFT_WORDS || !id[0] ||
            !str_equal(json_text(row, "room_id"), m->codec.room))
            continue;
        all[count++] = (struct standing_word){
            .id = arena_copy(arena, id),
            .text = arena_copy(arena, json_text_or_empty(json_object_get(row, "content"), "body")),
            .at_ms = number(row, "delayed_since_ts", "running_since") +
                     number(row, "delay_ms", "delay")
        };
    }
    return (struct event_words){ .all = all, .count = count };
}

static void on_read(void *arg, const struct matrix_result *r)
{
    struct matrix_word *w = arg;
    const json_t *rows = json_object_get(r->json, "delayed_events");
    struct event *e = outcome(w, r);
    if (r->outcome == MATRIX_OK && !json_is_array(rows))
        e->error = "homeserver: no list in the answer";
    else if (r->outcome == MATRIX_OK)
        e->words = words_in(w->matrix, rows);
    inbox_put(w->matrix->inbox, e);
    free(w);
}

void matrix_read_words(struct matrix *m, const struct effect *e)
{
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "GET", .path = DELAYED, .repeated = true, .urgency = e->urgency },
                on_read, word_new(m, e, EVENT_WORDS_READ));
}

/* ---- what is offered ---- */

static void set_offer(struct matrix *m, ms_t holds_ms)
{
    bool enough = holds_ms >= HOLDS_LEAST_MS;
    m->holds_ms = enough ? holds_ms : 0;
    m->holds_why = enough         ? ""
                   : holds_ms > 0 ? "this homeserver takes messages for later less than five "
                                    "minutes ahead"
                                  : none_offered;
    matrix_settle(m);
}

static void on_capabilities(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const json_t *row = json_object_get(json_object_get(r->json, "capabilities"),
                                        "org.matrix.msc4140.delayed_events");
    set_offer(m, json_number(row, "max_delay_ms", HOLDS_UNTOLD_MS));
}

/* What cannot be read stays as it was. */
static void on_versions(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const json_t *offers = json_object_get(r->json, "unstable_features");
    if (matrix_is_stopped(m) || r->outcome != MATRIX_OK)
        return;
    if (!json_flag(offers, "org.matrix.msc4140", false))
        set_offer(m, 0);
    else
        matrix_call(m,
                    &(struct matrix_ask){ .method = "GET",
                                          .path = "v3/capabilities",
                                          .repeated = true,
                                          .urgency = URGENCY_GUARDS },
                    on_capabilities, m);
}

void matrix_read_offer(struct matrix *m)
{
    m->holds_why = m->holds_why ? m->holds_why : "this homeserver has not told what it offers";
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = "versions",
                                      .repeated = true,
                                      .urgency = URGENCY_GUARDS },
                on_versions, m);
}
