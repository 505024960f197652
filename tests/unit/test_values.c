/* SPDX-License-Identifier: Apache-2.0 */
/* Small values of the core: ids of cases, errors, escapes, marks of codes, who has a part in a
   case. */
#include "tests/unit/unit.h"

#include "core/casefile.h"
#include "core/codemark.h"
#include "core/encode.h"
#include "core/err.h"
#include "core/fact.h"

static void an_id_is_the_letter_and_up_to_nine_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t no;
    } cases[] = {
        { "G-0001", 1 }, { "g-0001", 1 },
        { "G1", 1 },     { "G-999999999", 999999999 },
        { "G-", 0 },     { "G", 0 },
        { "G-1x", 0 },   { "G-1234567890", 0 },
        { "H-0001", 0 }, { "", 0 },
        { NULL, 0 },     { "G--1", 0 },
        { "G-0000", 0 }, { "\xEF\xBC\xA7-0001", 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(case_id_read(cases[i].text), cases[i].no);
    char id[CASE_ID_BYTES];
    case_id_text(0, id);
    assert_string_equal(id, "");
    case_id_text(UINT32_MAX, id);
    assert_string_equal(id, "G-4294967295");
}

static void a_name_of_no_fact_is_none(void **state)
{
    (void)state;
    assert_int_equal(fact_kind_named(fact_names[FACT_LIFTED]), FACT_LIFTED);
    assert_int_equal(fact_kind_named("lifted by magic"), FACT_KIND_COUNT);
}

static void an_error_can_be_shown(void **state)
{
    (void)state;
    struct err err = { "" };
    assert_false(err_set(&err, "a\x01\x7F\nb\xFF%s", "\xC3\xA9\xC3"));
    assert_string_equal(err.text, "a???b?\xC3\xA9?");
    assert_false(err_set(&err, "inner"));
    assert_false(err_wrap(&err, "outer"));
    assert_string_equal(err.text, "outer: inner");
    /* where there is no room for both, what was to be done is told */
    char wide[sizeof err.text];
    memset(wide, 'o', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    assert_false(err_wrap(&err, "%s", wide));
    assert_string_equal(err.text, wide);
    assert_false(err_set(NULL, "nobody asks"));
    assert_false(err_wrap(NULL, "nobody asks"));
}

static void only_what_is_plain_is_not_escaped(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    encode_percent(&b, "AZaz09@[`{/:-\xC3\xA9 ", "-");
    assert_string_equal(buf_text(&b), "AZaz09%40%5B%60%7B%2F%3A-%C3%A9%20");
}

static void marks_of_codes_have_one_shape(void **state)
{
    (void)state;
    char mark[CODEMARK_BYTES], other[CODEMARK_BYTES];
    memset(mark, 'a', sizeof mark - 1);
    mark[CODEMARK_KEY_NAME] = '.';
    mark[sizeof mark - 1] = '\0';
    memcpy(other, mark, sizeof mark);
    assert_true(codemark_same_key(mark, other));
    other[CODEMARK_KEY_NAME] = 'a';
    assert_false(codemark_same_key(mark, other));
    assert_false(codemark_same_key(other, mark));
    assert_false(codemark_same_key(mark, ""));
}

static void a_case_knows_everybody_with_a_part_in_it(void **state)
{
    (void)state;
    static struct casefile c;
    STR_SET(c.requester.user, "ana");
    STR_SET(c.question.by.user, "ben");
    STR_SET(c.ended_by.user, "cleo");
    STR_SET(c.approvals[0].user, "dan");
    c.approval_count = 1;
    STR_SET(c.question.approvals[0].user, "eli");
    STR_SET(c.question.approvals[1].user, "fay");
    c.question.approval_count = 2;
    static const char *const all[] = { "ana", "ben", "cleo", "dan", "eli", "fay" };
    const char *ids[CASE_USERS];
    assert_int_equal(case_users(&c, ids), COUNT(all));
    for (size_t i = 0; i < COUNT(all); i++)
        assert_string_equal(ids[i], all[i]);
}

/* `done` can be meant for these alone; each of them is down, and so is one that the machine took
   over. */
static void only_a_case_that_is_down_can_be_ended(void **state)
{
    (void)state;
    for (int state_no = 0; state_no < CASE_STATE_COUNT; state_no++) {
        enum case_state s = (enum case_state)state_no;
        struct casefile c = { .state = s };
        bool ends = s == CASE_LIFTED || s == CASE_RESTORING || s == CASE_OUTSIDE;
        assert_int_equal(case_can_be_ended(&c), ends);
        assert_int_equal(case_is_down(&c), ends || s == CASE_RELEASED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_the_letter_and_up_to_nine_digits),
        cmocka_unit_test(a_name_of_no_fact_is_none),
        cmocka_unit_test(an_error_can_be_shown),
        cmocka_unit_test(only_what_is_plain_is_not_escaped),
        cmocka_unit_test(marks_of_codes_have_one_shape),
        cmocka_unit_test(a_case_knows_everybody_with_a_part_in_it),
        cmocka_unit_test(only_a_case_that_is_down_can_be_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
