/* SPDX-License-Identifier: Apache-2.0 */
/* What is new for one user: the "rooms" of a sync answer. */
#include "tests/sandbox/matrix/timeline.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/shown.h"
#include "tests/sandbox/matrix/stream.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMELINE_USUAL = 10 };

/* ---- filters ---- */

static const json_t *room_filter(const struct matrixd_sight *v, const char *part)
{
    return json_object_get(json_object_get(v->filter, "room"), part);
}

static bool room_wanted(const struct matrixd_sight *v, const struct matrixd_room *room)
{
    return matrixd_passes_lists(room_filter(v, "rooms"), room_filter(v, "not_rooms"), room->id);
}

/* ---- membership since ---- */

/* The first and the last change of the user's own membership behind the position; NULL without
   one. */
static const struct matrixd_event *own_change(const struct matrixd_sight *v,
                                              const struct matrixd_room *room, bool first)
{
    const struct matrixd_event *found = NULL;
    for (size_t i = v->m->event_count; i > 0 && v->m->events[i - 1].n > v->since; i--) {
        const struct matrixd_event *e = &v->m->events[i - 1];
        if (e->room != room || !sandbox_same(sandbox_text(e->json, "type"), "m.room.member") ||
            !sandbox_same(sandbox_text(e->json, "state_key"), v->user->id))
            continue;
        found = e;
        if (!first)
            break;
    }
    return found;
}

static bool newly_joined(const struct matrixd_sight *v, const struct matrixd_room *room)
{
    const struct matrixd_event *e = own_change(v, room, true);
    return e && !sandbox_same(sandbox_text(json_object_get(e->replaced, "content"), "membership"),
                              "join");
}

/* ---- a room's timeline ---- */

struct timeline {
    const struct matrixd_sight *sight;
    const struct matrixd_room *room;
    uint64_t from, to; /* from < n <= to */
    bool whole;        /* the state comes whole, not only what has changed */
    json_t *events;
    uint64_t first; /* the oldest event's n; to + 1 when there is none */
    bool limited;
};

static size_t timeline_limit(const struct timeline *t)
{
    const struct matrixd_sight *v = t->sight;
    int64_t most = sandbox_number(room_filter(v, "timeline"), "limit", TIMELINE_USUAL);
    most = most < 1 ? 1 : most > v->m->timeline_most ? v->m->timeline_most : most;
    return (size_t)(v->limited >= 0 && v->limited < most ? v->limited : most);
}

static void timeline_fill(struct timeline *t)
{
    const struct matrixd_sight *v = t->sight;
    const json_t *filter = room_filter(v, "timeline");
    size_t most = timeline_limit(t), count = 0;
    json_t *newest_first = json_array();
    t->first = t->to + 1;
    for (size_t i = v->m->event_count; i > 0 && v->m->events[i - 1].n > t->from && !t->limited;
         i--) {
        const struct matrixd_event *e = &v->m->events[i - 1];
        if (e->room != t->room || e->n > t->to || !matrixd_passes(filter, e->json))
            continue;
        if (count++ < most) {
            json_array_append_new(newest_first, matrixd_shown(v->m, e, v->session, false));
            t->first = e->n;
        } else {
            t->limited = true;
        }
    }
    t->events = json_array();
    for (size_t i = json_array_size(newest_first); i > 0; i--)
        json_array_append(t->events, json_array_get(newest_first, i - 1));
    json_decref(newest_first);
    t->limited = t->limited || (v->limited >= 0 && count > 0);
}

/* ---- the state at the timeline's beginning ---- */

static void state_name(const json_t *event, char *to, size_t bytes)
{
    snprintf(to, bytes, "%s|%s", sandbox_text(event, "type"), sandbox_text(event, "state_key"));
}

/* The state of now, and the timeline's changes taken back. */
static json_t *state_whole(const struct timeline *t)
{
    const struct matrixd *m = t->sight->m;
    const char *type, *key;
    char name[2 * MATRIXD_ID];
    json_t *state = json_object(), *keys, *event;
    json_object_foreach(t->room->state, type, keys) json_object_foreach(keys, key, event)
    {
        state_name(event, name, sizeof name);
        json_object_set(state, name, event);
    }
    for (size_t i = m->event_count; i > 0 && m->events[i - 1].n >= t->first; i--) {
        const struct matrixd_event *e = &m->events[i - 1];
        if (e->room != t->room || !json_object_get(e->json, "state_key"))
            continue;
        state_name(e->json, name, sizeof name);
        if (e->replaced)
            json_object_set(state, name, e->replaced);
        else
            json_object_del(state, name);
    }
    return state;
}

/* What changed in the gap that the timeline leaves. */
static json_t *state_gap(const struct timeline *t)
{
    const struct matrixd *m = t->sight->m;
    char name[2 * MATRIXD_ID];
    json_t *state = json_object();
    for (size_t i = 0; i < m->event_count && m->events[i].n < t->first && t->limited; i++) {
        const struct matrixd_event *e = &m->events[i];
        if (e->room != t->room || e->n <= t->from || !json_object_get(e->json, "state_key"))
            continue;
        state_name(e->json, name, sizeof name);
        json_object_set(state, name, e->json);
    }
    return state;
}

static bool speaks(const struct timeline *t, const char *user_id)
{
    size_t i;
    json_t *event;
    json_array_foreach(t->events, i,
                       event) if (sandbox_same(sandbox_text(event, "sender"), user_id)) return true;
    return sandbox_same(user_id, t->sight->user->id);
}

static json_t *state_events(const struct timeline *t)
{
    const json_t *filter = room_filter(t->sight, "state");
    bool lazy = json_is_true(json_object_get(filter, "lazy_load_members"));
    const char *name;
    json_t *list = json_array(), *event, *state = t->whole ? state_whole(t) : state_gap(t);
    json_object_foreach(state, name, event)
    {
        bool member = sandbox_same(sandbox_text(event, "type"), "m.room.member");
        if (matrixd_passes(filter, event) &&
            (!lazy || !member || speaks(t, sandbox_text(event, "state_key"))))
            json_array_append(list, event);
    }
    json_decref(state);
    return list;
}

static json_t *timeline_json(const struct timeline *t)
{
    char before[MATRIXD_TOKEN];
    matrixd_token_write(t->sight->m, t->first - 1, before);
    return json_pack("{s:O, s:b, s:s}", "events", t->events, "limited", t->limited, "prev_batch",
                     before);
}

/* ---- joined, invited, left ---- */

static json_int_t members(const struct matrixd_room *room, const char *membership)
{
    json_int_t count = 0;
    json_t *event;
    const char *user_id;
    json_object_foreach(json_object_get(room->state, "m.room.member"), user_id, event)
        count += sandbox_same(matrixd_membership(room, user_id), membership);
    return count;
}

static json_t *joined_room(const struct matrixd_sight *v, const struct matrixd_room *room)
{
    bool fresh = v->initial || newly_joined(v, room);
    struct timeline t = { .sight = v,
                          .room = room,
                          .from = fresh ? 0 : v->since,
                          .to = v->m->last_n,
                          .whole = fresh || v->full_state };
    timeline_fill(&t);
    json_t *state = state_events(&t), *json = NULL;
    if (t.whole || t.limited || json_array_size(t.events) + json_array_size(state) > 0) {
        json = json_pack("{s:o, s:{s:O}, s:{s:[]}, s:{s:[]}, s:{s:i, s:i}, s:{}}", "timeline",
                         timeline_json(&t), "state", "events", state, "ephemeral", "events",
                         "account_data", "events", "unread_notifications", "notification_count", 0,
                         "highlight_count", 0, "summary");
        if (t.whole)
            json_object_set_new(json, "summary",
                                json_pack("{s:I, s:I}", "m.joined_member_count",
                                          members(room, "join"), "m.invited_member_count",
                                          members(room, "invite")));
    }
    json_decref(state);
    json_decref(t.events);
    return json;
}

/* Without ids and times: stripped. */
static void add_stripped(json_t *list, const json_t *event)
{
    if (event)
        json_array_append_new(list, json_pack("{s:O, s:O, s:O, s:O}", "type",
                                              json_object_get(event, "type"), "sender",
                                              json_object_get(event, "sender"), "state_key",
                                              json_object_get(event, "state_key"), "content",
                                              json_object_get(event, "content")));
}

/* Told once: when the invitation is new. */
static json_t *invited_room(const struct matrixd_sight *v, const struct matrixd_room *room)
{
    static const char *const shown[] = { "m.room.create", "m.room.join_rules", "m.room.name",
                                         "m.room.canonical_alias", "m.room.encryption" };
    const json_t *own = matrixd_state_event(room, "m.room.member", v->user->id);
    if (!v->initial && !own_change(v, room, false))
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        add_stripped(list, matrixd_state_event(room, shown[i], ""));
    add_stripped(list, matrixd_state_event(room, "m.room.member", sandbox_text(own, "sender")));
    add_stripped(list, own);
    return json_pack("{s:{s:o}}", "invite_state", "events", list);
}

static json_t *left_room(const struct matrixd_sight *v, const struct matrixd_room *room)
{
    const struct matrixd_event *last = v->initial ? NULL : own_change(v, room, false);
    if (!last)
        return NULL;
    struct timeline t = { .sight = v, .room = room, .from = v->since, .to = last->n };
    timeline_fill(&t);
    json_t *json = json_pack("{s:o, s:{s:o}, s:{s:[]}}", "timeline", timeline_json(&t), "state",
                             "events", state_events(&t), "account_data", "events");
    json_decref(t.events);
    return json;
}

static void tell(json_t *rooms, const char *kind, const struct matrixd_room *room, json_t *json_new)
{
    json_t *of_kind = json_object_get(rooms, kind);
    if (json_new && !of_kind) {
        of_kind = json_object();
        json_object_set_new(rooms, kind, of_kind);
    }
    if (json_new)
        json_object_set_new(of_kind, room->id, json_new);
}

json_t *matrixd_news(const struct matrixd_sight *v)
{
    json_t *rooms = json_object();
    for (size_t i = 0; i < v->m->room_count; i++) {
        const struct matrixd_room *room = v->m->rooms[i];
        const char *membership = matrixd_membership(room, v->user->id);
        if (sandbox_same(membership, "invite"))
            tell(rooms, "invite", room,
                 invited_room(v, room)); /* a filter of rooms does not hide it */
        else if (room_wanted(v, room) && sandbox_same(membership, "join"))
            tell(rooms, "join", room, joined_room(v, room));
        else if (room_wanted(v, room))
            tell(rooms, "leave", room, left_room(v, room));
    }
    if (json_object_size(rooms) > 0)
        return rooms;
    json_decref(rooms);
    return NULL;
}
