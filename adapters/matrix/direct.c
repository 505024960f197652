/* SPDX-License-Identifier: Apache-2.0 */
/* Direct rooms: one with each person who is written to alone. They are made when they are first
   needed, remembered in the account's m.direct, and made anew when they are gone. Whoever is not in
   theirs is invited again with each message, because an invitation is all that notifies them (spec
   1.19, "Direct Messaging", "Room membership"). */
#include "adapters/matrix/internal.h"
#include "core/xalloc.h"
#include "adapters/matrix/matrix.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char MEMORY[] = "dev.reguard.direct"; /* account data: why rooms are refused */
/* After an answer that was lost there may be a room nobody knows of, and whoever is in one may keep
   us from speaking there: not too many of them. */
static const ms_t MAKE_AGAIN_MS = 15 * MS_SECOND, MAKE_AGAIN_MOST_MS = MS_HOUR;
enum { RING_BYTES = 300 };

struct matrix_opening {
    struct matrix *matrix;
    char person[LIMIT_ID_BYTES], room[LIMIT_ID_BYTES], ring[RING_BYTES];
    enum urgency urgency;
    bool invited, plainly;
    matrix_opened done;
    void *arg;
};

/* ---- what is known ---- */

/* MATRIX_DIRECTS when there is none. */
static size_t place_of(const struct matrix *m, const char *person)
{
    size_t at = 0;
    while (at < MATRIX_DIRECTS && !str_equal(m->directs[at].person, person))
        at++;
    return at;
}

static size_t place_in(const struct matrix *m, const char *room)
{
    size_t at = 0;
    while (at < MATRIX_DIRECTS &&
           (!m->directs[at].room[0] || !str_equal(m->directs[at].room, room)))
        at++;
    return at;
}

const struct matrix_direct *matrix_direct_in(const struct matrix *m, const char *room)
{
    size_t at = place_in(m, room);
    return at < MATRIX_DIRECTS ? &m->directs[at] : NULL;
}

const char *matrix_direct_room(const struct matrix *m, const char *person)
{
    size_t at = place_of(m, person);
    return at < MATRIX_DIRECTS && m->directs[at].room[0] ? m->directs[at].room : NULL;
}

/* Ids that would not fit the filter of a poll are not followed. */
static bool is_usable(const struct matrix *m, const char *room)
{
    return room && room[0] == '!' && strlen(room) < MATRIX_DIRECT_BYTES &&
           !str_equal(room, m->codec.room);
}

static struct matrix_direct *keep(struct matrix *m, const char *person, const char *room)
{
    size_t at = place_of(m, person);
    bool is_new = at == MATRIX_DIRECTS;
    struct matrix_direct *d = &m->directs[is_new ? m->next_direct++ % MATRIX_DIRECTS : at];
    if (is_new) {
        *d = (struct matrix_direct){ 0 };
        STR_SET(d->person, person);
    }
    STR_SET(d->room, is_usable(m, room) ? room : "");
    return d;
}

static bool is_of_people(const struct matrix *m, const char *id)
{
    return people_find(m->codec.people, "matrix", id, NULL) != NULL;
}

static json_t *rooms_json(const struct matrix *m)
{
    json_t *all = m->direct_data ? json_deep_copy(m->direct_data) : json_object();
    for (size_t i = 0; i < MATRIX_DIRECTS; i++)
        if (m->directs[i].room[0])
            json_object_set_new(all, m->directs[i].person, json_pack("[s]", m->directs[i].room));
    return all;
}

/* ---- account data ---- */

static void write_done(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    if (r->outcome != MATRIX_OK && !matrix_is_stopped(m))
        LOG(LOG_WARN, "matrix.direct", LS("what", "could not be remembered in the account"),
            LS("error", matrix_why(r)));
}

static void account_data(struct matrix *m, const char *method, const char *type, json_t *body_new,
                         matrix_done done)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/user/*/account_data/*", (const char *const[]){ m->codec.user, type });
    matrix_call(m,
                &(struct matrix_ask){ .method = method,
                                      .path = buf_text(&path),
                                      .body_new = body_new,
                                      .repeated = body_new == NULL,
                                      .urgency = URGENCY_GUARDS },
                done, m);
}

void matrix_directs_know(struct matrix *m)
{
    const char *person;
    json_t *rooms;
    json_object_foreach(m->direct_data, person, rooms)
    {
        size_t count = json_array_size(rooms);
        const char *room = count ? json_string_value(json_array_get(rooms, count - 1)) : NULL;
        if (is_of_people(m, person) && is_usable(m, room) &&
            place_of(m, person) == MATRIX_DIRECTS && m->next_direct < MATRIX_DIRECTS)
            keep(m, person, room);
    }
}

static void take_rooms(struct matrix *m, const json_t *all)
{
    json_decref(m->direct_data);
    m->direct_data = json_is_object(all) ? json_deep_copy(all) : NULL;
    matrix_directs_know(m);
}

static void on_memory(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    STR_SET(m->directs_refused, json_text_or_empty(r->json, "refused"));
    m->directs_read = true;
    if (!matrix_is_stopped(m))
        loop_timer_set(m->loop, &m->again, 0);
}

static void on_rooms_read(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    bool none = r->outcome == MATRIX_REFUSED;
    if (matrix_is_stopped(m))
        return;
    if (r->outcome != MATRIX_OK && !none && ++m->direct_reads < LIMIT_READ_ATTEMPTS) {
        matrix_connect_again(m, matrix_why(r), r->retry_after_ms);
        return;
    }
    if (r->outcome == MATRIX_OK)
        take_rooms(m, r->json);
    account_data(m, "GET", MEMORY, NULL, on_memory);
}

void matrix_directs_read(struct matrix *m)
{
    account_data(m, "GET", "m.direct", NULL, on_rooms_read);
}

/* Told in the log, by /readyz and `check`, until a room can be made. */
static void refused(struct matrix *m, const char *why)
{
    bool news = !str_equal(m->directs_refused, why);
    STR_SET(m->directs_refused, why);
    if (!news)
        return;
    if (why[0])
        LOG(LOG_ERROR, "matrix.direct",
            LS("what", "the homeserver makes no room to write to "
                       "somebody alone"),
            LS("why", why));
    account_data(m, "PUT", MEMORY, json_pack("{s:s}", "refused", why), write_done);
}

const char *matrix_directs_problem(const struct adapter *adapter)
{
    const struct matrix *m = (const struct matrix *)adapter;
    return m->directs_refused[0] ? m->directs_refused : NULL;
}

/* ---- opening one ---- */

static void opened(struct matrix_opening *o, const struct matrix_result *r)
{
    o->done(o->arg, o->room[0] ? o->room : NULL, r);
    free(o);
}

static void on_made(void *arg, const struct matrix_result *r)
{
    struct matrix_opening *o = arg;
    struct matrix *m = o->matrix;
    const char *room = json_text(r->json, "room_id");
    if (r->outcome == MATRIX_REFUSED)
        refused(m, matrix_why(r));
    if (r->outcome == MATRIX_OK && is_usable(m, room)) {
        refused(m, "");
        STR_SET(o->room, room);
        keep(m, o->person, room);
        LOG(LOG_INFO, "matrix.direct", LS("what", "made a room"), LS("person", o->person));
        account_data(m, "PUT", "m.direct", rooms_json(m), write_done);
        matrix_poll_anew(m);
    }
    opened(o, r->outcome == MATRIX_OK && !o->room[0]
                  ? &(struct matrix_result){ .outcome = MATRIX_UNKNOWN,
                                             .errcode = "",
                                             .error = "no usable room_id in the answer" }
                  : r);
}

/* Whoever is of our own server needs no other one in it. */
static json_t *room_json(const struct matrix *m, const char *person)
{
    json_t *json = json_pack("{s:s, s:b, s:[s]}", "preset", "trusted_private_chat", "is_direct", 1,
                             "invite", person);
    if (matrix_is_local(&m->codec, person))
        json_object_set_new(json, "creation_content", json_pack("{s:b}", "m.federate", 0));
    return json;
}

static void make_room(struct matrix_opening *o)
{
    struct matrix *m = o->matrix;
    struct matrix_direct *d = keep(m, o->person, "");
    ms_t now = clock_monotonic_ms();
    ms_t pause = ms_doubled(MAKE_AGAIN_MS, d->tries, MAKE_AGAIN_MOST_MS),
         wait = d->tried_ms ? d->tried_ms + pause - now : 0;
    o->room[0] = '\0';
    if (wait > 0 || matrix_is_stopped(m)) {
        opened(o, &(struct matrix_result){
                      .outcome = MATRIX_LATER,
                      .errcode = "",
                      .error = m->directs_refused[0] ? m->directs_refused
                                                     : "the last try to make a room was just now",
                      .retry_after_ms = ms_max(wait, 0) });
        return;
    }
    d->tried_ms = now;
    d->tries += d->tries < INT_MAX;
    matrix_call(m,
                &(struct matrix_ask){ .method = "POST",
                                      .path = "v3/createRoom",
                                      .body_new = room_json(m, o->person),
                                      .urgency = o->urgency },
                on_made, o);
}

static void invite_plainly(struct matrix_opening *o);

static void on_invited(void *arg, const struct matrix_result *r)
{
    struct matrix_opening *o = arg;
    bool was_plain = o->plainly;
    if (r->outcome != MATRIX_REFUSED || matrix_is_stopped(o->matrix))
        opened(o, r);
    else if (!was_plain)
        invite_plainly(o);
    else if (!o->invited)
        make_room(o); /* they have left, and cannot be asked in again */
    else
        opened(o, r);
}

/* The call for it knows nothing of direct rooms. */
static void invite_plainly(struct matrix_opening *o)
{
    CLEANUP(buf_done) struct buf path;
    o->plainly = true;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/invite", (const char *const[]){ o->room });
    matrix_call(o->matrix,
                &(struct matrix_ask){
                    .method = "POST",
                    .path = buf_text(&path),
                    .body_new = json_pack("{s:s, s:s}", "user_id", o->person, "reason", o->ring),
                    .urgency = o->urgency },
                on_invited, o);
}

/* With words of its own each time: the same invitation again is no news. As a state event, which
   can say what kind of room it is. */
static void invite(struct matrix_opening *o)
{
    CLEANUP(buf_done) struct buf path;
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/state/m.room.member/*",
                (const char *const[]){ o->room, o->person });
    matrix_call(o->matrix,
                &(struct matrix_ask){ .method = "PUT",
                                      .path = buf_text(&path),
                                      .body_new = json_pack("{s:s, s:b, s:s}", "membership",
                                                            "invite", "is_direct", 1, "reason",
                                                            o->ring),
                                      .urgency = o->urgency },
                on_invited, o);
}

static void on_direct_member(void *arg, const struct matrix_result *r)
{
    struct matrix_opening *o = arg;
    const char *membership = json_text(r->json, "membership");
    bool never = r->outcome == MATRIX_REFUSED && str_equal(r->errcode, "M_NOT_FOUND");
    o->invited = str_equal(membership, "invite");
    if (matrix_is_stopped(o->matrix) || str_equal(membership, "join"))
        opened(o, r);
    else if (r->outcome == MATRIX_OK || never)
        invite(o);
    else if (r->outcome == MATRIX_REFUSED)
        make_room(o); /* we are not in it any more, or it is gone */
    else
        opened(o, r);
}

void matrix_direct_open(struct matrix *m, const struct matrix_direct_ask *ask, matrix_opened done,
                        void *arg)
{
    struct matrix_opening *o = xcalloc(1, sizeof *o);
    const char *room = matrix_direct_room(m, ask->person);
    CLEANUP(buf_done) struct buf path = { 0 };
    o->matrix = m;
    o->urgency = ask->urgency;
    o->done = done;
    o->arg = arg;
    STR_SET(o->person, ask->person);
    STR_SET(o->ring, ask->ring);
    if (!room) {
        make_room(o);
        return;
    }
    STR_SET(o->room, room);
    buf_init(&path, 2048);
    matrix_path(&path, "v3/rooms/*/state/m.room.member/*",
                (const char *const[]){ o->room, o->person });
    matrix_call(
        m, &(struct matrix_ask){ .method = "GET", .path = buf_text(&path), .urgency = o->urgency },
        on_direct_member, o);
}

void matrix_direct_taken(struct matrix *m, const char *room)
{
    size_t at = place_in(m, room);
    if (at < MATRIX_DIRECTS)
        m->directs[at].tries = 0;
}

void matrix_direct_refused(struct matrix *m, const char *room)
{
    size_t at = place_in(m, room);
    if (at < MATRIX_DIRECTS)
        m->directs[at].room[0] = '\0'; /* another one may be made */
}

static void nobody_waits(void *arg, const char *room, const struct matrix_result *r)
{
    (void)arg;
    (void)room;
    (void)r;
}

/* Whoever is next without one: they would be written to there with the next alarm anyway. */
void matrix_directs_again(struct matrix *m)
{
    const struct people *people = m->codec.people;
    for (size_t i = 0; m->directs_refused[0] && !m->look_only && i < people->count; i++) {
        const char *id = person_chat_id(&people->rows[i], "matrix");
        if (!id || matrix_direct_room(m, id))
            continue;
        matrix_direct_open(
            m, &(struct matrix_direct_ask){ .person = id, .ring = "", .urgency = URGENCY_ORDINARY },
            nobody_waits, NULL);
        return;
    }
}

void matrix_direct_stop(struct matrix *m) { json_decref(m->direct_data); }
