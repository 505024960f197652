/* SPDX-License-Identifier: Apache-2.0 */
/* Mails as bytes: nothing that comes from outside may add a header or a recipient. */
#include "tests/unit/unit.h"

#include "adapters/mail/mail.h"
#include "core/xalloc.h"

static struct err err;

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
    struct inbox inbox;
    inbox_init(&inbox, NULL, NULL);
    struct loop *loop = loop_new(&err);
    assert_non_null(loop);
    const struct mail_options options = { .smtp_url = "smtp://127.0.0.1:1",
                                          .from = "reguard@example.com",
                                          .username = "" };
    struct adapter *mail = mail_new(loop, &inbox, &options, &err);
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
        cmocka_unit_test(addresses_are_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
