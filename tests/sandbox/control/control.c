/* The control API under /sandbox/: what a test does instead of people, time and bad luck. README.md
   is its reference. */
#include "tests/sandbox/net/gateway.h"
#include "tests/sandbox/page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAITERS_MAX = 64, WAIT_MAX_MS = 30000 };

struct call {
    const struct services *services;
    const char *path; /* behind /sandbox/ */
    const struct web_request *request;
    const json_t *body; /* NULL for GET */
    struct web_reply *reply;
};

static void fail(struct web_reply *reply, int status, const char *sentence)
{
    web_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

/* The number of a query's name; fallback when it is absent, false when it is none. */
static bool query_number(const char *query, const char *name, uint64_t *ret)
{
    size_t name_bytes = strlen(name);
    for (const char *at = query; *at; at += strcspn(at, "&"), at += *at == '&') {
        if (strncmp(at, name, name_bytes) != 0 || at[name_bytes] != '=')
            continue;
        const char *digits = at + name_bytes + 1;
        size_t count = strspn(digits, "0123456789");
        if (!count || count > 18 || (digits[count] && digits[count] != '&'))
            return false;
        *ret = strtoull(digits, NULL, 10);
    }
    return true;
}

/* ---- changes, and who waits for them ---- */

struct waiter {
    uint64_t ticket, since;
};

static struct waiter waiters[WAITERS_MAX];
static size_t waiter_count;
static uint64_t changes;

static void answer_changes(uint64_t ticket)
{
    struct web_reply reply = { 0 };
    web_reply_json(&reply, 200, json_pack("{s:I}", "changes", (json_int_t)changes));
    web_finish(ticket, &reply);
}

void sandbox_changed(void)
{
    changes++;
    size_t kept = 0;
    for (size_t i = 0; i < waiter_count; i++) {
        if (changes > waiters[i].since)
            answer_changes(waiters[i].ticket);
        else
            waiters[kept++] = waiters[i];
    }
    waiter_count = kept;
}

struct patience {
    uint64_t ticket;
};

static void on_patience_ends(void *arg)
{
    uint64_t ticket = ((struct patience *)arg)->ticket;
    free(arg);
    for (size_t i = 0; i < waiter_count; i++)
        if (waiters[i].ticket == ticket) {
            waiters[i] = waiters[--waiter_count];
            answer_changes(ticket);
            return;
        }
}

static void wait_for_change(const struct call *call)
{
    uint64_t since = 0, timeout_ms = WAIT_MAX_MS;
    if (!query_number(call->request->query, "since", &since) ||
        !query_number(call->request->query, "timeout_ms", &timeout_ms)) {
        fail(call->reply, 400, "since and timeout_ms are numbers");
        return;
    }
    struct patience *patience = NULL;
    if (changes <= since && timeout_ms && waiter_count < WAITERS_MAX)
        patience = malloc(sizeof *patience);
    if (!patience) {
        web_reply_json(call->reply, 200, json_pack("{s:I}", "changes", (json_int_t)changes));
        return;
    }
    patience->ticket = call->request->ticket;
    waiters[waiter_count++] = (struct waiter){ call->request->ticket, since };
    sandbox_after(timeout_ms < WAIT_MAX_MS ? (int64_t)timeout_ms : WAIT_MAX_MS, on_patience_ends,
                  patience);
    call->reply->later = true;
}

/* ---- the other calls ---- */

static void show_state(const struct call *call)
{
    web_reply_json(call->reply, 200,
                   json_pack("{s:I s:o s:o s:o s:I s:o}", "changes", (json_int_t)changes, "slack",
                             slack_state(call->services->slack), "matrix",
                             matrix_state(call->services->matrix), "stax",
                             stax_state(call->services->stax), "faults", (json_int_t)faults_armed(),
                             "bot", page_bot_state()));
}

static void show_requests(const struct call *call)
{
    uint64_t since = 0;
    if (query_number(call->request->query, "since", &since))
        web_reply_json(call->reply, 200, requests_list(since));
    else
        fail(call->reply, 400, "since is a number");
}

static void show_mail(const struct call *call)
{
    web_reply_json(call->reply, 200, smtp_mails(call->services->smtp));
}

static void set_fault(const struct call *call)
{
    const char *why = NULL;
    if (faults_control(call->body, &why))
        web_reply_json(call->reply, 200, json_pack("{s:I}", "armed", (json_int_t)faults_armed()));
    else
        fail(call->reply, 400, why);
}

static void set_bot(const struct call *call)
{
    const char *why = page_bot_control(json_string_value(json_object_get(call->body, "do")));
    if (why)
        fail(call->reply, 400, why);
    else
        web_reply_json(call->reply, 200, json_pack("{s:o}", "bot", page_bot_state()));
}

/* Stax says what is wrong with {"error":…}, too. */
static void set_stax(const struct call *call)
{
    json_t *answer = stax_control(call->services->stax, call->body);
    bool refused = !answer || json_object_get(answer, "error");
    web_reply_json(call->reply, refused ? 400 : 200,
                   answer ? answer : json_pack("{s:s}", "error", "Stax's side does not know this"));
}

static const struct {
    const char *method, *path;
    void (*handle)(const struct call *);
} calls[] = {
    { "GET", "state", show_state },       { "GET", "wait", wait_for_change },
    { "GET", "requests", show_requests }, { "GET", "mail", show_mail },
    { "POST", "fault", set_fault },       { "POST", "stax", set_stax },
    { "POST", "bot", set_bot },
};

/* The calls that a service has for itself. */
static bool service_knows(const struct call *call)
{
    const struct services *s = call->services;
    if (strcmp(call->path, "matrix") == 0)
        return matrix_control(s->matrix, "", call->request, call->body, call->reply);
    if (strncmp(call->path, "matrix/", strlen("matrix/")) == 0)
        return matrix_control(s->matrix, call->path + strlen("matrix/"), call->request, call->body,
                              call->reply);
    return slack_control(s->slack, call->path, call->request, call->body, call->reply);
}

static void dispatch(const struct call *call)
{
    bool known = false;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(calls[i].path, call->path) != 0)
            continue;
        known = true;
        if (strcmp(calls[i].method, call->request->method) == 0) {
            calls[i].handle(call);
            return;
        }
    }
    if (known)
        fail(call->reply, 405, "this call has another method");
    else if (!service_knows(call))
        fail(call->reply, 404, "the control API has no such call");
}

void control_handle(const struct services *services, const struct web_request *request,
                    struct web_reply *reply)
{
    struct call call = { services, request->path + strlen("/sandbox/"), request, NULL, reply };
    if (strcmp(request->method, "POST") != 0) {
        dispatch(&call);
        return;
    }
    json_error_t error;
    json_t *body = request->body_bytes ? json_loadb(request->body, request->body_bytes,
                                                    JSON_REJECT_DUPLICATES, &error)
                                       : json_object();
    call.body = body;
    if (!json_is_object(body)) {
        char sentence[256];
        snprintf(sentence, sizeof sentence, "the body is no JSON object%s%s", body ? "" : ": ",
                 body ? "" : error.text);
        fail(reply, 400, sentence);
    } else {
        dispatch(&call);
    }
    json_decref(body);
}
