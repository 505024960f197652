/* SPDX-License-Identifier: Apache-2.0 */
/* The one room: are we in it, and may it be served? Its state is read at start and every few
   minutes, and watched in between. */
#include "adapters/matrix/internal.h"
#include "adapters/matrix/matrix.h"
#include "host/json.h"
#include "host/log.h"

#include <string.h>

const char *matrix_room_problem(struct matrix *m, enum matrix_trouble which)
{
    const struct matrix_room *room = &m->room;
    struct arena *arena = inbox_arena(m->inbox);
    if (which == MATRIX_ABSENT && !room->joined && room->invited)
        return "reguard's account is invited to the room and has not come in; `reguard run` "
               "accepts that invitation: start it, and check once more";
    if (which == MATRIX_ABSENT && !room->joined)
        return "reguard's account is not in the room; invite it (invitations to any other room are "
               "not accepted)";
    if (which == MATRIX_ENCRYPTED && room->encrypted)
        return "the room is encrypted, and commands there cannot be read: reguard needs a room "
               "without end-to-end encryption";
    if (which == MATRIX_CLOSED && room->closed)
        return room->replacement[0]
                   ? arena_printf(arena,
                                  "the room was upgraded; its replacement is %s: check it, invite "
                                  "reguard there and set [matrix] room to it",
                                  room->replacement)
                   : "the room was closed (tombstone)";
    return NULL;
}

static void look_over(struct matrix *m, const char *passing, bool silent)
{
    matrix_looked looked = m->looked;
    m->looked = NULL;
    looked(m, passing, silent);
}

static void settled(struct matrix *m)
{
    m->room.known = true;
    look_over(m, NULL, false);
}

static void not_settled(struct matrix *m, const struct matrix_result *r)
{
    bool silent = r->outcome == MATRIX_REFUSED || r->outcome == MATRIX_UNKNOWN || r->retry_after_ms;
    look_over(m,
              r->error[0]     ? r->error
              : r->errcode[0] ? r->errcode
                              : "the room could not be read",
              silent);
}

/* Only `check` says it; a room may have more members than can be told. */
static void on_members(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const json_t *joined = json_object_get(r->json, "joined");
    m->room.counted = r->outcome == MATRIX_OK && json_is_object(joined);
    m->room.foreign_members = m->room.counted ? matrix_foreign_members(&m->codec, joined) : 0;
    settled(m);
}

static void count_members(struct matrix *m)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/joined_members", (const char *const[]){ m->codec.room });
    matrix_call(m,
                &(struct matrix_ask){
                    .method = "GET", .path = buf_text(&path), .urgency = URGENCY_GUARDS },
                on_members, m);
}

/* What matters of a room, each read by itself: the whole state of a room with many members is
   longer than anybody can take. What there is none of is refused with M_NOT_FOUND. */
static const char *const state_read[] = { "m.room.member", "m.room.create", "m.room.join_rules",
                                          "m.room.tombstone", "m.room.encryption" };

static void read_next(struct matrix *m);

static void begin_reading(struct matrix *m)
{
    /* Encryption is never off again, whatever is read. */
    m->room_read = (struct matrix_room){ .joined = m->room.joined, .encrypted = m->room.encrypted };
    m->state_at = 0;
    m->changes_before = m->state_changes;
    read_next(m);
}

static void all_read(struct matrix *m)
{
    if (m->state_changes != m->changes_before) { /* the polls have told newer things meanwhile */
        m->looked = NULL;
        matrix_look_soon(m);
        return;
    }
    m->room = m->room_read;
    if (m->look_only && m->room.joined)
        count_members(m);
    else
        settled(m);
}

static void note_read(struct matrix *m, const char *type, const json_t *content)
{
    bool member = m->state_at == 0;
    JSON_AUTO *event = json_pack("{s:s, s:s, s:O}", "type", type, "state_key",
                                 member ? m->codec.user : "", "content", content);
    matrix_note_state(&m->codec, &m->room_read, event);
}

static void on_state(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    const char *type = state_read[m->state_at];
    bool none = r->outcome == MATRIX_REFUSED && str_equal(r->errcode, "M_NOT_FOUND");
    bool read = r->outcome == MATRIX_OK && json_is_object(r->json);
    bool may_miss = none && !str_equal(type, "m.room.create");
    if (none && m->state_at == 0) {
        m->room.joined = false;
        settled(m);
        return;
    }
    if (!read && !may_miss) {
        not_settled(m, r);
        return;
    }
    if (read)
        note_read(m, type, r->json);
    if (++m->state_at < COUNT(state_read))
        read_next(m);
    else
        all_read(m);
}

static void read_next(struct matrix *m)
{
    CLEANUP(buf_done) struct buf path;
    const char *type = state_read[m->state_at];
    buf_init(&path, 2048);
    if (m->state_at == 0)
        matrix_path(&path, "v3/rooms/*/state/*/*",
                    (const char *const[]){ m->codec.room, type, m->codec.user });
    else
        matrix_path(&path, "v3/rooms/*/state/*", (const char *const[]){ m->codec.room, type });
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = buf_text(&path),
                                      .repeated = true,
                                      .urgency = URGENCY_GUARDS },
                on_state, m);
}

/* ---- coming in ---- */

static void on_joined(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    if (r->outcome == MATRIX_OK) {
        LOG(LOG_INFO, "matrix.joined", LS("room", m->codec.room));
        m->room.joined = true;
        begin_reading(m);
    } else if (r->outcome == MATRIX_REFUSED) {
        m->room.joined = m->skip_to_join = false;
        settled(m);
    } else {
        not_settled(m, r);
    }
}

/* What was said in the room before we came is not for us; a poll may bring our coming before the
   answer to this does. */
static void join(struct matrix *m)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    m->skip_to_join = true;
    matrix_path(&path, "v3/rooms/*/join", (const char *const[]){ m->codec.room });
    matrix_call(m,
                &(struct matrix_ask){ .method = "POST",
                                      .path = buf_text(&path),
                                      .body_new = json_object(),
                                      .urgency = URGENCY_GUARDS },
                on_joined, m);
}

static void on_peeked(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    m->room.invited = r->outcome == MATRIX_OK && matrix_is_invited(m, r->json);
    settled(m);
}

static void on_rooms(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    size_t i;
    json_t *id;
    bool joined = false;
    if (r->outcome != MATRIX_OK || !json_is_array(json_object_get(r->json, "joined_rooms"))) {
        not_settled(m, r);
        return;
    }
    json_array_foreach(json_object_get(r->json, "joined_rooms"), i, id)
        joined |= str_equal(json_string_value(id), m->codec.room);
    m->room.joined = joined;
    if (joined)
        begin_reading(m);
    else if (m->look_only)
        matrix_peek(m, on_peeked);
    else
        join(m);
}

void matrix_look(struct matrix *m, matrix_looked done)
{
    if (m->looked)
        return;
    m->looked = done;
    matrix_read_offer(m);
    matrix_call(m,
                &(struct matrix_ask){ .method = "GET",
                                      .path = "v3/joined_rooms",
                                      .repeated = true,
                                      .urgency = URGENCY_GUARDS },
                on_rooms, m);
}

/* ---- for people ---- */

static void describe_entrance(const struct matrix_room *room,
                              void (*line)(void *, bool, const char *), void *arg)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, 512);
    if (!str_equal(room->join_rule, "invite"))
        line(arg, true,
             str_equal(room->join_rule, "public") ? "risk: the room is public, so anybody can "
                                                    "enter and read; set its join rule to invite"
                                                  : "risk: people can enter the room without an "
                                                    "invitation; set its join rule to invite");
    if (!room->local_only)
        line(arg, true,
             "risk: federation is on: other servers may take part, and whoever runs one can speak "
             "as its people; a room made with m.federate = false keeps them out");
    buf_addf(&text,
             "note: %zu members have no say here: other servers, or ids outside the strict grammar",
             room->foreign_members);
    if (room->foreign_members)
        line(arg, true, buf_text(&text));
    if (!room->counted)
        line(arg, true, "note: the room's members could not be counted");
}

static void describe_directs(const struct matrix *m, void (*line)(void *, bool, const char *),
                             void *arg)
{
    CLEANUP(buf_done) struct buf text;
    size_t known = 0, all = 0;
    buf_init(&text, 1024);
    for (size_t i = 0; i < m->codec.people->count; i++) {
        const char *id = person_chat_id(&m->codec.people->rows[i], "matrix");
        all += id != NULL;
        known += id && matrix_direct_room(m, id);
    }
    if (m->directs_refused[0])
        buf_addf(&text,
                 "people cannot be written to alone, as alarms are: the homeserver makes no room "
                 "for it (%s); allow reguard's account to make rooms",
                 m->directs_refused);
    else
        buf_addf(&text,
                 "%zu of %zu people have a direct room with reguard; the others are invited to "
                 "theirs with the first alarm that is for them",
                 known, all);
    line(arg, !m->directs_refused[0], buf_text(&text));
}

void matrix_describe(const struct adapter *adapter, void (*line)(void *, bool, const char *),
                     void *arg)
{
    const struct matrix *m = (const struct matrix *)adapter;
    const struct matrix_room *room = &m->room;
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, 1024);
    if (!room->known || !room->joined)
        return;
    buf_addf(&text, "room %s: version %s, join rule %s, %s, %s", m->codec.room,
             room->version[0] ? room->version : "1",
             room->join_rule[0] ? room->join_rule : "unknown",
             room->local_only ? "no federation" : "open to other servers",
             room->encrypted ? "ENCRYPTED" : "not encrypted");
    line(arg, !room->encrypted && !room->closed, buf_text(&text));
    describe_entrance(room, line, arg);
    if (m->kept)
        line(arg, true,
             m->kept_counts
                 ? "the access token is the one that reguard renewed last, from the records"
                 : "risk: the records hold a token that was renewed from another "
                   "access_token_file; whoever leads on this host would begin with its own file "
                   "again. The file has to be the same on every host");
    describe_directs(m, line, arg);
    if (!(m->codec.policy->approve_with & (APPROVE_BY_REACTION | APPROVE_BY_COMMAND)))
        line(arg, false,
             "nobody can approve here: there are no buttons, and approve_with has neither reaction "
             "nor command");
    if (m->device_missing)
        line(arg, false,
             "the access token belongs to no device, so the homeserver does not recognise repeated "
             "messages; log in to get one");
    line(arg, true,
         "risk: whoever administers the homeserver can act as any of its people; an approval here "
         "proves no more than the homeserver's word");
}
