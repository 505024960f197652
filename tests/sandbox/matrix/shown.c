/* SPDX-License-Identifier: Apache-2.0 */
/* Events as clients see them. */
#include "tests/sandbox/matrix/shown.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- an event as clients see it ---- */

/* The newest edit by the author, and what a thread under the event is like. */
static json_t *bundled(struct matrixd *m, const struct matrixd_event *root)
{
    json_t *relations = json_object();
    const struct matrixd_event *edit = NULL, *latest = NULL;
    json_int_t replies = 0;
    for (size_t i = 0; i < m->event_count; i++) {
        const struct matrixd_event *e = &m->events[i];
        if (e->room != root->room || e->n <= root->n || e->redacted_by)
            continue;
        if (matrixd_relates(e->json, "m.replace", matrixd_id_of(root)) &&
            sandbox_same(sandbox_text(e->json, "sender"), sandbox_text(root->json, "sender")))
            edit = e;
        if (matrixd_relates(e->json, "m.thread", matrixd_id_of(root)))
            latest = e, replies++;
    }
    if (edit)
        json_object_set_new(relations, "m.replace", matrixd_shown(m, edit, NULL, true));
    if (latest)
        json_object_set_new(relations, "m.thread",
                            json_pack("{s:o, s:I, s:b}", "latest_event",
                                      matrixd_shown(m, latest, NULL, true), "count", replies,
                                      "current_user_participated", 0));
    return relations;
}

static json_t *unsigned_of(struct matrixd *m, const struct matrixd_event *e,
                           const struct matrixd_session *session)
{
    json_t *more =
        json_pack("{s:I}", "age",
                  (json_int_t)(sandbox_utc_ms() - sandbox_number(e->json, "origin_server_ts", 0)));
    if (session && e->txn && sandbox_same(e->device, session->device) &&
        sandbox_same(sandbox_text(e->json, "sender"), session->user->id))
        json_object_set_new(more, "transaction_id", json_string(e->txn));
    if (session)
        json_object_set_new(more, "membership",
                            json_string(matrixd_membership(e->room, session->user->id)));
    if (e->redacted_by)
        json_object_set(more, "redacted_because", e->redacted_by);
    if (e->replaced) {
        json_object_set(more, "prev_content", json_object_get(e->replaced, "content"));
        json_object_set(more, "replaces_state", json_object_get(e->replaced, "event_id"));
    }
    json_t *relations = e->related && !e->redacted_by ? bundled(m, e) : NULL;
    if (json_object_size(relations) > 0)
        json_object_set(more, "m.relations", relations);
    json_decref(relations);
    return more;
}

json_t *matrixd_shown(struct matrixd *m, const struct matrixd_event *e,
                      const struct matrixd_session *session, bool with_room)
{
    json_t *copy = json_copy(e->json);
    if (with_room)
        json_object_set_new(copy, "room_id", json_string(e->room->id));
    if (!json_object_get(copy, "unsigned"))
        json_object_set_new(copy, "unsigned", unsigned_of(m, e, session));
    return copy;
}
