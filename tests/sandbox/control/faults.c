/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that a test has armed, by operation. Newest last; the oldest armed for an operation
   strikes first. */
#include "tests/sandbox/control/faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_MAX = 64, FAULT_OPERATION_MAX = 96, FAULT_COUNT_MAX = 1000000 };
/* A fault of more than a minute would only be a test that hangs. */
enum { FAULT_DELAY_MAX_MS = 60 * 1000, FAULT_RETRY_AFTER_MAX_S = 3600 };

struct armed {
    char operation[FAULT_OPERATION_MAX];
    long count; /* < 0: until cleared */
    char *body;
    struct fault fault;
};

static struct armed armed[FAULTS_MAX];
static size_t armed_count;
static char *lent; /* the body of the last fault that was used up; lent to the service until the
                      next one is taken */

static void remove_at(size_t at)
{
    memmove(&armed[at], &armed[at + 1], (armed_count - at - 1) * sizeof *armed);
    armed_count--;
}

struct fault fault_take(const char *operation)
{
    for (size_t i = 0; i < armed_count; i++) {
        struct armed *a = &armed[i];
        if (strcmp(a->operation, operation) != 0)
            continue;
        struct fault fault = a->fault;
        if (a->count > 0 && --a->count == 0) {
            free(lent);
            lent = a->body;
            remove_at(i);
        }
        return fault;
    }
    return (struct fault){ .kind = FAULT_NONE };
}

static const struct {
    const char *name;
    enum fault_kind kind;
} kinds[] = {
    { "status", FAULT_STATUS }, { "lost", FAULT_LOST },   { "after", FAULT_AFTER },
    { "delay", FAULT_DELAY },   { "error", FAULT_ERROR }, { "body", FAULT_BODY },
};

static const char *name_of(enum fault_kind kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "";
}

size_t faults_armed(void) { return armed_count; }

json_t *faults_list(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < armed_count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:i, s:I}", "operation", armed[i].operation, "kind",
                            name_of(armed[i].fault.kind), "status", armed[i].fault.status, "count",
                            (json_int_t)armed[i].count));
    return list;
}

void faults_clear(void)
{
    for (size_t i = 0; i < armed_count; i++)
        free(armed[i].body);
    armed_count = 0;
    free(lent);
    lent = NULL;
}

static enum fault_kind kind_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return kinds[i].kind;
    return FAULT_NONE;
}

static int default_status(enum fault_kind kind)
{
    return kind == FAULT_STATUS ? 500 : kind == FAULT_AFTER ? 504 : 200;
}

struct asked {
    const char *operation, *kind, *error, *body;
    int status, retry_after, delay_ms, count;
};

static const char *problem_of(const struct asked *a, enum fault_kind kind)
{
    if (!*a->operation || strlen(a->operation) >= FAULT_OPERATION_MAX)
        return "\"operation\" must name an operation such as stax.put_guardrails";
    if (kind == FAULT_NONE)
        return "\"kind\" must be status, lost, after, delay, error or body";
    if (a->status && (a->status < 200 || a->status > 599))
        return "\"status\" must be 200 to 599";
    if (a->delay_ms < 0 || a->delay_ms > FAULT_DELAY_MAX_MS ||
        (kind == FAULT_DELAY && !a->delay_ms))
        return "\"delay_ms\" must be 1 to 60000";
    if (a->retry_after < 0 || a->retry_after > FAULT_RETRY_AFTER_MAX_S)
        return "\"retry_after\" must be 0 to 3600";
    if (a->count == 0 || a->count < -1 || a->count > FAULT_COUNT_MAX)
        return "\"count\" must be 1 to 1000000, or -1";
    if (kind == FAULT_ERROR && !*a->error)
        return "\"error\" must say which error";
    if (strlen(a->error) >= sizeof((struct fault *)0)->error)
        return "\"error\" is too long";
    return armed_count == FAULTS_MAX ? "too many faults are armed" : NULL;
}

static const char *arm(const struct asked *a)
{
    enum fault_kind kind = kind_of(a->kind);
    const char *problem = problem_of(a, kind);
    char *body = problem ? NULL : strdup(a->body);
    if (problem || !body)
        return problem ? problem : "out of memory";
    struct armed *slot = &armed[armed_count++];
    *slot = (struct armed){ .count = a->count, .body = body };
    slot->fault = (struct fault){ .kind = kind,
                                  .status = a->status ? a->status : default_status(kind),
                                  .delay_ms = a->delay_ms,
                                  .retry_after_s = a->retry_after,
                                  .body = body };
    snprintf(slot->operation, sizeof slot->operation, "%s", a->operation);
    snprintf(slot->fault.error, sizeof slot->fault.error, "%s", a->error);
    return NULL;
}

bool faults_control(const json_t *request, const char **why)
{
    struct asked a = { .operation = "", .error = "", .body = "", .count = 1 };
    int clear = 0;
    json_error_t error;
    *why = NULL;
    /* Strict: a misspelt key would arm something else than the test believes. */
    if (json_unpack_ex((json_t *)(uintptr_t)request, &error, JSON_STRICT,
                       "{s?s s?s s?i s?i s?i s?s s?s s?i s?b}", "operation",
                       &a.operation, /* NOLINT */
                       "kind", &a.kind, "status", &a.status, "retry_after", &a.retry_after,
                       "delay_ms", &a.delay_ms, "error", &a.error, "body", &a.body, "count",
                       &a.count, "clear", &clear) != 0)
        *why = "a key is unknown or of the wrong type";
    else if (clear)
        faults_clear();
    else
        *why = arm(&a);
    return !*why;
}
