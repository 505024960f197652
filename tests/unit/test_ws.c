/* SPDX-License-Identifier: Apache-2.0 */
/* One WebSocket connection with a server that refuses it, is silent, says too much, or does not let
   go, or one that breaks in the library: its end is told once and says why, and whoever has let go
   of it hears nothing more. What fails in the library is the test's own: see the end of the file.
 */
#include "tests/unit/unit.h"

#include "core/limits.h"
#include "net/ws.h"

#include <arpa/inet.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum server { SILENT, NO_WEBSOCKET, HOLDS, SPEAKS, FLOODS };
static struct err err;
static struct loop *loop;
static pid_t server;
static int left_fd; /* readable once the server has seen us leave */
static char url[64];
static struct ws *ws;
static ms_t ping_every_ms, dead_after_ms;
/* What the library does not manage. */
static struct {
    bool vhost, connect;
    int write, broken_writes; /* the write that breaks, counted from 1; 0: none. Those behind it */
    int writes;
} fails;

/* ---- the server, in a process of its own ---- */

/* RFC 6455, 4.2.2. */
static void answer_key(int fd, const char *asked)
{
    static const char header[] = "ebSocket-Key: ", guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH], accept[64];
    char key[128], answer[256];
    const char *at = strstr(asked, header);
    if (!at)
        _exit(0);
    snprintf(key, sizeof key, "%.24s%s", at + strlen(header), guid);
    SHA1((const unsigned char *)key, strlen(key), digest);
    EVP_EncodeBlock(accept, digest, sizeof digest);
    int bytes = snprintf(answer, sizeof answer,
                         "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Accept: %s\r\n\r\n",
                         (char *)accept);
    if (send(fd, answer, (size_t)bytes, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static void put_all(int fd, const char *bytes, size_t count)
{
    for (ssize_t sent; count > 0; bytes += sent, count -= (size_t)sent)
        if ((sent = send(fd, bytes, count, MSG_NOSIGNAL)) <= 0)
            return;
}

/* A text in two frames, one that is binary, and one more text (RFC 6455, 5.2). */
static void speak(int fd)
{
    static const char frames[] = "\x01\x02he\x80\x03llo\x82\x01x\x81\x05"
                                 "again";
    put_all(fd, frames, sizeof frames - 1);
}

static void flood(int fd)
{
    static char piece[64 * 1024];
    unsigned char head[10] = { 0x81, 127 };
    const uint64_t all = LIMIT_WS_MESSAGE_BYTES + 1;
    for (int i = 0; i < 8; i++)
        head[2 + i] = (unsigned char)(all >> (8 * (7 - i)));
    memset(piece, 'x', sizeof piece);
    put_all(fd, (const char *)head, sizeof head);
    for (uint64_t left = all; left > 0; left -= left < sizeof piece ? left : sizeof piece)
        put_all(fd, piece, left < sizeof piece ? (size_t)left : sizeof piece);
}

static void serve_one(int fd, enum server how)
{
    static const char refusal[] = "HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n";
    static char asked[8192];
    ssize_t got = how == SILENT ? 1 : recv(fd, asked, sizeof asked - 1, 0);
    if (how >= HOLDS && got > 0)
        answer_key(fd, asked);
    if (how == SPEAKS)
        speak(fd);
    if (how == FLOODS)
        flood(fd);
    if (how == NO_WEBSOCKET && send(fd, refusal, strlen(refusal), MSG_NOSIGNAL) < 0)
        _exit(0);
    while (recv(fd, asked, sizeof asked, 0) > 0)
        ;
    close(fd);
}

static void begin_with(enum server how)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    memset(&fails, 0, sizeof fails);
    int ends[2], listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listening, 2), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &bytes), 0);
    assert_int_equal(pipe(ends), 0);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", ntohs(at.sin_port));
    server = fork();
    if (server == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (server == 0) {
        int fd = accept(listening, NULL, NULL);
        if (fd < 0)
            _exit(0);
        serve_one(fd, how);
        if (write(ends[1], "x", 1) != 1)
            _exit(0);
    }
    close(listening);
    close(ends[1]);
    left_fd = ends[0];
    loop = loop_new(&err);
    assert_non_null(loop);
    ping_every_ms = dead_after_ms = MS_HOUR;
}

static void end(void)
{
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    loop_free(loop);
}

/* ---- our side ---- */

static int opened, ended;
static char why[200], received[64];

static void on_opened(void *arg)
{
    (void)arg;
    opened++;
    loop_stop(loop);
}

static void on_received(void *arg, const char *text, size_t bytes)
{
    (void)arg;
    assert_int_equal(strlen(text), bytes);
    size_t at = strlen(received);
    assert_true(at + bytes + 2 < sizeof received);
    snprintf(received + at, sizeof received - at, "%s.", text);
    if (str_equal(text, "again"))
        loop_stop(loop);
}

static void on_closed(void *arg, const char *reason)
{
    (void)arg;
    ended++;
    STR_SET(why, reason);
    loop_stop(loop);
}

static void connect_to(const char *to, ms_t open_timeout_ms)
{
    static const struct ws_callbacks calls = { on_opened, on_received, on_closed };
    opened = ended = 0;
    why[0] = received[0] = '\0';
    ws = ws_connect(loop,
                    &(struct ws_options){ .url = to,
                                          .open_timeout_ms = open_timeout_ms,
                                          .ping_every_ms = ping_every_ms,
                                          .dead_after_ms = dead_after_ms },
                    &calls, NULL, &err);
}

static void run_until_ended(const char *reason)
{
    if (!ended)
        loop_run(loop);
    assert_int_equal(ended, 1);
    if (!strstr(why, reason))
        fail_msg("“%s”, not “%s”", why, reason);
}

static void on_left(void *arg)
{
    (void)arg;
    char none;
    assert_int_equal(read(left_fd, &none, 1), 1);
    loop_stop(loop);
}

static void run_until_left(void)
{
    assert_true(loop_watch(loop, left_fd, on_left, NULL, &err));
    loop_run(loop);
}

static void run_until_we_have_left(void)
{
    run_until_left();
    assert_int_equal(ended, 0);
}

/* ---- */

static void what_cannot_be_connected_ends_once(void **state)
{
    (void)state;
    begin_with(NO_WEBSOCKET);
    connect_to("ws://example.com/", MS_MINUTE); /* not on this machine, and without TLS */
    assert_null(ws);
    connect_to("ws://127.0.0.1:1/", MS_MINUTE);
    assert_non_null(ws);
    assert_int_equal(ended, 0); /* never inside the call */
    run_until_ended("no connection: ");
    connect_to(url, MS_MINUTE);
    assert_false(ws_send(ws, "x", 1, &err));
    assert_string_equal(err.text, "the connection is closing");
    run_until_ended("no connection: ");
    ws_close(NULL);
    end();
}

static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    begin_with(SILENT);
    connect_to(url, 100);
    run_until_ended("no connection in time");
    end();
}

/* It is on its way still: nothing is heard of it, and the server sees it go. */
static void who_lets_go_early_hears_nothing(void **state)
{
    (void)state;
    begin_with(SILENT);
    connect_to(url, MS_MINUTE);
    assert_non_null(ws);
    ws_close(ws);
    run_until_we_have_left();
    assert_int_equal(opened, 0);
    end();
}

static void what_is_too_long_is_not_queued(void **state)
{
    (void)state;
    static char text[LIMIT_WS_SEND_BYTES + 1];
    size_t queued = 0;
    begin_with(HOLDS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    if (opened != 1)
        fail_msg("%s", why);
    memset(text, 'x', sizeof text);
    assert_false(ws_send(ws, text, sizeof text, &err));
    assert_string_equal(err.text, "the message or the queue is too long");
    while (queued <= LIMIT_WS_SEND_QUEUE_BYTES && ws_send(ws, text, LIMIT_WS_SEND_BYTES, &err))
        queued += LIMIT_WS_SEND_BYTES;
    assert_int_equal(queued, LIMIT_WS_SEND_QUEUE_BYTES);
    assert_string_equal(err.text, "the message or the queue is too long");
    ws_close(ws); /* what waits goes out, and then it ends */
    assert_false(ws_send(ws, "x", 1, &err));
    run_until_we_have_left();
    end();
}

/* It answers no close frame: a second later we go. */
static void a_server_that_holds_on_is_left(void **state)
{
    (void)state;
    begin_with(HOLDS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    assert_int_equal(opened, 1);
    ws_close(ws);
    run_until_we_have_left();
    end();
}

/* On its way, open, or ended in this very turn: the loop may stop with the process. The sanitizer
   and valgrind say what stays behind. */
static void what_is_let_go_as_the_loop_ends_is_freed(void **state)
{
    (void)state;
    begin_with(SILENT);
    connect_to(url, MS_MINUTE);
    ws_close(ws);
    end();
    begin_with(HOLDS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    assert_int_equal(opened, 1);
    ws_close(ws);
    end();
    assert_int_equal(ended, 0);
}

/* ---- what fails in the library ---- */

/* Nothing was begun, and nothing calls back: that is told all the same, once, and not before
   ws_connect has returned. */
static void what_cannot_be_begun_ends_once(void **state)
{
    (void)state;
    begin_with(HOLDS);
    fails.connect = true;
    connect_to(url, MS_MINUTE);
    assert_non_null(ws);
    assert_int_equal(ended, 0);
    run_until_ended("the connection could not be made");
    connect_to(url, MS_MINUTE);
    ws_close(ws); /* whoever lets go before that hears nothing */
    end();
    assert_int_equal(ended, 0);
}

static void without_tls_nothing_is_begun(void **state)
{
    (void)state;
    begin_with(HOLDS);
    fails.vhost = true;
    connect_to(url, MS_MINUTE);
    assert_null(ws);
    assert_string_equal(err.text, "the TLS client could not be set up (ca_file?)");
    end();
}

/* What waits behind the write that broke is not written any more: nobody knows what of the one
   before it has arrived. */
static void a_connection_that_breaks_while_it_is_written_to_ends_once(void **state)
{
    (void)state;
    begin_with(HOLDS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    assert_int_equal(opened, 1);
    fails.write = 2;
    for (int i = 0; i < 4; i++)
        assert_true(ws_send(ws, "hello", 5, &err));
    run_until_ended("the connection broke while writing");
    assert_int_equal(fails.broken_writes, 1);
    run_until_left();
    end();
    assert_int_equal(ended, 1);
}

static void so_does_one_that_breaks_under_a_ping(void **state)
{
    (void)state;
    begin_with(HOLDS);
    ping_every_ms = 1;
    fails.write = 1;
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    run_until_ended("the connection broke while writing");
    assert_int_equal(fails.broken_writes, 1);
    end();
}

static void whoever_lets_go_while_it_breaks_hears_nothing(void **state)
{
    (void)state;
    begin_with(HOLDS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    fails.write = 1;
    assert_true(ws_send(ws, "hello", 5, &err));
    ws_close(ws);
    run_until_we_have_left();
    assert_int_equal(fails.broken_writes, 1);
    end();
    assert_int_equal(ended, 0);
}

/* ---- what the server says ---- */

static void texts_arrive_whole_and_nothing_else_does(void **state)
{
    (void)state;
    begin_with(SPEAKS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    if (!received[0])
        loop_run(loop);
    assert_string_equal(received, "hello.again.");
    ws_close(ws);
    run_until_we_have_left();
    end();
}

static void a_text_that_is_too_long_ends_it(void **state)
{
    (void)state;
    begin_with(FLOODS);
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    run_until_ended("a message was longer than the ceiling");
    assert_string_equal(received, "");
    end();
}

/* Whoever reads, and answers no ping, does not hear us. */
static void a_server_that_answers_no_ping_is_left(void **state)
{
    (void)state;
    begin_with(HOLDS);
    ping_every_ms = 2;
    dead_after_ms = 10;
    connect_to(url, MS_MINUTE);
    loop_run(loop);
    run_until_ended("silent for too long");
    assert_true(fails.writes > 0);
    end();
}

/* ---- in the place of the library's own ---- */

struct lws_vhost *__real_lws_create_vhost(struct lws_context *,
                                          const struct lws_context_creation_info *);
struct lws_vhost *__wrap_lws_create_vhost(struct lws_context *,
                                          const struct lws_context_creation_info *);
struct lws *__real_lws_client_connect_via_info(const struct lws_client_connect_info *);
struct lws *__wrap_lws_client_connect_via_info(const struct lws_client_connect_info *);
int __real_lws_write(struct lws *, unsigned char *, size_t, enum lws_write_protocol);
int __wrap_lws_write(struct lws *, unsigned char *, size_t, enum lws_write_protocol);

struct lws_vhost *__wrap_lws_create_vhost(struct lws_context *context,
                                          const struct lws_context_creation_info *info)
{
    return fails.vhost ? NULL : __real_lws_create_vhost(context, info);
}

struct lws *__wrap_lws_client_connect_via_info(const struct lws_client_connect_info *info)
{
    return fails.connect ? NULL : __real_lws_client_connect_via_info(info);
}

int __wrap_lws_write(struct lws *wsi, unsigned char *bytes, size_t count,
                     enum lws_write_protocol how)
{
    bool broken = fails.write && ++fails.writes >= fails.write;
    fails.writes += !fails.write;
    fails.broken_writes += broken;
    return broken ? -1 : __real_lws_write(wsi, bytes, count, how);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_connected_ends_once),
        cmocka_unit_test(a_silent_server_is_given_up),
        cmocka_unit_test(who_lets_go_early_hears_nothing),
        cmocka_unit_test(what_is_too_long_is_not_queued),
        cmocka_unit_test(a_server_that_holds_on_is_left),
        cmocka_unit_test(what_is_let_go_as_the_loop_ends_is_freed),
        cmocka_unit_test(what_cannot_be_begun_ends_once),
        cmocka_unit_test(without_tls_nothing_is_begun),
        cmocka_unit_test(a_connection_that_breaks_while_it_is_written_to_ends_once),
        cmocka_unit_test(so_does_one_that_breaks_under_a_ping),
        cmocka_unit_test(whoever_lets_go_while_it_breaks_hears_nothing),
        cmocka_unit_test(texts_arrive_whole_and_nothing_else_does),
        cmocka_unit_test(a_text_that_is_too_long_ends_it),
        cmocka_unit_test(a_server_that_answers_no_ping_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
