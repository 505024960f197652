/* SPDX-License-Identifier: Apache-2.0 */
/* Durations: what is one, what is none, and that what we print can be typed again. */
#include "tests/unit/unit.h"

#include "core/duration.h"

static void reads_what_people_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ms_t ms;
    } cases[] = {
        { "500ms", 500 },
        { "90s", 90 * MS_SECOND },
        { "45M", 45 * MS_MINUTE },
        { "1H30m", 90 * MS_MINUTE },
        { "45m", 45 * MS_MINUTE },
        { "2h", 2 * MS_HOUR },
        { "1d", MS_DAY },
        { "0s", 0 },
        { "1h30m", 90 * MS_MINUTE },
        { "1d2h3m4s5ms", MS_DAY + 2 * MS_HOUR + 3 * MS_MINUTE + 4 * MS_SECOND + 5 },
        { "90m", 90 * MS_MINUTE },
        { "366d", 366 * MS_DAY },
        { "365d24h", 366 * MS_DAY },
        { "007m", 7 * MS_MINUTE },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ms_t ms = -1;
        assert_true(duration_read(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void refuses_everything_else_and_leaves_the_value(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "45",
        "m",
        "45 m",
        " 45m",
        "45m ",
        "-45m",
        "+45m",
        "1.5h",
        "1,5h",
        "45x",
        "45mm",
        "45ms2",
        "1m1h",
        "1h1h",
        "1ms1s",
        "367d",
        "366d1s",
        "366d1ms",
        "8785h",
        "1000000000s",
        "9999999999999999999999d",
        "999999999d",
        "0x10m",
        "١m",
        "1h30",
        "h1",
        "1dh",
        "smhd",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ms_t ms = -7;
        if (duration_read(cases[i], &ms))
            fail_msg("“%s” was read as a duration of %lld ms", cases[i], (long long)ms);
        assert_int_equal(ms, -7);
    }
    ms_t ms = -7;
    assert_false(duration_read(NULL, &ms));
}

static void speaks_two_units_rounded_down(void **state)
{
    (void)state;
    static const struct {
        ms_t ms;
        const char *text;
    } cases[] = {
        { 0, "0 s" },
        { -5000, "0 s" },
        { 500, "500 ms" },
        { 1500, "1 s" },
        { 30 * MS_SECOND, "30 s" },
        { 59999, "59 s" },
        { 45 * MS_MINUTE, "45 min" },
        { 90 * MS_SECOND, "1 min 30 s" },
        { 125 * MS_MINUTE, "2 h 5 min" },
        { 2 * MS_HOUR + 5 * MS_MINUTE + 59 * MS_SECOND, "2 h 5 min" },
        { MS_DAY + 3 * MS_HOUR, "1 d 3 h" },
        { 366 * MS_DAY, "366 d" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 64);
        duration_add(&b, cases[i].ms);
        assert_string_equal(buf_text(&b), cases[i].text);
    }
}

static void what_is_typed_reads_back_the_same(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 5000; round++) {
        ms_t ms = (ms_t)(unit_random(&seed) % (366 * 86400)) * MS_SECOND, again = -1;
        ms += round % 2 ? (ms_t)(unit_random(&seed) % 1000) : 0;
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 64);
        duration_add_typed(&b, ms);
        assert_true(duration_read(buf_text(&b), &again));
        assert_int_equal(again, ms);
    }
}

static void reads_what_people_say(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ms_t ms;
    } cases[] = {
        { "45m", 45 * MS_MINUTE },
        { "30 minutes", 30 * MS_MINUTE },
        { "for 30 min", 30 * MS_MINUTE },
        { "1.5h", 90 * MS_MINUTE },
        { "1,5 hours", 90 * MS_MINUTE },
        { "0.25 h", 15 * MS_MINUTE },
        { "1 hour and 15 minutes", 75 * MS_MINUTE },
        { "  2 HRS ", 2 * MS_HOUR },
    };
    static const char *const none[] = { "",
                                        "soon",
                                        "30",
                                        "1.555h",
                                        "minutes",
                                        "1 hour ago",
                                        "until 24:00 UTC",
                                        "until",
                                        "1 hourly",
                                        "400 days",
                                        "1.h",
                                        "-1 hours",
                                        "for",
                                        "until 17:60 UTC",
                                        "until 1730 UTC",
                                        "until 17h30 UTC",
                                        "until 17:3 UTC",
                                        "until 17:300 UTC",
                                        "until 17:half UTC",
                                        "until 17:30 UTC sharp",
                                        "until 17:30 UTCX",
                                        "5m{" };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ms_t ms = -1;
        bool read = duration_read_said(cases[i].text, &ms);
        if (!read || ms != cases[i].ms)
            fail_msg("“%s” was read as %lld", cases[i].text, (long long)ms);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        ms_t ms = -1;
        struct day_time end;
        if (duration_read_said(none[i], &ms) || duration_read_until(none[i], &end))
            fail_msg("“%s” is no length", none[i]);
    }
}

static void reads_an_end_by_whose_clock(void **state)
{
    (void)state;
    const ms_t now_ms = 20000 * MS_DAY + 16 * MS_HOUR; /* 16:00 UTC on some day */
    static const struct {
        const char *text;
        ms_t zone_ms, left_ms;
        bool utc, tomorrow;
    } cases[] = {
        { "until 17:30 UTC", 0, 90 * MS_MINUTE, true, false },
        { "until 16:00 UTC", 0, MS_DAY, true, true },
        { "until 9:05 z", 0, 17 * MS_HOUR + 5 * MS_MINUTE, true, true },
        { "until 0:00 UTC", 0, 8 * MS_HOUR, true, true },
        { " UNTIL 17:30 ", MS_HOUR, 30 * MS_MINUTE, false, false },
        { "until 17:30", 2 * MS_HOUR, 23 * MS_HOUR + 30 * MS_MINUTE, false, true },
        { "until 17:30", -7 * MS_HOUR, 8 * MS_HOUR + 30 * MS_MINUTE, false, false },
        { "until 02:30", 10 * MS_HOUR, 30 * MS_MINUTE, false, false },
        { "until 00:15", 8 * MS_HOUR, 15 * MS_MINUTE, false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct day_time end = { 0 };
        bool tomorrow = !cases[i].tomorrow;
        assert_true(duration_read_until(cases[i].text, &end));
        assert_true(end.ms > 0 && end.utc == cases[i].utc);
        const struct zone zone = { .ahead_ms = cases[i].zone_ms };
        ms_t at_ms = duration_next(&end, &zone, now_ms, &tomorrow);
        if (at_ms - now_ms != cases[i].left_ms || tomorrow != cases[i].tomorrow)
            fail_msg("“%s” is %lld away", cases[i].text, (long long)(at_ms - now_ms));
    }
}

/* In UTC: now, when clocks are turned, and the end that is meant. */
static void reads_an_end_behind_a_turn_of_the_clock(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        ms_t ahead_ms, then_ms, now_ms, turn_ms, end_ms;
        bool tomorrow;
    } cases[] = {
        /* Forward, from 2:00 to 3:00. */
        { "until 01:30", MS_HOUR, 2 * MS_HOUR, -2 * MS_HOUR, MS_HOUR, MS_HOUR / 2, true },
        { "until 03:30", MS_HOUR, 2 * MS_HOUR, 0, MS_HOUR, 3 * MS_HOUR / 2, false },
        { "until 03:00", MS_HOUR, 2 * MS_HOUR, 0, MS_HOUR, MS_HOUR, false },
        { "until 02:30", MS_HOUR, 2 * MS_HOUR, 0, MS_HOUR, MS_HOUR, false },
        { "until 02:00", MS_HOUR, 2 * MS_HOUR, 0, MS_HOUR, MS_HOUR, false },
        { "until 00:30", MS_HOUR, 2 * MS_HOUR, 0, MS_HOUR, 22 * MS_HOUR + MS_HOUR / 2, true },
        /* Back, from 3:00 to 2:00. */
        { "until 02:30", 2 * MS_HOUR, MS_HOUR, 0, MS_HOUR, MS_HOUR / 2, false },
        { "until 03:00", 2 * MS_HOUR, MS_HOUR, 0, MS_HOUR, 2 * MS_HOUR, false },
        { "until 02:30", 2 * MS_HOUR, MS_HOUR, 3 * MS_HOUR / 4, MS_HOUR, 3 * MS_HOUR / 2, false },
        { "until 01:30", 2 * MS_HOUR, MS_HOUR, 0, MS_HOUR, 24 * MS_HOUR + MS_HOUR / 2, true },
        /* By the sea of Lord Howe it is half an hour. */
        { "until 02:15", 21 * MS_HOUR / 2, 11 * MS_HOUR, -9 * MS_HOUR, -17 * MS_HOUR / 2,
          -17 * MS_HOUR / 2, false },
        /* Turned already, or not yet. */
        { "until 17:30", 2 * MS_HOUR, MS_HOUR, 8 * MS_HOUR, 8 * MS_HOUR, 31 * MS_HOUR / 2, false },
        { "until 17:30", 2 * MS_HOUR, MS_HOUR, 8 * MS_HOUR, 32 * MS_HOUR, 31 * MS_HOUR / 2, false },
    };
    const ms_t day_ms = 20000 * MS_DAY;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct day_time end = { 0 };
        bool tomorrow = !cases[i].tomorrow;
        const struct zone zone = { .ahead_ms = cases[i].ahead_ms,
                                   .turn_ms = day_ms + cases[i].turn_ms,
                                   .then_ms = cases[i].then_ms };
        assert_true(duration_read_until(cases[i].text, &end));
        ms_t at_ms = duration_next(&end, &zone, day_ms + cases[i].now_ms, &tomorrow);
        if (at_ms - day_ms != cases[i].end_ms || tomorrow != cases[i].tomorrow)
            fail_msg("row %zu, “%s”: %lld min%s", i, cases[i].text,
                     (long long)((at_ms - day_ms) / MS_MINUTE), tomorrow ? ", tomorrow" : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_people_write),
        cmocka_unit_test(refuses_everything_else_and_leaves_the_value),
        cmocka_unit_test(reads_what_people_say),
        cmocka_unit_test(reads_an_end_by_whose_clock),
        cmocka_unit_test(reads_an_end_behind_a_turn_of_the_clock),
        cmocka_unit_test(speaks_two_units_rounded_down),
        cmocka_unit_test(what_is_typed_reads_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
