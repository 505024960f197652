/* SPDX-License-Identifier: Apache-2.0 */
/* Our own newest messages in the room, for what they say of the records. */
#include "adapters/matrix/codec_out.h"
#include "core/xalloc.h"
#include "adapters/matrix/internal.h"
#include "host/json.h"
#include "port/witness.h"

#include <stdlib.h>
#include <string.h>

struct matrix_look {
    struct matrix *matrix;
    uint64_t effect_id;
    ms_t since_ms; /* as in the effect */
    int pages;
    struct sighting seen[LIMIT_SIGHTINGS];
    size_t count;
};

static void tell(struct matrix_look *l, const char *error)
{
    struct arena *arena = inbox_arena(l->matrix->inbox);
    struct event *e = inbox_new(l->matrix->inbox, EVENT_LOOKED_BACK, "matrix");
    struct sighting *seen = arena_take(arena, l->count * sizeof *seen + 1);
    memcpy(seen, l->seen, l->count * sizeof *seen);
    e->effect_id = l->effect_id;
    e->error = arena_copy(arena, error);
    e->looked = (struct event_looked){ .seen = seen, .count = l->count };
    inbox_put(l->matrix->inbox, e);
    free(l);
}

/* An edit carries the newer picture inside. */
const json_t *matrix_ours_in(const struct matrix *m, const json_t *event)
{
    const json_t *content = json_object_get(event, "content"),
                 *newer = json_object_get(json_object_get(content, "m.new_content"), MATRIX_OURS);
    bool own = str_equal(json_text(event, "sender"), m->codec.user);
    return own ? newer ? newer : json_object_get(content, MATRIX_OURS) : NULL;
}

/* False: the page reaches back behind that time. */
static bool take(struct matrix_look *l, const json_t *chunk)
{
    size_t i;
    json_t *event;
    bool newer = true;
    json_array_foreach(chunk, i, event)
    {
        newer &= json_number(event, "origin_server_ts", 0) >= l->since_ms;
        const json_t *ours = matrix_ours_in(l->matrix, event);
        if (l->count < LIMIT_SIGHTINGS && ours)
            witness_read(ours, &l->seen[l->count++]);
    }
    return newer;
}

static void read_page(struct matrix_look *l, const char *from);

static void on_page(void *arg, const struct matrix_result *r)
{
    struct matrix_look *l = arg;
    const char *end = json_text(r->json, "end");
    const json_t *chunk = json_object_get(r->json, "chunk");
    if (r->outcome != MATRIX_OK || !chunk) {
        tell(l, r->error[0]     ? r->error
                : r->errcode[0] ? r->errcode
                                : "no page of messages in the answer");
        return;
    }
    bool newer = take(l, chunk),
         goes_on = l->count == 0 || (l->since_ms && newer && l->count < LIMIT_SIGHTINGS);
    if (goes_on && end && json_array_size(chunk) && ++l->pages < LIMIT_MATRIX_SIGHT_PAGES &&
        !matrix_is_stopped(l->matrix))
        read_page(l, end);
    else
        tell(l, NULL);
}

/* The homeserver leaves out what others said, where it knows how to (RoomEventFilter, "senders");
   where it does not, we do. */
static void read_page(struct matrix_look *l, const char *from)
{
    struct matrix *m = l->matrix;
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 4096);
    JSON_AUTO *filter = json_pack("{s:[s], s:[s]}", "senders", m->codec.user, "types",
                                  "m.room.message");
    char *text = json_dumps(filter, JSON_COMPACT);
    matrix_path(&path,
                from ? "v3/rooms/*/messages?dir=b&limit=100&filter=*&from=*"
                     : "v3/rooms/*/messages?dir=b&limit=100&filter=*",
                (const char *const[]){ m->codec.room, str_or_empty(text), from });
    free(text);
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET", .path = buf_text(&path), .repeated = true },
                on_page, l);
}

void matrix_look_back(struct matrix *m, const struct effect *e)
{
    struct matrix_look *l = xcalloc(1, sizeof *l);
    l->matrix = m;
    l->effect_id = e->id;
    l->since_ms = e->look.since_ms;
    read_page(l, NULL);
}
