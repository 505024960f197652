/* SPDX-License-Identifier: Apache-2.0 */
/* What is offered to whoever types an account. */
#include "tests/unit/unit.h"

#include "core/directory.h"
#include "core/limits.h"

#include <string.h>

static struct arena arena;

static const char *found(const struct directory_entry *all, size_t count, const char *typed)
{
    size_t n;
    const struct choice *c = directory_find(all, count, typed, &arena, &n);
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = arena_printf(&arena, "%s%s%s", text, text[0] ? ", " : "", c[i].value);
    return text;
}

static void the_best_comes_first(void **state)
{
    (void)state;
    static const struct directory_entry all[] = { { "111", "old bakery" },
                                                  { "222", "Bakery" },
                                                  { "333", "rebake" },
                                                  { "444", "big-ale-kit" },
                                                  { "512", "mill" } };
    static const struct {
        const char *typed, *found;
    } cases[] = {
        { "", "111, 222, 333, 444, 512" },
        { "bak", "222, 111, 333, 444" }, /* beginning, a word's, within, letters */
        { "BAKERY", "222, 111" },
        { "22", "222" },
        { "12", "512" },
        { "  mill", "512" },
        { "1", "111, 512" },
        { "no such", "no such" }, /* as typed */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(found(all, COUNT(all), cases[i].typed), cases[i].found);
    assert_string_equal(found(all, 0, ""), "");
    assert_string_equal(found(all, 0, "bakery"), "bakery");
}

static void the_list_has_a_ceiling(void **state)
{
    (void)state;
    static struct directory_entry all[LIMIT_CHOICES + 10];
    size_t n;
    for (size_t i = 0; i < COUNT(all); i++)
        all[i] = (struct directory_entry){ "1", "same" };
    directory_find(all, COUNT(all), "same", &arena, &n);
    assert_int_equal(n, LIMIT_CHOICES);
    directory_find(all, COUNT(all), "", &arena, &n);
    assert_int_equal(n, LIMIT_CHOICES);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_comes_first),
        cmocka_unit_test(the_list_has_a_ceiling),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
