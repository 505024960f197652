/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/local.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"
#include "net/again.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 72, TOKEN_MOST = 1024, ATTEMPTS = 3 };
/* Both are on this machine's host: AWS's own clients wait for one second, and for two. */
static const ms_t INSTANCE_MS = MS_SECOND, CONTAINER_MS = 2 * MS_SECOND;
static const ms_t PATIENCE_MS = 6 * MS_SECOND, AGAIN_FIRST_MS = 100;

enum step { STEP_CONTAINER, STEP_TOKEN, STEP_ROLE, STEP_KEYS };
static const char roles[] = "/latest/meta-data/iam/security-credentials/";

struct aws_local {
    struct loop *loop;
    struct http *http;
    const struct aws_settings *settings;
    enum step step;
    struct secret *token;
    char role[NAME_BYTES];
    int attempts;      /* of this step */
    ms_t deadline_ms;  /* monotonic, of all steps */
    aws_answered done; /* NULL: nothing is asked */
    void *arg;
    struct loop_timer retry;
    struct err logged; /* why it was refused last; "": it was not */
};

const char *aws_local_name(const struct aws_settings *s)
{
    return s->credentials == AWS_CONTAINER ? "the container's agent"
                                           : "the instance's metadata service";
}

static void over(struct aws_local *l, const struct aws_answer *a)
{
    aws_answered done = l->done;
    l->done = NULL;
    secret_free(l->token);
    l->token = NULL;
    done(l->arg, a);
}

static void fail(struct aws_local *l, const char *why)
{
    struct err err = { "" };
    err_set(&err, "%s: %s", aws_local_name(l->settings), why);
    if (strcmp(l->logged.text, err.text) != 0) /* it is asked again and again */
        LOG(LOG_WARN, "aws.refused", LS("action", "credentials"), LS("error", err.text));
    l->logged = err;
    over(l, &(struct aws_answer){ .refusal = AWS_REFUSED, .error = err.text });
}

/* ---- one request ---- */

static void add_url(const struct aws_local *l, struct buf *b)
{
    const struct aws_settings *s = l->settings;
    buf_add(b, l->step == STEP_CONTAINER ? s->container_url
               : s->instance_url[0]      ? s->instance_url
                                         : "http://169.254.169.254");
    if (l->step == STEP_TOKEN)
        buf_add(b, "/latest/api/token");
    else if (l->step != STEP_CONTAINER)
        buf_addf(b, "%s%s", roles, l->step == STEP_KEYS ? l->role : "");
}

static struct http_header header_of(const struct aws_local *l)
{
    static const char *const names[] = {
        [STEP_CONTAINER] = "Authorization",
        [STEP_TOKEN] = "X-aws-ec2-metadata-token-ttl-seconds",
        [STEP_ROLE] = "X-aws-ec2-metadata-token",
        [STEP_KEYS] = "X-aws-ec2-metadata-token",
    };
    return (struct http_header){ names[l->step],
                                 l->step == STEP_TOKEN ? "60" : secret_reveal(l->token) };
}

static void on_answer(void *arg, const struct http_result *r);

static void send_step(void *arg)
{
    struct aws_local *l = arg;
    struct err err = { "" };
    CLEANUP(buf_done) struct buf url;
    buf_init(&url, SETTING_URL_BYTES + sizeof roles + NAME_BYTES);
    add_url(l, &url);
    bool agent = l->step == STEP_CONTAINER, token = l->step == STEP_TOKEN;
    const struct http_header header = header_of(l);
    const struct http_request request = {
        .method = token ? "PUT" : "GET",
        .url = buf_text(&url),
        .plain_hosts = agent ? endpoint_container_hosts : endpoint_instance_hosts,
        .headers = &header,
        .header_count = !agent || l->token,
        .body = token ? "" : NULL,
        .ca_file = l->settings->ca_file,
        .timeout_ms = agent ? CONTAINER_MS : INSTANCE_MS,
        .idempotent = true,
        .done = on_answer,
        .arg = l,
    };
    l->attempts++;
    if (!http_send(l->http, &request, &err))
        fail(l, err.text);
}

static void begin(struct aws_local *l, enum step step)
{
    l->step = step;
    l->attempts = 0;
    loop_timer_set(l->loop, &l->retry, 0);
}

/* ---- what comes of it ---- */

static bool is_of(const char *text, size_t bytes, const char *letters, size_t most)
{
    size_t i = 0;
    while (i < bytes && text[i] && strchr(letters, text[i]))
        i++;
    return i == bytes && bytes > 0 && bytes <= most;
}

static void take_token(struct aws_local *l, const struct http_result *r)
{
    if (!is_of(r->body, r->body_bytes, AWS_NAME_LETTERS "/", TOKEN_MOST) ||
        !(l->token = secret_from(r->body)))
        fail(l, "it gives no token: only its version 2 is used");
    else
        begin(l, STEP_ROLE);
}

/* One name, and maybe the end of its line. */
static void take_role(struct aws_local *l, const struct http_result *r)
{
    size_t bytes = strcspn(r->body, "\n");
    if (!is_of(r->body, bytes, AWS_NAME_LETTERS, NAME_BYTES - 1) || r->body_bytes > bytes + 1) {
        fail(l, "the answer cannot be understood: it names no role");
        return;
    }
    memcpy(l->role, r->body, bytes);
    l->role[bytes] = '\0';
    begin(l, STEP_KEYS);
}

static void take(struct aws_local *l, const struct http_result *r)
{
    switch (l->step) {
    case STEP_TOKEN: take_token(l, r); break;
    case STEP_ROLE: take_role(l, r); break;
    case STEP_CONTAINER:
    case STEP_KEYS:
        l->logged = (struct err){ "" };
        over(l, &(struct aws_answer){ .body = r->body, .body_bytes = r->body_bytes });
        break;
    }
}

/* No word of the answer: a request may be repeated in it. */
static void refuse(struct aws_local *l, long status)
{
    struct err err = { "" };
    if (status >= 300 && status < 400)
        err_set(&err, "it answered %ld, which leads elsewhere and is not followed", status);
    else if (l->step == STEP_CONTAINER && (status == 401 || status == 403))
        err_set(&err, "it refuses the token (%ld)", status);
    else if (l->step == STEP_TOKEN)
        err_set(&err, "it gives no token (%ld): only its version 2 is used", status);
    else if (l->step == STEP_ROLE && status == 404)
        err_set(&err, "the instance has no role (404)");
    else
        err_set(&err, "it answered %ld", status);
    fail(l, err.text);
}

static bool send_later(struct aws_local *l, ms_t asked_ms)
{
    ms_t wait_ms = again_ms(AGAIN_FIRST_MS, l->attempts - 1, asked_ms);
    if (l->attempts >= ATTEMPTS || clock_monotonic_ms() + wait_ms > l->deadline_ms)
        return false;
    loop_timer_set(l->loop, &l->retry, wait_ms);
    return true;
}

static void on_answer(void *arg, const struct http_result *r)
{
    struct aws_local *l = arg;
    bool answered = r->outcome == HTTP_ANSWERED;
    bool passes = !answered || r->status == 429 || r->status >= 500;
    if (answered && r->status == 200)
        take(l, r);
    else if (passes && send_later(l, r->retry_after_ms))
        return;
    else if (answered)
        refuse(l, r->status);
    else
        fail(l, r->error);
}

/* The token of a container's agent is written anew by others: it is read each time. */
static bool read_token(struct aws_local *l)
{
    struct err err = { "" };
    const char *file = l->settings->container_token_file;
    if (!file[0] || (l->token = secret_read(file, &err)))
        return true;
    fail(l, err.text);
    return false;
}

void aws_local_ask(struct aws_local *l, aws_answered done, void *arg)
{
    bool agent = l->settings->credentials == AWS_CONTAINER;
    l->done = done;
    l->arg = arg;
    l->deadline_ms = clock_monotonic_ms() + PATIENCE_MS;
    if (!agent || read_token(l))
        begin(l, agent ? STEP_CONTAINER : STEP_TOKEN);
}

/* ---- life ---- */

struct aws_local *aws_local_new(struct loop *loop, struct http *http,
                                const struct aws_settings *settings)
{
    struct aws_local *l = xcalloc(1, sizeof *l);
    *l = (struct aws_local){ .loop = loop, .http = http, .settings = settings };
    l->retry = (struct loop_timer){ .fired = send_step, .arg = l };
    return l;
}

void aws_local_free(struct aws_local *l)
{
    http_forget(l->http, l);
    loop_timer_cancel(&l->retry);
    secret_free(l->token);
    free(l);
}
