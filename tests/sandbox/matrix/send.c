/* What members send: messages, reactions, redactions, state. */
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_BYTES_MOST = 65536, KEY_CHARACTERS_MOST = 500, TXN_BYTES_MOST = 255 };

/* ---- relations ---- */

json_t *matrix_relation(const json_t *event)
{
    return json_object_get(json_object_get(event, "content"), "m.relates_to");
}

const json_t *matrix_event_relation(const struct matrix_event *e)
{
    return e->was_relation ? e->was_relation : matrix_relation(e->json);
}

bool matrix_relates(const json_t *event, const char *rel_type, const char *event_id)
{
    const json_t *relation = matrix_relation(event);
    return matrix_same(matrix_text(relation, "rel_type"), rel_type) &&
           matrix_same(matrix_text(relation, "event_id"), event_id);
}

void matrix_relate(struct matrix *m, const struct matrix_room *room, const json_t *content)
{
    const char *target = matrix_text(json_object_get(content, "m.relates_to"), "event_id");
    struct matrix_event *e = *target ? matrix_event_by_id(m, room, target) : NULL;
    if (e)
        e->related = true;
}

struct matrix_event *matrix_reaction(struct matrix *m, const struct matrix_room *room,
                                     const char *sender, const char *target, const char *key)
{
    for (size_t i = m->event_count; i > 0; i--) {
        struct matrix_event *e = &m->events[i - 1];
        if (e->room == room && !e->redacted_by &&
            matrix_same(matrix_text(e->json, "type"), "m.reaction") &&
            matrix_same(matrix_text(e->json, "sender"), sender) &&
            matrix_relates(e->json, "m.annotation", target) &&
            matrix_same(matrix_text(matrix_relation(e->json), "key"), key))
            return e;
    }
    return NULL;
}

static size_t characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8; utf8++)
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return count;
}

/* As Synapse looks at relations: a target that it does not know, a second equal reaction, a thread
   under a relation. */
static bool relation_allowed(struct matrix_call *call, const char *type)
{
    const json_t *relation = json_object_get(call->body, "m.relates_to");
    const char *kind = matrix_text(relation, "rel_type"),
               *target = matrix_text(relation, "event_id"), *key = matrix_text(relation, "key");
    if (!*kind || !*target)
        return true;
    const struct matrix_event *parent = matrix_event_by_id(call->m, call->room, target);
    bool annotation = matrix_same(kind, "m.annotation") && matrix_same(type, "m.reaction");
    if (!parent)
        matrix_refuse(call, 400, "M_UNKNOWN", "Can't send relation to unknown event");
    else if (annotation && characters(key) > KEY_CHARACTERS_MOST)
        matrix_refuse(call, 400, "M_UNKNOWN", "Aggregation key is too long");
    else if (annotation && matrix_reaction(call->m, call->room, call->user->id, target, key))
        matrix_refuse(call, 400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice");
    else if (matrix_same(kind, "m.thread") &&
             *matrix_text(matrix_relation(parent->json), "rel_type"))
        matrix_refuse(call, 400, "M_UNKNOWN", "Cannot start threads from an event with a relation");
    else
        return true;
    return false;
}

/* ---- before anything is sent ---- */

/* One transaction id counts for a user's device and room, whatever the event's type and content. */
static const struct matrix_event *sent_before(struct matrix_call *call, const char *txn)
{
    const struct matrix *m = call->m;
    for (size_t i = m->event_count; i > 0; i--) {
        const struct matrix_event *e = &m->events[i - 1];
        if (e->txn && e->room == call->room && strcmp(e->txn, txn) == 0 &&
            matrix_same(e->device, call->session->device) &&
            matrix_same(matrix_text(e->json, "sender"), call->user->id))
            return e;
    }
    return NULL;
}

static bool has_power(struct matrix_call *call, const char *type, bool state)
{
    if (matrix_power(call->room, call->user->id) >= matrix_power_needed(call->room, type, state))
        return true;
    char sentence[300];
    snprintf(
        sentence, sizeof sentence,
        "You don't have permission to post that to the room. user_level (%lld) < send_level (%lld)",
        (long long)matrix_power(call->room, call->user->id),
        (long long)matrix_power_needed(call->room, type, state));
    matrix_refuse(call, 403, "M_FORBIDDEN", sentence);
    return false;
}

/* A bucket per user, only while a test has set a rate. */
static bool within_rate(struct matrix_call *call)
{
    struct matrix *m = call->m;
    struct matrix_user *u = call->user;
    int64_t now = sandbox_monotonic_ms();
    if (m->rate <= 0)
        return true;
    double more = (double)(now - u->allowed_at_ms) / 1000.0 * m->rate;
    u->allowance = u->allowance + more > m->burst ? m->burst : u->allowance + more;
    u->allowed_at_ms = now;
    if (u->allowance >= 1) {
        u->allowance -= 1;
        return true;
    }
    struct fault limited = { .kind = FAULT_AFTER,
                             .status = 429,
                             .retry_after_s = (int)((1 - u->allowance) / m->rate) + 1 };
    matrix_spoil(m, &limited, call->reply);
    snprintf(call->note, sizeof call->note, "M_LIMIT_EXCEEDED");
    return false;
}

static bool well_sized(struct matrix_call *call, const char *txn)
{
    if (call->request->body_bytes > EVENT_BYTES_MOST)
        matrix_refuse(call, 413, "M_TOO_LARGE", "event too large");
    else if (txn && (!*txn || strlen(txn) > TXN_BYTES_MOST))
        matrix_refuse(call, 400, "M_UNKNOWN", "The transaction id is empty or too long");
    else
        return true;
    return false;
}

static void stamp(struct matrix_event *e, const struct matrix_session *session, const char *txn)
{
    e->device = strdup(session->device);
    e->txn = strdup(txn);
}

static void answer_event(struct matrix_call *call, const struct matrix_event *e, const char *what)
{
    const char *body = matrix_text(call->body, "body"),
               *key = matrix_text(json_object_get(call->body, "m.relates_to"), "key");
    snprintf(call->note, sizeof call->note, "%s %s %.80s", what, matrix_id_of(e),
             *body ? body : key);
    matrix_answer(call, json_pack("{s:s}", "event_id", matrix_id_of(e)));
}

/* ---- sending ---- */

/* Of its own members a homeserver takes no message without text and kind. */
static bool message_complete(struct matrix_call *call, const char *type)
{
    if (!matrix_same(type, "m.room.message") ||
        (json_is_string(json_object_get(call->body, "body")) &&
         json_is_string(json_object_get(call->body, "msgtype"))))
        return true;
    matrix_refuse(call, 400, "M_BAD_JSON", "m.room.message needs msgtype and body as text");
    return false;
}

void matrix_send(struct matrix_call *call)
{
    const char *type = call->args[1], *txn = call->args[2];
    if (!well_sized(call, txn))
        return;
    const struct matrix_event *before = sent_before(call, txn);
    if (before) {
        answer_event(call, before, "repeat");
        return;
    }
    if (!has_power(call, type, false) || !within_rate(call) || !message_complete(call, type) ||
        !relation_allowed(call, type))
        return;
    if (matrix_same(type, "m.room.redaction")) {
        struct matrix_event *e = matrix_redaction(call->m, call->room, call->user->id,
                                                  matrix_text(call->body, "redacts"),
                                                  matrix_text(call->body, "reason"));
        stamp(e, call->session, txn);
        answer_event(call, e, type);
        return;
    }
    matrix_relate(call->m, call->room, call->body);
    struct matrix_event *e = matrix_append(call->m, call->room,
                                           json_pack("{s:s, s:s, s:O}", "type", type, "sender",
                                                     call->user->id, "content", call->body));
    stamp(e, call->session, txn);
    answer_event(call, e, type);
}

/* ---- redacting ---- */

/* What a redaction leaves of a content. */
static json_t *pruned(const json_t *event)
{
    const char *type = matrix_text(event, "type");
    const json_t *content = json_object_get(event, "content");
    if (matrix_same(type, "m.room.create"))
        return json_deep_copy(content);
    const char *kept = matrix_same(type, "m.room.member")               ? "membership"
                       : matrix_same(type, "m.room.join_rules")         ? "join_rule"
                       : matrix_same(type, "m.room.history_visibility") ? "history_visibility"
                                                                        : NULL;
    return kept ? json_pack("{s:O?}", kept, json_object_get(content, kept)) : json_object();
}

struct matrix_event *matrix_redaction(struct matrix *m, struct matrix_room *room,
                                      const char *sender, const char *target, const char *reason)
{
    /* The target stands in the content since room version 11; Synapse still writes the old place,
       too. */
    json_t *event = json_pack("{s:s, s:s, s:s, s:{s:s}}", "type", "m.room.redaction", "sender",
                              sender, "redacts", target, "content", "redacts", target);
    if (*reason)
        json_object_set_new(json_object_get(event, "content"), "reason", json_string(reason));
    struct matrix_event *redaction = matrix_append(m, room, event),
                        *victim = matrix_event_by_id(m, room, target);
    if (!victim)
        return redaction;
    if (!victim->was_relation)
        victim->was_relation = json_incref(matrix_relation(victim->json));
    json_object_set_new(victim->json, "content", pruned(victim->json));
    json_decref(victim->redacted_by);
    victim->redacted_by = json_incref(redaction->json);
    free(victim->raw);
    victim->raw = NULL;
    return redaction;
}

static bool may_redact(struct matrix_call *call, const char *target)
{
    const struct matrix_event *victim = matrix_event_by_id(call->m, call->room, target);
    if (!victim) {
        matrix_refuse(call, 404, "M_NOT_FOUND", "Event not found.");
        return false;
    }
    if (!has_power(call, "m.room.redaction", false))
        return false;
    if (matrix_same(matrix_text(victim->json, "sender"), call->user->id) ||
        matrix_power(call->room, call->user->id) >= matrix_power_for(call->room, "redact"))
        return true;
    matrix_refuse(call, 403, "M_FORBIDDEN", "You don't have permission to redact events");
    return false;
}

void matrix_redact(struct matrix_call *call)
{
    const char *target = call->args[1], *txn = call->args[2];
    if (!well_sized(call, txn))
        return;
    const struct matrix_event *before = sent_before(call, txn);
    if (before) {
        answer_event(call, before, "repeat");
        return;
    }
    if (!may_redact(call, target) || !within_rate(call))
        return;
    struct matrix_event *e = matrix_redaction(call->m, call->room, call->user->id, target,
                                              matrix_text(call->body, "reason"));
    stamp(e, call->session, txn);
    answer_event(call, e, "m.room.redaction");
}

/* ---- state ---- */

void matrix_state_set(struct matrix_call *call)
{
    const char *type = call->args[1], *key = call->args[2] ? call->args[2] : "";
    if (!well_sized(call, NULL) || !has_power(call, type, true))
        return;
    bool invites = matrix_same(type, "m.room.member") &&
                   matrix_same(matrix_text(call->body, "membership"), "invite") &&
                   !matrix_same(matrix_membership(call->room, key), "join") &&
                   !matrix_same(matrix_membership(call->room, key), "ban");
    if (*key == '@' && !matrix_same(key, call->user->id) && !invites) {
        matrix_refuse(call, 403, "M_FORBIDDEN", "You are not allowed to set others state");
        return;
    }
    answer_event(call,
                 matrix_append_state(call->m, call->room, call->user->id, type, key,
                                     json_incref(call->body)),
                 type);
}
