/* SPDX-License-Identifier: Apache-2.0 */
/* A chat line into words, as phones and desktops really send it. */
#include "tests/unit/unit.h"

#include "core/limits.h"
#include "core/words.h"

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* The words joined by "|". */
static const char *split(const char *text)
{
    struct words w;
    words_read(&w, &arena, text);
    const char *all = "";
    for (const char *word; (word = words_next(&w));)
        all = arena_printf(&arena, "%s%s%s", all, all[0] ? "|" : "", word);
    return all;
}

static void splits_as_people_mean_it(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        { "", "" },
        { "   ", "" },
        { "status", "status" },
        { "  lift   222222222222  for 45m ", "lift|222222222222|for|45m" },
        { "lift\tbakery\nfor\r\n2h", "lift|bakery|for|2h" },
        { "lift \"the bakery\" for 1h", "lift|the bakery|for|1h" },
        { "lift “the bakery” for 1h", "lift|the bakery|for|1h" },
        { "lift „the bakery“ for 1h", "lift|the bakery|for|1h" },
        { "lift «the bakery» for 1h", "lift|the bakery|for|1h" },
        { "lift \"no end for 1h", "lift|no end for 1h" },
        { "\"ab\"cd", "ab|cd" },
        { "it’s fine", "it's|fine" },
        { "lift bakery --for 45m", "lift|bakery|for|45m" },
        { "lift bakery —for 45m", "lift|bakery|for|45m" },
        { "lift bakery –for 45m", "lift|bakery|for|45m" },
        { "lift bakery −−for 45m", "lift|bakery|for|45m" },
        { "G‑0001 - --", "G-0001|-|--" },
        { "lift\xC2\xA0"
          "bakery\xE2\x80\xAF"
          "for\xE3\x80\x80"
          "1h",
          "lift|bakery|for|1h" },
        { "sta\xE2\x80\x8Btus\xEF\xBB\xBF", "status" },
        { "\xE2\x80\x8B\xE2\x81\xA0", "" },
        { "li\xC2\xAD"
          "ft",
          "lift" },
        { "bad \xFF\xC0 bytes", "bad|\xEF\xBF\xBD\xEF\xBF\xBD|bytes" },
        { "Grüße 東京", "Grüße|東京" },
        /* as clients show and send it */
        { "`lift bakery for 1h`", "lift|bakery|for|1h" },
        { "```\nlift bakery\nfor 1h\n```", "lift|bakery|for|1h" },
        { "`lift` bakery", "lift|bakery" },
        { "`status`.", "status." },
        { "*lift* _bakery_ ~for~ 1h", "lift|bakery|for|1h" },
        { "**lift bakery for 1h**", "lift|bakery|for|1h" },
        { "_*`lift bakery`*_", "lift|bakery" },
        { "> lift bakery", "lift|bakery" },
        { ">lift bakery\n> for 1h", "lift|bakery|for|1h" },
        { ">> lift bakery", "lift|bakery" },
        { "lift bakery > x", "lift|bakery|>|x" },
        { "“lift bakery for 1h”", "lift|bakery|for|1h" },
        { "‘status’", "status" },
        { "• lift bakery", "lift|bakery" },
        { "- lift bakery", "lift|bakery" },
        { "* lift bakery", "lift|bakery" },
        { "my_account a*b 2~3", "my_account|a*b|2~3" },
        { "* ** ~", "**|~" },
        { "*", "*" },
        /* a mark inside a word, is somebody's own; one at a word is not */
        { "x`y z", "x\u02CBy|z" },
        { "*a* and *b*", "a|and|b" },
        { "*a b* c*", "a|b|c" },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(split(cases[i].line), cases[i].words);
}

/* Every character that a phone, an editor or another language's keyboard puts in place of a plain
   one. */
static void what_looks_plain_is_plain(void **state)
{
    (void)state;
    static const struct {
        const char *characters[32], *shown;
    } kinds[] = {
        { { "\u2018", "\u2019", "\u201A", "\u201B", "\u2032" }, "a'b" },
        { { "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212" }, "a-b" },
        { { "\u200B", "\u200C", "\u200D", "\u2060", "\uFEFF", "\u00AD", "\uFE00", "\uFE0F" },
          "ab" },
        { { "\xC2\x85", "\u00A0", "\u2028", "\u2029", "\u202F", "\u205F", "\u2800", "\u3000",
            "\t",       "\n",     "\r",     "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
            "\u2005",   "\u2006", "\u2007", "\u2008", "\u2009", "\u200A" },
          "a|b" },
        { { "\u1FFF", "\uFE10" }, NULL }, /* just beside them */
    };
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (size_t k = 0; k < COUNT(kinds[i].characters) && kinds[i].characters[k]; k++) {
            const char *line = arena_printf(&arena, "a%sb", kinds[i].characters[k]);
            assert_string_equal(split(line), kinds[i].shown ? kinds[i].shown : line);
        }
    static const char *const quotes[] = { "\u201C", "\u201D", "\u201E", "\u201F",
                                          "\u2033", "\u00AB", "\u00BB" };
    for (size_t i = 0; i < COUNT(quotes); i++)
        assert_string_equal(split(arena_printf(&arena, "x %sa b%s", quotes[i], quotes[i])),
                            "x|a b");
}

/* One within a word belongs to it. */
static void marks_around_all_of_it_go(void **state)
{
    (void)state;
    assert_string_equal(split("*lift a*b now*"), "lift|a*b|now");
}

static void nothing_is_no_line(void **state)
{
    (void)state;
    struct words w;
    words_read(&w, &arena, NULL);
    assert_null(words_next(&w));
    assert_null(words_peek(&w));
    assert_false(words_take(&w, "for"));
}

static void keywords_ignore_case_and_stay_when_they_are_others(void **state)
{
    (void)state;
    struct words w;
    words_read(&w, &arena, "FOR 45m Because x");
    assert_false(words_take(&w, "because"));
    assert_true(words_take(&w, "for"));
    assert_string_equal(words_peek(&w), "45m");
    assert_string_equal(words_next(&w), "45m");
    assert_true(words_take(&w, "because"));
    assert_false(words_take(&w, "because"));
}

static void endless_lines_end(void **state)
{
    (void)state;
    size_t bytes = 4 * LIMIT_COMMAND_BYTES;
    char *line = arena_take(&arena, bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        line[i] = i % 2 ? ' ' : 'a';
    struct words w;
    words_read(&w, &arena, line);
    assert_int_equal(w.count, LIMIT_WORDS);
    assert_true(strlen(w.line) < LIMIT_COMMAND_BYTES);
    memset(line, 'a', bytes);
    words_read(&w, &arena, line);
    assert_int_equal(w.count, 1);
    assert_true(strlen(words_peek(&w)) < LIMIT_COMMAND_BYTES);
}

/* The tables of a line are as long as the line, and every word has its place in them. */
static void a_short_line_takes_little(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",         " ",        "whoami",       "done because \"it is done\" now",
        "\"\"\"\"", "a\"b c\"", "\"a\"b\"c\" d"
    };
    struct arena small;
    arena_init(&small, LIMIT_ARENA_BYTES);
    for (size_t i = 0; i < 20 * COUNT(lines); i++) {
        struct words w;
        words_read(&w, &small, lines[i % COUNT(lines)]);
        for (size_t n = 0; n < w.count; n++)
            assert_true(w.offsets[n] < strlen(w.line));
    }
    assert_true(small.total_bytes <= 64 * 1024); /* one block */
    arena_done(&small);
    uint64_t seed = 9;
    for (int round = 0; round < 20000; round++) {
        char text[24];
        struct words w;
        size_t bytes = unit_below(&seed, sizeof text);
        for (size_t n = 0; n < bytes; n++)
            text[n] = "\"\" ab-\t"[unit_below(&seed, 7)];
        text[bytes] = '\0';
        words_read(&w, &arena, text);
        assert_int_equal(w.line[0] ? w.line[strspn(w.line, " ")] != '\0' : 0, w.count > 0);
        for (size_t n = 1; n < w.count; n++)
            assert_true(w.offsets[n] > w.offsets[n - 1]);
        if (w.count) { /* nothing but blanks behind the last one: all were taken */
            const char *last = w.line + w.offsets[w.count - 1];
            size_t length = *last == '"' ? strcspn(last + 1, "\"") + 2 : strcspn(last, " ");
            if (length < strlen(last) && strspn(last + length, " ") < strlen(last + length))
                fail_msg("%s: only %zu words", text, w.count);
        }
        if (round % 1000 == 0)
            arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_as_people_mean_it),
        cmocka_unit_test(what_looks_plain_is_plain),
        cmocka_unit_test(marks_around_all_of_it_go),
        cmocka_unit_test(nothing_is_no_line),
        cmocka_unit_test(keywords_ignore_case_and_stay_when_they_are_others),
        cmocka_unit_test(endless_lines_end),
        cmocka_unit_test(a_short_line_takes_little),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
