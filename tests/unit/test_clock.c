/* SPDX-License-Identifier: Apache-2.0 */
#include "host/clock.h"
#include "net/again.h"
#include "tests/unit/unit.h"

enum { T = 1000000 };

static void time_follows_the_wall_clock(void **state)
{
    (void)state;
    struct clock_line line = { T, 50 };
    assert_int_equal(clock_line_at(&line, T + 10, 60), T + 10);
    assert_int_equal(clock_line_at(&line, T + 15, 65), T + 15);
    /* Set forward: at once. */
    assert_int_equal(clock_line_at(&line, T + MS_HOUR, 70), T + MS_HOUR);
}

static void time_goes_on_when_the_wall_clock_is_set_back(void **state)
{
    (void)state;
    struct clock_line line = { T, 50 };
    assert_int_equal(clock_line_at(&line, T - MS_HOUR, 60), T + 10);
    assert_int_equal(clock_line_at(&line, T - MS_HOUR + 990, 1050), T + 1000);
    /* Until the wall clock is past it again. */
    assert_int_equal(clock_line_at(&line, T + 1001, 1051), T + 1001);
    assert_int_equal(clock_line_at(&line, T + 1000, 1051), T + 1001);
}

static void instants_are_written_and_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ms_t at_ms;
    } instants[] = {
        { "1970-01-01T00:00:00.000Z", 0 },
        { "2026-11-24T13:14:15.123Z", 1795526055123 },
        { "2028-02-29T23:59:59.999Z", 1835481599999 },
        { "1969-12-31T23:59:59.999Z", -1 },
        { "1013-01-01T00:00:00.000Z", -30199996800000 },
    };
    for (size_t i = 0; i < COUNT(instants); i++) {
        char text[CLOCK_ISO_BYTES];
        ms_t at_ms;
        clock_iso(instants[i].at_ms, text);
        assert_string_equal(text, instants[i].text);
        assert_true(clock_parse_iso(text, &at_ms));
        assert_int_equal(at_ms, instants[i].at_ms);
    }
    char iso[CLOCK_ISO_BYTES];
    ms_t at_ms;
    assert_true(clock_parse_iso("2026-11-24T14:14:15.1239+01:00", &at_ms));
    assert_int_equal(at_ms, 1795526055123);
    assert_false(clock_parse_iso("2026-11-24 14:14:15Z", &at_ms));
    assert_false(clock_parse_iso("2026-11-24T14:14:15", &at_ms));
    assert_false(clock_parse_iso("", &at_ms));
    /* Nothing that scanf would let through, and nothing that cannot be written. */
    static const char *const none[] = {
        "-026-11-24T13:14:15Z",      "+026-11-24T13:14:15Z",      " 026-11-24T13:14:15Z",
        "2026-1-24T13:14:15Z",       "2026-+1-24T13:14:15Z",      "2026-13-24T13:14:15Z",
        "2026-00-24T13:14:15Z",      "2026-11-32T13:14:15Z",      "2026-11-24T24:14:15Z",
        "2026-11-24T13:60:15Z",      "2026-11-24T13:14:61Z",      "2026-11-24T13:14: 5Z",
        "2026-11-24T13:14:15.Z",     "2026-11-24T13:14:15+1:00",  "2026-11-24T13:14:15+24:00",
        "2026-11-24T13:14:15+01:60", "2026-11-24T13:14:15+-1:00", "2026-11-24T13:14:15+01:00x",
        "2026-11-24T13:14:15Zx",     "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    };
    for (size_t i = 0; i < COUNT(none); i++)
        if (clock_parse_iso(none[i], &at_ms))
            fail_msg("%s is no instant", none[i]);
    assert_true(clock_parse_iso("2026-11-24T13:14:60Z", &at_ms));
    clock_iso(at_ms, iso);
    assert_string_equal(iso, "2026-11-24T13:15:00.000Z");
    clock_iso(INT64_MIN, iso);
    assert_string_equal(iso, "");
}

static void pauses_grow_up_to_their_ceiling(void **state)
{
    (void)state;
    assert_int_equal(ms_doubled(500, 0, 30000), 500);
    assert_int_equal(ms_doubled(500, 3, 30000), 4000);
    assert_int_equal(ms_doubled(500, 6, 30000), 30000);
    assert_int_equal(ms_doubled(500, INT32_MAX, 30000), 30000);
    assert_int_equal(ms_doubled(500, -1, 30000), 500);
    assert_int_equal(ms_doubled(0, 5, 30000), 0);
    assert_int_equal(ms_doubled(90000, 0, 30000), 30000);
    assert_in_range(again_ms(100, INT32_MAX, 0), 30 * MS_SECOND, 30 * MS_SECOND + 100);
    for (int i = 0; i < 200; i++) {
        ms_t wait = again_ms(100, 2, 0), told = again_ms(100, 2, MS_MINUTE);
        assert_in_range(wait, 400, 500);
        assert_in_range(told, MS_MINUTE, MS_MINUTE + 100);
    }
}

/* At once after the first failure, within seconds for two minutes, then within half a minute; and
   what came back begins anew. */
static void a_link_is_tried_for_ever_and_less_often(void **state)
{
    (void)state;
    struct again link = { 0 };
    for (int round = 0; round < 2; round++) {
        assert_in_range(again_link_ms(&link, T), 0, 200);
        for (int i = 0; i < 50; i++)
            assert_in_range(again_link_ms(&link, T + 2 * MS_MINUTE - 1), 200, 2 * MS_SECOND);
        for (int i = 0; i < 50; i++)
            assert_in_range(again_link_ms(&link, T + 2 * MS_MINUTE), 2 * MS_SECOND, 30 * MS_SECOND);
        again_fine(&link);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_up_to_their_ceiling),
        cmocka_unit_test(a_link_is_tried_for_ever_and_less_often),
        cmocka_unit_test(time_follows_the_wall_clock),
        cmocka_unit_test(time_goes_on_when_the_wall_clock_is_set_back),
        cmocka_unit_test(instants_are_written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
