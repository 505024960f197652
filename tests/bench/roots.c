/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to ask AWS about the root users of many accounts: the real adapter in a world of
   its own, in which an answer takes a while and AWS asks to slow down above a rate. The time is
   virtual. AWS names no rate for AssumeRoot; it has, for each action of each account, a bucket of
   tokens that is filled every second (AWS Security Blog, "How to monitor and query IAM resources at
   scale", part 2). So there is a row for each of some rates; what is asked inside a session counts
   for the member's own account, which hears too little to be near any. Figures, never pass or fail,
   but for an account that could not be asked.   usage: tests/bench/roots [ACCOUNTS] */
#include "adapters/aws/kind.h"
#include "adapters/aws/settings.h"
#include "core/ensure.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/secret.h"
#include "net/http.h"
#include "net/loop.h"
#include "port/adapter.h"
#include "port/inbox.h"
#include "port/rootuser.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACCOUNTS = 2000,
    TIMERS = 64,
    ANSWERS = 16,
    INSIDE_BYTES = 512,
    BODY_BYTES = 1024,
    LAST_DIGIT = 11
};
static const ms_t ANSWER_MS = 100, WALL_MS = 1795526055000;

static struct {
    ms_t now_ms;
    struct {
        struct loop_timer *timer; /* NULL: none */
        ms_t due_ms;
    } timers[TIMERS];
    struct {
        void (*done)(void *arg, const struct http_result *); /* NULL: none */
        void *arg;
        ms_t due_ms;
        long status;
        char body[BODY_BYTES];
    } answers[ANSWERS];
    unsigned rate; /* sessions a second; 0: any */
    double tokens;
    ms_t filled_ms;
    uint64_t random;
    unsigned long sessions, reads, slowed;
    size_t heap_before, heap_most;
    struct adapter *adapter;
    size_t next, accounts, under_way, found, lost;
} w;

/* ---- AWS ---- */

static bool has_token(void)
{
    w.tokens += (double)(w.now_ms - w.filled_ms) * w.rate / 1000;
    w.tokens = w.tokens < w.rate ? w.tokens : w.rate;
    w.filled_ms = w.now_ms;
    if (w.rate && w.tokens < 1)
        return false;
    w.tokens -= w.rate ? 1 : 0;
    return true;
}

static long put(char *to, const char *action, const char *inside)
{
    snprintf(to, BODY_BYTES, "<%sResponse><%sResult>%s</%sResult></%sResponse>", action, action,
             inside, action, action);
    return 200;
}

static long put_refusal(char *to, const char *code, long status)
{
    snprintf(to, BODY_BYTES, "<ErrorResponse><Error><Code>%s</Code></Error></ErrorResponse>", code);
    return status;
}

static long put_session(char *to, const char *account)
{
    char inside[INSIDE_BYTES], ends[CLOCK_ISO_BYTES];
    if (!has_token()) {
        w.slowed++;
        return put_refusal(to, "Throttling", 400);
    }
    w.sessions++;
    clock_iso(WALL_MS + w.now_ms + 15 * MS_MINUTE, ends);
    snprintf(inside, sizeof inside,
             "<Credentials><AccessKeyId>ASIA%.12s0000</AccessKeyId><SecretAccessKey>made+up"
             "</SecretAccessKey><SessionToken>made+up</SessionToken><Expiration>%s</Expiration>"
             "</Credentials>",
             account, ends);
    return put(to, "AssumeRoot", inside);
}

/* One root user of ten has a password and an access key. */
static long put_read(char *to, const char *action, const char *account)
{
    char inside[INSIDE_BYTES] = "";
    bool has = account[LAST_DIGIT] == '0';
    w.reads++;
    if (strcmp(action, "GetLoginProfile") == 0 && !has)
        return put_refusal(to, "NoSuchEntity", 404);
    if (strcmp(action, "GetUser") == 0)
        snprintf(inside, sizeof inside, "<User><Arn>arn:aws:iam::%.12s:root</Arn></User>", account);
    else if (strcmp(action, "ListAccessKeys") == 0 && has)
        snprintf(inside, sizeof inside,
                 "<AccessKeyMetadata><member><AccessKeyId>AKIA%.12s0000</AccessKeyId><Status>Active"
                 "</Status><CreateDate>2023-01-02T00:00:00Z</CreateDate></member>"
                 "</AccessKeyMetadata>",
                 account);
    else
        snprintf(inside, sizeof inside, "%s",
                 strcmp(action, "ListAccessKeys") == 0         ? "<AccessKeyMetadata/>"
                 : strcmp(action, "GetAccessKeyLastUsed") == 0 ? "<AccessKeyLastUsed/>"
                 : strcmp(action, "GetLoginProfile") == 0
                     ? "<LoginProfile><CreateDate>2023-01-02T00:00:00Z</CreateDate></LoginProfile>"
                 : strcmp(action, "ListSigningCertificates") == 0 ? "<Certificates/>"
                                                                  : "<MFADevices/>");
    return put(to, action, inside);
}

static const char *behind(const char *text, const char *words)
{
    const char *found = strstr(text, words);
    ENSURE(found, "“%s” is not in what was asked", words);
    return found + strlen(words);
}

static long answer(const struct http_request *r, char *to)
{
    char action[64];
    const char *given = behind(r->body, "Action="), *key = "";
    snprintf(action, sizeof action, "%.*s", (int)strcspn(given, "&"), given);
    if (strcmp(action, "AssumeRoot") == 0)
        return put_session(to, behind(r->body, "TargetPrincipal="));
    for (size_t i = 0; i < r->header_count; i++)
        if (strcmp(r->headers[i].name, "Authorization") == 0)
            key = r->headers[i].value;
    return put_read(to, action, behind(key, "Credential=ASIA"));
}

/* ---- what the adapter finds in the place of the net's and the host's own ---- */

void __wrap_loop_timer_set(struct loop *, struct loop_timer *, ms_t);
void __wrap_loop_timer_cancel(struct loop_timer *);
bool __wrap_http_send(struct http *, const struct http_request *, struct err *);
void __wrap_http_forget(struct http *, const void *);
bool __wrap_loop_run(struct loop *);
void __wrap_loop_stop(struct loop *);
ms_t __wrap_clock_monotonic_ms(void);
ms_t __wrap_clock_wall_ms(void);
ms_t __wrap_clock_jitter(ms_t, ms_t);

void __wrap_loop_timer_cancel(struct loop_timer *t)
{
    for (size_t i = 0; i < TIMERS; i++)
        if (w.timers[i].timer == t)
            w.timers[i].timer = NULL;
}

void __wrap_loop_timer_set(struct loop *loop, struct loop_timer *t, ms_t after_ms)
{
    size_t i = 0;
    (void)loop;
    __wrap_loop_timer_cancel(t);
    while (i < TIMERS && w.timers[i].timer)
        i++;
    ENSURE(i < TIMERS, "%d timers", TIMERS);
    w.timers[i].timer = t;
    w.timers[i].due_ms = w.now_ms + after_ms;
}

bool __wrap_http_send(struct http *http, const struct http_request *r, struct err *err)
{
    size_t i = 0, heap = mallinfo2().uordblks;
    (void)http, (void)err;
    while (i < ANSWERS && w.answers[i].done)
        i++;
    ENSURE(i < ANSWERS, "%d questions", ANSWERS);
    w.answers[i].status = answer(r, w.answers[i].body);
    w.answers[i].done = r->done;
    w.answers[i].arg = r->arg;
    w.answers[i].due_ms = w.now_ms + ANSWER_MS;
    w.heap_most = heap > w.heap_most ? heap : w.heap_most;
    return true;
}

void __wrap_http_forget(struct http *http, const void *arg)
{
    (void)http;
    for (size_t i = 0; i < ANSWERS; i++)
        if (w.answers[i].arg == arg)
            w.answers[i].done = NULL;
}

bool __wrap_loop_run(struct loop *loop)
{
    (void)loop;
    return false;
}

void __wrap_loop_stop(struct loop *loop) { (void)loop; }
ms_t __wrap_clock_monotonic_ms(void) { return w.now_ms; }
ms_t __wrap_clock_wall_ms(void) { return WALL_MS + w.now_ms; }

ms_t __wrap_clock_jitter(ms_t low, ms_t high)
{
    w.random = w.random * 6364136223846793005u + 1442695040888963407u;
    return low + (ms_t)((w.random >> 33) % (uint64_t)(high - low + 1));
}

/* ---- time goes on ---- */

static bool fire_one(void)
{
    size_t timer = TIMERS, one = ANSWERS;
    for (size_t i = 0; i < TIMERS; i++)
        if (w.timers[i].timer && (timer == TIMERS || w.timers[i].due_ms < w.timers[timer].due_ms))
            timer = i;
    for (size_t i = 0; i < ANSWERS; i++)
        if (w.answers[i].done && (one == ANSWERS || w.answers[i].due_ms < w.answers[one].due_ms))
            one = i;
    if (one < ANSWERS && (timer == TIMERS || w.answers[one].due_ms <= w.timers[timer].due_ms)) {
        void (*done)(void *, const struct http_result *) = w.answers[one].done;
        char body[BODY_BYTES];
        memcpy(body, w.answers[one].body, sizeof body);
        w.now_ms = w.answers[one].due_ms;
        w.answers[one].done = NULL;
        done(w.answers[one].arg, &(struct http_result){ .status = w.answers[one].status,
                                                        .body = body,
                                                        .body_bytes = strlen(body),
                                                        .content_type = "text/xml",
                                                        .header = "",
                                                        .error = "",
                                                        .peer_address = "" });
        return true;
    }
    if (timer == TIMERS)
        return false;
    struct loop_timer *t = w.timers[timer].timer;
    w.now_ms = ms_max(w.now_ms, w.timers[timer].due_ms);
    w.timers[timer].timer = NULL;
    t->fired(t->arg);
    return true;
}

static void on_told(void *arg, const struct root_answer *a)
{
    (void)arg;
    w.under_way--;
    w.found += a->found != NULL;
    w.lost += !a->found;
    if (!a->found && w.lost == 1)
        fprintf(stderr, "roots: %s\n", a->why);
}

/* As many at a time as `reguard root-users` asks about. */
static void ask_more(void)
{
    char account[16];
    while (w.next < w.accounts && w.under_way < ROOT_USERS_AT_ONCE) {
        snprintf(account, sizeof account, "%012zu", 200000000000 + w.next++);
        w.under_way++;
        aws_kind.roots->ask(w.adapter, account, on_told, NULL);
    }
}

static void nobody_is_woken(void *arg) { (void)arg; }

static bool row(size_t accounts, unsigned rate)
{
    struct aws_settings settings = { .region = "eu-central-1",
                                     .access_key_id = "AKIABENCH00000000001",
                                     .request_timeout = 15 * MS_SECOND };
    struct inbox inbox;
    struct err err = { "" };
    struct adapter_world world = { .inbox = &inbox,
                                   .settings = &settings,
                                   .secrets = { secret_from("made up") } };
    memset(&w, 0, sizeof w);
    w.accounts = accounts;
    w.rate = rate;
    w.tokens = rate;
    w.heap_before = mallinfo2().uordblks;
    inbox_init(&inbox, nobody_is_woken, NULL);
    w.adapter = aws_kind.make(&world, &err);
    ENSURE(w.adapter, "the adapter: %s", err.text);
    do
        ask_more();
    while (w.found + w.lost < accounts && fire_one());
    printf("%8zu  %10.1u  %8lu  %8lu  %6lu  %6lld:%02lld  %8zu  %9zu\n", accounts, rate, w.sessions,
           w.reads, w.slowed, (long long)(w.now_ms / MS_MINUTE),
           (long long)(w.now_ms % MS_MINUTE / MS_SECOND), w.accounts - w.found,
           (w.heap_most - w.heap_before) / 1024);
    w.adapter->ops->stop(w.adapter);
    inbox_done(&inbox);
    return w.found == accounts;
}

int main(int count, char **arguments)
{
    static const unsigned rates[] = { 0, 10, 5, 2 };
    size_t accounts = count > 1 ? strtoul(arguments[1], NULL, 10) : ACCOUNTS;
    bool whole = true;
    log_setup(LOG_NOTHING, LOG_TEXT);
    printf("accounts  sessions/s  sessions     reads  slowed  virtual    not asked  heap, KiB\n");
    for (size_t i = 0; i < COUNT(rates); i++)
        whole = row(accounts, rates[i]) && whole;
    return whole ? EXIT_SUCCESS : EXIT_FAILURE;
}
