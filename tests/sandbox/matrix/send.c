/* SPDX-License-Identifier: Apache-2.0 */
/* What members send: messages, reactions, redactions, state. */
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/matrix/later.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_BYTES_MOST = 65536, KEY_CHARACTERS_MOST = 500, TXN_BYTES_MOST = 255 };

/* ---- relations ---- */

json_t *matrixd_relation(const json_t *event)
{
    return json_object_get(json_object_get(event, "content"), "m.relates_to");
}

const json_t *matrixd_event_relation(const struct matrixd_event *e)
{
    return e->was_relation ? e->was_relation : matrixd_relation(e->json);
}

bool matrixd_relates(const json_t *event, const char *rel_type, const char *event_id)
{
    const json_t *relation = matrixd_relation(event);
    return sandbox_same(sandbox_text(relation, "rel_type"), rel_type) &&
           sandbox_same(sandbox_text(relation, "event_id"), event_id);
}

void matrixd_relate(struct matrixd *m, const struct matrixd_room *room, const json_t *content)
{
    const char *target = sandbox_text(json_object_get(content, "m.relates_to"), "event_id");
    struct matrixd_event *e = *target ? matrixd_event_by_id(m, room, target) : NULL;
    if (e)
        e->related = true;
}

struct matrixd_event *matrixd_reaction(struct matrixd *m, const struct matrixd_room *room,
                                       const char *sender, const char *target, const char *key)
{
    for (size_t i = m->event_count; i > 0; i--) {
        struct matrixd_event *e = &m->events[i - 1];
        if (e->room == room && !e->redacted_by &&
            sandbox_same(sandbox_text(e->json, "type"), "m.reaction") &&
            sandbox_same(sandbox_text(e->json, "sender"), sender) &&
            matrixd_relates(e->json, "m.annotation", target) &&
            sandbox_same(sandbox_text(matrixd_relation(e->json), "key"), key))
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
static bool relation_allowed(struct matrixd_call *call, const char *type)
{
    const json_t *relation = json_object_get(call->body, "m.relates_to");
    const char *kind = sandbox_text(relation, "rel_type"),
               *target = sandbox_text(relation, "event_id"), *key = sandbox_text(relation, "key");
    if (!*kind || !*target)
        return true;
    const struct matrixd_event *parent = matrixd_event_by_id(call->m, call->room, target);
    bool annotation = sandbox_same(kind, "m.annotation") && sandbox_same(type, "m.reaction");
    if (!parent)
        matrixd_refuse(call, 400, "M_UNKNOWN", "Can't send relation to unknown event");
    else if (annotation && characters(key) > KEY_CHARACTERS_MOST)
        matrixd_refuse(call, 400, "M_UNKNOWN", "Aggregation key is too long");
    else if (annotation && matrixd_reaction(call->m, call->room, call->user->id, target, key))
        matrixd_refuse(call, 400, "M_DUPLICATE_ANNOTATION", "Can't send same reaction twice");
    else if (sandbox_same(kind, "m.thread") &&
             *sandbox_text(matrixd_relation(parent->json), "rel_type"))
        matrixd_refuse(call, 400, "M_UNKNOWN",
                       "Cannot start threads from an event with a relation");
    else
        return true;
    return false;
}

/* ---- before anything is sent ---- */

/* One transaction id counts for a user's device and room, whatever the event's type and content. */
static const struct matrixd_event *sent_before(struct matrixd_call *call, const char *txn)
{
    const struct matrixd *m = call->m;
    for (size_t i = m->event_count; i > 0; i--) {
        const struct matrixd_event *e = &m->events[i - 1];
        if (e->txn && e->room == call->room && strcmp(e->txn, txn) == 0 &&
            sandbox_same(e->device, call->session->device) &&
            sandbox_same(sandbox_text(e->json, "sender"), call->user->id))
            return e;
    }
    return NULL;
}

static bool has_power(struct matrixd_call *call, const char *type, bool state)
{
    if (matrixd_power(call->room, call->user->id) >= matrixd_power_needed(call->room, type, state))
        return true;
    char sentence[300];
    snprintf(
        sentence, sizeof sentence,
        "You don't have permission to post that to the room. user_level (%lld) < send_level (%lld)",
        (long long)matrixd_power(call->room, call->user->id),
        (long long)matrixd_power_needed(call->room, type, state));
    matrixd_refuse(call, 403, "M_FORBIDDEN", sentence);
    return false;
}

/* A bucket per user, only while a test has set a rate. */
static bool within_rate(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    struct matrixd_user *u = call->user;
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
    matrixd_spoil(m, &limited, call->reply);
    snprintf(call->note, sizeof call->note, "M_LIMIT_EXCEEDED");
    return false;
}

static bool well_sized(struct matrixd_call *call, const char *txn)
{
    if (call->request->body_bytes > EVENT_BYTES_MOST)
        matrixd_refuse(call, 413, "M_TOO_LARGE", "event too large");
    else if (txn && (!*txn || strlen(txn) > TXN_BYTES_MOST))
        matrixd_refuse(call, 400, "M_UNKNOWN", "The transaction id is empty or too long");
    else
        return true;
    return false;
}

static void stamp(struct matrixd_event *e, const struct matrixd_session *session, const char *txn)
{
    e->device = strdup(session->device);
    e->txn = strdup(txn);
}

static void answer_event(struct matrixd_call *call, const struct matrixd_event *e, const char *what)
{
    const char *body = sandbox_text(call->body, "body"),
               *key = sandbox_text(json_object_get(call->body, "m.relates_to"), "key");
    snprintf(call->note, sizeof call->note, "%s %s %.80s", what, matrixd_id_of(e),
             *body ? body : key);
    matrixd_answer(call, json_pack("{s:s}", "event_id", matrixd_id_of(e)));
}

/* ---- sending ---- */

/* Of its own members a homeserver takes no message without text and kind. */
static bool message_complete(struct matrixd_call *call, const char *type)
{
    if (sandbox_same(sandbox_text(call->body, "msgtype"), "m.file") &&
        !json_object_get(call->m->media, sandbox_text(call->body, "url"))) {
        matrixd_refuse(call, 400, "M_BAD_JSON", "m.file names nothing that was uploaded here");
        return false;
    }
    if (!sandbox_same(type, "m.room.message") ||
        (json_is_string(json_object_get(call->body, "body")) &&
         json_is_string(json_object_get(call->body, "msgtype"))))
        return true;
    matrixd_refuse(call, 400, "M_BAD_JSON", "m.room.message needs msgtype and body as text");
    return false;
}

void matrixd_send(struct matrixd_call *call)
{
    const char *type = call->args[1], *txn = call->args[2];
    if (!well_sized(call, txn))
        return;
    if (matrixd_later_is(call)) {
        if (within_rate(call))
            matrixd_later_add(call);
        return;
    }
    const struct matrixd_event *before = sent_before(call, txn);
    if (before) {
        answer_event(call, before, "repeat");
        return;
    }
    if (!has_power(call, type, false) || !within_rate(call) || !message_complete(call, type) ||
        !relation_allowed(call, type))
        return;
    if (sandbox_same(type, "m.room.redaction")) {
        struct matrixd_event *e = matrixd_redaction(call->m, call->room, call->user->id,
                                                    sandbox_text(call->body, "redacts"),
                                                    sandbox_text(call->body, "reason"));
        stamp(e, call->session, txn);
        answer_event(call, e, type);
        return;
    }
    matrixd_relate(call->m, call->room, call->body);
    struct matrixd_event *e = matrixd_append(call->m, call->room,
                                             json_pack("{s:s, s:s, s:O}", "type", type, "sender",
                                                       call->user->id, "content", call->body));
    stamp(e, call->session, txn);
    answer_event(call, e, type);
}

/* ---- redacting ---- */

/* What a redaction leaves of a content. */
static json_t *pruned(const json_t *event)
{
    const char *type = sandbox_text(event, "type");
    const json_t *content = json_object_get(event, "content");
    if (sandbox_same(type, "m.room.create"))
        return json_deep_copy(content);
    const char *kept = sandbox_same(type, "m.room.member")               ? "membership"
                       : sandbox_same(type, "m.room.join_rules")         ? "join_rule"
                       : sandbox_same(type, "m.room.history_visibility") ? "history_visibility"
                                                                         : NULL;
    return kept ? json_pack("{s:O?}", kept, json_object_get(content, kept)) : json_object();
}

struct matrixd_event *matrixd_redaction(struct matrixd *m, struct matrixd_room *room,
                                        const char *sender, const char *target, const char *reason)
{
    /* The target stands in the content since room version 11; Synapse still writes the old place,
       too. */
    json_t *event = json_pack("{s:s, s:s, s:s, s:{s:s}}", "type", "m.room.redaction", "sender",
                              sender, "redacts", target, "content", "redacts", target);
    if (*reason)
        json_object_set_new(json_object_get(event, "content"), "reason", json_string(reason));
    struct matrixd_event *redaction = matrixd_append(m, room, event),
                         *victim = matrixd_event_by_id(m, room, target);
    if (!victim)
        return redaction;
    if (!victim->was_relation)
        victim->was_relation = json_incref(matrixd_relation(victim->json));
    json_object_set_new(victim->json, "content", pruned(victim->json));
    json_decref(victim->redacted_by);
    victim->redacted_by = json_incref(redaction->json);
    free(victim->raw);
    victim->raw = NULL;
    return redaction;
}

static bool may_redact(struct matrixd_call *call, const char *target)
{
    const struct matrixd_event *victim = matrixd_event_by_id(call->m, call->room, target);
    if (!victim) {
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Event not found.");
        return false;
    }
    if (!has_power(call, "m.room.redaction", false))
        return false;
    if (sandbox_same(sandbox_text(victim->json, "sender"), call->user->id) ||
        matrixd_power(call->room, call->user->id) >= matrixd_power_for(call->room, "redact"))
        return true;
    matrixd_refuse(call, 403, "M_FORBIDDEN", "You don't have permission to redact events");
    return false;
}

void matrixd_redact(struct matrixd_call *call)
{
    const char *target = call->args[1], *txn = call->args[2];
    if (!well_sized(call, txn))
        return;
    const struct matrixd_event *before = sent_before(call, txn);
    if (before) {
        answer_event(call, before, "repeat");
        return;
    }
    if (!may_redact(call, target) || !within_rate(call))
        return;
    struct matrixd_event *e = matrixd_redaction(call->m, call->room, call->user->id, target,
                                                sandbox_text(call->body, "reason"));
    stamp(e, call->session, txn);
    answer_event(call, e, "m.room.redaction");
}

/* ---- state ---- */

void matrixd_state_set(struct matrixd_call *call)
{
    const char *type = call->args[1], *key = call->args[2] ? call->args[2] : "";
    if (!well_sized(call, NULL) || !has_power(call, type, true))
        return;
    bool invites = sandbox_same(type, "m.room.member") &&
                   sandbox_same(sandbox_text(call->body, "membership"), "invite") &&
                   !sandbox_same(matrixd_membership(call->room, key), "join") &&
                   !sandbox_same(matrixd_membership(call->room, key), "ban");
    if (*key == '@' && !sandbox_same(key, call->user->id) && !invites) {
        matrixd_refuse(call, 403, "M_FORBIDDEN", "You are not allowed to set others state");
        return;
    }
    answer_event(call,
                 matrixd_append_state(call->m, call->room, call->user->id, type, key,
                                      json_incref(call->body)),
                 type);
}
