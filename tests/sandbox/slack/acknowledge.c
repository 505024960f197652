/* SPDX-License-Identifier: Apache-2.0 */
/* What an acknowledgement does. */
#include "tests/sandbox/slack/acknowledge.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/slack/envelope.h"
#include "tests/sandbox/slack/hook.h"
#include "tests/sandbox/slack/modal.h"
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the payload of an acknowledgement does, by kind. */
static void take_payload(struct slackd *s, struct slackd_envelope *e, json_t *payload,
                         json_t *answer)
{
    bool submission = sandbox_same(sandbox_text(e->payload, "type"), "view_submission");
    if (submission && e->person)
        slackd_submitted(s, e->person, payload, answer);
    if (sandbox_same(sandbox_text(e->payload, "type"), "block_suggestion") && e->person)
        slackd_offered(e->person, payload, answer);
    if (e->kind != SLACKD_SLASH || !e->person ||
        (!*sandbox_text(payload, "text") && !json_object_get(payload, "blocks")))
        return;
    struct slackd_hook as_hook = { .person = e->person };
    snprintf(as_hook.channel, sizeof as_hook.channel, "%s", sandbox_text(e->payload, "channel_id"));
    slackd_respond(s, &as_hook, payload);
}

static void acknowledge(struct slackd *s, struct slackd_envelope *e, json_t *payload)
{
    json_t *answer = json_pack("{s:s, s:b}", "envelope_id", e->id, "acked", 1);
    json_object_set(answer, "trigger_id", json_object_get(e->payload, "trigger_id"));
    if (json_object_size(payload) > 0) {
        json_object_set(answer, "payload", payload);
        if (e->kind != SLACKD_EVENT)
            take_payload(s, e, payload, answer);
    } else if (e->kind == SLACKD_INTERACTIVE) {
        take_payload(s, e, NULL, answer);
    }
    slackd_envelope_tell(e, answer);
    s->acked++;
}

void slackd_acknowledged(struct slackd *s, const char *envelope_id, json_t *payload)
{
    for (struct slackd_envelope **at = &s->envelopes; *at; at = &(*at)->next)
        if (sandbox_same((*at)->id, envelope_id)) {
            acknowledge(s, *at, payload);
            slackd_envelope_end(s, at);
            sandbox_changed();
            return;
        }
    s->strays++; /* late, or of an envelope that was repeated */
}
