/* SPDX-License-Identifier: Apache-2.0 */
/* What was said while nobody listened: each message is heard once, in the order of time, however
   long the answers are and wherever reading them breaks; the mark follows what was heard. */
#include "tests/unit/unit_slack.h"

#include "core/limits.h"

enum { MANY = 700 };

/* ---- the engine's part ---- */

static void looks_back_at(const char *const *message_ids, size_t count, ms_t for_ms)
{
    static uint64_t id = 100;
    struct err err = { "" };
    assert_true(performs((struct effect){ .kind = EFFECT_CATCH_UP,
                                          .urgency = URGENCY_RAISES,
                                          .id = ++id,
                                          .catch_up = { .message_ids = message_ids,
                                                        .message_count = count } },
                         &err));
    passes(for_ms);
    assert_int_equal(last_heard(EVENT_CAUGHT_UP)->effect_id, id);
}

static void looks_back(void) { looks_back_at(NULL, 0, MS_HOUR); }

static const struct event_caught_up *caught_up(void)
{
    if (last_heard(EVENT_CAUGHT_UP)->error[0])
        fail_msg("%s", last_heard(EVENT_CAUGHT_UP)->error);
    return &last_heard(EVENT_CAUGHT_UP)->caught_up;
}

static int64_t second_said(const struct heard *h)
{
    const char *number = strrchr(h->text, ' ');
    return number ? strtoll(number + 1, NULL, 10) / US : -1;
}

/* How often what was said in that second was heard. */
static size_t times_heard(int64_t s)
{
    size_t times = 0;
    for (size_t i = 0; i < peer.heard_count; i++)
        times += peer.heard[i].kind == EVENT_SAID && second_said(&peer.heard[i]) == s;
    return times;
}

/* Each of these seconds once, in their order, and nothing else. */
static void assert_heard(int64_t from_s, int64_t to_s, int64_t but_for_s)
{
    int64_t next = from_s;
    for (size_t i = 0; i < peer.heard_count; i++) {
        if (peer.heard[i].kind != EVENT_SAID)
            continue;
        next += next == but_for_s;
        if (second_said(&peer.heard[i]) != next)
            fail_msg("heard %s, not %d", peer.heard[i].text, (int)next);
        next++;
    }
    next += next == but_for_s;
    assert_int_equal(next, to_s + 1);
}

static void assert_mark(int64_t s)
{
    char mark[64];
    snprintf(mark, sizeof mark, "%s " OUR_CHANNEL, ts_at(s));
    assert_string_equal(last_heard(EVENT_MARK)->mark, mark);
}

static void says_in_each_second(int64_t from_s, int64_t to_s)
{
    for (int64_t s = from_s; s <= to_s; s++)
        stands(s);
}

static void is_up_with_the_mark_at(int64_t s)
{
    char mark[64];
    snprintf(mark, sizeof mark, "%s " OUR_CHANNEL, ts_at(s));
    is_up(mark);
}

/* ---- from the mark on ---- */

static void what_was_said_since_the_mark_is_heard_once(void **state)
{
    (void)state;
    says_in_each_second(-300, -200); /* before what is read again for safety */
    says_in_each_second(1, 500);     /* three pages */
    is_up_with_the_mark_at(0);
    looks_back();
    assert_int_equal(caught_up()->left_out, 0);
    assert_heard(1, 500, 0);
    assert_mark(500);
    assert_true(caught_up()->again_ms > 0);
}

/* Nothing of what was said before is for us. */
static void without_a_mark_it_begins_with_the_newest(void **state)
{
    (void)state;
    says_in_each_second(1, 20);
    is_up(NULL);
    looks_back();
    assert_int_equal(heard(EVENT_SAID), 0);
    assert_mark(20);
    stands(21);
    looks_back();
    assert_int_equal(times_heard(21), 1);
    assert_mark(21);
}

static void the_mark_of_another_channel_is_none(void **state)
{
    (void)state;
    char mark[64];
    says_in_each_second(1, 20);
    snprintf(mark, sizeof mark, "%s C0OTHER", ts_at(0));
    is_up(mark);
    looks_back();
    assert_int_equal(heard(EVENT_SAID), 0);
    assert_mark(20);
}

/* ---- answers that are too long ---- */

static void too_long_a_page_is_read_in_halves(void **state)
{
    (void)state;
    channel.most_bytes = 1000; /* ten messages */
    says_in_each_second(1, 100);
    is_up_with_the_mark_at(0);
    looks_back();
    assert_int_equal(caught_up()->left_out, 0);
    assert_heard(1, 100, 0);
    assert_mark(100);
}

/* A page of one message is too long as well: the time is halved until it is the only one. */
static void a_message_that_is_too_long_is_left_out_alone(void **state)
{
    (void)state;
    channel.most_bytes = 1000;
    says_in_each_second(1, 40);
    channel.posts[16].bytes = 2000; /* of the 17th second */
    is_up_with_the_mark_at(0);
    looks_back();
    assert_int_equal(caught_up()->left_out, 1);
    assert_heard(1, 40, 17);
    assert_mark(40);
    /* Told once, also where it is read again for safety. */
    stands(41);
    looks_back();
    assert_int_equal(caught_up()->left_out, 0);
    assert_heard(1, 41, 17);
}

static void the_newest_message_may_be_the_one_that_is_too_long(void **state)
{
    (void)state;
    channel.most_bytes = 1000;
    says_in_each_second(1, 5);
    stands(6)->bytes = 2000;
    is_up_with_the_mark_at(0);
    looks_back();
    assert_int_equal(caught_up()->left_out, 1);
    assert_heard(1, 5, 0);
    stands(7);
    looks_back();
    assert_int_equal(caught_up()->left_out, 0);
    assert_int_equal(times_heard(7), 1);
}

static void in_a_thread_as_well(void **state)
{
    (void)state;
    const char *const cases[] = { ts_at(1) };
    channel.most_bytes = 1000;
    stands(1)->key = "7-slack"; /* a case of ours */
    for (int64_t s = 2; s <= 60; s++)
        stands_under(1, s);
    channel.posts[30].bytes = 2000; /* of the 31st second */
    is_up_with_the_mark_at(0);
    looks_back_at(cases, 1, MS_HOUR);
    assert_int_equal(caught_up()->left_out, 1);
    assert_heard(2, 60, 31);
}

/* ---- more than is held at once ---- */

static void more_windows_than_are_remembered_lose_nothing(void **state)
{
    (void)state;
    channel.most_bytes = 100; /* one message a page, and so a window for each */
    says_in_each_second(1, MANY);
    is_up_with_the_mark_at(0);
    looks_back();
    assert_int_equal(caught_up()->left_out, 0);
    assert_heard(1, MANY, 0);
    assert_mark(MANY);
}

/* A page of the channel and one of each thread lie in the same window. */
static void more_messages_than_are_held_are_heard_in_two_turns(void **state)
{
    (void)state;
    const char *const cases[] = { ts_at(1), ts_at(2) };
    stands(1)->key = "7-slack";
    stands(2)->key = "8-slack";
    for (int64_t s = 3; s <= 400; s++)
        switch (s % 3) {
        case 0: stands(s); break;
        case 1: stands_under(1, s); break;
        default: stands_under(2, s);
        }
    is_up_with_the_mark_at(0);
    looks_back_at(cases, 2, MS_HOUR);
    assert_int_equal(caught_up()->left_out, 0);
    assert_heard(3, 400, 0);
}

/* ---- what breaks ---- */

static void a_look_that_breaks_goes_on_where_it_was(void **state)
{
    (void)state;
    says_in_each_second(1, 300);
    is_up_with_the_mark_at(0);
    breaks("POST conversations.history latest=", 16);
    looks_back();
    assert_told(EVENT_CAUGHT_UP, "the line broke");
    peer.script_count = 0;
    script_what_is_usual();
    looks_back();
    assert_heard(1, 300, 0);
    assert_mark(300);
}

static void what_slack_refuses_is_told(void **state)
{
    (void)state;
    stands(1);
    is_up_with_the_mark_at(0);
    says_once("POST conversations.history", 200, "{\"ok\":false,\"error\":\"missing_scope\"}");
    looks_back();
    assert_told(EVENT_CAUGHT_UP, "Slack refuses it (missing_scope)");
    looks_back();
    assert_heard(1, 1, 0);
}

/* A thread that is gone, and a message of which nobody knows what stands on it. */
static void what_is_gone_ends_no_look(void **state)
{
    (void)state;
    const char *const cases[] = { ts_at(1), ts_at(2) };
    stands(1)->key = "7-slack";
    stands(2)->key = "8-slack";
    stands_under(2, 3);
    says("POST conversations.replies ts=1795526056", 200,
         "{\"ok\":false,\"error\":\"thread_not_found\"}");
    says("POST reactions.get timestamp=1795526056", 200,
         "{\"ok\":false,\"error\":\"message_not_found\"}");
    is_up_with_the_mark_at(0);
    looks_back_at(cases, 2, MS_HOUR);
    caught_up();
    assert_heard(3, 3, 0);
    assert_int_equal(heard(EVENT_STANDING), 1);
}

/* ---- pages that hold nothing ---- */

/* Slack leaves out what nobody may see: such a page is not the last one. */
static void a_page_of_nothing_is_turned(void **state)
{
    (void)state;
    says_in_each_second(1, 10);
    is_up_with_the_mark_at(0);
    says_once("POST conversations.history", 200,
              "{\"ok\":true,\"messages\":[],\"has_more\":true,"
              "\"response_metadata\":{\"next_cursor\":\"page2\"}}");
    looks_back();
    assert_int_equal(asked("POST conversations.history cursor=page2"), 1);
    assert_heard(1, 10, 0);
    assert_mark(10);
}

/* ---- one look at a time ---- */

/* What is on its way for the first is no answer to the second. */
static void a_second_look_takes_over(void **state)
{
    (void)state;
    struct err err = { "" };
    says_in_each_second(1, 30);
    is_up_with_the_mark_at(0);
    assert_true(performs((struct effect){ .kind = EFFECT_CATCH_UP, .id = 7 }, &err));
    looks_back();
    assert_int_equal(heard(EVENT_CAUGHT_UP), 1);
    assert_heard(1, 30, 0);
}

/* Nothing is acknowledged: nobody goes on from what may not be on disk. */
static void a_mark_that_is_not_on_disk_is_waited_for(void **state)
{
    (void)state;
    struct err err = { "" };
    says_in_each_second(1, 3);
    is_up_with_the_mark_at(0);
    peer.engine_is_slow = true;
    assert_true(performs((struct effect){ .kind = EFFECT_CATCH_UP, .id = 7 }, &err));
    passes(MS_HOUR);
    assert_int_equal(heard(EVENT_CAUGHT_UP), 0);
    assert_int_equal(heard(EVENT_MARK), 1);
    peer.engine_is_slow = false;
    looks_back();
    assert_int_equal(heard(EVENT_CAUGHT_UP), 1);
    assert_heard(1, 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_said_since_the_mark_is_heard_once),
        TEST(without_a_mark_it_begins_with_the_newest),
        TEST(the_mark_of_another_channel_is_none),
        TEST(too_long_a_page_is_read_in_halves),
        TEST(a_message_that_is_too_long_is_left_out_alone),
        TEST(the_newest_message_may_be_the_one_that_is_too_long),
        TEST(in_a_thread_as_well),
        TEST(more_windows_than_are_remembered_lose_nothing),
        TEST(more_messages_than_are_held_are_heard_in_two_turns),
        TEST(a_look_that_breaks_goes_on_where_it_was),
        TEST(what_slack_refuses_is_told),
        TEST(what_is_gone_ends_no_look),
        TEST(a_page_of_nothing_is_turned),
        TEST(a_second_look_takes_over),
        TEST(a_mark_that_is_not_on_disk_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
