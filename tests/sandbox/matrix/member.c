/* SPDX-License-Identifier: Apache-2.0 */
/* Joining, leaving and the like. */
#include "tests/sandbox/matrix/member.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

static const char *join_rule(const struct matrixd_room *room)
{
    return sandbox_text(json_object_get(matrixd_state_event(room, "m.room.join_rules", ""),
                                        "content"),
                        "join_rule");
}

static void join(struct matrixd_call *call, struct matrixd_room *room)
{
    const char *membership = room ? matrixd_membership(room, call->user->id) : "";
    if (!room) {
        matrixd_refuse(call, 404, "M_NOT_FOUND", "No known servers");
        return;
    }
    bool may = sandbox_same(membership, "invite") ||
               (sandbox_same(join_rule(room), "public") && !sandbox_same(membership, "ban"));
    if (!may && !sandbox_same(membership, "join")) {
        matrixd_refuse(call, 403, "M_FORBIDDEN",
                       sandbox_same(membership, "ban") ? "You are banned from this room"
                                                       : "You are not invited to this room.");
        return;
    }
    if (may)
        matrixd_set_membership(call->m, room, call->user->id, call->user->id, "join");
    snprintf(call->note, sizeof call->note, "%s", room->id);
    matrixd_answer(call, json_pack("{s:s}", "room_id", room->id));
}

void matrixd_join(struct matrixd_call *call)
{
    join(call, matrixd_room_by_id(call->m, call->args[0]));
}

void matrixd_join_alias(struct matrixd_call *call) { matrixd_join(call); }

static void leave(struct matrixd_call *call)
{
    struct matrixd_room *room = matrixd_room_by_id(call->m, call->args[0]);
    const char *membership = room ? matrixd_membership(room, call->user->id) : "";
    if (!sandbox_same(membership, "join") && !sandbox_same(membership, "invite")) {
        matrixd_refuse(call, 403, "M_FORBIDDEN", "You are not in this room");
        return;
    }
    matrixd_set_membership(call->m, room, call->user->id, call->user->id, "leave");
    snprintf(call->note, sizeof call->note, "%s", room->id);
    matrixd_answer_empty(call);
}

/* What somebody does to somebody else: who may, what must be, what comes of it. */
static const struct action {
    const char *operation, *power, *membership;
} actions[] = {
    { "invite", "invite", "invite" },
    { "kick", "kick", "leave" },
    { "ban", "ban", "ban" },
    { "unban", "ban", "leave" },
};

void matrixd_member_change(struct matrixd_call *call)
{
    const struct action *action = actions;
    if (sandbox_same(call->operation, "leave")) {
        leave(call);
        return;
    }
    while (!sandbox_same(action->operation, call->operation))
        action++;
    const char *target = sandbox_text(call->body, "user_id");
    const char *membership = matrixd_membership(call->room, target);
    if (*target != '@' || !strchr(target, ':'))
        matrixd_refuse(call, 400, "M_INVALID_PARAM", "user_id is no user id");
    else if (matrixd_power(call->room, call->user->id) <
             matrixd_power_for(call->room, action->power))
        matrixd_refuse(call, 403, "M_FORBIDDEN", "You don't have permission to do this");
    else if (sandbox_same(action->operation, "invite") &&
             (sandbox_same(membership, "join") || sandbox_same(membership, "ban")))
        matrixd_refuse(call, 403, "M_FORBIDDEN",
                       "That user cannot be invited: already in the room, or banned");
    else {
        matrixd_set_membership(call->m, call->room, call->user->id, target, action->membership);
        snprintf(call->note, sizeof call->note, "%s", target);
        matrixd_answer_empty(call);
    }
}

/* ---- who is where ---- */

void matrixd_joined_members(struct matrixd_call *call)
{
    json_t *joined = json_object(), *event;
    const char *user_id;
    json_object_foreach(json_object_get(call->room->state, "m.room.member"), user_id, event)
    {
        const json_t *content = json_object_get(event, "content");
        if (sandbox_same(sandbox_text(content, "membership"), "join"))
            json_object_set_new(joined, user_id,
                                json_pack("{s:O?, s:n}", "display_name",
                                          json_object_get(content, "displayname"), "avatar_url"));
    }
    matrixd_answer(call, json_pack("{s:o}", "joined", joined));
}

void matrixd_members(struct matrixd_call *call)
{
    json_t *chunk = json_array(), *event;
    const char *user_id, *wanted = sandbox_text(call->query, "membership");
    json_object_foreach(json_object_get(call->room->state, "m.room.member"), user_id,
                        event) if (!*wanted ||
                                   sandbox_same(matrixd_membership(call->room, user_id), wanted))
    {
        json_t *copy = json_copy(event);
        json_object_set_new(copy, "room_id", json_string(call->room->id));
        json_array_append_new(chunk, copy);
    }
    matrixd_answer(call, json_pack("{s:o}", "chunk", chunk));
}

void matrixd_joined_rooms(struct matrixd_call *call)
{
    json_t *rooms = json_array();
    for (size_t i = 0; i < call->m->room_count; i++)
        if (sandbox_same(matrixd_membership(call->m->rooms[i], call->user->id), "join"))
            json_array_append_new(rooms, json_string(call->m->rooms[i]->id));
    matrixd_answer(call, json_pack("{s:o}", "joined_rooms", rooms));
}

/* ---- rooms ---- */

void matrixd_create_room(struct matrixd_call *call)
{
    char secret[20], id[64];
    size_t i;
    json_t *entry;
    sandbox_random(secret, 18);
    snprintf(id, sizeof id, "!%s:" MATRIXD_SERVER, secret);
    struct matrixd_room *room = matrixd_room_new(call->m, id, call->user->id,
                                                 sandbox_text(call->body, "name"));
    if (!room) {
        matrixd_refuse(call, 400, "M_UNKNOWN", "There are too many rooms");
        return;
    }
    json_array_foreach(json_object_get(call->body, "initial_state"), i, entry)
    {
        json_t *content = json_object_get(entry, "content");
        if (json_is_object(content))
            matrixd_append_state(call->m, room, call->user->id, sandbox_text(entry, "type"),
                                 sandbox_text(entry, "state_key"), json_incref(content));
    }
    json_array_foreach(json_object_get(call->body, "invite"), i, entry) if (json_is_string(entry))
        matrixd_set_membership(call->m, room, call->user->id, json_string_value(entry), "invite");
    snprintf(call->note, sizeof call->note, "%s", room->id);
    matrixd_answer(call, json_pack("{s:s}", "room_id", room->id));
}

void matrixd_alias(struct matrixd_call *call)
{
    if (sandbox_same(call->args[0], MATRIXD_ALIAS))
        matrixd_answer(call, json_pack("{s:s, s:[s]}", "room_id", MATRIXD_ROOM, "servers",
                                       MATRIXD_SERVER));
    else
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Room alias not found");
}
