/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the Matrix adapter, by every way there is through it. */
#include "tests/unit/unit.h"

#include "adapters/matrix/life.h"

#include <string.h>

static void its_chain(void **state)
{
    (void)state;
    static const enum matrix_step steps[] = { MATRIX_KNOWN,    MATRIX_LOOKED, MATRIX_ASKED,
                                              MATRIX_ANSWERED, MATRIX_OVER,   MATRIX_STOP };
    static const char *const lives[] = { "identified", "following", "polling",
                                         "feeding",    "following", "stopped" };
    enum matrix_life life = MATRIX_NEW;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        life = matrix_life_after(life, steps[i]);
        assert_string_equal(matrix_life_names[life], lives[i]);
    }
}

/* Whatever comes after a doubt: nothing is polled for before we are known and the room was looked
   at once more. */
static void walk(enum matrix_life life, bool doubted, bool known, int left)
{
    assert_true(life < MATRIX_LIVES && matrix_life_names[life]);
    assert_false(matrix_life_polls(life) && matrix_life_feeds(life));
    if (doubted)
        assert_false(matrix_life_follows(life));
    for (int i = 0; left && i < MATRIX_STEPS; i++) {
        enum matrix_life next = matrix_life_after(life, (enum matrix_step)i);
        bool now_known = (known && i != MATRIX_DOUBTED) ||
                         (i == MATRIX_KNOWN && next == MATRIX_IDENTIFIED);
        bool settled = i == MATRIX_LOOKED && now_known && next == MATRIX_FOLLOWING;
        assert_false(life == MATRIX_STOPPED && next != MATRIX_STOPPED);
        walk(next, (doubted && !settled) || i == MATRIX_DOUBTED, now_known, left - 1);
    }
}

static void a_doubt_asks_anew_before_the_next_poll(void **state)
{
    (void)state;
    walk(MATRIX_NEW, false, false, 7);
}

/* A poll or an answer under way ends by itself, and only so. */
static void what_is_under_way_ends_first(void **state)
{
    (void)state;
    static const enum matrix_life busy[] = { MATRIX_POLLING, MATRIX_FEEDING, MATRIX_LAST_POLL,
                                             MATRIX_LAST_FEED };
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++)
        for (int step = 0; step < MATRIX_STEPS; step++) {
            enum matrix_life next = matrix_life_after(busy[i], (enum matrix_step)step);
            bool ends = step == MATRIX_OVER || step == MATRIX_STOP;
            assert_int_equal(!matrix_life_polls(next) && !matrix_life_feeds(next), ends);
        }
    assert_int_equal(matrix_life_after(MATRIX_LAST_FEED, MATRIX_OVER), MATRIX_NEW);
    assert_int_equal(matrix_life_after(MATRIX_LAST_POLL, MATRIX_OVER), MATRIX_NEW);
}

static void what_is_no_step_changes_nothing(void **state)
{
    (void)state;
    for (int life = 0; life < MATRIX_LIVES; life++)
        assert_int_equal(matrix_life_after((enum matrix_life)life, MATRIX_STEPS), life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_chain),
        cmocka_unit_test(a_doubt_asks_anew_before_the_next_poll),
        cmocka_unit_test(what_is_under_way_ends_first),
        cmocka_unit_test(what_is_no_step_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
