/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that wait: how many, which one stands for others, and what is said when there is no
   place. */
#include "tests/unit/unit.h"

#include "port/replies.h"

enum { MOST = 5 };
static struct replies all;
static struct reply many[20];

static int begin(void **state)
{
    (void)state;
    all = (struct replies){ .most = MOST };
    memset(many, 0, sizeof many);
    return 0;
}

static enum reply_outcome put(size_t at, const char *person, const char *text, unsigned lane)
{
    many[at] = (struct reply){ .person = person, .text = text, .bytes = 10, .lane = lane };
    return replies_put(&all, &many[at]);
}

static const char *note(const struct reply *r)
{
    static char text[LIMIT_ANSWER_BYTES];
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, sizeof text);
    reply_add_note(&b, r);
    STR_SET(text, buf_text(&b));
    return text;
}

static void each_lane_is_in_order_of_arrival(void **state)
{
    (void)state;
    put(0, "a", "x", 0);
    put(1, "b", "x", 1);
    put(2, "c", "x", 0);
    put(3, "d", "x", 0);
    replies_take_off(&all, &many[2]);
    assert_ptr_equal(all.lanes[0].first, &many[0]);
    replies_take_off(&all, &many[3]);
    assert_ptr_equal(all.lanes[0].last, &many[0]);
    replies_put_back(&all, &many[2]);
    assert_ptr_equal(all.lanes[0].first, &many[2]);
    assert_ptr_equal(all.lanes[0].last, &many[0]);
    replies_take_off(&all, &many[2]);
    replies_take_off(&all, &many[0]);
    assert_null(all.lanes[0].first);
    assert_null(all.lanes[0].last);
    replies_put_back(&all, &many[3]);
    assert_ptr_equal(all.lanes[0].last, &many[3]);
    assert_int_equal(all.lanes[0].count, 1);
    assert_int_equal(all.lanes[0].bytes, 10);
    assert_int_equal(all.lanes[1].count, 1);
}

static void the_same_said_often_is_said_once_with_the_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(put(i, "a", "status", 0), REPLY_WAITS);
    assert_int_equal(put(3, "a", "status", 0), REPLY_STANDS);
    assert_int_equal(put(4, "a", "status", 0), REPLY_STANDS);
    assert_int_equal(put(5, "b", "status", 0), REPLY_WAITS);
    assert_string_equal(note(&many[0]), "");
    assert_non_null(strstr(note(&many[2]), "my answer to 3 of your questions"));
    assert_int_equal(put(6, "a", "another", 0), REPLY_WAITS);
    assert_int_equal(put(7, "", "to nobody", 1), REPLY_WAITS);
    assert_int_equal(all.left_out, 0);
}

/* However many different things somebody asks: the last answer says that there were more. */
static void past_a_persons_share_the_newest_says_that_there_was_more(void **state)
{
    (void)state;
    static const char *const texts[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" };
    all.most = 100;
    for (size_t i = 0; i < LIMIT_ANSWERS_OF_A_PERSON; i++)
        assert_int_equal(put(i, "a", texts[i], 0), REPLY_WAITS);
    for (size_t i = LIMIT_ANSWERS_OF_A_PERSON; i < COUNT(texts); i++)
        assert_int_equal(put(i, "a", texts[i], 0), REPLY_STANDS);
    assert_int_equal(many[LIMIT_ANSWERS_OF_A_PERSON - 1].left_out, 2);
    assert_non_null(strstr(note(&many[LIMIT_ANSWERS_OF_A_PERSON - 1]),
                           "(2): please ask again what is still open"));
    assert_int_equal(all.lanes[0].count, LIMIT_ANSWERS_OF_A_PERSON);
}

static void who_finds_no_place_is_counted_until_the_channel_knows(void **state)
{
    (void)state;
    static const char *const people[] = { "a", "b", "c", "d", "e", "f", "g" };
    CLEANUP(buf_done) struct buf b;
    assert_int_equal(replies_line_wait_ms(&all, 1000), MS_NEVER);
    for (size_t i = 0; i < COUNT(people); i++)
        assert_int_equal(put(i, people[i], "x", 0), i < MOST ? REPLY_WAITS : REPLY_LEFT_OUT);
    assert_int_equal(put(10, "z", "x", 1), REPLY_WAITS); /* another lane has its own */
    assert_int_equal(replies_line_wait_ms(&all, 1000), 0);
    buf_init(&b, LIMIT_ANSWER_BYTES);
    assert_int_equal(replies_line(&all, "/reguard", 1000, &b), 2);
    assert_non_null(strstr(buf_text(&b), "2 of my answers had no place"));
    assert_non_null(strstr(buf_text(&b), "`/reguard restore` works"));
    /* Not told yet: once more in a minute. */
    assert_int_equal(replies_line_wait_ms(&all, 1000), MS_MINUTE);
    assert_int_equal(put(11, "y", "x", 0), REPLY_LEFT_OUT);
    replies_line_told(&all, 2);
    assert_int_equal(all.left_out, 1);
    assert_int_equal(replies_line_wait_ms(&all, 1000), 10 * MS_MINUTE);
    assert_int_equal(replies_line_wait_ms(&all, 1000 + 20 * MS_MINUTE), 0);
}

static void what_holds_too_much_memory_finds_no_place(void **state)
{
    (void)state;
    many[0] = (struct reply){ .person = "a", .text = "", .bytes = LIMIT_ANSWERS_QUEUED_BYTES };
    assert_int_equal(replies_put(&all, &many[0]), REPLY_WAITS);
    assert_int_equal(put(1, "b", "x", 0), REPLY_LEFT_OUT);
    assert_int_equal(put(2, "b", "x", 1), REPLY_WAITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_lane_is_in_order_of_arrival, begin),
        cmocka_unit_test_setup(the_same_said_often_is_said_once_with_the_number, begin),
        cmocka_unit_test_setup(past_a_persons_share_the_newest_says_that_there_was_more, begin),
        cmocka_unit_test_setup(who_finds_no_place_is_counted_until_the_channel_knows, begin),
        cmocka_unit_test_setup(what_holds_too_much_memory_finds_no_place, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
