/* SPDX-License-Identifier: Apache-2.0 */
/* With a copy of its own: the reader inside is given bytes that no database has. */
#define zone_is_named tested_zone_is_named
#define zone_clock tested_zone_clock
#include "host/zone.c"
#include "tests/unit/unit.h"

#include <stdlib.h>
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
        struct zone winter = { 1, 1, 1 }, summer = { 1, 1, 1 };
        assert_true(zone_clock(cases[i].name, WINTER, &winter));
        assert_true(zone_clock(cases[i].name, SUMMER, &summer));
        if (winter.ahead_ms != cases[i].winter_ms || summer.ahead_ms != cases[i].summer_ms)
            fail_msg("%s: %lld, %lld", cases[i].name, (long long)winter.ahead_ms,
                     (long long)summer.ahead_ms);
        if (winter.turn_ms || summer.turn_ms)
            fail_msg("%s: nobody turns it now", cases[i].name);
    }
}

/* Within the hours that an end can be away, and no earlier. */
static void a_turn_of_the_clock_is_known_before_it_comes(void **state)
{
    (void)state;
    static const ms_t SPRING = 1774746000000; /* 2026-03-29 01:00 UTC */
    static const ms_t AUTUMN = 1792890000000; /* 2026-10-25 01:00 UTC */
    struct zone z = { 0 };
    assert_true(zone_clock("Europe/Berlin", SPRING - MS_HOUR, &z));
    assert_true(z.ahead_ms == MS_HOUR && z.turn_ms == SPRING && z.then_ms == 2 * MS_HOUR);
    assert_true(zone_clock("Europe/Berlin", SPRING - ZONE_KNOWN_MS, &z));
    assert_true(z.turn_ms == SPRING);
    assert_true(zone_clock("Europe/Berlin", SPRING - ZONE_KNOWN_MS - MS_SECOND, &z));
    assert_true(z.turn_ms == 0);
    assert_true(zone_clock("Europe/Berlin", SPRING, &z));
    assert_true(z.ahead_ms == 2 * MS_HOUR && z.turn_ms == 0);
    assert_true(zone_clock("Europe/Berlin", AUTUMN - 12 * MS_HOUR, &z));
    assert_true(z.ahead_ms == 2 * MS_HOUR && z.turn_ms == AUTUMN && z.then_ms == MS_HOUR);
    assert_true(zone_clock("Africa/Lagos", SPRING - MS_HOUR, &z));
    assert_true(z.turn_ms == 0);
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
        struct zone untouched = { .ahead_ms = 7 };
        if (zone_clock(names[i], WINTER, &untouched) || untouched.ahead_ms != 7)
            fail_msg("“%s” is no zone", names[i] ? names[i] : "");
    }
    char long_name[5000];
    struct zone untouched;
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_false(zone_clock(long_name, WINTER, &untouched));
    assert_false(zone_is_named(long_name));
    assert_true(zone_is_named("Europe/Berlin"));
}

/* ---- files that somebody broke ---- */

enum { FILE_BYTES = 4096 };
struct file {
    unsigned char bytes[FILE_BYTES];
    size_t count;
};

static void put(struct file *f, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        f->bytes[f->count++] = (unsigned char)(value >> 8 * (bytes - 1 - i));
}

/* As RFC 9636, 3.1 and 3.2 have them; the order of the counts is the file's. */
static void put_header(struct file *f, char version, const uint32_t counts[6])
{
    memcpy(f->bytes + f->count, "TZif", 4);
    f->bytes[f->count + 4] = (unsigned char)version;
    memset(f->bytes + f->count + 5, 0, 15);
    f->count += 20;
    for (size_t i = 0; i < 6; i++)
        put(f, counts[i], 4);
}

/* Clocks are an hour ahead; at that instant they are turned to two, and back a day before. */
static void a_file(struct file *f, ms_t turn_ms, int32_t then_s, unsigned char kind,
                   const char *rule)
{
    *f = (struct file){ .count = 0 };
    put_header(f, '2', (const uint32_t[6]){ 0, 0, 0, 0, 1, 0 });
    put(f, 0, 6);
    put_header(f, '2', (const uint32_t[6]){ 0, 0, 0, 2, 2, 4 });
    put(f, (uint64_t)(turn_ms / MS_SECOND - 86400), 8);
    put(f, (uint64_t)(turn_ms / MS_SECOND), 8);
    put(f, 0, 1);
    put(f, kind, 1);
    put(f, 3600, 4);
    put(f, 0, 2);
    put(f, (uint64_t)(uint32_t)then_s, 4);
    put(f, 0x0100, 2);
    put(f, 3600, 4); /* the names, which nobody reads, look like a kind */
    memcpy(f->bytes + f->count, rule, strlen(rule));
    f->count += strlen(rule);
}

static bool reads(const struct file *f, ms_t at_ms, struct zone *ret)
{
    /* Of its own size, so that a sanitizer sees each byte behind it. */
    unsigned char *exactly = malloc(f->count ? f->count : 1);
    assert_non_null(exactly);
    memcpy(exactly, f->bytes, f->count);
    bool good = zone_read(exactly, f->count, at_ms, ret);
    free(exactly);
    return good;
}

static void a_file_that_is_whole_is_read(void **state)
{
    (void)state;
    struct file f;
    struct zone z;
    a_file(&f, WINTER, 7200, 1, "\nABC-2\n");
    assert_true(reads(&f, WINTER - MS_HOUR, &z));
    assert_true(z.ahead_ms == MS_HOUR && z.turn_ms == WINTER && z.then_ms == 2 * MS_HOUR);
    assert_true(reads(&f, WINTER, &z));
    assert_true(z.ahead_ms == 2 * MS_HOUR && z.turn_ms == 0);
    assert_true(reads(&f, WINTER - 2 * MS_DAY, &z));
    assert_true(z.ahead_ms == MS_HOUR && z.turn_ms == 0);
}

/* Wherever it ends too early, and without its last line, nothing is made up. */
static void a_file_that_is_cut_off_tells_nothing(void **state)
{
    (void)state;
    struct file f;
    struct zone z;
    a_file(&f, WINTER, 7200, 1, "\nABC-2\n");
    size_t rule = f.count - strlen("\nABC-2\n");
    for (f.count = 0; f.count < rule; f.count++)
        if (reads(&f, WINTER - MS_HOUR, &z) || reads(&f, WINTER, &z))
            fail_msg("of %zu bytes", f.count);
    assert_false(reads(&f, WINTER, &z));
    assert_true(reads(&f, WINTER - MS_HOUR, &z));
    a_file(&f, WINTER, 7200, 1, "\nABC-1DEF,M3.5.0,M10.5.0\n");
    assert_false(reads(&f, WINTER, &z));
}

static void counts_that_lie_lead_nowhere(void **state)
{
    (void)state;
    static const uint32_t lies[] = { 1, 255, 65536, 0x7fffffff, 0x80000000, 0xffffffff };
    struct zone z;
    for (size_t block = 0; block < 2; block++)
        for (size_t field = 0; field < 6; field++)
            for (size_t i = 0; i < COUNT(lies); i++) {
                struct file f;
                a_file(&f, WINTER, 7200, 1, "\nABC-2\n");
                size_t at = (block ? (size_t)HEADER_BYTES + 6 : 0) + 20 + 4 * field, end = f.count;
                f.count = at;
                put(&f, lies[i], 4);
                f.count = end;
                bool good = reads(&f, WINTER - MS_HOUR, &z);
                if (good && lies[i] > 255)
                    fail_msg("block %zu, count %zu: %u", block, field, (unsigned)lies[i]);
            }
}

static void what_no_clock_shows_is_told_by_none(void **state)
{
    (void)state;
    static const int32_t wrong[] = { 50460, -50460, 7201, INT32_MAX, INT32_MIN };
    struct file f;
    struct zone z;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        a_file(&f, WINTER, wrong[i], 1, "\nABC-2\n");
        assert_false(reads(&f, WINTER, &z));
        assert_false(reads(&f, WINTER - MS_HOUR, &z));
    }
    a_file(&f, WINTER, 7200, 2, "\nABC-2\n"); /* a kind that is not there */
    assert_false(reads(&f, WINTER, &z));
    assert_false(reads(&f, WINTER - MS_HOUR, &z));
    a_file(&f, WINTER, 7200, 1, "\nABC-2\n");
    f.bytes[4] = '1';
    assert_false(reads(&f, WINTER, &z));
    f.bytes[4] = '2';
    f.bytes[0] = 't';
    assert_false(reads(&f, WINTER, &z));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_elsewhere_is_told_without_ours),
        cmocka_unit_test(a_turn_of_the_clock_is_known_before_it_comes),
        cmocka_unit_test(a_file_that_is_whole_is_read),
        cmocka_unit_test(a_file_that_is_cut_off_tells_nothing),
        cmocka_unit_test(counts_that_lie_lead_nowhere),
        cmocka_unit_test(what_no_clock_shows_is_told_by_none),
        cmocka_unit_test(no_name_leads_out_of_the_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
