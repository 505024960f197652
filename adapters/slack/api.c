/* SPDX-License-Identifier: Apache-2.0 */
/* Web API calls: bearer tokens in the header only, JSON for writes, forms for reads, Retry-After by
   method. */
#include "adapters/slack/internal.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"
#include "core/encode.h"

#include <stdlib.h>
#include <string.h>

static const ms_t CALL_TIMEOUT_MS = 10 * MS_SECOND, AGAIN_FIRST_MS = 100;
/* A read that has to wait longer is answered with that; what is not ordinary is sent again after a
   minute at the most, whatever we are told. */
static const ms_t READ_WAITS_MS = MS_MINUTE, URGENT_READ_WAITS_MS = 5 * MS_SECOND,
                  URGENT_OBEYS_MS = MS_MINUTE;

struct slack_call {
    struct slack *slack;
    struct slack_call *next;
    const char *method; /* static */
    char *body;
    enum urgency urgency;
    bool read, app_token, in_flight;
    int attempts;
    unsigned bot_token;       /* which one it was sent with */
    slack_visit visit;        /* see slack_read_messages */
    struct http_result *held; /* an answer that is read in slices: its text, */
    struct json_list list;    /* what of its messages is still to be shown, */
    json_t *around;           /* and what is around them */
    slack_done done;
    void *arg;
    struct loop_timer timer;
};

static void call_free(struct slack_call *call)
{
    for (struct slack_call **at = &call->slack->calls; *at; at = &(*at)->next)
        if (*at == call) {
            *at = call->next;
            call->slack->ordinary_calls -= call->urgency == URGENCY_ORDINARY;
            break;
        }
    loop_timer_cancel(&call->timer);
    http_result_free(call->held);
    json_decref(call->around);
    free(call->body);
    free(call);
}

/* What fails like the one before is not worth another line. */
static void log_failure(struct slack *s, const char *method, const char *error)
{
    bool as_before = str_equal(s->failed_method, method) && str_equal(s->failed_error, error);
    s->failed_method = method;
    STR_SET(s->failed_error, error);
    LOG(as_before ? LOG_DEBUG : LOG_INFO, "slack.call", LS("method", method), LS("error", error));
}

static void finish(struct slack_call *call, const struct slack_result *result)
{
    bool tells = !call->app_token && call->bot_token == call->slack->bot_tokens;
    if (result->outcome == SLACK_REFUSED && tells)
        slack_refused(call->slack, result->error);
    else if (result->outcome == SLACK_OK && tells)
        slack_taken(call->slack);
    if (result->outcome != SLACK_OK && !slack_is_stopped(call->slack))
        log_failure(call->slack, call->method, str_or_empty(result->error));
    call->done(call->arg, result);
    call_free(call);
}

/* ---- pacing ---- */

static ms_t *not_before(const struct slack_call *call)
{
    struct slack *s = call->slack;
    const char *method = call->method;
    size_t i = 0;
    while (i + 1 < LIMIT_SLACK_METHODS && s->methods[i].method &&
           strcmp(s->methods[i].method, method) != 0)
        i++;
    s->methods[i].method = method;
    return &s->methods[i].not_before_ms[call->urgency];
}

/* ---- answers ---- */

/* Codes after which part of the work may have been done (docs.slack.dev, error codes of each
   method). */
static bool is_unknown_error(const char *error)
{
    static const char *const codes[] = { "fatal_error", "internal_error", "service_unavailable",
                                         "request_timeout" };
    for (size_t i = 0; i < COUNT(codes); i++)
        if (str_equal(codes[i], error))
            return true;
    return false;
}

static bool is_rate_error(const char *error)
{
    return str_equal(error, "ratelimited") || str_equal(error, "rate_limited");
}

static struct slack_result failed(enum slack_outcome outcome, const char *error)
{
    return (struct slack_result){ .outcome = outcome, .error = error, .scopes = "" };
}

static struct slack_result slow_down(const char *error, ms_t retry_after_ms)
{
    struct slack_result result = failed(SLACK_LATER, error);
    result.retry_after_ms = retry_after_ms;
    return result;
}

static struct slack_result judge(const struct http_result *r, const json_t *json)
{
    if (r->outcome != HTTP_ANSWERED) {
        struct slack_result lost = failed(r->outcome == HTTP_NOT_SENT ? SLACK_LATER : SLACK_UNKNOWN,
                                          r->error);
        lost.too_long = r->too_long;
        return lost;
    }
    const char *error = json_text(json, "error");
    if (r->status == 429 || is_rate_error(error))
        return slow_down("Slack asks to slow down",
                         r->retry_after_ms ? r->retry_after_ms : 30 * MS_SECOND);
    if (r->status != 200 || !json_is_object(json) || is_unknown_error(error))
        return failed(SLACK_UNKNOWN, error ? error : "no proper answer");
    struct slack_result whole = json_flag(json, "ok", false)
                                    ? failed(SLACK_OK, "")
                                    : failed(SLACK_REFUSED, error ? error : "unknown_error");
    whole.json = json;
    whole.scopes = whole.outcome == SLACK_OK ? r->header : "";
    return whole;
}

static void start(void *arg);

static bool try_again(struct slack_call *call, const struct slack_result *result)
{
    if (!call->read || call->attempts >= LIMIT_READ_ATTEMPTS ||
        (result->outcome != SLACK_LATER && result->outcome != SLACK_UNKNOWN) || result->too_long ||
        result->retry_after_ms > 5 * MS_SECOND)
        return false;
    loop_timer_set(call->slack->loop, &call->timer,
                   again_ms(AGAIN_FIRST_MS, call->attempts, result->retry_after_ms));
    return true;
}

static json_t *read_body(struct slack_call *call, const struct http_result *r)
{
    call->list = (struct json_list){ 0 };
    if (r->outcome != HTTP_ANSWERED)
        return NULL;
    if (call->visit)
        return json_read_around(r->body, r->body_bytes, "messages", true, &call->list, NULL);
    if (call->read)
        return json_read_page(r->body, r->body_bytes, LIMIT_SLACK_ANSWER_BYTES, NULL);
    return json_read_anyhow(r->body, r->body_bytes, LIMIT_SLACK_ANSWER_BYTES, NULL, NULL);
}

static void end_answer(struct slack_call *call, struct slack_result *result)
{
    result->left_out = call->list.skipped - call->list.stubs;
    if (call->urgency != URGENCY_ORDINARY)
        result->retry_after_ms = ms_min(result->retry_after_ms, URGENT_OBEYS_MS);
    if (result->retry_after_ms)
        *not_before(call) = clock_monotonic_ms() + result->retry_after_ms;
    if (!try_again(call, result))
        finish(call, result);
}

/* True when all messages were shown. */
static bool show_slice(struct slack_call *call)
{
    const struct json_list *list = &call->list;
    const char *from = list->at;
    json_t *element;
    while (list->at - from <= LIMIT_SLICE_BYTES &&
           (element = json_list_next(&call->list)) != NULL) {
        call->visit(call->arg, element, list->is_stub);
        json_decref(element);
    }
    return list->at - from <= LIMIT_SLICE_BYTES;
}

static void show_more(void *arg)
{
    struct slack_call *call = arg;
    if (!show_slice(call)) {
        loop_timer_set(call->slack->loop, &call->timer, 0);
        return;
    }
    call->timer.fired = start;
    struct slack_result result = judge(call->held, call->around);
    end_answer(call, &result);
}

/* The list is read where it stands, so that a long answer is held until its end. */
static void hold(struct slack_call *call, const struct http_result *r, json_t *around_taken)
{
    size_t begins = (size_t)(call->list.at - r->body), ends = (size_t)(call->list.end - r->body);
    call->held = http_result_keep(r);
    call->around = around_taken;
    call->list.at = call->held->body + begins;
    call->list.end = call->held->body + ends;
    call->timer.fired = show_more;
    loop_timer_set(call->slack->loop, &call->timer, 0);
}

static void on_answer(void *arg, const struct http_result *r)
{
    struct slack_call *call = arg;
    json_t *json = read_body(call, r);
    struct slack_result result = judge(r, json);
    /* A list that is not there is no empty one. */
    if (call->visit && result.outcome == SLACK_OK &&
        !json_is_null(json_object_get(json, "messages")))
        result = failed(SLACK_UNKNOWN, "no messages in the answer");
    call->in_flight = false;
    call->list.stub_key = "ts"; /* where a look has got to is known by it */
    call->list.most = LIMIT_SLICE_BYTES;
    if (call->visit && result.outcome == SLACK_OK && http_needs_slices(r)) {
        hold(call, r, json);
        return;
    }
    if (call->visit && result.outcome == SLACK_OK)
        show_slice(call);
    end_answer(call, &result);
    json_decref(json);
}

/* ---- requests ---- */

static void start(void *arg)
{
    struct slack_call *call = arg;
    struct slack *s = call->slack;
    if (!call->body) {
        struct slack_result bad = failed(SLACK_REFUSED, "what was to be sent is no JSON");
        finish(call, &bad);
        return;
    }
    ms_t wait = *not_before(call) - clock_monotonic_ms();
    bool ordinary = call->urgency == URGENCY_ORDINARY;
    if (wait > 0 && call->read && wait <= (ordinary ? READ_WAITS_MS : URGENT_READ_WAITS_MS)) {
        loop_timer_set(s->loop, &call->timer, wait);
        return;
    }
    if (wait > 0) {
        struct slack_result paced = slow_down("Slack asks to slow down", wait);
        finish(call, &paced);
        return;
    }
    CLEANUP(buf_done) struct buf url, bearer;
    buf_init(&url, 1024);
    buf_init(&bearer, LIMIT_SECRET_BYTES + 16);
    buf_addf(&url, "%s%s", s->codec.api_url, call->method);
    buf_addf(&bearer, "Bearer %s", secret_reveal(call->app_token ? s->app_token : s->bot_token));
    const struct http_header headers[] = { { "Authorization", buf_text(&bearer) },
                                           { "Content-Type",
                                             call->read ? "application/x-www-form-urlencoded"
                                                        : "application/json; charset=utf-8" } };
    struct http_request r = { .method = "POST",
                              .url = buf_text(&url),
                              .headers = headers,
                              .header_count = COUNT(headers),
                              .body = call->body,
                              .body_bytes = strlen(call->body),
                              .ca_file = s->ca_file,
                              .timeout_ms = CALL_TIMEOUT_MS,
                              .idempotent = call->read,
                              .urgent = !ordinary,
                              .wants_header = "X-OAuth-Scopes",
                              .done = on_answer,
                              .arg = call };
    struct err err = { "" };
    call->attempts++;
    call->bot_token = s->bot_tokens;
    call->in_flight = http_send(s->http, &r, &err);
    secret_wipe(bearer.text, bearer.bytes);
    struct slack_result not_sent = failed(SLACK_LATER, err.text);
    if (!call->in_flight)
        finish(call, &not_sent);
}

static void refuse(void *arg)
{
    struct slack_result full = failed(SLACK_LATER, "too many calls are waiting");
    finish(arg, &full);
}

static struct slack_call *enqueue(struct slack *s, enum urgency urgency, const char *method,
                                  char *body_taken, slack_done done, void *arg)
{
    struct slack_call *call = xcalloc(1, sizeof *call), **at = &s->calls;
    *call = (struct slack_call){ .slack = s,
                                 .urgency = urgency,
                                 .method = method,
                                 .body = body_taken,
                                 .done = done,
                                 .arg = arg };
    while (*at)
        at = &(*at)->next;
    *at = call;
    s->ordinary_calls += urgency == URGENCY_ORDINARY;
    bool full = urgency == URGENCY_ORDINARY && s->ordinary_calls > LIMIT_SLACK_CALLS;
    call->timer = (struct loop_timer){ .fired = full ? refuse : start, .arg = call };
    loop_timer_set(s->loop, &call->timer, 0);
    return call;
}

void slack_write_as(struct slack *s, enum urgency urgency, const char *method, json_t *body_new,
                    slack_done done, void *arg)
{
    char *body = json_dumps(body_new, JSON_COMPACT);
    json_decref(body_new);
    enqueue(s, urgency, method, body, done, arg);
}

void slack_read_as(struct slack *s, enum urgency urgency, const char *method, const char *form,
                   slack_done done, void *arg)
{
    enqueue(s, urgency, method, xstrdup(form), done, arg)->read = true;
}

void slack_write(struct slack *s, const char *method, json_t *body_new, slack_done done, void *arg)
{
    slack_write_as(s, URGENCY_ORDINARY, method, body_new, done, arg);
}

void slack_read_messages(struct slack *s, enum urgency urgency, const char *method,
                         const char *form, slack_visit visit, slack_done done, void *arg)
{
    struct slack_call *call = enqueue(s, urgency, method, xstrdup(form), done, arg);
    call->read = true;
    call->visit = visit;
}

void slack_open(struct slack *s, slack_done done, void *arg)
{
    struct slack_call *call = enqueue(s, URGENCY_GUARDS, "apps.connections.open", xstrdup(""), done,
                                      arg);
    call->read = call->app_token = true;
    call->attempts = LIMIT_READ_ATTEMPTS; /* the socket's own back-off decides */
}

void slack_form_add(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "%s%s=", b->bytes ? "&" : "", name);
    encode_percent(b, value, "-_."); /* as a form has it: application/x-www-form-urlencoded */
}

void slack_api_stop(struct slack *s)
{
    struct slack_result stopping = failed(SLACK_LATER, "reguard is stopping");
    while (s->calls) {
        http_forget(s->http, s->calls);
        finish(s->calls, &stopping);
    }
}
