/* SPDX-License-Identifier: Apache-2.0 */
/* Which account is asked about next, what all of them come to, and the line that one is kept as. */
#include "core/limits.h"
#include "core/rootwalk.h"
#include "host/rootline.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct root_rows all;

static void list(size_t count)
{
    static struct account accounts[16];
    static char ids[16][32];
    for (size_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "2000000000%02zu", i);
        accounts[i] = (struct account){ .aws_id = ids[i], .name = i ? "some" : NULL };
    }
    const struct survey s = { .accounts = accounts,
                              .account_count = count,
                              .accounts_found = count + 2 };
    rootwalk_list(&all, &s, "later", &arena);
}

static const struct root_user nothing = { .keys = 0 };

static void asks_few_at_a_time_and_each_once(void **state)
{
    (void)state;
    list(3);
    struct root_row *first = rootwalk_next(&all, 2), *second = rootwalk_next(&all, 2);
    assert_string_equal(first->account, "200000000000");
    assert_string_equal(first->name, "");
    assert_string_equal(second->account, "200000000001");
    assert_null(rootwalk_next(&all, 2));
    rootwalk_heard(&all, second, &nothing, NULL, false, 7);
    struct root_row *third = rootwalk_next(&all, 2);
    assert_string_equal(third->account, "200000000002");
    assert_int_equal(all.under_way, 2);
    rootwalk_heard(&all, third, NULL, "refused", false, 8);
    rootwalk_heard(&all, first, &nothing, NULL, false, 9);
    assert_null(rootwalk_next(&all, 2));
    assert_int_equal(all.under_way, 0);
    assert_int_equal(all.done, 3);
    const struct root_sum sum = rootwalk_sum(&all);
    assert_int_equal(sum.none, 2);
    assert_int_equal(sum.unasked, 1);
    assert_int_equal(sum.beside, 2);
    assert_int_equal(sum.from_ms, 7);
    assert_false(sum.cut);
}

static void takes_what_was_found_before(void **state)
{
    (void)state;
    struct root_row before = { .user = { .has_password = true, .since_ms = 1 }, .at_ms = 5 };
    list(2);
    STR_SET(before.account, "200000000000");
    rootwalk_take(&all, &before);
    STR_SET(before.account, "999999999999");
    rootwalk_take(&all, &before);
    assert_string_equal(rootwalk_next(&all, 4)->account, "200000000001");
    assert_int_equal(all.done, 1);
    assert_int_equal(rootwalk_sum(&all).usable, 1);
}

static void leaves_those_behind_a_silence(void **state)
{
    (void)state;
    list(9);
    for (int i = 0; i < 4; i++)
        rootwalk_heard(&all, rootwalk_next(&all, 1), NULL, "slow", true, 0);
    rootwalk_heard(&all, rootwalk_next(&all, 1), &nothing, NULL, false, 1); /* and begins anew */
    for (int i = 0; i < 3; i++)
        rootwalk_heard(&all, rootwalk_next(&all, 1), NULL, "slow", true, 0);
    assert_non_null(rootwalk_next(&all, 1));
    list(9);
    for (int i = 0; i < 5; i++)
        rootwalk_heard(&all, rootwalk_next(&all, 1), NULL, "slow", true, 0);
    assert_null(rootwalk_next(&all, 1));
    assert_int_equal(all.done, 9);
    assert_string_equal(all.rows[4].why, "slow");
    assert_string_equal(all.rows[5].why, "later");
}

static void knows_what_is_no_account(void **state)
{
    (void)state;
    const struct account unborn = { .aws_id = "", .name = "unborn" };
    const struct survey s = { .accounts = &unborn, .account_count = 1, .accounts_found = 1 };
    rootwalk_list(&all, &s, "later", &arena);
    assert_null(rootwalk_next(&all, 1));
    assert_string_equal(all.rows[0].why, "it has no AWS account id yet");
    assert_false(root_is_account("22222222222a"));
    assert_false(root_is_account("2222222222222"));
    assert_int_equal(rootwalk_sum(&all).beside, 0);
}

static void says_when_the_list_was_cut_off(void **state)
{
    (void)state;
    static struct account many[LIMIT_ACCOUNTS_LISTED];
    const struct survey s = { .accounts = many, .account_count = COUNT(many) };
    rootwalk_list(&all, &s, "later", &arena);
    assert_true(rootwalk_sum(&all).cut);
}

static void says_what_can_be_used(void **state)
{
    (void)state;
    static const struct {
        struct root_user user;
        const char *words;
    } cases[] = {
        { { .has_password = true, .keys_active = 2, .certificates_active = 1 },
          "password without MFA, 2 access keys, 1 signing certificate" },
        { { .has_password = true, .mfa_devices = 1 }, "password with MFA" },
        { { .keys_active = 1, .certificates_active = 2 }, "1 access key, 2 signing certificates" },
        { { .certificates_active = 1 }, "1 signing certificate" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 256);
        rootwalk_add_usable(&b, &cases[i].user);
        assert_string_equal(buf_text(&b), cases[i].words);
        assert_true(root_user_is_usable(&cases[i].user));
    }
}

static void a_line_is_read_as_it_was_written(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    struct root_row row = { .user = { true, 2, 1, 3, 1, 1, 10, 0, 30 }, .at_ms = 40 }, again;
    STR_SET(row.account, "222222222222");
    buf_init(&b, ROOTLINE_BYTES);
    rootline_add(&b, &row);
    assert_true(rootline_read(buf_text(&b), b.bytes, &again));
    assert_memory_equal(&row.user, &again.user, sizeof row.user);
    assert_string_equal(again.account, row.account);
    assert_int_equal(again.at_ms, 40);
    assert_false(rootline_read("", 0, &again));
    assert_false(rootline_read(buf_text(&b), b.bytes / 2, &again));
}

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_few_at_a_time_and_each_once),
        cmocka_unit_test(takes_what_was_found_before),
        cmocka_unit_test(leaves_those_behind_a_silence),
        cmocka_unit_test(knows_what_is_no_account),
        cmocka_unit_test(says_when_the_list_was_cut_off),
        cmocka_unit_test(says_what_can_be_used),
        cmocka_unit_test(a_line_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
