/* SPDX-License-Identifier: Apache-2.0 */
/* The room as people see it: text for a terminal, or JSON. */
#include "tests/sandbox/matrix/view.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A message with the edits by its author folded in. */
struct shown {
    const struct matrixd_event *event;
    const json_t *content, *mark;
    json_int_t edits;
};

static struct shown shown_of(struct matrixd *m, const struct matrixd_event *event)
{
    const json_t *content = json_object_get(event->json, "content");
    struct shown s = { .event = event, .content = content, .mark = content };
    for (size_t i = 0; event->related && i < m->event_count; i++) {
        const struct matrixd_event *e = &m->events[i];
        if (e->redacted_by || e->room != event->room ||
            !matrixd_relates(e->json, "m.replace", matrixd_id_of(event)) ||
            !sandbox_same(sandbox_text(e->json, "sender"), sandbox_text(event->json, "sender")))
            continue;
        const json_t *edit = json_object_get(e->json, "content"),
                     *fresh = json_object_get(edit, "m.new_content");
        if (!json_is_object(fresh))
            continue;
        s.edits++;
        s.content = fresh;
        s.mark = json_object_get(fresh, MATRIXD_MARK)  ? fresh
                 : json_object_get(edit, MATRIXD_MARK) ? edit
                                                       : s.mark;
    }
    return s;
}

bool matrixd_is_message(const struct matrixd_event *e, const struct matrixd_room *room)
{
    return e->room == room && sandbox_same(sandbox_text(e->json, "type"), "m.room.message") &&
           !sandbox_same(sandbox_text(matrixd_event_relation(e), "rel_type"), "m.replace");
}

static const char *thread_of(const struct matrixd_event *e)
{
    const json_t *relation = matrixd_event_relation(e);
    return sandbox_same(sandbox_text(relation, "rel_type"), "m.thread")
               ? sandbox_text(relation, "event_id")
               : "";
}

/* [{"key","users":[…],"events":[…]}] */
static json_t *reactions(struct matrixd *m, const struct matrixd_event *event)
{
    json_t *list = json_array(), *by_key = json_object(), *entry;
    for (size_t i = 0; event->related && i < m->event_count; i++) {
        const struct matrixd_event *e = &m->events[i];
        const char *key = sandbox_text(matrixd_relation(e->json), "key");
        if (e->redacted_by || e->room != event->room ||
            !sandbox_same(sandbox_text(e->json, "type"), "m.reaction") ||
            !matrixd_relates(e->json, "m.annotation", matrixd_id_of(event)))
            continue;
        entry = json_object_get(by_key, key);
        if (!entry) {
            entry = json_pack("{s:s, s:[], s:[]}", "key", key, "users", "events");
            json_object_set_new(by_key, key, entry);
            json_array_append(list, entry);
        }
        json_array_append_new(json_object_get(entry, "users"),
                              json_string(matrixd_name(m, sandbox_text(e->json, "sender"))));
        json_array_append_new(json_object_get(entry, "events"), json_string(matrixd_id_of(e)));
    }
    json_decref(by_key);
    return list;
}

/* ---- text ---- */

static void write_reactions(FILE *out, const json_t *list, const char *indent)
{
    size_t i, j;
    json_t *reaction, *user;
    json_array_foreach(list, i, reaction)
    {
        fprintf(out, "%s{%s:", i ? " " : indent, sandbox_text(reaction, "key"));
        json_array_foreach(json_object_get(reaction, "users"), j, user)
            fprintf(out, "%s %s", j ? "," : "", json_string_value(user));
        fputc('}', out);
    }
    if (json_array_size(list) > 0)
        fputc('\n', out);
}

/* A new line begins with the indent again. */
static void write_text(FILE *out, const char *text, const char *indent)
{
    fputs(indent, out);
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fputs(indent, out);
    }
    fputc('\n', out);
}

static void write_message(struct matrixd *m, FILE *out, const struct matrixd_event *e,
                          const char *margin)
{
    struct shown s = shown_of(m, e);
    char indent[64], clock[16];
    struct tm tm;
    time_t seconds = (time_t)(sandbox_number(e->json, "origin_server_ts", 0) / 1000);
    gmtime_r(&seconds, &tm);
    strftime(clock, sizeof clock, "%H:%M:%S", &tm);
    snprintf(indent, sizeof indent, "%s    ", margin);
    fprintf(out, "%s%s  %s%s\n", margin, clock, matrixd_name(m, sandbox_text(e->json, "sender")),
            s.edits ? " (edited)" : "");
    write_text(out,
               e->redacted_by ? "(deleted)"
               : e->raw       ? "(content as bytes)"
                              : sandbox_text(s.content, "body"),
               indent);
    json_t *list = reactions(m, e);
    write_reactions(out, list, indent);
    json_decref(list);
}

static void write_room(struct matrixd *m, FILE *out, const struct matrixd_room *room)
{
    for (size_t i = 0; i < m->event_count; i++) {
        const struct matrixd_event *e = &m->events[i];
        if (!matrixd_is_message(e, room) ||
            (*thread_of(e) && matrixd_event_by_id(m, room, thread_of(e))))
            continue;
        write_message(m, out, e, "");
        for (size_t j = i + 1; e->related && j < m->event_count; j++)
            if (matrixd_is_message(&m->events[j], room) &&
                sandbox_same(thread_of(&m->events[j]), matrixd_id_of(e)))
                write_message(m, out, &m->events[j], "        ");
        fputc('\n', out);
    }
}

/* ---- JSON ---- */

json_t *matrixd_view_message(struct matrixd *m, const struct matrixd_event *e)
{
    struct shown s = shown_of(m, e);
    const char *sender = sandbox_text(e->json, "sender"), *thread = thread_of(e);
    json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:b}",
                             "event_id", matrixd_id_of(e), "sender", sender, "user",
                             matrixd_name(m, sender), "ts",
                             (json_int_t)sandbox_number(e->json, "origin_server_ts", 0), "text",
                             sandbox_text(s.content, "body"), "html",
                             sandbox_text(s.content, "formatted_body"), "msgtype",
                             sandbox_text(s.content, "msgtype"), "case",
                             matrixd_mark(s.mark, "case"), "state", matrixd_mark(s.mark, "state"),
                             "key", matrixd_mark(json_object_get(e->json, "content"), "key"),
                             "edits", s.edits, "redacted", e->redacted_by != NULL);
    json_object_set_new(json, "thread", *thread ? json_string(thread) : json_null());
    json_object_set_new(json, "reactions", reactions(m, e));
    json_object_set_new(json, "content",
                        json_is_object(s.content) ? json_incref((json_t *)(uintptr_t)s.content)
                                                  : json_null()); /* NOLINT */
    return json;
}

static json_t *room_json(struct matrixd *m, const struct matrixd_room *room)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->event_count; i++)
        if (matrixd_is_message(&m->events[i], room))
            json_array_append_new(list, matrixd_view_message(m, &m->events[i]));
    return list;
}

/* The bot's newest room with that person, but the one that all are in; NULL. */
static const struct matrixd_room *room_with(struct matrixd *m, const char *name)
{
    const struct matrixd_user *user = matrixd_user_named(m, name);
    for (size_t i = m->room_count; user && i > 0; i--) {
        const struct matrixd_room *room = m->rooms[i - 1];
        if (!sandbox_same(room->id, MATRIXD_ROOM) &&
            sandbox_same(matrixd_membership(room, MATRIXD_BOT), "join") &&
            matrixd_state_event(room, "m.room.member", user->id))
            return room;
    }
    return NULL;
}

/* "room", "membership" of that person, how often they were invited, "messages". */
static json_t *aside_json(struct matrixd *m, const struct matrixd_room *room, const char *name)
{
    const char *id = matrixd_user_named(m, name)->id;
    int invitations = 0;
    for (size_t i = 0; i < m->event_count; i++) {
        const json_t *e = m->events[i].json;
        invitations += m->events[i].room == room &&
                       sandbox_same(sandbox_text(e, "state_key"), id) &&
                       sandbox_same(sandbox_text(json_object_get(e, "content"), "membership"),
                                    "invite");
    }
    return json_pack("{s:s, s:s, s:i, s:o}", "room", room->id, "membership",
                     matrixd_membership(room, id), "invitations", invitations, "messages",
                     room_json(m, room));
}

void matrixd_view_aside(struct matrixd *m, const char *name, struct web_reply *reply)
{
    const struct matrixd_room *room = room_with(m, name);
    web_reply_json(reply, 200, room ? aside_json(m, room, name) : json_object());
}

void matrixd_view_channel(struct matrixd *m, const struct web_request *request,
                          struct web_reply *reply)
{
    const struct matrixd_room *room = matrixd_room_by_id(m, MATRIXD_ROOM);
    char *text = NULL;
    size_t bytes = 0;
    if (strstr(request->query, "format=json")) {
        web_reply_json(
            reply, 200,
            room_json(m, room)); /* a content as bytes is left out: the test has to read this */
        return;
    }
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        abort();
    write_room(m, out, room);
    fclose(out);
    web_reply_text(reply, 200, text);
    free(text);
}
