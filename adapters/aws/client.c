/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/client.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"
#include "net/address.h"
#include "net/again.h"
#include "net/sign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ATTEMPTS = 5, ARENA_BYTES = 1024 * 1024 };
static const ms_t CLOCKS_AGREE_MS = MS_MINUTE, AGAIN_FIRST_MS = 200;
static const char form_type[] = "application/x-www-form-urlencoded; charset=utf-8",
                  json_type[] = "application/x-amz-json-1.0";

struct aws_client {
    struct loop *loop;
    struct http *http;
    const struct aws_settings *settings;
    struct aws_queue queue; /* region "": none is read */
    struct arena arena;     /* of the question under way */
    struct aws_ask ask;
    aws_answered done; /* NULL: nothing is asked */
    void *arg;
    int attempts;
    bool signed_again;
    ms_t deadline_ms; /* monotonic */
    ms_t ahead_ms;
    struct loop_timer retry;
    enum aws_action logged; /* the refusal that stands in the log */
    struct err logged_why;  /* "": none */
};

static void answer(struct aws_client *c, const struct aws_answer *a)
{
    aws_answered done = c->done;
    c->done = NULL;
    done(c->arg, a);
}

/* Whoever asks again and again is refused as often: it is logged when it changes. */
static void log_refusal(struct aws_client *c, const char *why)
{
    struct err now = { "" };
    err_set(&now, "%s", why);
    if (c->logged == c->ask.action && strcmp(c->logged_why.text, now.text) == 0)
        return;
    c->logged = c->ask.action;
    c->logged_why = now;
    LOG(LOG_WARN, "aws.refused", LS("action", aws_actions[c->ask.action].action), LS("error", why));
}

static void fail(struct aws_client *c, enum aws_refusal refusal, const char *why)
{
    if (refusal != AWS_ABSENT)
        log_refusal(c, why);
    answer(c, &(struct aws_answer){ .refusal = refusal, .error = why });
}

/* ---- one request ---- */

/* How long AWS may wait with the answer. */
static ms_t waits_ms(enum aws_action action)
{
    return action == AWS_RECEIVE_MESSAGE ? AWS_WAITS_S * MS_SECOND : 0;
}

static bool changes(const struct aws_client *c) { return aws_actions[c->ask.action].changes; }

static bool is_of_bucket(const struct aws_client *c)
{
    return aws_actions[c->ask.action].service == AWS_S3;
}

static const char *method_of(const struct aws_client *c)
{
    return !is_of_bucket(c) ? "POST" : changes(c) ? "DELETE" : "GET";
}

static bool is_of_queue(const struct aws_client *c)
{
    return aws_actions[c->ask.action].service == AWS_SQS;
}

/* The queue may be in another one than what else is asked. */
static const char *region_of(const struct aws_client *c)
{
    if (c->ask.region)
        return c->ask.region;
    return is_of_queue(c) ? c->queue.region : c->settings->region;
}

static const char *url_of(struct aws_client *c)
{
    const struct aws_settings *s = c->settings;
    enum aws_service service = aws_actions[c->ask.action].service;
    const char *const set[] = {
        [AWS_STS] = s->sts_url, [AWS_IAM] = s->iam_url, [AWS_SQS] = s->sqs_url, [AWS_S3] = s->s3_url
    };
    const char *url = set[service][0] ? set[service]
                                      : endpoint_url(service, region_of(c), &c->arena);
    /* By path: a name with dots fits no certificate as a host (S3 User Guide, "Path-style
       requests"). */
    return is_of_bucket(c) ? arena_printf(&c->arena, "%s/%s", url, c->ask.bucket) : url;
}

static void on_answer(void *arg, const struct http_result *r);

/* What the body is, and of SQS which question: both are signed. So is of S3 whose bucket is meant,
   and that there is no body, whose hash it wants. */
static size_t say_what(struct aws_client *c, struct sign_header ret[2])
{
    static const char nothing[] =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    if (is_of_bucket(c)) {
        ret[0] = (struct sign_header){ "x-amz-content-sha256", nothing };
        ret[1] = (struct sign_header){ "x-amz-expected-bucket-owner", c->ask.owner };
        return 2;
    }
    ret[0] = (struct sign_header){ "content-type", is_of_queue(c) ? json_type : form_type };
    ret[1] = (struct sign_header){ "x-amz-target", arena_printf(&c->arena, "AmazonSQS.%s",
                                                                aws_actions[c->ask.action].name) };
    return is_of_queue(c) ? 2 : 1;
}

static void sign(struct aws_client *c, const struct address *to, const struct sign_header *what,
                 size_t count, struct signed_headers *ret)
{
    char host[300];
    enum aws_service service = aws_actions[c->ask.action].service;
    const struct aws_session *keys = c->ask.keys;
    const struct sign_credentials credentials = { keys->access_key_id, secret_reveal(keys->secret),
                                                  keys->token ? secret_reveal(keys->token) : NULL,
                                                  endpoint_signs_for(service, region_of(c)),
                                                  aws_service_names[service] };
    address_host(to, host, sizeof host);
    sign_request(&credentials,
                 &(struct sign_request){ .method = method_of(c),
                                         .host = host,
                                         .path = to->rest[0] ? to->rest : "/",
                                         .query = is_of_bucket(c) ? "policy=" : "",
                                         .headers = what,
                                         .header_count = count,
                                         .body = c->ask.body,
                                         .body_bytes = strlen(c->ask.body),
                                         .at_ms = clock_wall_ms() + c->ahead_ms },
                 ret);
}

static bool send_request(struct aws_client *c, const struct address *to, const char *url,
                         struct err *err)
{
    const struct aws_session *keys = c->ask.keys;
    struct sign_header what[2];
    struct signed_headers h;
    struct http_header headers[5];
    size_t said = say_what(c, what), count = 0;
    for (size_t i = 0; i < said; i++)
        headers[count++] = (struct http_header){ what[i].name, what[i].value };
    if (keys) {
        sign(c, to, what, said, &h);
        headers[count++] = (struct http_header){ "X-Amz-Date", h.date };
        headers[count++] = (struct http_header){ "Authorization", h.authorization };
    }
    if (keys && keys->token)
        headers[count++] = (struct http_header){ "X-Amz-Security-Token",
                                                 secret_reveal(keys->token) };
    if (is_of_bucket(c))
        url = arena_printf(&c->arena, "%s?policy=", url);
    const struct http_request request = { .method = method_of(c),
                                          .url = url,
                                          .headers = headers,
                                          .header_count = count,
                                          .body = is_of_bucket(c) ? NULL : c->ask.body,
                                          .body_bytes = strlen(c->ask.body),
                                          .leave_before_ms = c->ask.leave_before_ms,
                                          .ca_file = c->settings->ca_file,
                                          .timeout_ms = c->settings->request_timeout +
                                                        waits_ms(c->ask.action),
                                          .idempotent = !changes(c),
                                          .wants_header = "Date",
                                          .done = on_answer,
                                          .arg = c };
    return http_send(c->http, &request, err);
}

static void send_question(void *arg)
{
    struct aws_client *c = arg;
    struct address to;
    struct err err = { "" };
    arena_reset(&c->arena);
    const char *url = url_of(c);
    c->attempts++;
    if (!address_read(url, &to, &err) ||
        (strpbrk(to.rest, "?#") && !err_set(&err, "the address has a query")) ||
        !send_request(c, &to, url, &err)) {
        err_wrap(&err, "%s", aws_actions[c->ask.action].action);
        fail(c, AWS_REFUSED, arena_copy(&c->arena, err.text));
    }
}

/* ---- what comes of it ---- */

/* How far AWS's clock is ahead by the header Date (RFC 9110 5.6.7); 0: it agrees, or is not
   there. */
static ms_t ahead_by(const char *date)
{
    struct tm tm = { 0 };
    const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end)
        return 0;
    ms_t ahead = (ms_t)timegm(&tm) * 1000 - clock_wall_ms();
    return ahead > -CLOCKS_AGREE_MS && ahead < CLOCKS_AGREE_MS ? 0 : ahead;
}

static bool send_later(struct aws_client *c, ms_t wait_ms)
{
    if (c->attempts >= ATTEMPTS || clock_monotonic_ms() + wait_ms > c->deadline_ms)
        return false;
    loop_timer_set(c->loop, &c->retry, wait_ms);
    return true;
}

/* Once for each question: a signature that AWS refuses at its own time is wrong. */
static bool sign_again(struct aws_client *c, const struct http_result *r)
{
    ms_t ahead = ahead_by(r->header);
    if (c->signed_again || !ahead || !send_later(c, 0))
        return false;
    c->signed_again = true;
    c->ahead_ms = ahead;
    LOG(LOG_WARN, "aws.clock_off", LI("aws_ahead_s", ahead / 1000));
    return true;
}

static void on_answer(void *arg, const struct http_result *r)
{
    struct aws_client *c = arg;
    struct err err = { "" };
    enum aws_refusal refusal = r->outcome == HTTP_NOT_SENT ? AWS_NOT_TAKEN : AWS_BUSY;
    if (r->outcome == HTTP_ANSWERED && (r->status == 200 || (r->status == 204 && changes(c)))) {
        if (!c->ask.keys) /* no signature has told it yet, and a session ends by AWS's clock */
            c->ahead_ms = ahead_by(r->header);
        if (c->logged == c->ask.action)
            c->logged_why = (struct err){ "" };
        answer(c, &(struct aws_answer){ .body = r->body, .body_bytes = r->body_bytes });
        return;
    }
    if (r->outcome == HTTP_ANSWERED)
        refusal = aws_explain(c->ask.action, r->status, r->body, r->body_bytes, &c->arena, &err);
    else
        err_set(&err, "%s: %s", aws_actions[c->ask.action].action, r->error);
    if (refusal == AWS_CLOCK && sign_again(c, r))
        return;
    if ((refusal == AWS_NOT_TAKEN || (refusal == AWS_BUSY && !changes(c))) &&
        send_later(c, again_ms(AGAIN_FIRST_MS, c->attempts - 1, r->retry_after_ms)))
        return;
    fail(c, refusal, arena_copy(&c->arena, err.text));
}

void aws_client_ask(struct aws_client *c, const struct aws_ask *ask, aws_answered done, void *arg)
{
    c->ask = *ask;
    c->done = done;
    c->arg = arg;
    c->attempts = 0;
    c->signed_again = false;
    c->deadline_ms = clock_monotonic_ms() + c->settings->request_timeout + waits_ms(ask->action);
    loop_timer_set(c->loop, &c->retry, 0);
}

ms_t aws_client_ahead_ms(const struct aws_client *c) { return c->ahead_ms; }

/* ---- life ---- */

struct aws_client *aws_client_new(struct loop *loop, struct http *http,
                                  const struct aws_settings *settings)
{
    struct aws_client *c = xcalloc(1, sizeof *c);
    *c = (struct aws_client){ .loop = loop, .http = http, .settings = settings };
    c->retry = (struct loop_timer){ .fired = send_question, .arg = c };
    arena_init(&c->arena, ARENA_BYTES);
    struct err ignored = { "" };
    if (!endpoint_queue(settings->events_queue, &c->queue, &ignored))
        c->queue = (struct aws_queue){ .region = "" };
    return c;
}

void aws_client_free(struct aws_client *c)
{
    http_forget(c->http, c);
    loop_timer_cancel(&c->retry);
    arena_done(&c->arena);
    free(c);
}
