/* SPDX-License-Identifier: Apache-2.0 */
/* The base: bounded text, memory of a turn, errors with context, fixed arrays. */
#include "tests/unit/unit.h"

#include "core/err.h"

#include <stdalign.h>

/* ---- text ---- */

static void text_grows_up_to_its_ceiling(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    assert_string_equal(buf_text(&b), "");
    buf_add(&b, "1234567");
    assert_string_equal(buf_text(&b), "1234567");
    assert_false(b.overflow);
    buf_add_char(&b, '8');
    assert_true(b.overflow);
    assert_string_equal(buf_text(&b), "1234567");
    buf_clear(&b);
    assert_false(b.overflow);
    assert_string_equal(buf_text(&b), "");
    buf_add(&b, "too long for it");
    assert_true(b.overflow);
    /* What is cut once stays cut: a later short piece must not hide the hole. */
    buf_add(&b, "x");
    assert_string_equal(buf_text(&b), "");
    buf_done(&b);
    assert_string_equal(buf_text(&b), "");
}

static void text_takes_bytes_formats_and_nothing(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1000);
    buf_add(&b, NULL);
    buf_add_bytes(&b, "a\0b", 3);
    assert_int_equal(b.bytes, 3);
    assert_memory_equal(b.text, "a\0b", 4);
    buf_clear(&b);
    for (int i = 0; i < 100; i++)
        buf_addf(&b, "%02d,%s", i, "-");
    assert_int_equal(b.bytes, 400);
    assert_memory_equal(b.text + 396, "99,-", 5);
    buf_addf(&b, "%700s", "wide");
    assert_true(b.overflow);
    assert_int_equal(b.bytes, 400);
}

/* Up to the last byte of the room, one more, and the ceiling in the midst of a piece. */
static void a_format_fits_or_leaves_what_was_there(void **state)
{
    (void)state;
    enum { CEILING = 300 };
    char line[CEILING + 2];
    memset(line, 'x', sizeof line);
    for (int before = 0; before < CEILING; before++)
        for (int more = 0; before + more <= CEILING; more++) {
            CLEANUP(buf_done) struct buf b;
            buf_init(&b, CEILING);
            buf_add_bytes(&b, line, (size_t)before);
            buf_addf(&b, "%.*s", more, line);
            bool fits = before + more < CEILING;
            assert_int_equal(b.overflow, !fits);
            assert_int_equal(b.bytes, fits ? before + more : before);
            assert_int_equal(strlen(buf_text(&b)), b.bytes);
            buf_addf(&b, "%s", ""); /* nothing comes behind what was cut */
            assert_int_equal(b.overflow, !fits);
        }
}

static void a_ceiling_of_nothing_takes_nothing(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 0);
    buf_add(&b, "");
    assert_true(b.overflow);
    assert_string_equal(buf_text(&b), "");
}

/* ---- memory ---- */

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 16 * 1024 * 1024);
    for (int turn = 0; turn < 3; turn++) {
        unsigned char *last = NULL;
        for (size_t i = 0; i < 2000; i++) {
            size_t bytes = i % 300;
            unsigned char *p = arena_take(&a, bytes);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t k = 0; k < bytes; k++)
                assert_int_equal(p[k], 0);
            if (last)
                assert_int_equal(*last, 0xAA);
            memset(p, 0xAA, bytes);
            last = bytes ? p + bytes - 1 : last;
        }
        arena_reset(&a);
    }
    arena_done(&a);
}

static void a_steady_load_keeps_one_block(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 16 * 1024 * 1024);
    arena_take(&a, 100);
    const struct arena_block *kept = a.first;
    size_t steady = a.total_bytes;
    for (int turn = 0; turn < 100; turn++) {
        arena_take(&a, 1000 * 1000);
        arena_reset(&a);
        assert_ptr_equal(a.first, kept);
        assert_int_equal(a.total_bytes, steady);
        arena_take(&a, 100);
    }
    arena_done(&a);
    /* A first piece larger than a block is not kept for ever. */
    arena_take(&a, 1000 * 1000);
    arena_reset(&a);
    assert_null(a.first);
    assert_int_equal(a.total_bytes, 0);
    arena_done(&a);
}

/* Whatever is left of a block when it is printed into: the whole text, and what is taken behind it
   and after the next reset is zeroed. */
static void what_is_printed_leaves_nothing_behind(void **state)
{
    (void)state;
    enum { BLOCK = 64 * 1024, MOST = 70 };
    struct arena a;
    char line[MOST + 1];
    memset(line, 'x', sizeof line);
    arena_init(&a, 16 * 1024 * 1024);
    for (int left = 0; left <= 64; left += 16)
        for (int bytes = 0; bytes <= MOST; bytes++) {
            arena_take(&a, (size_t)(BLOCK - left));
            char *text = arena_printf(&a, "%.*s", bytes, line);
            assert_int_equal(strlen(text), bytes);
            assert_int_equal(strspn(text, "x"), bytes);
            assert_int_equal((uintptr_t)text % alignof(max_align_t), 0);
            const unsigned char *behind = arena_take(&a, 64);
            for (size_t i = 0; i < 64; i++)
                assert_int_equal(behind[i], 0);
            arena_reset(&a);
            const unsigned char *again = arena_take(&a, BLOCK);
            for (size_t i = 0; i < BLOCK; i++)
                assert_int_equal(again[i], 0);
            arena_reset(&a);
        }
    arena_done(&a);
}

static void copies_are_copies(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1024 * 1024);
    char text[] = "abc";
    char *copy = arena_copy(&a, text), *part = arena_copy_bytes(&a, text, 2);
    text[0] = 'x';
    assert_string_equal(copy, "abc");
    assert_string_equal(part, "ab");
    assert_null(arena_copy(&a, NULL));
    assert_string_equal(arena_printf(&a, "%s-%d", "n", 7), "n-7");
    assert_int_equal(strlen(arena_printf(&a, "%200000s", "")), 200000);
    arena_wipe(&a);
    assert_null(a.first);
    assert_int_equal(a.total_bytes, 0);
    arena_done(&a);
}

/* Past the ceiling memory is handed out all the same; whoever fills the arena sees it between two
   pieces of work. */
static void past_the_ceiling_an_arena_says_that_it_is_full(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 128 * 1024);
    for (int round = 0; round < 2; round++) {
        arena_take(&a, 64 * 1024);
        assert_false(a.full);
        char *taken = arena_take(&a, 200 * 1024);
        assert_true(a.full);
        assert_int_equal(taken[200 * 1024 - 1], 0);
        arena_take(&a, 1);
        assert_true(a.full);
        arena_reset(&a);
        assert_false(a.full);
    }
    arena_done(&a);
}

/* ---- errors, fixed arrays, time ---- */

static void errors_gather_context(void **state)
{
    (void)state;
    struct err err;
    assert_false(err_set(&err, "code %d", 5));
    assert_false(err_wrap(&err, "reading %s", "users"));
    assert_false(err_wrap(&err, "survey"));
    assert_string_equal(err.text, "survey: reading users: code 5");
    assert_false(err_set(NULL, "nobody listens"));
    assert_false(err_wrap(NULL, "nobody listens"));
    for (int i = 0; i < 200; i++)
        err_wrap(&err, "more context %d", i);
    assert_true(strlen(err.text) < sizeof err.text);
    assert_memory_equal(err.text, "more context 199: ", 18);
}

static void fixed_arrays_are_cut_at_characters(void **state)
{
    (void)state;
    char small[6];
    assert_true(STR_SET(small, "12345"));
    assert_string_equal(small, "12345");
    assert_false(STR_SET(small, "123456"));
    assert_string_equal(small, "12345");
    assert_false(STR_SET(small, "abc€"));
    assert_string_equal(small, "abc");
    assert_true(STR_SET(small, NULL));
    assert_string_equal(small, "");
}

static void nothing_equals_nothing(void **state)
{
    (void)state;
    assert_false(str_equal(NULL, NULL));
    assert_false(str_equal("", NULL));
    assert_true(str_equal("a", "a"));
    assert_false(str_equal("a", "A"));
    assert_true(str_equal_nocase("aDa@X", "AdA@x"));
    assert_false(str_equal_nocase("ada", "ad"));
    assert_false(str_equal_nocase("é", "É"));
    assert_false(str_equal_nocase(NULL, "x"));
    assert_false(str_equal_nocase("[", "{"));
    assert_string_equal(str_or_empty(NULL), "");
    assert_int_equal(ms_plus(MS_NEVER, 5), MS_NEVER);
    assert_int_equal(ms_plus(5, MS_NEVER), MS_NEVER);
    assert_int_equal(ms_plus(5, 6), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_up_to_its_ceiling),
        cmocka_unit_test(text_takes_bytes_formats_and_nothing),
        cmocka_unit_test(a_format_fits_or_leaves_what_was_there),
        cmocka_unit_test(a_ceiling_of_nothing_takes_nothing),
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(a_steady_load_keeps_one_block),
        cmocka_unit_test(what_is_printed_leaves_nothing_behind),
        cmocka_unit_test(copies_are_copies),
        cmocka_unit_test(past_the_ceiling_an_arena_says_that_it_is_full),
        cmocka_unit_test(errors_gather_context),
        cmocka_unit_test(fixed_arrays_are_cut_at_characters),
        cmocka_unit_test(nothing_equals_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
