/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of answers: one ceiling over all of them, of which what guards has a part that nobody
   else can use up; what does not fit fails for now, and small answers always come. And nobody is
   sent elsewhere with our secrets. */
#include "tests/unit/unit.h"

#include "net/http.h"
#include "net/loop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BIG_BYTES = 7 * 1024 * 1024, CALLS = 16 };
static const ms_t TIMEOUT_MS = 2 * MS_MINUTE;

static struct err err;
static struct loop *loop;
static struct http *http;
static int port, go; /* the last byte of a big answer is sent once `go` is closed */
static pid_t server;

/* ---- the server: a process for each connection ---- */

static void send_whole(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, 0);
        if (sent <= 0)
            _exit(0);
        bytes += sent;
        count -= (size_t)sent;
    }
}

/* Answers that go wrong, each by its path. False: it is none of them. */
static bool answer_badly(int fd, const char *asked)
{
    static char many[1024];
    if (strncmp(asked, "GET /cut ", 9) == 0) {
        send_whole(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot", 41);
    } else if (strncmp(asked, "GET /silent ", 12) == 0) {
        while (recv(fd, many, sizeof many, 0) > 0)
            ;
    } else if (strncmp(asked, "GET /headers ", 13) == 0 || strncmp(asked, "GET /long ", 10) == 0) {
        memset(many, 'x', sizeof many);
        send_whole(fd, "HTTP/1.1 200 OK\r\n", 17);
        send_whole(fd, asked[5] == 'h' ? "X: y\r\nZ" : "\r\n", asked[5] == 'h' ? 7 : 2);
        for (;;) {
            memcpy(many, ": y\r\nZ", asked[5] == 'h' ? 6 : 0);
            send_whole(fd, many, sizeof many);
        }
    } else {
        return false;
    }
    return true;
}

static void serve_one(int fd, int wait_fd)
{
    static char body[BIG_BYTES], head[256], asked[4096];
    size_t bytes = 0;
    while (bytes < sizeof asked - 1 && !strstr(asked, "\r\n\r\n")) {
        ssize_t got = recv(fd, asked + bytes, sizeof asked - 1 - bytes, 0);
        if (got <= 0)
            _exit(0);
        bytes += (size_t)got;
        if (asked[0] == 0x16) { /* the first byte of a TLS handshake (RFC 8446, 5.1) */
            send_whole(fd, "HTTP/1.1 400 no\r\n\r\n", 19);
            _exit(0);
        }
    }
    if (answer_badly(fd, asked))
        _exit(0);
    size_t length = strncmp(asked, "GET /big", 8) == 0 ? sizeof body : 100;
    const char *status = strncmp(asked, "GET /moved", 10) == 0 ? "307 x\r\nLocation: /small"
                                                               : "200 OK";
    memset(body, 'b', sizeof body);
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
             status, length);
    send_whole(fd, head, strlen(head));
    send_whole(fd, body, length - 1);
    char none;
    if (length > 100)
        while (read(wait_fd, &none, 1) > 0)
            ;
    send_whole(fd, body, 1);
    _exit(0);
}

static void serve(int listening, int wait_fd)
{
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listening, NULL, NULL);
        if (fd < 0)
            _exit(0);
        if (fork() == 0)
            serve_one(fd, wait_fd);
        close(fd);
    }
}

static int set_up(void **state)
{
    (void)state;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    int ends[2], listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listening, CALLS), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &bytes), 0);
    assert_int_equal(pipe(ends), 0);
    port = ntohs(at.sin_port);
    server = fork();
    if (server == 0) {
        close(ends[1]);
        serve(listening, ends[0]);
    }
    close(listening);
    close(ends[0]);
    go = ends[1];
    loop = loop_new(&err);
    http = loop ? http_new(loop, &err) : NULL;
    return http ? 0 : -1;
}

static void let_go(void)
{
    if (go >= 0)
        close(go);
    go = -1;
}

static int tear_down(void **state)
{
    (void)state;
    let_go();
    http_free(http);
    loop_free(loop);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

/* ---- calls ---- */

struct call {
    bool done, answered;
    enum http_outcome outcome;
    long status;
    size_t bytes;
    char error[80];
    bool keeps;
    struct http_result *kept;
};

static void on_done(void *arg, const struct http_result *r)
{
    struct call *call = arg;
    call->done = true;
    call->answered = r->outcome == HTTP_ANSWERED;
    call->outcome = r->outcome;
    call->status = r->status;
    call->bytes = r->body_bytes;
    STR_SET(call->error, r->error);
    if (call->answered && call->keeps)
        call->kept = http_result_keep(r);
    loop_stop(loop);
}

static void get(struct call *call, const char *path, enum http_share share)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    *call = (struct call){ .keeps = call->keeps };
    struct http_request r = { .method = "GET",
                              .url = url,
                              .timeout_ms = TIMEOUT_MS,
                              .idempotent = true,
                              .share = share,
                              .done = on_done,
                              .arg = call };
    if (!http_send(http, &r, &err))
        fail_msg("%s", err.text);
}

static size_t count_done(const struct call *calls, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += calls[i].done;
    return n;
}

static void wait_for(const struct call *calls, size_t count, size_t wanted)
{
    while (count_done(calls, count) < wanted)
        loop_run(loop);
}

static size_t count_crowded(const struct call *calls, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (calls[i].done) {
            assert_false(calls[i].answered);
            assert_string_equal(calls[i].error, "too many long answers come at once");
            n++;
        }
    return n;
}

static void is_whole(const struct call *call)
{
    if (!call->answered)
        fail_msg("%s", call->error);
    assert_int_equal(call->bytes, BIG_BYTES);
}

/* ---- */

static void nobody_uses_up_what_guards(void **state)
{
    (void)state;
    struct call all[10] = { 0 }, raising[4] = { 0 }, guarding[4] = { 0 }, small[3] = { 0 };
    for (size_t i = 0; i < COUNT(all); i++)
        get(&all[i], "/big", HTTP_SHARE_ALL);
    wait_for(all, COUNT(all), COUNT(all) - 2);
    assert_int_equal(count_crowded(all, COUNT(all)), COUNT(all) - 2);
    for (size_t i = 0; i < COUNT(raising); i++)
        get(&raising[i], "/big", HTTP_SHARE_RAISES);
    wait_for(raising, COUNT(raising), COUNT(raising) - 1);
    assert_int_equal(count_crowded(raising, COUNT(raising)), COUNT(raising) - 1);
    for (size_t i = 0; i < COUNT(guarding); i++)
        get(&guarding[i], "/big", HTTP_SHARE_GUARDS);
    wait_for(guarding, COUNT(guarding), COUNT(guarding) - 2);
    assert_int_equal(count_crowded(guarding, COUNT(guarding)), COUNT(guarding) - 2);
    for (size_t i = 0; i < COUNT(small); i++)
        get(&small[i], "/small", (enum http_share)i);
    wait_for(small, COUNT(small), COUNT(small));
    for (size_t i = 0; i < COUNT(small); i++)
        assert_true(small[i].answered);
    let_go();
    wait_for(all, COUNT(all), COUNT(all));
    wait_for(raising, COUNT(raising), COUNT(raising));
    wait_for(guarding, COUNT(guarding), COUNT(guarding));
    size_t whole = 0;
    for (size_t i = 0; i < COUNT(all); i++)
        whole += all[i].answered && all[i].bytes == BIG_BYTES;
    assert_int_equal(whole, 2);
}

/* The memory counts until it is given back, also when somebody goes on reading it. */
static void what_is_kept_counts(void **state)
{
    (void)state;
    struct call calls[2] = { { .keeps = true }, { .keeps = true } }, third = { .keeps = false };
    let_go();
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(calls); i++) {
            get(&calls[i], "/big", HTTP_SHARE_ALL);
            wait_for(&calls[i], 1, 1);
            is_whole(&calls[i]);
            assert_int_equal(calls[i].kept->body_bytes, BIG_BYTES);
            assert_int_equal(calls[i].kept->body[BIG_BYTES - 1], 'b');
            assert_int_equal(calls[i].kept->body[BIG_BYTES], '\0');
        }
        get(&third, "/big", HTTP_SHARE_ALL);
        wait_for(&third, 1, 1);
        assert_int_equal(count_crowded(&third, 1), 1);
        get(&third, "/big", HTTP_SHARE_GUARDS);
        wait_for(&third, 1, 1);
        is_whole(&third);
        http_result_free(calls[0].kept);
        get(&third, "/big", HTTP_SHARE_ALL);
        wait_for(&third, 1, 1);
        is_whole(&third);
        http_result_free(calls[1].kept);
    }
}

/* A request carries a token, and where it goes is ours to say. */
static void a_redirect_is_an_answer_and_not_an_order(void **state)
{
    (void)state;
    struct call call = { 0 };
    get(&call, "/moved", HTTP_SHARE_ALL);
    wait_for(&call, 1, 1);
    assert_true(call.answered);
    assert_int_equal(call.status, 307);
}

static void fails_as(const char *url, ms_t timeout_ms, const char *ca_file,
                     enum http_outcome outcome, const char *why)
{
    struct call call = { 0 };
    struct http_request r = { .method = "GET",
                              .url = url,
                              .ca_file = ca_file,
                              .timeout_ms = timeout_ms,
                              .done = on_done,
                              .arg = &call };
    if (!http_send(http, &r, &err))
        fail_msg("%s", err.text);
    wait_for(&call, 1, 1);
    if (call.answered || strcmp(call.error, why) != 0)
        fail_msg("%s: “%s”, not “%s”", url, call.error, why);
    assert_int_equal(call.outcome, outcome);
}

static const char *at_server(const char *scheme, const char *path)
{
    static char url[64];
    snprintf(url, sizeof url, "%s://127.0.0.1:%d%s", scheme, port, path);
    return url;
}

/* What was not sent has not happened; all else may have. */
static void each_failure_says_what_it_was(void **state)
{
    static const char *const too_long = "the answer was too long";
    (void)state;
    fails_as(at_server("http", "/cut"), TIMEOUT_MS, NULL, HTTP_UNKNOWN,
             "the connection broke before the answer was complete");
    fails_as(at_server("http", "/silent"), 200, NULL, HTTP_UNKNOWN, "no answer in time");
    fails_as(at_server("http", "/headers"), TIMEOUT_MS, NULL, HTTP_UNKNOWN, too_long);
    fails_as(at_server("http", "/long"), TIMEOUT_MS, NULL, HTTP_UNKNOWN, too_long);
    fails_as(at_server("https", "/"), TIMEOUT_MS, NULL, HTTP_NOT_SENT, "no TLS connection");
    fails_as(at_server("https", "/"), TIMEOUT_MS, "/dev/null", HTTP_NOT_SENT,
             "the ca_file could not be read");
    fails_as("http://127.0.0.1:1/", TIMEOUT_MS, NULL, HTTP_NOT_SENT, "it could not be reached");
}

static void a_header_is_one_line(void **state)
{
    (void)state;
    static const char *const values[] = { "a\r\nX: y", "a\nX: y", "a\ry" };
    for (size_t i = 0; i < COUNT(values); i++) {
        struct http_header header = { "Authorization", values[i] };
        struct http_request r = { .method = "GET",
                                  .url = at_server("http", "/small"),
                                  .headers = &header,
                                  .header_count = 1,
                                  .timeout_ms = TIMEOUT_MS,
                                  .done = on_done };
        assert_false(http_send(http, &r, &err));
        assert_string_equal(err.text, "the request could not be made");
    }
}

/* What is urgent has places that nobody else takes; what waits at the end is gone without a
   word. */
static void only_so_many_requests_wait(void **state)
{
    (void)state;
    struct call never = { 0 };
    struct http_request r = { .method = "GET",
                              .url = at_server("http", "/small"),
                              .timeout_ms = TIMEOUT_MS,
                              .done = on_done,
                              .arg = &never };
    size_t ordinary = 0, urgent = 0;
    while (ordinary <= LIMIT_HTTP_QUEUE && http_send(http, &r, &err))
        ordinary++;
    assert_int_equal(ordinary, LIMIT_HTTP_QUEUE - LIMIT_HTTP_QUEUE_RESERVED);
    assert_string_equal(err.text, "too many requests are waiting");
    r.urgent = true;
    while (urgent <= LIMIT_HTTP_QUEUE && http_send(http, &r, &err))
        urgent++;
    assert_int_equal(urgent, LIMIT_HTTP_QUEUE_RESERVED);
    http_free(http);
    http = http_new(loop, &err);
    assert_non_null(http);
    assert_false(never.done);
}

/* A short answer is kept as a whole, too, when the request is long gone. */
static void a_short_answer_is_kept(void **state)
{
    (void)state;
    struct call small = { .keeps = true };
    get(&small, "/small", HTTP_SHARE_ALL);
    wait_for(&small, 1, 1);
    assert_int_equal(small.kept->body_bytes, 100);
    struct http_result *again = http_result_keep(small.kept);
    http_result_free(small.kept);
    assert_int_equal(again->body[99], 'b');
    assert_int_equal(again->body[100], '\0');
    http_result_free(again);
    http_result_free(NULL);
}

/* Takes few bytes at a time, so that the rest waits on our side. */
static int listen_narrowly(int *ret_port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    int room = 4096, listening = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listening, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &bytes), 0);
    *ret_port = ntohs(at.sin_port);
    return listening;
}

/* How much still comes of what was sent. */
static size_t read_what_comes(int fd)
{
    char some[4096];
    size_t whole = 0;
    for (ssize_t got; (got = recv(fd, some, sizeof some, 0)) > 0;)
        whole += (size_t)got;
    return whole;
}

/* A change that was given up must not be carried out later: the system would go on sending it while
   the network is slow, also after our end of the connection is closed. */
static void what_was_given_up_does_not_arrive_later(void **state)
{
    enum { BODY_BYTES = 48 * 1024 };
    (void)state;
    static char body[BODY_BYTES];
    char url[64];
    struct call call = { 0 };
    int at, listening = listen_narrowly(&at);
    memset(body, 'b', sizeof body);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/change", at);
    struct http_request r = { .method = "PUT",
                              .url = url,
                              .body = body,
                              .body_bytes = sizeof body,
                              .timeout_ms = MS_SECOND,
                              .done = on_done,
                              .arg = &call };
    assert_true(http_send(http, &r, &err));
    wait_for(&call, 1, 1);
    assert_false(call.answered);
    int fd = accept(listening, NULL, NULL);
    assert_true(read_what_comes(fd) < BODY_BYTES);
    close(fd);
    close(listening);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_uses_up_what_guards, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_kept_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_redirect_is_an_answer_and_not_an_order, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_given_up_does_not_arrive_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_failure_says_what_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_header_is_one_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_so_many_requests_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_short_answer_is_kept, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
