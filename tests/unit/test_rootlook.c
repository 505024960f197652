/* SPDX-License-Identifier: Apache-2.0 */
/* What a window has left behind at AWS: when it counts as clean, and how long whoever had it is
   reminded. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/inquiry.h"
#include "core/lifecycle.h"
#include "core/reminder.h"
#include "core/rootlook.h"
#include "core/turn.h"

#define NOW ((ms_t)1795526055000)
#define LIFTED (NOW - MS_HOUR)

static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v, scratch;
static struct arena arena;
static struct casefile *c;
static const unsigned char entropy[ENTROPY_BYTES];

static void begin_at(ms_t now_ms)
{
    verdict_init(&v, &arena, (struct turn){ .now_ms = now_ms, .entropy = entropy }, 1);
}

static int set_up(void **state)
{
    (void)state;
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .approvals = 1,
                              .watch_after = MS_DAY };
    desk_init(&desk);
    desk_use_rules(&desk, &policy, &people);
    desk_use_errands(&desk, true);
    desk.chat_count = 1;
    desk.chats[0] = (struct chat_state){ .name = "slack", .up = true };
    arena_init(&arena, LIMIT_ARENA_BYTES);
    desk.last_case = 1;
    c = &desk.cases[desk.case_count++];
    *c = (struct casefile){ .no = 1,
                            .state = CASE_RESTORED,
                            .asked_ms = LIFTED - MS_HOUR,
                            .lifting_ms = LIFTED,
                            .lifted_ms = LIFTED,
                            .closed_ms = NOW,
                            .root_after_ms = NOW };
    STR_SET(c->account, "222222222222");
    STR_SET(c->requester.key, "ana@example.com");
    begin_at(NOW);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct fact *found(enum fact_kind kind)
{
    for (size_t i = 0; i < v.fact_count; i++)
        if (v.facts[i].kind == kind)
            return &v.facts[i];
    return NULL;
}

static const struct fact *settles_at(ms_t now_ms)
{
    begin_at(now_ms);
    rootlook_settle(&desk, &v);
    return found(FACT_ROOT_LOOK_SENT);
}

static const struct fact *hears(const char *error, struct event_root_found what)
{
    struct event e = { .kind = EVENT_ROOT_FOUND, .effect_id = c->root_look_id, .error = error };
    e.found = what;
    begin_at(v.turn.now_ms);
    rootlook_decide(&desk, &e, &v);
    for (size_t i = 0; i < v.fact_count; i++)
        rootlook_apply(&desk, &v.facts[i]);
    return found(FACT_ROOT_FOUND);
}

/* ---- what is left ---- */

static void what_is_left_is_told_against_what_was_there(void **state)
{
    (void)state;
    const ms_t old = LIFTED - MS_DAY, in_window = LIFTED + MS_MINUTE,
               just = LIFTED - 30 * MS_SECOND;
    const struct {
        struct root_has before, after;
        const char *left;
    } rows[] = {
        { { .known = true }, { .known = true }, "" },
        { { .known = true }, { .known = true, .mfa_devices = 1 }, "" },
        { { .known = true }, { .known = true, .password = true, .mfa_devices = 1 }, "" },
        { { .known = true }, { .known = true, .password = true }, "a password WITHOUT MFA" },
        { { .known = true, .password = true },
          { .known = true, .password = true },
          "a password WITHOUT MFA" },
        { { .known = true }, { .known = true, .keys = 2 }, "2 access keys" },
        { { .known = true, .keys = 1 }, { .known = true, .keys = 1, .made_ms = old }, "" },
        /* nobody knows what was there, so all of it is new */
        { { .known = false }, { .known = true, .keys = 1, .made_ms = old }, "1 access key" },
        { { .known = true, .keys = 1 },
          { .known = true, .keys = 2, .made_ms = old },
          "2 access keys" },
        /* replaced: as many as before, and one of them is new */
        { { .known = true, .keys = 1 },
          { .known = true, .keys = 1, .made_ms = in_window },
          "1 access key" },
        { { .known = true, .keys = 1 },
          { .known = true, .keys = 1, .made_ms = just },
          "1 access key" },
        /* switched on again */
        { { .known = true, .keys = 1 },
          { .known = true, .keys = 1, .usable = 1, .made_ms = old },
          "1 access key" },
        { { .known = true, .certificates = 1, .usable = 1 },
          { .known = true, .certificates = 1, .usable = 1, .made_ms = old },
          "" },
        { { .known = true },
          { .known = true, .keys = 1, .certificates = 1, .password = true },
          "1 access key, 1 signing certificate, a password WITHOUT MFA" },
        { { .known = true },
          { .known = true, .certificates = 2, .password = true },
          "2 signing certificates, a password WITHOUT MFA" },
        { { .known = true, .keys = 1 },
          { .known = false, .keys = 9, .password = true },
          "" }, /* nobody has told */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 500);
        c->root_before = rows[i].before;
        c->root_after = rows[i].after;
        assert_int_equal(rootlook_is_left(c), rows[i].left[0] != '\0');
        if (rows[i].left[0])
            rootlook_add_left(&b, c);
        assert_string_equal(buf_text(&b), rows[i].left);
    }
}

static void what_was_there_before_is_told(void **state)
{
    (void)state;
    const struct {
        struct root_has before, after;
        const char *text;
    } rows[] = {
        { { .known = false }, { .known = true }, "; what it had before is not known" },
        { { .known = true }, { .known = true }, "" },
        { { .known = true, .keys = 2, .certificates = 2 },
          { .known = true, .keys = 2, .certificates = 2 },
          "; 2 access keys were there before, too; 2 signing certificates were there before, too" },
        { { .known = true, .keys = 1, .certificates = 1 },
          { .known = true, .keys = 1, .certificates = 1, .password = true, .mfa_devices = 1 },
          "; 1 access key was there before, too; 1 signing certificate was there before, too; it "
          "had no password before" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 500);
        c->root_before = rows[i].before;
        c->root_after = rows[i].after;
        rootlook_add_compared(&b, c);
        assert_string_equal(buf_text(&b), rows[i].text);
    }
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 500);
    rootlook_add_has(&b, &(struct root_has){ .keys = 1, .certificates = 2 });
    assert_string_equal(buf_text(&b), "no password, no MFA, 1 access key, 2 signing certificates");
}

/* ---- looking ---- */

static void what_cannot_be_is_cut_off(void **state)
{
    (void)state;
    c->root_after_ms = 0;
    rootlook_apply(&desk, settles_at(NOW));
    const struct fact *f =
        hears(NULL, (struct event_root_found){ .keys = INT64_MAX, .usable = -1, .made_ms = -5 });
    assert_int_equal(f->keys, 999);
    assert_int_equal(f->usable, 0);
    assert_int_equal(f->since_ms, 0);
    assert_int_equal(c->root_after.keys, 999);
}

static void what_passes_is_asked_again_and_not_for_ever(void **state)
{
    (void)state;
    c->root_after_ms = 0;
    for (ms_t at_ms = NOW; at_ms < NOW + 10 * MS_MINUTE; at_ms += MS_MINUTE) {
        assert_non_null(settles_at(at_ms));
        assert_string_equal(v.effects[0].root_of, "222222222222");
        rootlook_apply(&desk, found(FACT_ROOT_LOOK_SENT));
        assert_null(hears("busy", (struct event_root_found){ .passes = true }));
        assert_null(settles_at(at_ms + MS_SECOND));
    }
    rootlook_apply(&desk, settles_at(NOW + 10 * MS_MINUTE));
    assert_string_equal(hears("busy", (struct event_root_found){ .passes = true })->text, "busy");
    assert_null(settles_at(NOW + MS_DAY)); /* people are asked, and nobody is reminded */
    assert_false(rootlook_keeps(&desk, c));
}

static void a_lost_answer_is_waited_for_no_longer(void **state)
{
    (void)state;
    c->root_after_ms = 0;
    rootlook_apply(&desk, settles_at(NOW));
    assert_true(rootlook_keeps(&desk, c));
    settles_at(NOW + 14 * MS_MINUTE);
    assert_int_equal(v.fact_count, 0);
    settles_at(NOW + 15 * MS_MINUTE);
    assert_string_equal(found(FACT_ROOT_FOUND)->text, "AWS has not answered");
}

static void a_look_of_before_says_nothing_of_after(void **state)
{
    (void)state;
    c->root_after_ms = 0;
    c->root_look_id = 7;
    c->root_asked_ms = LIFTED - 1;
    assert_null(hears(NULL, (struct event_root_found){ .keys = 0 }));
    assert_int_equal(c->root_look_id, 0);
    assert_non_null(settles_at(NOW));
    c->lifted_ms = 0; /* declined while it was looked at */
    c->root_look_id = 7;
    c->root_asked_ms = NOW + 1;
    assert_null(hears(NULL, (struct event_root_found){ .keys = 0 }));
    c->lifted_ms = LIFTED;
    c->state = CASE_LIFTING; /* nothing is lowered yet */
    c->closed_ms = 0;
    c->root_look_id = 7;
    assert_string_equal(hears(NULL, (struct event_root_found){ .keys = 1 })->verb, "before");
    c->root_before.known = false;
    c->change_begun = true;
    c->root_look_id = 7;
    assert_null(hears(NULL, (struct event_root_found){ .keys = 1 }));
    c->state = CASE_LIFTED; /* and none of the window says what it began with */
    c->root_look_id = 7;
    assert_null(hears(NULL, (struct event_root_found){ .keys = 1 }));
    assert_false(c->root_before.known);
    rootlook_decide(&desk, &(struct event){ .kind = EVENT_ROOT_FOUND }, &v); /* nobody's */
    rootlook_apply(&desk, &(struct fact){ .kind = FACT_ROOT_FOUND, .case_no = 9 });
}

static void nobody_is_asked_without_aws(void **state)
{
    (void)state;
    desk_use_errands(&desk, false);
    c->root_after_ms = 0;
    assert_null(settles_at(NOW));
    assert_false(rootlook_keeps(&desk, c));
}

/* ---- reminding ---- */

static void leaves_a_key(void)
{
    c->root_before = (struct root_has){ .known = true };
    c->root_after = (struct root_has){ .known = true, .keys = 1, .at_ms = NOW };
}

static const struct fact *reminds_at(ms_t now_ms)
{
    begin_at(now_ms);
    reminder_settle(&desk, &v);
    const struct fact *f = found(FACT_REMINDED);
    if (f)
        reminder_apply(&desk, f);
    return f;
}

static void it_is_reminded_of_every_day_and_not_for_ever(void **state)
{
    (void)state;
    leaves_a_key();
    for (int day = 1; day <= LIMIT_CLEAN_REMINDERS; day++) {
        assert_true(rootlook_is_owed(c));
        assert_null(reminds_at(NOW + day * MS_DAY - 1));
        const struct fact *f = reminds_at(NOW + day * MS_DAY);
        assert_int_equal(f->count, day);
        assert_int_equal(f->on, day == LIMIT_CLEAN_REMINDERS);
    }
    assert_false(rootlook_is_owed(c));
    assert_null(reminds_at(NOW + 99 * MS_DAY));
}

static void missed_days_are_one_reminder(void **state)
{
    (void)state;
    leaves_a_key();
    assert_int_equal(reminds_at(NOW + 5 * MS_DAY + 1)->count, 5);
    assert_null(reminds_at(NOW + 5 * MS_DAY + 2));
    assert_int_equal(reminds_at(NOW + 500 * MS_DAY)->count, LIMIT_CLEAN_REMINDERS);
}

static void it_is_looked_at_before_it_is_reminded_of(void **state)
{
    (void)state;
    leaves_a_key();
    assert_null(settles_at(NOW + MS_DAY - 16 * MS_MINUTE));
    assert_non_null(settles_at(NOW + MS_DAY - 15 * MS_MINUTE));
    c->cleaned_ms = NOW + MS_HOUR; /* somebody says that it is clean */
    assert_non_null(settles_at(NOW + MS_HOUR));
    c->cleaned = CLEANED_MEANT;
    assert_null(settles_at(NOW + MS_DAY));
    assert_null(reminds_at(NOW + MS_DAY));
}

/* Nobody is told that AWS is asked where there is no way to it any more. */
static void who_says_that_it_is_clean_is_answered(void **state)
{
    (void)state;
    struct inquiry q = { .request = { .case_no = 1, .yes = true }, .actor = c->requester };
    const struct survey survey = { .read = 0 };
    leaves_a_key();
    for (int aws = 0; aws < 2; aws++) {
        desk_use_errands(&desk, aws);
        begin_at(NOW);
        command_cleaned.settle(&desk, &q, &(struct findings){ .survey = &survey }, &v);
        assert_true(found(FACT_CLEANED)->on);
        assert_int_equal(strstr(v.effects[0].answer.text, "I ask AWS once more") != NULL, aws);
    }
}

/* What is left is not dropped in silence where new cases need the place. */
/* Of that account, and of what a window leaves. */
static void what_was_deleted_without_a_window_is_looked_at(void **state)
{
    (void)state;
    struct casefile errand = { .task = "recovery", .account = "222222222222" };
    leaves_a_key();
    rootlook_again(&desk, &errand, NOW + MS_HOUR);
    STR_SET(errand.task, "credentials");
    STR_SET(errand.account, "333333333333");
    rootlook_again(&desk, &errand, NOW + MS_HOUR);
    assert_null(settles_at(NOW + MS_HOUR));
    STR_SET(errand.account, "222222222222");
    rootlook_again(&desk, &errand, NOW + MS_HOUR);
    assert_null(settles_at(NOW + MS_HOUR - 1));
    assert_non_null(settles_at(NOW + MS_HOUR));
}

static void one_that_gives_way_says_so(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_DUE, .chat = "", .at_ms = NOW + MS_MINUTE };
    leaves_a_key();
    desk.case_count = desk.last_case = LIMIT_CASES;
    for (uint32_t i = 1; i < LIMIT_CASES; i++)
        desk.cases[i] =
            (struct casefile){ .no = i + 1, .state = CASE_WITHDRAWN, .closed_ms = NOW + MS_SECOND };
    begin_at(e.at_ms);
    desk_handle(&desk, &e, &v, &scratch);
    const struct fact *last = found(FACT_REMINDED);
    assert_int_equal(last->case_no, 1);
    assert_true(last->on);
    assert_true(found(FACT_FILED) > last);
    assert_int_equal(found(FACT_FILED)->case_no, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_is_told_against_what_was_there),
        TEST(what_was_there_before_is_told),
        TEST(what_cannot_be_is_cut_off),
        TEST(what_passes_is_asked_again_and_not_for_ever),
        TEST(a_lost_answer_is_waited_for_no_longer),
        TEST(a_look_of_before_says_nothing_of_after),
        TEST(nobody_is_asked_without_aws),
        TEST(it_is_reminded_of_every_day_and_not_for_ever),
        TEST(missed_days_are_one_reminder),
        TEST(it_is_looked_at_before_it_is_reminded_of),
        TEST(who_says_that_it_is_clean_is_answered),
        TEST(what_was_deleted_without_a_window_is_looked_at),
        TEST(one_that_gives_way_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
