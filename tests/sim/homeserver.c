/* SPDX-License-Identifier: Apache-2.0 */
/* The room is a list of events; shapes are those of the client-server specification 1.19. */
#include "tests/sim/homeserver.h"
#include "adapters/matrix/codec_out.h"
#include "core/xalloc.h"
#include "host/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ROOM "!room:example.org"
#define USER "@reguard:example.org"
enum { EVENTS_MOST = 100000 };

struct room_event {
    char id[40], sender[40], type[20], about[24]; /* about: the message it is related to */
    char key[24], transaction[64];
    char *json;
    ms_t at_ms;
    bool redacted, own, replaces, heard; /* heard: a process has it on disk */
};

static struct homeserver {
    struct chat_world *chat;
    struct room_event *events;
    size_t count, room;
    uint64_t own_ids;
} server;

/* ---- the room ---- */

static void add_event(const struct room_event *event)
{
    if (server.count == EVENTS_MOST)
        return;
    if (server.count == server.room) {
        server.room = server.room ? 2 * server.room : 256;
        server.events = xrealloc(server.events, server.room * sizeof *server.events);
    }
    server.events[server.count++] = *event;
}

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
    add_own("m.room.message", edits ? NULL : id, edits ? matrix_edit_json(json, edits) : json, &e);
}

void homeserver_deleted(const char *id)
{
    struct room_event e = { 0 };
    redact(id);
    add_own("m.room.redaction", NULL, json_pack("{s:s}", "redacts", id), &e);
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
    memset(&server, 0, sizeof server);
}
