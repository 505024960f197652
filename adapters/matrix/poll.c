/* SPDX-License-Identifier: Apache-2.0 */
/* One long poll of /sync: what it asks for, and where in its answer the room stands
   (client-server specification 1.19, "Syncing", "Filtering"). */
#include "adapters/matrix/internal.h"
#include "host/clock.h"
#include "host/json.h"

#include <stdlib.h>

static const ms_t POLL_MS = 30 * MS_SECOND, SLACK_MS = 15 * MS_SECOND;
enum { POLL_BYTES = 12 * 1024 };

static json_t *names_json(const char *const *names, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(names[i]));
    return array;
}

static void add_filter(struct matrix *m, struct buf *b)
{
    static const char *const timeline[] = { "m.room.message",    "m.reaction",
                                            "m.room.redaction",  "m.room.member",
                                            "m.room.encryption", "m.room.tombstone",
                                            "m.room.join_rules", "m.room.encrypted" };
    JSON_AUTO *rooms = json_pack("[s]", m->codec.room);
    for (size_t i = 0; i < MATRIX_DIRECTS; i++)
        if (m->directs[i].room[0])
            json_array_append_new(rooms, json_string(m->directs[i].room));
    static const char *const state[] = { "m.room.encryption", "m.room.tombstone",
                                         "m.room.join_rules" };
    JSON_AUTO *none = json_pack("{s:[s]}", "not_types", "*");
    JSON_AUTO *filter = json_pack("{s:O, s:O, s:{s:O, s:O, s:O, s:{s:i, s:o}, s:{s:o, s:b}}}",
                                  "presence", none, "account_data", none, "room", "rooms", rooms,
                                  "account_data", none, "ephemeral", none, "timeline", "limit",
                                  m->timeline_limit, "types", names_json(timeline, COUNT(timeline)),
                                  "state", "types", names_json(state, COUNT(state)),
                                  "lazy_load_members", 1);
    char *text = json_dumps(filter, JSON_COMPACT);
    matrix_path(b, "*", (const char *const[]){ str_or_empty(text) });
    free(text);
}

static void add_poll(struct matrix *m, struct buf *path, ms_t timeout_ms)
{
    buf_addf(path, "v3/sync?set_presence=offline&timeout=%lld&filter=", (long long)timeout_ms);
    add_filter(m, path);
}

/* Synapse gives the same answer to the same poll for two minutes (sync_response_cache_duration);
   nobody waits that long after they have invited us. */
void matrix_peek(struct matrix *m, matrix_done done)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, POLL_BYTES);
    add_poll(m, &path, clock_jitter(0, MS_SECOND));
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "GET", .path = buf_text(&path), .urgency = URGENCY_GUARDS },
                done, m);
}

/* The first poll after a break comes back at once. */
void matrix_poll(struct matrix *m, matrix_done done)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, POLL_BYTES);
    add_poll(m, &path, m->reached ? POLL_MS : 0);
    if (m->since)
        matrix_path(&path, "&since=*", (const char *const[]){ m->since });
    matrix_step(m, MATRIX_ASKED);
    m->polled = done;
    m->polled_ms = clock_monotonic_ms();
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = buf_text(&path),
                                      .timeout_ms = POLL_MS + SLACK_MS,
                                      .urgency = URGENCY_GUARDS },
                done, m);
}

/* An answer that is being fed ends first. */
void matrix_poll_anew(struct matrix *m)
{
    if (!matrix_life_polls(m->life))
        return;
    matrix_forget_calls(m, m->polled);
    matrix_step(m, MATRIX_OVER);
    loop_timer_set(m->loop, &m->again, 0);
}

/* ---- its answer ---- */

const json_t *matrix_room_in(const struct matrix *m, const json_t *answer, const char *kind)
{
    return json_object_get(json_object_get(json_object_get(answer, "rooms"), kind), m->codec.room);
}

bool matrix_is_invited(const struct matrix *m, const json_t *answer)
{
    return matrix_room_in(m, answer, "invite") != NULL;
}

const json_t *matrix_timeline(const struct matrix *m, const json_t *answer)
{
    return json_object_get(matrix_room_in(m, answer, "join"), "timeline");
}
