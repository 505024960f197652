/* SPDX-License-Identifier: Apache-2.0 */
/* The life of the Slack adapter, by every way there is through it. */
#include "tests/unit/unit.h"

#include "adapters/slack/life.h"

static void its_chain(void **state)
{
    (void)state;
    static const enum slack_step steps[] = { SLACK_NAMED,  SLACK_JUDGED, SLACK_DOUBT,
                                             SLACK_JUDGED, SLACK_NAMED,  SLACK_STOP };
    static const char *const lives[] = { "identified", "decided", "doubted",
                                         "doubted",    "decided", "stopped" };
    enum slack_life life = SLACK_NEW;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        life = slack_life_after(life, steps[i]);
        assert_string_equal(slack_life_names[life], lives[i]);
    }
}

/* What is decided stays so, whatever comes into doubt; who we are is known by Slack's word alone.
 */
static void what_is_decided_stays(void **state)
{
    (void)state;
    for (int life = 0; life < SLACK_STOPPED; life++)
        for (int step = 0; step < SLACK_STOP; step++) {
            enum slack_life next = slack_life_after((enum slack_life)life, (enum slack_step)step);
            bool decided = slack_life_decided((enum slack_life)life) || step == SLACK_JUDGED;
            bool identified = slack_life_identified((enum slack_life)life) && step != SLACK_DOUBT;
            assert_int_equal(slack_life_decided(next), decided);
            assert_int_equal(slack_life_identified(next), identified || step == SLACK_NAMED);
        }
    for (int step = 0; step < SLACK_STEPS; step++)
        assert_int_equal(slack_life_after(SLACK_STOPPED, (enum slack_step)step), SLACK_STOPPED);
}

static void what_is_no_step_changes_nothing(void **state)
{
    (void)state;
    for (int life = 0; life < SLACK_LIVES; life++)
        assert_int_equal(slack_life_after((enum slack_life)life, SLACK_STEPS), life);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_chain),
        cmocka_unit_test(what_is_decided_stays),
        cmocka_unit_test(what_is_no_step_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
