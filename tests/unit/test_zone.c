/* SPDX-License-Identifier: Apache-2.0 */
#include "host/zone.h"
#include "tests/unit/unit.h"

#include <string.h>

static const ms_t WINTER = 1768478400000; /* 2026-01-15 12:00 UTC */
static const ms_t SUMMER = 1784116800000; /* 2026-07-15 12:00 UTC */

static void a_clock_elsewhere_is_told_without_ours(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ms_t winter_ms, summer_ms;
    } cases[] = {
        { "Europe/Berlin", MS_HOUR, 2 * MS_HOUR },
        { "America/New_York", -5 * MS_HOUR, -4 * MS_HOUR },
        { "Australia/Sydney", 11 * MS_HOUR, 10 * MS_HOUR },
        { "Asia/Kathmandu", 5 * MS_HOUR + 45 * MS_MINUTE, 5 * MS_HOUR + 45 * MS_MINUTE },
        { "Africa/Lagos", MS_HOUR, MS_HOUR },
        { "Etc/UTC", 0, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ms_t winter_ms = 1, summer_ms = 1;
        assert_true(zone_ahead(cases[i].name, WINTER, &winter_ms));
        assert_true(zone_ahead(cases[i].name, SUMMER, &summer_ms));
        if (winter_ms != cases[i].winter_ms || summer_ms != cases[i].summer_ms)
            fail_msg("%s: %lld, %lld", cases[i].name, (long long)winter_ms, (long long)summer_ms);
    }
}

/* Names come from a profile that anybody writes. */
static void no_name_leads_out_of_the_database(void **state)
{
    (void)state;
    static const char *const names[] = { NULL,
                                         "",
                                         "/etc/passwd",
                                         "../../../etc/passwd",
                                         "Europe/../Europe/Berlin",
                                         "Europe//Berlin",
                                         "Europe",
                                         "Europe/Nowhere",
                                         "Europe/Berlin\n",
                                         ":Europe/Berlin",
                                         "zone1970",
                                         "CET-1CEST,M3.5.0,M10.5.0" };
    for (size_t i = 0; i < COUNT(names); i++) {
        ms_t untouched = 7;
        if (zone_ahead(names[i], WINTER, &untouched) || untouched != 7)
            fail_msg("“%s” is no zone", names[i] ? names[i] : "");
    }
    char long_name[5000];
    ms_t untouched = 7;
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_false(zone_ahead(long_name, WINTER, &untouched));
    assert_false(zone_is_named(long_name));
    assert_true(zone_is_named("Europe/Berlin"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_elsewhere_is_told_without_ours),
        cmocka_unit_test(no_name_leads_out_of_the_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
