/* SPDX-License-Identifier: Apache-2.0 */
/* Mails as bytes: nothing that comes from outside may add a header or a recipient. */
#include "tests/unit/unit.h"

#include "adapters/mail/mail.h"
#include "core/xalloc.h"
#include "host/secret.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err err;
static struct loop *loop;
static struct inbox inbox;
static struct adapter *mail;

static const char *compose(struct buf *b, const char *to, const char *subject, const char *text)
{
    struct effect_mail m = { to, subject, xstrdup(text) };
    buf_clear(b);
    bool made = mail_compose("reguard@example.com", &m, 1795526055000, b, &err);
    free(m.text);
    return made ? buf_text(b) : NULL;
}

static void a_mail_has_its_headers_and_crlf(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    const char *text = compose(&b, "aws+7e19@example.com", "Code for G-0001",
                               "Your code is 123456.\nIt is for Ada: é\n");
    assert_non_null(text);
    const char *body = strstr(text, "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body, "\r\n\r\nYour code is 123456.\r\nIt is for Ada: é\r\n");
    static const char *const headers[] = {
        "From: reguard <reguard@example.com>\r\n",
        "\r\nTo: <aws+7e19@example.com>\r\n",
        "\r\nSubject: Code for G-0001\r\n",
        "\r\nDate: Tue, 24 Nov 2026 13:14:15 +0000\r\n",
        "\r\nMIME-Version: 1.0\r\n",
        "\r\nContent-Type: text/plain; charset=utf-8\r\n",
        "\r\nContent-Transfer-Encoding: 8bit\r\n",
        "\r\nAuto-Submitted: auto-generated\r\n",
    };
    for (size_t i = 0; i < COUNT(headers); i++) {
        const char *at = strstr(text, headers[i]);
        assert_non_null(at);
        assert_true(at < body);
    }
    for (size_t i = 0; i < b.bytes; i++)
        assert_int_equal(text[i] == '\n', i > 0 && text[i - 1] == '\r');
}

static void each_mail_has_an_id_of_its_own(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf a, b;
    buf_init(&a, LIMIT_MESSAGE_BYTES);
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    const char *first = strstr(compose(&a, "a@b.c", "s", "t"), "Message-ID: <"),
               *second = strstr(compose(&b, "a@b.c", "s", "t"), "Message-ID: <");
    assert_non_null(first);
    assert_non_null(second);
    assert_memory_not_equal(first, second, 13 + 32);
    assert_memory_equal(first + 13 + 32, "@example.com>\r\n", 15);
}

static void headers_cannot_be_injected(void **state)
{
    (void)state;
    static const struct {
        const char *to, *subject;
    } cases[] = {
        { "a@b.c\r\nBcc: eve@example.com", "s" },
        { "a@b.c\nBcc: x@y.z", "s" },
        { "a@b.c>", "s" },
        { "<a@b.c", "s" },
        { "a@b.c,x@y.z", "s" },
        { "a@b.c x@y.z", "s" },
        { "a@b.c", "s\r\nBcc: eve@example.com" },
        { "a@b.c", "s\nX: y" },
        { "a@b.c", "s\ry" },
        { "a@b.c", "tab\there" },
        { "a@b.c", "caf\xC3\xA9" },
        { "a@b.c", "del\x7F" },
    };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_MESSAGE_BYTES);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_null(compose(&b, cases[i].to, cases[i].subject, "text"));
        assert_int_equal(b.bytes, 0);
    }
    /* In the body anything may stand: it cannot come before the empty line, and bare returns are
       dropped. */
    const char *text = compose(&b, "a@b.c", "s", "x\r\nBcc: eve@example.com\r\n\r.\r\n");
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\nx\r\nBcc: eve@example.com\r\n.\r\n");
}

static void a_mail_that_is_too_long_is_refused(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    char text[600];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_null(compose(&b, "a@b.c", "s", text));
    assert_non_null(strstr(err.text, "too long"));
}

static void a_sender_that_is_no_address_sends_nothing(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 512);
    struct effect_mail m = { "a@b.c", "s", (char[]){ "t" } };
    assert_false(mail_compose("reguard@example.com>\r\nBcc: <eve@evil.example", &m, 0, &b, &err));
    assert_non_null(strstr(err.text, "sender"));
    assert_int_equal(b.bytes, 0);
}

static void what_is_no_mail_server_is_refused(void **state)
{
    (void)state;
    static const struct mail_options wrong[] = {
        { .smtp_url = "https://mail.example", .from = "reguard@example.com", .username = "" },
        { .smtp_url = "smtps://mail.example", .from = "reguard", .username = "" },
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        err.text[0] = '\0';
        assert_null(mail_new(NULL, NULL, &wrong[i], &err));
        assert_non_null(strstr(err.text, "[mail] needs smtps://"));
    }
}

/* What it cannot do it says, and nothing follows of it. */
static void it_mails_and_nothing_else(void **state)
{
    (void)state;
    inbox_init(&inbox, NULL, NULL);
    loop = loop_new(&err);
    assert_non_null(loop);
    const struct mail_options options = { .smtp_url = "smtp://127.0.0.1:1",
                                          .from = "reguard@example.com",
                                          .username = "" };
    mail = mail_new(loop, &inbox, &options, &err);
    assert_non_null(mail);
    assert_true(mail->ops->start(mail, &err));
    assert_false(mail->ops->perform(mail, &(struct effect){ .kind = EFFECT_SAY }, &err));
    assert_non_null(strstr(err.text, "mail cannot do"));
    struct effect letter = { .kind = EFFECT_MAIL, .mail = { "nobody", "s", (char[]){ "t" } } };
    assert_false(mail->ops->perform(mail, &letter, &err));
    assert_non_null(strstr(err.text, "root mailbox"));
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64);
    assert_false(mail->ops->render(mail, NULL, &b, &err));
    assert_string_equal(err.text, "mail is no chat");
    assert_int_equal(inbox_count(&inbox), 0);
    mail->ops->stop(mail);
    loop_free(loop);
    inbox_done(&inbox);
}

/* ---- with a server of the test's own, in a process of its own ---- */

enum server { TAKES, REFUSES, HANGS };
static pid_t server;

static void say(int fd, const char *line)
{
    if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
        _exit(0);
}

/* Who signs in with another name than "me" or another password than "new" is refused
   (RFC 4954, 4; RFC 4616: the names and the password between zeros). */
static void answer_line(int fd, const char *line, enum server how, bool *in_text)
{
    if (*in_text) {
        *in_text = strncmp(line, ".\r", 2) != 0;
        if (!*in_text)
            say(fd, "250 taken\r\n");
    } else if (strncmp(line, "EHLO", 4) == 0) {
        say(fd, "250-here\r\n250 AUTH PLAIN\r\n");
    } else if (strncmp(line, "AUTH PLAIN", 10) == 0) {
        say(fd, "334 \r\n");
    } else if (strncmp(line, "AG1lAG5ldw==", 12) == 0) {
        say(fd, "235 welcome\r\n");
    } else if (strncmp(line, "AG1lA", 5) == 0) {
        say(fd, "535 who is that\r\n");
    } else if (strncmp(line, "DATA", 4) == 0) {
        *in_text = true;
        say(fd, "354 go on\r\n");
    } else {
        bool refused = how == REFUSES && strncmp(line, "RCPT", 4) == 0;
        say(fd, refused ? "550 nobody here\r\n" : "250 fine\r\n");
    }
}

static void serve_one(int fd, enum server how)
{
    char line[1024];
    bool in_text = false;
    FILE *from = fdopen(fd, "r");
    if (how != HANGS)
        say(fd, "220 here\r\n");
    while (fgets(line, sizeof line, from))
        if (how != HANGS)
            answer_line(fd, line, how, &in_text);
    fclose(from);
}

static int listen_as(enum server how)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof at;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listening, 4), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &bytes), 0);
    server = fork();
    if (server == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes ends it, too */
    for (int fd; server == 0;) {
        if ((fd = accept(listening, NULL, NULL)) < 0)
            _exit(0);
        serve_one(fd, how);
    }
    close(listening);
    return ntohs(at.sin_port);
}

static void wake(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static void begin_with(enum server how, const char *username, const char *password)
{
    char url[64];
    err.text[0] = '\0';
    snprintf(url, sizeof url, "smtp://127.0.0.1:%d", listen_as(how));
    inbox_init(&inbox, wake, NULL);
    loop = loop_new(&err);
    assert_non_null(loop);
    struct mail_options options = { .smtp_url = url,
                                    .from = "reguard@example.com",
                                    .username = username,
                                    .password = password ? secret_from(password) : NULL };
    mail = mail_new(loop, &inbox, &options, &err);
    assert_non_null(mail);
}

static int end(void **state)
{
    (void)state;
    mail->ops->stop(mail);
    loop_free(loop);
    inbox_done(&inbox);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

static bool post(uint64_t id)
{
    struct effect letter = { .kind = EFFECT_MAIL,
                             .id = id,
                             .mail = { "root@example.com", "s", (char[]){ "t\n" } } };
    return mail->ops->perform(mail, &letter, &err);
}

/* The next one that is told: "" when the mail is on its way. */
static const char *outcome_of(uint64_t id)
{
    static char text[256];
    if (!inbox_count(&inbox))
        loop_run(loop);
    struct inbox_batch *batch = inbox_take(&inbox);
    assert_int_equal(batch->count, 1);
    const struct event *e = batch->events[0];
    assert_int_equal(e->effect_id, id);
    assert_int_equal(e->kind, e->error ? EVENT_MAIL_FAILED : EVENT_MAIL_SENT);
    STR_SET(text, str_or_empty(e->error));
    inbox_release(&inbox, batch);
    return text;
}

static void what_the_server_refuses_has_failed(void **state)
{
    (void)state;
    begin_with(REFUSES, "", NULL);
    assert_true(post(7) && post(8));
    assert_string_not_equal(outcome_of(7), "");
    assert_string_not_equal(outcome_of(8), "");
}

static void renew_with(const char *password, bool is_new)
{
    struct adapter_credentials c = { .secrets = { password ? secret_from(password) : NULL } };
    mail->ops->renew(mail, &c);
    assert_int_equal(c.is_new[0], is_new);
}

/* One mail that is on its way keeps the password that it began with. */
static void a_new_password_counts_from_the_next_mail_on(void **state)
{
    (void)state;
    begin_with(TAKES, "me", "old");
    assert_false(mail_probe(mail, &err));
    assert_non_null(strstr(err.text, "the mail server does not answer as it should"));
    assert_true(post(1));
    renew_with("new", true);
    assert_string_equal(outcome_of(1), "Login denied");
    assert_true(post(2));
    assert_string_equal(outcome_of(2), "");
    renew_with("new", false);
    assert_true(mail_probe(mail, &err));
    renew_with(NULL, true);
    renew_with(NULL, false);
    renew_with("new", true);
    assert_true(mail_probe(mail, &err));
}

/* One that hangs holds the others up; ending gives it up within its two seconds. */
static void only_so_many_mails_wait(void **state)
{
    (void)state;
    begin_with(HANGS, "", NULL);
    for (uint64_t i = 1; i <= LIMIT_MAILS; i++)
        assert_true(post(i));
    assert_false(post(LIMIT_MAILS + 1));
    assert_string_equal(err.text, "too many mails are waiting");
    mail->ops->acknowledge(mail, NULL);
    assert_int_equal(inbox_count(&inbox), 0);
}

/* A stack that is larger than what there is. */
static void without_a_thread_each_mail_fails_at_once(void **state)
{
    (void)state;
    pthread_attr_t usual, too_large;
    begin_with(TAKES, "", NULL);
    assert_int_equal(pthread_getattr_default_np(&usual), 0);
    assert_int_equal(pthread_getattr_default_np(&too_large), 0);
    assert_int_equal(pthread_attr_setstacksize(&too_large, (size_t)1 << 47), 0);
    assert_int_equal(pthread_setattr_default_np(&too_large), 0);
    bool taken = post(1);
    assert_int_equal(pthread_setattr_default_np(&usual), 0);
    assert_true(taken);
    assert_int_equal(inbox_count(&inbox), 1);
    assert_string_equal(outcome_of(1), "no thread could be started");
    assert_true(post(2));
    assert_string_equal(outcome_of(2), "");
    pthread_attr_destroy(&usual);
    pthread_attr_destroy(&too_large);
}

/* ---- and without one ---- */

static void without_descriptors_there_is_no_mail(void **state)
{
    (void)state;
    struct rlimit before, few;
    struct loop *without = loop_new(&err);
    struct mail_options options = { .smtp_url = "smtp://127.0.0.1:1",
                                    .from = "reguard@example.com",
                                    .username = "",
                                    .password = secret_from("s3cret") };
    assert_non_null(without);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){ .rlim_cur = 3, .rlim_max = before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct adapter *none = mail_new(without, NULL, &options, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_null(none);
    assert_string_equal(err.text, "mail could not be set up");
    loop_free(without);
}

static void addresses_are_plain(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool fine;
    } cases[] = {
        { "a@b", true },
        { "aws+7e196280-1157-45e3-824a-9f6aef9946b8@example.com", true },
        { "o'neil@example.com", true },
        { "a.b_c-d@sub.example.com", true },
        { "", false },
        { "@", false },
        { "a@", false },
        { "@b", false },
        { "a", false },
        { "a@b@c", false },
        { "a b@c", false },
        { "a@b c", false },
        { "a@b\n", false },
        { "\"a b\"@c", false },
        { "a@[192.0.2.1]", false },
        { "<a@b>", false },
        { "a@b,c@d", false },
        { "a@b;c@d", false },
        { "a(comment)@b", false },
        { "caf\xC3\xA9@b", false },
        { "-a@b", false },
        { "a\\@b", false },
        { "a:b@c", false },
        { "a@b\t", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (mail_address_allowed(cases[i].address) != cases[i].fine)
            fail_msg("“%s” should%s be allowed", cases[i].address, cases[i].fine ? "" : " not");
    char address[300];
    memset(address, 'a', sizeof address);
    memcpy(address + 250, "@b.c", 5);
    assert_true(mail_address_allowed(address));
    memcpy(address + 250, "@b.cd", 6);
    assert_false(mail_address_allowed(address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_has_its_headers_and_crlf),
        cmocka_unit_test(each_mail_has_an_id_of_its_own),
        cmocka_unit_test(headers_cannot_be_injected),
        cmocka_unit_test(a_mail_that_is_too_long_is_refused),
        cmocka_unit_test(a_sender_that_is_no_address_sends_nothing),
        cmocka_unit_test(what_is_no_mail_server_is_refused),
        cmocka_unit_test(it_mails_and_nothing_else),
        cmocka_unit_test_teardown(what_the_server_refuses_has_failed, end),
        cmocka_unit_test_teardown(a_new_password_counts_from_the_next_mail_on, end),
        cmocka_unit_test_teardown(only_so_many_mails_wait, end),
        cmocka_unit_test_teardown(without_a_thread_each_mail_fails_at_once, end),
        cmocka_unit_test(without_descriptors_there_is_no_mail),
        cmocka_unit_test(addresses_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
