/* SPDX-License-Identifier: Apache-2.0 */
/* Delayed events (MSC4140, as Synapse 1.163 serves them under org.matrix.msc4140): so many for one
   user and not further ahead than the homeserver allows, which by a test's wish is not at all; one
   that is shown or taken back is not found any more; whoever knows an id needs no token to take it
   back, to begin its time anew or to send it at once. Their clock can be set ahead of everybody's,
   so that a test need not wait. */
#include "tests/sandbox/matrix/later.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char delay_query[] = "org.matrix.msc4140.delay";

enum { MOST_OF_USER = 100, REMEMBERED_MOST = 1000, BURST = 5 };

static int64_t now_ms(const struct matrixd *m) { return sandbox_utc_ms() + m->later_ahead_ms; }

static int64_t due_ms(const json_t *later)
{
    return sandbox_number(later, "since", 0) + sandbox_number(later, "delay", 0);
}

/* ---- when their time has come ---- */

static void appear(struct matrixd *m, const json_t *later)
{
    struct matrixd_room *room = matrixd_room_by_id(m, sandbox_text(later, "room_id"));
    const char *user = sandbox_text(later, "user_id");
    if (room && sandbox_same(matrixd_membership(room, user), "join"))
        matrixd_append(m, room,
                       json_pack("{s:s, s:s, s:O}", "type", sandbox_text(later, "type"), "sender",
                                 user, "content", json_object_get(later, "content")));
}

static void show(struct matrixd *m, size_t at)
{
    json_t *later = json_incref(json_array_get(m->later, at));
    json_array_remove(m->later, at);
    appear(m, later);
    json_decref(later);
    sandbox_changed();
}

void matrixd_later_run(struct matrixd *m)
{
    for (size_t i = 0; i < json_array_size(m->later);)
        if (due_ms(json_array_get(m->later, i)) > now_ms(m)) {
            i++;
        } else {
            show(m, i);
            m->dirty = true;
        }
}

void matrixd_later_start(struct matrixd *m)
{
    m->later = json_array();
    m->later_known = json_object();
    m->later_most_ms = (int64_t)30 * 24 * 3600 * 1000;
    m->later_allowance = BURST;
}

void matrixd_later_done(struct matrixd *m)
{
    json_decref(m->later);
    json_decref(m->later_known);
}

void matrixd_later_pass(struct matrixd *m, int64_t seconds)
{
    m->later_ahead_ms += seconds * 1000;
    matrixd_later_run(m);
}

/* ---- leaving one ---- */

bool matrixd_later_is(const struct matrixd_call *call)
{
    return json_object_get(call->query, delay_query) != NULL;
}

static size_t count_of(const struct matrixd *m, const struct matrixd_user *user)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(m->later); i++)
        count += sandbox_same(sandbox_text(json_array_get(m->later, i), "user_id"), user->id);
    return count;
}

static bool may_be_added(struct matrixd_call *call, int64_t delay_ms)
{
    const struct matrixd *m = call->m;
    char sentence[160];
    if (delay_ms < 0) {
        matrixd_refuse(call, 400, "M_INVALID_PARAM", "The delay is a number of milliseconds");
        return false;
    }
    if (!m->later_most_ms) {
        matrixd_refuse(call, 403, "M_FORBIDDEN", "Sending delayed events has been disallowed");
        return false;
    }
    snprintf(sentence, sizeof sentence,
             "The requested delay (%lldms) exceeds the allowed maximum (%lldms)",
             (long long)delay_ms, (long long)m->later_most_ms);
    if (delay_ms > m->later_most_ms)
        matrixd_refuse(call, 400, "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE", sentence);
    else if (count_of(m, call->user) >= MOST_OF_USER)
        matrixd_refuse(call, 429, "M_LIMIT_EXCEEDED",
                       "The maximum number of delayed events has been reached.");
    else
        return true;
    return false;
}

/* A transaction is remembered, as with every other message. */
void matrixd_later_add(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    char key[600], id[28] = "syd_";
    int64_t delay_ms = matrixd_asked(call, delay_query, -1);
    snprintf(key, sizeof key, "%s %s %s", call->session->device, call->room->id, call->args[2]);
    const char *known = json_string_value(json_object_get(m->later_known, key));
    if (known) {
        matrixd_answer(call, json_pack("{s:s}", "delay_id", known));
        return;
    }
    if (!may_be_added(call, delay_ms))
        return;
    sandbox_random(id + 4, 20);
    if (json_object_size(m->later_known) >= REMEMBERED_MOST)
        json_object_clear(m->later_known);
    json_object_set_new(m->later_known, key, json_string(id));
    json_array_append_new(m->later,
                          json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:O}", "delay_id", id,
                                    "user_id", call->user->id, "room_id", call->room->id, "type",
                                    call->args[1], "since", (json_int_t)now_ms(m), "delay",
                                    (json_int_t)delay_ms, "content", call->body));
    snprintf(call->note, sizeof call->note, "%s %lld ms %.80s", id, (long long)delay_ms,
             sandbox_text(call->body, "body"));
    sandbox_changed();
    matrixd_answer(call, json_pack("{s:s}", "delay_id", id));
}

/* ---- those that stand ---- */

/* One call each second after five at once, where a test limits the homeserver at all. */
static bool within_rate(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    int64_t now = sandbox_monotonic_ms();
    double more = (double)(now - m->later_allowed_at_ms) / 1000.0;
    if (m->rate <= 0)
        return true;
    m->later_allowance = m->later_allowance + more > BURST ? BURST : m->later_allowance + more;
    m->later_allowed_at_ms = now;
    if (m->later_allowance < 1) {
        matrixd_refuse(call, 429, "M_LIMIT_EXCEEDED", "Too Many Requests");
        return false;
    }
    m->later_allowance -= 1;
    return true;
}

/* Whosever it is: its id is all that is asked for. */
static json_t *wanted(struct matrixd_call *call, size_t *ret_at)
{
    json_t *later;
    if (!within_rate(call))
        return NULL;
    snprintf(call->note, sizeof call->note, "%s", call->args[0]);
    for (*ret_at = 0; (later = json_array_get(call->m->later, *ret_at)); ++*ret_at)
        if (sandbox_same(sandbox_text(later, "delay_id"), call->args[0]))
            return later;
    matrixd_refuse(call, 404, "M_NOT_FOUND", "Delayed event not found");
    return NULL;
}

static json_t *as_told(const json_t *later)
{
    return json_pack("{s:O, s:O, s:O, s:O, s:O, s:O}", "delay_id",
                     json_object_get(later, "delay_id"), "room_id",
                     json_object_get(later, "room_id"), "type", json_object_get(later, "type"),
                     "delay_ms", json_object_get(later, "delay"), "delayed_since_ts",
                     json_object_get(later, "since"), "content", json_object_get(later, "content"));
}

void matrixd_later_list(struct matrixd_call *call)
{
    json_t *rows = json_array();
    const json_t *later;
    size_t i;
    json_array_foreach(call->m->later, i, later)
    {
        if (!sandbox_same(sandbox_text(later, "user_id"), call->user->id))
            continue;
        json_t *row = as_told(later);
        json_object_set(row, "delay", json_object_get(later, "delay"));
        json_object_set(row, "running_since", json_object_get(later, "since"));
        json_array_append_new(rows, row);
    }
    if (within_rate(call))
        matrixd_answer(call, json_pack("{s:o}", "delayed_events", rows));
    else
        json_decref(rows);
}

void matrixd_later_get(struct matrixd_call *call)
{
    size_t at;
    const json_t *later = wanted(call, &at);
    if (later && !sandbox_same(sandbox_text(later, "user_id"), call->user->id))
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Delayed event not found");
    else if (later)
        matrixd_answer(call, as_told(later));
}

void matrixd_later_cancel(struct matrixd_call *call)
{
    size_t at;
    if (!wanted(call, &at))
        return;
    json_array_remove(call->m->later, at);
    sandbox_changed();
    matrixd_answer_empty(call);
}

void matrixd_later_restart(struct matrixd_call *call)
{
    size_t at;
    json_t *later = wanted(call, &at);
    if (!later)
        return;
    json_object_set_new(later, "since", json_integer(now_ms(call->m)));
    sandbox_changed();
    matrixd_answer_empty(call);
}

void matrixd_later_send(struct matrixd_call *call)
{
    size_t at;
    if (!wanted(call, &at))
        return;
    show(call->m, at);
    call->m->dirty = true;
    matrixd_answer_empty(call);
}

/* As the proposal had it before each had a path of its own. */
void matrixd_later_update(struct matrixd_call *call)
{
    static const struct {
        const char *action;
        void (*run)(struct matrixd_call *);
    } actions[] = { { "cancel", matrixd_later_cancel },
                    { "restart", matrixd_later_restart },
                    { "send", matrixd_later_send } };
    const char *action = sandbox_text(call->body, "action");
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (sandbox_same(actions[i].action, action)) {
            actions[i].run(call);
            return;
        }
    if (*action)
        matrixd_refuse(call, 400, "M_INVALID_PARAM",
                       "'action' is not one of 'cancel', 'restart', 'send'");
    else
        matrixd_refuse(call, 400, "M_MISSING_PARAM", "'action' is missing");
}

json_t *matrixd_later_view(const struct matrixd *m)
{
    json_t *list = json_array();
    const json_t *later;
    size_t i;
    json_array_foreach(m->later, i, later)
    {
        json_t *row = as_told(later);
        json_object_set_new(row, "due_ms", json_integer(due_ms(later)));
        json_array_append_new(list, row);
    }
    return list;
}
