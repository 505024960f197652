/* SPDX-License-Identifier: Apache-2.0 */
/* What a message of the queue tells of a root user, and what is none; and the queue's own answers.
 */
#include "tests/unit/unit.h"

#include "adapters/aws/events.h"
#include "adapters/aws/queue.h"
#include "core/limits.h"

#include <string.h>

#define ID "\"eventID\":\"00000000-0000-4000-8000-000000000001\""
#define TIME "\"eventTime\":\"2026-11-28T09:03:00Z\""
#define ROOT "\"type\":\"Root\",\"accountId\":\"222222222222\""
#define DETAIL(more, user)                                                     \
    "{\"account\":\"333333333333\",\"detail\":{" ID "," TIME                   \
    ",\"eventName\":\"ConsoleLogin\",\"sourceIPAddress\":\"203.0.113.5\"" more \
    ",\"userIdentity\":{" user "}}}"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 4 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static enum aws_event_kind read_event(const char *body, struct aws_event *event, struct err *err)
{
    *event = (struct aws_event){ .id = "" };
    *err = (struct err){ "" };
    char *copy = strdup(body); /* nothing of it is lent */
    enum aws_event_kind kind = aws_event_read(copy, strlen(copy), &arena, event, err);
    memset(copy, 'x', strlen(copy));
    free(copy);
    return kind;
}

static void a_sign_in_is_read(void **state)
{
    (void)state;
    struct aws_event e;
    struct err err;
    assert_int_equal(read_event(DETAIL(",\"additionalEventData\":{\"MFAUsed\":\"Yes\"}", ROOT), &e,
                                &err),
                     AWS_EVENT_ROOT);
    assert_string_equal(e.id, "00000000-0000-4000-8000-000000000001");
    assert_string_equal(e.root.account, "222222222222");
    assert_string_equal(e.root.name, "ConsoleLogin");
    assert_string_equal(e.root.address, "203.0.113.5");
    assert_int_equal(e.root.happened_ms, 1795856580000);
    assert_int_equal(e.root.mfa, ROOT_WITH_MFA);
    assert_false(e.root.denied);
}

static void what_it_says_beside_is_told_apart(void **state)
{
    (void)state;
#define ATTRIBUTES(mfa) \
    ROOT ",\"sessionContext\":{\"attributes\":{\"mfaAuthenticated\":\"" mfa "\"}}"
    static const struct {
        const char *body;
        enum aws_event_kind kind;
        enum root_mfa mfa;
        bool denied;
    } rows[] = {
        { DETAIL("", ROOT), AWS_EVENT_ROOT, ROOT_MFA_UNKNOWN, false },
        { DETAIL(",\"additionalEventData\":{\"MFAUsed\":\"No\"}", ROOT), AWS_EVENT_ROOT,
          ROOT_WITHOUT_MFA, false },
        { DETAIL("", ATTRIBUTES("true")), AWS_EVENT_ROOT, ROOT_WITH_MFA, false },
        { DETAIL("", ATTRIBUTES("false")), AWS_EVENT_ROOT, ROOT_WITHOUT_MFA, false },
        { DETAIL(",\"errorCode\":\"AccessDenied\"", ROOT), AWS_EVENT_ROOT, ROOT_MFA_UNKNOWN, true },
        { DETAIL(",\"responseElements\":{\"ConsoleLogin\":\"Failure\"}", ROOT), AWS_EVENT_ROOT,
          ROOT_MFA_UNKNOWN, true },
        { DETAIL(",\"responseElements\":{\"ConsoleLogin\":\"Success\"}", ROOT), AWS_EVENT_ROOT,
          ROOT_MFA_UNKNOWN, false },
        { DETAIL("", ROOT ",\"sessionContext\":{\"assumedRoot\":\"true\"}"), AWS_EVENT_TASK,
          ROOT_MFA_UNKNOWN, false },
        { DETAIL("", ROOT ",\"sessionContext\":{\"assumedRoot\":true}"), AWS_EVENT_TASK,
          ROOT_MFA_UNKNOWN, false },
        { DETAIL("", ROOT ",\"sessionContext\":{\"assumedRoot\":\"false\"}"), AWS_EVENT_ROOT,
          ROOT_MFA_UNKNOWN, false },
        { DETAIL("", ROOT ",\"invokedBy\":\"support.amazonaws.com\""), AWS_EVENT_OTHER,
          ROOT_MFA_UNKNOWN, false },
        { DETAIL(",\"eventType\":\"AwsServiceEvent\"", ROOT), AWS_EVENT_OTHER, ROOT_MFA_UNKNOWN,
          false },
        { DETAIL("", "\"type\":\"IAMUser\""), AWS_EVENT_OTHER, ROOT_MFA_UNKNOWN, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aws_event e;
        struct err err;
        if (read_event(rows[i].body, &e, &err) != rows[i].kind || e.root.mfa != rows[i].mfa ||
            e.root.denied != rows[i].denied)
            fail_msg("row %zu: %s", i, err.text);
    }
}

/* Whose it is stands in three places, of which the record's own counts first. */
static void the_account_is_found(void **state)
{
    (void)state;
    struct aws_event e;
    struct err err;
    assert_int_equal(read_event(DETAIL(",\"recipientAccountId\":\"444444444444\"", ROOT), &e, &err),
                     AWS_EVENT_ROOT);
    assert_string_equal(e.root.account, "222222222222");
    read_event(DETAIL(",\"recipientAccountId\":\"444444444444\"", "\"type\":\"Root\""), &e, &err);
    assert_string_equal(e.root.account, "444444444444");
    read_event(DETAIL("", "\"type\":\"Root\",\"accountId\":\"22222222222a\""), &e, &err);
    assert_string_equal(e.root.account, "333333333333");
}

static void what_cannot_be_read_says_why(void **state)
{
    (void)state;
    static const struct {
        const char *body, *why;
    } rows[] = {
        { "", "no JSON" },
        { "[]", "no record of CloudTrail" },
        { "{}", "no record of CloudTrail" },
        { "{\"detail\":[]}", "no record of CloudTrail" },
        { "{\"detail\":{\"userIdentity\":\"Root\"}}", "no record of CloudTrail" },
        { "{\"detail\":{" TIME ",\"userIdentity\":{" ROOT "}}}", "no id" },
        { "{\"detail\":{\"eventID\":\"a b\"," TIME ",\"userIdentity\":{" ROOT "}}}", "no id" },
        { "{\"detail\":{" ID "," TIME ",\"userIdentity\":{\"type\":\"Root\"}}}", "no account" },
        { "{\"detail\":{" ID ",\"userIdentity\":{" ROOT "}}}", "does not say when" },
        { "{\"detail\":{" ID ",\"eventTime\":\"now\",\"userIdentity\":{" ROOT "}}}",
          "does not say when" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct aws_event e;
        struct err err;
        if (read_event(rows[i].body, &e, &err) != AWS_EVENT_UNREAD ||
            !strstr(err.text, rows[i].why))
            fail_msg("row %zu: “%s”", i, err.text);
    }
    CLEANUP(buf_done) struct buf lengthy;
    buf_init(&lengthy, LIMIT_ROOT_EVENT_BYTES + 64);
    buf_add(&lengthy, "{\"a\":\"");
    for (int i = 0; i < LIMIT_ROOT_EVENT_BYTES; i++)
        buf_add_char(&lengthy, 'x');
    buf_add(&lengthy, "\"}");
    struct aws_event e;
    struct err err;
    assert_int_equal(read_event(buf_text(&lengthy), &e, &err), AWS_EVENT_UNREAD);
    assert_non_null(strstr(err.text, "no JSON of a length that is read"));
}

static void words_of_whoever_wrote_it_are_harmless_and_short(void **state)
{
    (void)state;
    struct aws_event e;
    struct err err;
    CLEANUP(buf_done) struct buf body;
    buf_init(&body, 8192);
    buf_add(&body, "{\"detail\":{" ID "," TIME ",\"eventName\":\"<!channel> \\u202e");
    for (int i = 0; i < 1000; i++)
        buf_add(&body, "long ");
    buf_add(&body, "\",\"userIdentity\":{" ROOT "}}}");
    assert_int_equal(read_event(buf_text(&body), &e, &err), AWS_EVENT_ROOT);
    assert_null(strstr(e.root.name, "\xe2\x80\xae"));
    assert_true(strlen(e.root.name) < 300);
    assert_string_equal(e.root.address, "");
}

static void messages_are_read_and_the_others_left_out(void **state)
{
    (void)state;
    struct aws_message m[AWS_MESSAGES];
    struct err err = { "" };
    size_t count = 7;
    static const char one[] =
        "{\"Messages\":[{\"MessageId\":\"a-1\",\"ReceiptHandle\":\"r+/=\",\"Body\":\"{}\"},"
        "{\"MessageId\":\"a 2\",\"ReceiptHandle\":\"r\"},{\"MessageId\":\"a-3\"},7,"
        "{\"MessageId\":\"a-4\",\"ReceiptHandle\":\"s\"}]}";
    assert_true(aws_queue_read_messages(one, strlen(one), &arena, m, &count, &err));
    assert_int_equal(count, 2);
    assert_string_equal(m[0].id, "a-1");
    assert_string_equal(m[0].receipt, "r+/=");
    assert_string_equal(m[0].body, "{}");
    assert_string_equal(m[1].id, "a-4");
    assert_null(m[1].body);
    static const char *const none[] = { "{}", "{\"Messages\":null}", "{\"Messages\":[]}" };
    for (size_t i = 0; i < COUNT(none); i++) {
        assert_true(aws_queue_read_messages(none[i], strlen(none[i]), &arena, m, &count, &err));
        assert_int_equal(count, 0);
    }
    static const char *const wrong[] = { "", "[]", "<html/>", "{\"Messages\":{}}" };
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(aws_queue_read_messages(wrong[i], strlen(wrong[i]), &arena, m, &count, &err));
    CLEANUP(buf_done) struct buf many;
    buf_init(&many, 8192);
    buf_add(&many, "{\"Messages\":[");
    for (int i = 0; i < 2 * AWS_MESSAGES; i++)
        buf_addf(&many, "%s{\"MessageId\":\"%d\",\"ReceiptHandle\":\"r\"}", i ? "," : "", i);
    buf_add(&many, "]}");
    assert_true(aws_queue_read_messages(buf_text(&many), many.bytes, &arena, m, &count, &err));
    assert_int_equal(count, AWS_MESSAGES);
}

static void questions_name_the_queue(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    aws_queue_ask_messages("https://q", true, &b);
    assert_string_equal(buf_text(&b), "{\"QueueUrl\":\"https://q\",\"MaxNumberOfMessages\":10,"
                                      "\"WaitTimeSeconds\":20}");
    buf_clear(&b);
    aws_queue_ask_messages("https://q", false, &b);
    assert_non_null(strstr(buf_text(&b), "\"WaitTimeSeconds\":0}"));
    buf_clear(&b);
    aws_queue_ask_delete("https://q", "a\"b", &b);
    assert_string_equal(buf_text(&b),
                        "{\"QueueUrl\":\"https://q\",\"ReceiptHandle\":\"a\\u0022b\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sign_in_is_read),
        cmocka_unit_test(what_it_says_beside_is_told_apart),
        cmocka_unit_test(the_account_is_found),
        cmocka_unit_test(what_cannot_be_read_says_why),
        cmocka_unit_test(words_of_whoever_wrote_it_are_harmless_and_short),
        cmocka_unit_test(messages_are_read_and_the_others_left_out),
        cmocka_unit_test(questions_name_the_queue),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
