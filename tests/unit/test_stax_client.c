/* SPDX-License-Identifier: Apache-2.0 */
/* The order and the pace in which requests to Stax leave, and how often it is signed in: the client
   on a clock, a network and a Stax of the test's own. */
#include "tests/unit/unit.h"

#include "host/clock.h"
#include "net/again.h"
#include "net/http.h"
#include "net/loop.h"

/* ---- time and timers ---- */

static ms_t now_ms;
static struct loop_timer *timers[512];
static ms_t timer_due_ms[512];

static ms_t test_now_ms(void) { return now_ms; }
static ms_t test_wall_ms(void) { return 1795526055000 + now_ms; }
/* Without the random part. */
static ms_t test_again_ms(ms_t first, int failures, ms_t asked_ms)
{
    return ms_max(asked_ms, ms_doubled(first, failures, MS_MINUTE));
}

static void test_timer_cancel(struct loop_timer *t)
{
    for (size_t i = 0; i < COUNT(timers); i++)
        if (timers[i] == t)
            timers[i] = NULL;
}

static void test_timer_set(struct loop *loop, struct loop_timer *t, ms_t after_ms)
{
    (void)loop;
    test_timer_cancel(t);
    size_t i = 0;
    while (i < COUNT(timers) && timers[i])
        i++;
    assert_true(i < COUNT(timers));
    timers[i] = t;
    timer_due_ms[i] = now_ms + after_ms;
}

/* ---- the network ---- */

struct sent {
    char what[64]; /* method and path, or the step of the sign-in */
    ms_t at_ms;
    bool urgent, open;
    void (*done)(void *, const struct http_result *);
    void *arg;
};
static struct sent sent[4096];
static size_t sent_count;

static bool test_http_send(struct http *http, const struct http_request *r, struct err *err)
{
    (void)http, (void)err;
    assert_true(sent_count < COUNT(sent));
    struct sent *s = &sent[sent_count++];
    *s = (struct sent){
        .at_ms = now_ms, .urgent = r->urgent, .open = true, .done = r->done, .arg = r->arg
    };
    const char *path = strstr(r->url, "/20190206");
    STR_SET(s->what, path ? path : "");
    for (size_t i = 0; i < r->header_count; i++)
        if (str_equal(r->headers[i].name, "X-Amz-Target"))
            STR_SET(s->what, strchr(r->headers[i].value, '.') + 1);
    return true;
}

static void test_http_forget(struct http *http, const void *arg)
{
    (void)http;
    for (size_t i = 0; i < sent_count; i++)
        if (sent[i].arg == arg)
            sent[i].open = false;
}

#undef fail
#define clock_monotonic_ms test_now_ms
#define clock_wall_ms test_wall_ms
#define again_ms test_again_ms
#define loop_timer_set test_timer_set
#define loop_timer_cancel test_timer_cancel
#define http_send test_http_send
#define http_forget test_http_forget
#define stax_client_new tested_client_new
#define stax_client_free tested_client_free
#define stax_client_send tested_client_send
#define stax_client_warm_up tested_client_warm_up
#define stax_client_renew tested_client_renew
#define stax_client_ahead_ms tested_client_ahead_ms
#include "adapters/stax/client.c"

/* ---- Stax ---- */

static struct stax_client *client;
static ms_t valid_ms;
static bool refuses_tokens, takes_nobody;
static const char CONFIG[] =
    "{\"ApiAuth\":{\"region\":\"ap-southeast-2\",\"userPoolId\":\"ap-southeast-2_POOL\","
    "\"userPoolWebClientId\":\"client\",\"identityPoolId\":\"ap-southeast-2:1\"}}";

static void answer_with(struct sent *s, long status, ms_t retry_after_ms, const char *body)
{
    s->open = false;
    s->done(s->arg, &(struct http_result){ .status = status,
                                           .body = body,
                                           .body_bytes = strlen(body),
                                           .content_type = "",
                                           .header = "",
                                           .error = "",
                                           .peer_address = "",
                                           .retry_after_ms = retry_after_ms });
}

static bool answer_login(struct sent *s)
{
    char credentials[256];
    snprintf(credentials, sizeof credentials,
             "{\"Credentials\":{\"AccessKeyId\":\"A\",\"SecretKey\":\"s\",\"SessionToken\":\"t\","
             "\"Expiration\":%lld}}",
             (long long)(test_wall_ms() + valid_ms) / 1000);
    const struct {
        const char *what, *body;
    } steps[] = {
        { "/20190206/public/config", CONFIG },
        { "InitiateAuth",
          "{\"ChallengeName\":\"PASSWORD_VERIFIER\",\"ChallengeParameters\":{\"SALT\":\"6f\","
          "\"SRP_B\":\"ab\",\"SECRET_BLOCK\":\"QQ==\",\"USER_ID_FOR_SRP\":\"me\"}}" },
        { "RespondToAuthChallenge", "{\"AuthenticationResult\":{\"IdToken\":\"jwt\"}}" },
        { "GetId", "{\"IdentityId\":\"ap-southeast-2:9\"}" },
        { "GetCredentialsForIdentity", credentials },
    };
    for (size_t i = 0; i < COUNT(steps); i++)
        if (str_equal(steps[i].what, s->what)) {
            bool refused = takes_nobody && i == 2;
            answer_with(s, refused ? 400 : 200, 0,
                        refused ? "{\"__type\":\"NotAuthorizedException\"}" : steps[i].body);
            return true;
        }
    return false;
}

/* Everything that is due and open, until nothing is; the answers of Stax itself are the test's. */
static void settle(bool answers)
{
    for (bool going = true; going;) {
        going = false;
        for (size_t i = 0; i < COUNT(timers); i++)
            if (timers[i] && timer_due_ms[i] <= now_ms) {
                struct loop_timer *t = timers[i];
                timers[i] = NULL;
                t->fired(t->arg);
                going = true;
            }
        for (size_t i = 0; i < sent_count; i++) {
            if (!sent[i].open || answer_login(&sent[i]))
                continue;
            if (refuses_tokens)
                answer_with(&sent[i], 403, 0, "{\"message\":\"the token is expired\"}");
            else if (answers)
                answer_with(&sent[i], 200, 0, "{}");
            else
                continue;
            going = true;
        }
    }
}

static ms_t next_due_ms(void)
{
    ms_t due = MS_NEVER;
    for (size_t i = 0; i < COUNT(timers); i++)
        due = timers[i] ? ms_min(due, timer_due_ms[i]) : due;
    return due;
}

static void run_until(ms_t until_ms, bool answers)
{
    settle(answers);
    for (ms_t due; (due = next_due_ms()) <= until_ms;) {
        now_ms = ms_max(due, now_ms);
        settle(answers);
    }
    now_ms = until_ms;
}

/* ---- calls ---- */

static struct outcome {
    int answers;
    long status;
    ms_t at_ms;
    char error[128];
} outcomes[512];

static void on_outcome(void *arg, const struct stax_answer *a)
{
    struct outcome *o = arg;
    o->answers++;
    o->status = a->status;
    o->at_ms = now_ms;
    STR_SET(o->error, a->error);
}

static struct outcome *call(int number, enum urgency urgency, const char *body)
{
    char path[32];
    snprintf(path, sizeof path, "/20190206/%d", number);
    outcomes[number] = (struct outcome){ 0 };
    stax_client_send(client,
                     &(struct stax_request){ .urgency = urgency,
                                             .method = body ? "PUT" : "GET",
                                             .path = path,
                                             .body = body },
                     on_outcome, &outcomes[number]);
    return &outcomes[number];
}

static int set_up(void **state)
{
    (void)state;
    now_ms = 1000000;
    valid_ms = MS_HOUR;
    refuses_tokens = takes_nobody = false;
    sent_count = 0;
    memset(timers, 0, sizeof timers);
    client = stax_client_new(NULL, NULL,
                             &(struct stax_client_options){ .api_url = "https://stax",
                                                            .login_url = "https://login",
                                                            .identity_url = "https://identity",
                                                            .ca_file = "",
                                                            .access_key = secret_from("a"),
                                                            .secret_key = secret_from("s"),
                                                            .request_timeout_ms = 15 * MS_SECOND,
                                                            .request_every_ms = MS_SECOND });
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stax_client_free(client);
    return 0;
}

static size_t count_sent(const char *what)
{
    size_t n = 0;
    for (size_t i = 0; i < sent_count; i++)
        n += str_equal(sent[i].what, what);
    return n;
}

/* ---- the tests ---- */

static void first_come_is_first_served(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        call(i, URGENCY_ORDINARY, NULL);
    run_until(now_ms + 25 * MS_SECOND, true);
    int next = 0;
    for (size_t i = 0; i < sent_count; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "/20190206/%d", next);
        next += str_equal(sent[i].what, expected);
    }
    assert_int_equal(next, 50);
    for (int i = 0; i < 50; i++)
        assert_int_equal(outcomes[i].answers, 1);
}

/* Hundreds of ordinary calls wait; what raises and what guards leaves at once all the same. */
static void a_crowd_holds_nothing_up(void **state)
{
    (void)state;
    for (int i = 0; i < 300; i++)
        call(i, URGENCY_ORDINARY, NULL);
    run_until(now_ms + 3 * MS_SECOND, true);
    ms_t asked_ms = now_ms;
    const struct outcome *raising = call(400, URGENCY_RAISES, NULL),
                         *watch = call(401, URGENCY_GUARDS, NULL),
                         *change = call(402, URGENCY_GUARDS, "{}");
    run_until(now_ms, true);
    assert_int_equal(raising->status, 200);
    assert_int_equal(watch->status, 200);
    assert_int_equal(change->status, 200);
    assert_int_equal(change->at_ms, asked_ms);
    for (size_t i = 0; i < sent_count; i++)
        if (str_equal(sent[i].what, "/20190206/400") || str_equal(sent[i].what, "/20190206/401"))
            assert_true(sent[i].urgent);
    assert_int_equal(outcomes[200].status, 0); /* one too many: refused, not kept waiting */
    assert_non_null(strstr(outcomes[200].error, "too many"));
}

/* Nor does a crowd of those who press what raises protection hold the watch up. */
static void those_who_raise_do_not_hold_the_watch_up(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        call(i, URGENCY_RAISES, NULL);
    run_until(now_ms, true);
    const struct outcome *watch = call(401, URGENCY_GUARDS, NULL);
    run_until(now_ms, true);
    assert_int_equal(watch->status, 200);
    run_until(now_ms + 31 * MS_SECOND, true);
    for (int i = 0; i < 100; i++)
        assert_int_equal(outcomes[i].answers, 1);
}

static struct sent *sent_last(void) { return &sent[sent_count - 1]; }

static void ordinary_calls_wait_as_long_as_they_are_told(void **state)
{
    (void)state;
    run_until(now_ms, true);
    struct outcome *first = call(1, URGENCY_ORDINARY, NULL);
    run_until(now_ms, false);
    answer_with(sent_last(), 429, MS_HOUR, "{}");
    assert_int_equal(first->status, 429);
    size_t before = sent_count;
    for (int i = 2; i < 40; i++) {
        call(i, URGENCY_ORDINARY, NULL);
        run_until(now_ms + MS_MINUTE, true);
        assert_non_null(strstr(outcomes[i].error, "slow down"));
        assert_int_equal(call(50, URGENCY_GUARDS, NULL)->answers, 0);
        run_until(now_ms, true);
        assert_int_equal(outcomes[50].status, 200);
    }
    assert_int_equal(count_sent("/20190206/2"), 0);
    assert_true(sent_count > before);
    run_until(now_ms + MS_HOUR, true);
    call(41, URGENCY_ORDINARY, NULL);
    run_until(now_ms, true);
    assert_int_equal(outcomes[41].status, 200);
}

static void what_guards_waits_a_minute_at_the_most(void **state)
{
    (void)state;
    call(1, URGENCY_GUARDS, "{}");
    run_until(now_ms, false);
    answer_with(sent_last(), 429, MS_DAY, "{}");
    assert_int_equal(outcomes[1].status, 429);
    run_until(now_ms + MS_MINUTE, true);
    call(2, URGENCY_GUARDS, "{}");
    call(3, URGENCY_RAISES, NULL);
    run_until(now_ms, true);
    assert_int_equal(outcomes[2].status, 200);
    assert_int_equal(outcomes[3].status, 200);
}

/* Credentials that are said to end in three minutes: used, and renewed in growing steps. */
static void short_credentials_are_used(void **state)
{
    (void)state;
    valid_ms = 3 * MS_MINUTE;
    ms_t end_ms = now_ms + 5 * MS_MINUTE;
    int done = 0;
    for (int i = 0; now_ms < end_ms; i = (i + 1) % 100) {
        const struct outcome *o = call(i, URGENCY_GUARDS, i % 2 ? "{}" : NULL);
        run_until(now_ms + MS_SECOND, true);
        done += o->status == 200;
        assert_int_equal(o->answers, 1);
    }
    assert_int_equal(done, 300);
    assert_true(count_sent("InitiateAuth") <= 12);
}

/* The same when a clock says that they have ended already. */
static void ended_credentials_are_tried(void **state)
{
    (void)state;
    valid_ms = -55 * MS_MINUTE;
    const struct outcome *o = call(1, URGENCY_RAISES, NULL);
    run_until(now_ms, true);
    assert_int_equal(o->status, 200);
    for (int i = 0; i < 600; i++) {
        call(2, URGENCY_ORDINARY, NULL);
        run_until(now_ms + 100, true);
    }
    assert_true(count_sent("InitiateAuth") <= 8);
}

/* Every token is refused: signed in again after pauses that grow, and each call has its answer. */
static void refused_tokens_are_not_renewed_for_ever(void **state)
{
    (void)state;
    refuses_tokens = true;
    for (int i = 0; i < 600; i++) {
        call(i % 500, i % 5 ? URGENCY_ORDINARY : URGENCY_GUARDS, NULL);
        run_until(now_ms + 100, false);
    }
    run_until(now_ms + 31 * MS_SECOND, false);
    for (int i = 0; i < 500; i++)
        assert_int_equal(outcomes[i].answers, 1);
    size_t logins = count_sent("InitiateAuth");
    assert_in_range(logins, 3, 12);
    refuses_tokens = false;
    const struct outcome *restore = call(501, URGENCY_GUARDS, "{}");
    run_until(now_ms + 11 * MS_SECOND, true);
    assert_int_equal(restore->status, 200);
}

/* What became of a change whose answer was bad or lost only a read can tell. */
static void a_change_is_sent_once(void **state)
{
    (void)state;
    const struct outcome *o = call(1, URGENCY_RAISES, "{}");
    settle(false);
    for (size_t i = 0; i < sent_count; i++)
        if (sent[i].open && str_equal(sent[i].what, "/20190206/1"))
            answer_with(&sent[i], 502, 0, "");
    run_until(now_ms + MS_MINUTE, true);
    assert_int_equal(count_sent("/20190206/1"), 1);
    assert_int_equal(o->answers, 1);
    assert_int_equal(o->status, 502);
}

static void a_wrong_key_is_not_tried_for_ever(void **state)
{
    (void)state;
    takes_nobody = true;
    for (int i = 0; i < 600; i++) {
        call(i % 500, i % 5 ? URGENCY_ORDINARY : URGENCY_GUARDS, NULL);
        run_until(now_ms + 100, false);
    }
    run_until(now_ms + 31 * MS_SECOND, false);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(outcomes[i].answers, 1);
        assert_true(strstr(outcomes[i].error, "could not sign in") ||
                    strstr(outcomes[i].error, "too many requests"));
    }
    assert_in_range(count_sent("InitiateAuth"), 3, 14);
}

/* A renewal that fails takes nothing away: the credentials at hand are still good. */
static void a_failed_renewal_takes_nothing_away(void **state)
{
    (void)state;
    call(1, URGENCY_GUARDS, NULL);
    run_until(now_ms + 56 * MS_MINUTE, true);
    takes_nobody = true;
    for (int i = 2; i < 10; i++) {
        call(i, URGENCY_GUARDS, "{}");
        run_until(now_ms + 10 * MS_SECOND, true);
        assert_int_equal(outcomes[i].status, 200);
    }
    assert_true(count_sent("InitiateAuth") > 1);
}

int main(void)
{
#define CLIENT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CLIENT(first_come_is_first_served),
        CLIENT(a_crowd_holds_nothing_up),
        CLIENT(those_who_raise_do_not_hold_the_watch_up),
        CLIENT(ordinary_calls_wait_as_long_as_they_are_told),
        CLIENT(what_guards_waits_a_minute_at_the_most),
        CLIENT(short_credentials_are_used),
        CLIENT(ended_credentials_are_tried),
        CLIENT(refused_tokens_are_not_renewed_for_ever),
        CLIENT(a_change_is_sent_once),
        CLIENT(a_wrong_key_is_not_tried_for_ever),
        CLIENT(a_failed_renewal_takes_nothing_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
