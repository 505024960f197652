/* SPDX-License-Identifier: Apache-2.0 */
/* What a look at all root users comes to in words: where there is one account or a thousand, where
   the list was cut off, and whose answer counts. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/desk.h"
#include "core/rootusers.h"

#define NOW ((ms_t)1795526055000)
enum { MANY = 400 };

static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;
static struct root_row rows[MANY];
static struct root_rows all;
static const unsigned char entropy[ENTROPY_BYTES];

static int set_up(void **state)
{
    (void)state;
    policy = (struct policy){ .provider = &stax_provider, .command_word = "/reguard" };
    desk_init(&desk);
    desk_use_rules(&desk, &policy, &people);
    arena_init(&arena, LIMIT_SAYING_BYTES + 2 * LIMIT_FILE_BYTES + LIMIT_ARENA_BYTES);
    desk.rootusers = (struct rootusers){ .effect_id = 7, .asked_ms = NOW, .told_ms = NOW };
    STR_SET(desk.rootusers.by.key, "ana@example.com");
    memset(rows, 0, sizeof rows);
    all = (struct root_rows){ .rows = rows };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void account(const char *number, struct root_user user)
{
    struct root_row *r = &rows[all.count++];
    *r = (struct root_row){ .name = "mill", .user = user, .at_ms = NOW };
    STR_SET(r->account, number);
}

static void hears(uint64_t id, bool over, ms_t at_ms)
{
    struct event e = { .kind = EVENT_ROOT_USERS, .effect_id = id, .roots = { &all, over } };
    verdict_init(&v, &arena, (struct turn){ .now_ms = at_ms, .entropy = entropy }, 1);
    all.done = all.count;
    rootusers_decide(&desk, &e, &v);
}

static const struct effect *sent(enum effect_kind kind)
{
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == kind)
            return &v.effects[i];
    fail_msg("nothing of that kind was sent");
    return NULL;
}

static void says(const char *words)
{
    const char *text = sent(EFFECT_SAY)->say.text;
    if (!strstr(text, words))
        fail_msg("%s", text);
}

/* A button of an earlier process, or of a look that was given up. */
static void an_answer_to_another_question_is_none(void **state)
{
    (void)state;
    account("222222222222", (struct root_user){ .has_password = true });
    hears(8, true, NOW);
    assert_int_equal(v.fact_count + v.effect_count, 0);
    hears(0, true, NOW);
    assert_int_equal(v.fact_count + v.effect_count, 0);
}

static void one_account_is_one(void **state)
{
    (void)state;
    account("222222222222", (struct root_user){ .certificates_active = 1, .certificates = 1 });
    hears(7, true, NOW);
    says("1 of 1 account has usable root credentials");
    rows[0].user = (struct root_user){ .certificates = 2 };
    hears(7, true, NOW);
    says("0 of 1 account have usable root credentials");
    says("1 has none; 1 of them: keys or certificates that are switched off");
}

/* Those that have more are not left out without a word, here or in the file. */
static void more_than_there_is_room_for_are_counted(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        account("222222222222", (struct root_user){ .has_password = true });
    hears(7, true, NOW);
    says(" more\n");
    assert_true(strlen(sent(EFFECT_SAY)->say.text) <= LIMIT_ANSWER_BYTES);
}

static void an_account_without_a_number_is_said_to_have_none(void **state)
{
    (void)state;
    account("", (struct root_user){ .has_password = true });
    rows[0].at_ms = 0;
    rows[0].why = "it has no AWS account id yet";
    hears(7, true, NOW);
    says("mill (no number): it has no AWS account id yet");
}

static void a_list_that_was_cut_off_says_so(void **state)
{
    (void)state;
    static struct root_row full[LIMIT_ACCOUNTS_LISTED];
    for (size_t i = 0; i < COUNT(full); i++)
        full[i] = (struct root_row){ .account = "222222222222", .name = "mill", .at_ms = NOW };
    all = (struct root_rows){ .rows = full, .count = COUNT(full) };
    hears(7, true, NOW);
    says("The list was cut off");
    const struct fact *f = &v.facts[v.fact_count - 1];
    assert_int_equal(f->kind, FACT_ROOTS_TOLD);
    assert_false(f->on); /* it is not whole */
}

static void how_far_it_is_counts_what_can_be_used(void **state)
{
    (void)state;
    account("222222222222", (struct root_user){ .has_password = true });
    account("333333333333", (struct root_user){ .keys_active = 1, .keys = 1 });
    hears(7, false, NOW + MS_HOUR);
    assert_non_null(strstr(sent(EFFECT_ANSWER)->answer.text, "2 have usable credentials"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_to_another_question_is_none),
        TEST(one_account_is_one),
        TEST(more_than_there_is_room_for_are_counted),
        TEST(an_account_without_a_number_is_said_to_have_none),
        TEST(a_list_that_was_cut_off_says_so),
        TEST(how_far_it_is_counts_what_can_be_used),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
