/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps for a while only, in which order messages leave it, and what anybody can
   make it grow by. */
#include "tests/unit/unit_store.h"

#include "core/desk.h"
#include "core/message.h"
#include "store/factjson.h"
#include "store/store.h"

#include <sqlite3.h>
#include <unistd.h>

static const ms_t NOW = 1795526055000;
static char folder[64], db[128];
static struct arena arena;
static struct err err;
static struct store *store;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    STR_SET(folder, "/tmp/reguard-kept-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(db, sizeof db, "%s/reguard.db", folder);
    store = unit_store_begin(folder, &err);
    return store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm", "lock" };
    unit_store_close(store);
    store = NULL;
    unit_store_agrees(folder, &err);
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(arena_printf(&arena, "%s/%s", folder, names[i]));
    assert_int_equal(rmdir(folder), 0);
    arena_done(&arena);
    return 0;
}

static void reopen(void)
{
    store = unit_store_again(store, folder, &err);
    assert_non_null(store);
}

static int64_t number(const char *sql)
{
    sqlite3 *raw = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &st, NULL), SQLITE_OK);
    int64_t n = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    sqlite3_close(raw);
    return n;
}

static bool forget_at(ms_t at_ms)
{
    struct store_forgotten forgotten = { .more = true };
    bool any = false;
    for (int i = 0; forgotten.more && i < 1000; i++, any |= forgotten.any)
        assert_true(store_forget(store, at_ms, &forgotten, &err));
    assert_false(forgotten.more);
    assert_true(store_commit(store, &err));
    return any;
}

/* ---- the order of messages ---- */

static void say(const char *key, bool alarm, const char *case_id, ms_t at_ms)
{
    struct outbox_row row = { .key = key,
                              .chat = "slack",
                              .case_id = case_id,
                              .body = key,
                              .kind = MESSAGE_POST,
                              .alarm = alarm,
                              .first_ms = at_ms,
                              .next_ms = at_ms };
    assert_true(store_outbox_put(store, &row, &err));
}

static void an_alarm_goes_before_everything(void **state)
{
    (void)state;
    struct outbox_row row;
    for (int i = 0; i < 500; i++)
        say(arena_printf(&arena, "post-%d", i), false, "", NOW);
    assert_false(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALARMS, &row));
    say("alarm", true, "", NOW);
    say("after", false, "", NOW);
    assert_true(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALL, &row));
    assert_string_equal(row.key, "alarm");
    assert_true(row.alarm);
    assert_int_equal(row.kind, MESSAGE_POST);
    assert_true(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALARMS, &row));
    assert_string_equal(row.key, "alarm");
    assert_true(store_outbox_sent(store, "alarm", "1.1", &err));
    assert_false(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALARMS, &row));
    assert_true(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALL, &row));
    assert_string_equal(row.key, "post-0");
    assert_false(row.alarm);
}

static void put_case(const char *id, const char *state, ms_t closed_ms)
{
    struct case_row row = { .closed_ms = closed_ms };
    STR_SET(row.case_id, id);
    STR_SET(row.state, state);
    assert_true(store_put_case(store, &row, &err));
}

/* The card of what is off comes before those of requests, however many there are. */
static void the_card_of_what_is_down_goes_first(void **state)
{
    (void)state;
    struct card_row card;
    for (int i = 1; i < 60; i++) {
        const char *id = arena_printf(&arena, "G-%04d", i);
        put_case(id, i == 59 ? "outside" : "waiting", 0);
        assert_true(store_card_want(store, id, "slack", "body", "d", NOW, &err));
    }
    assert_true(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, true, &card));
    assert_string_equal(card.case_id, "G-0059");
}

/* ---- commands that wait ---- */

static struct fact waiting(int64_t ref)
{
    return (struct fact){
        .kind = FACT_INQUIRED,
        .at_ms = NOW + ref,
        .ref = ref,
        .verb = "approve",
        .count = 7,
        .actor = { "", "slack", "U0BEN", "ben@example.com", "ben@example.com" },
        .source = { "slack", "Ev1" },
    };
}

static bool take(void *arg, const struct journal_record *r, struct err *e)
{
    struct fact f;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    assert_true(factjson_read(&columns, r->at_ms, &arena, &f, e));
    int64_t *refs = arg;
    assert_string_equal(f.verb, "approve");
    assert_string_equal(f.actor.id, "U0BEN");
    assert_int_equal(f.at_ms, NOW + f.ref);
    refs[refs[0]++] = f.ref;
    return true;
}

static void a_command_waits_until_it_is_closed(void **state)
{
    (void)state;
    int64_t refs[8] = { 1 };
    for (int64_t ref = 1; ref <= 3; ref++) {
        struct fact f = waiting(ref), noted = { .kind = FACT_NOTED, .at_ms = NOW, .text = "n" };
        assert_true(store_keep_waiting(store, &f, &arena, &err));
        assert_true(store_append(store, &noted, &arena, &err));
    }
    assert_true(store_drop_waiting(store, 2, &err) && store_commit(store, &err));
    reopen();
    assert_true(store_each_waiting(store, take, refs, &err));
    assert_int_equal(refs[0], 3);
    assert_int_equal(refs[1], 1);
    assert_int_equal(refs[2], 3);
}

/* What somebody writes into the file is not a command that somebody gave. */
static void a_forged_command_is_left_out(void **state)
{
    (void)state;
    struct fact f = waiting(1), noted = { .kind = FACT_NOTED, .at_ms = NOW, .text = "n" };
    assert_true(store_append(store, &noted, &arena, &err));
    assert_true(store_keep_waiting(store, &f, &arena, &err) && store_commit(store, &err));
    number("INSERT INTO waiting SELECT 9, at_ms, actor, source, replace(data, '\"count\":7', "
           "'\"count\":8'), seq, hash FROM waiting");
    number("INSERT INTO waiting SELECT 8, at_ms, actor, source, data, 99, hash FROM waiting WHERE "
           "ref = 1");
    int64_t refs[8] = { 1 };
    assert_int_equal(number("SELECT count(*) FROM waiting"), 3);
    assert_true(store_each_waiting(store, take, refs, &err));
    assert_int_equal(refs[0], 2);
}

/* ---- forgetting ---- */

static void note(const char *id, ms_t at_ms, bool idle, const char *answer)
{
    const struct kept_answer kept = {
        .event_id = id, .text = answer, .person_id = "U0ADA", .thread_id = ""
    };
    const struct noted_event event = { .source = "slack",
                                       .event_id = id,
                                       .at_ms = at_ms,
                                       .answer = answer ? &kept : NULL,
                                       .idle = idle };
    assert_true(store_note_event(store, &event, &arena, &err));
}

static bool is_known(const char *id, const char **ret_answer)
{
    return unit_store_hear(store, "slack", id, NOW, &arena, ret_answer, &err) == STORE_REPEAT;
}

static void events_are_forgotten_by_what_came_of_them(void **state)
{
    (void)state;
    const char *answer;
    note("acted-old", NOW - 7 * MS_DAY - 1, false, NULL);
    note("acted", NOW - 7 * MS_DAY, false, "yes");
    note("idle-old", NOW - MS_DAY - 1, true, "no");
    note("idle", NOW - MS_DAY, true, "no");
    note("answered", NOW - MS_HOUR, true, "again");
    assert_true(forget_at(NOW));
    assert_false(forget_at(NOW));
    assert_true(is_known("acted", &answer));
    assert_null(answer);
    assert_true(is_known("idle", &answer));
    assert_null(answer);
    assert_true(is_known("answered", &answer));
    assert_string_equal(answer, "again");
    assert_false(is_known("acted-old", &answer));
    assert_false(is_known("idle-old", &answer));
    assert_false(is_known("nothing", &answer));
}

/* Idle talk above its ceiling does not push out the ids of what something came of. */
static void a_crowd_of_events_has_a_ceiling(void **state)
{
    (void)state;
    const char *answer;
    note("acted", NOW - MS_DAY, false, NULL);
    for (int i = 0; i < LIMIT_ANSWERS_KEPT + 100; i++)
        note(arena_printf(&arena, "a%d", i), NOW - MS_MINUTE + i, true, "an answer");
    number("SELECT 1");
    assert_true(store_commit(store, &err));
    number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200100) "
           "INSERT INTO inbox SELECT 'slack', 'x' || i, 1795526054000 - 80000000 + i, NULL, 1 "
           "FROM n");
    forget_at(NOW);
    assert_int_equal(number("SELECT count(*) FROM inbox WHERE idle"), LIMIT_IDLE_EVENTS_KEPT);
    assert_int_equal(number("SELECT count(*) FROM inbox WHERE answer IS NOT NULL"),
                     LIMIT_ANSWERS_KEPT);
    assert_true(is_known("acted", &answer));
    assert_true(is_known("a0", &answer));
    assert_null(answer);
    assert_true(is_known("a4099", &answer));
    assert_non_null(answer);
}

static void messages_are_kept_while_somebody_may_look(void **state)
{
    (void)state;
    put_case("G-0001", "restored", NOW - 31 * MS_DAY);
    put_case("G-0002", "restored", NOW - 29 * MS_DAY);
    put_case("G-0003", "lifted", 0);
    for (int i = 1; i <= 3; i++) {
        const char *id = arena_printf(&arena, "G-%04d", i);
        say(arena_printf(&arena, "post-%d", i), false, id, NOW - 40 * MS_DAY);
        assert_true(store_outbox_sent(store, arena_printf(&arena, "post-%d", i),
                                      arena_printf(&arena, "%d.1", i), &err));
        assert_true(store_card_want(store, id, "slack", "b", "d", NOW - 40 * MS_DAY, &err));
        assert_true(
            store_card_shown(store, id, "slack", arena_printf(&arena, "%d.2", i), "b", &err));
        struct standing_row stands = { arena_printf(&arena, "post-%d", i), "slack", id, "after",
                                       .asks = true };
        assert_true(store_post_stands(store, &stands, &err));
    }
    say("unsent", true, "G-0003", NOW - 40 * MS_DAY);
    say("of-no-case", false, "", NOW - 31 * MS_DAY);
    assert_true(store_outbox_sent(store, "of-no-case", "4.1", &err));
    forget_at(NOW);
    assert_int_equal(store_case_of_message(store, "slack", "1.1"), 0);
    assert_int_equal(store_case_of_message(store, "slack", "1.2"), 0);
    assert_int_equal(store_case_of_message(store, "slack", "2.1"), 2);
    assert_int_equal(store_case_of_message(store, "slack", "2.2"), 2);
    assert_int_equal(store_case_of_message(store, "slack", "3.1"), 3);
    assert_int_equal(store_case_of_message(store, "slack", "3.2"), 3);
    assert_int_equal(number("SELECT count(*) FROM standing"), 2);
    assert_int_equal(number("SELECT count(*) FROM outbox"), 3);
    assert_int_equal(store_outbox_waiting(store), 1);
}

/* The end of an alarm, for a chat that is away for longer than anything is kept. */
static void what_a_chat_has_not_heard_waits_for_it(void **state)
{
    (void)state;
    put_case("G-0001", "restored", NOW - 31 * MS_DAY);
    assert_true(store_card_want(store, "G-0001", "slack", "b", "d", NOW - 40 * MS_DAY, &err));
    assert_true(store_card_shown(store, "G-0001", "slack", "1.1", "b", &err));
    say("end", false, "G-0001", NOW - 31 * MS_DAY);
    say("of-no-case", false, "", NOW - 31 * MS_DAY);
    assert_true(store_card_want(store, "G-0001", "slack", "e", "f", NOW - 31 * MS_DAY, &err));
    forget_at(NOW);
    assert_int_equal(store_outbox_waiting(store), 2);
    assert_int_equal(number("SELECT count(*) FROM shown WHERE dirty"), 1);
    assert_true(store_card_shown(store, "G-0001", "slack", "1.1", "e", &err));
    forget_at(NOW);
    assert_int_equal(number("SELECT count(*) FROM shown"), 1); /* its line waits */
    assert_true(store_outbox_sent(store, "end", "1.2", &err));
    forget_at(NOW);
    assert_int_equal(number("SELECT count(*) FROM shown"), 0);
    assert_int_equal(store_outbox_waiting(store), 1);
}

static void what_waits_has_a_ceiling(void **state)
{
    (void)state;
    put_case("G-0001", "lifted", 0);
    say("open", false, "G-0001", NOW - 9000);
    assert_true(store_commit(store, &err));
    number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 51000) "
           "INSERT INTO outbox(key, chat, kind, case_id, body, first_ms, next_ms) SELECT 'k' || i, "
           "'slack', 1, 'G-9' || (i % 1000), '', 1795526000000, 0 FROM n");
    number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11000) "
           "INSERT INTO shown(case_id, chat, wanted, digest, dirty, first_ms, next_ms) SELECT "
           "'G-8' || i, 'slack', '', '', 1, 1795526000000 + i, 0 FROM n");
    forget_at(NOW);
    assert_int_equal(number("SELECT count(*) FROM outbox"), LIMIT_MESSAGES_KEPT);
    assert_int_equal(number("SELECT count(*) FROM outbox WHERE key = 'open'"), 1);
    assert_int_equal(number("SELECT count(*) FROM shown"), LIMIT_CARDS_KEPT);
}

static void messages_and_cards_have_a_ceiling(void **state)
{
    (void)state;
    put_case("G-0001", "lifted", 0);
    say("open", false, "G-0001", NOW - 9000);
    assert_true(store_outbox_sent(store, "open", "0.1", &err) && store_commit(store, &err));
    number(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 51000) "
        "INSERT INTO outbox(key, chat, kind, case_id, body, first_ms, next_ms, state, remote_id) "
        "SELECT 'k' || i, 'slack', 1, 'G-9' || (i % 1000), '', 1795526000000, 0, 1, i || '.1' "
        "FROM n");
    number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11000) "
           "INSERT INTO shown(case_id, chat, wanted, digest, dirty, first_ms, next_ms) SELECT "
           "'G-8' || i, 'slack', '', '', 0, 1795526000000 + i, 0 FROM n");
    forget_at(NOW);
    assert_int_equal(number("SELECT count(*) FROM outbox"), LIMIT_MESSAGES_KEPT);
    assert_int_equal(number("SELECT count(*) FROM shown"), LIMIT_CARDS_KEPT);
    assert_int_equal(store_case_of_message(store, "slack", "0.1"), 1);
}

/* ---- votes ---- */

/* True when it says something new. */
static bool vote(bool stands, const char *at)
{
    bool news = false;
    struct vote_row row = { .chat = "slack",
                            .remote_id = "1.0",
                            .person = "U0BEN",
                            .reaction = "white_check_mark",
                            .at = at,
                            .stands = stands };
    assert_true(store_note_vote(store, &row, NOW, &news, &err));
    return news;
}

static size_t standing(void)
{
    struct vote_row rows[4];
    return store_votes_standing(store, "slack", "1.0", rows, COUNT(rows), &arena);
}

/* Slack sends again what it believes lost, so that a reaction may come behind its removal. */
static void votes_count_in_the_order_of_the_chat(void **state)
{
    (void)state;
    assert_false(vote(false, "1774737546.000003"));
    assert_false(vote(true, "1774737546.000002"));
    assert_int_equal(standing(), 0);
    assert_true(vote(true, "1774737546.000004"));
    assert_false(vote(true, "1774737546.000006"));
    assert_false(vote(false, "1774737546.000005"));
    assert_int_equal(standing(), 1);
    assert_true(vote(false, "1774737546.000007"));
    assert_int_equal(standing(), 0);
}

/* A chat that tells no order is believed as it comes. */
static void votes_without_an_order_count_as_they_come(void **state)
{
    (void)state;
    assert_false(vote(false, ""));
    assert_true(vote(true, ""));
    assert_false(vote(true, ""));
    assert_true(vote(false, ""));
    assert_int_equal(standing(), 0);
}

static void which_question_is_put_is_kept_as_long_as_the_message(void **state)
{
    (void)state;
    struct store_forgotten forgotten;
    struct outbox_row row = { .key = "G-0001-asks-1",
                              .chat = "slack",
                              .case_id = "G-0001",
                              .body = "b",
                              .first_ms = NOW,
                              .next_ms = NOW };
    assert_true(store_outbox_put(store, &row, &err));
    assert_true(store_card_want(store, "G-0002", "slack", "b", "d", NOW, &err));
    assert_true(store_puts(store, "G-0001-asks-1", "q1", &err));
    assert_true(store_puts(store, "G-0002-card-slack", "q2", &err));
    assert_true(store_puts(store, "G-0002-card-matrix", "q3", &err));
    assert_true(store_puts(store, "G-0003-asks-1", "q4", &err));
    assert_true(store_forget(store, NOW, &forgotten, &err));
    assert_true(store_commit(store, &err));
    assert_int_equal(number("SELECT count(*) FROM puts"), 2);
    assert_int_equal(number("SELECT count(*) FROM puts WHERE question IN ('q1', 'q2')"), 2);
}

int main(void)
{
#define KEPT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    /* Those are of both stores; these write into the file beside it. */
    const struct CMUnitTest tests[] = {
        KEPT(an_alarm_goes_before_everything),
        KEPT(the_card_of_what_is_down_goes_first),
        KEPT(a_command_waits_until_it_is_closed),
        KEPT(events_are_forgotten_by_what_came_of_them),
        KEPT(messages_are_kept_while_somebody_may_look),
        KEPT(what_a_chat_has_not_heard_waits_for_it),
        KEPT(votes_count_in_the_order_of_the_chat),
        KEPT(votes_without_an_order_count_as_they_come),
    };
    const struct CMUnitTest of_file[] = {
        KEPT(which_question_is_put_is_kept_as_long_as_the_message),
        KEPT(a_forged_command_is_left_out),
        KEPT(a_crowd_of_events_has_a_ceiling),
        KEPT(messages_and_cards_have_a_ceiling),
        KEPT(what_waits_has_a_ceiling),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return unit_store_url() ? failed : failed + cmocka_run_group_tests(of_file, NULL, NULL);
}
