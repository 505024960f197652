/* SPDX-License-Identifier: Apache-2.0 */
/* The marks inside our own text: what is written is read back, and malformed marks are only
   text. */
#include "tests/unit/unit.h"

#include "core/rich.h"

static const char *plain(struct buf *b, const char *rich)
{
    buf_clear(b);
    rich_add_plain(b, rich);
    return buf_text(b);
}

static void marks_read_back(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    buf_add(&b, "Hi ");
    rich_add_mention(&b, "ada@example.com", "Ada Admin");
    rich_add_strong(&b, "lifted");
    rich_add_code(&b, "G-0001");
    rich_add_time(&b, 1795526055000);
    rich_add_for_buttons(&b, " on the card");
    rich_add_escalation(&b, "<!here>");
    buf_add(&b, " end");
    static const struct {
        enum rich_kind kind;
        const char *text, *key;
    } wanted[] = {
        { RICH_TEXT, "Hi ", "" },
        { RICH_MENTION, "Ada Admin", "ada@example.com" },
        { RICH_STRONG, "lifted", "" },
        { RICH_CODE, "G-0001", "" },
        { RICH_TIME, NULL, "" },
        { RICH_FOR_BUTTONS, " on the card", "" },
        { RICH_ESCALATION, "<!here>", "" },
        { RICH_TEXT, " end", "" },
        { RICH_END, "", "" },
        { RICH_END, "", "" },
    };
    const char *cursor = buf_text(&b);
    for (size_t i = 0; i < COUNT(wanted); i++) {
        struct rich_piece p = rich_next(&cursor);
        assert_int_equal(p.kind, wanted[i].kind);
        assert_string_equal(p.person_key, wanted[i].key);
        if (wanted[i].kind == RICH_TIME)
            assert_int_equal(p.at_ms, 1795526055000);
        if (wanted[i].text) {
            assert_int_equal(p.text_bytes, strlen(wanted[i].text));
            assert_memory_equal(p.text, wanted[i].text, p.text_bytes);
        }
    }
}

static void plain_text_has_names_and_utc(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b, out;
    buf_init(&b, 1024);
    buf_init(&out, 1024);
    rich_add_mention(&b, "ada@example.com", "Ada Admin");
    buf_add(&b, ": until ");
    rich_add_time(&b, 1795526055000);
    buf_add(&b, ", ");
    rich_add_strong(&b, "open");
    assert_string_equal(plain(&out, buf_text(&b)), "@Ada Admin: until 2026-11-24 13:14 UTC, open");
    buf_clear(&b);
    rich_add_time(&b, 0);
    assert_string_equal(plain(&out, buf_text(&b)), "1970-01-01 00:00 UTC");
}

static void malformed_marks_are_text_without_control_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *rich, *text;
    } cases[] = {
        { "\x01", "" },
        { "\x01"
          "b",
          "b" },
        { "\x01"
          "bopen",
          "bopen" },
        { "\x01\x02", "" },
        { "\x01\x02text", "text" },
        { "\x01zodd\x02", "zodd" },
        { "a\x02"
          "b",
          "ab" },
        { "a\x03"
          "b",
          "ab" },
        { "\x01"
          "b\x02",
          "" },
        { "\x01t\x02", "1970-01-01 00:00 UTC" },
        { "\x01pkey\x02", "@key" },
        { "\x02\x03", "" },
        { "x\x01", "x" },
        { "\x01"
          "b\x01"
          "codd\x02",
          "bodd" },
        { "\x01"
          "ba\x03"
          "b\x02",
          "bab" },
        { "\x01pk\x03n\x03m\x02", "pknm" },
    };
    CLEANUP(buf_done) struct buf out;
    buf_init(&out, 1024);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(plain(&out, cases[i].rich), cases[i].text);
}

static void a_key_that_is_too_long_is_nobody(void **state)
{
    (void)state;
    char key[400];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    rich_add_mention(&b, key, "Name");
    const char *cursor = buf_text(&b);
    struct rich_piece p = rich_next(&cursor);
    assert_int_equal(p.kind, RICH_MENTION);
    assert_string_equal(p.person_key, "");
    assert_memory_equal(p.text, "Name", p.text_bytes);
}

/* Reading ends, takes every byte once, and never hands out a control byte. */
static void any_bytes_can_be_read(void **state)
{
    (void)state;
    static const char letters[] = "\x01\x02\x03ptbcez09 <>";
    uint64_t seed = 11;
    CLEANUP(buf_done) struct buf out;
    buf_init(&out, 4096);
    for (int round = 0; round < 50000; round++) {
        char text[24];
        size_t bytes = unit_below(&seed, sizeof text);
        for (size_t i = 0; i < bytes; i++)
            text[i] = letters[unit_below(&seed, sizeof letters - 1)];
        text[bytes] = '\0';
        const char *cursor = text;
        int pieces = 0;
        for (struct rich_piece p = rich_next(&cursor); p.kind != RICH_END; p = rich_next(&cursor)) {
            assert_true(++pieces <= 2 * (int)sizeof text);
            assert_true(p.text >= text && p.text + p.text_bytes <= text + bytes);
        }
        assert_ptr_equal(cursor, text + bytes);
        assert_null(strpbrk(plain(&out, text), "\x01\x02\x03"));
    }
}

static void a_link_without_an_address_is_its_words(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b, out;
    buf_init(&b, 1024);
    buf_init(&out, 1024);
    rich_add_link(&b, "https://t/SEC-7", "SEC-7");
    buf_add_char(&b, ' ');
    rich_add_link(&b, "", "SEC-8");
    assert_string_equal(plain(&out, buf_text(&b)), "SEC-7 (https://t/SEC-7) SEC-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_read_back),
        cmocka_unit_test(plain_text_has_names_and_utc),
        cmocka_unit_test(malformed_marks_are_text_without_control_bytes),
        cmocka_unit_test(a_key_that_is_too_long_is_nobody),
        cmocka_unit_test(a_link_without_an_address_is_its_words),
        cmocka_unit_test(any_bytes_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
