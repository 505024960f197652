/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a task in a root user's session, and what follows of it, where no story leads. */
#include "tests/unit/unit.h"

#include "core/errand.h"
#include "core/inquiry.h"
#include "core/target.h"
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
    STR_SET(c->task, "s3-lockout");
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
    assert_null(bucket->problem("crumb.logs", ""));
    assert_non_null(strstr(bucket->problem("crumb..logs", ""), "two dots"));
    char name[65] = "";
    memset(name, 'b', 63);
    assert_null(bucket->problem(name, ""));
    name[63] = 'b';
    assert_non_null(strstr(bucket->problem(name, ""), "3 to 63"));
    assert_non_null(strstr(bucket->problem("bb", ""), "3 to 63"));
}

/* As it is typed into a field: with blanks around it, and as long as somebody likes. */
static void a_name_is_kept_without_what_is_around_it(void **state)
{
    (void)state;
    const struct doable *bucket = task_doable(task_named("s3-lockout"));
    char to[8];
    assert_true(task_take_target(bucket, "  crumbs  ", to, sizeof to));
    assert_string_equal(to, "crumbs");
    assert_true(task_take_target(NULL, " ", to, sizeof to));
    assert_string_equal(to, "");
    assert_false(task_take_target(bucket, "crumblogs", to, sizeof to));
    assert_string_equal(to, "");
    char root[16];
    assert_true(task_take_target(task_doable(task_named("recovery")), "x", root, sizeof root));
    assert_string_equal(root, "root user");
}

static void a_queue_is_named_by_name_arn_or_url(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *kept, *problem;
    } rows[] = {
        { "orders", "orders", NULL },
        { "orders.fifo", "orders.fifo", NULL },
        { "orders.fifos", "orders.fifos", "a queue's name" },
        { ".fifo", ".fifo", "a queue's name" },
        { "arn:aws:sqs:eu-west-1:222222222222:orders", "arn:aws:sqs:eu-west-1:222222222222:orders",
          NULL },
        { "https://sqs.eu-west-1.amazonaws.com/222222222222/orders",
          "arn:aws:sqs:eu-west-1:222222222222:orders", NULL },
        { "<https://sqs.us-gov-west-1.amazonaws.com/222222222222/orders|orders>",
          "arn:aws-us-gov:sqs:us-gov-west-1:222222222222:orders", NULL },
        { "https://sqs.cn-north-1.amazonaws.com.cn/222222222222/orders",
          "arn:aws-cn:sqs:cn-north-1:222222222222:orders", "no root users" },
        { "https://sqs.eu-west-1.amazonaws.com/333333333333/orders",
          "arn:aws:sqs:eu-west-1:333333333333:orders", "another account's" },
        { "https://sqs.eu-west-1.amazonaws.com/22/orders", "arn:aws:sqs:eu-west-1:22:orders",
          "looks like arn:" },
        { "https://sqs.eu-west-1.amazonaws.com/orders",
          "https://sqs.eu-west-1.amazonaws.com/orders", "a queue's name" },
        { "https://sqs.eu-west-1.example.com/222222222222/orders",
          "https://sqs.eu-west-1.example.com/222222222222/orders", "a queue's name" },
        { "arn:aws:sns:eu-west-1:222222222222:orders", "arn:aws:sns:eu-west-1:222222222222:orders",
          "looks like arn:" },
        { "arn:aws:sqs:eu-west-1:222222222222:or ders",
          "arn:aws:sqs:eu-west-1:222222222222:or ders", "a queue's name" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char kept[LIMIT_TARGET_BYTES];
        assert_true(target_take(rows[i].typed, kept, sizeof kept));
        assert_string_equal(kept, rows[i].kept);
        const char *why = target_queue_problem(kept, "222222222222");
        if (!rows[i].problem != !why || (why && !strstr(why, rows[i].problem)))
            fail_msg("“%s”: %s", kept, str_or_empty(why));
    }
    assert_null(target_queue_problem("arn:aws:sqs:eu-west-1:333333333333:orders", ""));
    assert_string_equal(target_name("arn:aws:sqs:eu-west-1:222222222222:orders"), "orders");
    assert_string_equal(target_name("orders"), "orders");
}

/* A name of 80 bytes is the longest one, and its ARN in the longest partition has room. */
static void the_longest_queue_has_room(void **state)
{
    (void)state;
    char name[90] = "", url[256], kept[LIMIT_TARGET_BYTES];
    memset(name, 'q', 80);
    snprintf(url, sizeof url, "https://sqs.us-gov-west-1.amazonaws.com/222222222222/%s", name);
    assert_true(target_take(url, kept, sizeof kept));
    assert_null(target_queue_problem(kept, "222222222222"));
    name[80] = 'q';
    assert_non_null(strstr(target_queue_problem(name, ""), "up to 80"));
    memset(url + strlen(url), 'q', 60);
    assert_false(target_take(url, kept, sizeof kept));
}

/* A record of another version may name one that this one does not know. */
static void a_task_that_is_none_has_words(void **state)
{
    (void)state;
    STR_SET(c->task, "another");
    assert_true(hears(7, (struct event_errand){ .known = true, .left = true }, NULL));
    assert_int_equal(v.facts[0].kind, FACT_ERRAND_DONE);
    assert_string_equal(task_words("another")->what, "the policy of");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_case_s_is_not_heard),
        TEST(what_may_have_left_is_looked_at),
        TEST(a_refusal_for_good_ends_the_looking),
        TEST(what_has_not_left_changed_nothing),
        TEST(nothing_is_begun_on_records_in_doubt),
        TEST(a_bucket_s_name_is_one_of_s3),
        TEST(a_name_is_kept_without_what_is_around_it),
        TEST(a_queue_is_named_by_name_arn_or_url),
        TEST(the_longest_queue_has_room),
        TEST(a_task_that_is_none_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
