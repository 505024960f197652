/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms and their state (room version 11), and the one stream of events that all rooms share. */
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POWER_OF_MODERATORS = 50, POWER_OF_CREATOR = 100 };

/* ---- the stream ---- */

static void event_done(struct matrixd_event *e)
{
    json_decref(e->json);
    json_decref(e->replaced);
    json_decref(e->redacted_by);
    json_decref(e->was_relation);
    free(e->raw);
    free(e->device);
    free(e->txn);
}

/* Room for new events: the oldest ones are forgotten, though not what they made of the state. */
static void forget_some(struct matrixd *m)
{
    for (size_t i = 0; i < MATRIXD_EVENTS_DROPPED; i++)
        event_done(&m->events[i]);
    m->event_count -= MATRIXD_EVENTS_DROPPED;
    memmove(m->events, m->events + MATRIXD_EVENTS_DROPPED, m->event_count * sizeof m->events[0]);
}

static void update_state(struct matrixd_room *room, struct matrixd_event *e)
{
    const char *type = sandbox_text(e->json, "type"),
               *key = json_string_value(json_object_get(e->json, "state_key"));
    if (!key)
        return;
    json_t *keys = json_object_get(room->state, type);
    if (!keys) {
        keys = json_object();
        json_object_set_new(room->state, type, keys);
    }
    e->replaced = json_incref(json_object_get(keys, key));
    json_object_set(keys, key, e->json);
}

struct matrixd_event *matrixd_append(struct matrixd *m, struct matrixd_room *room,
                                     json_t *event_new)
{
    if (m->event_count == MATRIXD_EVENTS_MOST)
        forget_some(m);
    struct matrixd_event *e = &m->events[m->event_count++];
    char id[MATRIXD_EVENT_ID] = "$";
    sandbox_random(id + 1, 43);
    bool ours = sandbox_same(sandbox_text(event_new, "sender"), MATRIXD_BOT);
    *e = (struct matrixd_event){ .n = ++m->last_n, .room = room, .json = event_new };
    json_object_set_new(event_new, "event_id", json_string(id));
    json_object_set_new(event_new, "origin_server_ts",
                        json_integer(sandbox_utc_ms() + (ours ? 0 : m->skew_ms)));
    update_state(room, e);
    m->dirty = true;
    return e;
}

struct matrixd_event *matrixd_append_state(struct matrixd *m, struct matrixd_room *room,
                                           const char *sender, const char *type, const char *key,
                                           json_t *content_new)
{
    return matrixd_append(m, room,
                          json_pack("{s:s, s:s, s:s, s:o}", "type", type, "sender", sender,
                                    "state_key", key, "content", content_new));
}

struct matrixd_event *matrixd_set_membership(struct matrixd *m, struct matrixd_room *room,
                                             const char *sender, const char *user_id,
                                             const char *membership)
{
    json_t *content = json_pack("{s:s}", "membership", membership);
    const struct matrixd_user *user = matrixd_user_by_id(m, user_id);
    if (user && (sandbox_same(membership, "join") || sandbox_same(membership, "invite")))
        json_object_set_new(content, "displayname", json_string(user->display));
    return matrixd_append_state(m, room, sender, "m.room.member", user_id, content);
}

const char *matrixd_id_of(const struct matrixd_event *e)
{
    return sandbox_text(e->json, "event_id");
}

struct matrixd_event *matrixd_event_by_id(struct matrixd *m, const struct matrixd_room *room,
                                          const char *event_id)
{
    for (size_t i = m->event_count; i > 0; i--)
        if (m->events[i - 1].room == room &&
            sandbox_same(matrixd_id_of(&m->events[i - 1]), event_id))
            return &m->events[i - 1];
    return NULL;
}

/* ---- state ---- */

json_t *matrixd_state_event(const struct matrixd_room *room, const char *type, const char *key)
{
    return json_object_get(json_object_get(room->state, type), key);
}

const char *matrixd_membership(const struct matrixd_room *room, const char *user_id)
{
    const char *membership = sandbox_text(
        json_object_get(matrixd_state_event(room, "m.room.member", user_id), "content"),
        "membership");
    return *membership ? membership : "leave";
}

/* Rooms of old versions may hold powers as text. */
static int64_t power_in(const json_t *levels, const char *key, int64_t otherwise)
{
    const char *text = json_string_value(json_object_get(levels, key));
    return text ? strtoll(text, NULL, 10) : sandbox_number(levels, key, otherwise);
}

static const json_t *power_levels(const struct matrixd_room *room)
{
    return json_object_get(matrixd_state_event(room, "m.room.power_levels", ""), "content");
}

int64_t matrixd_power(const struct matrixd_room *room, const char *user_id)
{
    const json_t *levels = power_levels(room);
    return power_in(json_object_get(levels, "users"), user_id,
                    power_in(levels, "users_default", 0));
}

int64_t matrixd_power_needed(const struct matrixd_room *room, const char *type, bool state)
{
    const json_t *levels = power_levels(room);
    int64_t usual = state ? power_in(levels, "state_default", POWER_OF_MODERATORS)
                          : power_in(levels, "events_default", 0);
    return power_in(json_object_get(levels, "events"), type, usual);
}

int64_t matrixd_power_for(const struct matrixd_room *room, const char *action)
{
    return power_in(power_levels(room), action,
                    sandbox_same(action, "invite") ? 0 : POWER_OF_MODERATORS);
}

/* ---- rooms ---- */

struct matrixd_room *matrixd_room_by_id(struct matrixd *m, const char *id_or_alias)
{
    const char *id = sandbox_same(id_or_alias, MATRIXD_ALIAS) ? MATRIXD_ROOM : id_or_alias;
    for (size_t i = 0; i < m->room_count; i++)
        if (sandbox_same(m->rooms[i]->id, id))
            return m->rooms[i];
    return NULL;
}

static void first_events(struct matrixd *m, struct matrixd_room *room, const char *creator,
                         const char *name)
{
    matrixd_append_state(m, room, creator, "m.room.create", "",
                         json_pack("{s:s}", "room_version", "11"));
    matrixd_set_membership(m, room, creator, creator, "join");
    json_t *levels = json_pack("{s:{s:i}, s:{s:i, s:i, s:i, s:i, s:i}}", "users", creator,
                               POWER_OF_CREATOR, "events", "m.room.power_levels", 100,
                               "m.room.encryption", 100, "m.room.tombstone", 100,
                               "m.room.history_visibility", 100, "m.room.server_acl", 100);
    static const struct {
        const char *name;
        int power;
    } usual[] = {
        { "users_default", 0 }, { "events_default", 0 }, { "state_default", 50 }, { "ban", 50 },
        { "kick", 50 },         { "redact", 50 },        { "invite", 0 },
    };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        json_object_set_new(levels, usual[i].name, json_integer(usual[i].power));
    matrixd_append_state(m, room, creator, "m.room.power_levels", "", levels);
    matrixd_append_state(m, room, creator, "m.room.join_rules", "",
                         json_pack("{s:s}", "join_rule", "invite"));
    matrixd_append_state(m, room, creator, "m.room.history_visibility", "",
                         json_pack("{s:s}", "history_visibility", "shared"));
    if (*name)
        matrixd_append_state(m, room, creator, "m.room.name", "", json_pack("{s:s}", "name", name));
}

struct matrixd_room *matrixd_room_new(struct matrixd *m, const char *id, const char *creator,
                                      const char *name)
{
    if (m->room_count == MATRIXD_ROOMS_MOST || matrixd_room_by_id(m, id) ||
        strlen(id) >= MATRIXD_ID)
        return NULL;
    struct matrixd_room *room = calloc(1, sizeof *room);
    if (!room)
        abort();
    snprintf(room->id, sizeof room->id, "%s", id);
    room->state = json_object();
    m->rooms[m->room_count++] = room;
    first_events(m, room, creator, name);
    return room;
}

void matrixd_rooms_init(struct matrixd *m)
{
    const char *ana = matrixd_user_named(m, "ana")->id;
    struct matrixd_room *room = matrixd_room_new(m, MATRIXD_ROOM, ana, "root-ops");
    matrixd_append_state(m, room, ana, "m.room.canonical_alias", "",
                         json_pack("{s:s}", "alias", MATRIXD_ALIAS));
    for (size_t i = 0; i < MATRIXD_USERS; i++) {
        const struct matrixd_user *user = &m->users[i];
        if (!sandbox_same(user->name, "ana") && !sandbox_same(user->name, "eve"))
            matrixd_set_membership(m, room, user->id, user->id, "join");
    }
}

void matrixd_rooms_done(struct matrixd *m)
{
    for (size_t i = 0; i < m->event_count; i++)
        event_done(&m->events[i]);
    for (size_t i = 0; i < m->room_count; i++) {
        json_decref(m->rooms[i]->state);
        free(m->rooms[i]);
    }
}
