/* Joining, leaving and the like. */
#include "tests/sandbox/matrix/member.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/tools.h"

#include <stdio.h>
#include <string.h>

static const char *join_rule(const struct matrix_room *room)
{
    return matrix_text(
        json_object_get(matrix_state_event(room, "m.room.join_rules", ""), "content"), "join_rule");
}

static void join(struct matrix_call *call, struct matrix_room *room)
{
    const char *membership = room ? matrix_membership(room, call->user->id) : "";
    if (!room) {
        matrix_refuse(call, 404, "M_NOT_FOUND", "No known servers");
        return;
    }
    bool may = matrix_same(membership, "invite") ||
               (matrix_same(join_rule(room), "public") && !matrix_same(membership, "ban"));
    if (!may && !matrix_same(membership, "join")) {
        matrix_refuse(call, 403, "M_FORBIDDEN",
                      matrix_same(membership, "ban") ? "You are banned from this room"
                                                     : "You are not invited to this room.");
        return;
    }
    if (may)
        matrix_set_membership(call->m, room, call->user->id, call->user->id, "join");
    snprintf(call->note, sizeof call->note, "%s", room->id);
    matrix_answer(call, json_pack("{s:s}", "room_id", room->id));
}

void matrix_join(struct matrix_call *call)
{
    join(call, matrix_room_by_id(call->m, call->args[0]));
}

void matrix_join_alias(struct matrix_call *call) { matrix_join(call); }

static void leave(struct matrix_call *call)
{
    struct matrix_room *room = matrix_room_by_id(call->m, call->args[0]);
    const char *membership = room ? matrix_membership(room, call->user->id) : "";
    if (!matrix_same(membership, "join") && !matrix_same(membership, "invite")) {
        matrix_refuse(call, 403, "M_FORBIDDEN", "You are not in this room");
        return;
    }
    matrix_set_membership(call->m, room, call->user->id, call->user->id, "leave");
    snprintf(call->note, sizeof call->note, "%s", room->id);
    matrix_answer_empty(call);
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

void matrix_member_change(struct matrix_call *call)
{
    const struct action *action = actions;
    if (matrix_same(call->operation, "leave")) {
        leave(call);
        return;
    }
    while (!matrix_same(action->operation, call->operation))
        action++;
    const char *target = matrix_text(call->body, "user_id");
    const char *membership = matrix_membership(call->room, target);
    if (*target != '@' || !strchr(target, ':'))
        matrix_refuse(call, 400, "M_INVALID_PARAM", "user_id is no user id");
    else if (matrix_power(call->room, call->user->id) < matrix_power_for(call->room, action->power))
        matrix_refuse(call, 403, "M_FORBIDDEN", "You don't have permission to do this");
    else if (matrix_same(action->operation, "invite") &&
             (matrix_same(membership, "join") || matrix_same(membership, "ban")))
        matrix_refuse(call, 403, "M_FORBIDDEN",
                      "That user cannot be invited: already in the room, or banned");
    else {
        matrix_set_membership(call->m, call->room, call->user->id, target, action->membership);
        snprintf(call->note, sizeof call->note, "%s", target);
        matrix_answer_empty(call);
    }
}

/* ---- who is where ---- */

void matrix_joined_members(struct matrix_call *call)
{
    json_t *joined = json_object(), *event;
    const char *user_id;
    json_object_foreach(json_object_get(call->room->state, "m.room.member"), user_id, event)
    {
        const json_t *content = json_object_get(event, "content");
        if (matrix_same(matrix_text(content, "membership"), "join"))
            json_object_set_new(joined, user_id,
                                json_pack("{s:O?, s:n}", "display_name",
                                          json_object_get(content, "displayname"), "avatar_url"));
    }
    matrix_answer(call, json_pack("{s:o}", "joined", joined));
}

void matrix_members(struct matrix_call *call)
{
    json_t *chunk = json_array(), *event;
    const char *user_id, *wanted = matrix_text(call->query, "membership");
    json_object_foreach(json_object_get(call->room->state, "m.room.member"), user_id,
                        event) if (!*wanted ||
                                   matrix_same(matrix_membership(call->room, user_id), wanted))
    {
        json_t *copy = json_copy(event);
        json_object_set_new(copy, "room_id", json_string(call->room->id));
        json_array_append_new(chunk, copy);
    }
    matrix_answer(call, json_pack("{s:o}", "chunk", chunk));
}

void matrix_joined_rooms(struct matrix_call *call)
{
    json_t *rooms = json_array();
    for (size_t i = 0; i < call->m->room_count; i++)
        if (matrix_same(matrix_membership(call->m->rooms[i], call->user->id), "join"))
            json_array_append_new(rooms, json_string(call->m->rooms[i]->id));
    matrix_answer(call, json_pack("{s:o}", "joined_rooms", rooms));
}

/* ---- rooms ---- */

void matrix_create_room(struct matrix_call *call)
{
    char secret[20], id[64];
    size_t i;
    json_t *entry;
    matrix_random(secret, 18);
    snprintf(id, sizeof id, "!%s:" MATRIX_SERVER, secret);
    struct matrix_room *room = matrix_room_new(call->m, id, call->user->id,
                                               matrix_text(call->body, "name"));
    if (!room) {
        matrix_refuse(call, 400, "M_UNKNOWN", "There are too many rooms");
        return;
    }
    json_array_foreach(json_object_get(call->body, "initial_state"), i, entry)
    {
        json_t *content = json_object_get(entry, "content");
        if (json_is_object(content))
            matrix_append_state(call->m, room, call->user->id, matrix_text(entry, "type"),
                                matrix_text(entry, "state_key"), json_incref(content));
    }
    json_array_foreach(json_object_get(call->body, "invite"), i, entry) if (json_is_string(entry))
        matrix_set_membership(call->m, room, call->user->id, json_string_value(entry), "invite");
    snprintf(call->note, sizeof call->note, "%s", room->id);
    matrix_answer(call, json_pack("{s:s}", "room_id", room->id));
}

void matrix_alias(struct matrix_call *call)
{
    if (matrix_same(call->args[0], MATRIX_ALIAS))
        matrix_answer(call,
                      json_pack("{s:s, s:[s]}", "room_id", MATRIX_ROOM, "servers", MATRIX_SERVER));
    else
        matrix_refuse(call, 404, "M_NOT_FOUND", "Room alias not found");
}
