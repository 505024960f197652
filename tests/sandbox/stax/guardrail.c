/* SPDX-License-Identifier: Apache-2.0 */
/* The one document of guardrail flags: read, changed by PUT or behind the bot's back, and the
   activity feed that tells of it. */
#include "tests/sandbox/stax/guardrail.h"
#include "tests/sandbox/stax/data.h"
#include "tests/sandbox/stax/document.h"
#include "tests/sandbox/stax/tools.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIGURATION_ID[] = "0b6f0000-0000-4000-8000-000000000000";
static const char ACTION[] = "services:ConfigureGuardrails";

static bool on_at_start(const char *key)
{
    return strcmp(key, "EC2_REQUIRE_IMDSV2") != 0 &&
           strcmp(key, "VPC_BLOCK_CREATING_DEFAULT_VPC_AND_SUBNET") != 0;
}

void staxd_guardrail_init(struct staxd_guardrail *g, const struct staxd_data *data)
{
    *g = (struct staxd_guardrail){ .data = data,
                                   .flags = json_object(),
                                   .extra_keys = json_object(),
                                   .parts = json_object(),
                                   .exclusions = json_null(),
                                   .status = "ACTIVE",
                                   .modified = "2026-01-05T00:00:00.000Z",
                                   .feed = json_array(),
                                   .task_ms = 300 };
    for (size_t i = 0; i < STAXD_GUARDRAILS; i++)
        json_object_set_new(g->flags, STAXD_GUARDRAIL_KEYS[i],
                            json_boolean(on_at_start(STAXD_GUARDRAIL_KEYS[i])));
}

void staxd_guardrail_done(struct staxd_guardrail *g)
{
    json_decref(g->flags);
    json_decref(g->extra_keys);
    json_decref(g->parts);
    json_decref(g->exclusions);
    json_decref(g->before_put);
    json_decref(g->feed);
}

/* ---- reading ---- */

static json_t *document(const struct staxd_guardrail *g)
{
    json_t *configuration = json_pack("{s:O, s:{}}", "SCP", g->flags, "RCP");
    json_object_update(configuration, g->parts);
    return json_pack("{s:s, s:s, s:s, s:b, s:O, s:s, s:s, s:s, s:n, s:o, s:o}", "Id",
                     CONFIGURATION_ID, "OrganisationId", staxd_data_organisation_id(g->data),
                     "Service", "GUARDRAILS", "Enabled", !g->disabled, "Exclusions", g->exclusions,
                     "Status", g->status, "CreatedTS", "2026-01-05T00:00:00.000Z", "ModifiedTS",
                     g->modified, "CreatedBy", "UserTaskId",
                     g->task_id[0] ? json_string(g->task_id) : json_null(), "Configuration",
                     configuration);
}

void staxd_guardrail_get(struct staxd_guardrail *g, const struct staxd_question *q,
                         struct staxd_answer *answer)
{
    (void)q;
    staxd_answer_json(answer, 200, document(g));
    const json_t *root = json_object_get(g->flags, STAXD_ROOT_KEY);
    snprintf(answer->note, sizeof answer->note, "root %s, %s",
             !root                ? "absent"
             : json_is_true(root) ? "on"
                                  : "off",
             g->status);
}

void staxd_guardrail_services(struct staxd_guardrail *g, const struct staxd_question *q,
                              struct staxd_answer *answer)
{
    (void)q;
    staxd_answer_json(answer, 200, json_pack("{s:[o]}", "ServiceConfigurations", document(g)));
}

/* ---- the feed ---- */

json_t *staxd_guardrail_insight(struct staxd_guardrail *g, const char *task_id, const char *user_id,
                                const char *status)
{
    char id[STAXD_UUID_BYTES], now[STAXD_TIME_BYTES];
    staxd_uuid(id);
    staxd_time(staxd_now_ms(), now);
    json_t *insight = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "Id", id,
                                "OrganisationId", staxd_data_organisation_id(g->data), "CreatedTS",
                                now, "Action", ACTION, "Status", status, "EventSourceKind", "TASKS",
                                "EventSourceId", task_id, "UserId", user_id, "TargetKind",
                                "SERVICE_CONFIGURATION", "TargetId", CONFIGURATION_ID);
    json_array_insert_new(g->feed, 0, insight);
    return insight;
}

static bool insight_wanted(const json_t *insight, const struct staxd_question *q)
{
    return staxd_listed(staxd_query(q, "action"), sandbox_text(insight, "Action")) &&
           staxd_listed(staxd_query(q, "source_id"), sandbox_text(insight, "EventSourceId")) &&
           staxd_listed(staxd_query(q, "status"), sandbox_text(insight, "Status")) &&
           staxd_listed(staxd_query(q, "user_id"), sandbox_text(insight, "UserId")) &&
           staxd_listed(staxd_query(q, "source_kind"), sandbox_text(insight, "EventSourceKind")) &&
           staxd_listed(staxd_query(q, "target_kind"), sandbox_text(insight, "TargetKind"));
}

static long number_or(const char *text, long otherwise)
{
    long n = text ? strtol(text, NULL, 10) : otherwise;
    return n >= 0 && n <= 1000 ? n : otherwise;
}

void staxd_guardrail_feed(struct staxd_guardrail *g, const struct staxd_question *q,
                          struct staxd_answer *answer)
{
    const char *order = staxd_query(q, "sort_order");
    bool oldest_first = order && strcmp(order, "ASC") == 0;
    size_t count = json_array_size(g->feed),
           offset = (size_t)number_or(staxd_query(q, "offset"), 0),
           limit = (size_t)number_or(staxd_query(q, "limit"), 1000), total = 0;
    json_t *insights = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *insight = json_array_get(g->feed, oldest_first ? count - 1 - i : i);
        if (!insight_wanted(insight, q))
            continue;
        if (total >= offset && total < offset + limit)
            json_array_append(insights, insight);
        total++;
    }
    json_t *body = json_pack("{s:o}", "Insights", insights);
    if (staxd_query(q, "offset") && staxd_query(q, "limit"))
        json_object_set_new(body, "Paging",
                            json_pack("{s:I, s:o, s:n}", "Total", (json_int_t)total, "NextOffset",
                                      offset + limit < total
                                          ? json_integer((json_int_t)offset + (json_int_t)limit)
                                          : json_null(),
                                      "PrevOffset"));
    staxd_answer_json(answer, 200, body);
}

/* ---- changing ---- */

void staxd_guardrail_set_status(struct staxd_guardrail *g, const char *status)
{
    snprintf(g->status, sizeof g->status, "%s", status);
    staxd_time(staxd_now_ms(), g->modified);
}

/* Replacing means that a flag which is not named is off. */
void staxd_guardrail_apply(struct staxd_guardrail *g, const json_t *submitted)
{
    const char *key;
    json_t *value;
    if (g->replace)
        json_object_foreach(g->flags, key, value) json_object_set_new(g->flags, key, json_false());
    json_object_update(g->flags, (json_t *)(uintptr_t)submitted);
}

/* ---- control and state ---- */

/* A change in the console: at once, and seen in the feed as that person's. */
bool staxd_guardrail_set(struct staxd_guardrail *g, const json_t *change)
{
    const char *key = sandbox_text(change, "key"), *by = sandbox_text(change, "by"),
               *person = staxd_data_person_id(g->data, by[0] ? by : "cleo");
    char task_id[STAXD_UUID_BYTES];
    const json_t *value = json_object_get(change, "value");
    if (!json_is_boolean(value) || !person || !key[0])
        return false;
    staxd_uuid(task_id);
    json_object_set_new(g->flags, key, json_boolean(json_is_true(value)));
    staxd_guardrail_insight(g, task_id, person, "SUCCESS");
    staxd_time(staxd_now_ms(), g->modified); /* never before it is in the feed */
    return true;
}

/* As when Stax has brought out a new guardrail: in the document and in the schema. */
void staxd_guardrail_add_key(struct staxd_guardrail *g, const json_t *change)
{
    const char *key = sandbox_text(change, "key");
    json_object_set_new(g->extra_keys, key, json_true());
    json_object_set_new(g->flags, key,
                        json_boolean(json_is_true(json_object_get(change, "value"))));
}

bool staxd_guardrail_set_part(struct staxd_guardrail *g, const json_t *change)
{
    const char *name = sandbox_text(change, "name");
    json_t *value = json_object_get(change, "value");
    if (!name[0] || strcmp(name, "SCP") == 0 || strcmp(name, "RCP") == 0)
        return false;
    staxd_time(staxd_now_ms(), g->modified);
    return value ? json_object_set(g->parts, name, value) == 0
                 : json_object_del(g->parts, name) == 0;
}
