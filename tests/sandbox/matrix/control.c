/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/matrix: the room's misfortunes and the homeserver's, one per key. */
#include "tests/sandbox/matrix/control.h"
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/matrix/later.h"
#include "tests/sandbox/matrix/refused.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/session.h"
#include "tests/sandbox/matrix/sync.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <string.h>

struct change {
    struct matrixd *m;
    struct matrixd_room *room;
    const struct matrixd_user *by;
    const json_t *body;
    struct web_reply *reply;
};

static bool refuse(const struct change *c, const char *sentence)
{
    matrixd_complain(c->reply, 400, sentence);
    return false;
}

static const json_t *content_of(const struct matrixd_room *room, const char *type)
{
    return json_object_get(matrixd_state_event(room, type, ""), "content");
}

/* A changed copy of a state event's content. */
static void merge_state(const struct change *c, struct matrixd_room *room, const char *type,
                        const json_t *change)
{
    json_t *content = json_deep_copy(content_of(room, type));
    if (!content)
        content = json_object();
    json_object_update_recursive(content, (json_t *)(uintptr_t)change); /* NOLINT */
    matrixd_append_state(c->m, room, c->by->id, type, "", content);
}

/* ---- members ---- */

static const char *user_id(const struct change *c, const json_t *value)
{
    const char *name = json_string_value(value);
    const struct matrixd_user *user = matrixd_user_named(c->m, name);
    return user ? user->id : name && *name == '@' ? name : NULL;
}

static bool member(const struct change *c, const json_t *value, const char *membership,
                   bool oneself)
{
    const char *id = user_id(c, value);
    if (!id)
        return refuse(c, "A member is a person's name, or an id with @.");
    matrixd_set_membership(c->m, c->room, oneself ? id : c->by->id, id, membership);
    return true;
}

static bool kick(const struct change *c, const json_t *value)
{
    return member(c, value, "leave", false);
}
static bool ban(const struct change *c, const json_t *value)
{
    return member(c, value, "ban", false);
}
static bool invite(const struct change *c, const json_t *value)
{
    return member(c, value, "invite", false);
}
static bool join(const struct change *c, const json_t *value)
{
    return member(c, value, "join", true);
}
static bool leave(const struct change *c, const json_t *value)
{
    return member(c, value, "leave", true);
}

/* ---- the room's nature ---- */

static bool encrypt(const struct change *c, const json_t *value)
{
    if (!json_is_true(value))
        return refuse(c, "\"encrypt\" is true: there is no way back.");
    matrixd_append_state(c->m, c->room, c->by->id, "m.room.encryption", "",
                         json_pack("{s:s}", "algorithm", "m.megolm.v1.aes-sha2"));
    return true;
}

static bool join_rule(const struct change *c, const json_t *value)
{
    if (!json_is_string(value))
        return refuse(c, "\"join_rule\" is invite, public, knock…");
    matrixd_append_state(c->m, c->room, c->by->id, "m.room.join_rules", "",
                         json_pack("{s:O}", "join_rule", value));
    return true;
}

static bool power(const struct change *c, const json_t *value)
{
    if (!json_is_object(value))
        return refuse(c, "\"power\" is what changes in m.room.power_levels.");
    merge_state(c, c->room, "m.room.power_levels", value);
    return true;
}

static bool state(const struct change *c, const json_t *value)
{
    json_t *content = json_object_get(value, "content");
    if (!*sandbox_text(value, "type") || !json_is_object(content))
        return refuse(c, "\"state\" has type, content and perhaps state_key.");
    matrixd_append_state(c->m, c->room, c->by->id, sandbox_text(value, "type"),
                         sandbox_text(value, "state_key"), json_deep_copy(content));
    return true;
}

static struct matrixd_room *room_elsewhere(const struct change *c, const json_t *value,
                                           const char *name)
{
    char secret[20], id[MATRIXD_ID];
    sandbox_random(secret, 18);
    snprintf(id, sizeof id, "!%s:" MATRIXD_SERVER, secret);
    return matrixd_room_new(c->m, json_is_string(value) ? json_string_value(value) : id, c->by->id,
                            name);
}

static bool invite_elsewhere(const struct change *c, const json_t *value)
{
    struct matrixd_room *room = room_elsewhere(c, value, "somewhere else");
    if (!room)
        return refuse(c, "There is such a room already, or too many.");
    matrixd_set_membership(c->m, room, c->by->id, MATRIXD_BOT, "invite");
    return true;
}

/* As Synapse upgrades a room: a successor, and in the old one only those with power may speak
   on. */
static bool tombstone(const struct change *c, const json_t *value)
{
    struct matrixd_room *room = room_elsewhere(c, value, "root-ops");
    if (!room)
        return refuse(c, "There is such a room already, or too many.");
    json_t *predecessor = json_pack("{s:{s:s}}", "predecessor", "room_id", c->room->id),
           *quiet = json_pack("{s:i, s:i}", "events_default", 50, "invite", 50);
    merge_state(c, room, "m.room.create", predecessor);
    matrixd_append_state(c->m, c->room, c->by->id, "m.room.tombstone", "",
                         json_pack("{s:s, s:s}", "body", "This room has been replaced",
                                   "replacement_room", room->id));
    merge_state(c, c->room, "m.room.power_levels", quiet);
    json_decref(predecessor);
    json_decref(quiet);
    return true;
}

/* ---- the homeserver ---- */

static bool hold(const struct change *c, const json_t *value)
{
    c->m->hold = json_is_true(value);
    c->m->dirty = true;
    return true;
}

static bool limited(const struct change *c, const json_t *value)
{
    c->m->limited = json_is_integer(value) ? json_integer_value(value) : -1;
    return true;
}

static bool repeat(const struct change *c, const json_t *value)
{
    c->m->repeat = json_is_integer(value) ? json_integer_value(value) : 0;
    return true;
}

static bool skew(const struct change *c, const json_t *value)
{
    c->m->skew_ms = json_integer_value(value);
    return true;
}

static bool timeline_most(const struct change *c, const json_t *value)
{
    if (json_integer_value(value) < 1)
        return refuse(c, "\"timeline_most\" is a number from 1.");
    c->m->timeline_most = json_integer_value(value);
    return true;
}

static bool outage(const struct change *c, const json_t *value)
{
    bool in_words = json_is_integer(value) && json_integer_value(value) == 502;
    c->m->outage = json_is_true(value) || in_words;
    c->m->outage_502 = in_words;
    if (c->m->outage)
        matrixd_waiters_drop(c->m);
    return true;
}

/* true, or how: tokens of before count no more. */
static bool restart(const struct change *c, const json_t *value)
{
    if (json_is_true(json_object_get(value, "reject_since")))
        c->m->generation++;
    matrixd_waiters_drop(c->m);
    return true;
}

static bool rate(const struct change *c, const json_t *value)
{
    struct matrixd *m = c->m;
    m->rate = json_number_value(json_object_get(value, "per_second"));
    m->burst = json_number_value(json_object_get(value, "burst"));
    if (m->burst < 1)
        m->burst = 1;
    for (size_t i = 0; i < MATRIXD_USERS; i++) {
        m->users[i].allowance = m->burst;
        m->users[i].allowed_at_ms = sandbox_monotonic_ms();
    }
    return true;
}

/* How far ahead delayed events are taken; 0: the homeserver offers none. */
static bool delay_most(const struct change *c, const json_t *value)
{
    c->m->later_most_ms = json_integer_value(value) * 1000;
    return true;
}

static bool pass(const struct change *c, const json_t *value)
{
    matrixd_later_pass(c->m, json_integer_value(value));
    return true;
}

static bool limit_hints(const struct change *c, const json_t *value)
{
    static const char *const names[] = { "both", "header", "body", "none" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (sandbox_same(json_string_value(value), names[i])) {
            c->m->hints = i;
            return true;
        }
    return refuse(c, "\"limit_hints\" is both, header, body or none.");
}

/* As when its time is over: nobody can ask for it, and nothing can relate to it. */
static bool purge(const struct change *c, const json_t *value)
{
    struct matrixd_event *e = matrixd_event_by_id(c->m, c->room, json_string_value(value));
    if (!e)
        return refuse(c, "\"purge\" is the id of an event of the room.");
    json_object_set_new(e->json, "event_id", json_string("$purged"));
    json_object_set_new(e->json, "type", json_string("org.purged"));
    return true;
}

static bool refuse_what(const struct change *c, const json_t *value)
{
    return control_refusal_set(&c->m->refused, matrixd_refusals, value, c->reply);
}

static bool token(const struct change *c, const json_t *value)
{
    (void)value;
    return matrixd_token_control(c->m, c->body, c->reply);
}

/* ---- all of them ---- */

static const struct {
    const char *key;
    bool (*run)(const struct change *, const json_t *);
} changes[] = {
    { "kick", kick },
    { "ban", ban },
    { "invite", invite },
    { "join", join },
    { "leave", leave },
    { "encrypt", encrypt },
    { "join_rule", join_rule },
    { "power", power },
    { "state", state },
    { "invite_elsewhere", invite_elsewhere },
    { "tombstone", tombstone },
    { "hold", hold },
    { "limited", limited },
    { "repeat", repeat },
    { "skew_ms", skew },
    { "timeline_most", timeline_most },
    { "outage", outage },
    { "restart", restart },
    { "rate", rate },
    { "limit_hints", limit_hints },
    { "token", token },
    { "token_life_ms", token },
    { "refuse", refuse_what },
    { "purge", purge },
    { "delay_most_s", delay_most },
    { "pass_s", pass },
};

/* A misspelt key would change something else than the test believes. */
static bool known(const char *key)
{
    bool found = sandbox_same(key, "by") || sandbox_same(key, "room");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        found = found || sandbox_same(changes[i].key, key);
    return found;
}

void matrixd_change(struct matrixd *m, const json_t *body, struct web_reply *reply)
{
    const char *by = *sandbox_text(body, "by") ? sandbox_text(body, "by") : "ana",
               *room = *sandbox_text(body, "room") ? sandbox_text(body, "room") : MATRIXD_ROOM,
               *key;
    struct change c = { m, matrixd_room_by_id(m, room), matrixd_user_named(m, by), body, reply };
    json_t *value;
    bool ok = c.room && c.by;
    json_object_foreach((json_t *)(uintptr_t)body, key, value) /* NOLINT */
        ok = ok && known(key);
    if (!ok) {
        refuse(&c, "A key is unknown, or there is no such room or person.");
        return;
    }
    for (size_t i = 0; ok && i < sizeof changes / sizeof *changes; i++)
        if ((value = json_object_get(body, changes[i].key)))
            ok = changes[i].run(&c, value);
    if (!ok)
        return;
    m->dirty = true;
    web_reply_json(reply, 200, json_pack("{s:b}", "ok", 1));
}
