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

/* Each thing that is gone is told, and where something came instead of it nothing is said to be. */
static void a_part_of_it_is_told_thing_by_thing(void **state)
{
    (void)state;
    struct event_errand told = { .known = true, .left = true, .digest = "d2" };
    STR_SET(c->task, "credentials");
    STR_SET(c->policy, "password; key A; key B");
    told.policy = "key B";
    assert_true(hears(7, told, NULL));
    assert_int_equal(v.facts[0].kind, FACT_ERRAND_FAILED);
    assert_string_equal(v.facts[0].text, "gone is: password; key A. There is still: key B");
    told.policy = "password; key A; key B; key C";
    assert_true(hears(7, told, "AccessDenied"));
    assert_string_equal(v.facts[1].text, "nothing is gone. There is still: password; key A; key B; "
                                         "key C (AccessDenied)");
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

/* What is cut says so, also where its characters take more room than most. */
static void what_has_no_room_on_the_card_is_cut_and_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *character;
        size_t count;
        bool cut;
    } rows[] = { { "x", LIMIT_POLICY_SHOWN_CHARACTERS - 2, false },
                 { "x", LIMIT_POLICY_SHOWN_CHARACTERS + 2, true },
                 { "é", LIMIT_POLICY_SHOWN_CHARACTERS - 2, true },
                 { "😀", LIMIT_POLICY_SHOWN_CHARACTERS + 2, true } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buf_done) struct buf whole;
        buf_init(&whole, LIMIT_POLICY_BYTES);
        buf_add(&whole, "{");
        for (size_t n = 0; n < rows[i].count; n++)
            buf_add(&whole, rows[i].character);
        buf_add(&whole, "}");
        const struct fact asked = { .kind = FACT_ERRAND_ASKED, .was = buf_text(&whole) };
        errand_apply(c, &asked);
        assert_int_equal(errand_is_cut(c), rows[i].cut);
        assert_true(rows[i].cut || str_equal(c->policy, buf_text(&whole)));
    }
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

/* ---- password recovery with a lift ---- */

static void put_lift(void)
{
    c->state = CASE_LIFTING;
    c->recovery = RECOVERY_BEGUN;
    c->target[0] = '\0';
    STR_SET(c->task, "billing");
}

static const struct fact *fact_of(enum fact_kind kind)
{
    for (size_t i = 0; i < v.fact_count; i++)
        if (v.facts[i].kind == kind)
            return &v.facts[i];
    return NULL;
}

/* As many as a lift needs have to say so; one of two alone lifts without. */
static void recovery_takes_as_many_approvals_as_a_lift(void **state)
{
    (void)state;
    static const struct {
        int needed;
        size_t with, without;
        bool recovers;
    } rows[] = { { 1, 0, 1, false }, { 1, 1, 0, true }, { 1, 1, 1, true },  { 2, 1, 1, false },
                 { 2, 2, 0, true },  { 2, 2, 1, true }, { 2, 1, 0, false }, { 3, 2, 1, false } };
    put_lift();
    for (size_t i = 0; i < COUNT(rows); i++) {
        c->recovery = RECOVERY_NONE;
        policy.approvals = rows[i].needed;
        c->question = (struct question){ .approval_count = rows[i].with + rows[i].without };
        for (size_t k = 0; k < rows[i].with; k++)
            c->question.approvals[k].recovers = true;
        assert_int_equal(errand_recovers_first(&desk, c), rows[i].recovers);
        /* Once, and for a window alone. */
        c->recovery = RECOVERY_ALLOWED;
        assert_false(errand_recovers_first(&desk, c));
        c->recovery = RECOVERY_NONE;
        c->question.kind = QUESTION_MORE_TIME;
        assert_false(errand_recovers_first(&desk, c));
    }
}

/* The task of recovery, whatever the window is for, and only for what was shown. */
static void recovery_is_the_task_of_that_name(void **state)
{
    (void)state;
    put_lift();
    STR_SET(c->account, "222222222222");
    c->question.roll.sent_ms = NOW - 4 * MS_SECOND;
    errand_recover(c, &v);
    assert_int_equal(v.facts[0].kind, FACT_RECOVERY_BEGUN);
    assert_int_equal(v.facts[1].kind, FACT_ERRAND_SENT);
    assert_int_equal(v.effect_count, 1);
    const struct effect_errand *e = &v.effects[0].errand;
    assert_string_equal(e->task, TASK_RECOVERY);
    assert_string_equal(e->target, "root user");
    assert_string_equal(e->account, "222222222222");
    assert_string_equal(e->digest, "d1");
    assert_int_equal(e->leave_before_ms, NOW + 6 * MS_SECOND);
}

static void what_becomes_of_recovery_decides_on_the_lift(void **state)
{
    (void)state;
    static const struct {
        struct event_errand told;
        const char *error;
        bool does;
        enum fact_kind kind;
        bool nothing_done, refuses;
        enum recovery left;
        const char *why;
    } rows[] = {
        { { .known = true, .left = true },
          NULL,
          true,
          FACT_RECOVERY_ALLOWED,
          false,
          false,
          RECOVERY_ALLOWED,
          "" },
        { { .known = true },
          NULL,
          true,
          FACT_RECOVERY_ALLOWED,
          true,
          false,
          RECOVERY_ALLOWED,
          "there was a password already" },
        { { .known = true },
          NULL,
          false,
          FACT_RECOVERY_ALLOWED,
          false,
          false,
          RECOVERY_ALLOWED,
          "I was stopped while I did it, so it was me or somebody else" },
        { { .known = true, .policy = "no password", .digest = "d1" },
          NULL,
          false,
          FACT_RECOVERY_FAILED,
          false,
          true,
          RECOVERY_UNSURE,
          "recovery may be allowed yet" },
        { { .known = true, .policy = "no password", .digest = "d1" },
          NULL,
          true,
          FACT_RECOVERY_FAILED,
          true,
          true,
          RECOVERY_NONE,
          "I did not come to ask AWS for it" },
        { { .known = true, .policy = "no password", .digest = "d1", .left = true },
          NULL,
          true,
          FACT_RECOVERY_FAILED,
          false,
          true,
          RECOVERY_UNSURE,
          "there is no password all the same" },
        { { .known = true, .policy = "another", .digest = "d2" },
          NULL,
          true,
          FACT_RECOVERY_FAILED,
          true,
          true,
          RECOVERY_NONE,
          "not what was approved any more" },
        { { .refused = true },
          "AccessDenied",
          true,
          FACT_RECOVERY_FAILED,
          true,
          true,
          RECOVERY_NONE,
          "AccessDenied" },
        { { .refused = true, .left = true },
          "AccessDenied",
          true,
          FACT_RECOVERY_FAILED,
          false,
          true,
          RECOVERY_UNSURE,
          "cannot be read: AccessDenied" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int open = 0; open < 2; open++) {
            v.fact_count = 0;
            put_lift();
            c->errand_does = rows[i].does;
            c->change_begun = !open;
            assert_true(hears(7, rows[i].told, rows[i].error));
            const struct fact *f = fact_of(rows[i].kind), *refused = fact_of(FACT_REFUSED);
            assert_non_null(f);
            assert_int_equal(f->on, rows[i].nothing_done);
            assert_non_null(strstr(str_or_empty(f->text), rows[i].why));
            assert_int_equal(refused != NULL, rows[i].refuses && open);
            assert_true(!refused || strstr(refused->text, rows[i].why));
            errand_apply(c, f);
            assert_int_equal(c->recovery, rows[i].left);
        }
}

/* Asked for by this process, and still on its way; asked for by the one before. */
static void recovery_is_looked_at_after_a_restart(void **state)
{
    (void)state;
    put_lift();
    assert_true(case_is_at_aws(c));
    errand_settle_running(c, &v);
    assert_int_equal(v.effect_count, 0);
    c->errand_id = 0;
    errand_settle_running(c, &v);
    assert_int_equal(v.effect_count, 1);
    assert_null(v.effects[0].errand.digest);
    assert_string_equal(v.effects[0].errand.task, TASK_RECOVERY);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_case_s_is_not_heard),
        TEST(what_may_have_left_is_looked_at),
        TEST(a_refusal_for_good_ends_the_looking),
        TEST(what_has_not_left_changed_nothing),
        TEST(a_part_of_it_is_told_thing_by_thing),
        TEST(nothing_is_begun_on_records_in_doubt),
        TEST(a_bucket_s_name_is_one_of_s3),
        TEST(what_has_no_room_on_the_card_is_cut_and_says_so),
        TEST(a_name_is_kept_without_what_is_around_it),
        TEST(a_queue_is_named_by_name_arn_or_url),
        TEST(the_longest_queue_has_room),
        TEST(a_task_that_is_none_has_words),
        TEST(recovery_takes_as_many_approvals_as_a_lift),
        TEST(recovery_is_the_task_of_that_name),
        TEST(what_becomes_of_recovery_decides_on_the_lift),
        TEST(recovery_is_looked_at_after_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
