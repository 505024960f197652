/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: each to exactly one socket, acknowledged in time or sent again; events wait while
   nobody is there (docs.slack.dev, "Events API", retries, and "Using Socket Mode"). */
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/web.h"
#include "tests/sandbox/slack/sockets.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = { [SLACKD_EVENT] = "events_api",
                                     [SLACKD_SLASH] = "slash_commands",
                                     [SLACKD_INTERACTIVE] = "interactive" };

/* How often each kind is sent at most. A click is not repeated: the person sees that it failed. */
static const int sends_most[] = {
    [SLACKD_EVENT] = 1 + SLACKD_RETRIES, [SLACKD_SLASH] = 2, [SLACKD_INTERACTIVE] = 1
};

static void envelope_free(struct slackd_envelope *e)
{
    json_decref(e->payload);
    free(e);
}

void slackd_envelope_end(struct slackd *s, struct slackd_envelope **at)
{
    struct slackd_envelope *e = *at;
    *at = e->next;
    if (!*at)
        s->last_envelope = at;
    s->envelope_count--;
    envelope_free(e);
}

void slackd_envelopes_forget(struct slackd *s)
{
    for (struct slackd_envelope **at = &s->envelopes; *at;)
        if ((*at)->on_wire)
            at = &(*at)->next;
        else
            slackd_envelope_end(s, at);
}

void slackd_envelopes_done(struct slackd *s)
{
    while (s->envelopes)
        slackd_envelope_end(s, &s->envelopes);
}

void slackd_envelope_tell(struct slackd_envelope *e, json_t *answer_new)
{
    struct web_reply reply = { .status = 200 };
    if (!e->asked) {
        json_decref(answer_new);
        return;
    }
    e->asked = false;
    web_reply_json(&reply, 200, answer_new);
    web_finish(e->ticket, &reply);
}

/* ---- sending ---- */

static char *frame_of(struct slackd *s, struct slackd_envelope *e, const struct slackd_socket *c)
{
    if (e->hook[0])
        json_object_set_new(e->payload, "response_url",
                            json_sprintf("%s%s", slackd_socket_base(s, c), e->hook));
    json_t *frame = json_pack("{s:s, s:s, s:b, s:O}", "envelope_id", e->id, "type", kinds[e->kind],
                              "accepts_response_payload", e->kind != SLACKD_EVENT, "payload",
                              e->payload);
    if (e->kind == SLACKD_EVENT) {
        json_object_set_new(frame, "retry_attempt", json_integer(e->sends));
        json_object_set_new(frame, "retry_reason", json_string(e->sends ? "timeout" : ""));
    }
    char *text = json_dumps(frame, JSON_COMPACT);
    json_decref(frame);
    return text;
}

/* False when no socket is there. */
static bool send_envelope(struct slackd *s, struct slackd_envelope *e)
{
    struct slackd_socket *c = slackd_draw(s);
    char *text = c ? frame_of(s, e, c) : NULL;
    if (!text)
        return false;
    slackd_socket_write(s, c, text);
    s->sent++;
    s->retries += e->sends > 0;
    e->sends++;
    e->on_wire = true;
    e->due_ms = sandbox_monotonic_ms() + s->ack_ms;
    if (e->person) { /* of a person's doing, not an echo of the bot's own */
        free(s->last_frame);
        s->last_frame = text;
    } else {
        free(text);
    }
    return true;
}

/* Nobody acknowledged in time. False: that was its last chance. */
static bool time_out(struct slackd *s, struct slackd_envelope *e)
{
    slackd_envelope_tell(e, json_pack("{s:s, s:b}", "envelope_id", e->id, "acked", 0));
    if (e->sends >= sends_most[e->kind]) {
        s->given_up++;
        sandbox_changed();
        return false;
    }
    e->on_wire = false;
    e->due_ms = sandbox_monotonic_ms() + (e->kind == SLACKD_EVENT ? s->retry_ms[e->sends - 1] : 0);
    return true;
}

void slackd_envelopes_run(struct slackd *s)
{
    int64_t now = sandbox_monotonic_ms();
    for (struct slackd_envelope **at = &s->envelopes; *at;) {
        struct slackd_envelope *e = *at;
        bool stays = e->due_ms > now || !e->on_wire || time_out(s, e);
        if (stays && !e->on_wire && e->due_ms <= now)
            stays = send_envelope(s, e) || e->kind == SLACKD_EVENT;
        if (stays)
            at = &e->next;
        else
            slackd_envelope_end(s, at);
    }
}

bool slackd_raise(struct slackd *s, enum slackd_envelope_kind kind, json_t *payload_new,
                  struct slackd_person *person, const struct web_request *asker, const char *hook)
{
    struct slackd_envelope *e = calloc(1, sizeof *e);
    if (!e)
        abort();
    *e = (struct slackd_envelope){ .kind = kind,
                                   .payload = payload_new,
                                   .person = person,
                                   .asked = asker,
                                   .ticket = asker ? asker->ticket : 0 };
    slackd_random_uuid(e->id);
    snprintf(e->hook, sizeof e->hook, "%s", hook ? hook : "");
    if (!send_envelope(s, e) && kind != SLACKD_EVENT) {
        envelope_free(e);
        return false;
    }
    if (s->envelope_count >= SLACKD_HELD_MOST) {
        slackd_envelope_tell(s->envelopes,
                             json_pack("{s:s, s:b}", "envelope_id", s->envelopes->id, "acked", 0));
        slackd_envelope_end(s, &s->envelopes);
    }
    *s->last_envelope = e;
    s->last_envelope = &e->next;
    s->envelope_count++;
    return true;
}

void slackd_raise_event(struct slackd *s, struct slackd_person *person, json_t *event_new)
{
    char id[24] = "Ev0";
    sandbox_random(id + 3, 10);
    json_t *payload = json_pack("{s:s, s:s, s:s, s:n, s:s, s:o, s:s, s:s, s:I}", "token",
                                "ZZZZZZWSxiZZZ2yIvs3peJ", "team_id", SLACKD_TEAM, "context_team_id",
                                SLACKD_TEAM, "context_enterprise_id", "api_app_id", SLACKD_APP,
                                "event", event_new, "type", "event_callback", "event_id", id,
                                "event_time", (json_int_t)(sandbox_utc_ms() / 1000));
    json_object_set_new(payload, "authorizations",
                        json_pack("[{s:n, s:s, s:s, s:b, s:b}]", "enterprise_id", "team_id",
                                  SLACKD_TEAM, "user_id", SLACKD_BOT_USER, "is_bot", 1,
                                  "is_enterprise_install", 0));
    json_object_set(payload, "is_ext_shared_channel",
                    json_is_true(json_object_get(s->channel, "is_ext_shared")) ? json_true()
                                                                               : json_false());
    json_object_set_new(payload, "event_context", json_sprintf("4-%s", id));
    slackd_raise(s, SLACKD_EVENT, payload, person, NULL, NULL);
}
