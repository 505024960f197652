/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of a case, of the one switch and of the dead man's word find on a desk that is
   made by hand: the corners that no story comes to, because something else would be settled before
   or because it takes a journal of another hand. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_desk.h"

#include "adapters/stax/provider.h"
#include "core/ballot.h"
#include "core/controller.h"
#include "core/deadman.h"
#include "core/desk.h"
#include "core/doubt.h"
#include "core/guardrail.h"
#include "core/hearing.h"
#include "core/lifecycle.h"
#include "core/inquiry.h"
#include "core/review.h"
#include "core/sight.h"
#include "core/turn.h"
#include "commands/parts.h"

static const ms_t NOW = 1795526055000;
#define OWN "5555555555555555"
#define OTHER "6666666666666666"
#define THIRD "4444444444444444"
static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;
static const unsigned char entropy[ENTROPY_BYTES];

static void begin(void)
{
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW, .entropy = entropy }, 1);
}

/* One case that is being lifted, nothing of it sent; one chat, which was looked at just now. */
static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .approvals = 1,
                              .mailbox_proof = MAILBOX_OFF,
                              .max_window = MS_HOUR,
                              .watch_after = MS_DAY,
                              .lift_gives_up = 10 * MS_MINUTE,
                              .request_expires = 30 * MS_MINUTE,
                              .poll_lifted = 30 * MS_SECOND,
                              .poll_idle = 5 * MS_MINUTE,
                              .poll_task = 2 * MS_SECOND,
                              .verify_gap = 5 * MS_SECOND,
                              .organisation = "org" };
    policy.remind_overdue = (struct durations){ { 0, 5 * MS_MINUTE }, 2 };
    desk_init(&desk);
    desk.policy = &policy;
    people.count = 0;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    STR_SET(desk.doubt.store, OWN);
    desk.chat_count = 1;
    desk.chats[0] = (struct chat_state){ .name = "slack", .up = true };
    desk.chats[0].sight.looked_ms = desk.chats[0].sight.sent_ms = NOW;
    desk.last_case = 1;
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_LIFTING, .lifting_ms = NOW - MS_MINUTE, .window_ms = MS_HOUR
    };
    begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const struct fact *found(enum fact_kind kind) { return unit_fact(&v, kind); }

static const struct fact *settles(enum fact_kind kind)
{
    begin();
    lifecycle_settle(&desk, &v);
    return found(kind);
}

static void prove(enum watch watch)
{
    struct guardrail *g = &desk.guardrail;
    g->proved = g->seen = g->known = g->agreeing = watch;
    g->reads = 2;
    g->proved_ms = g->read_ms = g->seen_from_ms = NOW;
    g->agreeing_since_ms = NOW - MS_MINUTE;
}

/* ---- a lift that is proved ---- */

/* Our change is under way still: the proof is of before. */
static void a_lift_is_not_proved_while_its_change_is_under_way(void **state)
{
    (void)state;
    prove(WATCH_OFF);
    desk.cases[0].change_begun = true;
    desk.guardrail.phase = CHANGE_FOLLOWING;
    assert_null(settles(FACT_LIFTED));
    desk.guardrail.phase = CHANGE_NONE;
    assert_non_null(settles(FACT_LIFTED));
}

/* It is off already because of another case: this one joins without a change of its own, the first
   of them first, and on records that can be believed. */
static void a_lift_joins_what_is_off_already(void **state)
{
    (void)state;
    prove(WATCH_OFF);
    desk.case_count = 3;
    desk.cases[1] = (struct casefile){
        .no = 2, .state = CASE_LIFTED, .lifted_ms = NOW - MS_HOUR, .deadline_ms = NOW + MS_HOUR
    };
    desk.cases[2] = desk.cases[0];
    desk.cases[2].no = 3;
    for (size_t i = 0; i < 3; i++)
        desk.cases[i].question.roll = (struct roll){ .complete = true, .sent_ms = NOW };
    assert_int_equal(settles(FACT_LIFTED)->case_no, 1);
    size_t lifted = 0;
    for (size_t i = 0; i < v.fact_count; i++)
        lifted += v.facts[i].kind == FACT_LIFTED;
    assert_int_equal(lifted, 1);
    assert_int_equal(guardrail_lifting(&desk)->no, 1);
    desk.cases[0].no = 4; /* the number decides, and not the place */
    assert_int_equal(guardrail_lifting(&desk)->no, 3);
    assert_int_equal(settles(FACT_LIFTED)->case_no, 3);
    desk.doubt.stands = true;
    assert_null(settles(FACT_LIFTED));
}

/* Lifted outside meanwhile: refused only while nothing of ours was sent. */
static void a_lift_is_not_refused_once_its_change_is_sent(void **state)
{
    (void)state;
    desk.case_count = 2;
    desk.cases[1] = (struct casefile){ .no = 2, .state = CASE_OUTSIDE, .found_ms = NOW };
    assert_non_null(settles(FACT_REFUSED));
    desk.cases[0].change_begun = true;
    assert_null(settles(FACT_REFUSED));
}

/* What has reached Stax may have lowered: it is brought back on, unless a read has shown it on. */
static void a_lift_that_may_have_worked_is_put_back(void **state)
{
    (void)state;
    desk.cases[0].lifting_ms = NOW - MS_HOUR;
    assert_non_null(settles(FACT_FAILED));
    desk.cases[0].change_left = true;
    assert_null(settles(FACT_FAILED));
    assert_true(found(FACT_ENDED) && found(FACT_ENDED)->lift_failed);
    prove(WATCH_ON);
    assert_non_null(settles(FACT_FAILED));
}

/* ---- found off ---- */

static void what_is_off_is_nobodys_only_when_nothing_explains_it(void **state)
{
    (void)state;
    desk.case_count = 0;
    prove(WATCH_OFF);
    desk.guardrail.agreeing_since_ms = NOW - MS_MINUTE;
    assert_non_null(settles(FACT_OUTSIDE_FOUND));
    desk.guardrail.proved = WATCH_ON;
    assert_null(settles(FACT_OUTSIDE_FOUND));
    desk.guardrail.proved = WATCH_OFF;
    desk.guardrail.phase = CHANGE_OPEN;
    assert_null(settles(FACT_OUTSIDE_FOUND));
}

/* ---- restoring ---- */

static void a_restore_is_proved_when_its_change_has_ended(void **state)
{
    (void)state;
    prove(WATCH_ON);
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_RESTORING, .lifted_ms = NOW - MS_HOUR, .ended_ms = NOW - MS_MINUTE
    };
    STR_SET(desk.cases[0].end_reason, "it is over");
    desk.guardrail.phase = CHANGE_OPEN;
    assert_null(settles(FACT_RESTORED));
    desk.guardrail.phase = CHANGE_NONE;
    assert_string_equal(settles(FACT_RESTORED)->text, "it is over");
    desk.cases[0].vigil_ms = NOW - 2 * MS_HOUR; /* of an earlier window */
    assert_string_equal(settles(FACT_RESTORED)->text, "it is over");
    desk.cases[0].vigil_ms = NOW - MS_MINUTE;
    assert_non_null(strstr(settles(FACT_RESTORED)->text, "it is over; my witness"));
}

/* One of several windows has ended: it closes when the last one has, and not before. */
static void a_case_that_let_go_waits_for_the_others(void **state)
{
    (void)state;
    prove(WATCH_ON);
    desk.case_count = 2;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_RELEASED, .ended_ms = NOW - 1 };
    desk.cases[1] = (struct casefile){
        .no = 2, .state = CASE_LIFTED, .lifted_ms = NOW + 1, .deadline_ms = NOW + MS_HOUR
    };
    assert_null(settles(FACT_RESTORED));
    desk.cases[1].state = CASE_RESTORED;
    desk.cases[1].closed_ms = NOW;
    assert_int_equal(settles(FACT_RESTORED)->case_no, 1);
}

static void nothing_is_extended_on_records_in_doubt(void **state)
{
    (void)state;
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_LIFTED, .lifted_ms = NOW - MS_MINUTE, .deadline_ms = NOW + MS_HOUR
    };
    struct question *q = &desk.cases[0].question;
    *q = (struct question){
        .kind = QUESTION_MORE_TIME, .pending = true, .window_ms = MS_MINUTE, .approval_count = 1
    };
    q->roll = (struct roll){ .complete = true, .sent_ms = NOW };
    assert_non_null(settles(FACT_EXTENDED));
    desk.doubt.stands = true;
    assert_null(settles(FACT_EXTENDED));
}

/* ---- places on the desk ---- */

static void fill(size_t count, enum case_state of)
{
    desk.case_count = count;
    for (size_t i = 0; i < count; i++)
        desk.cases[i] = (struct casefile){
            .no = (uint32_t)i + 1, .state = of, .asked_ms = NOW, .closed_ms = NOW
        };
    desk.last_case = (uint32_t)count;
}

/* The one that closed first; of one instant the lower number; never one that is open. */
static void the_case_that_closed_first_gives_way(void **state)
{
    (void)state;
    fill(LIMIT_CASES, CASE_RESTORED);
    for (size_t i = 0; i < desk.case_count; i++)
        desk.cases[i].closed_ms = NOW - 1;
    assert_int_equal(settles(FACT_FILED)->case_no, 1);
    assert_int_equal(v.fact_count, 1);
    desk.cases[0].state = CASE_WAITING;
    desk.cases[0].closed_ms = 0;
    assert_int_equal(settles(FACT_FILED)->case_no, 2);
    desk.cases[9].closed_ms = NOW - 2;
    assert_int_equal(settles(FACT_FILED)->case_no, 10);
    assert_int_equal(v.fact_count, 1);
}

static struct fact asked(uint32_t no)
{
    return (struct fact){ .kind = FACT_ASKED, .case_no = no, .at_ms = NOW };
}

/* A journal may have more cases than there is room for. */
static void a_new_case_takes_the_place_of_the_one_that_closed_first(void **state)
{
    (void)state;
    fill(LIMIT_CASES, CASE_RESTORED);
    desk.cases[5].closed_ms = NOW - 1;
    desk.cases[7].closed_ms = NOW - 2;
    struct fact f = asked(LIMIT_CASES + 1);
    lifecycle_apply(&desk, &f);
    assert_int_equal(desk.case_count, LIMIT_CASES);
    assert_null(desk_case(&desk, 8));
    assert_non_null(desk_case(&desk, LIMIT_CASES + 1));
    assert_int_equal(desk.last_case, LIMIT_CASES + 1);
    fill(LIMIT_CASES, CASE_WAITING); /* nothing gives way: it is not taken */
    lifecycle_apply(&desk, &f);
    assert_null(desk_case(&desk, LIMIT_CASES + 1));
    f.kind = FACT_OUTSIDE_FOUND;
    lifecycle_apply(&desk, &f);
    assert_null(desk_case(&desk, LIMIT_CASES + 1));
}

/* Numbers that were skipped may be filled by older records; none has the number 0. */
static void a_case_of_an_older_number_moves_no_count(void **state)
{
    (void)state;
    desk.last_case = 9;
    struct fact f = asked(5);
    lifecycle_apply(&desk, &f);
    assert_non_null(desk_case(&desk, 5));
    assert_int_equal(desk.last_case, 9);
    size_t before = desk.case_count;
    f = asked(0);
    lifecycle_apply(&desk, &f);
    f.kind = FACT_OUTSIDE_FOUND;
    lifecycle_apply(&desk, &f);
    assert_int_equal(desk.case_count, before);
}

/* An approval was taken back while the change was on its way: if that had no effect, it waits. */
static void a_shaken_case_waits_again_when_its_change_had_no_effect(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_CHANGE_VOID, .case_no = 1 };
    lifecycle_apply(&desk, &f);
    assert_int_equal(desk.cases[0].state, CASE_LIFTING);
    desk.cases[0].question.shaken = true;
    lifecycle_apply(&desk, &f);
    assert_int_equal(desk.cases[0].state, CASE_WAITING);
}

/* A text that is there and empty says nothing: the reason counts, and no reason keeps the old. */
static void why_it_closed(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_DECLINED, .case_no = 1, .text = "", .reason = "not today" };
    lifecycle_apply(&desk, &f);
    assert_string_equal(desk.cases[0].end_reason, "not today");
    f.reason = "";
    lifecycle_apply(&desk, &f);
    assert_string_equal(desk.cases[0].end_reason, "not today");
}

/* ---- the switch ---- */

static struct event refused(int64_t http_status)
{
    struct event e = { .kind = EVENT_CHANGE_REFUSED, .effect_id = 7, .error = "no" };
    e.change.http_status = (int)http_status;
    return e;
}

static void change(struct event e)
{
    begin();
    desk.guardrail.change_id = 7;
    controller_changed(&desk, &e, &v);
}

/* It never left: the lift has failed, and nothing is to be put back. Left, reads alone can tell. */
static void a_change_that_never_left_fails_the_lift(void **state)
{
    (void)state;
    desk.guardrail.change_case = 1;
    change(refused(0));
    assert_non_null(found(FACT_FAILED));
    assert_null(found(FACT_ENDED));
    change(refused(400));
    assert_null(found(FACT_FAILED));
    assert_non_null(found(FACT_ENDED));
    desk.cases[0].state = CASE_RESTORING; /* ended meanwhile */
    change(refused(0));
    assert_int_equal(v.fact_count, 1);
    change(refused(400));
    assert_int_equal(v.fact_count, 1);
    desk.guardrail.change_case = 9; /* a case that is not there any more */
    change(refused(0));
    assert_int_equal(v.fact_count, 1);
    change(refused(400));
    assert_int_equal(v.fact_count, 1);
}

/* Only of those that wait for it. */
static void a_refused_restore_troubles_those_that_are_restored(void **state)
{
    (void)state;
    desk.case_count = 2;
    desk.cases[1] = (struct casefile){ .no = 2, .state = CASE_RESTORING, .ended_ms = NOW };
    desk.guardrail.change_on = true;
    change(refused(400));
    assert_int_equal(found(FACT_TROUBLE)->case_no, 2);
    assert_int_equal(v.fact_count, 2);
}

static struct event read_of(enum task_status status)
{
    struct event e = { .kind = EVENT_SURVEYED, .effect_id = 3 };
    e.survey = (struct survey){ .read = SURVEY_GUARDRAIL | SURVEY_TASK | SURVEY_FEED,
                                .task_status = status,
                                .task_log = "",
                                .document_organisation_id = "org",
                                .service_status = SERVICE_ACTIVE,
                                .enabled = true,
                                .flags = "" };
    return e;
}

static void survey(struct event e)
{
    begin();
    controller_surveyed(&desk, &e, &v);
}

/* A task that runs on is waited for two hours; one that is gone as long: it may not be there yet.
 */
static void a_task_is_not_waited_for_for_ever(void **state)
{
    (void)state;
    struct guardrail *g = &desk.guardrail;
    g->phase = CHANGE_FOLLOWING;
    g->change_case = 1;
    g->change_ms = NOW - 2 * MS_HOUR + 1;
    survey(read_of(TASK_RUNNING));
    assert_null(found(FACT_CHANGE_UNKNOWN));
    g->change_ms = NOW - 2 * MS_HOUR;
    survey(read_of(TASK_RUNNING));
    assert_non_null(found(FACT_CHANGE_UNKNOWN));
    g->change_ms = NOW - 30 * MS_SECOND + 1;
    survey(read_of(TASK_GONE));
    assert_null(found(FACT_CHANGE_UNKNOWN));
    g->change_ms = NOW - 30 * MS_SECOND;
    survey(read_of(TASK_GONE));
    assert_non_null(found(FACT_CHANGE_UNKNOWN));
}

static void a_failed_task_says_what_it_said(void **state)
{
    (void)state;
    desk.guardrail.phase = CHANGE_FOLLOWING;
    desk.guardrail.change_case = 1;
    struct event e = read_of(TASK_FAILED);
    survey(e);
    assert_null(strchr(found(FACT_ENDED)->text, ':'));
    e.survey.task_log = "AccessDenied";
    survey(e);
    assert_non_null(strstr(found(FACT_ENDED)->text, ": AccessDenied"));
}

/* The feed does not name anybody. */
static void nobody_is_named_for_a_change_without_a_user(void **state)
{
    (void)state;
    struct feed_entry entry = { .user_id = NULL, .task_id = "t", .at_ms = NOW };
    struct event e = read_of(TASK_RUNNING);
    e.survey.feed = &entry;
    e.survey.feed_count = 1;
    survey(e);
    assert_null(found(FACT_FEED_READ));
    entry.user_id = "u1";
    survey(e);
    assert_string_equal(found(FACT_FEED_READ)->text, "u1");
}

static void a_read_that_failed_without_a_word_is_no_answer(void **state)
{
    (void)state;
    const char *why = "";
    struct survey s = { .read = 0 };
    assert_int_equal(guardrail_judge(&policy, &s, &arena, &why), WATCH_UNKNOWN);
    assert_non_null(strstr(why, "did not answer"));
    s.failure = "HTTP 503";
    assert_int_equal(guardrail_judge(&policy, &s, &arena, &why), WATCH_UNKNOWN);
    assert_string_equal(why, "HTTP 503");
}

/* What the journal says of a case that is not there, or with an impossible number. */
static void outcomes_of_no_case(void **state)
{
    (void)state;
    static const enum fact_kind kinds[] = { FACT_CHANGE_BEGUN, FACT_CHANGE_ACCEPTED,
                                            FACT_CHANGE_REFUSED, FACT_CHANGE_VOID };
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (int on = 0; on < 2; on++) {
            struct fact f = { .kind = kinds[i], .case_no = 99, .on = on, .http_status = 400 };
            if (kinds[i] == FACT_CHANGE_BEGUN)
                assert_false(desk.cases[0].change_begun);
            controller_apply(&desk, &f);
            assert_false(desk.cases[0].change_begun || desk.cases[0].change_left);
        }
    struct fact f = { .kind = FACT_CHANGE_REFUSED, .case_no = 1, .http_status = 99999 };
    controller_apply(&desk, &f);
    assert_int_equal(desk.guardrail.refused_status, 0);
    f.http_status = 409;
    controller_apply(&desk, &f);
    assert_int_equal(desk.guardrail.refused_status, 409);
}

/* ---- the dead man's word ---- */

static void leave(const char *chat, const char *id, ms_t at_ms)
{
    struct fact f = { .kind = FACT_WORD_LEFT, .verb = chat, .text = id, .until_ms = at_ms };
    deadman_apply(&desk, &f);
}

static void a_word_is_known_by_its_chat_and_its_id(void **state)
{
    (void)state;
    leave("slack", "Q1", NOW + MS_HOUR);
    leave("matrix", "Q1", NOW + 2 * MS_HOUR);
    assert_int_equal(desk.deadman.count, 2);
    leave("matrix", "Q1", NOW + 3 * MS_HOUR); /* moved on */
    assert_int_equal(desk.deadman.count, 2);
    assert_int_equal(desk.deadman.words[0].at_ms, NOW + MS_HOUR);
    assert_int_equal(desk.deadman.words[1].at_ms, NOW + 3 * MS_HOUR);
    struct fact f = { .kind = FACT_WORD_GONE, .verb = "matrix", .text = "Q1" };
    deadman_apply(&desk, &f);
    assert_int_equal(desk.deadman.count, 1);
    assert_string_equal(desk.deadman.words[0].chat, "slack");
}

static void there_are_no_more_words_than_there_is_room_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMIT_LEFT_WORDS + 2; i++) {
        char id[16];
        snprintf(id, sizeof id, "Q%zu", i);
        leave("slack", id, NOW + MS_HOUR);
    }
    assert_int_equal(desk.deadman.count, LIMIT_LEFT_WORDS);
}

static void post(enum fact_kind kind, int64_t effect_id, bool in_doubt, ms_t holds_ms)
{
    struct fact f = { .kind = kind,
                      .verb = "slack",
                      .effect_id = effect_id,
                      .text = "full",
                      .count = 1,
                      .on = in_doubt,
                      .window_ms = holds_ms };
    deadman_apply(&desk, &f);
}

/* Only the call that is under way has an outcome; after one in doubt it is read what stands. */
static void what_became_of_a_call(void **state)
{
    (void)state;
    struct word_post *p = &desk.chats[0].words;
    p->holds_ms = MS_DAY;
    post(FACT_WORD_SENT, 5, false, 0);
    post(FACT_WORD_FAILED, 6, false, 0); /* an earlier one's */
    assert_int_equal(p->id, 5);
    post(FACT_WORD_FAILED, 5, false, 0);
    assert_int_equal(p->id, 0);
    assert_false(p->is_read); /* nothing was read yet */
    assert_string_equal(p->why, "full");
    assert_int_equal(p->holds_ms, MS_DAY);
    post(FACT_WORD_SENT, 7, false, 0);
    post(FACT_WORDS_READ, 7, false, 0);
    assert_true(p->is_read);
    assert_string_equal(p->why, "");
    post(FACT_WORD_SENT, 8, false, 0);
    post(FACT_WORD_FAILED, 8, false, MS_HOUR); /* it takes them less far ahead */
    assert_true(p->is_read);
    assert_int_equal(p->holds_ms, MS_HOUR);
    post(FACT_WORD_SENT, 9, false, 0);
    post(FACT_WORD_FAILED, 9, true, 0);
    assert_false(p->is_read);
}

static void read_words(const struct standing_word *all, size_t count)
{
    struct event e = { .kind = EVENT_WORDS_READ, .chat = "slack", .effect_id = 5 };
    e.words = (struct event_words){ .all = all, .count = count };
    begin();
    desk.chats[0].words.id = 5;
    deadman_decide(&desk, &e, &v);
}

static size_t count_of(enum fact_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < v.fact_count; i++)
        n += v.facts[i].kind == kind;
    return n;
}

/* What stands there with our mark is ours, what does not is somebody's; what does not stand there
   any more is gone, in that chat. */
static void reading_back_finds_what_is_ours(void **state)
{
    (void)state;
    const char *ours = arena_printf(&arena, "silent %s", deadman_mark(desk.doubt.store, &arena));
    struct standing_word there[] = { { .id = "Q1", .text = ours, .at_ms = NOW + MS_HOUR },
                                     { .id = "Q2", .text = "lunch?", .at_ms = NOW + MS_HOUR },
                                     { .id = "Q3", .text = NULL, .at_ms = NOW + MS_HOUR } };
    leave("matrix", "M1", NOW + MS_HOUR);
    leave("slack", "Q9", NOW + MS_HOUR);
    read_words(there, COUNT(there));
    assert_int_equal(count_of(FACT_WORD_LEFT), 1);
    assert_string_equal(found(FACT_WORD_LEFT)->text, "Q1");
    assert_int_equal(count_of(FACT_WORD_GONE), 1);
    assert_string_equal(found(FACT_WORD_GONE)->text, "Q9");
    assert_false(found(FACT_WORD_GONE)->on);
    /* Whose records these are is not known: nothing is ours. */
    desk.doubt.store[0] = '\0';
    read_words(there, COUNT(there));
    assert_int_equal(count_of(FACT_WORD_LEFT), 0);
}

/* Its time began anew and the answer was lost: where it stands is where it is. */
static void reading_back_finds_what_was_moved_on(void **state)
{
    (void)state;
    struct standing_word there = { .id = "Q1", .text = "", .at_ms = NOW + 2 * MS_HOUR };
    leave("slack", "Q1", NOW + MS_HOUR);
    read_words(&there, 1);
    assert_int_equal(found(FACT_WORD_LEFT)->until_ms, NOW + 2 * MS_HOUR);
    there.at_ms = NOW + MS_HOUR + 1; /* clocks differ */
    read_words(&there, 1);
    assert_null(found(FACT_WORD_LEFT));
}

static void reading_back_takes_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    struct standing_word there[LIMIT_LEFT_WORDS + 2];
    char ids[COUNT(there)][16];
    const char *ours = deadman_mark(desk.doubt.store, &arena);
    for (size_t i = 0; i < COUNT(there); i++) {
        snprintf(ids[i], sizeof ids[i], "Q%zu", i);
        there[i] = (struct standing_word){ .id = ids[i], .text = ours, .at_ms = NOW + MS_HOUR };
    }
    read_words(there, COUNT(there));
    assert_int_equal(count_of(FACT_WORD_LEFT), LIMIT_LEFT_WORDS);
}

/* By when we promise to speak, of the case that is first. */
static void by_when_we_speak(void **state)
{
    (void)state;
    assert_int_equal(deadman_speaks_ms(&desk), desk.cases[0].lifting_ms + MS_HOUR);
    desk.cases[0] = (struct casefile){ .no = 1,
                                       .state = CASE_RESTORING,
                                       .lifted_ms = NOW - MS_HOUR,
                                       .deadline_ms = NOW + MS_HOUR,
                                       .ended_ms = NOW };
    ms_t trouble = deadman_speaks_ms(&desk);
    assert_true(trouble > NOW && trouble <= NOW + LIFECYCLE_TROUBLE_AFTER_MS);
    desk.cases[0].trouble_ms = NOW; /* said already: the reminders go on */
    assert_true(deadman_speaks_ms(&desk) >= NOW);
    desk.cases[0].state = CASE_LIFTED;
    assert_int_equal(deadman_speaks_ms(&desk), NOW + MS_HOUR);
    ms_t reminders = (ms_t)policy.remind_overdue.count;
    policy.remind_overdue.count = 0;
    desk.cases[0].state = CASE_RESTORING;
    desk.cases[0].trouble_ms = 0;
    assert_int_equal(deadman_speaks_ms(&desk), NOW + LIFECYCLE_TROUBLE_AFTER_MS);
    policy.remind_overdue.count = (size_t)reminders;
    desk.cases[0].state = CASE_LIFTED;
    policy.remind_overdue.count = 0; /* no reminders, and nothing else to say */
    ms_t promised = deadman_speaks_ms(&desk);
    assert_true(promised == 0 || promised >= NOW);
    desk.case_count = 0;
    assert_int_equal(deadman_speaks_ms(&desk), 0);
}

/* Why a lift goes on without one, or does not. */
static void a_lift_waits_for_a_chat_that_takes_words(void **state)
{
    (void)state;
    const struct casefile *c = &desk.cases[0];
    policy.dead_man = DEAD_MAN_WANTED;
    desk.chat_count = 2;
    desk.chats[1] = (struct chat_state){ .name = "matrix" };
    desk.chats[0].words.holds_ms = 4 * MS_DAY;
    assert_false(deadman_lets(&desk, c, c->lifting_ms + 1)); /* it may still come */
    desk.chats[0].words.failures = 2;
    STR_SET(desk.chats[0].words.why, "full");
    assert_true(deadman_lets(&desk, c, c->lifting_ms + 1));
    desk.chats[0].up = false; /* of what is away nothing is said */
    assert_true(deadman_lets(&desk, c, c->lifting_ms + 1));
    policy.dead_man = DEAD_MAN_REQUIRED;
    assert_false(deadman_lets(&desk, c, c->lifting_ms + MS_HOUR));
    policy.dead_man = DEAD_MAN_OFF;
    assert_true(deadman_lets(&desk, c, c->lifting_ms + 1));
    /* One that has appeared already says nothing of what is to come. */
    policy.dead_man = DEAD_MAN_REQUIRED;
    desk.chats[0].up = true;
    ms_t first = c->lifting_ms + c->window_ms + 2 * MS_MINUTE;
    leave("matrix", "M1", first);
    assert_false(deadman_lets(&desk, c, NOW));
    leave("slack", "Q1", first);
    assert_true(deadman_lets(&desk, c, NOW));
    assert_false(deadman_lets(&desk, c, first));
}

/* ---- records in doubt ---- */

static struct event_looked strangers(const char *list)
{
    return (struct event_looked){ .why = "the channel has messages of other records",
                                  .strangers = list,
                                  .record = 7,
                                  .last_case = 3 };
}

/* Said once, and again only when it shows more. */
static void a_doubt_is_told_once_more_when_it_shows_more(void **state)
{
    (void)state;
    struct event_looked seen = strangers(OTHER ":7");
    doubt_seen(&desk, &seen, &v);
    assert_non_null(found(FACT_STORE_DOUBTED));
    for (size_t i = 0; i < v.fact_count; i++)
        doubt_apply(&desk, &v.facts[i]);
    assert_true(desk.doubt.stands);
    begin();
    doubt_seen(&desk, &seen, &v);
    assert_null(found(FACT_STORE_DOUBTED));
    seen.last_case = 9;
    doubt_seen(&desk, &seen, &v);
    assert_true(found(FACT_STORE_DOUBTED)->once_more);
}

static void questions_are_closed_by_doubt_while_nothing_was_sent(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_STORE_DOUBTED, .at_ms = NOW, .text = "record 7 was changed" };
    doubt_apply(&desk, &f);
    assert_true(desk.doubt.stands);
    ms_t since = desk.doubt.since_ms;
    f.once_more = true;
    f.at_ms = NOW + MS_HOUR;
    doubt_apply(&desk, &f);
    assert_int_equal(desk.doubt.since_ms, since);
    f.kind = FACT_DOUBT_TOLD;
    f.count = INT64_MAX;
    doubt_apply(&desk, &f);
    assert_int_equal(desk.doubt.told, INT32_MAX);
}

/* ---- what was said while we were away ---- */

static void catch_up(uint64_t effect_id)
{
    struct event e = { .kind = EVENT_CAUGHT_UP, .chat = "slack", .effect_id = effect_id };
    begin();
    hearing_decide(&desk, &e, &v);
}

static void only_the_look_that_is_under_way_counts(void **state)
{
    (void)state;
    struct hearing *h = &desk.chats[0].hearing;
    *h = (struct hearing){ .behind = true, .effect_id = 5, .begun_ms = NOW - 1, .since_ms = NOW };
    catch_up(0);
    assert_int_equal(v.fact_count, 0);
    catch_up(6);
    assert_int_equal(v.fact_count, 0);
    catch_up(5);
    assert_non_null(found(FACT_CAUGHT_UP));
    /* It came back again meanwhile: at once once more. */
    struct fact f = *found(FACT_CAUGHT_UP);
    f.window_ms = MS_HOUR;
    struct hearing before = *h;
    hearing_apply(&desk, &f);
    assert_int_equal(h->next_ms, f.at_ms + MS_HOUR);
    *h = before;
    h->wanted = true;
    hearing_apply(&desk, &f);
    assert_int_equal(h->next_ms, f.at_ms);
}

/* ---- a change looked over afterwards ---- */

/* The newest ones are remembered. */
static void so_many_changes_are_looked_over_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < LIMIT_REVIEW_TASKS + 1; i++) {
        char id[16];
        snprintf(id, sizeof id, "task%zu", i);
        struct fact f = { .kind = FACT_CHANGE_ACCEPTED, .case_no = 1, .task_id = id, .at_ms = NOW };
        review_apply(&desk, &f);
    }
    assert_int_equal(desk.review.task_count, LIMIT_REVIEW_TASKS);
    assert_string_equal(desk.review.tasks[0], "task1");
}

/* A store that is explained stays so, and those that were accepted before stay accepted. */
static void what_was_accepted_stays_accepted_beside_a_twin(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_TWIN_FOUND, .people = OTHER, .at_ms = NOW };
    STR_SET(desk.doubt.accepted, THIRD ":7");
    doubt_apply(&desk, &f);
    assert_true(doubt_is_accepted(&desk, OTHER, UINT64_MAX));
    assert_true(doubt_is_accepted(&desk, THIRD, 7));
    assert_false(doubt_is_accepted(&desk, THIRD, 8));
    char before[LIMIT_STRANGERS_BYTES];
    STR_SET(before, desk.doubt.accepted);
    doubt_apply(&desk, &f); /* found once more: known already */
    assert_string_equal(desk.doubt.accepted, before);
}

/* It falls when each store that has caused it is explained, and not before. */
static void a_doubt_falls_with_the_last_store_that_is_explained(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_STORE_DOUBTED,
                      .text = "others",
                      .people = OTHER ":7 " THIRD ":9" };
    doubt_apply(&desk, &f);
    f = (struct fact){ .kind = FACT_TWIN_FOUND, .people = OTHER };
    doubt_apply(&desk, &f);
    assert_true(desk.doubt.stands);
    f.people = THIRD;
    doubt_apply(&desk, &f);
    assert_false(desk.doubt.stands);
}

static void accept(void)
{
    struct event e = { .kind = EVENT_STORE_ACCEPTED, .chat = "" };
    e.order_reason = "restored from a copy";
    begin();
    doubt_decide(&desk, &e, &v);
}

/* What was begun on such records is brought back on; what is down stays down until its end. */
static void accepting_records_closes_what_was_asked_on_them(void **state)
{
    (void)state;
    desk.doubt.stands = true;
    desk.cases[0].change_begun = true;
    accept();
    assert_true(found(FACT_ENDED) && found(FACT_ENDED)->lift_failed);
    assert_non_null(strstr(found(FACT_STORE_ACCEPTED)->people, OWN));
    desk.doubt.store[0] = '\0';
    accept();
    assert_string_equal(found(FACT_STORE_ACCEPTED)->people, "");
    /* As far as the list goes: the newest come first. */
    CLEANUP(buf_done) struct buf long_list;
    buf_init(&long_list, LIMIT_STRANGERS_BYTES);
    for (size_t i = 0; long_list.bytes + 40 < LIMIT_STRANGERS_BYTES; i++)
        buf_addf(&long_list, "%016zx:%zu ", i, i);
    STR_SET(desk.doubt.accepted, buf_text(&long_list));
    STR_SET(desk.doubt.strangers, OTHER ":7");
    accept();
    assert_int_equal(strncmp(found(FACT_STORE_ACCEPTED)->people, OTHER, strlen(OTHER)), 0);
    assert_true(strlen(found(FACT_STORE_ACCEPTED)->people) < LIMIT_STRANGERS_BYTES);
    /* The desk that was rebuilt from them. */
    struct fact f = { .kind = FACT_STORE_ACCEPTED, .at_ms = NOW, .handle = OTHER };
    doubt_apply(&desk, &f);
    assert_int_equal(desk.cases[0].state, CASE_LIFTING);
    desk.cases[0].change_begun = false;
    doubt_apply(&desk, &f);
    assert_int_equal(desk.cases[0].state, CASE_REFUSED);
}

static void a_doubt_that_is_known_is_not_told_again(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_STORE_DOUBTED, .text = "others" };
    doubt_tell(&desk, &f, &v);
    assert_true(v.effect_count > 0);
    begin();
    f.once_more = true;
    doubt_tell(&desk, &f, &v);
    assert_int_equal(v.effect_count, 0);
}

/* ---- settling the switch ---- */

static void settle_switch(void)
{
    begin();
    controller_settle(&desk, &v);
}

/* A lost answer, and it is on by agreeing reads: it had no effect, unless the document shows that
   somebody has changed it since. */
static void a_lost_lift_that_had_no_effect_is_tried_again(void **state)
{
    (void)state;
    struct guardrail *g = &desk.guardrail;
    prove(WATCH_ON);
    g->phase = CHANGE_OPEN;
    g->change_case = 1;
    g->modified_ms = 6;
    settle_switch();
    assert_non_null(found(FACT_CHANGE_VOID)); /* what it was before is not known */
    g->modified_before_ms = 6;
    settle_switch();
    assert_non_null(found(FACT_CHANGE_VOID));
    g->modified_before_ms = 5;
    settle_switch();
    assert_null(found(FACT_CHANGE_VOID));
    assert_non_null(found(FACT_ENDED));
    g->change_case = 9; /* its case is gone */
    settle_switch();
    assert_non_null(found(FACT_CHANGE_VOID));
}

/* Everything is read and nobody objects: lowered, where the service is well. */
static void nothing_is_lowered_while_the_service_is_not_well(void **state)
{
    (void)state;
    struct guardrail *g = &desk.guardrail;
    prove(WATCH_ON);
    g->survey_sent_ms = NOW;
    g->status = SERVICE_ACTIVE;
    desk.chats[0].hearing.from_ms = NOW;
    desk.cases[0].question.roll = (struct roll){ .complete = true, .sent_ms = NOW };
    settle_switch();
    assert_non_null(found(FACT_CHANGE_BEGUN));
    g->status = SERVICE_CONFIGURING;
    settle_switch();
    assert_null(found(FACT_CHANGE_BEGUN));
    g->status = SERVICE_ACTIVE;
    desk.case_count = 2; /* another one is being put back: that comes first */
    desk.cases[1] = (struct casefile){ .no = 2, .state = CASE_RESTORING, .ended_ms = NOW };
    settle_switch();
    assert_null(found(FACT_CHANGE_BEGUN));
    assert_null(controller_awaits_roll(&desk, &v));
}

/* A document that we do not understand refuses the next lift, and no restore waits for that. */
static void an_unknown_document_refuses_only_a_lift_that_is_next(void **state)
{
    (void)state;
    struct event e = read_of(TASK_RUNNING);
    e.survey.flags = arena_printf(&arena, "%s=on\nSCP.SomethingNew=on\n", stax_provider.key);
    survey(e);
    assert_non_null(found(FACT_REFUSED));
    desk.case_count = 2;
    desk.cases[1] = (struct casefile){ .no = 2, .state = CASE_RESTORING, .ended_ms = NOW };
    survey(e);
    assert_null(found(FACT_REFUSED));
}

/* While nothing was known since the start it is looked as often as a task is. */
static void what_was_never_known_is_read_often(void **state)
{
    (void)state;
    struct guardrail *g = &desk.guardrail;
    g->read_ms = g->survey_sent_ms = NOW;
    g->phase = CHANGE_OPEN;
    desk.chats[0].up = false; /* nobody is told meanwhile */
    settle_switch();
    assert_int_equal(v.next_ms, NOW + policy.poll_task);
    g->known_ms = NOW - MS_MINUTE;
    settle_switch();
    assert_int_equal(v.next_ms, NOW + MS_MINUTE / 4);
}

/* Records that cannot be written are an alarm, too: whom it rings for is read along, sooner than in
   quiet. */
static void whom_an_alarm_rings_for_is_read_along(void **state)
{
    (void)state;
    desk.case_count = 0;
    prove(WATCH_ON);
    desk.guardrail.read_ms = NOW - MS_DAY;
    desk.guardrail.roster_asked_ms = NOW - 15 * MS_MINUTE;
    settle_switch();
    assert_int_equal(v.effects[0].survey.parts & SURVEY_ROSTER, 0);
    desk.loss.stands = true;
    settle_switch();
    assert_int_equal(v.effects[0].survey.parts & SURVEY_ROSTER, SURVEY_ROSTER);
    desk.loss.stands = false;
    desk.guardrail.roster_asked_ms = NOW - 20 * MS_MINUTE;
    settle_switch();
    assert_int_equal(v.effects[0].survey.parts & SURVEY_ROSTER, SURVEY_ROSTER);
}

/* ---- the word, on its way ---- */

static void the_soonest_word_of_a_chat_counts(void **state)
{
    (void)state;
    const struct casefile *c = &desk.cases[0];
    ms_t first = c->lifting_ms + c->window_ms + 2 * MS_MINUTE;
    policy.dead_man = DEAD_MAN_REQUIRED;
    desk.chats[0].words.holds_ms = 4 * MS_DAY;
    leave("matrix", "M1", first);
    leave("slack", "Q1", first + 30 * MS_SECOND);
    leave("slack", "Q2", first + 10 * MS_SECOND);
    leave("slack", "Q3", first + 40 * MS_SECOND);
    assert_true(deadman_lets(&desk, c, NOW));
    struct casefile alone = *c;
    desk.case_count = 0; /* nothing is down: no word is to stand */
    assert_false(deadman_lets(&desk, &alone, NOW));
}

static const struct effect *word_effect(void)
{
    begin();
    deadman_settle(&desk, &v);
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == EFFECT_LEAVE_WORD)
            return &v.effects[i];
    return NULL;
}

static void stand(const char *chat, const char *id, ms_t at_ms)
{
    leave(chat, id, at_ms);
    desk.deadman.words[desk.deadman.count - 1].told_ms = desk.cases[0].lifting_ms + MS_HOUR;
}

/* A chat that takes it less far ahead than it should appear: the time of one begins anew, of its
   own and while there is still time for the call. */
static void a_word_that_stands_begins_anew(void **state)
{
    (void)state;
    policy.dead_man = DEAD_MAN_WANTED;
    desk.chats[0].words =
        (struct word_post){ .holds_ms = 10 * MS_MINUTE, .moves = true, .is_read = true };
    stand("matrix", "M1", NOW + MS_MINUTE);
    stand("slack", "Q1", NOW + 5 * MS_SECOND); /* too late for that */
    assert_non_null(word_effect());
    assert_null(word_effect()->word.id);
    stand("slack", "Q2", NOW + 2 * MS_MINUTE);
    assert_string_equal(word_effect()->word.id, "Q2");
    for (size_t i = desk.deadman.count; i < LIMIT_LEFT_WORDS; i++) {
        char id[16];
        snprintf(id, sizeof id, "M%zu", i);
        stand("matrix", id, NOW + MS_HOUR);
    }
    assert_null(word_effect()); /* no place for one more */
}

/* No chat answers, and none says why: refused after a minute all the same. */
static void a_required_word_that_never_comes_refuses_the_lift(void **state)
{
    (void)state;
    policy.dead_man = DEAD_MAN_REQUIRED;
    desk.chats[0].words.holds_ms = 4 * MS_DAY;
    desk.cases[0].lifting_ms = NOW - 30 * MS_SECOND;
    begin();
    deadman_settle(&desk, &v);
    assert_null(found(FACT_REFUSED));
    desk.cases[0].lifting_ms = NOW - MS_MINUTE;
    begin();
    deadman_settle(&desk, &v);
    assert_non_null(strstr(found(FACT_REFUSED)->text, "has not answered in time"));
    STR_SET(desk.chats[0].words.why, "full");
    begin();
    deadman_settle(&desk, &v);
    assert_non_null(strstr(found(FACT_REFUSED)->text, "full"));
}

/* ---- looks ---- */

static void a_look_that_failed_is_not_waited_for(void **state)
{
    (void)state;
    desk.chats[0].sight = (struct sight){ .sent_ms = NOW };
    desk.chats[0].since_ms = NOW;
    assert_int_equal(sight_awaited_until_ms(&desk), NOW + MS_MINUTE);
    STR_SET(desk.chats[0].sight.why, "missing_scope");
    assert_int_equal(sight_awaited_until_ms(&desk), 0);
}

/* ---- what was changed between our read and our change ---- */

static void look_over(const struct feed_entry *feed, size_t count)
{
    static const struct roster_user dan = { "u-dan", "d@e.x", "Dan", "customer_user", "ACTIVE" };
    struct event e = { .kind = EVENT_SURVEYED, .effect_id = 8 };
    e.survey = (struct survey){
        .read = SURVEY_FEED, .users = &dan, .user_count = 1, .feed = feed, .feed_count = count
    };
    desk.review.survey_id = 8;
    begin();
    assert_true(review_surveyed(&desk, &e, &v));
}

/* The newest of others is named; what the user of our token did may be ours where a task of ours is
   not known; what is older than the document that we had read is none. */
static void who_changed_guardrails_between_read_and_change(void **state)
{
    (void)state;
    struct review *r = &desk.review;
    const struct feed_entry feed[] = {
        { .user_id = "u-us", .task_id = "ours", .at_ms = NOW },
        { .user_id = "u-us", .task_id = "t3", .at_ms = NOW - 1 },
        { .user_id = "u-dan", .task_id = "t2", .at_ms = NOW - 2 },
        { .user_id = "", .task_id = "t1", .at_ms = NOW - 3 },
        { .user_id = "u-dan", .task_id = "t0", .at_ms = NOW - MS_DAY },
    };
    *r = (struct review){ .due = true, .since_ms = NOW - MS_HOUR, .case_no = 1, .task_count = 1 };
    STR_SET(r->tasks[0], "ours");
    look_over(feed, COUNT(feed));
    assert_int_equal(found(FACT_TURNED_BACK)->count, 3);
    assert_string_equal(found(FACT_TURNED_BACK)->people, "u-us");
    r->unnamed = 1;
    look_over(feed, COUNT(feed));
    assert_int_equal(found(FACT_TURNED_BACK)->count, 2);
    assert_string_equal(found(FACT_TURNED_BACK)->people, "Dan");
    look_over(&feed[3], 1); /* none is known to be ours: the newest ones count as ours */
    assert_non_null(found(FACT_REVIEWED));
    *r = (struct review){ .due = true, .since_ms = NOW - MS_HOUR, .case_no = 1 };
    look_over(&feed[2], 2); /* nothing of ours has left: the newest counts as ours */
    assert_string_equal(found(FACT_TURNED_BACK)->people, "somebody");
    r->since_ms = 0; /* since when is not known */
    look_over(feed, COUNT(feed));
    assert_non_null(found(FACT_REVIEWED));
}

/* ---- commands that wait, when what they are about is gone ---- */

static struct inquiry *waits(const char *verb, const char *key, enum inquiry_stage stage)
{
    struct inquiry *q = &desk.inquiries[desk.inquiry_count++];
    *q = (struct inquiry){
        .ref = desk.inquiry_count, .stage = stage, .effect_id = 40, .at_ms = NOW, .changes = true
    };
    STR_SET(q->request.verb, verb);
    STR_SET(q->actor.key, key);
    STR_SET(q->actor.chat, "slack");
    STR_SET(q->actor.chat_id, "U0ANA");
    return q;
}

static const char *told(void)
{
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == EFFECT_ANSWER)
            return v.effects[i].answer.text;
    return "";
}

/* After an update, or a reload: nothing is done, and it is said. */
static void a_command_that_is_not_known_any_more_is_closed(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_IDENTIFIED, .effect_id = 40 };
    struct inquiry *q = waits("dance", "ana@example.com", INQUIRY_IDENTIFY);
    begin();
    inquiry_identified(&desk, &e, &v);
    assert_non_null(strstr(told(), "command"));
    assert_non_null(found(FACT_INQUIRY_CLOSED));
    STR_SET(q->request.verb, "help"); /* answers at once: nothing of it ever waits */
    begin();
    inquiry_identified(&desk, &e, &v);
    assert_non_null(strstr(told(), "command"));
    assert_non_null(found(FACT_INQUIRY_CLOSED));
    assert_int_equal(v.fact_count, 2); /* with what was tried in vain */
}

static void somebody_who_is_not_listed_any_more_changes_nothing(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_SURVEYED, .effect_id = 40 };
    e.survey = (struct survey){ .asked = SURVEY_ROSTER, .read = SURVEY_ROSTER };
    waits("extend", "gone@example.com", INQUIRY_SURVEY)->request.case_no = 1;
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_LIFTED, .lifted_ms = NOW, .deadline_ms = NOW + MS_MINUTE
    };
    desk.inquiries[0].request.for_ms = MS_MINUTE;
    begin();
    inquiry_surveyed(&desk, &e, &v);
    assert_non_null(strstr(told(), "[people] list is gone"));
    assert_null(found(FACT_EXTENSION_ASKED));
}

/* Those who are in no list are told apart by their account in the chat. */
static void strangers_wait_for_themselves_alone(void **state)
{
    (void)state;
    waits("why", "", INQUIRY_SURVEY);
    struct inquiry *same = waits("why", "", INQUIRY_SURVEY), *id = waits("why", "", INQUIRY_SURVEY),
                   *chat = waits("why", "", INQUIRY_SURVEY);
    STR_SET(id->actor.chat_id, "U0BEN");
    STR_SET(chat->actor.chat, "matrix");
    same->effect_id = id->effect_id = chat->effect_id = 0;
    begin();
    inquiry_settle(&desk, &v);
    assert_int_equal(count_of(FACT_INQUIRY_SENT), 2);
    for (size_t i = 0; i < v.fact_count; i++)
        assert_true(v.facts[i].ref != (int64_t)same->ref);
}

/* ---- a question that ends by itself ---- */

/* Somebody has answered, and nobody could be read once more: that is said. */
static void why_a_question_has_expired(void **state)
{
    (void)state;
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_LIFTED, .lifted_ms = NOW - 1, .deadline_ms = NOW + MS_HOUR
    };
    struct question *q = &desk.cases[0].question;
    *q =
        (struct question){ .kind = QUESTION_MORE_TIME, .pending = true, .asked_ms = NOW - MS_HOUR };
    people.count = 1;
    people.rows[0] = (struct person){ .key = "ana@example.com", .id_count = 1 };
    STR_SET(people.rows[0].ids[0].chat, "slack");
    STR_SET(people.rows[0].ids[0].id, "U0ANA");
    STR_SET(q->by.key, "ana@example.com");
    STR_SET(q->by.chat, "slack");
    STR_SET(q->by.chat_id, "U0ANA");
    q->approvals[0] = q->by;
    ballot_settle(&desk, &v);
    assert_non_null(strstr(found(FACT_EXTENSION_DECLINED)->reason, "nobody answered"));
    begin();
    q->approval_count = 1;
    ballot_settle(&desk, &v);
    assert_non_null(strstr(found(FACT_EXTENSION_DECLINED)->reason, "could not be checked"));
}

/* ---- an earlier process's mail ---- */

static void a_code_under_way_at_a_stop_has_failed(void **state)
{
    (void)state;
    static struct verdict scratch;
    struct event e = { .kind = EVENT_STARTED, .chat = "", .at_ms = NOW };
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_WAITING, .code_under_way = true, .asked_ms = NOW
    };
    desk.cases[0].question.asked_ms = NOW;
    begin();
    desk_handle(&desk, &e, &v, &scratch);
    assert_int_equal(found(FACT_CODE_FAILED)->case_no, 1);
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_WITHDRAWN, .code_under_way = true, .closed_ms = NOW
    };
    begin();
    desk_handle(&desk, &e, &v, &scratch);
    assert_null(found(FACT_CODE_FAILED));
}

/* Where the service is not well no reads agree: that it is off is enough to try again. */
static void a_restore_that_came_to_nothing_is_tried_again(void **state)
{
    (void)state;
    struct guardrail *g = &desk.guardrail;
    g->phase = CHANGE_OPEN;
    g->change_on = g->flag_off = true;
    g->survey_sent_ms = g->read_ms = NOW;
    static const enum service_status fine[] = { SERVICE_ACTIVE, SERVICE_CONFIGURING };
    for (size_t i = 0; i < COUNT(fine); i++) {
        g->status = fine[i];
        settle_switch();
        assert_null(found(FACT_CHANGE_VOID));
    }
    g->status = SERVICE_OTHER;
    settle_switch();
    assert_non_null(found(FACT_CHANGE_VOID));
}

static void a_word_that_stands_when_all_is_over_is_of_no_case(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_WORD_LEFT, .chat = "slack", .effect_id = 5 };
    e.word = (struct event_word){ .id = "Q1", .at_ms = NOW + MS_HOUR };
    desk.chats[0].words.id = 5;
    deadman_decide(&desk, &e, &v);
    assert_int_equal(found(FACT_WORD_LEFT)->case_no, 1);
    desk.case_count = 0;
    begin();
    deadman_decide(&desk, &e, &v);
    assert_int_equal(found(FACT_WORD_LEFT)->case_no, 0);
}

static void what_was_turned_back_is_told_without_a_name(void **state)
{
    (void)state;
    struct review *w = &desk.review;
    *w = (struct review){ .due = true, .case_no = 1 };
    look_over(NULL, 0);
    assert_non_null(found(FACT_REVIEWED));
    STR_SET(w->base, "SCP.X=off\n");
    STR_SET(w->meanwhile, "SCP.X=on\n");
    STR_SET(desk.guardrail.flags, "SCP.X=off\n");
    look_over(NULL, 0);
    assert_true(found(FACT_TURNED_BACK) && found(FACT_TURNED_BACK)->text[0]);
    assert_string_equal(found(FACT_TURNED_BACK)->people, "");
}

/* One that failed before the chat came back is looked at once more, at once. */
static void a_chat_that_came_back_is_looked_at_at_once(void **state)
{
    (void)state;
    struct chat_state *chat = &desk.chats[0];
    STR_SET(chat->sight.why, "no answer");
    chat->since_ms = NOW - 2;
    chat->sight.sent_ms = NOW - 1;
    sight_settle(&desk, &v);
    assert_null(found(FACT_LOOK_SENT));
    chat->sight.sent_ms = chat->sight.looked_ms = NOW - 3;
    sight_settle(&desk, &v);
    assert_non_null(found(FACT_LOOK_SENT));
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(a_lift_is_not_proved_while_its_change_is_under_way),
        A_TEST(a_lift_joins_what_is_off_already),
        A_TEST(a_lift_is_not_refused_once_its_change_is_sent),
        A_TEST(a_lift_that_may_have_worked_is_put_back),
        A_TEST(what_is_off_is_nobodys_only_when_nothing_explains_it),
        A_TEST(a_restore_is_proved_when_its_change_has_ended),
        A_TEST(a_case_that_let_go_waits_for_the_others),
        A_TEST(nothing_is_extended_on_records_in_doubt),
        A_TEST(the_case_that_closed_first_gives_way),
        A_TEST(a_new_case_takes_the_place_of_the_one_that_closed_first),
        A_TEST(a_case_of_an_older_number_moves_no_count),
        A_TEST(a_shaken_case_waits_again_when_its_change_had_no_effect),
        A_TEST(why_it_closed),
        A_TEST(a_change_that_never_left_fails_the_lift),
        A_TEST(a_refused_restore_troubles_those_that_are_restored),
        A_TEST(a_task_is_not_waited_for_for_ever),
        A_TEST(a_failed_task_says_what_it_said),
        A_TEST(nobody_is_named_for_a_change_without_a_user),
        A_TEST(a_read_that_failed_without_a_word_is_no_answer),
        A_TEST(outcomes_of_no_case),
        A_TEST(a_word_is_known_by_its_chat_and_its_id),
        A_TEST(there_are_no_more_words_than_there_is_room_for),
        A_TEST(what_became_of_a_call),
        A_TEST(reading_back_finds_what_is_ours),
        A_TEST(reading_back_finds_what_was_moved_on),
        A_TEST(reading_back_takes_no_more_than_there_is_room_for),
        A_TEST(by_when_we_speak),
        A_TEST(a_lift_waits_for_a_chat_that_takes_words),
        A_TEST(a_doubt_is_told_once_more_when_it_shows_more),
        A_TEST(questions_are_closed_by_doubt_while_nothing_was_sent),
        A_TEST(only_the_look_that_is_under_way_counts),
        A_TEST(so_many_changes_are_looked_over_together),
        A_TEST(what_was_accepted_stays_accepted_beside_a_twin),
        A_TEST(a_doubt_falls_with_the_last_store_that_is_explained),
        A_TEST(accepting_records_closes_what_was_asked_on_them),
        A_TEST(a_doubt_that_is_known_is_not_told_again),
        A_TEST(a_lost_lift_that_had_no_effect_is_tried_again),
        A_TEST(nothing_is_lowered_while_the_service_is_not_well),
        A_TEST(an_unknown_document_refuses_only_a_lift_that_is_next),
        A_TEST(what_was_never_known_is_read_often),
        A_TEST(whom_an_alarm_rings_for_is_read_along),
        A_TEST(the_soonest_word_of_a_chat_counts),
        A_TEST(a_word_that_stands_begins_anew),
        A_TEST(a_required_word_that_never_comes_refuses_the_lift),
        A_TEST(a_look_that_failed_is_not_waited_for),
        A_TEST(who_changed_guardrails_between_read_and_change),
        A_TEST(a_command_that_is_not_known_any_more_is_closed),
        A_TEST(somebody_who_is_not_listed_any_more_changes_nothing),
        A_TEST(strangers_wait_for_themselves_alone),
        A_TEST(why_a_question_has_expired),
        A_TEST(a_code_under_way_at_a_stop_has_failed),
        A_TEST(a_restore_that_came_to_nothing_is_tried_again),
        A_TEST(a_word_that_stands_when_all_is_over_is_of_no_case),
        A_TEST(what_was_turned_back_is_told_without_a_name),
        A_TEST(a_chat_that_came_back_is_looked_at_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
