/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/control/control.h"
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void services_state(const struct services *services, json_t *into)
{
    for (size_t i = 0; i < services->count; i++)
        if (services->list[i].state)
            json_object_set_new(into, services->list[i].name,
                                services->list[i].state(services->list[i].self));
}

/* ---- the calls that belong to no service ---- */

static void show_state(void *services, const struct control_call *call)
{
    json_t *state = json_pack("{s:I, s:I}", "changes", (json_int_t)sandbox_changes(), "faults",
                              (json_int_t)faults_armed());
    services_state(services, state);
    web_reply_json(call->reply, 200, state);
}

static void wait_for_change(void *services, const struct control_call *call)
{
    (void)services;
    changes_wait(call);
}

static void show_requests(void *services, const struct control_call *call)
{
    (void)services;
    uint64_t since = 0;
    if (control_query_number(call->request->query, "since", &since))
        web_reply_json(call->reply, 200, requests_list(since));
    else
        control_fail(call->reply, 400, "since is a number");
}

static void set_fault(void *services, const struct control_call *call)
{
    (void)services;
    const char *why = NULL;
    if (faults_control(call->body, &why))
        web_reply_json(call->reply, 200, json_pack("{s:I}", "armed", (json_int_t)faults_armed()));
    else
        control_fail(call->reply, 400, why);
}

static const struct control_row own[] = {
    { "GET", "state", show_state },
    { "GET", "wait", wait_for_change },
    { "GET", "requests", show_requests },
    { "POST", "fault", set_fault },
    { NULL, NULL, NULL },
};

/* ---- whose call it is ---- */

static bool fits(const struct control_row *row, const char *path)
{
    size_t bytes = strlen(row->path);
    return row->path[bytes - 1] == '/' ? strncmp(row->path, path, bytes) == 0
                                       : strcmp(row->path, path) == 0;
}

enum answered { UNKNOWN, OTHER_METHOD, DONE };

static enum answered try(const struct control_row *row, void *self, const struct control_call *call)
{
    enum answered best = UNKNOWN;
    for (; row && row->path; row++) {
        if (!fits(row, call->path))
            continue;
        best = OTHER_METHOD;
        if (row->method && strcmp(row->method, call->request->method) != 0)
            continue;
        row->run(self, call);
        return DONE;
    }
    return best;
}

static void dispatch(const struct services *services, const struct control_call *call)
{
    enum answered answered = try(own, (void *)(uintptr_t)services, call);
    for (size_t i = 0; i < services->count && answered == UNKNOWN; i++)
        answered = try(services->list[i].calls, services->list[i].self, call);
    if (answered == OTHER_METHOD)
        control_fail(call->reply, 405, "this call has another method");
    else if (answered == UNKNOWN)
        control_fail(call->reply, 404, "the control API has no such call");
}

void control_answer(const struct services *services, const struct web_request *request,
                    struct web_reply *reply)
{
    struct control_call call = { request->path + strlen("/sandbox/"), request, NULL, reply };
    if (strcmp(request->method, "POST") != 0) {
        dispatch(services, &call);
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
        control_fail(reply, 400, sentence);
    } else {
        dispatch(services, &call);
    }
    json_decref(body);
}

/* ---- at the listeners ---- */

/* A browser says where a call comes from, and programs do not: no page elsewhere may act here, but
   the sandbox's own, which has a listener with a token. */
static bool is_from_browser(const struct web_request *request)
{
    return web_request_header(request, "origin") || web_request_header(request, "sec-fetch-site");
}

static bool answer(void *services, const struct web_request *request, struct web_reply *reply)
{
    if (strncmp(request->path, "/sandbox/", strlen("/sandbox/")) != 0)
        return false;
    if (is_from_browser(request))
        control_fail(reply, 403, "the control API is not for pages");
    else
        control_answer(services, request, reply);
    return true;
}

struct web_service control_web(const struct services *services)
{
    return (struct web_service){ .self = (void *)(uintptr_t)services, .answer = answer };
}
