/* SPDX-License-Identifier: Apache-2.0 */
/* Text as it comes from people: decoding by RFC 3629, cuts at whole characters, and text that has
   been made inert. */
#include "tests/unit/unit.h"

#include "core/inert.h"
#include "core/utf8.h"

#define R "\xEF\xBF\xBD" /* U+FFFD */

static const char *inert(struct buf *b, const char *text, size_t most)
{
    buf_clear(b);
    inert_add(b, text, most);
    return buf_text(b);
}

static void decodes_what_is_a_character(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        uint32_t code;
    } cases[] = {
        { "a", 1, 'a' },
        { "\x7F", 1, 0x7F },
        { "\xC2\x80", 2, 0x80 },
        { "\xDF\xBF", 2, 0x7FF },
        { "\xE0\xA0\x80", 3, 0x800 },
        { "\xED\x9F\xBF", 3, 0xD7FF },
        { "\xEE\x80\x80", 3, 0xE000 },
        { "\xEF\xBF\xBF", 3, 0xFFFF },
        { "\xF0\x90\x80\x80", 4, 0x10000 },
        { "\xF4\x8F\xBF\xBF", 4, 0x10FFFF },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t code = 0;
        assert_int_equal(utf8_decode(cases[i].bytes, &code), cases[i].length);
        assert_int_equal(code, cases[i].code);
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 16);
        utf8_add(&b, code);
        assert_string_equal(buf_text(&b), cases[i].bytes);
    }
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC0\xAF",
        "\xC1\xBF",
        "\xE0\x80\xAF",
        "\xE0\x9F\xBF",
        "\xF0\x80\x80\xAF",
        "\xF0\x8F\xBF\xBF", /* overlong, lone tails */
        "\xED\xA0\x80",
        "\xED\xBF\xBF", /* surrogates */
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFE",
        "\xFF", /* beyond U+10FFFF */
        "\xC2",
        "\xE2\x82",
        "\xF0\x9F\x98",
        "\xC2"
        "a",
        "\xE2\x82"
        "a", /* cut */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t code = 7;
        assert_int_equal(utf8_decode(cases[i], &code), 0);
        assert_int_equal(code, 7);
    }
}

static void cuts_between_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t most, cut;
    } cases[] = {
        { "abc", 2, 2 }, { "aé", 2, 1 }, { "aé", 3, 3 }, { "€", 1, 0 }, { "€", 2, 0 },
        { "€", 3, 3 },   { "a😀", 4, 1 }, { "a😀", 5, 5 }, { "", 0, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(utf8_cut(cases[i].text, cases[i].most), cases[i].cut);
    assert_int_equal(utf8_characters("aé€😀"), 4);
    assert_int_equal(utf8_characters(""), 0);
}

static void makes_hostile_text_inert(void **state)
{
    (void)state;
    static const struct {
        const char *text, *inert;
    } cases[] = {
        { "plain", "plain" },
        { "Grüße 東京 😀 é", "Grüße 東京 😀 é" },
        { "  a \t\r\n b  ", "a b" },
        { "line\nforged: yes", "line forged: yes" },
        { "a\xC2\xA0\xE2\x80\xA8\xE3\x80\x80"
          "b",
          "a b" },
        { "\x01p"
          "ada\x03"
          "Ada\x02",
          R "pada" R "Ada" R },
        { "bell\a esc\x1B[31m del\x7F", "bell" R " esc" R "[31m del" R },
        { "c1\xC2\x9B"
          "31m",
          "c1" R "31m" },
        { "bidi \xE2\x80\xAE"
          "evil\xE2\x80\xAC",
          "bidi " R "evil" R },
        { "isolate \xE2\x81\xA6x\xE2\x81\xA9", "isolate " R "x" R },
        { "marks \xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", "marks " R R R },
        { "zero\xE2\x80\x8Bwidth\xE2\x80\x8D\xEF\xBB\xBF", "zero" R "width" R R },
        { "soft\xC2\xAD", "soft" R },
        { "tag\xF3\xA0\x81\x81", "tag" R },
        { "mongolian\xE1\xA0\x8E", "mongolian" R },
        { "selected\xEF\xB8\x8F and\xF3\xA0\x84\x80 mongolian\xE1\xA0\x8B",
          "selected and mongolian" },
        { "object\xEF\xBF\xBC", "object" R },
        { "shorthand\xF0\x9B\xB2\xA0", "shorthand" R },
        { "egyptian\xF0\x93\x90\xB0", "egyptian" R },
        { "null note\xF0\x9D\x85\x99", "null note" R },
        { "no character\xEF\xB7\x90\xF0\x9F\xBF\xBE", "no character" R R },
        { "braille\xE2\xA0\x80 blank\xE1\x9A\x80 ogham", "braille blank ogham" },
        { "`code`", "\xCB\x8B"
                    "code"
                    "\xCB\x8B" },
        { "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81.",
          "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81." },
        { "filler\xE3\x85\xA4\xEF\xBE\xA0", "filler" R R },
        { "hangul\xE1\x85\x9F\xE1\x85\xA0", "hangul" R R },
        { "beam\xF0\x9D\x85\xB3", "beam" R },
        { "annotation\xEF\xBF\xB9", "annotation" R },
        { "none\xEF\xBF\xBE\xEF\xBF\xBF", "none" R R },
        { "overlong\xC0\xAF", "overlong" R R },
        { "surrogate\xED\xA0\x80", "surrogate" R R R },
        { "cut\xE2\x82", "cut" R R },
        { "<!channel> & *bold*", "<!channel> & *bold*" },
        { " \n ", "" },
        /* what shows nothing is nothing */
        { "\xE2\xA0\x80", "" },
        { "\xE3\x85\xA4\xE2\x80\x8B \xEF\xB8\x8F", "" },
        { "\xCC\x81\xE2\x83\xA3\xE0\xA4\x82", "" },
        { "\x1B\xFF\xEF\xBF\xBD", "" },
        { "", "" },
    };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(inert(&b, cases[i].text, 100), cases[i].inert);
}

/* What is compared stays apart: nothing is left out, so that nothing becomes a plain text that was
   none. */
static void keeps_what_is_compared_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *exact;
    } cases[] = {
        { "ana@example.com", "ana@example.com" },
        { "customer admin", "customer admin" },
        { " ana@example.com", " ana@example.com" },
        { "ana@example.com\n", "ana@example.com" R },
        { "ana\xEF\xB8\x8F@example.com", "ana" R "@example.com" },
        { "ana\xE2\x80\x8B@example.com", "ana" R "@example.com" },
        { "ana\xC2\xA0@example.com", "ana" R "@example.com" },
        { "a`na", "a\xCB\x8Bna" },
        { "\xE2\xA0\x80", R },
        { "Grüße", "Grüße" },
        { "\xC3", R },
    };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_clear(&b);
        inert_add_exact(&b, cases[i].text, 100);
        assert_string_equal(buf_text(&b), cases[i].exact);
        if (inert_is_plain(cases[i].text, 100))
            assert_string_equal(cases[i].text, cases[i].exact);
    }
    buf_clear(&b);
    inert_add_exact(&b, "abcdef", 5);
    assert_string_equal(buf_text(&b), "abcde…");
}

static void cuts_long_text_with_a_mark(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    assert_string_equal(inert(&b, "abcdef", 6), "abcdef");
    assert_string_equal(inert(&b, "abcdef", 5), "abcde…");
    assert_string_equal(inert(&b, "ééé", 2), "éé…");
    assert_string_equal(inert(&b, "ab   ", 2), "ab");
    assert_string_equal(inert(&b, "ab c", 3), "ab…");
    assert_string_equal(inert(&b, "a", 0), "…");
    assert_string_equal(inert(&b, "", 0), "");
}

/* Whatever comes in: valid UTF-8 comes out, on one line, without control characters, and not longer
   than asked. */
static void any_bytes_come_out_harmless(void **state)
{
    (void)state;
    uint64_t seed = 1;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 4096);
    for (int round = 0; round < 20000; round++) {
        char text[64];
        size_t bytes = unit_below(&seed, sizeof text);
        for (size_t i = 0; i < bytes; i++)
            text[i] = (char)(1 + unit_below(&seed, 255));
        text[bytes] = '\0';
        const char *out = inert(&b, text, 20);
        size_t characters = 0;
        for (uint32_t code; *out; characters++) {
            size_t length = utf8_decode(out, &code);
            assert_true(length > 0);
            assert_false(code < 0x20 || (code >= 0x7F && code <= 0x9F) ||
                         (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E));
            out += length;
        }
        assert_true(characters <= 21);
        /* and doing it again changes nothing */
        CLEANUP(buf_done) struct buf again;
        buf_init(&again, 4096);
        assert_string_equal(buf_text(&b), inert(&again, buf_text(&b), 20));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_what_is_a_character),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(makes_hostile_text_inert),
        cmocka_unit_test(keeps_what_is_compared_apart),
        cmocka_unit_test(cuts_long_text_with_a_mark),
        cmocka_unit_test(any_bytes_come_out_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
