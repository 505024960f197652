/* SPDX-License-Identifier: Apache-2.0 */
/* A change of the guardrails by PUT. */
#include "tests/sandbox/stax/change.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/stax/document.h"
#include "tests/sandbox/stax/guardrail.h"
#include "tests/sandbox/stax/task.h"
#include "tests/sandbox/stax/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ACTION[] = "services:ConfigureGuardrails";

/* "KEY: on -> off" for every flag that this would change. */
static void note_changes(const struct staxd_guardrail *g, const json_t *submitted, char *to,
                         size_t bytes)
{
    const char *key;
    json_t *now;
    size_t used = 0;
    to[0] = '\0';
    json_object_foreach(g->flags, key, now)
    {
        const json_t *wanted = json_object_get(submitted, key);
        bool after = wanted ? json_is_true(wanted) : !g->replace && json_is_true(now);
        if (after == json_is_true(now) || used + 1 >= bytes)
            continue;
        int n = snprintf(to + used, bytes - used, "%s%s: %s -> %s", used ? ", " : "", key,
                         json_is_true(now) ? "on" : "off", after ? "on" : "off");
        used += n > 0 ? (size_t)n : 0;
    }
    if (!to[0])
        snprintf(to, bytes, "no change");
}

/* Replacing means that a part which is not named is gone. */
static void apply_parts(struct staxd_guardrail *g, const json_t *configuration)
{
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(g->parts, next, name, value)
    {
        json_t *submitted = json_object_get(configuration, name);
        if (submitted)
            json_object_set(g->parts, name, submitted);
        else if (g->replace)
            json_object_del(g->parts, name);
    }
}

static void count_change(struct staxd_guardrail *g, const json_t *submitted)
{
    const json_t *wanted = json_object_get(submitted, STAXD_ROOT_KEY);
    bool now = json_is_true(json_object_get(g->flags, STAXD_ROOT_KEY)),
         after = wanted ? json_is_true(wanted) : now && !g->replace;
    g->changes++;
    g->lowered += now && !after;
    g->raised += after && !now;
}

static json_t *started(const char *task_id)
{
    char trace[STAXD_UUID_BYTES];
    staxd_uuid(trace);
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "DetailType",
                     "ServiceConfiguration: GuardrailsUpdateEvent", "TraceId", trace, "TaskId",
                     task_id, "Detail", "Message", "The change of the guardrails has started",
                     "Operation", ACTION, "OperationStatus", "STARTED", "Severity", "INFO");
}

void staxd_guardrail_put(struct staxd_guardrail *g, const struct staxd_question *q,
                         struct staxd_answer *answer)
{
    char why[256];
    if (g->before_put)
        staxd_guardrail_set(g, g->before_put);
    json_decref(g->before_put);
    g->before_put = NULL;
    json_t *body = json_loadb(q->web->body ? q->web->body : "", q->web->body_bytes,
                              JSON_REJECT_DUPLICATES, NULL);
    const char *wrong = staxd_document_check(body, g->extra_keys, g->parts, why, sizeof why);
    const json_t *configuration = json_object_get(body, "Configuration"),
                 *submitted = json_object_get(configuration, "SCP");
    if (wrong)
        staxd_answer_error(answer, 400, "%s", wrong);
    else if (g->running || strcmp(g->status, "CONFIGURING") == 0)
        staxd_answer_error(answer, 409,
                           "Another operation on the guardrails configuration is in progress");
    else {
        count_change(g, submitted);
        apply_parts(g, configuration);
        note_changes(g, submitted, answer->note, sizeof answer->note);
        snprintf(g->task_id, sizeof g->task_id, "%s", staxd_task_start(g, submitted));
        staxd_guardrail_set_status(g, "CONFIGURING");
        staxd_answer_json(answer, 200, started(g->task_id));
        sandbox_changed();
    }
    json_decref(body);
}
