/* SPDX-License-Identifier: Apache-2.0 */
/* Who hears of an alarm that no chat takes, when, and what they read. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/chats.h"
#include "core/desk.h"
#include "core/route.h"
#include "core/turn.h"

#include <string.h>

static const ms_t NOW = 1795526055000;
static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES];

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .remind_overdue = { { 0, MS_MINUTE, 5 * MS_MINUTE }, 3 } };
    people.count = 0;
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void somebody_is_an_address_or_a_program(void **state)
{
    (void)state;
    assert_true(route_is_none(&policy));
    STR_SET(policy.alarm_command, "/usr/local/bin/page");
    assert_false(route_is_none(&policy));
    policy.alarm_command[0] = '\0';
    STR_SET(policy.alarm_mail, "ops@example.com");
    assert_false(route_is_none(&policy));
}

static void a_list_of_addresses_is_looked_at(void **state)
{
    (void)state;
    static const char *const fine[] = { "a@x", " a@x,\tb@y , ", "a@x b@x c@x d@x e@x f@x g@x h@x" },
                             *const wrong[] = { "",      " , ",
                                                "a",     "@x",
                                                "a@",    "a@x@y",
                                                "a@x b", "a@x b@x c@x d@x e@x f@x g@x h@x i@x" };
    for (size_t i = 0; i < COUNT(fine); i++)
        if (route_advice(fine[i]))
            fail_msg("“%s”: %s", fine[i], route_advice(fine[i]));
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (!route_advice(wrong[i]))
            fail_msg("“%s” is taken", wrong[i]);
}

static void a_step_is_told_once_and_late_ones_as_one(void **state)
{
    (void)state;
    assert_int_equal(route_step(&policy, 0, 0, NOW), 1);
    assert_int_equal(route_step(&policy, NOW, 1, NOW + MS_SECOND), 0);
    assert_int_equal(route_step(&policy, NOW, 1, NOW + MS_MINUTE), 2);
    assert_int_equal(route_step(&policy, NOW, 1, NOW + 5 * MS_MINUTE), 3);
    desk_apply(&desk,
               &(struct fact){ .kind = FACT_ALARM_ROUTED, .at_ms = NOW, .count = INT64_MAX });
    assert_int_equal(desk.route.told, INT32_MAX);
}

static const char *told_at(ms_t now_ms, size_t *ret_mails)
{
    const char *text = NULL;
    *ret_mails = 0;
    verdict_init(&v, &arena, (struct turn){ .now_ms = now_ms, .entropy = entropy }, 1);
    route_tell(&desk, &(struct fact){ .kind = FACT_ALARM_ROUTED, .count = 1 }, &v);
    for (size_t i = 0; i < v.effect_count; i++) {
        *ret_mails += v.effects[i].kind == EFFECT_MAIL;
        text = v.effects[i].mail.text;
    }
    return text;
}

static const char *told(size_t *ret_mails) { return told_at(NOW, ret_mails); }

/* Only what is past its time; no more addresses than there may be. */
static void what_is_past_its_time_is_named(void **state)
{
    (void)state;
    size_t mails;
    desk.case_count = 2;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_LIFTED, .deadline_ms = NOW - 1 };
    desk.cases[1] = (struct casefile){
        .no = 2, .state = CASE_LIFTED, .account = "222222222222", .deadline_ms = NOW + MS_HOUR
    };
    STR_SET(policy.alarm_mail, "a@x b@x c@x d@x e@x f@x g@x h@x i@x");
    const char *text = told(&mails);
    assert_int_equal(mails, LIMIT_ALARM_MAILS);
    assert_non_null(strstr(text, "G-0001"));
    assert_null(strstr(text, "G-0002"));
    assert_null(strstr(text, "(account"));
    assert_null(strstr(text, "I repeat this")); /* somebody is reached again meanwhile */
    desk.route.alone_ms = NOW - MS_HOUR;
    STR_SET(desk.cases[0].account, "111111111111");
    text = told(&mails);
    assert_non_null(strstr(text, "G-0001 (account 111111111111)"));
    assert_non_null(strstr(text, "I repeat this"));
}

static void settle(ms_t now_ms)
{
    verdict_init(&v, &arena, (struct turn){ .now_ms = now_ms, .entropy = entropy }, 1);
    route_settle(&desk, &v);
}

static void expect_alarm(ms_t now_ms, int64_t count)
{
    settle(now_ms);
    assert_int_equal(v.fact_count, count ? 1 : 0);
    if (!count)
        return;
    assert_int_equal(v.facts[0].kind, FACT_ALARM_ROUTED);
    assert_int_equal(v.facts[0].count, count);
    v.facts[0].at_ms = now_ms;
    desk_apply(&desk, &v.facts[0]);
}

/* Records in doubt or that cannot be written, and a guardrail that may be down and cannot be read:
   each rings alone, names itself, and is over when it is. */
static void what_else_nobody_hears_rings_too(void **state)
{
    (void)state;
    size_t mails;
    ms_t alone_ms = NOW - MS_HOUR;
    STR_SET(policy.alarm_mail, "a@x");
    desk.route.alone_ms = alone_ms;
    expect_alarm(NOW, 0);
    desk.doubt = (struct doubt){ .stands = true, .why = "record 7 was changed", .since_ms = NOW };
    desk.guardrail.seen = WATCH_ON;
    expect_alarm(NOW, 1);
    assert_non_null(strstr(told(&mails), "record 7 was changed"));
    assert_non_null(strstr(told(&mails), "Root protection is ON"));
    assert_null(strstr(told(&mails), "Switch it on now"));
    assert_non_null(strstr(v.effects[0].mail.subject, "cannot use my records"));
    desk.doubt.stands = false;
    settle(NOW + 1);
    assert_true(v.facts[0].on); /* over */
    desk_apply(&desk, &v.facts[0]);
    desk.loss = (struct loss){ .stands = true, .why = "the disk is full", .since_ms = NOW + 2 };
    expect_alarm(NOW + 2, 1);
    assert_non_null(strstr(told(&mails), "the disk is full"));
    desk.loss.stands = false;
    settle(NOW + 3);
    desk_apply(&desk, &v.facts[0]);
    policy.poll_idle = MS_MINUTE;
    desk.guardrail = (struct guardrail){ .known = WATCH_OFF, .known_ms = NOW, .read_ms = NOW };
    STR_SET(desk.guardrail.why_unknown, "no answer");
    expect_alarm(NOW + 3 * MS_MINUTE - 1, 0);
    expect_alarm(NOW + 3 * MS_MINUTE, 1);
    assert_non_null(strstr(told_at(NOW + 3 * MS_MINUTE, &mails), "no answer"));
    assert_non_null(strstr(v.effects[0].mail.text, "Switch it on now"));
    assert_non_null(strstr(v.effects[0].mail.subject, "I can read neither root protection"));
    desk.guardrail.known = WATCH_ON; /* and nothing is open */
    settle(NOW + 4 * MS_MINUTE);
    assert_true(v.facts[0].on);
}

/* The third alarm about records waits for minutes; a window whose time is over does not. */
static void what_nobody_was_told_of_waits_for_no_step(void **state)
{
    (void)state;
    STR_SET(policy.alarm_mail, "a@x");
    desk.route.alone_ms = NOW - MS_HOUR;
    desk.doubt = (struct doubt){ .stands = true, .since_ms = NOW };
    expect_alarm(NOW, 1);
    expect_alarm(NOW + MS_MINUTE, 2);
    desk.case_count = 1;
    desk.cases[0] =
        (struct casefile){ .no = 1, .state = CASE_LIFTED, .deadline_ms = NOW + 2 * MS_MINUTE };
    expect_alarm(NOW + 2 * MS_MINUTE - 1, 0);
    expect_alarm(NOW + 2 * MS_MINUTE, 1);
    expect_alarm(NOW + 3 * MS_MINUTE - 1, 0); /* its own steps from then on */
    expect_alarm(NOW + 3 * MS_MINUTE, 2);
}

static bool is_alone_at(ms_t now_ms)
{
    settle(now_ms);
    for (size_t i = 0; i < v.fact_count; i++)
        if (v.facts[i].kind == FACT_ALONE)
            desk_apply(&desk, &v.facts[i]);
    return desk.route.alone_ms != 0;
}

static void reached(bool on, ms_t at_ms)
{
    desk_apply(&desk,
               &(struct fact){ .kind = FACT_REACHED, .verb = "slack", .on = on, .at_ms = at_ms });
}

/* The channel takes nothing, and people are written to: one that fails reaches nobody, unless
   somebody was told since the alarm came, an hour ago at most. */
static void who_is_written_to_in_vain_is_not_reached(void **state)
{
    (void)state;
    STR_SET(policy.alarm_mail, "a@x");
    desk.chat_count = 1;
    desk.chats[0] = (struct chat_state){ .name = "slack", .up = true };
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_LIFTED, .deadline_ms = NOW };
    assert_false(is_alone_at(NOW));
    desk.chats[0].up = false;
    assert_true(is_alone_at(NOW));
    desk.chats[0].direct = true;
    assert_false(is_alone_at(NOW));
    reached(false, NOW + 1);
    assert_true(is_alone_at(NOW + 1));
    reached(true, NOW + 2);
    assert_false(is_alone_at(NOW + 2));
    reached(false, NOW + 3); /* another Admin, or the next message */
    assert_false(is_alone_at(NOW + 3));
    assert_true(is_alone_at(NOW + 3 + MS_HOUR));
    reached(true, NOW + 4 + MS_HOUR);
    assert_false(is_alone_at(NOW + 4 + MS_HOUR));
    reached(false, NOW + 5 + MS_HOUR);
    desk.doubt = (struct doubt){ .stands = true, .since_ms = NOW + 6 + MS_HOUR };
    assert_true(is_alone_at(NOW + 6 + MS_HOUR)); /* of that nobody was told */
    desk.doubt.stands = false;
    desk.chats[0].taken_ms = NOW - 1;
    assert_true(is_alone_at(NOW + 7 + MS_HOUR));
    reached(true, NOW + 8 + MS_HOUR);
    reached(false, NOW + 9 + MS_HOUR);
    desk.guardrail = (struct guardrail){ .known_ms = NOW + 9 + MS_HOUR, .read_ms = NOW };
    assert_true(is_alone_at(NOW + 9 + MS_HOUR));
}

static size_t noted(enum event_kind kind, struct event_delivery delivery)
{
    struct event e = { .kind = kind, .chat = "slack", .error = "no", .delivery = delivery };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    chats_delivered(&desk, &e, &v);
    for (size_t i = 0; i < v.fact_count; i++) {
        v.facts[i].at_ms = NOW;
        desk_apply(&desk, &v.facts[i]);
    }
    return v.fact_count;
}

/* The first failure counts, whether Slack has said no or nothing; not that of a message whose
   person or place is gone. */
static void what_fails_for_its_own_reason_says_nothing_of_others(void **state)
{
    (void)state;
    desk.chat_count = 1;
    desk.chats[0] = (struct chat_state){ .name = "slack", .direct = true };
    assert_int_equal(noted(EVENT_DELIVERY_FAILED, (struct event_delivery){ .for_ever = true }), 0);
    assert_int_equal(noted(EVENT_DELIVERY_FAILED, (struct event_delivery){ .target_gone = true }),
                     0);
    assert_int_equal(noted(EVENT_DELIVERY_UNKNOWN, (struct event_delivery){ 0 }), 1);
    assert_int_equal(desk.chats[0].failing_ms, NOW);
    assert_int_equal(noted(EVENT_DELIVERY_FAILED, (struct event_delivery){ 0 }), 0);
    assert_int_equal(noted(EVENT_DELIVERED, (struct event_delivery){ 0 }), 1);
    assert_int_equal(desk.chats[0].failing_ms, 0);
    assert_int_equal(desk.chats[0].taken_ms, NOW);
    desk.chats[0].up = true;
    assert_int_equal(noted(EVENT_DELIVERY_FAILED, (struct event_delivery){ 0 }), 0);
}

static void a_witness_says_who_it_is_and_what_to_do(void **state)
{
    (void)state;
    struct route_words said = route_of_witness(&policy, "root protection is OFF", &arena),
                       over = route_of_witness(&policy, NULL, &arena);
    assert_string_equal(said.subject, "reguard's witness: ALARM, and no chat takes it");
    assert_non_null(strstr(said.text, "What I see: root protection is OFF.\n\nUnless you know of a "
                                      "window that is open, switch it on now: "));
    assert_non_null(strstr(said.text, "; or on any machine that has the credential: reguard "
                                      "restore. Then see why reguard does not run"));
    assert_non_null(strstr(said.text, "I am its witness, on another machine."));
    assert_string_equal(over.subject, "reguard's witness: the alarm is over");
}

#define A_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(somebody_is_an_address_or_a_program),
        A_TEST(a_list_of_addresses_is_looked_at),
        A_TEST(a_step_is_told_once_and_late_ones_as_one),
        A_TEST(what_is_past_its_time_is_named),
        A_TEST(what_else_nobody_hears_rings_too),
        A_TEST(what_nobody_was_told_of_waits_for_no_step),
        A_TEST(who_is_written_to_in_vain_is_not_reached),
        A_TEST(what_fails_for_its_own_reason_says_nothing_of_others),
        A_TEST(a_witness_says_who_it_is_and_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
