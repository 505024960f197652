/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of root users' events: nothing is deleted from it that is not on disk, and that it
   cannot be read is told. The time and AWS are the test's own. */
#include "tests/unit/unit_peer.h"

#include "adapters/aws/kind.h"
#include "adapters/aws/settings.h"
#include "host/secret.h"

#define QUEUE "https://sqs.eu-central-1.amazonaws.com/111122223333/root-events"
#define SQS "POST sqs.eu-central-1.amazonaws.com "
#define RECEIVE SQS "WaitTimeSeconds"
#define DELETE SQS "ReceiptHandle"
#define EVENT(id)                                                                             \
    "{\\\"detail\\\":{\\\"eventID\\\":\\\"" id                                                \
    "\\\",\\\"eventTime\\\":\\\"2026-11-28T09:03:00Z\\\","                                    \
    "\\\"eventName\\\":\\\"ConsoleLogin\\\",\\\"userIdentity\\\":{\\\"type\\\":\\\"Root\\\"," \
    "\\\"accountId\\\":\\\"222222222222\\\"}}}"
#define MESSAGE(id, receipt, body) \
    "{\"MessageId\":\"" id "\",\"ReceiptHandle\":\"" receipt "\",\"Body\":\"" body "\"}"
#define ONE "{\"Messages\":[" MESSAGE("m-1", "receipt-1", EVENT("e-1")) "]}"
#define TWO                                                                                     \
    "{\"Messages\":[" MESSAGE("m-1", "receipt-1", EVENT("e-1")) "," MESSAGE("m-2", "receipt-2", \
                                                                            "no JSON") "]}"
#define NONE "{}"
#define GONE_QUEUE "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}"

static struct aws_settings settings;

static int begins(void **state)
{
    (void)state;
    struct err err = { "" };
    peer_begin();
    settings = (struct aws_settings){ .region = "eu-central-1",
                                      .access_key_id = "AKIABASE000000000001",
                                      .events_queue = QUEUE,
                                      .request_timeout = 15 * MS_SECOND };
    struct adapter_world world = { .settings = &settings,
                                   .inbox = &peer.inbox,
                                   .secrets = { secret_from("base") } };
    peer.adapter = aws_kind.make(&world, &err);
    assert_non_null(peer.adapter);
    hangs(RECEIVE);
    says(DELETE, 200, NONE);
    return 0;
}

static int ends(void **state)
{
    (void)state;
    peer_end();
    return 0;
}

static void starts(void)
{
    struct err err = { "" };
    assert_true(peer.adapter->ops->start(peer.adapter, &err));
    passes(0);
}

static void is_on_disk(uint64_t receipt)
{
    peer.adapter->ops->acknowledge(peer.adapter,
                                   &(struct event){ .kind = EVENT_ROOT_USED, .receipt = receipt });
    passes(0);
}

/* ---- messages ---- */

static void nothing_is_deleted_before_it_is_on_disk(void **state)
{
    (void)state;
    peer.engine_is_slow = true;
    says_once(RECEIVE, 200, TWO);
    starts();
    passes(30 * MS_SECOND);
    assert_int_equal(heard(EVENT_ROOT_USED), 2);
    assert_int_equal(asked(DELETE), 0);
    is_on_disk(2);
    assert_int_equal(asked(DELETE), 0); /* the other one is still awaited */
    is_on_disk(1);
    assert_int_equal(asked(DELETE), 2);
    assert_int_equal(asked(DELETE "\":\"receipt-1"), 1);
    assert_int_equal(asked(RECEIVE), 2); /* and it goes on */
}

static void what_is_not_on_disk_in_a_minute_comes_again(void **state)
{
    (void)state;
    peer.engine_is_slow = true;
    says_once(RECEIVE, 200, ONE);
    starts();
    passes(MS_MINUTE - 1);
    assert_int_equal(asked(RECEIVE), 1);
    passes(1);
    assert_int_equal(asked(DELETE), 0);
    assert_int_equal(asked(RECEIVE), 2);
    is_on_disk(1); /* too late: it is not deleted, and comes again */
    assert_int_equal(asked(DELETE), 0);
}

static void what_a_full_inbox_does_not_take_comes_again(void **state)
{
    (void)state;
    inbox_arena(&peer.inbox)->full = true;
    says_once(RECEIVE, 200, ONE);
    starts();
    passes(0);
    assert_int_equal(heard(EVENT_ROOT_USED), 0);
    assert_int_equal(asked(DELETE), 0);
    assert_int_equal(asked(RECEIVE), 2); /* nothing is awaited of it */
}

static void what_cannot_be_deleted_holds_nothing_up(void **state)
{
    (void)state;
    says(DELETE, 400, "{\"__type\":\"ReceiptHandleIsInvalid\"}");
    says_once(RECEIVE, 200, TWO);
    starts();
    passes(MS_SECOND);
    assert_int_equal(asked(DELETE), 2);
    assert_int_equal(asked(RECEIVE), 2);
}

/* ---- whether it can be read ---- */

static void that_it_can_be_read_is_told_once(void **state)
{
    (void)state;
    says(RECEIVE, 200, NONE);
    starts();
    passes(10 * MS_MINUTE);
    assert_int_equal(heard(EVENT_ROOT_WATCH), 1);
    assert_string_equal(last_heard(EVENT_ROOT_WATCH)->error, "");
    assert_in_range(asked(RECEIVE), 2, 601); /* who does not wait is asked once a second */
}

static void a_refusal_is_told_at_once_and_once(void **state)
{
    (void)state;
    says(RECEIVE, 400, GONE_QUEUE);
    starts();
    assert_int_equal(heard(EVENT_ROOT_WATCH), 1);
    assert_told(EVENT_ROOT_WATCH, "there is no such queue");
    passes(MS_HOUR);
    assert_int_equal(heard(EVENT_ROOT_WATCH), 1);
    assert_in_range(asked(RECEIVE), 60, 130); /* at most a minute apart, and no storm */
    says(RECEIVE, 200, NONE);
    passes(MS_MINUTE);
    assert_int_equal(heard(EVENT_ROOT_WATCH), 2);
    assert_string_equal(last_heard(EVENT_ROOT_WATCH)->error, "");
}

static void what_passes_is_told_after_two_minutes(void **state)
{
    (void)state;
    says(RECEIVE, 503, "{}");
    starts();
    passes(2 * MS_MINUTE - MS_SECOND);
    assert_int_equal(heard(EVENT_ROOT_WATCH), 0);
    passes(MS_MINUTE + 40 * MS_SECOND);
    assert_int_equal(heard(EVENT_ROOT_WATCH), 1);
    assert_true(last_heard(EVENT_ROOT_WATCH)->error[0]);
}

static void an_answer_that_is_no_list_is_told(void **state)
{
    (void)state;
    says(RECEIVE, 200, "{\"Messages\":\"<html>\"}");
    starts();
    assert_told(EVENT_ROOT_WATCH, "no list of messages");
    assert_int_equal(heard(EVENT_ROOT_USED), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begins, ends)
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_deleted_before_it_is_on_disk),
        TEST(what_is_not_on_disk_in_a_minute_comes_again),
        TEST(what_a_full_inbox_does_not_take_comes_again),
        TEST(what_cannot_be_deleted_holds_nothing_up),
        TEST(that_it_can_be_read_is_told_once),
        TEST(a_refusal_is_told_at_once_and_once),
        TEST(what_passes_is_told_after_two_minutes),
        TEST(an_answer_that_is_no_list_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
