/* SPDX-License-Identifier: Apache-2.0 */
/* How a chat's adapter stands with its chat: what is told of it, and when posts count as failing.
 */
#include "tests/unit/unit.h"

#include "port/standing.h"

enum { FIRST, SECOND, TROUBLES };
static const unsigned STILL[TROUBLES] = {
    [FIRST] = CHAT_DIRECTS, [SECOND] = CHAT_POSTS | CHAT_DIRECTS
};
static const ms_t NOW = 1000000;

static void each_trouble_takes_what_does_not_go_with_it(void **state)
{
    (void)state;
    struct standing s = { .told.kind = EVENT_STARTED };
    assert_null(standing_first(&s));
    assert_int_equal(standing_goes(&s, STILL, TROUBLES, true),
                     CHAT_POSTS | CHAT_TRIES | CHAT_DIRECTS);
    assert_int_equal(standing_goes(&s, STILL, TROUBLES, false), CHAT_TRIES | CHAT_DIRECTS);
    assert_true(standing_note(&s, SECOND, "b"));
    assert_false(standing_note(&s, SECOND, "other words"));
    assert_string_equal(standing_first(&s), "other words");
    assert_int_equal(standing_goes(&s, STILL, TROUBLES, true), CHAT_POSTS | CHAT_DIRECTS);
    assert_true(standing_note(&s, FIRST, "a"));
    assert_string_equal(standing_first(&s), "a");
    assert_int_equal(standing_goes(&s, STILL, TROUBLES, true), CHAT_DIRECTS);
    assert_false(standing_note(&s, FIRST, NULL));
    assert_false(standing_note(&s, SECOND, ""));
    assert_null(standing_first(&s));
}

static void the_same_is_told_once(void **state)
{
    (void)state;
    struct standing s = { .told.kind = EVENT_STARTED };
    assert_true(standing_is_news(&s, EVENT_CHAT_DOWN, "no route", 0));
    assert_false(standing_is_news(&s, EVENT_CHAT_DOWN, "no name", 0));
    assert_true(standing_is_news(&s, EVENT_CHAT_UP, "", 0));
    assert_false(standing_is_news(&s, EVENT_CHAT_UP, "", 0));
    assert_true(standing_is_news(&s, EVENT_CHAT_REFUSED, "closed", CHAT_DIRECTS));
    assert_true(standing_is_news(&s, EVENT_CHAT_REFUSED, "closed", 0));
    assert_false(standing_is_news(&s, EVENT_CHAT_REFUSED, "closed", 0));
    assert_true(standing_is_news(&s, EVENT_CHAT_REFUSED, "gone", 0));
}

static void a_strange_refusal_may_be_the_messages_own(void **state)
{
    (void)state;
    struct standing s = { .told.kind = EVENT_STARTED };
    assert_null(standing_post_refused(&s, false));
    assert_null(standing_post_refused(&s, false));
    assert_string_equal(standing_post_refused(&s, false), "are refused");
    standing_post_taken(&s);
    assert_null(standing_post_refused(&s, false));
    assert_string_equal(standing_post_refused(&s, true), "are refused");
}

/* Often, and for a while: neither alone. */
static void posts_fail_when_they_do_so_again_and_again(void **state)
{
    (void)state;
    struct standing s = { .told.kind = EVENT_STARTED };
    for (int i = 0; i < 20; i++)
        assert_null(standing_post_failed(&s, NOW, 0));
    assert_string_equal(standing_post_failed(&s, NOW + 10 * MS_SECOND, 0), "fail");
    standing_post_taken(&s);
    assert_null(standing_post_failed(&s, NOW + 20 * MS_SECOND, 0));
    assert_null(standing_post_failed(&s, NOW + 40 * MS_SECOND, 0));
    assert_null(standing_post_failed(&s, NOW + 60 * MS_SECOND, MS_SECOND));
    assert_string_equal(standing_post_failed(&s, NOW + 61 * MS_SECOND, MS_MINUTE), "have to wait");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trouble_takes_what_does_not_go_with_it),
        cmocka_unit_test(the_same_is_told_once),
        cmocka_unit_test(a_strange_refusal_may_be_the_messages_own),
        cmocka_unit_test(posts_fail_when_they_do_so_again_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
