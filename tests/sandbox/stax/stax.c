/* SPDX-License-Identifier: Apache-2.0 */
/* Stax and the AWS sign-in endpoints: which request is for which part, armed faults. */
#include "tests/sandbox/stax/stax.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/stax/change.h"
#include "tests/sandbox/stax/control.h"
#include "tests/sandbox/stax/data.h"
#include "tests/sandbox/stax/document.h"
#include "tests/sandbox/stax/guardrail.h"
#include "tests/sandbox/stax/login.h"
#include "tests/sandbox/stax/sign.h"
#include "tests/sandbox/stax/state.h"
#include "tests/sandbox/stax/task.h"
#include "tests/sandbox/stax/tools.h"
#include "tests/sandbox/net/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATION_BYTES = 64 };

struct staxd *staxd_new(const char *organisation_id)
{
    struct staxd *s = calloc(1, sizeof *s);
    if (!s)
        staxd_die("out of memory");
    s->login = staxd_login_new();
    s->data = staxd_data_new();
    staxd_guardrail_init(&s->guardrail, s->data);
    json_t *id = json_string(organisation_id);
    staxd_data_set_organisation(s->data, id);
    json_decref(id);
    return s;
}

void staxd_free(struct staxd *s)
{
    if (!s)
        return;
    staxd_task_free_all(&s->guardrail);
    staxd_guardrail_done(&s->guardrail);
    staxd_data_free(s->data);
    staxd_login_free(s->login);
    free(s);
}

/* ---- routes ---- */

/* What only the vendor's console reads; its schema wants all of it. */
static json_t *console_config(void)
{
    return json_pack("{s:{s:s, s:s, s:s, s:s, s:I}, s:{s:{s:s, s:s}, s:{s:s, s:s}, s:s, s:s}}",
                     "Juma", "fullDomainName", "sandbox.example.com", "domainName", "example.com",
                     "stage", "sandbox", "controlplaneRegion", STAXD_REGION, "masterAccountId",
                     (json_int_t)999999999999, "AppSync", "core", "region", STAXD_REGION,
                     "endpoint", "https://core.example.com", "analytics", "region", STAXD_REGION,
                     "endpoint", "https://analytics.example.com", "region", STAXD_REGION,
                     "graphqlEndpoint", "https://graphql.example.com");
}

static void public_config(struct staxd *s, const struct staxd_question *q,
                          struct staxd_answer *answer)
{
    const char *host = web_request_header(q->web, "host");
    json_t *pool = json_pack("{s:s, s:s, s:s, s:s, s:b}", "identityPoolId", STAXD_IDENTITY_POOL,
                             "region", STAXD_REGION, "userPoolId", STAXD_USER_POOL,
                             "userPoolWebClientId", STAXD_CLIENT_ID, "mandatorySignIn", true);
    /* People sign in at another pool: a client that takes the wrong branch fails here as it does
       there. */
    json_t *people = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "identityPoolId",
                               STAXD_REGION ":0", "identityPoolIdV2", STAXD_REGION ":1", "region",
                               STAXD_REGION, "userPoolId", STAXD_REGION "_PEOPLE001",
                               "userPoolWebClientId", "people", "mandatorySignIn", true);
    json_t *body = json_pack("{s:o, s:o, s:{s:s, s:s, s:b}, s:{s:[{s:s, s:o, s:s}]}}", "ApiAuth",
                             pool, "JumaAuth", people, "Auth", "identityPoolId", STAXD_REGION ":0",
                             "region", STAXD_REGION, "mandatorySignIn", true, "API", "endpoints",
                             "name", "core", "endpoint",
                             json_sprintf("https://%s/20190206", host ? host : "localhost"),
                             "region", STAXD_REGION);
    json_object_update_new(body,
                           json_pack("{s:{s:b}, s:[], s:{s:s, s:s}}", "Analytics", "disable", true,
                                     "Features", "Sentry", "dsn", "", "projectName", "sandbox"));
    json_object_update_new(body, console_config());
    if (s->base64_config) {
        char *text = json_dumps(body, JSON_COMPACT);
        answer->text = staxd_base64(text, strlen(text));
        answer->status = 200;
        free(text);
        json_decref(body);
    } else
        staxd_answer_json(answer, 200, body);
}

static void oas3(struct staxd *s, const struct staxd_question *q, struct staxd_answer *answer)
{
    (void)s, (void)q;
    staxd_document_get(answer);
}

static void get_guardrails(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_guardrail_get(&s->guardrail, q, a);
}
static void put_guardrails(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_guardrail_put(&s->guardrail, q, a);
}
static void get_services(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_guardrail_services(&s->guardrail, q, a);
}
static void get_insights(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_guardrail_feed(&s->guardrail, q, a);
}
static void get_task(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_task_get(&s->guardrail, q, a);
}
static void get_users(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_data_users(s->data, q, a);
}
static void get_accounts(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_data_accounts(s->data, q, a);
}
static void get_organisation(struct staxd *s, const struct staxd_question *q,
                             struct staxd_answer *a)
{
    staxd_data_organisation(s->data, q, a);
}
static void get_tokens(struct staxd *s, const struct staxd_question *q, struct staxd_answer *a)
{
    staxd_data_tokens(s->data, q, a);
}

static void get_policies(struct staxd *s, const struct staxd_question *q,
                         struct staxd_answer *answer)
{
    (void)s, (void)q;
    staxd_answer_json(answer, 200, json_pack("{s:[]}", "Policies"));
}

static const struct route {
    const char *method, *path; /* a path that ends in '/' takes an id behind it */
    const char *operation;
    void (*answer)(struct staxd *, const struct staxd_question *, struct staxd_answer *);
    bool is_public;
} ROUTES[] = {
    { "GET", "public/config", "stax.public_config", public_config, true },
    { "GET", "public/oas3-document", "stax.oas3_document", oas3, true },
    { "GET", "services/guardrails/configuration", "stax.get_guardrails", get_guardrails, false },
    { "PUT", "services/guardrails/configuration", "stax.put_guardrails", put_guardrails, false },
    { "GET", "services/configuration", "stax.get_services", get_services, false },
    { "GET", "task/", "stax.get_task", get_task, false },
    { "GET", "users", "stax.get_users", get_users, false },
    { "GET", "users/", "stax.get_users", get_users, false },
    { "GET", "accounts", "stax.get_accounts", get_accounts, false },
    { "GET", "accounts/", "stax.get_accounts", get_accounts, false },
    { "GET", "organisations/current", "stax.get_organisation", get_organisation, false },
    { "GET", "insights", "stax.get_insights", get_insights, false },
    { "GET", "api-tokens", "stax.get_tokens", get_tokens, false },
    { "GET", "api-tokens/", "stax.get_tokens", get_tokens, false },
    { "GET", "policies", "stax.get_policies", get_policies, false },
};

static const struct route *route_of(const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
        size_t length = strlen(ROUTES[i].path);
        bool takes_id = ROUTES[i].path[length - 1] == '/';
        bool fits = takes_id ? strncmp(path, ROUTES[i].path, length) == 0 && path[length] &&
                                   !strchr(path + length, '/')
                             : strcmp(path, ROUTES[i].path) == 0;
        if (fits && strcmp(method, ROUTES[i].method) == 0)
            return &ROUTES[i];
    }
    return NULL;
}

/* ---- one request: fault or answer, then the log ---- */

/* What is asked, in one shape for the API and for the sign-in. */
struct request {
    const struct web_request *web;
    const struct route *route; /* NULL for the sign-in */
    const char *login_operation;
    char name[OPERATION_BYTES];
};

static void carry_out(struct staxd *s, const struct request *r, struct staxd_answer *answer)
{
    if (!r->route) {
        staxd_login_answer(s->login, r->login_operation, r->web, answer);
        return;
    }
    if (!r->route->is_public && !staxd_sign_verify(s->login, r->web, answer))
        return;
    size_t length = strlen(r->route->path);
    const char *path = r->web->path + sizeof STAXD_SIGNED_API - 1;
    json_t *query = form_fields(r->web->query, strlen(r->web->query));
    const struct staxd_question q = { r->web,
                                      r->route->path[length - 1] == '/' ? path + length : "",
                                      query };
    r->route->answer(s, &q, answer);
    json_decref(query);
}

/* The armed error: for the sign-in "Type: message". */
static void fault_error(const struct request *r, const struct fault *f, struct staxd_answer *answer)
{
    char type[sizeof f->error];
    const char *colon = strstr(f->error, ": ");
    int status = f->status >= 400 ? f->status
                                  : 400; /* an error is never a 200 here, as it is at Slack */
    if (r->route) {
        staxd_answer_error(answer, status, "%s", f->error);
        return;
    }
    snprintf(type, sizeof type, "%.*s",
             (int)(colon ? (size_t)(colon - f->error) : strlen(f->error)), f->error);
    staxd_login_refuse(answer, status, type, colon ? colon + 2 : "armed fault");
}

static void fault_status(const struct request *r, int status, struct staxd_answer *answer)
{
    char why[STAXD_NOTE_BYTES];
    snprintf(why, sizeof why, "%s", answer->note);
    const char *message = status == 429   ? "Too Many Requests"
                          : status == 504 ? "Endpoint request timed out"
                                          : "Internal server error";
    if (r->route)
        staxd_answer_gateway(answer, status, message);
    else
        staxd_login_refuse(answer, status,
                           status == 429 || status == 400 ? "TooManyRequestsException"
                                                          : "InternalErrorException",
                           message);
    if (why[0])
        snprintf(answer->note, sizeof answer->note, "%s",
                 why); /* what was done matters more than what is said about it */
}

static void answer_with_fault(struct staxd *s, const struct request *r, const struct fault *f,
                              struct staxd_answer *answer)
{
    switch (f->kind) {
    case FAULT_STATUS: fault_status(r, f->status, answer); return;
    case FAULT_ERROR: fault_error(r, f, answer); return;
    case FAULT_BODY:
        answer->status = f->status ? f->status : 200;
        answer->text = strdup(f->body ? f->body : "");
        snprintf(answer->note, sizeof answer->note, "armed body");
        return;
    case FAULT_AFTER:
        carry_out(s, r, answer);
        fault_status(r, f->status, answer);
        return;
    case FAULT_NONE:
    case FAULT_LOST:
    case FAULT_DELAY: carry_out(s, r, answer); return;
    }
}

static void fill_reply(const struct fault *f, struct staxd_answer *answer, bool login,
                       struct web_reply *reply)
{
    if (answer->text) {
        reply->status = answer->status;
        reply->body = answer->text;
        reply->body_bytes = strlen(answer->text);
        json_decref(answer->body);
    } else
        web_reply_json(reply, answer->status, answer->body);
    reply->content_type = login ? "application/x-amz-json-1.1" : "application/json";
    reply->retry_after_s = f->kind == FAULT_STATUS ? f->retry_after_s : 0;
    reply->delay_ms = f->kind == FAULT_DELAY ? f->delay_ms : 0;
    reply->drop = f->kind == FAULT_LOST;
}

static bool answer_request(struct staxd *s, const struct request *r, struct web_reply *reply)
{
    struct staxd_answer answer = { .status = 0 };
    const struct fault f = fault_take(r->name);
    answer_with_fault(s, r, &f, &answer);
    requests_note(r->name, f.kind == FAULT_LOST ? 0 : answer.status,
                  answer.note[0] ? answer.note : NULL);
    fill_reply(&f, &answer, !r->route, reply);
    return true;
}

static bool refuse(const char *operation, struct staxd_answer *answer, struct web_reply *reply)
{
    const struct fault none = { .kind = FAULT_NONE };
    requests_note(operation, answer->status, answer->note);
    fill_reply(&none, answer, false, reply);
    return true;
}

static bool handle_api(struct staxd *s, const struct web_request *web, struct web_reply *reply)
{
    struct request r = { .web = web,
                         .route = route_of(web->method, web->path + sizeof STAXD_SIGNED_API - 1) };
    if (!r.route) {
        struct staxd_answer answer = { .status = 0 };
        staxd_answer_gateway(
            &answer, 403,
            "Missing Authentication Token"); /* how a gateway says that it has no such route */
        return refuse("stax.unknown", &answer, reply);
    }
    snprintf(r.name, sizeof r.name, "%s", r.route->operation);
    return answer_request(s, &r, reply);
}

static bool handle(struct staxd *s, const struct web_request *web, struct web_reply *reply)
{
    if (strncmp(web->path, STAXD_SIGNED_API, sizeof STAXD_SIGNED_API - 1) == 0)
        return handle_api(s, web, reply);
    bool pool = strncmp(web->path, "/cognito-i", 10) == 0;
    if (!pool && (strcmp(web->path, "/") != 0 || !web_request_header(web, "x-amz-target")))
        return false;
    struct request r = { .web = web,
                         .login_operation = strcmp(web->method, "POST") == 0
                                                ? staxd_login_operation(web)
                                                : NULL };
    if (!r.login_operation) {
        struct staxd_answer answer = { .status = 0 };
        staxd_login_refuse(&answer, 400, "UnknownOperationException", "No such operation here");
        return refuse("cognito.unknown", &answer, reply);
    }
    snprintf(r.name, sizeof r.name, "cognito.%s", r.login_operation);
    return answer_request(s, &r, reply);
}

static bool answer(void *self, const struct web_request *web, struct web_reply *reply)
{
    if (!handle(self, web, reply))
        return false;
    reply->extra_name = "Date";
    reply->extra_value = staxd_date();
    return true;
}

struct service staxd_service(struct staxd *s)
{
    return (struct service){
        .self = s,
        .web = { s, answer, NULL },
        .calls = staxd_calls,
        .name = "stax",
        .state = staxd_state,
    };
}
