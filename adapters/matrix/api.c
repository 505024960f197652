/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the client-server API: bearer token in the header only, every answer cleaned before it
   is used, 429 obeyed by header or body, and a reckoning of what the homeserver's rate for messages
   leaves. */
#include "adapters/matrix/internal.h"
#include "core/xalloc.h"
#include "adapters/matrix/sanitise.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/log.h"
#include "core/encode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const ms_t CALL_TIMEOUT_MS = 15 * MS_SECOND, AGAIN_FIRST_MS = 100,
                  SLOW_DOWN_MS = 5 * MS_SECOND, RETRY_AFTER_MOST_MS = MS_HOUR,
                  URGENT_OBEYS_MS = MS_MINUTE;

/* Synapse's default for one sender: a message every five seconds after ten at once. What can wait
   leaves enough for what cannot, until more than that has gone through: then the homeserver makes
   an exception for us. */
static const double BURST = 10, EACH_SECOND = 0.2, KEPT_BACK = 4, PROVES_UNLIMITED = -2;

struct matrix_call {
    struct matrix *matrix;
    struct matrix_call *next;
    const char *method;
    char *path, *body;
    bool repeated, bare, spends, waits_alone, lists, paper;
    enum urgency urgency;
    bool unwritable;              /* the body is none that JSON could hold */
    struct http_result *held;     /* an answer that is read in slices, */
    struct matrix_parser *parser; /* and how far it is read */
    ms_t timeout_ms;
    int attempts;
    unsigned token; /* which one it was sent with */
    matrix_done done;
    void *arg;
    struct loop_timer timer;
};

static void call_free(struct matrix_call *call)
{
    for (struct matrix_call **at = &call->matrix->calls; *at; at = &(*at)->next)
        if (*at == call) {
            *at = call->next;
            break;
        }
    struct matrix_parsed unread;
    loop_timer_cancel(&call->timer);
    json_decref(matrix_parser_end(call->parser, &unread));
    http_result_free(call->held);
    if (call->body)
        secret_wipe(call->body, strlen(call->body));
    free(call->path);
    free(call->body);
    free(call);
}

static void finish(struct matrix_call *call, const struct matrix_result *result)
{
    if (result->outcome != MATRIX_OK && !matrix_is_stopped(call->matrix))
        LOG(LOG_DEBUG, "matrix.call", LS("method", call->method), LI("status", result->status),
            LS("errcode", result->errcode), LS("error", result->error));
    call->done(call->arg, result);
    call_free(call);
}

/* ---- the rate ---- */

static void refill(struct matrix *m)
{
    ms_t now = clock_monotonic_ms();
    m->credit += m->spent_at_ms ? (double)(now - m->spent_at_ms) / 1000 * EACH_SECOND : BURST;
    m->credit = m->credit > BURST ? BURST : m->credit;
    m->spent_at_ms = now;
}

static void spend(struct matrix *m)
{
    refill(m);
    m->credit -= 1;
    m->unlimited |= m->credit < PROVES_UNLIMITED;
}

/* For the urgency that was told. */
static void slow_down(struct matrix *m, enum urgency urgency, ms_t wait_ms)
{
    refill(m);
    m->credit = m->credit > 0 ? 0 : m->credit;
    m->unlimited = false;
    m->sends_not_before_ms[urgency] = clock_monotonic_ms() + wait_ms;
}

bool matrix_can_spare(struct matrix *m, ms_t *ret_wait_ms)
{
    refill(m);
    ms_t asked = m->sends_not_before_ms[URGENCY_ORDINARY] - clock_monotonic_ms();
    ms_t saved = m->unlimited || m->credit >= KEPT_BACK
                     ? 0
                     : (ms_t)((KEPT_BACK - m->credit) / EACH_SECOND * 1000) + 1;
    *ret_wait_ms = ms_max(asked, saved);
    return *ret_wait_ms <= 0;
}

/* ---- answers ---- */

static bool is_token_error(const char *errcode)
{
    return matrix_refusal_of(errcode) == MATRIX_NO_CREDENTIAL;
}

static ms_t retry_after(const struct http_result *r, const json_t *json)
{
    ms_t told = r->retry_after_ms ? r->retry_after_ms : json_number(json, "retry_after_ms", 0);
    return ms_min(told > 0 ? told : SLOW_DOWN_MS, RETRY_AFTER_MOST_MS) + clock_jitter(0, 200);
}

/* bare: the call went without the access token, so that no renewal of it helps. */
static struct matrix_result judge(const struct http_result *r, const json_t *json, bool bare)
{
    const char *errcode = json_text_or_empty(json, "errcode"),
               *error = json_text_or_empty(json, "error");
    struct matrix_result result = {
        .status = r->status, .errcode = errcode, .error = error, .json = json
    };
    if (r->outcome != HTTP_ANSWERED) {
        result.outcome = r->outcome == HTTP_NOT_SENT ? MATRIX_LATER : MATRIX_UNKNOWN;
        result.error = r->error;
        result.too_long = r->too_long;
    } else if (r->status == 429 || str_equal(errcode, "M_LIMIT_EXCEEDED")) {
        result.outcome = MATRIX_LATER;
        result.error = "the homeserver asks to slow down";
        result.retry_after_ms = retry_after(r, json);
    } else if (is_token_error(errcode) && !bare) {
        result.outcome = MATRIX_LATER;
    } else if (r->status >= 200 && r->status < 300 && json) {
        result.outcome = MATRIX_OK;
    } else if (r->status >= 400 && r->status < 500 && errcode[0]) {
        result.outcome = MATRIX_REFUSED;
    } else {
        result.outcome = MATRIX_UNKNOWN;
        result.error = error[0] ? error : "the homeserver gave no proper answer";
    }
    return result;
}

static void start(void *arg);

/* The token it was sent with has ended, and the next one has come since or is on its way. */
static bool has_a_next_token(const struct matrix_call *call)
{
    return !call->bare && (call->token != call->matrix->tokens ||
                           call->matrix->token_state == MATRIX_TOKEN_RENEWING);
}

static bool try_again(struct matrix_call *call, const struct matrix_result *result)
{
    bool passing = (result->outcome == MATRIX_LATER || result->outcome == MATRIX_UNKNOWN) &&
                   !result->too_long &&
                   (!is_token_error(result->errcode) || has_a_next_token(call)) &&
                   result->retry_after_ms <= 5 * MS_SECOND;
    if (!call->repeated || !passing || call->attempts >= LIMIT_READ_ATTEMPTS ||
        matrix_is_stopped(call->matrix))
        return false;
    loop_timer_set(call->matrix->loop, &call->timer,
                   again_ms(AGAIN_FIRST_MS, call->attempts, result->retry_after_ms));
    return true;
}

static void count_poison(struct matrix *m, const struct matrix_parsed *parsed)
{
    if (!parsed->cleaned)
        return;
    m->cleaned++;
    m->quarantined += parsed->quarantined;
    LOG(LOG_ERROR, "matrix.poison", LI("left_out", parsed->quarantined),
        LI("answers_cleaned", m->cleaned),
        LS("why", "an answer of the homeserver held what no JSON parser takes; it was cleaned, and "
                  "events that cannot be read were left out"));
}

static void end_answer(struct matrix_call *call, const struct http_result *r, const json_t *json,
                       const struct matrix_parsed *parsed)
{
    struct matrix *m = call->matrix;
    struct matrix_result result = judge(r, json, call->bare);
    result.too_long |= parsed->too_much;
    if (call->lists && result.outcome == MATRIX_OK &&
        !json_is_array(json_object_get(json, "chunk"))) {
        result.outcome = MATRIX_UNKNOWN;
        result.error = "no list in the answer";
    }
    if (call->urgency != URGENCY_ORDINARY)
        result.retry_after_ms = ms_min(result.retry_after_ms, URGENT_OBEYS_MS);
    count_poison(m, parsed);
    if (call->spends && result.outcome == MATRIX_OK)
        spend(m);
    if (call->spends && result.retry_after_ms && !call->waits_alone)
        slow_down(m, call->urgency, result.retry_after_ms);
    if (is_token_error(result.errcode) && !call->bare && call->token == m->tokens)
        m->token_rejected(m, result.error[0] ? result.error : result.errcode);
    if (!try_again(call, &result))
        finish(call, &result);
}

static void read_slice(void *arg)
{
    struct matrix_call *call = arg;
    if (!matrix_parser_read(call->parser, LIMIT_SLICE_BYTES)) {
        loop_timer_set(call->matrix->loop, &call->timer, 0);
        return;
    }
    struct http_result *held = call->held;
    struct matrix_parsed parsed;
    JSON_AUTO *json = matrix_parser_end(call->parser, &parsed);
    call->parser = NULL;
    call->held = NULL;
    call->timer.fired = start;
    end_answer(call, held, json, &parsed);
    http_result_free(held);
}

static void on_answer(void *arg, const struct http_result *r)
{
    struct matrix_call *call = arg;
    struct matrix_parsed parsed = { 0 };
    JSON_AUTO *json = NULL;
    if (http_needs_slices(r)) {
        call->held = http_result_keep(r);
        call->parser = matrix_parser_new(call->held->body, call->held->body_bytes);
        call->timer.fired = read_slice;
        loop_timer_set(call->matrix->loop, &call->timer, 0);
        return;
    }
    if (r->outcome == HTTP_ANSWERED)
        json = matrix_parse(r->body, r->body_bytes, &parsed);
    end_answer(call, r, json, &parsed);
}

const char *matrix_why(const struct matrix_result *r)
{
    return r->error[0] ? r->error : r->errcode[0] ? r->errcode : "no usable answer";
}

/* ---- requests ---- */

static bool send_now(struct matrix_call *call, struct err *err)
{
    struct matrix *m = call->matrix;
    CLEANUP(buf_done) struct buf url, bearer;
    buf_init(&url, 16 * 1024);
    buf_init(&bearer, LIMIT_SECRET_BYTES + 16);
    buf_addf(&url, "%s/_matrix/%s/%s", m->homeserver, call->paper ? "media" : "client", call->path);
    buf_addf(&bearer, "Bearer %s", secret_reveal(m->token));
    call->token = m->tokens;
    const struct http_header headers[] = {
        { "Content-Type", call->paper ? "text/plain; charset=utf-8" : "application/json" },
        { "Authorization", buf_text(&bearer) }
    };
    struct http_request r = { .method = call->method,
                              .url = buf_text(&url),
                              .headers = headers,
                              .header_count = call->bare ? 1 : 2,
                              .body = call->body,
                              .body_bytes = strlen(str_or_empty(call->body)),
                              .ca_file = m->ca_file,
                              .timeout_ms = call->timeout_ms ? call->timeout_ms : CALL_TIMEOUT_MS,
                              /* Reads, joins, and writes with a transaction id. */
                              .idempotent = !call->paper,
                              .urgent = call->urgency != URGENCY_ORDINARY,
                              .done = on_answer,
                              .arg = call };
    bool sent = url.overflow ? err_set(err, "the address is too long")
                             : http_send(m->http, &r, err);
    secret_wipe(bearer.text, bearer.bytes);
    return sent;
}

static void start(void *arg)
{
    struct matrix_call *call = arg;
    struct err err = { "the homeserver asks to slow down" };
    if (call->attempts && !call->bare &&
        call->matrix->token_state == MATRIX_TOKEN_RENEWING) { /* which ends by its own time limit */
        loop_timer_set(call->matrix->loop, &call->timer, AGAIN_FIRST_MS);
        return;
    }
    ms_t not_before = call->matrix->sends_not_before_ms[call->urgency];
    ms_t wait = call->spends ? not_before - clock_monotonic_ms() : 0;
    call->attempts++;
    if (call->unwritable)
        finish(call, &(struct matrix_result){ .outcome = MATRIX_REFUSED,
                                              .errcode = "",
                                              .error = "what was to be sent is no JSON" });
    else if (wait > 0 || !send_now(call, &err))
        finish(call, &(struct matrix_result){ .outcome = MATRIX_LATER,
                                              .errcode = "",
                                              .error = err.text,
                                              .retry_after_ms = ms_max(wait, 0) });
}

void matrix_call(struct matrix *m, const struct matrix_ask *ask, matrix_done done, void *arg)
{
    struct matrix_call *call = xcalloc(1, sizeof *call), **at = &m->calls;
    *call = (struct matrix_call){ .matrix = m,
                                  .urgency = ask->urgency,
                                  .method = ask->method,
                                  .path = xstrdup(ask->path),
                                  .body = ask->body_new ? json_dumps(ask->body_new, JSON_COMPACT)
                                          : ask->paper  ? xstrdup(ask->paper)
                                                        : NULL,
                                  .paper = ask->paper != NULL,
                                  .repeated = ask->repeated,
                                  .bare = ask->bare,
                                  .spends = ask->spends,
                                  .waits_alone = ask->waits_alone,
                                  .lists = ask->lists,
                                  .timeout_ms = ask->timeout_ms,
                                  .done = done,
                                  .arg = arg };
    call->unwritable = ask->body_new && !call->body;
    json_decref(ask->body_new);
    call->timer = (struct loop_timer){ .fired = start, .arg = call };
    while (*at)
        at = &(*at)->next;
    *at = call;
    loop_timer_set(m->loop, &call->timer, 0);
}

void matrix_path(struct buf *b, const char *pattern, const char *const *parts)
{
    for (; *pattern; pattern++)
        if (*pattern == '*')
            encode_percent(b, *parts++, ENCODE_UNRESERVED);
        else
            buf_add_char(b, *pattern);
}

void matrix_transaction(struct matrix *m, struct buf *b)
{
    buf_addf(b, "%s-%s-%" PRIu64, m->salt, m->process, ++m->transactions);
}

void matrix_forget_calls(struct matrix *m, matrix_done done)
{
    for (struct matrix_call *next, *call = m->calls; call; call = next) {
        next = call->next;
        if (call->done != done)
            continue;
        http_forget(m->http, call);
        call_free(call);
    }
}

void matrix_api_stop(struct matrix *m)
{
    while (m->calls) {
        http_forget(m->http, m->calls);
        finish(m->calls, &(struct matrix_result){ .outcome = MATRIX_LATER,
                                                  .errcode = "",
                                                  .error = "reguard is stopping" });
    }
}
