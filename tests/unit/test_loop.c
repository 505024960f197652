/* SPDX-License-Identifier: Apache-2.0 */
/* A process without descriptors: each of the parts that need one says so and leaves nothing. */
#include "tests/unit/unit.h"

#include "net/http.h"
#include "net/httpd.h"
#include "net/loop.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static struct err err;
static struct rlimit before;

static void take_descriptors(rlim_t left)
{
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = { .rlim_cur = left, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    err.text[0] = '\0';
}

static void give_descriptors(void) { assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0); }

static void without_descriptors_there_is_no_loop(void **state)
{
    (void)state;
    take_descriptors(3);
    struct loop *loop = loop_new(&err);
    give_descriptors();
    assert_null(loop);
    assert_string_equal(err.text, "the event loop could not be made");
    loop_free(loop);
    loop = loop_new(&err);
    assert_non_null(loop);
    loop_free(loop);
}

static void never(void *arg, int signal)
{
    (void)arg, (void)signal;
    fail();
}

static void signals_need_a_descriptor(void **state)
{
    (void)state;
    static const int signals[] = { SIGUSR2 };
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    take_descriptors(3);
    bool heard = loop_signals(loop, signals, COUNT(signals), never, NULL, &err);
    give_descriptors();
    assert_false(heard);
    assert_string_equal(err.text, "signalfd: Too many open files");
    loop_free(loop);
}

static void without_descriptors_nothing_is_asked(void **state)
{
    (void)state;
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    take_descriptors(3);
    struct http *http = http_new(loop, &err);
    give_descriptors();
    assert_null(http);
    assert_string_equal(err.text, "HTTP client: Too many open files");
    loop_free(loop);
}

static int answer(void *arg, const char *path, struct buf *body, const char **type)
{
    (void)arg, (void)path, (void)body, (void)type;
    return 200;
}

static void without_descriptors_nobody_is_answered(void **state)
{
    (void)state;
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    take_descriptors(3);
    struct httpd *httpd = httpd_new(loop, "127.0.0.1:9", answer, NULL, &err);
    give_descriptors();
    assert_null(httpd);
    assert_string_equal(err.text, "127.0.0.1:9: Too many open files");
    httpd_free(httpd);
    loop_free(loop);
}

static void is_readable(void *arg) { loop_stop(arg); }

/* As many as the loop has room for; each one more is closed and told, and the others go on. */
static void only_so_many_descriptors_are_watched(void **state)
{
    enum { MORE_THAN_ROOM = 400 };
    (void)state;
    int ends[2];
    size_t watched = 0;
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    int fd = dup(ends[0]);
    while (watched < MORE_THAN_ROOM && loop_watch(loop, fd, is_readable, loop, &err)) {
        watched++;
        fd = dup(ends[0]);
    }
    assert_true(watched > 0 && watched < MORE_THAN_ROOM);
    assert_string_equal(err.text, "too many open files");
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(write(ends[1], "x", 1), 1);
    uint64_t wakes = loop_wakes(loop);
    assert_true(loop_run(loop));
    assert_true(loop_wakes(loop) > wakes);
    loop_free(loop);
    close(ends[0]);
    close(ends[1]);
}

/* The libraries call this one in place of OpenSSL's, which reads every certificate of the machine:
   a tenth of a second, and a megabyte for as long as the process lives. */
static int machine_read;

int SSL_CTX_set_default_verify_paths(SSL_CTX *context)
{
    machine_read += context != NULL;
    return 1;
}

static void a_loop_reads_no_certificates(void **state)
{
    (void)state;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    assert_int_equal(machine_read, 0);
    loop_free(loop);
    assert_int_equal(SSL_CTX_set_default_verify_paths(context), 1);
    assert_int_equal(machine_read, 1);
    SSL_CTX_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_reads_no_certificates),
        cmocka_unit_test(without_descriptors_there_is_no_loop),
        cmocka_unit_test(signals_need_a_descriptor),
        cmocka_unit_test(without_descriptors_nothing_is_asked),
        cmocka_unit_test(without_descriptors_nobody_is_answered),
        cmocka_unit_test(only_so_many_descriptors_are_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
