/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of facts in the corners that no story comes to: parts that are missing, lists that
   are too long, cases that ended in an unusual way. The sentences themselves stand in the stories;
   here it counts what is in them and what is not. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "commands/parts.h"
#include "core/card.h"
#include "core/deadman.h"
#include "core/desk.h"
#include "core/form.h"
#include "core/notice.h"
#include "core/receipt.h"
#include "core/rich.h"
#include "core/rules.h"
#include "core/turn.h"

static const ms_t NOW = 1795526055000;
static struct policy policy;
static struct people people;
static struct desk desk;
static struct verdict v;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    people.count = 3;
    people.rows[0] = (struct person){ .key = "ana@example.com" };
    people.rows[1] = (struct person){ .key = "ben@example.com" };
    people.rows[2] = (struct person){ .key = "cleo@example.com" };
    policy = (struct policy){ .provider = &stax_provider,
                              .command_word = "/reguard",
                              .approvals = 1,
                              .approve_with = APPROVE_BY_BUTTON | APPROVE_BY_COMMAND,
                              .min_window = MS_MINUTE,
                              .default_window = MS_HOUR,
                              .max_window = 4 * MS_HOUR,
                              .request_expires = MS_HOUR };
    policy.remind_overdue = (struct durations){ { 0, 5 * MS_MINUTE }, 2 };
    desk_init(&desk);
    desk.policy = &policy;
    desk.people = &people;
    desk.commands = command_table;
    desk.command_count = command_table_count;
    desk.chat_count = 1;
    desk.chats[0] = (struct chat_state){ .name = "slack", .up = true };
    desk.case_count = 1;
    desk.cases[0] = (struct casefile){ .no = 1,
                                       .state = CASE_LIFTED,
                                       .account = "222222222222",
                                       .account_name = "bakery",
                                       .lifted_ms = NOW - MS_HOUR,
                                       .lifting_ms = NOW - MS_HOUR,
                                       .deadline_ms = NOW };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static const char *plain(const char *rich)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    rich_add_plain(&b, rich);
    return arena_copy(&arena, buf_text(&b));
}

/* All that is said of it, one message behind the other. */
static const char *said(const struct fact *f)
{
    CLEANUP(buf_done) struct buf all;
    buf_init(&all, LIMIT_SAYING_BYTES);
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 1);
    v.facts[v.fact_count++] = *f;
    notice_tell(&desk, &v.facts[0], &v);
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].kind == EFFECT_SAY)
            buf_addf(&all, "%s\n", plain(v.effects[i].say.text));
    return arena_copy(&arena, buf_text(&all));
}

static void has(const char *text, const char *part, bool wanted)
{
    if ((strstr(text, part) != NULL) != wanted)
        fail_msg("“%s” is %s: %s", part, wanted ? "not in" : "in", text);
}

static struct fact of_case(enum fact_kind kind)
{
    return (struct fact){ .kind = kind, .case_no = 1, .at_ms = NOW };
}

/* ---- alarms ---- */

static void an_alarm_names_a_few_of_the_others(void **state)
{
    (void)state;
    for (size_t i = 1; i < 12; i++) {
        desk.cases[i] = desk.cases[0];
        desk.cases[i].no = (uint32_t)i + 1;
    }
    for (size_t i = 0; i < 12; i++)
        desk.cases[i].deadline_ms = NOW - MS_HOUR;
    desk.chats[0].closed = true; /* people are written to alone */
    struct fact f = of_case(FACT_REMINDED);
    f.verb = "overdue";
    f.count = 3;
    desk.case_count = 2;
    has(said(&f), "G-0002.", true);
    desk.case_count = 9;
    has(said(&f), "G-0009.", true);
    has(said(&f), " more (", false);
    desk.case_count = 12;
    has(said(&f), "G-0009 and 3 more (`/reguard status`).", true);
    has(said(&f), "G-0010", false);
}

static void set_party(struct party *p, size_t number)
{
    *p = (struct party){ .user = "1" };
    snprintf(p->name, sizeof p->name, "Person %02zu", number);
    snprintf(p->key, sizeof p->key, "p%02zu@example.com", number);
}

/* Told one behind the other, as a turn does: five are said with the last of them, the others behind
   those. Returns how many posts that makes. */
static size_t said_of(size_t count, const struct message *ret_posts[3])
{
    size_t posts = 0;
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 1);
    for (size_t i = 0; i < count; i++) {
        struct fact *f = verdict_fact(&v, FACT_REMINDED, (uint32_t)i + 1);
        f->verb = "overdue";
        f->count = 1;
        f->on = i == 0;
    }
    for (size_t i = 0; i < count; i++)
        notice_tell(&desk, &v.facts[i], &v);
    for (size_t i = 0; i < v.effect_count; i++)
        if (v.effects[i].say.kind == MESSAGE_POST && posts < 3)
            ret_posts[posts++] = &v.effects[i].say;
    return posts;
}

/* As many in one post as have a button there, and whoever asked for two of them is mentioned once.
 */
static void reminders_of_one_moment_are_said_together(void **state)
{
    (void)state;
    const struct message *posts[3];
    desk.cases[0].requester =
        (struct party){ .user = "1", .key = "ana@example.com", .name = "Ana" };
    for (size_t i = 0; i < 7; i++) {
        desk.cases[i] = desk.cases[0];
        desk.cases[i].no = (uint32_t)i + 1;
        desk.cases[i].deadline_ms = NOW - MS_HOUR;
    }
    desk.case_count = 7;
    assert_int_equal(said_of(1, posts), 1);
    assert_null(posts[0]->also);
    assert_int_equal(said_of(7, posts), 2);
    assert_string_equal(posts[0]->case_id, "G-0001");
    assert_string_equal(posts[0]->also, "G-0002 G-0003 G-0004 G-0005");
    assert_int_equal(posts[0]->button_count, 5);
    assert_string_equal(posts[0]->buttons[4].case_id, "G-0005");
    assert_string_equal(posts[1]->case_id, "G-0006");
    assert_string_equal(posts[1]->also, "G-0007");
    assert_true(posts[0]->alarm && posts[1]->alarm);
    const char *text = plain(posts[0]->text), *at = strstr(text, " @");
    has(text, "OVERDUE: 5 windows", true);
    has(text, "G-0005, over for 1 h", true);
    has(text, "Overdue as well: G-0006, G-0007.", true);
    assert_non_null(at);
    for (const char *second = at; (second = strstr(second + 1, " @"));)
        assert_int_not_equal(strncmp(at, second, strcspn(at + 1, " ") + 1), 0);
    assert_int_equal(said_of(6, posts), 2); /* the sixth has nobody beside it */
    assert_null(posts[1]->also);
}

/* Each of them rings for whoever asked and approved, up to as many as are alarmed at all. */
static void one_post_mentions_no_more_than_are_alarmed(void **state)
{
    (void)state;
    const struct message *posts[3];
    size_t mentioned = 0, people_of_them = 0;
    people.rows[2] = (struct person){ .key = "p00@example.com" }; /* one of them can act */
    for (size_t i = 0; i < MESSAGE_CASES; i++) {
        struct casefile *c = &desk.cases[i];
        *c = desk.cases[0];
        c->no = (uint32_t)i + 1;
        c->question.approval_count = LIMIT_APPROVERS;
        set_party(&c->requester, people_of_them++);
        for (size_t k = 0; k < LIMIT_APPROVERS; k++)
            set_party(&c->question.approvals[k], people_of_them++);
    }
    desk.case_count = MESSAGE_CASES;
    assert_true(people_of_them > LIMIT_ALARMED);
    assert_int_equal(said_of(MESSAGE_CASES, posts), 1);
    for (const char *at = plain(posts[0]->text); (at = strstr(at, " @")); at++)
        mentioned++;
    assert_int_equal(mentioned, LIMIT_ALARMED);
    has(plain(posts[0]->text), "@Person 31", true);
    has(plain(posts[0]->text), "@Person 32", false);
}

/* No reminder follows: none is announced. */
static void the_last_reminder_announces_none(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_REMINDED);
    f.verb = "overdue";
    f.count = 1;
    has(said(&f), "I repeat this", true);
    policy.remind_overdue.count = 0;
    has(said(&f), "I repeat this", false);
}

static void what_was_found_off_names_whom_the_feed_names(void **state)
{
    (void)state;
    desk.cases[0].state = CASE_OUTSIDE;
    desk.cases[0].found_ms = NOW;
    static const char *const names[] = { NULL, "", "Dan" };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct fact f = of_case(FACT_OUTSIDE_FOUND);
        f.text = names[i];
        has(said(&f), " names ", i == 2);
    }
}

/* Declined by nobody: it has expired, or there is nobody left. */
static void a_question_that_nobody_answered_names_nobody(void **state)
{
    (void)state;
    static const enum fact_kind kinds[] = { FACT_ADOPTION_REFUSED, FACT_EXTENSION_DECLINED };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct fact f = of_case(kinds[i]);
        f.actor.name = "Ben";
        f.actor.chat = "slack";
        f.reason = "not today";
        has(said(&f), "Ben", true);
        has(said(&f), "not today", true);
        f.reason = NULL;
        has(said(&f), ": .", false);
        f.actor.chat = NULL;
        has(said(&f), "Ben", false);
        f.actor.chat = "";
        has(said(&f), "Ben", false);
    }
}

static void only_what_was_meant_for_a_person_is_told_elsewhere(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_UNDELIVERED);
    f.verb = "post";
    f.text = "msg_too_long";
    f.people = "";
    assert_string_equal(said(&f), "");
    f.verb = "direct";
    f.people = "ana@example.com";
    has(said(&f), "msg_too_long", true);
}

/* ---- a request ---- */

/* Nobody who was asked has a key in [people]: nobody is written to, and the channel is. */
static void a_requester_without_a_key_is_not_written_to(void **state)
{
    (void)state;
    desk.cases[0].state = CASE_WAITING;
    struct fact f = of_case(FACT_EXPIRED);
    f.text = "nobody answered in time";
    said(&f);
    for (size_t i = 0; i < v.effect_count; i++)
        assert_int_not_equal(v.effects[i].say.kind, MESSAGE_DIRECT);
    STR_SET(desk.cases[0].requester.key, "ana@example.com");
    said(&f);
    size_t directs = 0;
    for (size_t i = 0; i < v.effect_count; i++)
        directs += v.effects[i].say.kind == MESSAGE_DIRECT;
    assert_int_equal(directs, 1);
}

/* A change has left: that nothing was changed cannot be said. */
static void nobody_claims_that_nothing_was_changed_once_it_left(void **state)
{
    (void)state;
    static const enum fact_kind kinds[] = { FACT_REFUSED, FACT_WITHDRAWN, FACT_DECLINED };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct fact f = of_case(kinds[i]);
        f.text = f.reason = "not today";
        desk.cases[0].state = CASE_REFUSED;
        desk.cases[0].change_left = false;
        has(said(&f), "othing", true);
        desk.cases[0].change_left = true;
        has(said(&f), "othing", false);
    }
}

/* ---- a change looked over ---- */

static void who_else_changed_guardrails(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_TURNED_BACK);
    f.people = "Dan";
    f.text = "SCP.X on";
    has(said(&f), "Dan changed", false);
    f.count = 1;
    has(said(&f), "Dan changed", true);
    has(said(&f), "the last of", false);
    f.count = 3;
    has(said(&f), "(the last of 3 changes)", true);
    f = of_case(FACT_REVIEWED);
    assert_string_equal(said(&f), "");
    f.text = "HTTP 503";
    has(said(&f), "HTTP 503", true);
}

/* ---- the word for the case of silence ---- */

static void the_word_names_a_few_cases(void **state)
{
    (void)state;
    for (size_t i = 1; i < 12; i++) {
        desk.cases[i] = desk.cases[0];
        desk.cases[i].no = (uint32_t)i + 1;
    }
    const char *text = plain(deadman_text(&desk, &desk.cases[0], NOW, &arena));
    has(text, "G-0001", true);
    has(text, "; G-", false);
    has(text, "more", false);
    desk.case_count = 2;
    has(plain(deadman_text(&desk, &desk.cases[0], NOW, &arena)), "; G-0002", true);
    desk.case_count = 12;
    text = plain(deadman_text(&desk, &desk.cases[0], NOW, &arena));
    has(text, " more.", true);
    has(text, "G-0012", false);
}

/* Several appear at once: that reguard runs is said once. */
static void words_that_appeared_are_answered_once(void **state)
{
    (void)state;
    verdict_init(&v, &arena, (struct turn){ .now_ms = NOW }, 1);
    v.facts[0] = of_case(FACT_WORD_LEFT);
    v.facts[1] = of_case(FACT_WORD_GONE); /* taken back */
    v.facts[2] = of_case(FACT_WORD_GONE);
    v.facts[3] = of_case(FACT_WORD_GONE);
    v.facts[2].on = v.facts[3].on = true;
    v.fact_count = 4;
    for (size_t i = 1; i < 4; i++) {
        deadman_tell(&desk, &v.facts[i], &v);
        assert_int_equal(v.effect_count, i > 1);
    }
    struct fact alone = v.facts[2];
    v.fact_count = 0;
    deadman_tell(&desk, &alone, &v);
    assert_int_equal(v.effect_count, 2);
}

/* ---- the receipt ---- */

static const char *receipt(void)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    receipt_add(&b, &desk, &desk.cases[0], &arena);
    return plain(arena_copy(&arena, buf_text(&b)));
}

/* Plain to the last byte, instants in UTC wherever it is read, a long call on a line of its own. */
static void a_file_has_lines_of_ours_alone(void **state)
{
    struct casefile *c = &desk.cases[0];
    (void)state;
    STR_SET(c->requester.user, "u1");
    STR_SET(c->reason, "a\tb\x7f\x01z");
    c->lifting_ms = 1772442000999;
    c->lifted_ms = c->closed_ms = 1772442001999;
    const struct effect_file *file = receipt_file(&desk, c, 1772442002999, &arena);
    assert_string_equal(file->name, "reguard-G-0001.txt");
    assert_string_equal(file->case_id, "G-0001");
    assert_non_null(strstr(file->text, "\nReason: a?b?z\n"));
    assert_non_null(strstr(file->text, "\nOFF: from 2026-03-02 09:00:01 UTC until "));
    assert_non_null(strstr(file->text, "\n    aws cloudtrail lookup-events "));
    assert_non_null(strstr(file->text, " --start-time 2026-03-02T09:00:00Z "));
    assert_non_null(strstr(file->text, "\nMade by reguard: 2026-03-02 09:00:02 UTC\n"));
    assert_int_equal(file->text[strlen(file->text) - 1], '\n');
}

static void a_receipt_claims_only_what_is_known(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    *c = (struct casefile){ .no = 1, .state = CASE_FAILED, .closed_ms = NOW, .asked_ms = NOW };
    has(receipt(), "never", true);
    c->change_left = true;
    has(receipt(), "never", false);
    has(receipt(), "not verified", true);
    STR_SET(c->end_reason, "no answer");
    has(receipt(), "no answer", true);
    has(receipt(), " by ", false);
    STR_SET(c->ended_by.name, "Ana");
    has(receipt(), " by Ana: no answer", true);
    c->closed_ms = 0; /* not ended yet, though why is known */
    has(receipt(), "no answer", true);
}

static const char *receipt_of(const struct casefile *c)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    receipt_add(&b, &desk, c, &arena);
    return plain(arena_copy(&arena, buf_text(&b)));
}

/* The root mailbox, and each time that more time was asked for, with what became of it. */
static void a_receipt_has_each_step(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    c->state = CASE_RESTORED;
    c->lifted_ms = NOW - MS_HOUR;
    c->closed_ms = NOW;
    STR_SET(c->requester.user, "u1");
    STR_SET(c->requester.name, "Ana");
    has(receipt(), "Root mailbox:", false);
    c->mailbox_ms = NOW - MS_HOUR;
    has(receipt(), "Root mailbox: read, as confirmed ", true);
    c->mailbox_coded = true;
    has(receipt(), "Root mailbox: read, by the code mailed there, ", true);
    has(receipt(), "More time:", false);
    c->more_count = 1;
    c->more[0] = (struct more_time){ .asked_ms = NOW, .by = "Ana" };
    has(receipt(), " by Ana, not answered", true);
    c->more[0].answered_ms = NOW;
    has(receipt(), " by Ana, came to nothing ", true);
    STR_SET(c->more[0].answered_by, "Cleo");
    has(receipt(), " by Ana, declined ", true);
    c->more[0].until_ms = NOW + MS_HOUR;
    has(receipt(), " by Ana, approved ", true);
    has(receipt(), " by Cleo: until ", true);
    c->more[0].others = 1;
    has(receipt(), " by Cleo and 1 more: until ", true);
    has(receipt(), "before", false);
    c->more_dropped = 2;
    has(receipt(), "More time: asked for 2 times before; its records tell", true);
}

static void happens(struct fact f, const char *name)
{
    f.at_ms = NOW;
    f.case_no = 1;
    f.actor = (struct fact_actor){
        .user = name, .chat = name[0] ? "slack" : "", .id = name, .name = name, .key = name
    };
    f.question = "q";
    desk_apply(&desk, &f);
}

/* The newest are told one by one, and those before them are counted. */
static void more_time_than_a_receipt_tells_is_counted(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    c->state = CASE_LIFTED;
    c->more_count = c->more_dropped = 0;
    happens((struct fact){ .kind = FACT_EXTENSION_DECLINED }, "Cleo"); /* of no question */
    happens((struct fact){ .kind = FACT_EXTENDED }, "");
    assert_int_equal(c->more_count, 0);
    for (int i = 0; i < LIMIT_MORE_TIMES + 2; i++) {
        happens((struct fact){ .kind = FACT_EXTENSION_ASKED, .window_ms = i + 1 }, "Ana");
        if (i % 2)
            happens((struct fact){ .kind = FACT_EXTENSION_APPROVED, .verb = "button" }, "Ben");
        if (i % 2)
            happens((struct fact){ .kind = FACT_EXTENDED, .until_ms = NOW + i }, "");
        else
            happens((struct fact){ .kind = FACT_EXTENSION_DECLINED }, i ? "Cleo" : "");
    }
    assert_int_equal(c->more_count, LIMIT_MORE_TIMES);
    assert_int_equal(c->more_dropped, 2);
    assert_string_equal(c->more[0].answered_by, "Cleo");
    assert_int_equal(c->more[0].until_ms, 0);
    assert_string_equal(c->more[1].answered_by, "Ben");
    assert_int_equal(c->more[1].until_ms, NOW + 3);
    happens((struct fact){ .kind = FACT_EXTENSION_ASKED }, "Ana");
    happens((struct fact){ .kind = FACT_EXTENSION_DECLINED }, "");
    assert_string_equal(c->more[LIMIT_MORE_TIMES - 1].answered_by, "");
    happens((struct fact){ .kind = FACT_EXTENSION_ASKED }, "Ana");
    happens((struct fact){ .kind = FACT_EXTENDED, .until_ms = NOW }, ""); /* approved by nobody */
    assert_int_equal(c->more[LIMIT_MORE_TIMES - 1].until_ms, 0);
}

/* Of a window that is long over nobody goes on watching, whoever watches now. */
static void a_receipt_says_since_when_root_use_is_known(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0], old;
    c->state = CASE_RESTORED;
    c->lifting_ms = c->lifted_ms = NOW - MS_HOUR;
    c->closed_ms = NOW;
    old = *c;
    old.no = 99;
    has(receipt_of(c),
        "I cannot see it. AWS's own record, with a role of that account, a quarter "
        "of an hour from now, and once",
        true);
    has(receipt_of(&old), "with a role of that account, and once", true);
    desk.rootuse.watched = true;
    has(receipt_of(c), "none seen. AWS tells it minutes later", true);
    has(receipt_of(&old), "I cannot see it.", true);
    old.root_uses = 2;
    has(receipt_of(&old), "seen 2 times, and I cannot see it now.", true);
    old.root_summed = true;
    has(receipt_of(&old), "seen 2 times, as of an hour later and since.", true);
    desk.rootuse.watched = false;
    has(receipt_of(&old), "seen 2 times, as of an hour later. AWS", true);
    old.root_uses = 0; /* as it was summed up: not once */
    has(receipt_of(&old), "none seen, as of an hour later. AWS", true);
}

/* ---- a task without a window ---- */

static size_t times(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

/* None of its pieces ends within a character. */
static void a_long_policy_is_told_to_its_last_character(void **state)
{
    (void)state;
    enum { CHARACTERS = 3000 };
    CLEANUP(buf_done) struct buf whole;
    buf_init(&whole, LIMIT_POLICY_BYTES);
    buf_add(&whole, "{");
    for (size_t i = 0; i < CHARACTERS; i++)
        buf_add(&whole, "é");
    buf_add(&whole, "}");
    struct casefile *c = &desk.cases[0];
    c->state = CASE_WAITING;
    STR_SET(c->task, "s3-lockout");
    STR_SET(c->target, "crumb-logs");
    STR_SET(c->policy, "{…");
    struct fact f = of_case(FACT_ERRAND_ASKED);
    f.was = buf_text(&whole);
    const char *text = said(&f);
    assert_int_equal(times(text, "é"), CHARACTERS);
    assert_int_equal(times(text, "\xef\xbf\xbd"), 0);
    has(text, "What stands there, 1 of 5: ", true);
    has(text, "What stands there, 5 of 5: ", true);
    /* What is no text ends somewhere, too. */
    memset(whole.text, 0x80, whole.bytes);
    has(said(&f), "What stands there, 5 of 5: ", true);
    STR_SET(c->policy, "{}");
    f.was = "{}";
    has(said(&f), "What stands there, 1 of", false);
}

/* ---- the card ---- */

static const char *headline(void)
{
    struct message m = { .text = "" };
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    return plain(m.headline);
}

/* What a request waits for that nobody can give it. */
static void a_request_says_what_it_waits_for(void **state)
{
    (void)state;
    desk.cases[0].state = CASE_WAITING;
    desk.cases[0].question.asked_ms = NOW;
    policy.approvals = 0;
    policy.mailbox_proof = MAILBOX_OFF;
    desk.twins.count = 1;
    desk.twins.all[0] = (struct twin){ .stands = true, .earlier = true };
    has(headline(), "other reguard", true);
    desk.twins.count = 0;
    has(headline(), "other reguard", false);
    desk.doubt.stands = true;
    has(headline(), "records", true);
}

/* ---- root users ---- */

/* A way to AWS that has gone since: people do it in the console. */
static void what_i_cannot_do_myself_is_done_in_the_console(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    struct fact f = of_case(FACT_REMINDED);
    f.verb = "not_clean";
    f.count = 1;
    c->state = CASE_RESTORED;
    c->closed_ms = NOW;
    c->root_after = (struct root_has){ .known = true, .keys = 1, .at_ms = NOW };
    has(said(&f), "in the management account", true);
    assert_int_equal(v.effects[0].say.button_count, 1);
    desk.can_run = true;
    has(said(&f), "with `/reguard run credentials 222222222222 because G-0001 has left them`",
        true);
    has(said(&f), "in the management account", false);
    assert_int_equal(v.effects[0].say.button_count, 2);
    assert_string_equal(v.effects[0].say.buttons[1].action, "clean_up");
    f.count = LIMIT_CLEAN_REMINDERS;
    f.on = true; /* the last one, after which the case has left the desk */
    has(said(&f), "for the last time", true);
    assert_int_equal(v.effects[0].say.button_count, 1);
    assert_string_equal(v.effects[0].say.buttons[0].action, "clean_up");
}

static const char *root_user_on_the_card(void)
{
    struct message m;
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    for (size_t i = 0; i < m.field_count; i++)
        if (str_equal(m.fields[i].label, "Root user"))
            return plain(m.fields[i].value);
    return "";
}

static void a_root_user_without_a_password_has_to_be_recovered(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    c->state = CASE_WAITING;
    set_party(&c->requester, 1);
    c->root_before_ms = NOW;
    c->root_before = (struct root_has){ .known = true };
    STR_SET(c->ticket, "SEC 7");
    has(root_user_on_the_card(), "has to be allowed first (management account, IAM", true);
    desk.can_run = true;
    has(root_user_on_the_card(),
        "`/reguard run recovery 222222222222 ticket \"SEC 7\" because G-0001 needs its root user`",
        true);
    c->root_before.password = true;
    has(root_user_on_the_card(), "recover", false);
}

/* ---- rules ---- */

static void errors_are_counted(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_RULES_REFUSED, .text = "line 12", .at_ms = NOW };
    has(said(&f), "more error", false);
    f.count = 1;
    has(said(&f), "1 more error", true);
    has(said(&f), "1 more errors", false);
    f.count = 2;
    has(said(&f), "2 more errors", true);
}

/* ---- forms ---- */

static size_t lengths(ms_t *least, ms_t *most, bool *ret_default)
{
    struct effect_form f;
    struct request r = { .verb = "lift" };
    form_of(&desk, &r, "", &arena, &f);
    *ret_default = false;
    *least = *most = f.length_count ? f.lengths[0] : 0;
    for (size_t i = 0; i < f.length_count; i++) {
        *least = ms_min(*least, f.lengths[i]);
        *most = ms_max(*most, f.lengths[i]);
        *ret_default |= f.lengths[i] == policy.default_window;
        assert_true(i == 0 || f.lengths[i] > f.lengths[i - 1]);
    }
    return f.length_count;
}

/* From the shortest to the longest that the rules let, the ordinary one among them. */
static void usual_lengths_are_within_the_rules(void **state)
{
    (void)state;
    static const struct {
        ms_t min, ordinary, max;
    } rows[] = { { MS_MINUTE, MS_HOUR, 4 * MS_HOUR },
                 { MS_HOUR, 2 * MS_HOUR, 4 * MS_HOUR },
                 { MS_MINUTE, 37 * MS_MINUTE, MS_HOUR },
                 { MS_MINUTE, MS_MINUTE, 2 * MS_MINUTE },
                 { MS_MINUTE, 11 * MS_HOUR + MS_MINUTE, 48 * MS_HOUR },
                 { MS_MINUTE, 47 * MS_HOUR, 48 * MS_HOUR } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        ms_t least, most;
        bool ordinary;
        policy.min_window = rows[i].min;
        policy.default_window = rows[i].ordinary;
        policy.max_window = rows[i].max;
        size_t count = lengths(&least, &most, &ordinary);
        assert_true(count > 0 && count <= FORM_LENGTHS);
        assert_true(least >= rows[i].min && most <= rows[i].max && ordinary);
    }
}

/* ---- more corners ---- */

static void what_is_still_read_back_is_told_as_that(void **state)
{
    (void)state;
    struct fact f = { .kind = FACT_DEAF_TOLD, .verb = "slack", .until_ms = NOW, .at_ms = NOW };
    has(said(&f), "still reading", true);
    f.text = "HTTP 503";
    has(said(&f), "still reading", false);
    has(said(&f), "HTTP 503", true);
}

/* A case whose lift never took effect was never OFF. */
static void what_was_never_off_is_not_told_as_off_for_so_long(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_RESTORED);
    struct casefile *c = &desk.cases[0];
    c->state = CASE_RESTORED;
    c->closed_ms = NOW;
    has(said(&f), "was OFF outside reguard for 1 h.", true);
    STR_SET(c->requester.user, "u-ana");
    has(said(&f), "was OFF for 1 h for bakery (222222222222).", true);
    c->lifted_ms = 0;
    has(said(&f), "was OFF", false);
    has(said(&f), "(verified) for bakery (222222222222).", true);
}

static void a_reminder_names_the_account_where_there_is_one(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_REMINDED);
    f.verb = "pending";
    f.count = 1;
    desk.cases[0].state = CASE_WAITING;
    has(said(&f), "(bakery)", true);
    desk.cases[0].account[0] = '\0';
    has(said(&f), "(bakery)", false);
}

/* Whose it is decides what is said of it; a case that is restored in time is not overdue. */
static void what_is_not_back_yet(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    struct fact f = of_case(FACT_REMINDED);
    f.verb = "overdue";
    f.count = 1;
    STR_SET(c->requester.user, "u-ana");
    c->deadline_ms = NOW - MS_HOUR;
    has(said(&f), "OVERDUE", true);
    has(said(&f), "requested by", false);
    STR_SET(c->requester.name, "Ana");
    has(said(&f), "requested by Ana", true);
    c->state = CASE_RESTORING;
    c->deadline_ms = 0;
    c->ended_ms = NOW;
    has(said(&f), "OVERDUE", false);
    has(said(&f), "Not restored", true);
    c->found_ms = NOW - MS_HOUR;
    c->requester = (struct party){ .user = "" };
    has(said(&f), "OVERDUE", false);
    has(said(&f), "nobody", true);
}

/* Somebody else is asked only where one is lacking, and can answer. */
static void who_is_asked_when_an_approval_lapses(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_APPROVAL_LAPSED);
    struct casefile *c = &desk.cases[0];
    f.actor.name = "Ben";
    f.text = "Ben is not an active Admin any more";
    c->state = CASE_WAITING;
    STR_SET(c->may_approve, "cleo@example.com");
    has(said(&f), "@cleo@example.com", true);
    c->question.approval_count = 1;
    has(said(&f), "@cleo@example.com", false);
    c->question.approval_count = 0;
    c->state = CASE_LIFTING;
    has(said(&f), "@cleo@example.com", false);
}

static void what_to_do_is_what_was_asked_for(void **state)
{
    (void)state;
    struct fact f = of_case(FACT_LIFTED);
    struct casefile *c = &desk.cases[0];
    f.until_ms = NOW + MS_HOUR;
    STR_SET(c->reason, "close the old account");
    has(said(&f), "close the old account", true);
    STR_SET(c->task, "other");
    has(said(&f), "close the old account", true);
    STR_SET(c->task, "billing");
    has(said(&f), "Do only what you asked for: close the old account", false);
}

static const char *body(void)
{
    struct message m = { .text = "" };
    card_picture(&desk, &desk.cases[0], NOW, &arena, &m);
    return plain(m.body);
}

static void a_request_says_how_it_is_answered(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    c->state = CASE_WAITING;
    STR_SET(c->requester.user, "u-ana");
    STR_SET(policy.approve_reaction, "white_check_mark");
    STR_SET(c->may_approve, "ben@example.com cleo@example.com");
    policy.approve_with = APPROVE_BY_REACTION;
    has(body(), "react to this message with :white_check_mark:.", true);
    has(body(), "approve G-0001", false);
    policy.approve_with = APPROVE_BY_COMMAND;
    has(body(), "react to this message", false);
    has(body(), "To approve, type", true);
    policy.approve_with = APPROVE_BY_COMMAND | APPROVE_BY_REACTION;
    has(body(), ":white_check_mark: or type", true);
    policy.approve_with = APPROVE_BY_BUTTON;
    has(body(), "To approve", false);
    policy.approvals = 3;
    has(body(), "only 2 of the other people in the [people] list are an active Admin", true);
    STR_SET(c->may_approve, "ben@example.com");
    has(body(), "only 1 of the other people in the [people] list is an active Admin", true);
}

static void who_switched_it_off_where_that_is_told(void **state)
{
    (void)state;
    struct casefile *c = &desk.cases[0];
    assert_string_equal(card_found_lifted(&desk, c, &arena), "");
    c->found_ms = NOW;
    has(card_found_lifted(&desk, c, &arena), "did not tell by whom", true);
    STR_SET(c->found_by, "Dan");
    has(card_found_lifted(&desk, c, &arena), "switched by Dan", true);
}

static void all_other_windows_are_named(void **state)
{
    (void)state;
    for (size_t i = 1; i < 3; i++) {
        desk.cases[i] = desk.cases[0];
        desk.cases[i].no = (uint32_t)i + 1;
    }
    desk.case_count = 3;
    const char *others = card_others_lifted(&desk, &desk.cases[0], &arena);
    has(others, "G-0001", false);
    assert_true(strstr(others, "G-0002") < strstr(others, "G-0003"));
}

/* What is only passing has none. */
static void what_people_hear_of_has_a_row(void **state)
{
    (void)state;
    assert_true(notice_has_row(FACT_LIFTED));
    assert_true(notice_has_row(FACT_STORE_DOUBTED));
    assert_false(notice_has_row(FACT_SAW));
    assert_false(notice_has_row(FACT_WATCH_SENT));
}

static void a_place_is_told_as_its_chat_calls_it(void **state)
{
    (void)state;
    static const struct venue rows[] = {
        { .name = "slack", .title = "Slack", .place = "a channel" },
        { .name = "matrix", .title = "Matrix", .place = "a room" }
    };
    const struct venues venues = { rows, 2 };
    assert_string_equal(venue_named(&venues, "matrix").place, "a room");
    assert_string_equal(venue_named(&venues, "slack").place, "a channel");
    assert_string_equal(venue_named(&venues, "irc").place, "irc");
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        A_TEST(an_alarm_names_a_few_of_the_others),
        A_TEST(a_long_policy_is_told_to_its_last_character),
        A_TEST(reminders_of_one_moment_are_said_together),
        A_TEST(one_post_mentions_no_more_than_are_alarmed),
        A_TEST(the_last_reminder_announces_none),
        A_TEST(what_was_found_off_names_whom_the_feed_names),
        A_TEST(a_question_that_nobody_answered_names_nobody),
        A_TEST(only_what_was_meant_for_a_person_is_told_elsewhere),
        A_TEST(a_requester_without_a_key_is_not_written_to),
        A_TEST(nobody_claims_that_nothing_was_changed_once_it_left),
        A_TEST(who_else_changed_guardrails),
        A_TEST(the_word_names_a_few_cases),
        A_TEST(words_that_appeared_are_answered_once),
        A_TEST(a_receipt_claims_only_what_is_known),
        A_TEST(a_receipt_says_since_when_root_use_is_known),
        A_TEST(a_receipt_has_each_step),
        A_TEST(more_time_than_a_receipt_tells_is_counted),
        A_TEST(a_file_has_lines_of_ours_alone),
        A_TEST(a_request_says_what_it_waits_for),
        A_TEST(what_i_cannot_do_myself_is_done_in_the_console),
        A_TEST(a_root_user_without_a_password_has_to_be_recovered),
        A_TEST(errors_are_counted),
        A_TEST(usual_lengths_are_within_the_rules),
        A_TEST(what_is_still_read_back_is_told_as_that),
        A_TEST(what_was_never_off_is_not_told_as_off_for_so_long),
        A_TEST(a_reminder_names_the_account_where_there_is_one),
        A_TEST(what_is_not_back_yet),
        A_TEST(who_is_asked_when_an_approval_lapses),
        A_TEST(what_to_do_is_what_was_asked_for),
        A_TEST(a_request_says_how_it_is_answered),
        A_TEST(who_switched_it_off_where_that_is_told),
        A_TEST(all_other_windows_are_named),
        A_TEST(what_people_hear_of_has_a_row),
        A_TEST(a_place_is_told_as_its_chat_calls_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
