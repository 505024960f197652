/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/client.h"
#include "core/xalloc.h"
#include "adapters/stax/codec.h"
#include "net/sign.h"
#include "adapters/stax/srp.h"
#include "core/limits.h"
#include "port/adapter.h"
#include "net/address.h"
#include "net/again.h"
#include "host/clock.h"
#include "host/log.h"
#include "net/pace.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { URL_BYTES = 1024, ATTEMPTS = 5, LOGIN_ATTEMPTS = 5 };
static const ms_t RENEW_BEFORE_MS = 5 * MS_MINUTE, CLOCKS_AGREE_MS = MS_MINUTE;
/* Between sign-ins that did not help: twice as long each time. */
static const ms_t AGAIN_FIRST_MS = 200, LOGIN_PAUSE_MS = MS_SECOND, LOGIN_PAUSE_MOST_MS = MS_MINUTE,
                  LOGIN_PAUSE_URGENT_MS = 10 * MS_SECOND;
static const char API_PREFIX[] = "/20190206/public/config";

/* One request of the adapter, from its first attempt to its answer. */
struct call {
    struct stax_client *client;
    struct call *next;
    enum urgency urgency;
    char method[8], path[256], query[512];
    char *body;
    stax_answered done;
    void *arg;
    int attempts;
    unsigned login;          /* which one it was signed with */
    bool renewed, in_flight; /* in_flight also while waiting for the next try */
    ms_t deadline_ms, leave_before_ms, timeout_ms;
    struct loop_timer retry, late; /* late: at its deadline */
};

/* The calls of one urgency, in order of arrival. */
struct lane {
    struct call *calls; /* waiting for credentials, for their turn, or for an answer */
    size_t count;
    struct pace pace;
};
/* A survey makes a handful of calls at once, the switch has one survey and one change at a time. */
static const struct {
    size_t places;
    int burst;
    ms_t obeys_most_ms;
} lane_rules[URGENCIES] = {
    [URGENCY_ORDINARY] = { LIMIT_STAX_CALLS, 32, MS_DAY },
    [URGENCY_RAISES] = { LIMIT_STAX_CALLS_RAISING, 16, MS_MINUTE },
    [URGENCY_GUARDS] = { LIMIT_STAX_CALLS_GUARDING, 16, MS_MINUTE },
};

enum login_step {
    LOGIN_IDLE,
    LOGIN_CONFIG,
    LOGIN_INITIATE,
    LOGIN_RESPOND,
    LOGIN_IDENTITY,
    LOGIN_CREDENTIALS
};

struct stax_client {
    struct loop *loop;
    struct http *http;
    char region[32];
    char api_url[URL_BYTES], login_url[URL_BYTES], identity_url[URL_BYTES], ca_file[URL_BYTES],
        host[256];
    struct secret *access_key, *secret_key;
    ms_t request_timeout_ms;
    struct lane lanes[URGENCIES];
    enum login_step step;
    struct arena arena; /* of the sign-in under way, and the pool */
    struct stax_pool pool;
    unsigned char srp_secret[SRP_SECRET_BYTES];
    struct stax_challenge challenge;
    const char *id_token, *identity_id;
    char *credential_access_key, *credential_secret_key, *credential_token;
    bool lasting; /* the credentials were to last, by the clocks */
    ms_t
        renew_ms; /* monotonic: signed in again then; the credentials are used until Stax refuses */
    ms_t ahead_ms; /* AWS's clock, of ours; 0 while they agree */
    int login_attempts;
    unsigned logins;
    int logins_in_vain;  /* in a row: failed, or their credentials did not last or were refused */
    ms_t login_ended_ms; /* monotonic: the last one */
    char login_error[LIMIT_ERROR_BYTES];
    struct loop_timer login_retry, start;
};

static void run_calls(void *arg);

/* ---- answering ---- */

static void call_free(struct call *call)
{
    loop_timer_cancel(&call->retry);
    loop_timer_cancel(&call->late);
    free(call->body);
    free(call);
}

static void finish(struct call *call, const struct stax_answer *answer)
{
    struct lane *lane = &call->client->lanes[call->urgency];
    for (struct call **at = &lane->calls; *at; at = &(*at)->next)
        if (*at == call) {
            *at = call->next;
            lane->count--;
            break;
        }
    call->done(call->arg, answer);
    call_free(call);
}

static void fail(struct call *call, const char *why)
{
    finish(call, &(struct stax_answer){ .error = why, .body = "" });
}

/* Those that wait and have to be answered before that moment anyway; those in flight get their own
   answer. */
static void fail_before(struct lane *lane, ms_t moment_ms, const char *why)
{
    for (struct call *next, *call = lane->calls; call; call = next) {
        next = call->next;
        if (!call->in_flight && call->deadline_ms < moment_ms)
            fail(call, why);
    }
}

/* ---- credentials ---- */

static void forget_credentials(struct stax_client *c)
{
    char **const texts[] = { &c->credential_access_key, &c->credential_secret_key,
                             &c->credential_token };
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (*texts[i])
            secret_wipe(*texts[i], strlen(*texts[i]));
        free(*texts[i]);
        *texts[i] = NULL;
    }
}

/* AWS takes no signature whose time is five minutes off; a machine whose clock is wrong must be
   able to restore all the same. */
static ms_t aws_now_ms(const struct stax_client *c) { return clock_wall_ms() + c->ahead_ms; }

ms_t stax_client_ahead_ms(const struct stax_client *c) { return c->ahead_ms; }

/* How long nobody signs in after one that did not help. */
static ms_t login_pause_ms(const struct stax_client *c, bool urgent)
{
    ms_t most = urgent ? LOGIN_PAUSE_URGENT_MS : LOGIN_PAUSE_MOST_MS;
    return c->logins_in_vain ? ms_doubled(LOGIN_PAUSE_MS, c->logins_in_vain - 1, most) : 0;
}

/* Those in use are as good as they were, whatever became of the attempt to renew them. */
static void login_failed(struct stax_client *c, const char *what, const char *why)
{
    struct err text = { "" };
    err_set(&text, "could not sign in to Stax (%s): %s", what, why);
    c->step = LOGIN_IDLE;
    c->login_attempts = 0;
    c->logins_in_vain++;
    c->login_ended_ms = clock_monotonic_ms();
    STR_SET(c->login_error, text.text);
    LOG(LOG_WARN, "stax.login", LS("error", text.text), LI("in_vain", c->logins_in_vain));
    for (int urgency = URGENCIES - 1; urgency >= 0 && !c->credential_token; urgency--)
        fail_before(&c->lanes[urgency], MS_NEVER, text.text);
    c->renew_ms = c->login_ended_ms + login_pause_ms(c, false);
    loop_timer_set(c->loop, &c->start, 0);
}

/* Date header, RFC 9110 5.6.7. */
static void note_clock(struct stax_client *c, const char *date)
{
    struct tm tm = { 0 };
    const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (!end || *end)
        return;
    ms_t ahead = (ms_t)timegm(&tm) * 1000 - clock_wall_ms();
    bool agree = ahead > -CLOCKS_AGREE_MS && ahead < CLOCKS_AGREE_MS;
    if (!agree || c->ahead_ms)
        LOG(LOG_WARN, agree ? "stax.clocks_agree" : "stax.clock_off",
            LI("aws_ahead_s", ahead / 1000));
    c->ahead_ms = agree ? 0 : ahead;
}

static const char *base_of(const struct stax_client *c, bool identity, struct arena *arena)
{
    const char *set = identity ? c->identity_url : c->login_url;
    return set[0] ? set
                  : arena_printf(arena,
                                 identity ? "https://cognito-identity.%s.amazonaws.com/"
                                          : "https://cognito-idp.%s.amazonaws.com/",
                                 c->pool.region);
}

static void on_login(void *arg, const struct http_result *r);
static void login_identity(struct stax_client *c);

static void login_send(struct stax_client *c, enum login_step step, const char *target,
                       const char *body)
{
    bool identity = step == LOGIN_IDENTITY || step == LOGIN_CREDENTIALS;
    const struct http_header headers[] = { { "Content-Type", "application/x-amz-json-1.1" },
                                           { "X-Amz-Target", target },
                                           { "Accept", "application/json" } };
    struct http_request r = { .method = "POST",
                              .url = base_of(c, identity, &c->arena),
                              .headers = headers,
                              .header_count = COUNT(headers),
                              .body = body,
                              .body_bytes = body ? strlen(body) : 0,
                              .ca_file = c->ca_file,
                              .timeout_ms = c->request_timeout_ms,
                              .idempotent = true,
                              .share = HTTP_SHARE_GUARDS,
                              .urgent = true,
                              .wants_header = "Date",
                              .done = on_login,
                              .arg = c };
    if (step == LOGIN_CONFIG) {
        r.method = "GET";
        r.url = arena_printf(&c->arena, "%s%s", c->api_url, API_PREFIX);
        r.header_count = 0;
    }
    struct err err = { "" };
    c->step = step;
    if (!http_send(c->http, &r, &err))
        login_failed(c, "request", err.text);
}

static bool initiate(struct stax_client *c, struct err *err)
{
    char a_hex[SRP_HEX_BYTES];
    clock_random(c->srp_secret, sizeof c->srp_secret);
    if (!srp_public(c->srp_secret, a_hex, err))
        return false;
    login_send(c, LOGIN_INITIATE, "AWSCognitoIdentityProviderService.InitiateAuth",
               stax_initiate(&c->arena, c->pool.client_id, secret_reveal(c->access_key), a_hex));
    return true;
}

static bool respond(struct stax_client *c, struct err *err)
{
    unsigned char key[SRP_KEY_BYTES];
    char timestamp[SRP_TIMESTAMP_BYTES], signature[SRP_SIGNATURE_BYTES];
    const char *underscore = strchr(c->pool.user_pool_id, '_');
    struct srp_challenge challenge = { .pool = underscore ? underscore + 1 : c->pool.user_pool_id,
                                       .user = c->challenge.user,
                                       .password = secret_reveal(c->secret_key),
                                       .salt_hex = c->challenge.salt,
                                       .b_hex = c->challenge.b };
    srp_timestamp(aws_now_ms(c), timestamp);
    bool signed_it = srp_key(c->srp_secret, &challenge, key, err) &&
                     srp_sign(key, &challenge, c->challenge.secret_block, timestamp, signature,
                              err);
    secret_wipe(key, sizeof key);
    if (signed_it)
        login_send(c, LOGIN_RESPOND, "AWSCognitoIdentityProviderService.RespondToAuthChallenge",
                   stax_respond(&c->arena, c->pool.client_id, &c->challenge, timestamp, signature));
    return signed_it;
}

/* They are valid now. When they are not for long, or a clock says so, the next sign-in comes after
   a pause all the same. */
static void plan_renewal(struct stax_client *c, ms_t left_ms)
{
    bool lasting = left_ms > RENEW_BEFORE_MS;
    c->logins_in_vain += !lasting;
    c->login_ended_ms = clock_monotonic_ms();
    c->renew_ms = c->login_ended_ms +
                  (lasting ? left_ms - RENEW_BEFORE_MS : login_pause_ms(c, false));
    LOG(lasting ? LOG_INFO : LOG_WARN, "stax.login", LI("valid_s", left_ms / 1000),
        LI("in_vain", c->logins_in_vain));
}

static void keep_credentials(struct stax_client *c, const struct stax_credentials *k)
{
    forget_credentials(c);
    c->credential_access_key = xstrdup(k->access_key);
    c->credential_secret_key = xstrdup(k->secret_key);
    c->credential_token = xstrdup(k->token);
    c->step = LOGIN_IDLE;
    c->login_attempts = 0;
    c->logins++;
    STR_SET(c->region, c->pool.region);
    arena_reset(&c->arena);
    c->lasting = k->expires_ms - aws_now_ms(c) > RENEW_BEFORE_MS;
    plan_renewal(c, k->expires_ms - aws_now_ms(c));
    run_calls(c);
}

/* Takes the answer of the step under way and goes on with the next. */
static bool login_advance(struct stax_client *c, const struct http_result *r, struct err *err)
{
    struct stax_credentials credentials = { 0 };
    switch (c->step) {
    case LOGIN_CONFIG:
        return stax_public_config(r->body, r->body_bytes, &c->arena, &c->pool, err) &&
               initiate(c, err);
    case LOGIN_INITIATE:
        return stax_challenge(r->body, r->body_bytes, &c->arena, &c->challenge, err) &&
               respond(c, err);
    case LOGIN_RESPOND:
        if (!stax_id_token(r->body, r->body_bytes, &c->arena, &c->id_token, err))
            return false;
        login_identity(c);
        return true;
    case LOGIN_IDENTITY:
        if (!stax_identity(r->body, r->body_bytes, &c->arena, &c->identity_id, err))
            return false;
        login_send(c, LOGIN_CREDENTIALS, "AWSCognitoIdentityService.GetCredentialsForIdentity",
                   stax_logins(&c->arena, &c->pool, c->identity_id, c->id_token));
        return true;
    case LOGIN_CREDENTIALS:
        if (!stax_credentials(r->body, r->body_bytes, &c->arena, &credentials, err))
            return false;
        keep_credentials(c, &credentials);
        return true;
    case LOGIN_IDLE: return true;
    }
    return true;
}

static void login_identity(struct stax_client *c)
{
    login_send(c, LOGIN_IDENTITY, "AWSCognitoIdentityService.GetId",
               stax_logins(&c->arena, &c->pool, NULL, c->id_token));
}

/* The identity pool may not know a new token yet: the pair of its calls is repeated. Anything
   before begins from the start. */
static void login_again(void *arg)
{
    struct stax_client *c = arg;
    if (c->step == LOGIN_IDENTITY || c->step == LOGIN_CREDENTIALS) {
        login_identity(c);
        return;
    }
    arena_reset(&c->arena);
    login_send(c, LOGIN_CONFIG, NULL, NULL);
}

/* Errors that pass: Cognito API reference, common errors; and a new token that is not known
   everywhere yet. */
static bool login_may_pass(const struct http_result *r)
{
    static const char *const passing[] = { "TooManyRequestsException", "InternalErrorException",
                                           "Couldn't verify signed token",
                                           "LimitExceededException" };
    if (r->outcome != HTTP_ANSWERED || r->status == 429 || r->status >= 500)
        return true;
    for (size_t i = 0; i < COUNT(passing); i++)
        if (strstr(r->body, passing[i]))
            return true;
    return false;
}

static bool login_try_again(struct stax_client *c, const struct http_result *r)
{
    if (!login_may_pass(r) || ++c->login_attempts >= LOGIN_ATTEMPTS)
        return false;
    ms_t wait = again_ms(AGAIN_FIRST_MS, c->login_attempts - 1, r->retry_after_ms);
    c->login_retry = (struct loop_timer){ .fired = login_again, .arg = c };
    loop_timer_set(c->loop, &c->login_retry, ms_min(wait, c->request_timeout_ms));
    return true;
}

static void on_login(void *arg, const struct http_result *r)
{
    static const char *const names[] = { "idle",       "public configuration",
                                         "access key", "secret key",
                                         "identity",   "credentials" };
    struct stax_client *c = arg;
    const char *step = names[c->step];
    struct err err = { "" };
    if (c->step == LOGIN_INITIATE) /* nobody has kept this answer for a while, as may be with the
                                      configuration */
        note_clock(c, r->header);
    if (login_try_again(c, r))
        LOG(LOG_INFO, "stax.login_again", LS("step", step), LI("status", r->status),
            LI("attempt", c->login_attempts));
    else if (r->outcome != HTTP_ANSWERED)
        login_failed(c, step, r->error);
    else if (r->status != 200)
        login_failed(c, step, stax_error(r->body, r->body_bytes, r->status, &c->arena));
    else if (!login_advance(c, r, &err))
        login_failed(c, step, err.text);
}

/* Whether anything waits that must not wait long. */
static bool has_urgent_calls(const struct stax_client *c)
{
    return c->lanes[URGENCY_RAISES].calls || c->lanes[URGENCY_GUARDS].calls;
}

static void start_after(struct stax_client *c, ms_t wait_ms)
{
    loop_timer_set(c->loop, &c->start, wait_ms);
}

/* Signs in, unless that is under way or it is too early for it. */
static void login_begin(struct stax_client *c)
{
    if (c->step != LOGIN_IDLE)
        return;
    ms_t now = clock_monotonic_ms();
    bool urgent = !c->credential_token && has_urgent_calls(c);
    ms_t next_ms = c->login_ended_ms + login_pause_ms(c, urgent);
    if (c->login_ended_ms && now < next_ms) {
        for (int urgency = 0; urgency < URGENCIES && !c->credential_token; urgency++)
            fail_before(&c->lanes[urgency], next_ms, c->login_error);
        start_after(c, next_ms - now);
        return;
    }
    arena_reset(&c->arena);
    login_send(c, LOGIN_CONFIG, NULL, NULL);
}

/* ---- signed requests ---- */

static void on_answer(void *arg, const struct http_result *r);

static void retry_now(void *arg)
{
    struct call *call = arg;
    call->in_flight = false;
    run_calls(call->client);
}

/* What reguard does by itself and every change have a part of the memory that nobody else has. */
static enum http_share share_of(const struct call *call)
{
    return call->body || call->urgency == URGENCY_GUARDS ? HTTP_SHARE_GUARDS
           : call->urgency == URGENCY_RAISES             ? HTTP_SHARE_RAISES
                                                         : HTTP_SHARE_ALL;
}

static void send_call(struct call *call)
{
    struct stax_client *c = call->client;
    struct signed_headers h;
    struct sign_credentials credentials = { c->credential_access_key, c->credential_secret_key,
                                            c->credential_token, c->region, "execute-api" };
    struct sign_request to_sign = { .method = call->method,
                                    .host = c->host,
                                    .path = call->path,
                                    .query = call->query,
                                    .body = call->body,
                                    .body_bytes = call->body ? strlen(call->body) : 0,
                                    .at_ms = aws_now_ms(c) };
    sign_request(&credentials, &to_sign, &h);
    CLEANUP(buf_done) struct buf url;
    buf_init(&url, URL_BYTES + 1024);
    buf_addf(&url, "%s%s%s%s", c->api_url, call->path, call->query[0] ? "?" : "", call->query);
    const struct http_header headers[] = { { "x-amz-date", h.date },
                                           { "x-amz-security-token", c->credential_token },
                                           { "x-amz-content-sha256", h.payload_hash },
                                           { "Authorization", h.authorization },
                                           { "Accept", "application/json" },
                                           { "Content-Type", "application/json" } };
    bool read = !call->body;
    struct http_request r = { .method = call->method,
                              .url = buf_text(&url),
                              .headers = headers,
                              .header_count = COUNT(headers) - read,
                              .body = call->body,
                              .body_bytes = to_sign.body_bytes,
                              .ca_file = c->ca_file,
                              .timeout_ms = call->timeout_ms,
                              .idempotent = read,
                              .share = share_of(call),
                              .urgent = !read || call->urgency != URGENCY_ORDINARY,
                              .leave_before_ms = call->leave_before_ms,
                              .done = on_answer,
                              .arg = call };
    struct err err = { "" };
    call->in_flight = true;
    call->attempts++;
    call->login = c->logins;
    if (!http_send(c->http, &r, &err))
        fail(call, err.text);
}

/* Sends what may leave now. Returns how long until more may, MS_NEVER when nothing waits. */
static ms_t run_lane(struct lane *lane)
{
    ms_t now = clock_monotonic_ms();
    if (pace_is_held(&lane->pace, now))
        fail_before(lane, lane->pace.not_before_ms, "Stax asks to slow down");
    for (struct call *next, *call = lane->calls; call; call = next) {
        next = call->next;
        if (call->in_flight)
            continue;
        if (!pace_pay(&lane->pace, now))
            return pace_wait_ms(&lane->pace, now);
        send_call(call);
    }
    return MS_NEVER;
}

static bool have_calls(const struct stax_client *c)
{
    return c->lanes[URGENCY_ORDINARY].calls || has_urgent_calls(c);
}

static void run_calls(void *arg)
{
    struct stax_client *c = arg;
    if (!have_calls(c))
        return;
    if (!c->credential_token || clock_monotonic_ms() >= c->renew_ms)
        login_begin(c);
    if (!c->credential_token)
        return;
    ms_t wait = MS_NEVER;
    for (int urgency = URGENCIES - 1; urgency >= 0; urgency--)
        wait = ms_min(wait, run_lane(&c->lanes[urgency]));
    if (wait != MS_NEVER)
        start_after(c, wait);
}

static bool token_expired(const struct http_result *r)
{
    return r->status == 403 && (strstr(r->body, "expired") || strstr(r->body, "not yet current") ||
                                strstr(r->body, "security token"));
}

/* Once for each call: a token that is refused again is not helped by yet another. */
static bool sign_in_again(struct call *call, const struct http_result *r)
{
    struct stax_client *c = call->client;
    if (r->outcome != HTTP_ANSWERED || !token_expired(r) || call->renewed ||
        clock_monotonic_ms() >= call->deadline_ms)
        return false;
    call->renewed = true;
    start_after(c, 0);
    if (call->login != c->logins || !c->credential_token)
        return true; /* there are newer ones, or they are on their way */
    c->logins_in_vain++;
    STR_SET(c->login_error, "Stax does not take the credentials of the last sign-in");
    forget_credentials(c);
    return true;
}

/* Worth another try: reads only, and only while there is time. */
static bool try_again(struct call *call, const struct http_result *r)
{
    ms_t now = clock_monotonic_ms();
    bool passing = r->outcome != HTTP_ANSWERED || r->status == 429 || r->status >= 500;
    ms_t wait = again_ms(AGAIN_FIRST_MS, call->attempts,
                         ms_min(r->retry_after_ms, lane_rules[call->urgency].obeys_most_ms));
    if (call->body || !passing || call->attempts >= ATTEMPTS || now + wait > call->deadline_ms)
        return false;
    call->in_flight = true;
    call->retry = (struct loop_timer){ .fired = retry_now, .arg = call };
    loop_timer_set(call->client->loop, &call->retry, wait);
    return true;
}

static void on_answer(void *arg, const struct http_result *r)
{
    struct call *call = arg;
    struct stax_client *c = call->client;
    call->in_flight = false;
    if (r->retry_after_ms && (r->status == 429 || r->status == 503))
        pace_hold(&c->lanes[call->urgency].pace, clock_monotonic_ms(), r->retry_after_ms);
    if (sign_in_again(call, r) || try_again(call, r))
        return;
    if (r->outcome == HTTP_ANSWERED && c->lasting && !token_expired(r))
        c->logins_in_vain = 0;
    struct stax_answer answer = { .answered = r->outcome == HTTP_ANSWERED,
                                  .maybe_done = r->outcome == HTTP_UNKNOWN,
                                  .status = r->status,
                                  .body = r->body,
                                  .body_bytes = r->body_bytes,
                                  .retry_after_ms = r->retry_after_ms,
                                  .error = r->error,
                                  .result = r };
    finish(call, &answer);
}

static void refuse_later(void *arg) { fail(arg, "too many requests to Stax are waiting"); }

/* In flight it has its own end. */
static void on_deadline(void *arg)
{
    struct call *call = arg;
    if (!call->in_flight)
        fail(call, call->client->credential_token ? "it was not its turn in time"
                                                  : call->client->login_error);
}

static void append(struct lane *lane, struct call *call)
{
    struct call **at = &lane->calls;
    while (*at)
        at = &(*at)->next;
    *at = call;
    lane->count++;
}

void stax_client_send(struct stax_client *c, const struct stax_request *r, stax_answered done,
                      void *arg)
{
    struct call *call = xcalloc(1, sizeof *call);
    *call = (struct call){ .client = c,
                           .urgency = r->urgency,
                           .done = done,
                           .arg = arg,
                           .body = r->body ? xstrdup(r->body) : NULL,
                           .leave_before_ms = r->leave_before_ms,
                           .timeout_ms = r->timeout_ms
                                             ? ms_min(r->timeout_ms, c->request_timeout_ms)
                                             : c->request_timeout_ms,
                           .deadline_ms = clock_monotonic_ms() + 2 * c->request_timeout_ms };
    STR_SET(call->method, r->method);
    STR_SET(call->path, r->path);
    STR_SET(call->query, r->query);
    append(&c->lanes[call->urgency], call);
    if (c->lanes[call->urgency].count > lane_rules[call->urgency].places ||
        (r->body && !call->body)) {
        call->in_flight = true; /* so that nothing else takes it up */
        call->retry = (struct loop_timer){ .fired = refuse_later, .arg = call };
        loop_timer_set(c->loop, &call->retry, 0);
        return;
    }
    call->late = (struct loop_timer){ .fired = on_deadline, .arg = call };
    loop_timer_set(c->loop, &call->late, 2 * c->request_timeout_ms);
    start_after(c, 0);
}

/* ---- life ---- */

/* As libcurl writes it into the header that is signed. */
static void host_of(const char *url, char *to, size_t bytes)
{
    struct address address;
    to[0] = '\0';
    if (address_read(url, &address, NULL))
        address_host(&address, to, bytes);
}

struct stax_client *stax_client_new(struct loop *loop, struct http *http,
                                    const struct stax_client_options *o)
{
    struct stax_client *c = xcalloc(1, sizeof *c);
    *c = (struct stax_client){ .loop = loop,
                               .http = http,
                               .access_key = o->access_key,
                               .secret_key = o->secret_key,
                               .request_timeout_ms = o->request_timeout_ms };
    for (int i = 0; i < URGENCIES; i++)
        c->lanes[i].pace = (struct pace){ .every_ms = o->request_every_ms,
                                          .burst = lane_rules[i].burst,
                                          .obeys_most_ms = lane_rules[i].obeys_most_ms };
    STR_SET(c->api_url, o->api_url);
    if (c->api_url[0] && c->api_url[strlen(c->api_url) - 1] == '/')
        c->api_url[strlen(c->api_url) - 1] = '\0';
    STR_SET(c->login_url, o->login_url);
    STR_SET(c->identity_url, o->identity_url);
    STR_SET(c->ca_file, o->ca_file);
    host_of(c->api_url, c->host, sizeof c->host);
    arena_init(&c->arena, 4 * LIMIT_HTTP_BODY_BYTES);
    c->start = (struct loop_timer){ .fired = run_calls, .arg = c };
    return c;
}

void stax_client_free(struct stax_client *c)
{
    if (!c)
        return;
    http_forget(c->http, c);
    for (int i = 0; i < URGENCIES; i++)
        while (c->lanes[i].calls) {
            http_forget(c->http, c->lanes[i].calls);
            fail(c->lanes[i].calls, "reguard is stopping");
        }
    loop_timer_cancel(&c->start);
    loop_timer_cancel(&c->login_retry);
    forget_credentials(c);
    secret_wipe(c->srp_secret, sizeof c->srp_secret);
    secret_free(c->access_key);
    secret_free(c->secret_key);
    arena_done(&c->arena);
    free(c);
}

void stax_client_renew(struct stax_client *c, struct adapter_credentials *k)
{
    STR_SET(c->ca_file, k->ca_file);
    k->is_new[0] = secret_replace(&c->access_key, k->secrets[0]);
    k->is_new[1] = secret_replace(&c->secret_key, k->secrets[1]);
    if (!k->is_new[0] && !k->is_new[1] && !k->new_anchor)
        return;
    http_forget(c->http, c); /* a sign-in under way began with the old ones */
    loop_timer_cancel(&c->login_retry);
    c->step = LOGIN_IDLE;
    c->login_attempts = c->logins_in_vain = 0;
    c->login_ended_ms = 0;
    login_begin(c);
}

void stax_client_warm_up(struct stax_client *c) { login_begin(c); }
