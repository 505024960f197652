/* SPDX-License-Identifier: Apache-2.0 */
/* The guardrail document as text: the one key, the unknown ones, and differences. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/flags.h"

static void the_root_key_is_on_off_or_absent(void **state)
{
    (void)state;
    static const struct {
        const char *flags;
        enum flag_state state;
    } cases[] = {
        { "SCP." STAX_ROOT_KEY "=on\n", FLAG_ON },
        { "SCP." STAX_ROOT_KEY "=off\n", FLAG_OFF },
        { "SCP." STAX_ROOT_KEY "=off", FLAG_OFF },
        { "SCP.A=on\nSCP." STAX_ROOT_KEY "=on\nSCP.Z=off\n", FLAG_ON },
        { "", FLAG_ABSENT },
        { NULL, FLAG_ABSENT },
        { "SCP.A=on\n", FLAG_ABSENT },
        { "RCP." STAX_ROOT_KEY "=on\n", FLAG_ABSENT },
        { STAX_ROOT_KEY "=on\n", FLAG_ABSENT },
        { "SCP." STAX_ROOT_KEY "S=on\n", FLAG_ABSENT },
        { "SCP.X_" STAX_ROOT_KEY "=on\n", FLAG_ABSENT },
        { "SCP." STAX_ROOT_KEY "=only\n", FLAG_ABSENT },
        { "SCP." STAX_ROOT_KEY "=\n", FLAG_ABSENT },
        { "SCP." STAX_ROOT_KEY "\n", FLAG_ABSENT },
        { "SCP." STAX_ROOT_KEY "=ON\n", FLAG_ABSENT },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(flags_root(&stax_provider, cases[i].flags), cases[i].state);
}

static void unknown_keys_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *flags, *names;
        size_t count;
    } cases[] = {
        { "", "", 0 },
        { "SCP." STAX_ROOT_KEY "=on\nSCP.EC2_REQUIRE_IMDSV2=off\n", "", 0 },
        { "SCP.EC2_REQUIRE_IMDSV2=off\nSCP.NEW_ONE=on\n", "SCP.NEW_ONE", 1 },
        { "RCP.EC2_REQUIRE_IMDSV2=true\nSCP.NEW_ONE=on\n", "RCP.EC2_REQUIRE_IMDSV2, SCP.NEW_ONE",
          2 },
        { "DCP.A=on\nMODE=7\nSCP.EC2_REQUIRE_IMDSV2=on\n", "DCP.A, MODE", 2 },
        { "SCP.EC2_REQUIRE_IMDSV2=1\nSCP.MACIE_BLOCK_SERVICE=\"on\"\n",
          "SCP.EC2_REQUIRE_IMDSV2, SCP.MACIE_BLOCK_SERVICE", 2 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 1024);
        assert_int_equal(flags_unknown(&stax_provider, cases[i].flags, &b), cases[i].count);
        assert_string_equal(buf_text(&b), cases[i].names);
    }
}

/* Whoever has not said what a change of theirs touches gets nothing lifted. */
static void another_providers_document_has_its_own_names(void **state)
{
    (void)state;
    static const struct provider silent = { .key = "POLICY.DenyRoot" },
                                 alone = { .key = "POLICY.DenyRoot", .leaves_rest = true };
    static const char document[] = "POLICY.DenyRoot=on\nPOLICY.Other=full\n";
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1024);
    assert_int_equal(flags_root(&silent, document), FLAG_ON);
    assert_int_equal(flags_root(&stax_provider, document), FLAG_ABSENT);
    assert_int_equal(flags_root(&provider_none, document), FLAG_ABSENT);
    assert_int_equal(flags_root(&provider_none, "=on\n"), FLAG_ABSENT);
    assert_int_equal(flags_unknown(&silent, document, &b), 2);
    assert_int_equal(flags_unknown(&provider_none, document, &b), 2);
    assert_int_equal(flags_unknown(&alone, document, &b), 0);
    assert_int_equal(flags_differences(&alone, document, "POLICY.DenyRoot=off\n", &b), 1);
    buf_clear(&b);
    assert_int_equal(flags_turned_back(&alone, "POLICY.DenyRoot=on\n", "POLICY.DenyRoot=off\n",
                                       "POLICY.DenyRoot=on\n", &b),
                     0);
}

static void differences_leave_the_root_key_out(void **state)
{
    (void)state;
    static const struct {
        const char *before, *after, *text;
        size_t count;
    } cases[] = {
        { "SCP.A=on\n", "SCP.A=on\n", "", 0 },
        { "SCP." STAX_ROOT_KEY "=on\n", "SCP." STAX_ROOT_KEY "=off\n", "", 0 },
        { "SCP." STAX_ROOT_KEY "=on\n", "", "", 0 },
        { "", "SCP." STAX_ROOT_KEY "=on\n", "", 0 },
        { "SCP.A=on\nSCP." STAX_ROOT_KEY "=on\n", "SCP.A=off\nSCP." STAX_ROOT_KEY "=off\n",
          "SCP.A: on → off", 1 },
        { "SCP.A=on\nSCP.B=off\n", "SCP.B=on\n", "SCP.A: on → absent, SCP.B: off → on", 2 },
        { "SCP.B=on\n", "SCP.A=off\nSCP.B=on\n", "SCP.A: absent → off", 1 },
        { "RCP.X=1\n", "RCP.X=2\n", "RCP.X: 1 → 2", 1 },
        { "RCP." STAX_ROOT_KEY "=1\n", "RCP." STAX_ROOT_KEY "=2\n", "RCP." STAX_ROOT_KEY ": 1 → 2",
          1 },
        { NULL, "SCP.A=on\n", "SCP.A: absent → on", 1 },
        { "", "", "", 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 1024);
        assert_int_equal(flags_differences(&stax_provider, cases[i].before, cases[i].after, &b),
                         cases[i].count);
        assert_string_equal(buf_text(&b), cases[i].text);
    }
}

/* What a read between shows is kept once for each key; told is what is again as it was before. */
static void what_was_turned_back_is_told_with_its_values(void **state)
{
    (void)state;
    static const struct {
        const char *base, *reads[3], *after, *text;
    } cases[] = {
        { "SCP.A=off\nSCP.B=on\n", { "SCP.A=off\nSCP.B=on\n" }, "SCP.A=off\nSCP.B=on\n", "" },
        { "SCP.A=off\nSCP.B=on\n",
          { "SCP.A=on\nSCP.B=on\n" },
          "SCP.A=off\nSCP.B=on\n",
          "SCP.A: off → on → off" },
        { "SCP.A=off\n", { "SCP.A=on\n" }, "SCP.A=on\n", "" },
        { "SCP.A=off\n",
          { "SCP.A=on\n", "SCP.A=off\n", "SCP.A=on\n" },
          "SCP.A=off\n",
          "SCP.A: off → on → off" },
        { "SCP.A=off\nSCP.B=on\n",
          { "SCP.A=on\nSCP.B=on\n", "SCP.A=off\nSCP.B=off\n" },
          "SCP.A=off\nSCP.B=on\n",
          "SCP.A: off → on → off, SCP.B: on → off → on" },
        { "SCP.A=off\n",
          { "SCP.A=off\nSCP.NEW=on\n" },
          "SCP.A=off\n",
          "SCP.NEW: absent → on → absent" },
        { "SCP.A=off\n", { "" }, "SCP.A=off\n", "SCP.A: off → absent → off" },
        { "SCP." STAX_ROOT_KEY "=on\n",
          { "SCP." STAX_ROOT_KEY "=off\n" },
          "SCP." STAX_ROOT_KEY "=on\n",
          "" },
        { "DCP={}\n",
          { "DCP.X=1\n" },
          "DCP={}\n",
          "DCP: {} → absent → {}, DCP.X: absent → 1 → absent" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        CLEANUP(buf_done) struct buf lines, b;
        buf_init(&lines, 1024);
        buf_init(&b, 1024);
        for (size_t k = 0; k < COUNT(cases[i].reads) && cases[i].reads[k]; k++)
            flags_note_differences(cases[i].base, cases[i].reads[k], &lines);
        flags_turned_back(&stax_provider, cases[i].base, buf_text(&lines), cases[i].after, &b);
        assert_string_equal(buf_text(&b), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_root_key_is_on_off_or_absent),
        cmocka_unit_test(unknown_keys_are_named),
        cmocka_unit_test(another_providers_document_has_its_own_names),
        cmocka_unit_test(differences_leave_the_root_key_out),
        cmocka_unit_test(what_was_turned_back_is_told_with_its_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
