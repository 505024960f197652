/* SPDX-License-Identifier: Apache-2.0 */
/* When an instance that leads and reaches nobody lets another one try. */
#include "tests/unit/unit.h"

#include "cli/reach.h"
#include "core/desk.h"
#include "core/policy.h"

static const ms_t START = 1000000;
static struct policy policy;
static struct desk desk;
static struct reach reach;

static int set_up(void **state)
{
    (void)state;
    policy = (struct policy){ .poll_lifted = MS_MINUTE };
    desk_init(&desk);
    desk.policy = &policy;
    desk.chat_count = 2;
    reach = (struct reach){ .ever = false };
    return 0;
}

/* After how long it is lost, when it is asked each second. */
static ms_t patience(void)
{
    for (ms_t at = 0; at < MS_DAY; at += MS_SECOND)
        if (reach_is_lost(&reach, &desk, START + at))
            return at;
    return MS_NEVER;
}

static void cut_off_it_waits_for_90_seconds(void **state)
{
    (void)state;
    desk.chats[1].up = true;
    assert_false(reach_is_lost(&reach, &desk, START - MS_HOUR));
    desk.chats[1].up = false;
    assert_int_equal(patience(), 90 * MS_SECOND);
}

static void either_way_is_enough(void **state)
{
    (void)state;
    desk.chats[1].up = true;
    assert_int_equal(patience(), MS_NEVER);
    desk.chats[1].up = false;
    desk.guardrail.seen = WATCH_OFF;
    assert_int_equal(patience(), MS_NEVER);
    desk.guardrail.seen = WATCH_UNKNOWN;
    desk.guardrail.unclear = true; /* it answers, and nobody can say what that means */
    assert_int_equal(patience(), MS_NEVER);
}

static void what_comes_back_for_a_moment_counts_anew(void **state)
{
    (void)state;
    desk.guardrail.seen = WATCH_ON;
    assert_false(reach_is_lost(&reach, &desk, START - MS_HOUR));
    desk.guardrail.seen = WATCH_UNKNOWN;
    assert_false(reach_is_lost(&reach, &desk, START - 80 * MS_SECOND));
    desk.chats[0].up = true;
    assert_false(reach_is_lost(&reach, &desk, START - 40 * MS_SECOND));
    desk.chats[0].up = false;
    assert_int_equal(patience(), 90 * MS_SECOND);
}

/* Where no instance reaches anybody they would give way to each other for ever, and none of them
   would be blind for long enough to say so. */
static void who_never_reached_anybody_stays_until_the_alarm_has_rung(void **state)
{
    (void)state;
    assert_int_equal(patience(), 5 * MS_MINUTE);
    policy.poll_lifted = 10 * MS_MINUTE;
    reach = (struct reach){ .ever = false };
    assert_int_equal(patience(), 32 * MS_MINUTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cut_off_it_waits_for_90_seconds, set_up),
        cmocka_unit_test_setup(either_way_is_enough, set_up),
        cmocka_unit_test_setup(what_comes_back_for_a_moment_counts_anew, set_up),
        cmocka_unit_test_setup(who_never_reached_anybody_stays_until_the_alarm_has_rung, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
