/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: a change of the guardrails is only begun by its PUT; here it goes on, takes effect, fails
   or hangs. */
#include "tests/sandbox/stax/task.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/stax/data.h"
#include "tests/sandbox/stax/guardrail.h"
#include "tests/sandbox/stax/tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct staxd_task {
    struct staxd_task *next;
    struct staxd_guardrail *guardrail;
    char id[STAXD_UUID_BYTES];
    const char *status;
    enum staxd_task_kind kind;
    json_t *submitted;
    json_t *insight;
    json_t *logs;
    int64_t visible_ms; /* monotonic */
};

static const struct {
    const char *word;
    enum staxd_task_kind kind;
} KINDS[] = {
    { "normal", STAXD_TASK_NORMAL },         { "fail", STAXD_TASK_FAIL },
    { "fail_error", STAXD_TASK_FAIL_ERROR }, { "stuck", STAXD_TASK_STUCK },
    { "vanish", STAXD_TASK_VANISH },         { "lie", STAXD_TASK_LIE },
};

static bool fails(const struct staxd_task *t)
{
    return t->kind == STAXD_TASK_FAIL || t->kind == STAXD_TASK_FAIL_ERROR;
}

static void end(struct staxd_task *t)
{
    struct staxd_guardrail *g = t->guardrail;
    if (!fails(t) && t->kind != STAXD_TASK_LIE)
        staxd_guardrail_apply(g, t->submitted);
    t->status = fails(t) ? "FAILED" : "SUCCEEDED";
    json_array_append_new(
        t->logs,
        json_string(
            fails(t) ? "Updating the service control policy failed: ConcurrentModificationException"
                     : "Guardrails configured"));
    json_object_set_new(t->insight, "Status", json_string(fails(t) ? "FAILED" : "SUCCESS"));
    g->running = NULL;
    staxd_guardrail_set_status(g, t->kind == STAXD_TASK_FAIL_ERROR ? "ERROR" : "ACTIVE");
    sandbox_changed();
}

static void on_end(void *arg)
{
    struct staxd_task *t = arg;
    if (t->guardrail->running == t && t->kind != STAXD_TASK_STUCK)
        end(t);
}

static void on_run(void *arg)
{
    struct staxd_task *t = arg;
    if (t->guardrail->running != t)
        return;
    t->status = "RUNNING";
    json_array_append_new(t->logs, json_string("Updating service control policies"));
}

const char *staxd_task_start(struct staxd_guardrail *g, const json_t *submitted)
{
    struct staxd_task *t = calloc(1, sizeof *t);
    if (!t)
        staxd_die("out of memory");
    staxd_uuid(t->id);
    t->guardrail = g;
    t->status = "STARTED";
    t->kind = g->next_kind;
    t->submitted = json_deep_copy(submitted);
    t->logs = json_array();
    t->insight = json_incref(
        staxd_guardrail_insight(g, t->id, staxd_data_token_user_id(), "PENDING"));
    t->visible_ms = sandbox_monotonic_ms() + g->hidden_ms;
    t->next = g->tasks;
    g->tasks = g->running = t;
    sandbox_after(g->task_ms / 3, on_run, t);
    sandbox_after(g->task_ms, on_end, t);
    return t->id;
}

void staxd_task_get(struct staxd_guardrail *g, const struct staxd_question *q,
                    struct staxd_answer *answer)
{
    const struct staxd_task *t = g->tasks;
    while (t && strcmp(t->id, q->tail) != 0)
        t = t->next;
    if (!t || t->kind == STAXD_TASK_VANISH || sandbox_monotonic_ms() < t->visible_ms) {
        staxd_answer_error(answer, 404, "Task not found");
        return;
    }
    staxd_answer_json(answer, 200,
                      json_pack("{s:s, s:O, s:[], s:[], s:[]}", "Status", t->status, "Logs",
                                t->logs, "Accounts", "Users", "Workloads"));
    snprintf(answer->note, sizeof answer->note, "%s", t->status);
}

bool staxd_task_control(struct staxd_guardrail *g, const char *word)
{
    if (strcmp(word, "release") == 0) {
        if (g->running) {
            g->running->kind = STAXD_TASK_NORMAL;
            end(g->running);
        }
        return true;
    }
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(word, KINDS[i].word) == 0) {
            g->next_kind = KINDS[i].kind;
            return true;
        }
    return false;
}

json_t *staxd_task_state(const struct staxd_guardrail *g)
{
    return g->tasks ? json_pack("{s:s, s:s}", "id", g->tasks->id, "status", g->tasks->status)
                    : json_null();
}

json_t *staxd_task_list(const struct staxd_guardrail *g)
{
    json_t *list = json_array();
    const struct staxd_task *t = g->tasks;
    for (size_t i = 0; t && i < STAXD_TASKS_SHOWN; i++, t = t->next)
        json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "id", t->id, "status", t->status,
                                              "stuck", t->kind == STAXD_TASK_STUCK));
    return list;
}

const char *staxd_task_next(const struct staxd_guardrail *g)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (KINDS[i].kind == g->next_kind)
            return KINDS[i].word;
    return "normal";
}

void staxd_task_free_all(struct staxd_guardrail *g)
{
    for (struct staxd_task *next, *t = g->tasks; t; t = next) {
        next = t->next;
        json_decref(t->submitted);
        json_decref(t->insight);
        json_decref(t->logs);
        free(t);
    }
    g->tasks = g->running = NULL;
}
