/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on a desk that is made by hand: what becomes of one whose case has gone while it was
   looked into, and each condition of their own where no story comes. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_desk.h"

#include "adapters/stax/provider.h"
#include "commands/mailbox.h"
#include "commands/parts.h"
#include "core/action.h"
#include "core/desk.h"
#include "core/next_step.h"
#include "core/request.h"
#include "core/rich.h"
#include "core/words.h"

static const ms_t NOW = 1795526055000;
static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES];
static const struct roster_user ana = { "u-ana", "ana@example.com", "Ana", "customer_admin",
                                        STATUS_ACTIVE };
static struct account account = {
    .id = "a-1", .name = "bakery", .aws_id = "222222222222", .status = STATUS_ACTIVE
};
static struct survey roster;
static struct findings admin;
static struct inquiry q;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    people.count = 1;
    people.rows[0] = (struct person){ .key = "ana@example.com", .id_count = 1 };
    STR_SET(people.rows[0].ids[0].chat, "slack");
    STR_SET(people.rows[0].ids[0].id, "U0ANA");
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .approvals = 1,
                              .admin_roles = { "customer_admin" },
                              .admin_role_count = 1,
                              .max_window = MS_HOUR,
                              .default_window = MS_HOUR };
    roster = (struct survey){ .asked = SURVEY_ROSTER,
                              .read = SURVEY_ROSTER,
                              .users = &ana,
                              .user_count = 1,
                              .flags = "",
                              .organisation_id = "",
                              .document_organisation_id = "" };
    admin = (struct findings){ .survey = &roster, .user = &ana, .is_admin = true };
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    q = (struct inquiry){ .ref = 1, .changes = true };
    STR_SET(q.actor.chat, "slack");
    STR_SET(q.actor.chat_id, "U0ANA");
    STR_SET(q.actor.key, "ana@example.com");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct casefile *one_case(enum case_state of)
{
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){
        .no = 1, .state = of, .lifted_ms = NOW - MS_MINUTE, .deadline_ms = NOW + MS_MINUTE
    };
    STR_SET(desk.cases[0].question.handle, "question1");
    return &desk.cases[0];
}

static void settle(const char *verb, const struct findings *found)
{
    const struct command *command = command_named(&desk, verb);
    assert_non_null(command);
    STR_SET(q.request.verb, command->name);
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    command->settle(&desk, &q, found, &v);
}

static size_t records(void)
{
    size_t n = 0;
    for (size_t i = 0; i < v.fact_count; i++)
        n += fact_is_durable(v.facts[i].kind);
    return n;
}

static const struct fact *found_fact(enum fact_kind kind) { return unit_fact(&v, kind); }

static const char *answer(void)
{
    for (size_t i = 0; i < v.effect_count; i++) {
        const struct effect *e = &v.effects[i];
        if (e->kind == EFFECT_ANSWER)
            return str_or_empty(e->answer.text);
        if (e->kind == EFFECT_FORM)
            return str_or_empty(e->form.problem);
    }
    return "";
}

static void has(const char *part)
{
    if (!strstr(answer(), part))
        fail_msg("“%s” is not in: %s", part, answer());
}

/* Whatever was asked for: the case is filed away meanwhile, and nobody else's is touched. */
static void a_command_whose_case_is_gone_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = command_table[i];
        bool of_a_case = command->gates & GATE_MAPPED && !str_equal(command->name, "lift");
        if (!command->settle || !of_a_case)
            continue;
        desk.case_count = 0;
        q.request = (struct request){ .case_no = 99, .for_ms = MS_MINUTE, .question = "gone" };
        STR_SET(q.request.reason, "more to do");
        settle(command->name, &admin);
        if (records() || !answer()[0])
            fail_msg("“%s” of a case that is gone leaves %zu records and answers “%s”",
                     command->name, records(), answer());
    }
}

static void an_extension_stays_within_the_longest_window(void **state)
{
    (void)state;
    one_case(CASE_LIFTED);
    q.request.case_no = 1;
    STR_SET(q.request.reason, "more to do");
    q.request.for_ms = 0;
    settle("extend", &admin);
    has("can be extended by at most");
    q.request.for_ms = 2 * MS_HOUR;
    settle("extend", &admin);
    has("can be extended by at most");
    q.request.for_ms = MS_MINUTE;
    settle("extend", &admin);
    assert_non_null(found_fact(FACT_EXTENSION_ASKED));
}

static void only_an_admin_snoozes(void **state)
{
    (void)state;
    struct casefile *c = one_case(CASE_LIFTED);
    struct findings nobody = { .survey = &roster, .why_no_user = "Stax does not know you" };
    c->deadline_ms = NOW - MS_HOUR;
    c->overdue_reminders = 1;
    q.request = (struct request){ .case_no = 1, .for_ms = 10 * MS_MINUTE };
    settle("snooze", &nobody);
    assert_int_equal(records(), 0);
    has("Stax does not know you");
    settle("snooze", &admin);
    assert_non_null(found_fact(FACT_SNOOZED));
    q.request.for_ms = MS_HOUR;
    settle("snooze", &admin);
    has("at most 15 minutes");
    q.request.for_ms = 10 * MS_MINUTE;
    c->snoozed_after = 1; /* nothing was said since */
    settle("snooze", &admin);
    assert_int_equal(records(), 0);
}

/* While the lift itself is being brought back on: ended as what it is. */
static void ending_what_fails_stays_a_failure(void **state)
{
    (void)state;
    struct casefile *c = one_case(CASE_RESTORING);
    c->trouble_ms = NOW;
    q.request = (struct request){ .case_no = 1 };
    settle("done", &admin);
    assert_false(found_fact(FACT_ENDED)->lift_failed);
    c->failing = true;
    settle("done", &admin);
    assert_true(found_fact(FACT_ENDED)->lift_failed);
}

/* Ending only raises: whoever is listed may where roles cannot be read; whoever is not may not. */
static void whoever_is_listed_ends_it_where_roles_cannot_be_read(void **state)
{
    (void)state;
    one_case(CASE_LIFTED);
    q.request = (struct request){ .case_no = 1 };
    roster.read = 0;
    roster.failure = "HTTP 503";
    struct findings unread = { .survey = &roster };
    settle("done", &unread);
    assert_non_null(found_fact(FACT_ENDED));
    people.count = 0;
    settle("done", &unread);
    assert_int_equal(records(), 0);
    has("HTTP 503");
}

/* What is said may be heard before the question stands anywhere: it counts for nothing then. */
static void nobody_approves_what_nobody_can_have_read(void **state)
{
    (void)state;
    one_case(CASE_WAITING);
    policy.approve_with = APPROVE_BY_COMMAND;
    struct event e = { .kind = EVENT_SAID, .chat = "slack" };
    struct asker asker = { .event = &e, .person = &people.rows[0] };
    struct request r = { .case_no = 1, .way = APPROVE_BY_COMMAND, .question = "question1" };
    static const struct {
        const char *unseen;
        bool refused;
    } rows[] = { { NULL, false }, { "", false }, { "question7", false }, { "question1", true } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        e.said.unseen = rows[i].unseen;
        verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
        assert_int_equal(command_named(&desk, "approve")->decide(&desk, &asker, &r, &v),
                         rows[i].refused);
    }
    has("does not stand in the chat yet");
    e.kind = EVENT_CLICKED;
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    assert_false(command_named(&desk, "approve")->decide(&desk, &asker, &r, &v));
}

/* ---- who somebody is ---- */

static void why_of_somebody_who_is_not_listed_any_more(void **state)
{
    (void)state;
    STR_SET(q.request.person, "U0GONE");
    settle("why", &admin);
    has("U0GONE: ");
    q.request.person[0] = '\0';
    people.count = 0;
    settle("why", &admin);
    assert_true(answer()[0]);
}

static void a_role_that_was_not_looked_up_is_no_role(void **state)
{
    (void)state;
    struct findings nothing = { .why_no_user = "nobody was read" };
    assert_non_null(strstr(parts_admin_refusal(&desk, &nothing, &arena), "nobody was read"));
    assert_null(strstr(parts_admin_refusal(&desk, &nothing, &arena), "not a refusal"));
    assert_null(parts_admin_refusal(&desk, &admin, &arena));
    assert_string_equal(parts_may_approve(&desk, &roster, "", "", &arena), "ana@example.com");
    assert_string_equal(parts_may_approve(&desk, &roster, "u-ana", "", &arena), "");
    assert_string_equal(parts_may_approve(&desk, &roster, "", "u-ana", &arena), "");
}

/* ---- a lift ---- */

static void ask_to_lift(void)
{
    q.request = (struct request){ .for_ms = MS_MINUTE };
    STR_SET(q.request.account, "222222222222");
    STR_SET(q.request.reason, "invoices");
    roster.asked = roster.read = SURVEY_ROSTER | SURVEY_ACCOUNT | SURVEY_ORGANISATION;
    roster.accounts = &account;
    roster.account_count = 1;
    settle("lift", &admin);
}

static void ask_off(void)
{
    roster.asked = roster.read = SURVEY_ROSTER | SURVEY_ACCOUNT | SURVEY_GUARDRAIL;
    roster.accounts = &account; /* its address is not known: no request comes of it */
    roster.account_count = 1;
    q.request = (struct request){ .for_ms = MS_MINUTE };
    settle("lift", &admin);
}

static void no_key(const void *key, const char *code, char ret_mark[CODEMARK_BYTES])
{
    (void)key, (void)code;
    ret_mark[0] = '\0';
}

/* What a code takes has to be there before anybody is asked. */
static void a_code_needs_mail_and_a_key(void **state)
{
    (void)state;
    policy.mailbox_proof = MAILBOX_CODE;
    desk.mark_code = no_key;
    ask_to_lift();
    assert_null(found_fact(FACT_ASKED));
    has("no [mail] is configured");
    has(mailbox_no_key);
    desk.can_mail = true;
    ask_to_lift();
    has(mailbox_no_key);
    assert_null(strstr(answer(), "no [mail]"));
    desk.code_key = &desk;
    ask_to_lift();
    assert_null(strstr(answer(), mailbox_no_key));
}

static void no_case_is_begun_where_its_end_had_no_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMIT_OPEN_CASES; i++)
        desk.cases[i] = (struct casefile){ .no = (uint32_t)i + 1, .state = CASE_WAITING };
    desk.case_count = LIMIT_OPEN_CASES - 1;
    ask_to_lift();
    assert_null(strstr(answer(), "then ask again"));
    desk.case_count = LIMIT_OPEN_CASES;
    ask_to_lift();
    assert_null(found_fact(FACT_ASKED));
    has("32 requests and windows are open");
    has("end one with `done`, then ask again");
}

/* The key may be lost between the mail and the code. */
static void a_code_without_a_key_is_not_read(void **state)
{
    (void)state;
    struct words words;
    struct request r = { .case_no = 0 };
    struct err err = { "" };
    const struct command *code = command_named(&desk, "code");
    words_read(&words, &arena, "G-0001 123456");
    assert_false(code->read(&desk, &words, &r, &err));
    assert_non_null(strstr(err.text, mailbox_no_key));
    struct casefile *c = one_case(CASE_WAITING);
    policy.mailbox_proof = MAILBOX_CODE;
    c->requester = q.actor;
    q.request = (struct request){ .case_no = 1 };
    settle("code", &admin);
    assert_int_equal(records(), 0);
    has(mailbox_no_key);
}

/* ---- words ---- */

static void history_takes_small_numbers(void **state)
{
    (void)state;
    static const char *const lines[] = { "3", "99", "99999999999999999999" };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct words words;
        struct request r = { .case_no = 0 };
        struct err err = { "" };
        words_read(&words, &arena, lines[i]);
        bool taken = command_named(&desk, "history")->read(&desk, &words, &r, &err);
        assert_int_equal(taken, i < 1 || (i == 1 && 99 <= LIMIT_HISTORY));
    }
}

/* ---- what is missing in it ---- */

static void a_case_that_was_is_told_from_one_that_never_was(void **state)
{
    (void)state;
    q.request = (struct request){ .case_no = 3, .for_ms = MS_MINUTE };
    settle("extend", &admin);
    has("There is no G-0003");
    desk.last_case = 3;
    settle("extend", &admin);
    has("G-0003");
    assert_null(strstr(answer(), "There is no"));
}

static bool decides(const char *verb, const struct request *r)
{
    struct event e = { .kind = EVENT_SAID, .chat = "slack" };
    struct asker asker = { .event = &e, .person = &people.rows[0] };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    return command_named(&desk, verb)->decide(&desk, &asker, r, &v);
}

static void more_time_needs_a_reason(void **state)
{
    (void)state;
    one_case(CASE_LIFTED);
    struct request r = { .case_no = 1, .for_ms = MS_MINUTE };
    assert_true(decides("extend", &r));
    has("why more time is needed");
    STR_SET(r.reason, "more to do");
    assert_false(decides("extend", &r));
}

/* The line to type has the length that was asked for, or the usual one. */
static void a_task_that_needs_no_window_is_answered_with_its_guide(void **state)
{
    (void)state;
    struct request r = { .account = "222222222222", .task = "s3-lockout", .reason = "denied" };
    policy.default_window = 45 * MS_MINUTE;
    r.for_ms = 30 * MS_MINUTE;
    assert_true(decides("lift", &r));
    has("for 30m task s3-lockout anyway");
    r.for_ms = 0;
    assert_true(decides("lift", &r));
    has("for 45m task s3-lockout anyway");
}

/* Off because of our own change that is on its way; before that has begun it is somebody else's. */
static void what_is_off_by_our_own_change_is_no_lift_outside(void **state)
{
    (void)state;
    roster.flags = arena_printf(&arena, "%s=off\n", stax_provider.key);
    roster.service_status = SERVICE_ACTIVE;
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_LIFTING, .lifting_ms = NOW };
    ask_off();
    has("not through reguard");
    desk.cases[0].change_begun = true;
    ask_off();
    assert_null(strstr(answer(), "not through reguard"));
}

/* Said only to whoever may adopt: for anybody else the role is the answer. */
static void an_adoption_that_could_not_be_checked(void **state)
{
    (void)state;
    struct findings nobody = { .survey = &roster, .why_no_user = "Stax does not know you" };
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_OUTSIDE, .found_ms = NOW };
    roster.asked |= SURVEY_ACCOUNT;
    roster.failure = "HTTP 503";
    settle("adopt", &admin);
    has("I could not check everything (HTTP 503)");
    settle("adopt", &nobody);
    assert_null(strstr(answer(), "I could not check everything"));
    has("Stax does not know you");
}

/* ---- the cockpit ---- */

static const struct panel *cockpit(void)
{
    struct request r = { .case_no = 0 };
    assert_true(decides("cockpit", &r));
    return v.effects[v.effect_count - 1].answer.panel;
}

static const char *in_rows(const struct panel *p)
{
    CLEANUP(buf_done) struct buf all, plain;
    buf_init(&all, (size_t)256 * 1024);
    buf_init(&plain, (size_t)256 * 1024);
    for (size_t i = 0; i < p->count; i++)
        buf_addf(&all, "%s\n%s\n", p->rows[i].headline, p->rows[i].body);
    rich_add_plain(&plain, buf_text(&all));
    return arena_copy(&arena, buf_text(&plain));
}

static void shows(const char *part, bool wanted)
{
    const char *text = in_rows(cockpit());
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("“%s” is %s: %s", part, wanted ? "not in" : "in", text);
}

static bool has_button(const struct panel *p, const char *action)
{
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->rows[i].button_count; k++)
            if (str_equal(p->rows[i].buttons[k].action, action))
                return true;
    return false;
}

static void cases(size_t count, enum case_state of)
{
    desk.case_count = count;
    for (size_t i = 0; i < count; i++) {
        desk.cases[i] = (struct casefile){ .no = (uint32_t)i + 1,
                                           .state = of,
                                           .asked_ms = NOW,
                                           .lifted_ms = NOW,
                                           .deadline_ms = NOW + MS_MINUTE };
        STR_SET(desk.cases[i].requester.user, "u-ben");
        STR_SET(desk.cases[i].requester.key, "ben@example.com");
    }
}

/* Six whole cards, five lines, and how many more there are. */
static void a_cockpit_is_no_longer_than_a_page(void **state)
{
    (void)state;
    cases(6, CASE_WAITING);
    shows(" more;", false);
    cases(8, CASE_WAITING);
    shows("2 more;", true);
    shows("G-0008", true);
    cases(14, CASE_WAITING);
    shows("8 more;", true);
    shows("G-0011", true);
    shows("G-0012", false);
}

static void what_ended_lately_is_listed_newest_first(void **state)
{
    (void)state;
    shows("Lately", false);
    cases(8, CASE_DECLINED);
    shows("Lately", true);
    shows("G-0004", true);
    shows("G-0003", false);
    desk.cases[7].state = CASE_WAITING;
    shows("G-0003", true);
}

static struct casefile lately[LIMIT_LATELY + 1];

static const struct panel *cockpit_with(size_t count)
{
    const struct command *command = command_named(&desk, "cockpit");
    struct event e = { .kind = EVENT_SAID,
                       .chat = "slack",
                       .actor = { .id = "U0ANA" },
                       .lately = lately,
                       .lately_count = count };
    struct asker asker = { .event = &e, .person = &people.rows[0] };
    struct request r = { .case_no = 0 };
    arena_reset(&arena);
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 0);
    assert_true(command->decide(&desk, &asker, &r, &v));
    return v.effects[v.effect_count - 1].answer.panel;
}

static void left(size_t i, uint32_t no, enum case_state state, const char *key)
{
    lately[i] = (struct casefile){ .no = no, .state = state, .asked_ms = NOW, .lifted_ms = NOW };
    STR_SET(lately[i].requester.user, "u");
    STR_SET(lately[i].requester.key, key);
    STR_SET(lately[i].handle, "handle-of-it");
}

/* Those that have left the desk stand with those on it, the newest first, each once; what is one's
   own has its own heading, and what is left to do about it a button that says which it is. */
static void what_has_left_the_desk_is_shown_with_the_rest(void **state)
{
    (void)state;
    cases(1, CASE_WAITING);
    desk.cases[0].no = 8;
    left(0, 9, CASE_DECLINED, "ana@example.com");
    left(1, 8, CASE_DECLINED, "ana@example.com"); /* it is on the desk again */
    left(2, 5, CASE_RESTORED, "Ana@Example.com");
    left(3, 4, CASE_EXPIRED, "ben@example.com");
    const struct panel *p = cockpit_with(4);
    const char *text = in_rows(p), *own = strstr(text, "My requests"),
               *others = strstr(text, "Lately");
    if (!own || !others || others < own) {
        fail_msg("%s", text);
        return;
    }
    assert_true(strstr(own, "G-0009") < strstr(own, "G-0005"));
    assert_true(strstr(own, "G-0005") < others);
    assert_non_null(strstr(others, "G-0004"));
    assert_null(strstr(own, "G-0008 · ❌"));
    const struct message_button *again = NULL;
    size_t buttons = 0;
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->rows[i].button_count; k++)
            if (str_equal(p->rows[i].buttons[k].action, "again")) {
                again = again ? again : &p->rows[i].buttons[k];
                buttons++;
            }
    if (!again || buttons != 2) {
        fail_msg("%zu buttons", buttons);
        return;
    }
    assert_string_equal(again->case_id, "G-0009");
    assert_string_equal(again->handle, "handle-of-it");
    assert_false(
        has_button(p, "cleaned")); /* of what has left the desk nothing is noted any more */
}

/* No more of them than there may be, whoever hands them over. */
static void more_that_have_left_are_not_looked_at(void **state)
{
    (void)state;
    desk.case_count = 0;
    for (uint32_t i = 0; i <= LIMIT_LATELY; i++)
        left(i, 20 - i, CASE_DECLINED, "ben@example.com");
    const char *text = in_rows(cockpit_with(LIMIT_LATELY + 1));
    assert_non_null(strstr(text, "G-0016"));
    assert_null(strstr(text, "G-0015"));
    assert_null(strstr(text, " more;"));
}

/* Where reguard cannot clean up, whoever had the window is asked whether it is done. */
static void what_is_left_is_asked_where_it_cannot_be_done(void **state)
{
    (void)state;
    cases(1, CASE_RESTORED);
    STR_SET(desk.cases[0].requester.key, "ana@example.com");
    desk.cases[0].root_after = (struct root_has){ .known = true, .keys = 1, .usable = 1 };
    desk.can_run = false;
    assert_true(has_button(cockpit_with(0), action_row(ACTION_CLEANED)->name));
    desk.can_run = true;
    assert_true(has_button(cockpit_with(0), action_row(ACTION_CLEAN_UP)->name));
    assert_false(has_button(cockpit_with(0), action_row(ACTION_CLEANED)->name));
    desk.can_run = false;
}

/* What is open comes before what is over, and no list is longer than it may be. */
static void what_is_ones_own_is_open_first(void **state)
{
    (void)state;
    cases(7, CASE_DECLINED);
    for (size_t i = 0; i < 7; i++)
        STR_SET(desk.cases[i].requester.key, "ana@example.com");
    desk.cases[1].state = CASE_WAITING;
    const char *text = in_rows(cockpit_with(0)), *own = strstr(text, "My requests");
    assert_non_null(own);
    assert_true(strstr(own, "G-0002") < strstr(own, "G-0007"));
    assert_non_null(strstr(own, "2 more; "));
    assert_null(strstr(own, "G-0003"));
    assert_null(strstr(text, "Lately"));
}

/* What keeps protection OFF stands first, and what was found off asks for no lift. */
static void what_is_off_stands_first(void **state)
{
    (void)state;
    cases(2, CASE_WAITING);
    assert_true(has_button(cockpit(), action_row(ACTION_LIFT)->name));
    desk.cases[1].state = CASE_LIFTED;
    const char *text = in_rows(cockpit());
    assert_true(strstr(text, "OFF until") < strstr(text, "Waiting for another Admin"));
    desk.cases[1] = (struct casefile){ .no = 2, .state = CASE_OUTSIDE, .found_ms = NOW };
    assert_false(has_button(cockpit(), action_row(ACTION_LIFT)->name));
}

/* What is answered by words alone has no button there, either, and nobody presses for themselves.
 */
static void a_button_stands_where_it_can_be_pressed(void **state)
{
    (void)state;
    cases(1, CASE_WAITING);
    STR_SET(desk.cases[0].question.handle, "question1");
    policy.approve_with = APPROVE_BY_BUTTON;
    assert_true(has_button(cockpit(), "approve"));
    policy.approve_with = APPROVE_BY_COMMAND;
    assert_false(has_button(cockpit(), "approve"));
    policy.approve_with = APPROVE_BY_BUTTON;
    STR_SET(desk.cases[0].requester.key, "ana@example.com");
    assert_false(has_button(cockpit(), "approve"));
}

static void the_admins_are_named_as_far_as_that_goes(void **state)
{
    (void)state;
    desk.audience.count = 8;
    for (size_t i = 0; i < 12; i++)
        snprintf(desk.audience.keys[i], sizeof desk.audience.keys[i], "p%zu@example.com", i);
    shows("@p7@example.com.", true);
    desk.audience.count = 12;
    shows("@p8@example.com", false);
    shows("and 4 more", true);
    desk.audience.count = 8;
    desk.audience.more = 3;
    shows("and 3 more", true);
}

/* The line to type has the length that was asked for, or the usual one. */
static void a_lift_of_what_is_off_already_is_told_how_to_adopt_it(void **state)
{
    (void)state;
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_OUTSIDE, .found_ms = NOW };
    struct request r = { .account = "222222222222",
                         .reason = "invoices",
                         .for_ms = 30 * MS_MINUTE };
    policy.default_window = 45 * MS_MINUTE;
    assert_true(decides("lift", &r));
    has("adopt 222222222222 for 30m because");
    r.for_ms = 0;
    assert_true(decides("lift", &r));
    has("adopt 222222222222 for 45m because");
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
static const struct panel *panel(void)
{
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == EFFECT_ANSWER)
            return v.effects[i].answer.panel;
    return NULL;
}

static const char *status_page(int page)
{
    const struct request status = { .verb = "status", .count = page };
    assert_true(decides("status", &status));
    return answer();
}

/* However many are open: each stands on one page, with its button, and the way on is said. */
static void status_has_pages(void **state)
{
    (void)state;
    enum { CASES = 20 };
    for (size_t i = 0; i < CASES; i++)
        desk.cases[i] = (struct casefile){ .no = (uint32_t)i + 1,
                                           .state = CASE_LIFTED,
                                           .deadline_ms = NOW + MS_HOUR };
    desk.case_count = 8;
    assert_null(strstr(status_page(0), "Page"));
    assert_int_equal(panel()->count, 1 + 8);
    desk.case_count = CASES;
    status_page(0);
    has("G-0001");
    has("G-0008");
    assert_null(strstr(answer(), "G-0009"));
    has("12 more are open: `/reguard status 2`");
    assert_int_equal(panel()->count, 1 + 8 + 1);
    assert_non_null(strstr(panel()->rows[9].text, "status 2"));
    assert_int_equal(panel()->rows[9].button_count, 1);
    assert_string_equal(panel()->rows[9].buttons[0].action, "status");
    assert_string_equal(panel()->rows[9].buttons[0].handle, "status 2");
    assert_string_equal(status_page(1), status_page(0));
    status_page(2);
    has("G-0009");
    has("G-0016");
    has("Page 2 of 3; 4 more are open: `/reguard status 3`");
    status_page(3);
    has("G-0020");
    has("Page 3 of 3.");
    assert_int_equal(panel()->rows[5].button_count, 0);
    assert_null(strstr(answer(), "more are open"));
    assert_int_equal(panel()->count, 1 + 4 + 1);
    assert_string_equal(status_page(99), status_page(3));
}

/* What is past its end comes first, the longest overdue before the others; then the oldest. */
static void status_begins_with_what_is_overdue(void **state)
{
    (void)state;
    static const ms_t ends[] = { MS_HOUR, -MS_MINUTE, MS_HOUR, -MS_HOUR };
    for (size_t i = 0; i < COUNT(ends); i++)
        desk.cases[COUNT(ends) - 1 - i] = (struct casefile){ .no = (uint32_t)i + 1,
                                                             .state = CASE_LIFTED,
                                                             .deadline_ms = NOW + ends[i] };
    desk.case_count = COUNT(ends);
    const char *text = status_page(0), *at[COUNT(ends)];
    static const char *const ids[] = { "G-0001", "G-0002", "G-0003", "G-0004" };
    for (size_t i = 0; i < COUNT(ids); i++)
        assert_non_null(at[i] = strstr(text, ids[i]));
    assert_true(at[3] < at[1] && at[1] < at[0] && at[0] < at[2]);
}

/* Where nothing was answered, or what was asked only looks, there is no step to follow. */
static void a_next_step_stands_beside_a_refusal_alone(void **state)
{
    (void)state;
    const struct request r = { .verb = "lift" }, status = { .verb = "status" };
    struct refused refused = { .desk = &desk,
                               .command = command_named(&desk, "lift"),
                               .request = &r,
                               .key = "ana@example.com" };
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    next_step_add(&refused, &v);
    assert_int_equal(v.effect_count, 0);
    verdict_effect(&v, EFFECT_ANSWER)->answer.text = "No.";
    next_step_add(&refused, &v);
    assert_string_equal(panel()->rows[0].text, "No.");
    assert_true(has_button(panel(), "request"));
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
    verdict_effect(&v, EFFECT_ANSWER)->answer.text = "Well.";
    refused.command = command_named(&desk, "status");
    refused.request = &status;
    next_step_add(&refused, &v);
    assert_null(panel());
}

/* Another one may have been found while it was looked into. */
static void what_was_asked_for_one_case_is_of_no_other(void **state)
{
    (void)state;
    struct request r = { .verb = "adopt" };
    assert_null(parts_outside_case(&desk, &r));
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 2, .state = CASE_OUTSIDE, .found_ms = NOW };
    assert_ptr_equal(parts_outside_case(&desk, &r), &desk.cases[0]);
    r.case_no = 2;
    assert_ptr_equal(parts_outside_case(&desk, &r), &desk.cases[0]);
    r.case_no = 1;
    assert_null(parts_outside_case(&desk, &r));
}

static void what_is_asked_anyway_is_typed_so(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 256);
    const struct request r = { .verb = "lift",
                               .account = "bakery",
                               .for_ms = 45 * MS_MINUTE,
                               .task = "s3-lockout",
                               .ticket = "SEC 7",
                               .anyway = true,
                               .reason = "month end" };
    request_add_typed(&b, &r);
    assert_string_equal(buf_text(&b), "lift bakery for 45m task s3-lockout ticket \"SEC 7\" "
                                      "anyway because month end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_command_whose_case_is_gone_changes_nothing),
        A_TEST(an_extension_stays_within_the_longest_window),
        A_TEST(only_an_admin_snoozes),
        A_TEST(ending_what_fails_stays_a_failure),
        A_TEST(whoever_is_listed_ends_it_where_roles_cannot_be_read),
        A_TEST(nobody_approves_what_nobody_can_have_read),
        A_TEST(why_of_somebody_who_is_not_listed_any_more),
        A_TEST(a_role_that_was_not_looked_up_is_no_role),
        A_TEST(a_code_needs_mail_and_a_key),
        A_TEST(no_case_is_begun_where_its_end_had_no_place),
        A_TEST(a_code_without_a_key_is_not_read),
        A_TEST(history_takes_small_numbers),
        A_TEST(a_case_that_was_is_told_from_one_that_never_was),
        A_TEST(more_time_needs_a_reason),
        A_TEST(a_task_that_needs_no_window_is_answered_with_its_guide),
        A_TEST(what_is_off_by_our_own_change_is_no_lift_outside),
        A_TEST(an_adoption_that_could_not_be_checked),
        A_TEST(a_cockpit_is_no_longer_than_a_page),
        A_TEST(what_ended_lately_is_listed_newest_first),
        A_TEST(what_has_left_the_desk_is_shown_with_the_rest),
        A_TEST(what_is_ones_own_is_open_first),
        A_TEST(more_that_have_left_are_not_looked_at),
        A_TEST(what_is_left_is_asked_where_it_cannot_be_done),
        A_TEST(what_is_off_stands_first),
        A_TEST(status_has_pages),
        A_TEST(status_begins_with_what_is_overdue),
        A_TEST(a_next_step_stands_beside_a_refusal_alone),
        A_TEST(what_was_asked_for_one_case_is_of_no_other),
        A_TEST(what_is_asked_anyway_is_typed_so),
        A_TEST(a_button_stands_where_it_can_be_pressed),
        A_TEST(the_admins_are_named_as_far_as_that_goes),
        A_TEST(a_lift_of_what_is_off_already_is_told_how_to_adopt_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
