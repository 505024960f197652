/* SPDX-License-Identifier: Apache-2.0 */
/* A start on a disk that returns a part of what is asked for, or rows that its records do not know:
   what can be read counts, and that it is not the whole is a doubt, on which nothing is lowered.
   The library's steps are the test's: see the end of the file. */
#include "tests/unit/unit.h"
#include "tests/unit/unit_config.h"

#include "config/config.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/clock.h"
#include "store/store.h"

#include <sqlite3.h>
#include <unistd.h>

enum { CASES = 4 };

static char folder[32];
static ms_t now_ms; /* today: what people left on record within a day counts */
static struct loop *loop;
static struct store *store;
static struct engine engine;
static struct config config;
static struct arena arena;
static struct err err;
/* Statements with these words give so many rows, and then the disk fails, each time. */
static struct {
    const char *words;
    int rows, given;
    const sqlite3_stmt *to;
    bool failed;
} breaks;

/* ---- records ---- */

static void keep(struct fact f)
{
    f.at_ms = now_ms;
    f.actor = (struct fact_actor){ "", "slack", "UADA1", "Ada", "ada@example.com" };
    assert_true(store_append(store, &f, &arena, &err));
}

static void keep_case_row(uint32_t no, const char *state)
{
    struct case_row row = { .asked_ms = now_ms };
    case_id_text(no, row.case_id);
    STR_SET(row.state, state);
    assert_true(store_put_case(store, &row, &err));
}

/* Four cases that are asked for, with their rows, and as many commands that wait. */
static int set_up(void **state)
{
    (void)state;
    memset(&breaks, 0, sizeof breaks);
    unit_read_config(&config);
    now_ms = clock_wall_ms();
    arena_init(&arena, LIMIT_ARENA_BYTES);
    STR_SET(folder, "/tmp/reguard-fold-XXXXXX");
    assert_non_null(mkdtemp(folder));
    loop = loop_new(&err);
    store = store_open(folder, &err);
    assert_true(loop && store);
    for (uint32_t no = 1; no <= CASES; no++) {
        keep((struct fact){ .kind = FACT_ASKED,
                            .case_no = no,
                            .account = "222222222222",
                            .handle = "handle",
                            .question = "question",
                            .window_ms = MS_HOUR });
        keep_case_row(no, "waiting");
    }
    for (int64_t ref = 1; ref <= CASES; ref++) {
        struct fact waits = { .kind = FACT_INQUIRED,
                              .at_ms = now_ms,
                              .ref = ref,
                              .verb = "approve",
                              .actor = { "", "slack", "UADA1", "ada@example.com",
                                         "ada@example.com" },
                              .source = { "slack", "Ev1" } };
        assert_true(store_keep_waiting(store, &waits, &arena, &err));
    }
    assert_true(store_commit(store, &err));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm",
                                         "reserve", "lock" };
    memset(&breaks, 0, sizeof breaks);
    engine_done(&engine);
    store_close(store);
    loop_free(loop);
    arena_done(&arena);
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(unit_path(folder, names[i]));
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

/* By somebody who has the file, and takes away what would hold that up. */
static void change(const char *sql)
{
    static const char freed[] = "DROP TRIGGER IF EXISTS journal_no_update;"
                                "DROP TRIGGER IF EXISTS journal_no_delete;";
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(unit_path(folder, "reguard.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, freed, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void starts(void)
{
    if (!engine_init(&engine, loop, store, &config.policy, &config.people, &err))
        fail_msg("%s", err.text);
}

static void starts_while(const char *words, int rows)
{
    breaks.words = words;
    breaks.rows = rows;
    starts();
    assert_true(breaks.failed);
}

/* It is heard by the rules, once. */
static void assert_doubted(const char *why, uint64_t record)
{
    if (!strstr(engine.doubt.why.text, why))
        fail_msg("“%s” does not say “%s”", engine.doubt.why.text, why);
    engine_put_doubt(&engine);
    engine_put_doubt(&engine);
    struct inbox_batch *batch = inbox_take(&engine.inbox);
    assert_int_equal(batch->count, 1);
    assert_int_equal(batch->events[0]->kind, EVENT_STORE_DOUBTED);
    assert_int_equal(batch->events[0]->doubt.record, record);
    inbox_release(&engine.inbox, batch);
}

/* ---- tests ---- */

static void a_whole_store_is_in_no_doubt(void **state)
{
    (void)state;
    starts();
    assert_string_equal(engine.doubt.why.text, "");
    assert_int_equal(engine.desk->case_count, CASES);
    assert_int_equal(engine.desk->inquiry_count, CASES);
}

/* What was read stands: an open window is not forgotten for the sake of a later record. */
static void records_that_come_in_part_are_not_the_whole(void **state)
{
    (void)state;
    starts_while("FROM journal WHERE seq > ?1 ORDER BY seq", CASES - 1);
    assert_int_equal(engine.desk->case_count, CASES - 1);
    assert_doubted("read the journal", CASES);
}

static void commands_that_come_in_part_are_not_all_that_wait(void **state)
{
    (void)state;
    starts_while("FROM waiting", 1);
    assert_int_equal(engine.desk->inquiry_count, 1);
    assert_doubted("could not read what waits", 0);
}

/* Whether the records know all open cases is then not known. */
static void cases_that_come_in_part_are_not_all_that_are_open(void **state)
{
    (void)state;
    starts_while("FROM cases WHERE open", 1);
    assert_int_equal(engine.desk->case_count, CASES);
    assert_doubted("read the open cases", 0);
}

/* Everything is settled up to the last record, so that only who did what today is looked at. */
static void acts_that_come_in_part_are_not_all_of_the_day(void **state)
{
    (void)state;
    for (uint32_t no = 1; no <= CASES; no++) {
        keep((struct fact){ .kind = FACT_WITHDRAWN, .case_no = no });
        keep_case_row(no, "withdrawn");
    }
    assert_true(store_put(store, "quiet_seq", "8", &err) && store_commit(store, &err));
    change("UPDATE cases SET open = 0");
    starts_while("FROM journal WHERE seq > ?1 ORDER BY seq", 1);
    assert_doubted("read the journal", 0);
}

static void a_case_that_no_record_knows_is_in_doubt_and_goes(void **state)
{
    (void)state;
    struct case_row rows[CASES + 2];
    keep_case_row(9, "lifted");
    assert_true(store_commit(store, &err));
    starts();
    assert_int_equal(engine.desk->case_count, CASES);
    assert_doubted("case G-0009 is kept as lifted, which is not what its records say", 0);
    assert_int_equal(store_cases(store, true, NULL, rows, COUNT(rows)), CASES);
}

static void a_record_that_was_changed_is_in_doubt(void **state)
{
    (void)state;
    change("UPDATE journal SET data = replace(data, '222222222222', '333333333333') WHERE seq = 2");
    starts();
    assert_int_equal(engine.desk->case_count, CASES); /* nothing is forgotten for it */
    assert_doubted("record 2 was changed", 2);
}

static void a_record_that_is_missing_is_in_doubt(void **state)
{
    (void)state;
    change("DELETE FROM journal WHERE seq = 2");
    starts();
    assert_int_equal(engine.desk->case_count, CASES - 1);
    assert_doubted("record 2 is missing", 3);
}

static void a_record_behind_the_last_one_of_ours_counts_for_nothing(void **state)
{
    (void)state;
    change("INSERT INTO journal SELECT seq + 1, at_ms, replace(case_id, '4', '5'), kind, actor, "
           "source, data, prev, hash FROM journal WHERE seq = 4");
    starts();
    assert_int_equal(engine.desk->case_count, CASES);
    assert_doubted("after record 4, the last one of mine, others were added", 4);
}

static void a_mark_that_is_none_settles_nothing(void **state)
{
    (void)state;
    change("INSERT INTO meta(key, value) VALUES('quiet_seq', '99')");
    starts();
    assert_int_equal(engine.desk->case_count, CASES);
    assert_doubted("does not say up to which record everything is settled", 0);
}

/* ---- in the place of the library's own ---- */

int __real_sqlite3_step(sqlite3_stmt *);
int __wrap_sqlite3_step(sqlite3_stmt *);

int __wrap_sqlite3_step(sqlite3_stmt *st)
{
    if (!breaks.words || !strstr(sqlite3_sql(st), breaks.words))
        return __real_sqlite3_step(st);
    breaks.given = st == breaks.to ? breaks.given : 0;
    breaks.to = st;
    if (breaks.given++ < breaks.rows)
        return __real_sqlite3_step(st);
    breaks.to = NULL;
    breaks.failed = true;
    return SQLITE_IOERR;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    log_setup(LOG_NOTHING, LOG_TEXT);
    const struct CMUnitTest tests[] = {
        TEST(a_whole_store_is_in_no_doubt),
        TEST(records_that_come_in_part_are_not_the_whole),
        TEST(commands_that_come_in_part_are_not_all_that_wait),
        TEST(cases_that_come_in_part_are_not_all_that_are_open),
        TEST(acts_that_come_in_part_are_not_all_of_the_day),
        TEST(a_case_that_no_record_knows_is_in_doubt_and_goes),
        TEST(a_record_that_was_changed_is_in_doubt),
        TEST(a_record_that_is_missing_is_in_doubt),
        TEST(a_record_behind_the_last_one_of_ours_counts_for_nothing),
        TEST(a_mark_that_is_none_settles_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
