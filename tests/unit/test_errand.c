/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a task in a root user's session, and what follows of it, where no story leads. */
#include "tests/unit/unit.h"

#include "core/errand.h"
#include "core/inquiry.h"
#include "core/tasks.h"

#define NOW ((ms_t)1795526055000)

static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;
static struct casefile *c;

static int set_up(void **state)
{
    (void)state;
    static const unsigned char entropy[ENTROPY_BYTES];
    policy = (struct policy){ .approvals = 1, .lift_gives_up = 30 * MS_MINUTE };
    desk_init(&desk);
    desk_use_rules(&desk, &policy, &people);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    c = &desk.cases[desk.case_count++];
    *c = (struct casefile){
        .no = 1, .state = CASE_RUNNING, .begun_ms = NOW, .errand_id = 7, .errand_does = true
    };
    STR_SET(c->target, "crumb-logs");
    STR_SET(c->digest, "d1");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static bool hears(uint64_t id, struct event_errand what, const char *error)
{
    struct event e = { .kind = EVENT_ERRAND_TOLD, .effect_id = id, .error = error };
    e.errand = what;
    return errand_told(&desk, &e, &v);
}

static void what_is_no_case_s_is_not_heard(void **state)
{
    (void)state;
    assert_false(hears(0, (struct event_errand){ .known = true }, NULL));
    assert_false(hears(8, (struct event_errand){ .known = true }, NULL));
    /* Nor when nobody waits for it any more who asked what there is. */
    struct event e = { .kind = EVENT_ERRAND_TOLD, .effect_id = 8 };
    inquiry_looked(&desk, &e, &v);
    assert_int_equal(v.fact_count, 0);
    assert_int_equal(v.effect_count, 0);
}

/* It may have been done: nobody says that nothing was changed, and nothing is done again. */
static void what_may_have_left_is_looked_at(void **state)
{
    (void)state;
    assert_true(hears(7, (struct event_errand){ .left = true }, "the line broke"));
    assert_int_equal(v.fact_count, 1);
    assert_int_equal(v.facts[0].kind, FACT_ERRAND_SENT);
    assert_int_equal(v.facts[0].effect_id, 0);
    assert_true(v.facts[0].until_ms > NOW);
}

static void a_refusal_for_good_ends_the_looking(void **state)
{
    (void)state;
    c->errand_does = false;
    assert_true(hears(7, (struct event_errand){ .refused = true }, "AccessDenied"));
    assert_int_equal(v.facts[0].kind, FACT_ERRAND_FAILED);
    assert_false(v.facts[0].on);
    assert_non_null(strstr(v.facts[0].text, "cannot be read: AccessDenied"));
}

static void what_has_not_left_changed_nothing(void **state)
{
    (void)state;
    struct event_errand same = { .known = true, .policy = "{}", .digest = "d1" };
    assert_true(hears(7, same, NULL));
    assert_int_equal(v.facts[0].kind, FACT_ERRAND_FAILED);
    assert_true(v.facts[0].on);
}

static void nothing_is_begun_on_records_in_doubt(void **state)
{
    (void)state;
    c->state = CASE_WAITING;
    c->question.kind = QUESTION_ERRAND;
    c->question.approval_count = 1;
    c->question.roll = (struct roll){ .complete = true, .sent_ms = NOW };
    desk.doubt.stands = true;
    errand_settle_waiting(&desk, c, &v);
    assert_int_equal(v.fact_count, 0);
    assert_int_equal(v.effect_count, 0);
}

static void a_bucket_s_name_is_one_of_s3(void **state)
{
    (void)state;
    const struct doable *bucket = task_doable(task_named("s3-lockout"));
    assert_null(bucket->problem("crumb.logs"));
    assert_non_null(strstr(bucket->problem("crumb..logs"), "two dots"));
    char name[65] = "";
    memset(name, 'b', 63);
    assert_null(bucket->problem(name));
    name[63] = 'b';
    assert_non_null(strstr(bucket->problem(name), "3 to 63"));
    assert_non_null(strstr(bucket->problem("bb"), "3 to 63"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_case_s_is_not_heard),       TEST(what_may_have_left_is_looked_at),
        TEST(a_refusal_for_good_ends_the_looking),  TEST(what_has_not_left_changed_nothing),
        TEST(nothing_is_begun_on_records_in_doubt), TEST(a_bucket_s_name_is_one_of_s3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
