/* SPDX-License-Identifier: Apache-2.0 */
/* What the core remembers has a ceiling each, and small values have their edges: past them nothing
   is lost that counts, and nothing ends the process. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_desk.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/action.h"
#include "core/answer.h"
#include "core/audience.h"
#include "core/ballot.h"
#include "core/casefile.h"
#include "core/chats.h"
#include "core/desk.h"
#include "core/directory.h"
#include "core/encode.h"
#include "core/inert.h"
#include "core/inquiry.h"
#include "core/outside.h"
#include "core/question.h"
#include "core/quota.h"
#include "core/review.h"
#include "core/rich.h"
#include "core/rootuse.h"
#include "core/rules.h"
#include "core/talk.h"
#include "core/turn.h"
#include "core/xalloc.h"

static const ms_t NOW = 1795526055000;
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

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    people.count = 0;
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .acts_per_day = 3,
                              .approvals = 1,
                              .admin_roles = { "customer_admin" },
                              .admin_role_count = 1 };
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
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

/* ---- text ---- */

static const char *inert(const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1000);
    inert_add(&b, text, 100);
    return arena_copy(&arena, buf_text(&b));
}

static void every_kind_of_blank_is_one_blank(void **state)
{
    (void)state;
    static const char *const blanks[] = { " ",
                                          "\t",
                                          "\xC2\x85",
                                          "\xC2\xA0",
                                          "\xE1\x9A\x80",
                                          "\xE2\x80\x80",
                                          "\xE2\x80\x8A",
                                          "\xE2\x80\xA8",
                                          "\xE2\x80\xA9",
                                          "\xE2\x80\xAF",
                                          "\xE2\x81\x9F",
                                          "\xE2\xA0\x80",
                                          "\xE3\x80\x80" };
    for (size_t i = 0; i < COUNT(blanks); i++) {
        assert_string_equal(inert(arena_printf(&arena, "a%sb", blanks[i])), "a b");
        assert_string_equal(inert(blanks[i]), ""); /* shows nothing by itself */
    }
}

static void what_only_chooses_a_look_shows_nothing(void **state)
{
    (void)state;
    static const char *const selectors[] = { "\xEF\xB8\x80", "\xEF\xB8\x8F", "\xE1\xA0\x8B",
                                             "\xE1\xA0\x8D", "\xE1\xA0\x8F", "\xF3\xA0\x84\x80" };
    for (size_t i = 0; i < COUNT(selectors); i++) {
        assert_string_equal(inert(selectors[i]), "");
        const char *beside = inert(arena_printf(&arena, "a%sb", selectors[i]));
        assert_null(strstr(beside, selectors[i]));
    }
}

static void what_is_plain(void **state)
{
    (void)state;
    assert_true(inert_is_plain("a b", 10));
    assert_false(inert_is_plain("a  b", 10));
    assert_false(inert_is_plain("a b ", 10));
    assert_false(inert_is_plain(" a", 10));
    assert_false(inert_is_plain("a\x7f", 10));
    assert_false(inert_is_plain("a`", 10));
    assert_false(inert_is_plain("abc", 2));
    assert_true(inert_are_plain_lines("", 0));
    assert_true(inert_are_plain_lines("ab\n\n c \nde", 3));
    assert_false(inert_are_plain_lines("ab\ncdef", 3));
    assert_false(inert_are_plain_lines("a\nb`", 10));
    assert_false(inert_are_plain_lines("a\r\nb", 10));
    assert_false(inert_are_plain_lines("a\n\xc3\xa9", 10));
}

static void nothing_doubled_is_nothing(void **state)
{
    (void)state;
    assert_int_equal(ms_doubled(0, 5, MS_MINUTE), 0);
    assert_int_equal(ms_doubled(MS_SECOND, 2, MS_MINUTE), 4 * MS_SECOND);
    assert_int_equal(ms_doubled(MS_SECOND, 99, MS_MINUTE), MS_MINUTE);
}

static void memory_of_no_bytes_is_some(void **state)
{
    (void)state;
    void *none = xmalloc(0);
    assert_non_null(none);
    free(none);
    char *cut = xstrndup("abcdef", 3), *whole = xstrdup("abc");
    assert_string_equal(cut, whole);
    free(cut);
    free(whole);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 16);
    buf_add(&b, "0123456789abcde");
    assert_int_equal(buf_capacity_for(&b, 100), b.capacity); /* it will not be taken */
}

/* ---- names ---- */

static bool reads_nothing(const struct desk *d, struct words *w, struct request *r, struct err *e)
{
    (void)d, (void)w, (void)r, (void)e;
    return true;
}

static void a_command_is_guessed_only_from_words_like_it(void **state)
{
    (void)state;
    assert_string_equal(command_meant(&desk, "aprove")->name, "approve");
    assert_null(command_meant(&desk, "w")); /* as far from “why” as it is long */
    assert_null(command_meant(&desk, "averyveryverylongwordthatnobodycouldmeanasacommandatall"));
    static const struct command endless = {
        .name = "averyveryverylongverbthatnobodycouldeverwanttotypeatall", .read = reads_nothing
    };
    static const struct command *const only[] = { &endless };
    desk.commands = only;
    desk.command_count = 1;
    assert_null(command_meant(&desk, "approve"));
}

static void what_has_no_name_is_not_found(void **state)
{
    (void)state;
    desk.case_count = 1;
    assert_null(desk_case_by_handle(&desk, NULL));
    assert_null(desk_case_by_handle(&desk, ""));
    assert_null(question_case(&desk, NULL));
    assert_null(question_case(&desk, ""));
}

static void a_way_of_no_name_is_a_command(void **state)
{
    (void)state;
    assert_string_equal(approve_way_name(APPROVE_BY_BUTTON), "button");
    assert_string_equal(approve_way_name((enum approve_way)0), "command");
}

/* ---- a case ---- */

/* A restore that began by itself is overdue from the first word about it, not before. */
static void a_restore_that_began_by_itself_is_not_overdue_at_once(void **state)
{
    (void)state;
    struct casefile c = { .state = CASE_RESTORING, .deadline_ms = NOW, .ended_ms = NOW };
    assert_int_equal(case_due_ms(&c), MS_NEVER);
    c.overdue_reminders = 1;
    assert_int_equal(case_due_ms(&c), NOW);
    c.overdue_reminders = 0;
    c.trouble_ms = NOW + 1;
    assert_int_equal(case_due_ms(&c), NOW);
}

static void a_desk_is_settled_when_nothing_is_open(void **state)
{
    (void)state;
    assert_true(desk_is_settled(&desk));
    desk.guardrail.phase = CHANGE_OPEN;
    assert_false(desk_is_settled(&desk));
    desk.guardrail.phase = CHANGE_NONE;
    desk.doubt.stands = true;
    assert_false(desk_is_settled(&desk));
}

/* Whoever has a part in a question is known by the key, and an empty key is nobody's. */
static void nobody_answers_their_own_question_by_whatever_part(void **state)
{
    (void)state;
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){
        .no = 1, .state = CASE_LIFTED, .lifted_ms = NOW, .deadline_ms = NOW + MS_HOUR
    };
    struct casefile *c = &desk.cases[0];
    c->question =
        (struct question){ .kind = QUESTION_MORE_TIME, .pending = true, .approval_count = 1 };
    policy.approve_with = APPROVE_BY_BUTTON;
    policy.max_window = MS_DAY;
    STR_SET(c->question.by.key, "ana@example.com");
    STR_SET(c->question.by.user, "u-ana");
    STR_SET(c->requester.key, "ben@example.com");
    STR_SET(c->requester.user, "u-ben");
    STR_SET(c->question.approvals[0].key, "cleo@example.com");
    STR_SET(c->question.approvals[0].user, "u-cleo");
    static const struct {
        const char *key;
        bool refused;
    } rows[] = { { "ana@example.com", true },
                 { "ben@example.com", true },
                 { "cleo@example.com", true },
                 { "dan@example.com", false },
                 { "", false } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct doer doer = { .key = rows[i].key };
        const char *why = action_refusal(ACTION_APPROVE, &desk, c, &doer, NOW, &arena);
        if ((why != NULL) != rows[i].refused)
            fail_msg("“%s”: %s", rows[i].key, why ? why : "may approve");
    }
}

/* ---- a ballot ---- */

static void approve(const char *user)
{
    struct fact f = { .kind = FACT_APPROVED,
                      .case_no = 1,
                      .verb = "button",
                      .actor = { .user = user, .key = user, .name = user, .chat = "", .id = "" } };
    ballot_apply(&desk, &f);
}

/* Once for each user; past the ceiling more do not count, of which [policy] cannot ask. */
static void approvals_are_counted_once_and_up_to_a_ceiling(void **state)
{
    (void)state;
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_WAITING };
    approve("u-ana");
    approve("u-ana");
    assert_int_equal(desk.cases[0].question.approval_count, 1);
    for (size_t i = 0; i < LIMIT_APPROVERS + 2; i++) {
        char user[16];
        snprintf(user, sizeof user, "u%zu", i);
        approve(user);
    }
    assert_int_equal(desk.cases[0].question.approval_count, LIMIT_APPROVERS);
}

/* Each seat answers once: a second answer for it changes nothing, and no answer fails the roll. */
static void a_seat_of_the_roll_answers_once(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_SURVEYED, .effect_id = 101 };
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1, .state = CASE_WAITING };
    desk.cases[0].question.roll = (struct roll){ .first_id = 100, .missing = 1 };
    assert_true(ballot_heard(&desk, &e, &v)); /* the roster's, and it has answered already */
    assert_int_equal(v.fact_count, 0);
    desk.cases[0].question.roll.missing = 3;
    assert_true(ballot_heard(&desk, &e, &v));
    assert_non_null(strstr(found(FACT_ROLL_FAILED)->text, "did not answer"));
    begin();
    e.survey.failure = "HTTP 503";
    assert_true(ballot_heard(&desk, &e, &v));
    assert_non_null(strstr(found(FACT_ROLL_FAILED)->text, "HTTP 503"));
}

/* ---- lists ---- */

static void no_more_chats_than_there_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(desk.chats) + 2; i++) {
        char name[8];
        snprintf(name, sizeof name, "chat%zu", i);
        struct fact f = { .kind = FACT_CHAT, .verb = name, .takes_posts = 1, .at_ms = NOW };
        chats_apply(&desk, &f);
    }
    assert_int_equal(desk.chat_count, COUNT(desk.chats));
}

/* A list of Admins that is too long, or has what is no key, from a record of another hand. */
static void as_many_are_alarmed_as_there_is_room_for(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf keys;
    buf_init(&keys, 64 * 1024);
    for (size_t i = 0; i < LIMIT_EMAIL_BYTES + 10; i++)
        buf_add_char(&keys, 'x');
    for (size_t i = 0; i < LIMIT_ALARMED + 3; i++)
        buf_addf(&keys, " p%zu@example.com", i);
    struct fact f = { .kind = FACT_ADMINS, .people = buf_text(&keys), .count = 40, .ref = 1 };
    audience_apply(&desk, &f);
    assert_int_equal(desk.audience.count, LIMIT_ALARMED);
    assert_string_equal(desk.audience.keys[0], "p0@example.com");
    assert_int_equal(desk.audience.more, 40 - LIMIT_ALARMED);
}

static void list(const char *key)
{
    struct person *p = &people.rows[people.count++];
    *p = (struct person){ .id_count = 0 };
    STR_SET(p->key, key);
}

static const char *called(void)
{
    static struct buf b;
    buf_done(&b);
    buf_init(&b, 4000);
    audience_mention(&desk, &b);
    return buf_text(&b);
}

static void an_alarm_calls_nobody_who_has_left_the_people(void **state)
{
    (void)state;
    struct fact f = {
        .kind = FACT_ADMINS, .people = "ana@example.com ben@example.com", .count = 2, .ref = 1
    };
    audience_apply(&desk, &f);
    list("ben@example.com");
    list("zoe@example.com");
    assert_non_null(strstr(called(), "ben@example.com"));
    assert_null(strstr(called(), "ana@example.com"));
    assert_null(strstr(called(), "zoe@example.com"));
    people.count = 0;
    list("zoe@example.com");
    assert_non_null(strstr(called(), "zoe@example.com"));
    assert_null(strstr(called(), "ben@example.com"));
}

/* The provider is away for long: who was an Admin then need not be one now. */
static void an_alarm_does_not_go_by_an_old_roster(void **state)
{
    (void)state;
    struct roster_user ana = { "ana@example.com", "ana@example.com", "ana@example.com",
                               "customer_admin", STATUS_ACTIVE };
    struct survey roster = { .read = SURVEY_ROSTER, .users = &ana, .user_count = 1 },
                  nothing = { 0 };
    list("ana@example.com");
    list("zoe@example.com");
    audience_heard(&desk, &nothing, &v);
    assert_null(found(FACT_ADMINS));
    audience_heard(&desk, &roster, &v);
    struct fact f = *found(FACT_ADMINS);
    f.at_ms = v.turn.now_ms;
    audience_apply(&desk, &f);
    assert_null(strstr(called(), "zoe@example.com"));
    begin();
    v.turn.now_ms = f.at_ms + 9 * MS_MINUTE;
    audience_heard(&desk, &roster, &v);
    assert_null(found(FACT_ADMINS));
    v.turn.now_ms = f.at_ms + MS_HOUR;
    audience_heard(&desk, &nothing, &v);
    assert_null(found(FACT_ADMINS));
    audience_heard(&desk, &roster, &v);
    assert_int_equal(found(FACT_ADMINS)->ref, f.ref);
    begin();
    v.turn.now_ms = f.at_ms + MS_HOUR + 1;
    audience_heard(&desk, &nothing, &v);
    audience_apply(&desk, found(FACT_ADMINS));
    assert_non_null(strstr(called(), "zoe@example.com"));
}

/* The newest roster's Admins, while they all stand there; else those of the request. */
static void who_is_asked_is_an_admin_now(void **state)
{
    (void)state;
    struct casefile c = { .no = 1 };
    struct fact f = { .kind = FACT_ADMINS,
                      .people = "ana@example.com ben@example.com zoe@example.com",
                      .count = 3,
                      .ref = 1 };
    list("ana@example.com");
    list("ben@example.com");
    list("cleo@example.com");
    STR_SET(c.requester.key, "ana@example.com");
    STR_SET(c.may_approve, "ben@example.com cleo@example.com");
    assert_int_equal(question_able(&desk, &c), 2);
    audience_apply(&desk, &f);
    assert_int_equal(question_able(&desk, &c), 1); /* zoe is not listed, cleo no Admin */
    STR_SET(c.question.by.key, "ben@example.com");
    assert_int_equal(question_able(&desk, &c), 0);
    desk.audience.more = 1;
    assert_int_equal(question_able(&desk, &c), 1);
}

static void only_the_first_admins_are_on_record(void **state)
{
    (void)state;
    static struct roster_user users[LIMIT_ALARMED + 5];
    static char ids[LIMIT_ALARMED + 5][32];
    for (size_t i = 0; i < COUNT(users); i++) {
        snprintf(ids[i], sizeof ids[i], "p%zu@example.com", i);
        list(ids[i]);
        users[i] = (struct roster_user){ ids[i], ids[i], ids[i], "customer_admin", STATUS_ACTIVE };
    }
    struct survey s = { .read = SURVEY_ROSTER, .users = users, .user_count = COUNT(users) };
    audience_heard(&desk, &s, &v);
    assert_int_equal(found(FACT_ADMINS)->count, COUNT(users));
    audience_apply(&desk, found(FACT_ADMINS));
    assert_int_equal(desk.audience.count, LIMIT_ALARMED);
    assert_int_equal(desk.audience.more, 5);
}

static void act(const char *key, ms_t at_ms)
{
    struct fact f = { .kind = FACT_NOTED, .at_ms = at_ms, .actor = { .key = key } };
    quota_apply(&desk, &f);
}

/* The list of people has changed since: whoever began first gives way, and all others stay. */
static void acts_of_more_people_than_there_are_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(desk.quotas); i++) {
        char key[32];
        snprintf(key, sizeof key, "p%zu@example.com", i);
        for (int k = 0; k < 3; k++)
            act(key, NOW + (ms_t)((i + 7) % COUNT(desk.quotas)));
    }
    assert_true(quota_is_reached(&desk, "p0@example.com", NOW));
    assert_false(quota_is_reached(&desk, "new@example.com", NOW));
    act("new@example.com", NOW + MS_SECOND);
    char oldest[32];
    snprintf(oldest, sizeof oldest, "p%zu@example.com", COUNT(desk.quotas) - 7);
    assert_false(quota_is_reached(&desk, oldest, NOW));
    assert_true(quota_is_reached(&desk, "p0@example.com", NOW));
    for (int k = 0; k < 2; k++)
        act("new@example.com", NOW + MS_SECOND);
    assert_true(quota_is_reached(&desk, "new@example.com", NOW + MS_SECOND));
}

/* Of a record that is needed for nothing else any more. */
static void an_old_act_is_counted_and_does_nothing_else(void **state)
{
    (void)state;
    struct fact f = {
        .kind = FACT_ASKED, .case_no = 1, .at_ms = NOW, .actor = { .key = "ana@example.com" }
    };
    for (int i = 0; i < 3; i++)
        desk_count_act(&desk, &f);
    assert_true(quota_is_reached(&desk, "ana@example.com", NOW));
    assert_int_equal(desk.case_count, 0);
    f.kind = FACT_LIFTED;
    f.actor.key = "ben@example.com";
    for (int i = 0; i < 3; i++)
        desk_count_act(&desk, &f);
    assert_false(quota_is_reached(&desk, "ben@example.com", NOW));
}

static void try(const char *key, enum fact_kind kind, bool barred)
{
    struct fact f = { .kind = kind,
                      .at_ms = NOW,
                      .people = key,
                      .on = barred,
                      .verb = "done",
                      .text = "not an Admin",
                      .actor = { .chat = "slack", .id = "U0" } };
    talk_apply(&desk, &f);
}

/* Places are as many as people; one with nothing to record gives way, and none that has something.
   Whoever may not raise protection waits a moment before asking again. */
static void what_is_tried_in_vain_by_more_than_there_are_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(desk.in_vain); i++) {
        char key[32];
        snprintf(key, sizeof key, "p%zu@example.com", i);
        try(key, FACT_TRIED, false);
    }
    try("new@example.com", FACT_TRIED, true);
    try("new@example.com", FACT_TRIED_IN_VAIN, false);
    assert_false(talk_is_barred(&desk, "new@example.com", NOW));
    talk_settle(&desk, &v); /* nothing is due yet, and all places are taken */
    assert_int_equal(v.fact_count, 0);
    try("p5@example.com", FACT_TRIED_IN_VAIN, false);
    desk.in_vain[5].recorded_ms = NOW - MS_MINUTE;
    try("new@example.com", FACT_TRIED, true);
    assert_true(talk_is_barred(&desk, "new@example.com", NOW + 1));
    assert_false(talk_is_barred(&desk, "new@example.com", NOW + MS_MINUTE));
    assert_false(talk_is_barred(&desk, "p6@example.com", NOW));
}

/* ---- commands that wait ---- */

static void wait_for(size_t count, const char *verb, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        struct fact f = { .kind = FACT_INQUIRED,
                          .ref = (int64_t)desk.last_ref + 1,
                          .verb = verb,
                          .count = (int64_t)desk.inquiry_count + 100,
                          .at_ms = NOW,
                          .actor = { .key = key, .chat = "slack", .id = "U0", .name = key } };
        inquiry_apply(&desk, &f);
    }
}

static bool opens(const char *verb, const char *key, uint32_t case_no)
{
    static struct person person;
    struct event e = { .kind = EVENT_SAID, .chat = "slack", .actor = { .id = "U0" } };
    struct asker asker = { .event = &e, .person = key ? &person : NULL };
    struct request r = { .case_no = case_no };
    STR_SET(person.key, key);
    STR_SET(r.verb, verb);
    begin();
    inquiry_open(&desk, &asker, &r, &v);
    return v.fact_count > 0;
}

/* Everybody of [people] finds a place to raise protection, whatever others do; not the same twice,
   and not somebody who has just been told that they may not. */
static void whoever_may_raise_finds_a_place(void **state)
{
    (void)state;
    wait_for(LIMIT_INQUIRIES_RAISING, "done", "ana@example.com");
    assert_false(opens("done", "ana@example.com", 1)); /* too many, and none of them this one */
    assert_true(opens("done", "ben@example.com", 1));
    wait_for(1, "done", "ben@example.com");
    uint32_t same = (uint32_t)desk.inquiries[desk.inquiry_count - 1].request.case_no;
    assert_false(opens("done", "ben@example.com", same));
    assert_true(v.unremarked);
    try("cleo@example.com", FACT_TRIED, true);
    assert_false(opens("done", "cleo@example.com", 1));
    assert_true(v.unremarked);
}

static void ordinary_commands_have_places_of_their_own(void **state)
{
    (void)state;
    assert_true(opens("status", NULL, 0));
    wait_for(LIMIT_INQUIRIES_ORDINARY, "lift", "ana@example.com");
    assert_false(opens("why", NULL, 0)); /* nobody's own */
    assert_true(opens("lift", "ben@example.com", 0));
    assert_false(opens("lift", "ana@example.com", 0));
}

static void a_command_past_the_ceiling_is_not_kept(void **state)
{
    (void)state;
    wait_for(LIMIT_INQUIRIES + 3, "lift", "ana@example.com");
    assert_int_equal(desk.inquiry_count, LIMIT_INQUIRIES);
}

/* What was read for those who wait for AWS has fewer places than commands have: whoever comes next
   is told, and a look that nobody waits for has no say. */
static void no_more_wait_for_aws_than_there_are_places(void **state)
{
    (void)state;
    struct inquiry_checked k = { .user = "u", .account = "222222222222" };
    wait_for(LIMIT_LOOKS + 1, "run", "ana@example.com");
    for (size_t i = 0; i < LIMIT_LOOKS; i++) {
        begin();
        inquiry_look(&desk, &desk.inquiries[i], &k, &v);
        assert_non_null(found(FACT_INQUIRY_CHECKED));
        inquiry_apply(&desk, found(FACT_INQUIRY_CHECKED));
    }
    const struct inquiry *next = &desk.inquiries[LIMIT_LOOKS];
    begin();
    inquiry_look(&desk, next, &k, &v);
    assert_null(found(FACT_INQUIRY_CHECKED));
    assert_non_null(strstr(v.effects[0].answer.text, "ask again in a minute"));
    struct fact late = { .kind = FACT_INQUIRY_CHECKED, .ref = (int64_t)next->ref, .effect_id = 7 };
    inquiry_apply(&desk, &late);
    assert_int_equal(desk.look_count, LIMIT_LOOKS);
    desk.inquiries[LIMIT_LOOKS].effect_id = 7;
    struct event e = { .kind = EVENT_ERRAND_TOLD, .effect_id = 7 };
    begin();
    inquiry_looked(&desk, &e, &v);
    assert_int_equal(v.fact_count, 0);
    struct fact over = { .kind = FACT_INQUIRY_CLOSED, .ref = (int64_t)desk.inquiries[0].ref };
    inquiry_apply(&desk, &over);
    assert_int_equal(desk.look_count, LIMIT_LOOKS - 1);
    assert_int_equal(desk.looks[0].ref, desk.inquiries[0].ref);
}

/* ---- the configuration ---- */

static void no_more_changes_of_rules_than_fit_a_turn(void **state)
{
    (void)state;
    static struct rule_change changes[LIMIT_RULE_CHANGES + 5];
    struct event e = { .kind = EVENT_RULES_READ };
    for (size_t i = 0; i < COUNT(changes); i++)
        changes[i] =
            (struct rule_change){ .setting = "[policy] approvals", .was = "1", .now = "2" };
    e.rules = (struct event_rules){ .digest = "b",
                                    .digest_before = "a",
                                    .changes = changes,
                                    .count = COUNT(changes),
                                    .file = "f",
                                    .owner = "root",
                                    .owner_id = "0" };
    rules_decide(&desk, &e, &v);
    assert_int_equal(v.fact_count, LIMIT_RULE_CHANGES + 1);
    assert_int_equal(found(FACT_RULES_READ)->count, COUNT(changes));
}

/* ---- a turn ---- */

/* Past it the event itself is skipped, and the process goes on. */
static void a_verdict_past_its_ceiling_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(v.effects); i++)
        assert_non_null(verdict_effect(&v, EFFECT_SAY));
    assert_false(v.overflow);
    assert_false(verdict_has_room(&v));
    assert_non_null(verdict_effect(&v, EFFECT_SAY));
    assert_true(v.overflow);
    assert_int_equal(v.effect_count, COUNT(v.effects));
}

/* What can wait is told by a turn that has room for it. */
static void a_full_verdict_sums_no_window_up(void **state)
{
    (void)state;
    desk.rootuse.watched = true;
    desk.case_count = 1;
    desk.cases[0] =
        (struct casefile){ .no = 1, .state = CASE_RESTORED, .lifted_ms = 1, .closed_ms = 2 };
    STR_SET(desk.cases[0].account, "222222222222");
    rootuse_settle(&desk, &v);
    assert_int_equal(found(FACT_ROOT_SUMMED)->case_no, 1);
    v.fact_count = 0;
    for (size_t i = 0; i < COUNT(v.effects); i++)
        assert_non_null(verdict_effect(&v, EFFECT_SAY));
    rootuse_settle(&desk, &v);
    assert_int_equal(v.fact_count, 0);
}

/* A mail that arrives when its case is over. */
static void a_mail_of_a_case_that_is_over_says_nothing(void **state)
{
    (void)state;
    static struct verdict scratch;
    struct event e = { .kind = EVENT_MAIL_SENT, .effect_id = 9, .chat = "mail", .at_ms = NOW };
    desk.case_count = 1;
    desk.last_case = 1;
    desk.cases[0] =
        (struct casefile){ .no = 1, .state = CASE_WITHDRAWN, .code_mail_id = 9, .closed_ms = NOW };
    policy.watch_after = MS_DAY;
    desk_handle(&desk, &e, &v, &scratch);
    assert_null(found(FACT_CODE_MAILED));
}

/* Also when the desk is full and it is the one that gives way: it is drawn as closed before. */
static void a_case_leaves_the_desk_in_a_turn_of_its_own(void **state)
{
    (void)state;
    static struct verdict scratch;
    struct event e = { .kind = EVENT_DUE, .chat = "", .at_ms = NOW };
    policy.watch_after = MS_DAY;
    desk.case_count = desk.last_case = LIMIT_CASES;
    for (uint32_t i = 0; i < LIMIT_CASES; i++)
        desk.cases[i] = (struct casefile){ .no = i + 1, .state = CASE_WITHDRAWN, .closed_ms = NOW };
    desk_handle(&desk, &e, &v, &scratch);
    assert_null(found(FACT_FILED));
    assert_int_equal(desk_due_ms(&desk), NOW + 1);
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW + 1, .entropy = entropy }, 1);
    e.at_ms = NOW + 1;
    desk_handle(&desk, &e, &v, &scratch);
    assert_int_equal(found(FACT_FILED)->case_no, 1);
}

/* ---- answers and forms ---- */

/* In the form where it can be shown there, and by words where it cannot. */
static void a_form_is_shown_where_there_is_a_way(void **state)
{
    (void)state;
    struct event e = { .kind = EVENT_SUBMITTED, .chat = "slack" };
    struct effect_form form = { .form = "lift", .handle = "", .problem = "" };
    dialogue_form(&v, &e, &form, "type it");
    assert_int_equal(v.effects[0].kind, EFFECT_ANSWER);
    form.view = "V1";
    dialogue_form(&v, &e, &form, "type it");
    assert_int_equal(v.effects[1].kind, EFFECT_FORM);
    assert_false(dialogue_fault(&v, &e, FORM_DURATION, "how long?"));
    e.submitted.view = "V1";
    assert_true(dialogue_fault(&v, &e, FORM_DURATION, "how long?"));
    assert_true(dialogue_fault(&v, &e, FORM_REASON, "why?"));
    assert_int_equal(v.effect_count, 3); /* one reply, behind what else there is */
    assert_int_equal(v.effects[2].form.fault_count, 2);
}

static void only_a_failed_case_was_stopped(void **state)
{
    (void)state;
    struct casefile c = { .state = CASE_FAILED, .ended_ms = NOW };
    assert_false(case_was_stopped(&c));
    STR_SET(c.ended_by.chat, "slack");
    assert_true(case_was_stopped(&c));
    c.state = CASE_RESTORED;
    assert_false(case_was_stopped(&c));
}

/* ---- more text ---- */

static void an_answer_keeps_its_lines_and_nothing_else_does(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_INQUIRY_CLOSED, .text = "one\ntwo", .reason = "one\ntwo" };
    outside_fact(&arena, &f);
    assert_string_equal(f.text, "one\ntwo");
    assert_null(strchr(f.reason, '\n'));
    f = (struct fact){ .kind = FACT_NOTED, .text = "one\ntwo" };
    outside_fact(&arena, &f);
    assert_null(strchr(f.text, '\n'));
}

/* A record of another hand: a key that is too long, and blanks without one between. */
static void only_whole_keys_are_asked(void **state)
{
    (void)state;
    struct casefile c = { .no = 1 };
    CLEANUP(buf_done) struct buf keys, b;
    buf_init(&keys, 2000);
    buf_init(&b, 4000);
    buf_add(&keys, "ana@example.com  ");
    for (size_t i = 0; i < LIMIT_EMAIL_BYTES; i++)
        buf_add_char(&keys, 'x');
    buf_add(&keys, " ben@example.com");
    STR_SET(c.may_approve, buf_text(&keys));
    people.count = 2;
    STR_SET(people.rows[0].key, "ana@example.com");
    STR_SET(people.rows[1].key, "ben@example.com");
    assert_true(question_add_asked(&desk, &c, NULL, &b));
    assert_non_null(strstr(buf_text(&b), "ana@example.com"));
    assert_non_null(strstr(buf_text(&b), "ben@example.com"));
    assert_null(strstr(buf_text(&b), "xxx"));
}

static void somebody_who_is_not_listed_has_no_part(void **state)
{
    (void)state;
    struct survey roster = { .read = SURVEY_ROSTER };
    struct party party = { .name = "Ana" };
    STR_SET(party.chat, "slack");
    STR_SET(party.chat_id, "U0ANA");
    assert_non_null(strstr(question_party_problem(&desk, &party, &roster, &arena), "[people]"));
}

static void a_mark_cannot_be_ended_from_inside(void **state)
{
    (void)state;
    CLEANUP(buf_done) struct buf b, plain;
    buf_init(&b, 100);
    buf_init(&plain, 100);
    rich_add_strong(&b, "a\x01"
                        "b\x02"
                        "c\x03"
                        "d");
    rich_add_plain(&plain, buf_text(&b));
    assert_string_equal(buf_text(&plain), "abcd");
}

static void a_sentence_ends_once(void **state)
{
    (void)state;
    static const struct {
        const char *text, *ended;
    } rows[] = { { "", "." }, { "a", "a." }, { "a.", "a." }, { "no!", "no!" }, { "a…", "a…" } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, 100);
        buf_add(&b, rows[i].text);
        rich_end_sentence(&b);
        assert_string_equal(buf_text(&b), rows[i].ended);
    }
}

/* Each separator begins a word; the account is found by it before those that only contain it. */
static void a_word_of_a_name_begins_behind_a_separator(void **state)
{
    (void)state;
    static const struct directory_entry all[] = { { "111111111111", "xprod" },
                                                  { "222222222222", "team-prod" },
                                                  { "333333333333", "team_prod" },
                                                  { "444444444444", "team.prod" },
                                                  { "555555555555", "team prod" } };
    size_t count = 0;
    const struct choice *found_ = directory_find(all, COUNT(all), "prod", &arena, &count);
    assert_int_equal(count, COUNT(all));
    assert_string_equal(found_[COUNT(all) - 1].value, "111111111111");
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(every_kind_of_blank_is_one_blank),
        A_TEST(what_only_chooses_a_look_shows_nothing),
        A_TEST(what_is_plain),
        A_TEST(nothing_doubled_is_nothing),
        A_TEST(memory_of_no_bytes_is_some),
        A_TEST(a_command_is_guessed_only_from_words_like_it),
        A_TEST(what_has_no_name_is_not_found),
        A_TEST(a_way_of_no_name_is_a_command),
        A_TEST(a_restore_that_began_by_itself_is_not_overdue_at_once),
        A_TEST(a_desk_is_settled_when_nothing_is_open),
        A_TEST(nobody_answers_their_own_question_by_whatever_part),
        A_TEST(approvals_are_counted_once_and_up_to_a_ceiling),
        A_TEST(a_seat_of_the_roll_answers_once),
        A_TEST(no_more_chats_than_there_are),
        A_TEST(as_many_are_alarmed_as_there_is_room_for),
        A_TEST(an_alarm_calls_nobody_who_has_left_the_people),
        A_TEST(an_alarm_does_not_go_by_an_old_roster),
        A_TEST(who_is_asked_is_an_admin_now),
        A_TEST(only_the_first_admins_are_on_record),
        A_TEST(acts_of_more_people_than_there_are_places),
        A_TEST(an_old_act_is_counted_and_does_nothing_else),
        A_TEST(what_is_tried_in_vain_by_more_than_there_are_places),
        A_TEST(whoever_may_raise_finds_a_place),
        A_TEST(ordinary_commands_have_places_of_their_own),
        A_TEST(a_command_past_the_ceiling_is_not_kept),
        A_TEST(no_more_wait_for_aws_than_there_are_places),
        A_TEST(no_more_changes_of_rules_than_fit_a_turn),
        A_TEST(a_verdict_past_its_ceiling_says_so),
        A_TEST(a_full_verdict_sums_no_window_up),
        A_TEST(a_mail_of_a_case_that_is_over_says_nothing),
        A_TEST(a_case_leaves_the_desk_in_a_turn_of_its_own),
        A_TEST(a_form_is_shown_where_there_is_a_way),
        A_TEST(only_a_failed_case_was_stopped),
        A_TEST(an_answer_keeps_its_lines_and_nothing_else_does),
        A_TEST(only_whole_keys_are_asked),
        A_TEST(somebody_who_is_not_listed_has_no_part),
        A_TEST(a_mark_cannot_be_ended_from_inside),
        A_TEST(a_sentence_ends_once),
        A_TEST(a_word_of_a_name_begins_behind_a_separator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
