/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody may act: no crowd can push a person or a person's count out, and what raises
   protection is never held back. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/turn.h"
#include "core/desk.h"
#include "host/secret.h"

static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict out, scratch;
static struct arena arena;
static const unsigned char entropy[64];
static ms_t now_ms;

static int set_up(void **state)
{
    (void)state;
    now_ms = 1772409600 * MS_SECOND;
    memset(&people, 0, sizeof people);
    for (size_t i = 0; i < LIMIT_PEOPLE; i++) {
        struct person *p = &people.rows[people.count++];
        snprintf(p->key, sizeof p->key, "p%zu@example.com", i);
        p->id_count = 2;
        for (size_t k = 0; k < 2; k++) {
            STR_SET(p->ids[k].chat, "slack");
            snprintf(p->ids[k].id, sizeof p->ids[k].id, "%c%zu", k ? 'V' : 'U', i);
        }
    }
    STR_SET(policy.command_word, "/reguard");
    policy.provider = &stax_provider;
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* The text of the answer, "" for silence. */
static const char *answered(struct event *e)
{
    static char text[LIMIT_ANSWER_BYTES];
    e->chat = "slack";
    e->id = "Ev1";
    e->at_ms = now_ms;
    arena_reset(&arena);
    verdict_init(&out, &arena, (struct turn){ .now_ms = now_ms, .entropy = entropy }, 0);
    desk_handle(&desk, e, &out, &scratch);
    assert_false(out.overflow);
    text[0] = '\0';
    for (size_t i = 0; i < out.effect_count; i++)
        if (out.effects[i].kind == EFFECT_ANSWER)
            STR_SET(text, out.effects[i].answer.text);
    return text;
}

static const char *says(const char *id, const char *words)
{
    struct event e = { .kind = EVENT_SAID, .actor = { .id = id }, .said = { .text = words } };
    return answered(&e);
}

static const char *presses(const char *id, const char *action)
{
    struct event e = { .kind = EVENT_CLICKED,
                       .actor = { .id = id },
                       .clicked = { .action = action, .handle = "gone" } };
    return answered(&e);
}

static const char *stranger(int number)
{
    static char id[16];
    snprintf(id, sizeof id, "W%d", number);
    return id;
}

static size_t records(void)
{
    size_t n = 0;
    for (size_t i = 0; i < out.fact_count; i++)
        n += fact_is_durable(out.facts[i].kind);
    return n;
}

static void every_kind_of_event_counts(void **state)
{
    (void)state;
    struct event reacted = { .kind = EVENT_REACTED,
                             .actor = { .id = "U0" },
                             .reacted = { .reaction = "eyes" } };
    struct event form = { .kind = EVENT_SUBMITTED,
                          .actor = { .id = "U0" },
                          .submitted = { .form = "lift", .handle = "x", .reason = "r" } };
    for (int i = 0; i < 5; i++) {
        says("U0", "help");
        presses("V0", "approve"); /* another account of the same person */
        answered(&reacted);
        answered(&form);
    }
    assert_non_null(strstr(presses("U0", "extend"), "more than 20"));
    assert_string_equal(presses("V0", "extend"), "");
    assert_string_equal(says("U0", "status"), "");
    assert_string_equal(answered(&form), "");
    assert_true(out.unremarked);
    assert_non_null(strstr(says("U1", "help done"), "end a window"));
    assert_false(out.unremarked);
    now_ms += MS_MINUTE;
    assert_non_null(strstr(says("U0", "help done"), "end a window"));
}

/* One of many talks too much; the others come and go meanwhile. */
static void a_crowd_does_not_reset_a_count(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_COMMANDS_PER_MINUTE + 1; i++)
        says("W1", "help");
    assert_string_equal(says("W1", "help"), "");
    for (int i = 2; i < 1000; i++)
        says(stranger(i), "help");
    assert_string_equal(says("W1", "help"), "");
}

/* Two names of which talk.c makes the same mark. */
static void names_with_the_same_mark_are_two_people(void **state)
{
    (void)state;
    STR_SET(people.rows[0].key, "costarring");
    STR_SET(people.rows[1].key, "liquid");
    for (int i = 0; i < LIMIT_COMMANDS_PER_MINUTE + 1; i++)
        says("U0", "help");
    assert_string_equal(says("U0", "help"), "");
    assert_non_null(strstr(says("U1", "help done"), "end a window"));
}

/* Those for whom there is no place share one, so that a crowd of new names gets no further; and
   each of them is told. */
static void a_crowd_shares_what_is_left(void **state)
{
    (void)state;
    int answers = 0, told = 0;
    for (int i = 0; i < 5000; i++) {
        const char *answer = says(stranger(i), "help");
        assert_true(answer[0] != '\0');
        told += strstr(answer, "ask again in a minute") != NULL;
        answers += strstr(answer, "ask again in a minute") == NULL;
    }
    assert_true(answers <= LIMIT_TALKERS + LIMIT_COMMANDS_PER_MINUTE);
    assert_int_equal(answers + told, 5000);
    assert_non_null(strstr(says(stranger(4999), "help"), "restores root protection works"));
}

/* As many as may well ask after an alarm: each finds a place of their own. */
static void a_thousand_who_ask_once_are_all_answered(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_null(strstr(says(stranger(i), "help"), "in a minute"));
}

static void a_crowd_does_not_touch_people(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++)
        says(stranger(i % 700), "help");
    for (size_t i = 0; i < LIMIT_PEOPLE; i++)
        assert_non_null(strstr(says(people.rows[i].ids[0].id, "help done"), "end a window"));
    assert_string_equal(says(stranger(650), "help"), "");
}

/* However many people try in vain, each leaves one record a minute. */
static void what_is_tried_in_vain_is_recorded_by_number(void **state)
{
    (void)state;
    size_t written = 0;
    for (int i = 0; i < 3000; i++) {
        now_ms++;
        says(i % 2 ? "U0" : "U1", "help");
        written += records();
    }
    assert_int_equal(written, 2); /* the first of each; the others wait for the minute */
    int64_t count = 0;
    for (int i = 0; i < 3; i++) {
        now_ms = desk_due_ms(&desk);
        struct event due = { .kind = EVENT_DUE };
        answered(&due);
        for (size_t k = 0; k < out.fact_count; k++)
            count += out.facts[k].kind == FACT_TRIED_IN_VAIN ? out.facts[k].count : 0;
    }
    assert_true(count >= 3000 - 2 * (LIMIT_COMMANDS_PER_MINUTE + 1) - 2);
    for (int i = 0; i < 3000; i++)
        says("W1", "help");
    assert_int_equal(records(), 0); /* strangers leave none */
}

/* ---- places of commands that wait ---- */

static struct event due_event(void) { return (struct event){ .kind = EVENT_DUE }; }

static void keep(int64_t ref, const char *verb, size_t person, uint32_t case_no)
{
    struct fact f = { .kind = FACT_INQUIRED,
                      .at_ms = now_ms,
                      .ref = ref,
                      .verb = verb,
                      .count = case_no,
                      .actor = { .user = "",
                                 .chat = "slack",
                                 .id = people.rows[person].ids[0].id,
                                 .key = people.rows[person].key,
                                 .name = "" } };
    desk_apply(&desk, &f);
}

static size_t reads_of(const char *id)
{
    size_t n = 0;
    for (size_t i = 0; i < out.effect_count; i++)
        n += out.effects[i].kind == EFFECT_IDENTIFY && str_equal(out.effects[i].identify, id);
    return n;
}

static size_t in_flight(const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < desk.inquiry_count; i++)
        n += desk.inquiries[i].effect_id && str_equal(desk.inquiries[i].actor.key, key);
    return n;
}

/* Others ask as much as they can: somebody who asks for one thing is read at once, and has a place
   when there is none left. */
static void a_flood_of_others_does_not_come_first(void **state)
{
    (void)state;
    char id[16];
    for (int person = 0; person < LIMIT_INQUIRIES_ORDINARY; person++)
        for (int i = 0; i <= LIMIT_INQUIRIES_OF_A_PERSON; i++) {
            snprintf(id, sizeof id, "U%d", person);
            says(id, "whoami");
        }
    assert_true(desk.inquiry_count >= LIMIT_INQUIRIES_ORDINARY);
    assert_int_equal(in_flight("p0@example.com"), 1);
    assert_string_equal(says("U200", "whoami"), "");
    assert_int_equal(reads_of("U200"), 1);
    assert_non_null(strstr(says("U200", "why"), "Too many commands"));
    assert_int_equal(reads_of("U200"), 0);
}

/* What somebody asks next is read when what was asked before is known, behind whoever came
   meanwhile. */
static void one_thing_of_a_person_is_read_at_a_time(void **state)
{
    (void)state;
    says("U1", "whoami");
    assert_int_equal(reads_of("U1"), 1);
    uint64_t first = desk.inquiries[0].effect_id;
    says("V1", "why");
    assert_int_equal(reads_of("U1") + reads_of("V1"), 0);
    assert_true(desk_due_ms(&desk) > now_ms + 1); /* nothing of it is due by itself */
    says("U2", "whoami");
    assert_int_equal(reads_of("U2"), 1);
    struct event known = { .kind = EVENT_IDENTIFIED, .effect_id = first };
    answered(&known);
    assert_int_equal(in_flight("p1@example.com"), 1); /* the users of Stax, for the first */
    struct event read = { .kind = EVENT_SURVEYED, .effect_id = desk.inquiries[0].effect_id };
    read.survey = (struct survey){ .asked = SURVEY_ROSTER, .failure = "no" };
    answered(&read);
    assert_int_equal(reads_of("V1"), 1);
}

/* A process that was stopped for long finds all of them too late: one event cannot close them all,
   and need not. */
static void a_full_table_is_worked_off_after_a_stop(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_INQUIRIES_ORDINARY; i++)
        keep(i + 1, "approve", (size_t)i, 1);
    for (int i = LIMIT_INQUIRIES_ORDINARY; i < LIMIT_INQUIRIES; i++)
        keep(i + 1, "done", (size_t)i % LIMIT_PEOPLE, (uint32_t)i);
    now_ms += MS_HOUR;
    size_t asked = 0;
    for (int i = 0; i < 20; i++) {
        struct event due = due_event();
        answered(&due);
        for (size_t k = 0; k < out.effect_count; k++)
            asked += out.effects[k].kind == EFFECT_IDENTIFY;
        now_ms = ms_min(desk_due_ms(&desk), now_ms + 10);
    }
    assert_int_equal(asked, LIMIT_INQUIRIES - LIMIT_INQUIRIES_ORDINARY);
    assert_int_equal(desk.inquiry_count, LIMIT_INQUIRIES - LIMIT_INQUIRIES_ORDINARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_event_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crowd_does_not_reset_a_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_with_the_same_mark_are_two_people, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crowd_shares_what_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_thousand_who_ask_once_are_all_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_crowd_does_not_touch_people, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_tried_in_vain_is_recorded_by_number, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_others_does_not_come_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_thing_of_a_person_is_read_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_table_is_worked_off_after_a_stop, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
