/* SPDX-License-Identifier: Apache-2.0 */
/* What has changed in the room since a viewer's last look. The stream tells it: a message is
   touched by its own event, and by each edit, reaction and redaction behind it. */
#include "tests/sandbox/matrix/live.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/matrix/view.h"
#include "tests/sandbox/net/values.h"

#include <stdlib.h>

enum { FIRST_LOOK_EVENTS = 1000, LOOK_MESSAGES = 200 };

struct matrixd_look {
    uint64_t n; /* the newest event that was looked at */
    bool begun;
};

void *matrixd_look_new(void)
{
    struct matrixd_look *look = calloc(1, sizeof *look);
    if (!look)
        abort();
    return look;
}

void matrixd_look_free(void *look) { free(look); }

static const char *target_of(const struct matrixd_event *e)
{
    if (sandbox_same(sandbox_text(e->json, "type"), "m.room.redaction"))
        return sandbox_text(json_object_get(e->json, "content"), "redacts");
    return sandbox_text(matrixd_event_relation(e), "event_id");
}

/* The message that an event is about: itself, what it edits or reacts to, or what the event that it
   redacts was about. NULL: none. */
static const struct matrixd_event *touched(struct matrixd *m, const struct matrixd_room *room,
                                           const struct matrixd_event *e)
{
    for (int steps = 0; e && !matrixd_is_message(e, room) && steps < 2; steps++)
        e = e->room == room && *target_of(e) ? matrixd_event_by_id(m, room, target_of(e)) : NULL;
    return e && matrixd_is_message(e, room) ? e : NULL;
}

struct pick {
    const struct matrixd_event *list[LOOK_MESSAGES];
    size_t count;
};

/* False when there is no room for it. */
static bool pick(struct pick *p, const struct matrixd_event *e)
{
    for (size_t i = p->count; i > 0; i--)
        if (p->list[i - 1] == e)
            return true;
    if (p->count == LOOK_MESSAGES)
        return false;
    p->list[p->count++] = e;
    return true;
}

static void tell(struct matrixd *m, const struct pick *p, json_t *into)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->count; i++) {
        json_t *message = matrixd_view_message(m, p->list[i]);
        json_object_del(message, "content"); /* it may stand for bytes that JSON cannot hold */
        json_object_set_new(message, "n", json_integer((json_int_t)p->list[i]->n));
        json_array_append_new(list, message);
    }
    json_object_set_new(into, "room", list);
}

void matrixd_look_again(void *matrix, void *arg, json_t *into)
{
    struct matrixd *m = matrix;
    struct matrixd_look *look = arg;
    const struct matrixd_room *room = matrixd_room_by_id(m, MATRIXD_ROOM);
    struct pick p = { .count = 0 };
    size_t i = m->event_count;
    while (i > 0 && m->events[i - 1].n > look->n &&
           (look->begun || m->event_count - i < FIRST_LOOK_EVENTS))
        i--;
    look->begun = true;
    for (; i < m->event_count; i++) {
        const struct matrixd_event *message = touched(m, room, &m->events[i]);
        if (message && !pick(&p, message))
            break;
        look->n = m->events[i].n;
    }
    if (p.count > 0)
        tell(m, &p, into);
}
