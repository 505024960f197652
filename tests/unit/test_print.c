/* SPDX-License-Identifier: Apache-2.0 */
/* What is printed: as printf for what is harmless, and nothing that acts on a terminal for the
   rest. */
#include "unit.h"

#include "cli/print.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static const char *formatted(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
static const char *formatted(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_clear(b);
    print_add(b, format, args);
    va_end(args);
    return buf_text(b);
}

#define SAME(...)                                                  \
    do {                                                           \
        char expected[512];                                        \
        snprintf(expected, sizeof expected, __VA_ARGS__);          \
        assert_string_equal(formatted(&b, __VA_ARGS__), expected); \
    } while (0)

static void prints_as_printf_does(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    SAME("plain, 100%%\n");
    SAME("%s and %s", "a", "b");
    SAME("[%10s] [%-10s] [%.3s] [%-6.2s]", "right", "left", "cut off", "abc");
    SAME("[%.*s] [%*d]", 3, "abcdef", 5, 42);
    SAME("%d %i %u %x", -1, 2, 3u, 255u);
    SAME("%" PRId64 " %" PRIu64 " %-5" PRIu64 "|", INT64_MIN, UINT64_MAX, (uint64_t)7);
    SAME("%lld %ld %zu", -5LL, 6L, (size_t)7);
    SAME("%05d %g", 42, 0.25);
    SAME("%s %d %s", "x", 1, "y");
}

static void shows_what_would_act(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } cases[] = {
        { "Grüße 東京 😀 ⚠️", "Grüße 東京 😀 ⚠️" },
        { "one\ntwo", "one\\ntwo" },
        { "\x1B[31m\x07", "\\x1b[31m\\x07" },
        { "\xC2\x9B"
          "31m",
          "\\u{9b}31m" },
        { "\x9B"
          "31m",
          "\\x9b31m" },
        { "a\xE2\x80\xAE"
          "b",
          "a\\u{202e}b" },
        { "\xF3\xA0\x81\x81", "\\u{e0041}" },
        { "tab\tdel\x7F\r", "tab\\x09del\\x7f\\x0d" },
        { "cut\xE2\x82", "cut\\xe2\\x82" },
        { "", "" },
    };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(formatted(&b, "%s", cases[i].text), cases[i].shown);
    assert_string_equal(formatted(&b, "%.4s|", "ab\xE2\x80\xAE"), "ab\\xe2\\x80|");
    assert_string_equal(formatted(&b, "%c%c", '\x1B', 'x'), "\\x1bx");
    assert_string_equal(formatted(&b, "%s", (const char *)NULL), "");
}

/* Any bytes come out as one line that nothing acts on, and JSON stays what it was. */
static void any_bytes_are_one_harmless_line(void **state)
{
    (void)state;
    uint64_t seed = 5;
    CLEANUP(buf_done) struct buf b, json;
    buf_init(&b, 64 * 1024);
    buf_init(&json, 64 * 1024);
    for (int round = 0; round < 20000; round++) {
        char text[48];
        size_t bytes = unit_below(&seed, sizeof text);
        for (size_t i = 0; i < bytes; i++)
            text[i] = (char)(1 + unit_below(&seed, 255));
        text[bytes] = '\0';
        for (const char *at = formatted(&b, "%s", text); *at;) {
            uint32_t code = 0;
            size_t length = utf8_decode(at, &code);
            assert_true(length > 0 && !inert_is_hostile(code));
            at += length;
        }
        buf_clear(&json);
        json_add_quoted(&json, text);
        json_t *parsed = json_loads(buf_text(&json), JSON_DECODE_ANY, NULL);
        assert_true(json_is_string(parsed));
        json_decref(parsed);
    }
}

static void json_says_the_same_on_one_line(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    json_add_line(&b, "{\"a\":\"\xE2\x80\xAE\xF3\xA0\x81\x81 ü ⚠️\"}");
    assert_string_equal(buf_text(&b), "{\"a\":\"\\u202e\\udb40\\udc41 ü ⚠️\"}");
    buf_clear(&b);
    json_add_quoted(&b, "say \"\\\" \x1B\n");
    assert_string_equal(buf_text(&b), "\"say \\u0022\\u005c\\u0022 \\u001b\\u000a\"");
}

/* What is printed on standard error while that is the other end. */
static void progress_to(int other, int own, char *ret, size_t bytes)
{
    int kept = dup(STDERR_FILENO);
    dup2(other, STDERR_FILENO);
    print_progress(20000, 50000);
    print_progress(50000, 50000);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(other);
    size_t all = 0; /* a terminal gives what it has just then, and an error at its end */
    for (ssize_t got; (got = read(own, ret + all, bytes - 1 - all)) > 0;)
        all += (size_t)got;
    ret[all] = '\0';
    close(own);
}

static void progress_is_for_a_terminal_alone(void **state)
{
    (void)state;
    char said[128];
    int ends[2], own = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(own >= 0 && grantpt(own) == 0 && unlockpt(own) == 0);
    int terminal = open(ptsname(own), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    progress_to(terminal, own, said, sizeof said);
    assert_string_equal(said, "\r20000 of 50000 records\r\033[K");
    assert_int_equal(pipe(ends), 0);
    progress_to(ends[1], ends[0], said, sizeof said);
    assert_string_equal(said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_for_a_terminal_alone),
        cmocka_unit_test(prints_as_printf_does),
        cmocka_unit_test(shows_what_would_act),
        cmocka_unit_test(any_bytes_are_one_harmless_line),
        cmocka_unit_test(json_says_the_same_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
