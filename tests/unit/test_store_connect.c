/* SPDX-License-Identifier: Apache-2.0 */
/* On the way to a database: which URLs are taken, and what is said of a server that is none, of a
   password that cannot be read, and of a process without threads. */
#include "tests/unit/unit.h"

#include "store/pg.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err err;

static void urls_are_verified_and_without_a_password(void **state)
{
    (void)state;
    static const char no_url[] = "it is no URL like postgresql://user@host/database";
    static const char password[] = "a password does not belong into a URL";
    static const char mode[] = "only sslmode=verify-full is taken for a server on another machine";
    static const struct {
        const char *url, *why; /* NULL: it is fine */
    } cases[] = {
        { "postgresql://me@db.example/reguard", NULL },
        { "postgres://me@db.example/reguard?sslmode=verify-full", NULL },
        { "postgresql:///reguard?host=/run/postgresql", NULL },
        { "postgresql://me@localhost,127.0.0.1,[::1]/reguard?sslmode=disable", NULL },
        { "postgresql://me@/reguard", NULL },
        { "host=db.example dbname=reguard", no_url },
        { "mysql://me@db.example/reguard", no_url },
        { "postgresql://me@db.example/reguard?no_such_word=1", no_url },
        { "postgresql://me:s3cret@db.example/reguard", password },
        { "postgresql://me@db.example/reguard?password=s3cret", password },
        { "postgresql://me@db.example/reguard?sslmode=require", mode },
        { "postgresql://me@localhost,db.example/reguard?sslmode=disable", mode },
        { "postgresql://me@localhost/reguard?hostaddr=192.0.2.1&sslmode=prefer", mode },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        err.text[0] = '\0';
        bool fine = pg_url_is_fine(cases[i].url, &err);
        if (fine != !cases[i].why || (!fine && !strstr(err.text, cases[i].why)))
            fail_msg("%s: %s", cases[i].url, err.text);
        assert_null(strstr(err.text, "s3cret"));
    }
}

static void fails_with(const char *url, const char *password_file, const char *why)
{
    err.text[0] = '\0';
    assert_null(pg_open(url, password_file, &err));
    if (!strstr(err.text, why))
        fail_msg("%s: “%s”, not “%s”", url, err.text, why);
}

static void what_cannot_be_connected_to_says_why(void **state)
{
    (void)state;
    static const char hosts[] = "the URL names at most 8 hosts";
    char long_name[400];
    memset(long_name, 'x', sizeof long_name - 1);
    memcpy(long_name, "postgresql://", 13);
    long_name[sizeof long_name - 1] = '\0';
    fails_with("nothing", "", "it is no URL");
    fails_with("postgresql://a,b,c,d,e,f,g,h,i/reguard", "", hosts);
    fails_with("postgresql:///reguard?host=a,b,c&port=1,2", "", hosts);
    fails_with(long_name, "", hosts);
    fails_with("postgresql://127.0.0.1:1/reguard", "/nowhere/password", "/nowhere/password: No");
    fails_with("postgresql://127.0.0.1:1/reguard", "", "refused");
    fails_with("postgresql://127.0.0.1:1,127.0.0.1:2/reguard", "", "refused");
}

/* Answers each connection with those bytes, and closes it. */
static pid_t serve(const char *bytes, char url[64])
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    char asked[1024];
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listening, 4), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &size), 0);
    snprintf(url, 64, "postgresql://me@127.0.0.1:%d/reguard", ntohs(at.sin_port));
    pid_t server = fork();
    while (server == 0) {
        int fd = accept(listening, NULL, NULL);
        if (fd < 0 || recv(fd, asked, sizeof asked, 0) < 0 ||
            send(fd, bytes, strlen(bytes), MSG_NOSIGNAL) < 0)
            _exit(0);
        close(fd);
    }
    close(listening);
    return server;
}

static void a_server_that_is_no_database_is_told_apart(void **state)
{
    (void)state;
    static const char *const answers[][2] = {
        { "", "closed the connection unexpectedly" },
        { "HTTP/1.1 400 no\r\n\r\n", "invalid response to SSL negotiation" },
    };
    for (size_t i = 0; i < COUNT(answers); i++) {
        char url[64];
        pid_t server = serve(answers[i][0], url);
        fails_with(url, "", answers[i][1]);
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
}

/* A stack that is larger than what there is. */
static void without_a_thread_there_is_no_connection(void **state)
{
    (void)state;
    pthread_attr_t usual, too_large;
    assert_int_equal(pthread_getattr_default_np(&usual), 0);
    assert_int_equal(pthread_getattr_default_np(&too_large), 0);
    assert_int_equal(pthread_attr_setstacksize(&too_large, (size_t)1 << 47), 0);
    assert_int_equal(pthread_setattr_default_np(&too_large), 0);
    struct pg *pg = pg_open("postgresql://127.0.0.1:1/reguard", "", &err);
    assert_int_equal(pthread_setattr_default_np(&usual), 0);
    assert_null(pg);
    assert_string_equal(err.text, "no thread could be started");
    pthread_attr_destroy(&usual);
    pthread_attr_destroy(&too_large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_verified_and_without_a_password),
        cmocka_unit_test(what_cannot_be_connected_to_says_why),
        cmocka_unit_test(a_server_that_is_no_database_is_told_apart),
        cmocka_unit_test(without_a_thread_there_is_no_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
