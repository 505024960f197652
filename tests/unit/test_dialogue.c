/* SPDX-License-Identifier: Apache-2.0 */
/* Words, presses, reactions and forms against a desk that is made by hand: what is asked for, and
   what is answered, where the stories of tests/transcripts do not come. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_desk.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/action.h"
#include "core/desk.h"
#include "core/dialogue.h"
#include "core/form.h"
#include "core/turn.h"

static const ms_t NOW = 1795526055000;
static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES];

static struct person *add_person(const char *key, const char *id)
{
    struct person *p = &people.rows[people.count++];
    *p = (struct person){ .id_count = 2 };
    STR_SET(p->key, key);
    STR_SET(p->ids[0].chat, "slack");
    STR_SET(p->ids[1].chat, "matrix");
    STR_SET(p->ids[0].id, id);
    STR_SET(p->ids[1].id, id);
    return p;
}

/* Case 1 waits, and its question is open; case 2 is lifted. */
static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    people.count = 0;
    add_person("ana@example.com", "U0ANA");
    add_person("ben@example.com", "U0BEN");
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .approvals = 1,
                              .approve_with = APPROVE_BY_BUTTON | APPROVE_BY_COMMAND |
                                              APPROVE_BY_REACTION,
                              .approve_reaction = "white_check_mark",
                              .acts_per_day = 100,
                              .min_window = MS_MINUTE,
                              .max_window = MS_HOUR };
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    desk.case_count = 2;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_WAITING, .handle = "handle1" };
    desk.cases[1] = (struct casefile){ .no = 2,
                                       .state = CASE_LIFTED,
                                       .handle = "handle2",
                                       .lifted_ms = NOW,
                                       .deadline_ms = NOW + MS_MINUTE };
    STR_SET(desk.cases[0].question.handle, "question1");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void decide(struct event e)
{
    e.chat = e.chat ? e.chat : "slack";
    e.id = "Ev1";
    e.actor.id = e.actor.id ? e.actor.id : "U0ANA";
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    dialogue_decide(&desk, &e, &v);
}

static const struct fact *found(enum fact_kind kind) { return unit_fact(&v, kind); }

/* The text of the answer, "" for silence. */
static const char *answer(void)
{
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == EFFECT_ANSWER)
            return str_or_empty(v.effects[i].answer.text);
    return "";
}

static void answers(const char *part)
{
    if (!strstr(answer(), part))
        fail_msg("“%s” is not in: %s", part, answer());
    assert_null(found(FACT_INQUIRED));
}

static struct event press(const char *action, const char *handle, uint32_t of, const char *question)
{
    struct event e = { .kind = EVENT_CLICKED,
                       .chat = "slack",
                       .at_ms = NOW,
                       .actor.id = "U0ANA",
                       .case_of_message = of,
                       .question_of_message = question };
    e.clicked.action = action;
    e.clicked.handle = handle;
    return e;
}

/* ---- buttons ---- */

/* Each case that a message is about has its own button there; no other case does. */
static void a_button_of_a_message_about_several(void **state)
{
    (void)state;
    struct event e = press("done", "handle2", 1, "");
    decide(e);
    answers("What this button was for is closed, or it is not mine");
    e.also_of_message[0] = 2;
    decide(e);
    assert_int_equal(found(FACT_INQUIRED)->count, 2);
}

/* Right after a stop it may not be known yet whose message it is: what raises is done by its own
   handle; what answers a question is not. */
static void a_button_of_a_message_that_is_not_known_yet(void **state)
{
    (void)state;
    decide(press("done", "handle2", 0, ""));
    assert_non_null(found(FACT_INQUIRED));
    decide(press("done", "handle2", 2, ""));
    assert_non_null(found(FACT_INQUIRED));
    decide(press("done", "handle2", 1, "")); /* carried over from another message */
    answers("What this button was for is closed, or it is not mine");
    decide(press("approve", "question1", 0, ""));
    answers("I do not know this message yet. I changed nothing; please press again in a moment.");
    decide(press("approve", "question1", 1, "another"));
    answers("That question is closed");
    desk.cases[0].state = CASE_EXPIRED;
    decide(press("approve", "question1", 0, ""));
    answers("That question is closed");
}

/* In a channel that is not served: only what may be done from anywhere. */
static void a_button_elsewhere_sends_home(void **state)
{
    (void)state;
    struct event e = press("approve", "question1", 1, "question1");
    e.place = PLACE_ELSEWHERE;
    decide(e);
    answers("in the channel that I serve, or write to me directly. I changed nothing.");
    e.home = "C0HOME";
    decide(e);
    answers("C0HOME");
    e = press("done", "handle2", 2, "");
    e.place = PLACE_ELSEWHERE;
    decide(e);
    const struct command *done = command_named(&desk, "done");
    assert_int_equal(found(FACT_INQUIRED) != NULL, (done->gates & GATE_ANYWHERE) != 0);
}

static void follow_a_twin(void)
{
    desk.twins.count = 1;
    desk.twins.all[0] = (struct twin){ .stands = true, .watched = true, .heard_ms = NOW };
    STR_SET(desk.twins.all[0].store, "6666666666666666");
    STR_SET(desk.twins.all[0].chat, "slack");
}

/* Its messages have buttons with handles that we do not know. What raises is done without knowing
   the case, as the word is. */
static void a_button_of_the_other_reguard(void **state)
{
    (void)state;
    decide(press("done", "theirs", 0, ""));
    answers("I changed nothing");
    follow_a_twin();
    decide(press("done", "theirs", 0, ""));
    assert_non_null(found(FACT_INQUIRED));
    assert_int_equal(found(FACT_INQUIRED)->count, 2); /* the one that it can mean here */
    decide(press("approve", "theirs", 0, ""));
    answers("or not mine: another reguard");
    decide(press("done", "theirs", 2, "")); /* under a message of our own */
    answers("I changed nothing");
    decide(press("done", "theirs", 9, "")); /* of a case that is filed away */
    answers("G-0009 is closed");
}

/* ---- which events need to know whose message it is ---- */

static void what_needs_to_know_the_message(void **state)
{
    (void)state;
    struct event e = press("approve", "question1", 0, "");
    assert_true(dialogue_needs_message(&desk, &e));
    e.clicked.panel = true; /* shown to this person alone, with the whole question */
    assert_false(dialogue_needs_message(&desk, &e));
    e.clicked.panel = false;
    e.clicked.action = "done";
    assert_false(dialogue_needs_message(&desk, &e));
    e.clicked.action = "dance";
    assert_false(dialogue_needs_message(&desk, &e));
    e = (struct event){ .kind = EVENT_SAID };
    e.said.text = "approve G-0001";
    assert_false(dialogue_needs_message(&desk, &e));
    for (int taken = 0; taken < 2; taken++) {
        e = (struct event){ .kind = taken ? EVENT_UNREACTED : EVENT_REACTED };
        e.reacted.reaction = "white_check_mark";
        assert_true(dialogue_needs_message(&desk, &e));
        e.reacted.reaction = "tada";
        assert_false(dialogue_needs_message(&desk, &e));
    }
}

static void which_words_approve(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool approves;
    } rows[] = { { "approve G-0001", true },  { "/reguard approve", true },
                 { "Approve: G-0001", true }, { "decline G-0001", false },
                 { "done", false },           { "", false },
                 { "dance", false },          { "/reguard", false } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct event e = { .kind = EVENT_SAID };
        e.said.text = rows[i].text;
        if (dialogue_approves(&desk, &e, &arena) != rows[i].approves)
            fail_msg("“%s” %s", rows[i].text, rows[i].approves ? "approves" : "approves nothing");
    }
    struct event e = press("approve", "question1", 1, "question1");
    assert_false(dialogue_approves(&desk, &e, &arena)); /* stands under its question */
    e.place = PLACE_DIRECT;
    assert_true(dialogue_approves(&desk, &e, &arena));
    e.clicked.action = "done";
    assert_false(dialogue_approves(&desk, &e, &arena));
    e.kind = EVENT_REACTED;
    assert_false(dialogue_approves(&desk, &e, &arena));
}

/* ---- reactions ---- */

static void wait_for(const char *verb, const char *chat, const char *id, enum approve_way way)
{
    struct inquiry *q = &desk.inquiries[desk.inquiry_count++];
    *q = (struct inquiry){ .ref = desk.inquiry_count };
    STR_SET(q->request.verb, verb);
    STR_SET(q->request.question, "question1");
    STR_SET(q->actor.chat, chat);
    STR_SET(q->actor.chat_id, id);
    q->request.way = way;
}

static struct event take_away(void)
{
    struct event e = { .kind = EVENT_UNREACTED,
                       .case_of_message = 1,
                       .question_of_message = "question1" };
    e.reacted.reaction = "white_check_mark";
    return e;
}

/* Only that very person's approval, in that very chat, by that very way. */
static void a_reaction_taken_away_closes_what_it_asked(void **state)
{
    (void)state;
    wait_for("approve", "matrix", "U0ANA", APPROVE_BY_REACTION);
    wait_for("decline", "slack", "U0ANA", APPROVE_BY_REACTION);
    wait_for("approve", "slack", "U0BEN", APPROVE_BY_REACTION);
    wait_for("approve", "slack", "U0ANA", APPROVE_BY_COMMAND);
    wait_for("approve", "slack", "U0ANA", APPROVE_BY_REACTION);
    decide(take_away());
    size_t closed = 0;
    for (size_t i = 0; i < v.fact_count; i++)
        closed += v.facts[i].kind == FACT_INQUIRY_CLOSED;
    assert_int_equal(closed, 1);
    assert_int_equal(found(FACT_INQUIRY_CLOSED)->ref, 5);
}

static void approve_as(const char *chat)
{
    struct question *q = &desk.cases[0].question;
    q->approval_count = 1;
    q->approvals[0] = (struct party){ .way = APPROVE_BY_REACTION };
    STR_SET(q->approvals[0].chat, chat);
    STR_SET(q->approvals[0].chat_id, "U0ANA");
    STR_SET(q->approvals[0].key, "ana@example.com");
}

/* The same id in another chat is somebody else. */
static void only_the_one_who_approved_takes_it_back(void **state)
{
    (void)state;
    approve_as("matrix");
    decide(take_away());
    assert_null(found(FACT_APPROVAL_TAKEN_BACK));
    approve_as("slack");
    decide(take_away());
    assert_non_null(found(FACT_APPROVAL_TAKEN_BACK));
}

/* ---- forms ---- */

static struct event submit(const char *form, const char *handle, const char *duration,
                           const char *view)
{
    struct event e = { .kind = EVENT_SUBMITTED };
    e.submitted.form = form;
    e.submitted.handle = handle;
    e.submitted.duration = duration;
    e.submitted.reason = "more to do";
    e.submitted.view = view;
    return e;
}

/* What is wrong is shown in the form where that can be, and as an answer where it cannot. */
static void a_form_without_a_length_asks_for_it(void **state)
{
    (void)state;
    struct effect_form shown = { .form = "" };
    struct event e = submit("extend", "handle2", "", "V1");
    e.reply = &shown;
    decide(e);
    assert_null(found(FACT_INQUIRED));
    decide(submit("extend", "handle2", "", NULL));
    answers("changed nothing");
    decide(submit("extend", "handle2", "soon", NULL));
    answers("I cannot read that duration");
    decide(submit("extend", "handle2", "30m", NULL));
    assert_non_null(found(FACT_INQUIRED));
    decide(submit("extend", "handle9", "30m", NULL));
    answers("is closed. I changed nothing.");
}

/* What is done to the root user itself has no target that could be carried on. */
static void a_lift_carries_only_what_has_a_name(void **state)
{
    (void)state;
    static const struct {
        const char *task, *carried;
    } rows[] = { { "credentials", "" }, { "s3-lockout", "crumb-logs" }, { "billing", "" } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct event e = submit("lift", "", "30m", NULL);
        e.submitted.account = "bakery";
        e.submitted.task = rows[i].task;
        e.submitted.target = "crumb-logs";
        e.submitted.anyway = true;
        decide(e);
        if (!found(FACT_INQUIRED))
            fail_msg("%s", answer());
        assert_string_equal(found(FACT_INQUIRED)->setting, rows[i].carried);
    }
}

/* Nobody hears anything of it: whoever may not ask learns nothing from a form. */
static void only_those_who_may_ask_have_a_form_drawn_anew(void **state)
{
    (void)state;
    struct event e = submit("lift", "", "", "V1");
    e.kind = EVENT_FILLED;
    decide(e);
    assert_int_equal(v.effect_count, 1);
    assert_int_equal(v.effects[0].kind, EFFECT_FORM);
    e.actor.flags = IDENTITY_GUEST;
    decide(e);
    assert_int_equal(v.effect_count, 0);
    e.actor.flags = IDENTITY_UNREAD;
    decide(e);
    assert_int_equal(v.effect_count, 1);
    e.actor.flags = 0;
    e.submitted.view = NULL;
    decide(e);
    assert_int_equal(v.effect_count, 0);
    e.submitted.view = "V1";
    e.submitted.form = "dance";
    decide(e);
    assert_int_equal(v.effect_count, 0);
}

/* ---- too much ---- */

static void say(const char *text)
{
    struct event e = { .kind = EVENT_SAID };
    e.said.text = text;
    decide(e);
}

static void talk_a_lot(void)
{
    struct fact talked = { .kind = FACT_TALKED, .people = "ana@example.com", .at_ms = NOW };
    for (size_t i = 0; i < (size_t)2 * LIMIT_COMMANDS_PER_MINUTE; i++) {
        talked.on = i % 2 != 0;
        desk_apply(&desk, &talked);
    }
}

/* However much somebody has said: what raises protection is done, what does not is not. */
static void what_raises_is_done_however_much_was_said(void **state)
{
    (void)state;
    talk_a_lot();
    say("done G-0002 because it is over");
    assert_non_null(found(FACT_INQUIRED));
    assert_null(found(FACT_HUSHED));
    approve_as("slack");
    decide(take_away());
    assert_non_null(found(FACT_APPROVAL_TAKEN_BACK));
    assert_null(found(FACT_HUSHED));
    say("done G-0099"); /* raises nothing: no such case */
    say("lift bakery task other because I want to");
    assert_null(found(FACT_INQUIRED));
    assert_non_null(found(FACT_HUSHED));
    desk.cases[0].question.approval_count = 0;
    decide(take_away()); /* nothing to take back */
    assert_non_null(found(FACT_HUSHED));
}

/* ---- a button of no case ---- */

/* It asks for what belongs home. */
static void a_free_button_elsewhere_sends_home(void **state)
{
    (void)state;
    struct event e = press(action_row(ACTION_LIFT)->name, "", 0, "");
    assert_true(action_row(ACTION_LIFT)->free);
    e.place = PLACE_ELSEWHERE;
    decide(e);
    answers("in the channel that I serve");
    e.clicked.action = COMMAND_COCKPIT; /* it shows, and asks for nothing */
    decide(e);
    assert_null(strstr(answer(), "in the channel that I serve"));
}

/* A page of their own is shown to everybody, to those of elsewhere, too: with how to get in. */
static void a_page_of_their_own_is_everybodys(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_OPENED };
    e.actor.flags = IDENTITY_STRANGER;
    decide(e);
    assert_int_equal(v.effects[v.effect_count - 1].kind, EFFECT_HOME);
    assert_null(v.effects[v.effect_count - 1].home.panel);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
/* A case that came to nothing is asked for again under its own card: not elsewhere, not by a button
   of no message, and not what nobody had asked for. */
static void what_came_to_nothing_is_asked_again_under_its_card(void **state)
{
    (void)state;
    struct casefile *over = &desk.cases[desk.case_count++];
    *over = (struct casefile){ .no = 3, .state = CASE_FAILED, .handle = "handle3" };
    struct event e = press("again", "handle3", 3, "");
    decide(e);
    answers("I changed nothing");
    STR_SET(over->requester.user, "u-cleo");
    e.place = PLACE_ELSEWHERE;
    decide(e);
    answers("I changed nothing");
    decide(press("again", "nothing", 0, ""));
    answers("I changed nothing");
}

static const struct effect_form *opened(void)
{
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == EFFECT_FORM)
            return &v.effects[i].form;
    return NULL;
}

/* Of a case that has left the desk the records tell, and the button has to be that case's; without
   them the form is empty and says why. */
static void a_case_that_has_left_the_desk_is_asked_again_from_its_records(void **state)
{
    (void)state;
    struct casefile filed = { .no = 9, .state = CASE_EXPIRED, .handle = "handle9" };
    struct event e = press("again", "handle9", 9, "");
    STR_SET(filed.requester.user, "u-cleo");
    STR_SET(filed.account, "222222222222");
    STR_SET(filed.account_name, "bakery");
    STR_SET(filed.reason, "month end");
    e.trigger = "t1";
    assert_true(dialogue_needs_filed(&desk, &e));
    decide(e);
    assert_string_equal(opened()->reason, "");
    assert_non_null(strstr(opened()->problem, "cannot read the records of G-0009"));
    e.filed = &filed;
    decide(e);
    assert_string_equal(opened()->problem, "");
    assert_string_equal(opened()->reason, "month end");
    assert_string_equal(opened()->account_text, "bakery (222222222222)");
    e.clicked.handle = "handle8";
    decide(e);
    answers("G-0009 is closed");
    e.clicked.handle = "handle9";
    filed.state = CASE_RESTORED;
    decide(e);
    answers("G-0009 is closed");
}

/* What its window has left is asked for by that window's own button, long after its last reminder;
   without the records nothing is. */
static void what_is_left_of_a_case_that_has_left_the_desk(void **state)
{
    (void)state;
    struct casefile filed = { .no = 9, .state = CASE_RESTORED, .handle = "handle9" };
    struct event e = press("clean_up", "handle9", 9, "");
    STR_SET(filed.account, "222222222222");
    filed.root_after = (struct root_has){ .known = true, .keys = 1 };
    desk.can_run = true;
    assert_true(dialogue_needs_filed(&desk, &e));
    decide(e);
    answers("G-0009 is closed");
    e.filed = &filed;
    decide(e);
    const struct fact *asked = found(FACT_INQUIRED);
    assert_non_null(asked);
    assert_string_equal(asked->verb, "run");
    assert_string_equal(asked->task, "credentials");
    assert_string_equal(asked->account, "222222222222");
    assert_string_equal(asked->reason, "G-0009 has left them");
    filed.root_after.keys = 0;
    decide(e);
    answers("G-0009 is closed");
    assert_null(found(FACT_INQUIRED));
    filed.root_after.keys = 1;
    e.clicked.handle = "handle8";
    decide(e);
    assert_null(found(FACT_INQUIRED));
    desk.can_run = false;
}

/* On somebody's own page a button is in no message of its case: it says itself which that is, and
   that alone opens nothing. */
static void a_button_on_a_page_says_which_case_it_is_about(void **state)
{
    (void)state;
    struct casefile filed = { .no = 9, .state = CASE_EXPIRED, .handle = "handle9" };
    struct event e = press("again", "handle9", 0, "");
    STR_SET(filed.requester.user, "u-cleo");
    STR_SET(filed.account, "222222222222");
    STR_SET(filed.reason, "month end");
    e.trigger = "t1";
    e.clicked.case_no = 9;
    assert_false(dialogue_needs_filed(&desk, &e)); /* others see it, too */
    e.clicked.panel = true;
    assert_true(dialogue_needs_filed(&desk, &e));
    assert_int_equal(dialogue_filed_no(&e), 9);
    e.filed = &filed;
    decide(e);
    assert_string_equal(opened()->reason, "month end");
    e.clicked.handle = "handle8";
    decide(e);
    answers("closed");
}

static void what_has_gone_on_lately_is_shown_where_all_is(void **state)
{
    (void)state;
    struct event e = press("cockpit", "", 0, "");
    const struct {
        const char *said;
        bool needs;
    } words[] = { { "", true },
                  { "cockpit", true },
                  { "status", false },
                  { "lift bakery because cockpit", false } };
    assert_true(dialogue_needs_lately(&desk, &e, &arena));
    e = press("approve", "handle2", 2, "");
    assert_false(dialogue_needs_lately(&desk, &e, &arena));
    e.clicked.foreign = true;
    assert_true(dialogue_needs_lately(&desk, &e, &arena));
    for (size_t i = 0; i < COUNT(words); i++)
        assert_int_equal(
            dialogue_needs_lately(
                &desk, &(struct event){ .kind = EVENT_SAID, .said.text = words[i].said }, &arena),
            words[i].needs);
    assert_true(dialogue_needs_lately(&desk, &(struct event){ .kind = EVENT_OPENED }, &arena));
    assert_false(dialogue_needs_lately(&desk, &(struct event){ .kind = EVENT_REACTED }, &arena));
}

static void which_buttons_need_a_case_that_has_left_the_desk(void **state)
{
    (void)state;
    const struct event of_the_desk = press("again", "handle2", 2, ""),
                       of_none = press("again", "handle9", 0, ""),
                       ends = press("done", "handle9", 9, "");
    assert_false(dialogue_needs_filed(&desk, &of_the_desk));
    assert_false(dialogue_needs_filed(&desk, &of_none));
    assert_false(dialogue_needs_filed(&desk, &ends));
    assert_false(
        dialogue_needs_filed(&desk, &(struct event){ .kind = EVENT_SAID, .case_of_message = 9 }));
}

/* Nothing is read for somebody who may not ask, or asks too often. */
static void for_whom_a_case_that_has_left_the_desk_is_read(void **state)
{
    (void)state;
    struct fact said = {
        .kind = FACT_TALKED, .at_ms = NOW, .people = "ana@example.com", .text = "slack:U0ANA"
    };
    static const char *const actions[] = { "again", "clean_up" };
    for (size_t i = 0; i < COUNT(actions); i++) {
        struct event e = press(actions[i], "handle9", 9, "");
        assert_true(dialogue_needs_filed(&desk, &e));
        e.actor.id = "U0DAN";
        assert_false(dialogue_needs_filed(&desk, &e));
        decide(e);
        answers("You cannot use `");
        e.actor = (struct event_actor){ .id = "U0ANA", .flags = IDENTITY_BOT };
        assert_false(dialogue_needs_filed(&desk, &e));
    }
    for (int i = 0; i < LIMIT_COMMANDS_PER_MINUTE; i++)
        desk_apply(&desk, &said);
    struct event e = press("again", "handle9", 9, "");
    assert_false(dialogue_needs_filed(&desk, &e));
    e.at_ms = NOW + MS_MINUTE;
    assert_true(dialogue_needs_filed(&desk, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(for_whom_a_case_that_has_left_the_desk_is_read),
        A_TEST(a_case_that_has_left_the_desk_is_asked_again_from_its_records),
        A_TEST(what_is_left_of_a_case_that_has_left_the_desk),
        A_TEST(a_button_on_a_page_says_which_case_it_is_about),
        A_TEST(what_has_gone_on_lately_is_shown_where_all_is),
        A_TEST(which_buttons_need_a_case_that_has_left_the_desk),
        A_TEST(a_button_of_a_message_about_several),
        A_TEST(a_button_of_a_message_that_is_not_known_yet),
        A_TEST(what_came_to_nothing_is_asked_again_under_its_card),
        A_TEST(a_button_elsewhere_sends_home),
        A_TEST(a_button_of_the_other_reguard),
        A_TEST(what_needs_to_know_the_message),
        A_TEST(which_words_approve),
        A_TEST(a_reaction_taken_away_closes_what_it_asked),
        A_TEST(only_the_one_who_approved_takes_it_back),
        A_TEST(a_form_without_a_length_asks_for_it),
        A_TEST(only_those_who_may_ask_have_a_form_drawn_anew),
        A_TEST(a_lift_carries_only_what_has_a_name),
        A_TEST(what_raises_is_done_however_much_was_said),
        A_TEST(a_free_button_elsewhere_sends_home),
        A_TEST(a_page_of_their_own_is_everybodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
