/* SPDX-License-Identifier: Apache-2.0 */
/* The two reactions that are offered on a card that waits, and taken back when it does not any
   more. */
#include "adapters/matrix/codec_out.h"
#include "core/xalloc.h"
#include "adapters/matrix/internal.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>

static const ms_t SEED_AGAIN_MS = 5 * MS_SECOND;

/* A reaction of ours that is there, but whose id we do not know. */
static const char UNNAMED[] = "?";

/* ---- what we have offered ---- */

static struct matrix_seeded *seeded_on(struct matrix *m, const char *message_id)
{
    for (size_t i = 0; i < LIMIT_MATRIX_SEEDED; i++)
        if (str_equal(m->seeded[i].message, message_id))
            return &m->seeded[i];
    struct matrix_seeded *s = &m->seeded[m->next_seeded++ % LIMIT_MATRIX_SEEDED];
    *s = (struct matrix_seeded){ 0 };
    STR_SET(s->message, message_id);
    return s;
}

static const char *seed_key(const struct matrix *m, size_t i)
{
    return matrix_emoji(i == 0 ? m->codec.policy->approve_reaction
                               : m->codec.policy->decline_reaction);
}

/* ---- offering and taking back, one after the other ---- */

struct matrix_seeding {
    struct matrix *matrix;
    struct matrix_seeding *next;
    char message[MATRIX_VOTE_BYTES];
    bool wanted, busy;
    size_t at;
    int attempts;
};

static void seeding_done(struct matrix_seeding *s)
{
    struct matrix *m = s->matrix;
    for (struct matrix_seeding **at = &m->seedings; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    free(s);
    if (!matrix_is_stopped(m))
        loop_timer_set(m->loop, &m->seed_timer, 0);
}

/* True when this step failed and is to be tried again later. */
static bool seed_again(struct matrix_seeding *s, const struct matrix_result *r)
{
    struct matrix *m = s->matrix;
    s->busy = false;
    if (matrix_is_stopped(m) || r->outcome == MATRIX_OK || r->outcome == MATRIX_REFUSED ||
        ++s->attempts > LIMIT_SEED_ATTEMPTS)
        return false;
    loop_timer_set(m->loop, &m->seed_timer, ms_max(r->retry_after_ms, SEED_AGAIN_MS));
    return true;
}

static void on_seeded(void *arg, const struct matrix_result *r)
{
    struct matrix_seeding *s = arg;
    if (seed_again(s, r))
        return;
    struct matrix_seeded *entry = seeded_on(s->matrix, s->message);
    const char *id = json_text(r->json, "event_id");
    /* Refused: it is there already, from before a restart or a lost answer. */
    STR_SET(entry->ids[s->at],
            r->outcome == MATRIX_OK && id && strlen(id) < sizeof entry->ids[0] ? id : UNNAMED);
    s->at++;
    if (!matrix_is_stopped(s->matrix))
        loop_timer_set(s->matrix->loop, &s->matrix->seed_timer, 0);
}

static void put_seed(struct matrix_seeding *s)
{
    CLEANUP(buf_done) struct buf path, transaction;
    buf_init(&path, 2048);
    buf_init(&transaction, 256);
    matrix_transaction(s->matrix, &transaction);
    matrix_path(&path, "v3/rooms/*/send/m.reaction/*",
                (const char *const[]){ s->matrix->codec.room, buf_text(&transaction) });
    s->busy = true;
    matrix_call(s->matrix,
                &(struct matrix_ask){
                    .method = "PUT",
                    .path = buf_text(&path),
                    .body_new = matrix_reaction_json(s->message, seed_key(s->matrix, s->at)),
                    .spends = true },
                on_seeded, s);
}

static void on_redacted(void *arg, const struct matrix_result *r)
{
    struct matrix_seeding *s = arg;
    if (seed_again(s, r))
        return;
    seeded_on(s->matrix, s->message)->ids[s->at++][0] = '\0';
    if (!matrix_is_stopped(s->matrix))
        loop_timer_set(s->matrix->loop, &s->matrix->seed_timer, 0);
}

static void redact_seed(struct matrix_seeding *s, const char *id)
{
    CLEANUP(buf_done) struct buf path, transaction;
    buf_init(&path, 2048);
    buf_init(&transaction, 256);
    matrix_transaction(s->matrix, &transaction);
    matrix_path(&path, "v3/rooms/*/redact/*/*",
                (const char *const[]){ s->matrix->codec.room, id, buf_text(&transaction) });
    s->busy = true;
    matrix_call(s->matrix,
                &(struct matrix_ask){ .method = "PUT",
                                      .path = buf_text(&path),
                                      .body_new = json_object(),
                                      .spends = true },
                on_redacted, s);
}

void matrix_note_seed(struct matrix *m, const char *message_id, const json_t *event)
{
    struct matrix_seeded *entry = seeded_on(m, message_id);
    const char *id = json_text(event, "event_id"),
               *key = json_string_value(json_object_get(
                   json_object_get(json_object_get(event, "content"), "m.relates_to"), "key"));
    for (size_t i = 0; i < MATRIX_SEEDS; i++)
        if (id && str_equal(key, seed_key(m, i)))
            STR_SET(entry->ids[i], id);
}

static void on_own_relations(void *arg, const struct matrix_result *r)
{
    struct matrix_seeding *s = arg;
    size_t i;
    json_t *event;
    if (seed_again(s, r))
        return;
    struct matrix_seeded *entry = seeded_on(s->matrix, s->message);
    memset(entry->ids, 0, sizeof entry->ids);
    json_array_foreach(json_object_get(r->json, "chunk"), i,
                       event) if (str_equal(json_text(event, "sender"), s->matrix->codec.user))
        matrix_note_seed(s->matrix, s->message, event);
    entry->known = true;
    if (!matrix_is_stopped(s->matrix))
        loop_timer_set(s->matrix->loop, &s->matrix->seed_timer, 0);
}

void matrix_read_relations(struct matrix *m, const char *message_id, const char *from,
                           matrix_done done, void *arg)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 4096);
    matrix_path(&path,
                from ? "v1/rooms/*/relations/*/m.annotation/m.reaction?limit=100&from=*"
                     : "v1/rooms/*/relations/*/m.annotation/m.reaction?limit=100",
                (const char *const[]){ m->codec.room, message_id, from });
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "GET", .path = buf_text(&path), .repeated = true, .lists = true },
                done, arg);
}

static bool has_unnamed(const struct matrix_seeded *entry)
{
    return str_equal(entry->ids[0], UNNAMED) || str_equal(entry->ids[1], UNNAMED);
}

/* The next step of the first one. */
static void seed_now(void *arg)
{
    struct matrix *m = arg;
    struct matrix_seeding *s = m->seedings;
    ms_t wait = 0;
    if (!s || s->busy || matrix_is_stopped(m))
        return;
    struct matrix_seeded *entry = seeded_on(m, s->message);
    if (!s->wanted && (!entry->known || has_unnamed(entry))) {
        s->busy = true;
        matrix_read_relations(m, s->message, NULL, on_own_relations, s);
        return;
    }
    while (s->at < MATRIX_SEEDS && (entry->ids[s->at][0] != '\0') == s->wanted)
        s->at++;
    if (s->at == MATRIX_SEEDS) {
        entry->known = true;
        seeding_done(s);
    } else if (!matrix_can_spare(m, &wait)) {
        loop_timer_set(m->loop, &m->seed_timer, wait);
    } else if (s->wanted) {
        put_seed(s);
    } else {
        redact_seed(s, entry->ids[s->at]);
    }
}

void matrix_seed(struct matrix *m, const char *message_id, bool wanted)
{
    struct matrix_seeding **at = &m->seedings;
    if (strlen(message_id) >= MATRIX_VOTE_BYTES)
        return;
    seeded_on(m, message_id)->asked = true;
    for (; *at; at = &(*at)->next)
        if (str_equal((*at)->message, message_id) && !(*at)->busy && (*at)->at == 0) {
            (*at)->wanted = wanted;
            return;
        }
    *at = xcalloc(1, sizeof **at);
    **at = (struct matrix_seeding){ .matrix = m, .wanted = wanted };
    STR_SET((*at)->message, message_id);
    m->seed_timer.fired = seed_now;
    m->seed_timer.arg = m;
    loop_timer_set(m->loop, &m->seed_timer, 0);
}

void matrix_seed_found(struct matrix *m, const char *message_id, bool wanted)
{
    if (strlen(message_id) < MATRIX_VOTE_BYTES && !seeded_on(m, message_id)->asked)
        matrix_seed(m, message_id, wanted);
}

void matrix_seed_stop(struct matrix *m)
{
    loop_timer_cancel(&m->seed_timer);
    while (m->seedings)
        seeding_done(m->seedings);
}
