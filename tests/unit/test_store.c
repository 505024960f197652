/* SPDX-License-Identifier: Apache-2.0 */
/* The store: nothing twice, nothing lost, nothing changed afterwards without being found, and one
   owner at a time. */
#include "tests/unit/unit_store.h"

#include "cli/bot.h"
#include "core/turn.h"
#include "core/desk.h"
#include "core/message.h"
#include "store/audit.h"
#include "store/factjson.h"
#include "host/secret.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static const ms_t NOW = 1795526055000;
static char folder[64], db[128];
static struct arena arena;
static struct err err;
static struct store *store;
static struct desk *desk;

static const char *in_folder(const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    STR_SET(folder, "/tmp/reguard-store-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(db, sizeof db, "%s/reguard.db", folder);
    desk = calloc(1, sizeof *desk);
    desk_init(desk);
    store = unit_store_begin(folder, &err);
    return store && desk ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = { "reguard.db",
                                         "reguard.db-wal",
                                         "reguard.db-shm",
                                         "reguard.db-journal",
                                         "lock",
                                         "reguard.conf",
                                         "out",
                                         "kept.db",
                                         "reserve",
                                         "right.db",
                                         "right.db-wal",
                                         "right.db-shm" };
    unit_store_close(store);
    store = NULL;
    unit_store_agrees(folder, &err);
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_folder(names[i]));
    assert_int_equal(rmdir(folder), 0);
    free(desk);
    arena_done(&arena);
    return 0;
}

static void reopen(void)
{
    store = unit_store_again(store, folder, &err);
    if (!store)
        fail_msg("%s", err.text);
}

static void commit(void)
{
    if (!store_commit(store, &err))
        fail_msg("%s", err.text);
    assert_false(store_is_dirty(store));
}

/* Runs SQL beside the store, as somebody with the file at hand would. */
static int run_sql(const char *sql)
{
    sqlite3 *raw = NULL;
    assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
    int result = sqlite3_exec(raw, sql, NULL, NULL, NULL);
    sqlite3_close(raw);
    return result;
}

/* A fact as a turn writes it: into the chain, onto the desk, and the case beside it. */
static void write_fact(struct fact f)
{
    if (!store_append(store, &f, &arena, &err))
        fail_msg("%s", err.text);
    desk_apply(desk, &f);
    const struct casefile *c = desk_case_const(desk, f.case_no);
    struct case_row row;
    if (!c)
        return;
    case_row_of(c, &row);
    assert_true(store_put_case(store, &row, &err));
}

static const struct fact_actor ada = { "7c0e-1", "slack", "U0ADA", "Ada Admin", "ada@example.com" },
                               ben = { "7c0e-2", "slack", "U0BEN", "Ben <b> é", "ben@example.com" };

static void write_cases(uint32_t from, uint32_t count)
{
    for (uint32_t no = from; no < from + count; no++) {
        struct fact_source source = { "slack", "cmd:1.2.3" };
        write_fact((struct fact){ .kind = FACT_ASKED,
                                  .at_ms = NOW + no,
                                  .case_no = no,
                                  .actor = ada,
                                  .source = source,
                                  .account = "222222222222",
                                  .account_ref = "7e19",
                                  .account_name = "bakery",
                                  .email = "aws+7e19@example.com",
                                  .reason = "a \"quoted\" reason, é\\",
                                  .window_ms = 45 * MS_MINUTE,
                                  .handle = "c0ffee" });
        write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW + no, .text = "between" });
        write_fact((struct fact){ .kind = FACT_DECLINED,
                                  .at_ms = NOW + no + 10,
                                  .case_no = no,
                                  .actor = ben,
                                  .source = source,
                                  .reason = "not today" });
    }
    commit();
}

/* ---- events ---- */

static bool note_answer(const char *event_id, const char *text, struct err *why)
{
    const struct kept_answer a = { .event_id = event_id,
                                   .text = text,
                                   .person_id = "U0ADA",
                                   .thread_id = "1.2",
                                   .at_ms = NOW + 1,
                                   .since_ms = NOW,
                                   .direct = true };
    return store_note_answer(store, "slack", &a, &arena, why);
}

/* Who it is for is kept beside it, by ids; an id that is none spoils no other one, and an older
   reguard has kept the text alone. */
static void an_answer_is_kept_with_whom_it_is_for(void **state)
{
    (void)state;
    static const struct {
        const char *column, *text, *person;
    } columns[] = { { "a\x1f"
                      "5\n4\n0\nU1\n",
                      "a", "U1" },
                    { "of an older one", "of an older one", "" },
                    { "a\x1f"
                      "5\n4\n0\nU1",
                      "a\x1f"
                      "5\n4\n0\nU1",
                      "" },
                    { "a\x1f"
                      "5\n4\n0\nU1\n\nU2",
                      "a\x1f"
                      "5\n4\n0\nU1\n\nU2",
                      "" },
                    { "a\x1f"
                      "x\n4\n0\nU1\n",
                      "a\x1f"
                      "x\n4\n0\nU1\n",
                      "" },
                    { "a\x1f"
                      "5\n-4\n0\nU1\n",
                      "a\x1f"
                      "5\n-4\n0\nU1\n",
                      "" },
                    { "a\x1f"
                      "5\n5\n0\nU1\n",
                      "a\x1f"
                      "5\n5\n0\nU1\n",
                      "" } };
    struct kept_answer found[2];
    const char *answer;
    for (int i = 0; i < 3; i++)
        unit_store_hear(store, "slack", arena_printf(&arena, "e%d", i), NOW + i, &arena, &answer,
                        &err);
    assert_true(note_answer("e0", "no", &err) && note_answer("e1", "yes", &err));
    assert_int_equal(store_answers(store, "slack", found, 2, &arena), 2);
    assert_string_equal(found[0].event_id, "e1");
    assert_string_equal(found[1].text, "no");
    assert_string_equal(found[1].person_id, "U0ADA");
    assert_string_equal(found[1].thread_id, "1.2");
    assert_int_equal(found[1].at_ms, NOW + 1);
    assert_int_equal(found[1].since_ms, NOW);
    assert_true(found[1].direct);
    assert_int_equal(store_answers(store, "matrix", found, 2, &arena), 0);
    const struct kept_answer two = {
        .event_id = "e2", .text = "x", .person_id = "U1\nU2", .thread_id = "", .at_ms = NOW
    };
    assert_true(store_note_answer(store, "slack", &two, &arena, &err));
    assert_int_equal(store_answers(store, "slack", found, 1, &arena), 1);
    assert_string_equal(found[0].text, "x");
    assert_string_equal(found[0].person_id, "");
    for (size_t i = 0; i < COUNT(columns); i++) {
        struct kept_answer a = store_read_answer(arena_copy(&arena, columns[i].column));
        assert_string_equal(a.text, columns[i].text);
        assert_string_equal(a.person_id, columns[i].person);
    }
    assert_null(store_read_answer(NULL).text);
}

/* What is said when a form does not open is told by the next process, and to no repeat. */
static void what_a_form_stands_for_is_no_answer_to_a_repeat(void **state)
{
    (void)state;
    struct kept_answer found[1], a = { .event_id = "e0",
                                       .text = "type it",
                                       .person_id = "U1",
                                       .thread_id = "",
                                       .at_ms = NOW,
                                       .since_ms = NOW - 1 };
    const char *answer = "";
    unit_store_hear(store, "slack", "e0", NOW, &arena, &answer, &err);
    for (int direct = 0; direct < 2; direct++) {
        a.form = true;
        a.direct = direct == 1;
        assert_true(store_note_answer(store, "slack", &a, &arena, &err));
        assert_int_equal(store_answers(store, "slack", found, 1, &arena), 1);
        assert_true(found[0].form);
        assert_int_equal(found[0].direct, direct);
        unit_store_hear(store, "slack", "e0", NOW, &arena, &answer, &err);
        assert_null(answer);
    }
}

static void a_repeat_is_known_and_gets_its_answer(void **state)
{
    (void)state;
    const char *answer = "x";
    assert_int_equal(unit_store_hear(store, "slack", "msg:C:1", NOW, &arena, &answer, &err),
                     STORE_NEW);
    assert_null(answer);
    assert_true(store_is_dirty(store));
    assert_int_equal(unit_store_hear(store, "slack", "msg:C:1", NOW + 1, &arena, &answer, &err),
                     STORE_REPEAT);
    assert_null(answer);
    assert_true(note_answer("msg:C:1", "done: é", &err));
    commit();
    reopen();
    assert_int_equal(unit_store_hear(store, "slack", "msg:C:1", NOW + 2, &arena, &answer, &err),
                     STORE_REPEAT);
    assert_string_equal(answer, "done: é");
    assert_int_equal(unit_store_hear(store, "matrix", "msg:C:1", NOW, &arena, &answer, &err),
                     STORE_NEW);
    assert_int_equal(unit_store_hear(store, "slack", "msg:C:10", NOW, &arena, &answer, &err),
                     STORE_NEW);
}

static void what_was_not_committed_is_not_there(void **state)
{
    (void)state;
    const char *answer;
    assert_int_equal(unit_store_hear(store, "slack", "1", NOW, &arena, &answer, &err), STORE_NEW);
    write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW, .text = "lost" });
    reopen();
    char hash[STORE_HASH_BYTES];
    assert_int_equal(store_head(store, hash), 0);
    assert_int_equal(unit_store_hear(store, "slack", "1", NOW, &arena, &answer, &err), STORE_NEW);
}

/* ---- journal ---- */

struct seen {
    uint64_t count, last;
    char prev[STORE_HASH_BYTES];
    const char *case_id;
    uint64_t stop_at;
};

static bool follow(void *arg, const struct journal_record *r, struct err *e)
{
    struct seen *s = arg;
    assert_true(r->seq > s->last);
    if (!s->case_id)
        assert_string_equal(r->prev, s->prev);
    else
        assert_string_equal(r->case_id, s->case_id);
    STR_SET(s->prev, r->hash);
    s->last = r->seq;
    return ++s->count != s->stop_at || err_set(e, "enough");
}

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

static void the_chain_goes_on_over_a_restart(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    assert_int_equal(store_head(store, hash), 0);
    assert_string_equal(hash, zeros);
    write_cases(1, 2);
    assert_int_equal(store_head(store, hash), 6);
    reopen();
    char again[STORE_HASH_BYTES];
    assert_int_equal(store_head(store, again), 6);
    assert_string_equal(again, hash);
    write_cases(3, 1);
    struct seen all = { .count = 0 }, later = { .last = 6 }, one = { .case_id = "G-0002" },
                few = { .stop_at = 2 };
    STR_SET(all.prev, zeros);
    STR_SET(few.prev, zeros);
    STR_SET(later.prev, hash);
    assert_true(store_each_record(store, 0, NULL, follow, &all, &err));
    assert_int_equal(all.count, 9);
    assert_true(store_each_record(store, 6, NULL, follow, &later, &err));
    assert_int_equal(later.count, 3);
    assert_true(store_each_record(store, 0, "G-0002", follow, &one, &err));
    assert_int_equal(one.count, 2);
    assert_false(store_each_record(store, 0, NULL, follow, &few, &err));
    assert_int_equal(few.count, 2);
    assert_string_equal(err.text, "enough");
}

static void records_cannot_be_changed_taken_or_replaced(void **state)
{
    (void)state;
    static const char *const attempts[] = {
        "UPDATE journal SET data = '{}' WHERE seq = 2",
        "UPDATE journal SET seq = 99 WHERE seq = 3",
        "UPDATE OR IGNORE journal SET kind = 'x'",
        "DELETE FROM journal WHERE seq = 3",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT seq, at_ms, case_id, kind, actor, source, '{}', "
        "prev, hash FROM journal WHERE seq = 2",
        "REPLACE INTO journal SELECT seq, 0, case_id, kind, actor, source, data, prev, hash FROM "
        "journal WHERE seq = 3",
        "INSERT INTO journal SELECT 0, at_ms, case_id, kind, actor, source, data, prev, hash FROM "
        "journal WHERE seq = 3",
    };
    write_cases(1, 1);
    size_t bytes;
    reopen();
    char before[STORE_HASH_BYTES], after[STORE_HASH_BYTES];
    store_head(store, before);
    for (size_t i = 0; i < COUNT(attempts); i++)
        if (run_sql(attempts[i]) != SQLITE_CONSTRAINT)
            fail_msg("not refused: %s", attempts[i]);
    reopen();
    assert_int_equal(store_head(store, after), 3);
    assert_string_equal(before, after);
    struct seen all = { .count = 0 };
    STR_SET(all.prev, zeros);
    assert_true(store_each_record(store, 0, NULL, follow, &all, &err));
    assert_int_equal(all.count, 3);
    assert_non_null(unit_read(&arena, db, &bytes));
}

/* ---- opening ---- */

static void only_one_may_open_it(void **state)
{
    (void)state;
    struct store *second = store_open(folder, &err);
    assert_null(second);
    assert_non_null(strstr(err.text, "another reguard"));
    reopen();
    assert_null(store_open("/nonexistent/reguard", &err));
    assert_non_null(strstr(err.text, "/nonexistent/reguard"));
}

static void the_file_is_ours_alone(void **state)
{
    (void)state;
    write_cases(1, 1);
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "lock" };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct stat st;
        assert_int_equal(stat(in_folder(names[i]), &st), 0);
        assert_int_equal(st.st_mode & 077, 0);
    }
}

static void looking_needs_no_lock_and_writes_nothing(void **state)
{
    (void)state;
    struct case_row rows[4];
    write_cases(1, 2);
    struct store *look = store_open_to_look(folder, &err);
    assert_non_null(look);
    assert_int_equal(store_cases(look, false, NULL, rows, COUNT(rows)), 2);
    assert_string_equal(rows[0].case_id, "G-0002");
    assert_int_equal(store_last_case(look), 2);
    /* What is committed afterwards is seen too, and the writer is not held up. */
    write_cases(3, 1);
    assert_int_equal(store_cases(look, false, NULL, rows, COUNT(rows)), 3);
    assert_false(store_put(look, "watch", "on 1", &err));
    store_close(look);
    store_close(store);
    store = NULL;
    look = store_open_to_look(folder, &err);
    assert_non_null(look);
    assert_int_equal(store_cases(look, false, "G-0003", rows, COUNT(rows)), 1);
    assert_string_equal(rows[0].state, "declined");
    assert_string_equal(rows[0].reason, "a \"quoted\" reason, é\\");
    store_close(look);
    unlink(db);
    assert_null(store_open_to_look(folder, &err));
}

static void assert_untouched(const char *name, const char *before, size_t before_bytes)
{
    size_t bytes;
    const char *after = unit_read(&arena, in_folder(name), &bytes);
    assert_int_equal(bytes, before_bytes);
    assert_memory_equal(after, before, bytes);
}

static void a_newer_schema_is_not_touched(void **state)
{
    (void)state;
    write_cases(1, 2);
    store_close(store);
    store = NULL;
    char newer[80], said[80];
    snprintf(newer, sizeof newer, "PRAGMA user_version = %d; CREATE TABLE later(x)",
             (int)STORE_SCHEMA + 1);
    snprintf(said, sizeof said, "newer reguard (schema %d, this one knows %d)",
             (int)STORE_SCHEMA + 1, (int)STORE_SCHEMA);
    assert_int_equal(run_sql(newer), SQLITE_OK);
    size_t bytes;
    const char *before = unit_read(&arena, db, &bytes);
    assert_null(store_open(folder, &err));
    assert_non_null(strstr(err.text, said));
    assert_null(store_open_to_look(folder, &err));
    assert_untouched("reguard.db", before, bytes);
}

/* As it was before events that change nothing were told apart. */
#define OLDER_INBOX                                                                         \
    "DROP INDEX inbox_idle; DROP INDEX inbox_answered; ALTER TABLE inbox DROP COLUMN idle;" \
    "DROP TABLE waiting;"

static void the_first_schema_is_brought_up_to_date(void **state)
{
    (void)state;
    write_cases(1, 2);
    store_close(store);
    store = NULL;
    assert_int_equal(run_sql("PRAGMA user_version = 1; DROP TABLE standing;" OLDER_INBOX
                             "ALTER TABLE cases DROP COLUMN due_ms"),
                     SQLITE_OK);
    struct store *look = store_open_to_look(folder, &err);
    assert_non_null(look);
    assert_int_equal(store_last_case(look), 2);
    store_close(look);
    reopen();
    assert_int_equal(store_last_case(store), 2);
    assert_int_equal(store_served_due_ms(store, "slack"), MS_NEVER);
    assert_true(store_posts_served(store, "G-0001", "slack", true, &err));
}

/* A window of an hour, ended at once; a minute later the restore has failed. */
static void write_failing_restore(void)
{
    struct fact f = { .kind = FACT_ASKED, .at_ms = NOW, .case_no = 1, .until_ms = NOW + MS_HOUR };
    static const enum fact_kind kinds[] = { FACT_ASKED, FACT_LIFTED, FACT_ENDED, FACT_TROUBLE };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        f.kind = kinds[i];
        f.at_ms = kinds[i] == FACT_TROUBLE ? NOW + MS_MINUTE : NOW;
        write_fact(f);
    }
    commit();
}

/* A restore that fails before the planned end is overdue from then on, whoever says so; a store of
   the time before that was kept is completed by whoever folds it, and read until then. */
static void since_when_a_case_is_overdue_is_kept(void **state)
{
    (void)state;
    struct case_row row;
    struct audit_summary found;
    write_failing_restore();
    assert_int_equal(store_cases(store, true, NULL, &row, 1), 1);
    assert_false(case_row_is_overdue(&row, NOW + MS_MINUTE - 1));
    assert_true(case_row_is_overdue(&row, NOW + MS_MINUTE));
    store_close(store);
    store = NULL;
    assert_int_equal(run_sql("PRAGMA user_version = 2;" OLDER_INBOX
                             "ALTER TABLE cases DROP COLUMN due_ms"),
                     SQLITE_OK);
    struct store *look = store_open_to_look(folder, &err);
    assert_int_equal(store_cases(look, true, NULL, &row, 1), 1);
    assert_false(case_row_is_overdue(&row, NOW + MS_HOUR - 1));
    assert_true(case_row_is_overdue(&row, NOW + MS_HOUR));
    assert_true(audit_verify(look, NULL, &found, &err));
    store_close(look);
    reopen();
    assert_true(audit_verify(store, NULL, &found, &err));
    case_row_of(desk_case_const(desk, 1), &row);
    assert_true(store_complete_case(store, &row, &err) && store_commit(store, &err));
    assert_int_equal(store_cases(store, true, NULL, &row, 1), 1);
    assert_int_equal(row.overdue_ms, NOW + MS_MINUTE);
    row.overdue_ms = NOW;
    assert_true(store_complete_case(store, &row, &err)); /* only what was missing */
    assert_int_equal(store_cases(store, true, NULL, &row, 1), 1);
    assert_int_equal(row.overdue_ms, NOW + MS_MINUTE);
    assert_true(audit_verify(store, NULL, &found, &err));
    assert_true(
        store_put_case(store, &(struct case_row){ .case_id = "G-0001", .overdue_ms = 7 }, &err));
    assert_false(audit_verify(store, NULL, &found, &err));
}

/* A case whose window was handed over to another one holds nothing any more, also after its end. */
static void what_is_released_is_not_overdue(void **state)
{
    (void)state;
    struct casefile c = { .no = 1, .deadline_ms = NOW, .state = CASE_RELEASED };
    struct case_row row;
    case_row_of(&c, &row);
    assert_int_equal(row.overdue_ms, 0);
    assert_false(case_row_is_overdue(&row, NOW + MS_HOUR));
    row.overdue_ms = CASE_ROW_NO_DUE;
    assert_false(case_row_is_overdue(&row, NOW + MS_HOUR));
    c.state = CASE_LIFTED;
    case_row_of(&c, &row);
    assert_false(case_row_is_overdue(&row, NOW - 1));
    assert_true(case_row_is_overdue(&row, NOW));
}

/* A newer program that was killed leaves its last changes beside the file: they are not folded into
   it either. */
static void a_newer_schema_with_a_log_is_not_touched(void **state)
{
    (void)state;
    write_cases(1, 1);
    store_close(store);
    store = NULL;
    sqlite3 *raw = NULL;
    assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw,
                                  "PRAGMA journal_mode = WAL; PRAGMA user_version = 9; CREATE "
                                  "TABLE later(x); INSERT INTO later VALUES(1)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    size_t db_bytes, wal_bytes;
    const char *db_before = unit_read(&arena, db, &db_bytes),
               *wal_before = unit_read(&arena, in_folder("reguard.db-wal"), &wal_bytes);
    assert_true(wal_bytes > 0);
    /* Closing would fold the log in: the copies are put back afterwards, as if it had been
       killed. */
    sqlite3_close(raw);
    unit_write(db, db_before, db_bytes);
    unit_write(in_folder("reguard.db-wal"), wal_before, wal_bytes);
    assert_null(store_open(folder, &err));
    assert_non_null(strstr(err.text, "schema 9"));
    assert_untouched("reguard.db", db_before, db_bytes);
    assert_untouched("reguard.db-wal", wal_before, wal_bytes);
}

static void what_is_no_store_is_refused(void **state)
{
    (void)state;
    store_close(store);
    store = NULL;
    unlink(in_folder("reguard.db-wal"));
    unlink(in_folder("reguard.db-shm"));
    char junk[8192];
    memset(junk, 'j', sizeof junk);
    unit_write(db, junk, sizeof junk);
    assert_null(store_open(folder, &err));
    assert_null(store_open_to_look(folder, &err));
    assert_untouched("reguard.db", junk, sizeof junk);
    unit_write(db, "", 0);
    assert_null(store_open_to_look(folder, &err));
    assert_non_null(strstr(err.text, "is empty"));
    store = store_open(folder, &err);
    assert_non_null(store);
}

/* ---- messages ---- */

static void put_row(const char *key, const char *chat, int kind, const char *case_id, ms_t next_ms)
{
    struct outbox_row row = { .key = key,
                              .chat = chat,
                              .case_id = case_id,
                              .body = key,
                              .kind = kind,
                              .first_ms = NOW,
                              .next_ms = next_ms };
    assert_true(store_outbox_put(store, &row, &err));
}

static const char *next_key(const char *chat, ms_t now_ms)
{
    struct outbox_row row;
    return store_outbox_next(store, &(struct store_due){ chat, now_ms, &arena }, OUTBOX_ALL, &row)
               ? row.key
               : "";
}

static void messages_go_out_in_order_once(void **state)
{
    (void)state;
    put_row("a", "slack", MESSAGE_POST, "", NOW);
    put_row("b", "slack", MESSAGE_DIRECT, "", NOW);
    put_row("m", "matrix", MESSAGE_POST, "", NOW);
    put_row("a", "slack", MESSAGE_POST, "", NOW); /* made again after a restart: the same message */
    put_row("late", "slack", MESSAGE_POST, "", NOW + 5000);
    assert_int_equal(store_outbox_waiting(store), 4);
    assert_string_equal(next_key("slack", NOW - 1), "");
    assert_string_equal(next_key("slack", NOW), "a");
    assert_string_equal(next_key("matrix", NOW), "m");
    assert_int_equal(store_outbox_due_ms(store, "slack", OUTBOX_ALL), NOW);
    /* What failed waits for its time and lets the others pass. */
    assert_true(store_outbox_again(store, "a", NOW + 1000, true, &err));
    assert_string_equal(next_key("slack", NOW), "b");
    assert_true(store_outbox_sent(store, "b", "1.2", &err));
    assert_int_equal(store_outbox_due_ms(store, "slack", OUTBOX_ALL), NOW + 1000);
    commit();
    reopen();
    struct outbox_row row;
    assert_true(store_outbox_next(store, &(struct store_due){ "slack", NOW + 1000, &arena },
                                  OUTBOX_ALL, &row));
    assert_string_equal(row.key, "a");
    assert_string_equal(row.body, "a");
    assert_int_equal(row.attempts, 1);
    assert_true(row.look_first);
    /* Once in doubt, always in doubt. */
    assert_true(store_outbox_again(store, "a", NOW + 2000, false, &err));
    assert_true(store_outbox_next(store, &(struct store_due){ "slack", NOW + 2000, &arena },
                                  OUTBOX_ALL, &row));
    assert_true(row.look_first);
    assert_true(store_outbox_give_up(store, "a", &err));
    assert_string_equal(next_key("slack", NOW + 5000), "late");
    assert_true(store_outbox_sent(store, "late", "1.3", &err));
    assert_string_equal(next_key("slack", NOW + 50000), "");
    assert_int_equal(store_outbox_due_ms(store, "slack", OUTBOX_ALL), MS_NEVER);
    assert_int_equal(store_outbox_waiting(store), 1);
    put_row("b", "slack", MESSAGE_DIRECT, "", NOW);
    assert_string_equal(next_key("slack", NOW), "");
}

/* Of the same kind, made at the same instant. */
static void what_was_said_first_goes_first(void **state)
{
    (void)state;
    static const char *const keys[] = { "first", "second", "third" };
    for (size_t i = 0; i < COUNT(keys); i++)
        put_row(keys[i], "slack", MESSAGE_POST, "", NOW);
    for (size_t i = 0; i < COUNT(keys); i++) {
        assert_string_equal(next_key("slack", NOW), keys[i]);
        assert_true(store_outbox_sent(store, keys[i], "1.2", &err));
    }
}

static void after_a_start_everything_unsent_is_looked_for(void **state)
{
    (void)state;
    struct outbox_row row;
    put_row("a", "slack", MESSAGE_POST, "", NOW);
    assert_true(store_doubt_unsent(store, &err));
    assert_true(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALL, &row));
    assert_true(row.look_first);
    put_row("b", "slack", MESSAGE_POST, "", NOW - 1);
    assert_true(store_outbox_sent(store, "a", "1.1", &err));
    assert_true(
        store_outbox_next(store, &(struct store_due){ "slack", NOW, &arena }, OUTBOX_ALL, &row));
    assert_false(row.look_first);
}

static void a_thread_line_waits_for_its_card(void **state)
{
    (void)state;
    struct card_row card;
    put_row("t", "slack", MESSAGE_THREAD, "G-0001", NOW);
    put_row("p", "slack", MESSAGE_POST, "G-0001", NOW);
    assert_string_equal(next_key("slack", NOW), "p");
    assert_true(store_outbox_sent(store, "p", "9.9", &err));
    assert_string_equal(next_key("slack", NOW), "");
    assert_int_equal(store_outbox_due_ms(store, "slack", OUTBOX_ALL), MS_NEVER);
    assert_true(store_card_want(store, "G-0001", "slack", "body-1", "d1", NOW, &err));
    assert_string_equal(next_key("slack", NOW), "");
    assert_true(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, true, &card));
    assert_null(card.remote_id);
    assert_true(store_card_shown(store, "G-0001", "slack", "1.1", "body-1", &err));
    assert_string_equal(next_key("slack", NOW), "t");
    assert_string_equal(next_key("matrix", NOW), "");
    assert_int_equal(store_case_of_message(store, "slack", "1.1"), 1);
    assert_int_equal(store_case_of_message(store, "slack", "9.9"), 1);
    assert_int_equal(store_case_of_message(store, "matrix", "1.1"), 0);
    assert_int_equal(store_case_of_message(store, "slack", "1.2"), 0);
}

static void a_card_is_the_newest_picture(void **state)
{
    (void)state;
    struct card_row card;
    assert_int_equal(store_card_due_ms(store, "slack"), MS_NEVER);
    assert_true(store_card_want(store, "G-0001", "slack", "one", "d1", NOW, &err));
    assert_null(store_card_id(store, "G-0001", "slack", &arena));
    assert_true(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, false, &card));
    assert_false(card.tried);
    assert_string_equal(card.body, "one");
    /* A newer picture while the first is on its way stays wanted; the same one again is nothing
       new. */
    assert_true(store_card_want(store, "G-0001", "slack", "two", "d2", NOW, &err));
    assert_true(store_card_shown(store, "G-0001", "slack", "1.1", "one", &err));
    assert_string_equal(store_card_id(store, "G-0001", "slack", &arena), "1.1");
    assert_false(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, true, &card));
    assert_true(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, false, &card));
    assert_string_equal(card.body, "two");
    assert_string_equal(card.remote_id, "1.1");
    assert_true(store_card_shown(store, "G-0001", "slack", NULL, "two", &err));
    assert_string_equal(store_card_id(store, "G-0001", "slack", &arena), "1.1");
    assert_true(store_card_want(store, "G-0001", "slack", "two", "d2", NOW, &err));
    assert_false(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, false, &card));
    /* Later, and as a new message when the old one is gone. */
    assert_true(store_card_want(store, "G-0001", "slack", "three", "d3", NOW, &err));
    assert_true(store_card_again(store, "G-0001", "slack", NOW + 500, true, true, &err));
    assert_int_equal(store_card_due_ms(store, "slack"), NOW + 500);
    assert_false(store_card_next(store, &(struct store_due){ "slack", NOW, &arena }, false, &card));
    assert_true(
        store_card_next(store, &(struct store_due){ "slack", NOW + 500, &arena }, true, &card));
    assert_null(card.remote_id);
    assert_true(card.look_first && card.tried);
    assert_true(store_card_shown(store, "G-0001", "slack", "2.2", "three", &err));
    assert_string_equal(store_card_id(store, "G-0001", "slack", &arena), "2.2");
}

static void open_messages_are_those_of_open_cases(void **state)
{
    (void)state;
    write_fact((struct fact){ .kind = FACT_ASKED,
                              .at_ms = NOW,
                              .case_no = 1,
                              .actor = ada,
                              .account = "222222222222",
                              .window_ms = MS_HOUR,
                              .handle = "c0ffee" });
    assert_true(store_card_want(store, "G-0001", "slack", "one", "d1", NOW, &err));
    const char *ids[4];
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 0);
    assert_true(store_card_shown(store, "G-0001", "slack", "1.1", "one", &err));
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 1);
    assert_string_equal(ids[0], "1.1");
    put_row("alarm", "slack", MESSAGE_POST, "G-0001", NOW);
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 1);
    assert_true(store_outbox_sent(store, "alarm", "2.2", &err));
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 2);
    assert_string_equal(ids[1], "2.2");
    struct case_row row;
    case_row_of(desk_case_const(desk, 1), &row);
    row.closed_ms = NOW;
    assert_true(store_put_case(store, &row, &err));
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 0);
    assert_int_equal(store_cases(store, true, NULL, &row, 1), 0);
    assert_int_equal(store_cases(store, false, NULL, &row, 1), 1);
}

static void put_standing(const char *key, const char *case_id, bool asks)
{
    put_row(key, "slack", MESSAGE_POST, case_id, NOW);
    assert_true(store_post_stands(store,
                                  &(struct standing_row){
                                      .key = key,
                                      .chat = "slack",
                                      .case_id = case_id,
                                      .after = arena_printf(&arena, "%s without buttons", key),
                                      .asks = asks },
                                  &err));
}

static const char *next_served(ms_t now_ms)
{
    struct outbox_row row;
    return store_served_next(store, &(struct store_due){ "slack", now_ms, &arena }, &row)
               ? arena_printf(&arena, "%s: %s", row.remote_id, row.body)
               : "";
}

static void what_has_served_is_edited_once_it_is_there(void **state)
{
    (void)state;
    const char *ids[4];
    put_standing("ask", "G-0001", true);
    put_standing("alarm", "G-0001", false);
    put_standing("other", "G-0002", true);
    assert_true(store_outbox_sent(store, "ask", "1.1", &err));
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 1);
    assert_string_equal(ids[0], "1.1");
    assert_string_equal(next_served(NOW), "");
    assert_true(store_posts_served(store, "G-0001", "matrix", true, &err));
    assert_int_equal(store_served_due_ms(store, "slack"), MS_NEVER);
    assert_true(store_posts_served(store, "G-0001", "slack", true, &err));
    assert_int_equal(store_open_messages(store, "slack", ids, COUNT(ids), &arena), 0);
    assert_string_equal(next_served(NOW), "1.1: ask without buttons");
    /* Later, when it did not work; never again when it did. */
    assert_true(store_served_again(store, "ask", NOW + 500, &err));
    assert_string_equal(next_served(NOW), "");
    assert_int_equal(store_served_due_ms(store, "slack"), NOW + 500);
    assert_true(store_served_edited(store, "ask", &err));
    assert_string_equal(next_served(NOW + 500), "");
    /* It served while it was on its way. */
    assert_true(store_posts_served(store, "G-0001", "slack", false, &err));
    assert_string_equal(next_served(NOW), "");
    assert_true(store_outbox_sent(store, "alarm", "2.2", &err));
    assert_string_equal(next_served(NOW), "2.2: alarm without buttons");
}

static void what_was_given_up_is_not_edited(void **state)
{
    (void)state;
    put_standing("alarm", "G-0001", false);
    assert_true(store_outbox_give_up(store, "alarm", &err));
    assert_true(store_posts_served(store, "G-0001", "slack", false, &err));
    assert_int_equal(store_served_due_ms(store, "slack"), MS_NEVER);
}

static void small_values_are_kept(void **state)
{
    (void)state;
    assert_null(store_get(store, "watch", &arena));
    assert_true(store_put(store, "watch", "on 1", &err));
    assert_true(store_put(store, "watch", "off 2", &err));
    commit();
    reopen();
    assert_string_equal(store_get(store, "watch", &arena), "off 2");
    assert_null(store_get(store, "watc", &arena));
}

/* ---- the audit ---- */

static void write_config(void)
{
    const char *text = arena_printf(&arena,
                                    "[bot]\nstate_dir = %s\n[slack]\napp_token_file = "
                                    "a\nbot_token_file = b\nteam = T1\nchannel = C1\n"
                                    "[stax]\naccess_key_file = a\nsecret_key_file = "
                                    "b\norganisation = o\n[people]\nada@example.com = slack:U1\n",
                                    folder);
    unit_write(in_folder("reguard.conf"), text, strlen(text));
}

/* A sub-command; what it says in the arena. */
static int run_cli(int (*command)(const char *config_file), const char **ret_text)
{
    const char *out = in_folder("out");
    fflush(stdout);
    int kept = dup(STDOUT_FILENO), file = open(out, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(kept >= 0 && file >= 0);
    dup2(file, STDOUT_FILENO);
    int status = command(in_folder("reguard.conf"));
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(file);
    *ret_text = unit_read(&arena, out, NULL);
    return status;
}

static int verify_plainly(const char *config) { return cli_audit_verify(config, NULL); }
static int verify(const char **ret_text) { return run_cli(verify_plainly, ret_text); }

static void assert_found(const char *what)
{
    const char *said;
    if (verify(&said) != 1 || strncmp(said, "BROKEN: ", 8) != 0)
        fail_msg("not found: %s; said: %s", what, said);
}

static void keep_copy(void)
{
    size_t bytes;
    write_config();
    store_close(store);
    store = NULL;
    const char *text = unit_read(&arena, db, &bytes);
    unit_write(in_folder("kept.db"), text, bytes);
}

static void put_copy_back(void)
{
    size_t bytes;
    const char *text = unit_read(&arena, in_folder("kept.db"), &bytes);
    unlink(in_folder("reguard.db-wal"));
    unlink(in_folder("reguard.db-shm"));
    unit_write(db, text, bytes);
}

#define UNPROTECTED                                                                             \
    "DROP TRIGGER IF EXISTS journal_no_update; DROP TRIGGER IF EXISTS journal_no_delete; DROP " \
    "TRIGGER IF EXISTS journal_no_replace; "

static void a_whole_journal_is_whole(void **state)
{
    (void)state;
    const char *said;
    write_config();
    assert_int_equal(verify(&said), 0);
    assert_non_null(strstr(said, "0 records, 0 cases"));
    write_cases(1, 3);
    assert_int_equal(verify(&said), 0);
    assert_non_null(strstr(said, "9 records, 3 cases: the chain is whole"));
}

/* One character, somewhere in the journal. */
static const char *random_tampering(uint64_t *seed, unsigned records)
{
    static const char *const columns[] = { "case_id", "kind", "actor", "source",
                                           "data",    "prev", "hash" };
    unsigned seq = 1 + (unsigned)unit_below(seed, records), place = 1 + unit_random(seed) % 64;
    size_t which = unit_below(seed, COUNT(columns) + 2);
    if (which == COUNT(columns))
        return arena_printf(&arena,
                            UNPROTECTED "UPDATE journal SET at_ms = at_ms + %u WHERE seq = %u",
                            place, seq);
    if (which > COUNT(columns))
        return arena_printf(&arena,
                            UNPROTECTED "UPDATE journal SET seq = seq + 1000 WHERE seq = %u", seq);
    const char *c = columns[which];
    return arena_printf(&arena,
                        UNPROTECTED
                        "UPDATE journal SET %s = substr(%s, 1, (%u - 1) %% max(length(%s), 1)) || "
                        "'Q' || substr(%s, (%u - 1) %% max(length(%s), 1) + 2) WHERE seq = %u",
                        c, c, place, c, c, place, c, seq);
}

static void any_tampering_is_found(void **state)
{
    (void)state;
    uint64_t seed = 42;
    write_cases(1, 6);
    keep_copy();
    for (int round = 0; round < 200; round++) {
        const char *sql = random_tampering(&seed, 18);
        put_copy_back();
        assert_int_equal(run_sql(sql), SQLITE_OK);
        assert_found(sql);
    }
}

static void what_is_taken_added_swapped_or_projected_falsely_is_found(void **state)
{
    (void)state;
    static const char *const tamperings[] = {
        UNPROTECTED "DELETE FROM journal WHERE seq = 1",
        UNPROTECTED "DELETE FROM journal WHERE seq = 5",
        UNPROTECTED "DELETE FROM journal WHERE seq = 9",
        UNPROTECTED "DELETE FROM journal WHERE seq > 4",
        UNPROTECTED "DELETE FROM journal",
        UNPROTECTED "UPDATE journal SET seq = 0 WHERE seq = 2; UPDATE journal SET seq = 2 WHERE "
                    "seq = 3; UPDATE journal SET seq = 3 WHERE seq = 0",
        UNPROTECTED "INSERT INTO journal SELECT 10, at_ms, case_id, kind, actor, source, data, "
                    "hash, hash FROM journal WHERE seq = 9",
        "DELETE FROM meta WHERE key = 'head'",
        "UPDATE cases SET state = 'restored' WHERE no = 2",
        "UPDATE cases SET reason = 'other' WHERE no = 2",
        "UPDATE cases SET account = '1' WHERE no = 2",
        "UPDATE cases SET requester = 'Ben' WHERE no = 2",
        "UPDATE cases SET asked_ms = asked_ms + 1 WHERE no = 2",
        "UPDATE cases SET deadline_ms = 5 WHERE no = 2",
        "UPDATE cases SET closed_ms = closed_ms + 1 WHERE no = 2",
        "DELETE FROM cases WHERE no = 2",
        ("INSERT INTO cases SELECT 'G-0009', 9, state, open, account, account_name, requester, "
         "reason, asked_ms, lifted_ms, deadline_ms, closed_ms, due_ms FROM cases WHERE no = 1"),
    };
    write_cases(1, 3);
    keep_copy();
    for (size_t i = 0; i < COUNT(tamperings); i++) {
        put_copy_back();
        if (run_sql(tamperings[i]) != SQLITE_OK)
            fail_msg("does not run: %s", tamperings[i]);
        assert_found(tamperings[i]);
    }
    put_copy_back();
    const char *said;
    assert_int_equal(verify(&said), 0);
}

/* SQLite takes any value into any column; what it would read of it may hash as before. */
static void values_of_another_type_are_found(void **state)
{
    (void)state;
    static const char *const tamperings[] = {
        UNPROTECTED "UPDATE journal SET data = data || x'00' || 'hidden' WHERE seq = 2",
        UNPROTECTED "UPDATE journal SET case_id = case_id || x'00' || 'hidden' WHERE seq = 1",
        UNPROTECTED "UPDATE journal SET data = CAST(data AS BLOB) WHERE seq = 2",
        UNPROTECTED "UPDATE journal SET at_ms = at_ms + 0.5 WHERE seq = 2",
        "UPDATE meta SET value = '7 ' || value WHERE key = 'head'",
        "INSERT OR REPLACE INTO meta VALUES('quiet_seq', '4')",
        "INSERT OR REPLACE INTO meta VALUES('quiet_seq', '99')",
        "INSERT OR REPLACE INTO meta VALUES('quiet_seq', '-1')",
        "INSERT OR REPLACE INTO meta VALUES('quiet_seq', '3x')",
    };
    write_cases(1, 3);
    keep_copy();
    for (size_t i = 0; i < COUNT(tamperings); i++) {
        put_copy_back();
        if (run_sql(tamperings[i]) != SQLITE_OK)
            fail_msg("does not run: %s", tamperings[i]);
        assert_found(tamperings[i]);
    }
}

/* A file that somebody else made need not have our tables' constraints. */
static void a_head_that_is_null_is_a_cut_journal(void **state)
{
    (void)state;
    write_cases(1, 1);
    keep_copy();
    assert_int_equal(run_sql("CREATE TABLE other(key TEXT PRIMARY KEY, value TEXT);"
                             "INSERT INTO other SELECT key, value FROM meta; DROP TABLE meta;"
                             "ALTER TABLE other RENAME TO meta; UPDATE meta SET value = NULL"),
                     SQLITE_OK);
    assert_found("a head that is NULL");
    assert_int_equal(cli_status(in_folder("reguard.conf"), false), 1);
    reopen();
    uint64_t quiet = 1;
    assert_true(store_quiet(store, &quiet, &err));
    assert_int_equal(quiet, 0);
}

/* Records that reguard never writes, as somebody would write them who can also make the hashes. */
static void numbers_out_of_range_are_no_fact(void **state)
{
    (void)state;
    static const struct {
        const char *case_id, *data;
        bool fine;
    } records[] = {
        { "G-0001", "{\"window_ms\":60000}", true },
        { "G-0001", "{\"window_ms\":9223372036854775807}", false },
        { "G-0001", "{\"window_ms\":-1}", false },
        { "G-0001", "{\"window_ms\":1.5}", false },
        { "G-0001", "{\"window_ms\":\"60000\"}", false },
        { "G-0001", "{\"until_ms\":9223372036854775807}", false },
        { "G-0001", "{\"until_ms\":1795526055000}", true },
        { "G-0001", "{\"on\":2}", false },
        { "G-0001", "{\"on\":true}", false },
        { "G-0001", "{\"ref\":9223372036854775807}", false },
        { "G-0001", "{ \"window_ms\":60000}", false },
        { "G-0001", "{\"window_ms\":60000}\n{}", false },
        { "G-0001", "[]", false },
        { "G-0001", "{\"window_ms\":1,\"reason\":\"b\"}", false },
        { "G-0001", "{\"reason\":\"b\",\"window_ms\":1}", true },
        { "G-1", "{}", false },
        { "g0001", "{}", false },
        { "", "{}", true },
    };
    for (size_t i = 0; i < COUNT(records); i++) {
        struct fact f;
        struct fact_columns columns = { records[i].case_id, "lifted", "{}", "{}", records[i].data };
        if (factjson_read(&columns, NOW, &arena, &f, &err) != records[i].fine)
            fail_msg("%s %s: %s", records[i].case_id, records[i].data, err.text);
    }
}

/* What stands between the records of an export is a record. */
static void a_forged_line_is_not_exported(void **state)
{
    (void)state;
    write_cases(1, 1);
    keep_copy();
    assert_int_equal(run_sql(UNPROTECTED "UPDATE journal SET source = '{}\n{\"forged\":true}' "
                                         "WHERE seq = 2"),
                     SQLITE_OK);
    const char *said;
    assert_int_equal(run_cli(cli_audit_export, &said), 1);
    assert_null(strstr(said, "forged"));
    assert_non_null(strstr(said, "\"seq\":1,"));
}

static size_t told_times;
static uint64_t told_done, told_all;

static void note_told(uint64_t done, uint64_t all)
{
    assert_true(done > told_done || done == all);
    told_times++;
    told_done = done;
    told_all = all;
}

/* Told on the way, and at the end; a record that is wrong behind the first part is found, too. */
static void who_verifies_much_is_told_how_far_it_is(void **state)
{
    (void)state;
    struct audit_summary found;
    told_times = told_done = 0;
    for (int i = 0; i < 2 * AUDIT_TOLD_EVERY + 5; i++) {
        arena_reset(&arena);
        write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW + i, .text = "one of many" });
    }
    commit();
    assert_true(audit_verify(store, note_told, &found, &err));
    assert_int_equal(told_times, 3);
    assert_int_equal(told_done, 2 * AUDIT_TOLD_EVERY + 5);
    assert_int_equal(told_all, told_done);
    assert_int_equal(found.records, told_done);
    assert_int_equal(run_sql(UNPROTECTED
                             "UPDATE journal SET data = '{\"text\":\"x\"}' WHERE seq = 39999"),
                     SQLITE_OK);
    assert_false(audit_verify(store, NULL, &found, &err));
    assert_non_null(strstr(err.text, "record 39999"));
}

/* To a program much is written at once, and it is an error when that cannot be written. */
static int export_to_a_full_device(const char *config)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), kept = dup(STDOUT_FILENO);
    assert_true(full >= 0 && kept >= 0);
    fflush(stdout);
    dup2(full, STDOUT_FILENO);
    int status = cli_audit_export(config);
    clearerr(stdout);
    dup2(kept, STDOUT_FILENO);
    close(full);
    close(kept);
    return status;
}

static void an_export_that_cannot_be_written_has_failed(void **state)
{
    (void)state;
    const char *said;
    write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW, .text = "not a block" });
    commit();
    write_config();
    assert_int_equal(run_cli(export_to_a_full_device, &said), 1);
}

/* A record rewritten together with its hash is whole by itself; the one behind it tells. */
static bool rewrite_second(void *arg, const struct journal_record *r, struct err *e)
{
    char hash[STORE_HASH_BYTES];
    if (r->seq != 2)
        return true;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source,
                                    "{\"text\":\"changed\"}" };
    const char *chained = arena_printf(&arena, "%s%s", r->prev,
                                       factjson_canonical(&columns, r->seq, r->at_ms, &arena));
    secret_sha256_hex(chained, strlen(chained), hash);
    *(const char **)arg = arena_printf(&arena,
                                       UNPROTECTED
                                       "UPDATE journal SET data = '%s', hash = '%s' WHERE seq = 2",
                                       columns.data, hash);
    return err_set(e, "found");
}

static void a_record_rewritten_with_its_hash_is_found(void **state)
{
    (void)state;
    const char *sql = NULL;
    write_cases(1, 2);
    assert_false(store_each_record(store, 0, NULL, rewrite_second, &sql, &err));
    keep_copy();
    assert_int_equal(run_sql(sql), SQLITE_OK);
    assert_found(sql);
}

/* A cut end must stay visible when the bot goes on writing: it may not close the gap by itself. */
static void a_cut_end_stays_visible_after_more_records(void **state)
{
    (void)state;
    static const char *const tamperings[] = {
        UNPROTECTED "DELETE FROM journal WHERE seq > 9",
        UNPROTECTED "DELETE FROM journal WHERE seq = 11",
        UNPROTECTED "DELETE FROM journal; DELETE FROM cases",
        UNPROTECTED
        "UPDATE journal SET hash = "
        "'0000000000000000000000000000000000000000000000000000000000000001' WHERE seq = 11",
    };
    write_cases(1, 3);
    write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW, .text = "in no case" });
    write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW, .text = "in no case" });
    commit();
    keep_copy();
    for (size_t i = 0; i < COUNT(tamperings); i++) {
        put_copy_back();
        assert_int_equal(run_sql(tamperings[i]), SQLITE_OK);
        assert_found(tamperings[i]);
        reopen();
        write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW, .text = "more" });
        commit();
        store_close(store);
        store = NULL;
        assert_found(tamperings[i]);
    }
}

/* The log beside the file is folded in while the store is used, also beside one who only looks. */
static void the_log_does_not_grow_for_ever(void **state)
{
    (void)state;
    struct case_row row;
    struct stat st;
    write_cases(1, 1);
    reopen();
    struct store *look = store_open_to_look(folder, &err);
    assert_non_null(look);
    store_cases(look, false, NULL, &row, 1);
    for (uint32_t i = 1; i <= 1000; i++)
        write_cases(i % 8 + 1, 1);
    assert_int_equal(stat(in_folder("reguard.db-wal"), &st), 0);
    assert_true(st.st_size < 6 * 1024 * 1024);
    assert_int_equal(store_cases(look, false, "G-0002", &row, 1), 1);
    store_close(look);
}

/* ---- in slices, and against what was seen elsewhere ---- */

static enum audit_state walk(size_t records, uint64_t *ret_record, size_t *ret_slices)
{
    struct audit_walk *w = audit_begin(store);
    enum audit_state state;
    *ret_slices = 0;
    err.text[0] = '\0';
    do {
        state = audit_go_on(w, records, ret_record, &err);
        ++*ret_slices;
        if (state == AUDIT_GOING && *ret_slices == 2)
            write_cases(90, 1); /* the daemon goes on writing meanwhile */
    } while (state == AUDIT_GOING);
    audit_end(w);
    return state;
}

static void slices_find_what_the_whole_finds(void **state)
{
    (void)state;
    uint64_t record;
    size_t slices;
    write_cases(1, 20);
    assert_int_equal(walk(SIZE_MAX, &record, &slices), AUDIT_WHOLE);
    assert_int_equal(slices, 1);
    assert_int_equal(walk(7, &record, &slices), AUDIT_WHOLE);
    assert_true(slices > 8);
    assert_int_equal(run_sql(UNPROTECTED "UPDATE journal SET data = '{}' WHERE seq = 40"),
                     SQLITE_OK);
    assert_int_equal(walk(7, &record, &slices), AUDIT_BROKEN);
    assert_int_equal(record, 40);
    assert_non_null(strstr(err.text, "record 40"));
}

static void what_is_accepted_is_broken_for_verify_alone(void **state)
{
    (void)state;
    uint64_t record;
    size_t slices;
    struct audit_summary found;
    write_cases(1, 4);
    assert_int_equal(run_sql(UNPROTECTED "DELETE FROM journal WHERE seq = 5"), SQLITE_OK);
    write_fact((struct fact){ .kind = FACT_STORE_DOUBTED, .at_ms = NOW, .text = "a gap" });
    write_fact((struct fact){ .kind = FACT_STORE_ACCEPTED, .at_ms = NOW, .reason = "I know" });
    write_cases(5, 2);
    assert_int_equal(walk(SIZE_MAX, &record, &slices), AUDIT_WHOLE);
    assert_false(audit_verify(store, NULL, &found, &err));
    assert_non_null(strstr(err.text, "record 5 is missing"));
    assert_non_null(strstr(err.text, "I know"));
    assert_int_equal(run_sql(UNPROTECTED "DELETE FROM journal WHERE seq = 17"), SQLITE_OK);
    assert_int_equal(walk(SIZE_MAX, &record, &slices), AUDIT_BROKEN);
    assert_int_equal(record, 18);
}

/* An acceptance that was put in by hand, without its place in the chain, accepts nothing. */
static void a_forged_acceptance_accepts_nothing(void **state)
{
    (void)state;
    uint64_t record;
    size_t slices;
    write_cases(1, 4);
    write_fact((struct fact){ .kind = FACT_STORE_ACCEPTED, .at_ms = NOW, .reason = "mine" });
    commit();
    assert_int_equal(run_sql(UNPROTECTED
                             "DELETE FROM journal WHERE seq = 5; INSERT INTO journal SELECT 14, "
                             "at_ms, case_id, kind, actor, source, data, prev, hash FROM journal "
                             "WHERE seq = 13"),
                     SQLITE_OK);
    reopen();
    assert_int_equal(walk(SIZE_MAX, &record, &slices), AUDIT_BROKEN);
}

static void the_end_is_the_one_that_was_written(void **state)
{
    (void)state;
    uint64_t last;
    assert_true(store_check_end(store, &last, &err));
    assert_int_equal(last, 0);
    write_cases(1, 4);
    static const struct {
        const char *sql, *words;
        uint64_t last;
    } changes[] = {
        { "SELECT 1", "", 12 },
        { UNPROTECTED "DELETE FROM journal WHERE seq > 9", "10 to 12", 12 },
        { UNPROTECTED "INSERT INTO journal SELECT 13, at_ms, case_id, kind, actor, source, data, "
                      "prev, hash FROM journal WHERE seq = 12",
          "after record 12", 12 },
        { UNPROTECTED "UPDATE journal SET hash = prev WHERE seq = 12", "was changed", 12 },
        { "DELETE FROM meta WHERE key = 'head'", "not written down", 12 },
        { "UPDATE meta SET value = '99999999999999999999 abc' WHERE key = 'head'",
          "not written down", 12 },
        { UNPROTECTED "DELETE FROM journal", "1 to 12", 12 },
    };
    keep_copy();
    for (size_t i = 0; i < COUNT(changes); i++) {
        put_copy_back();
        assert_int_equal(run_sql(changes[i].sql), SQLITE_OK);
        reopen();
        err.text[0] = '\0';
        assert_int_equal(store_check_end(store, &last, &err), changes[i].words[0] == '\0');
        if (!strstr(err.text, changes[i].words) || last != changes[i].last)
            fail_msg("%s: %s, %d", changes[i].sql, err.text, (int)last);
        store_close(store);
        store = NULL;
    }
}

static void a_head_from_elsewhere_is_compared(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES], short_hash[17];
    write_cases(1, 2);
    assert_true(store_hash_of(store, 4, hash));
    str_copy(short_hash, sizeof short_hash, hash);
    assert_true(audit_has(store, arena_printf(&arena, "4:%s", hash), &err));
    assert_true(audit_has(store, arena_printf(&arena, "4:%s", short_hash), &err));
    const char *const others[] = {
        arena_printf(&arena, "5:%s", hash),
        arena_printf(&arena, "7:%s", hash),
        arena_printf(&arena, "4:%.7s", hash),
        arena_printf(&arena, "4:%s0", hash),
        arena_printf(&arena, "+4:%s", hash),
        arena_printf(&arena, "4 %s", hash),
        arena_printf(&arena, "18446744073709551620:%s", hash),
        "4:",
        "",
        ":",
    };
    for (size_t i = 0; i < COUNT(others); i++)
        if (audit_has(store, others[i], &err))
            fail_msg("“%s” is taken", others[i]);
}

/* ---- without the file ---- */

static void write_note(const char *text)
{
    write_fact((struct fact){ .kind = FACT_NOTED, .at_ms = NOW, .text = text });
}

/* The file is moved away, and so the next commit does not count. */
static void lose_the_file(void)
{
    struct err cause = { "" }, why = { "" };
    assert_int_equal(rename(db, in_folder("kept.db")), 0);
    write_note("lost");
    assert_false(store_commit(store, &cause));
    assert_non_null(strstr(cause.text, db));
    assert_true(store_step_back(store, &cause, &why));
    assert_non_null(strstr(why.text, "I try to go on"));
    assert_int_equal(store_place(store), STORE_IN_MEMORY);
    unit_write(db, "other", 5); /* so that there is no way back yet */
}

static void what_is_kept_in_memory_is_written_once_it_can_be(void **state)
{
    (void)state;
    const char *answer;
    uint64_t uncertain, head;
    char hash[STORE_HASH_BYTES], before[STORE_HASH_BYTES];
    struct audit_summary found;
    struct case_row row;
    write_cases(1, 2);
    head = store_head(store, before);
    lose_the_file();
    assert_int_equal(store_cases(store, false, NULL, &row, 1), 1); /* taken along */
    write_cases(3, 1);
    assert_true(store_put(store, "accepted_ms", "5", &err));
    assert_true(store_put(store, "cursor.slack", "9", &err));
    assert_int_equal(unit_store_hear(store, "slack", "msg:C:9", NOW, &arena, &answer, &err),
                     STORE_NEW);
    commit();
    assert_int_equal(store_head(store, hash), head); /* of the file */
    assert_string_equal(hash, before);
    assert_false(store_come_back(store, &uncertain, &err));
    assert_int_equal(rename(in_folder("kept.db"), db), 0);
    assert_true(store_come_back(store, &uncertain, &err));
    assert_int_equal(uncertain, 0);
    assert_int_equal(store_place(store), STORE_ON_DISK);
    assert_int_equal(store_head(store, hash), head + 3);
    assert_string_equal(store_get(store, "accepted_ms", &arena), "5");
    assert_null(store_get(store, "cursor.slack", &arena)); /* so that it is heard again */
    assert_int_equal(unit_store_hear(store, "slack", "msg:C:9", NOW, &arena, &answer, &err),
                     STORE_REPEAT);
    commit();
    reopen();
    if (!audit_verify(store, NULL, &found, &err))
        fail_msg("%s", err.text);
    assert_int_equal(found.records, head + 3);
}

/* A commit that failed may be on the disk all the same. */
static void a_commit_that_was_written_all_the_same_is_uncertain(void **state)
{
    (void)state;
    uint64_t uncertain, head;
    char hash[STORE_HASH_BYTES];
    struct audit_summary found;
    write_cases(1, 1);
    head = store_head(store, hash);
    lose_the_file();
    write_note("meanwhile");
    commit();
    assert_int_equal(rename(in_folder("kept.db"), db), 0);
    struct store *away = store;
    store = store_open_file(folder, &err); /* without the lock */
    write_note("the one that failed");
    commit();
    store_close(store);
    store = away;
    assert_true(store_come_back(store, &uncertain, &err));
    assert_int_equal(uncertain, head + 1);
    assert_int_equal(store_head(store, hash), head + 2);
    assert_true(audit_verify(store, NULL, &found, &err));
}

static void write_doing(enum fact_kind kind, const char *event_id)
{
    struct fact f = { .kind = kind,
                      .at_ms = NOW,
                      .text = "said",
                      .source = { .chat = "slack", .event_id = event_id } };
    write_fact(f);
}

/* The commit of what somebody did fails: it is done again in memory, and counts once when it turns
   out to be on record. */
static void what_was_done_in_an_uncertain_commit_counts_once(void **state)
{
    (void)state;
    uint64_t uncertain, head;
    char hash[STORE_HASH_BYTES];
    struct audit_summary found;
    write_cases(1, 1);
    head = store_head(store, hash);
    lose_the_file();
    write_doing(FACT_NOTED, "one");
    write_doing(FACT_NOTED, "two");
    write_doing(FACT_TRIED_IN_VAIN, "one");
    write_doing(FACT_NOTED, "");
    commit();
    assert_int_equal(rename(in_folder("kept.db"), db), 0);
    struct store *away = store;
    store = store_open_file(folder, &err); /* without the lock */
    write_doing(FACT_NOTED, "one");
    write_doing(FACT_NOTED, "");
    commit();
    store_close(store);
    store = away;
    assert_true(store_come_back(store, &uncertain, &err));
    assert_int_equal(uncertain, head + 2);
    /* The first one alone is left out. */
    assert_int_equal(store_head(store, hash), head + 5);
    if (!audit_verify(store, NULL, &found, &err))
        fail_msg("%s", err.text);
}

static void another_file_is_not_gone_on_from(void **state)
{
    (void)state;
    uint64_t uncertain;
    write_cases(1, 1);
    commit();
    lose_the_file();
    write_note("meanwhile");
    commit();
    assert_false(store_come_back(store, &uncertain, &err));
    assert_non_null(strstr(err.text, "replaced"));
    assert_int_equal(access(in_folder("reguard.db-wal"), F_OK), -1); /* ours, and empty */
    unit_write(db, "", 0);
    assert_false(store_come_back(store, &uncertain, &err));
    assert_non_null(strstr(err.text, "replaced"));
    unlink(db);
    assert_int_equal(store_place(store), STORE_IN_MEMORY);
    assert_int_equal(rename(in_folder("kept.db"), db), 0);
    assert_true(store_come_back(store, &uncertain, &err));
}

static void lose_it_to(void (*harm)(void))
{
    struct err cause = { "" }, why = { "" };
    harm();
    write_note("lost");
    assert_false(store_commit(store, &cause));
    assert_true(store_step_back(store, &cause, &why));
    assert_int_equal(store_place(store), STORE_IN_MEMORY);
    write_note("meanwhile");
    commit();
}

/* Every record of before is there, and then the one of meanwhile. */
static void is_whole_again(uint64_t before)
{
    struct audit_summary found;
    uint64_t uncertain;
    char hash[STORE_HASH_BYTES];
    struct err other = { "" };
    if (!store_come_back(store, &uncertain, &err))
        fail_msg("%s", err.text);
    assert_int_equal(uncertain, 0);
    assert_int_equal(store_head(store, hash), before + 1);
    write_note("afterwards");
    commit();
    assert_null(store_open(folder, &other)); /* still one at a time */
    reopen();
    if (!audit_verify(store, NULL, &found, &err))
        fail_msg("%s", err.text);
    assert_int_equal(found.records, before + 2);
}

static void delete_all(void)
{
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm", "lock",
                                         "reserve" };
    for (size_t i = 0; i < COUNT(names); i++)
        unlink(in_folder(names[i]));
}

static void a_file_that_was_deleted_is_written_again(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    write_cases(1, 3);
    uint64_t before = store_head(store, hash);
    lose_it_to(delete_all);
    is_whole_again(before);
    struct stat st;
    assert_int_equal(stat(db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void delete_log(void) { assert_int_equal(unlink(in_folder("reguard.db-wal")), 0); }

static void a_log_that_was_deleted_is_folded_in(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    write_cases(1, 3);
    uint64_t before = store_head(store, hash);
    lose_it_to(delete_log);
    is_whole_again(before);
}

/* As a backup does it, and then it takes the place of the file. */
static void back_up(void)
{
    unlink(in_folder("kept.db"));
    assert_int_equal(run_sql(arena_printf(&arena, "VACUUM INTO '%s'", in_folder("kept.db"))),
                     SQLITE_OK);
    assert_int_equal(chmod(in_folder("kept.db"), 0600), 0);
}

static void put_copy(void) { assert_int_equal(rename(in_folder("kept.db"), db), 0); }

static void a_copy_in_its_place_is_gone_on_from(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    write_cases(1, 3);
    uint64_t before = store_head(store, hash);
    back_up();
    lose_it_to(put_copy);
    is_whole_again(before);
}

static int64_t count_records(const char *path)
{
    sqlite3 *raw = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, "SELECT count(*) FROM journal", -1, &st, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(raw);
    return count;
}

/* Our log, which would be taken for the other file's, is out of the way, and nothing is lost with
   it: should the process end now, the file has everything. */
static void an_older_copy_in_its_place_is_let_be(void **state)
{
    (void)state;
    char hash[STORE_HASH_BYTES];
    uint64_t uncertain;
    write_cases(1, 1);
    back_up();
    size_t bytes;
    const char *copy = unit_read(&arena, in_folder("kept.db"), &bytes);
    write_cases(2, 30);
    uint64_t before = store_head(store, hash);
    assert_int_equal(link(db, in_folder("right.db")), 0);
    lose_it_to(put_copy);
    assert_false(store_come_back(store, &uncertain, &err));
    assert_non_null(strstr(err.text, "replaced"));
    assert_untouched("reguard.db", copy, bytes);
    assert_int_equal(count_records(in_folder("right.db")), before);
    assert_int_equal(rename(in_folder("right.db"), db), 0);
    is_whole_again(before);
}

/* ---- a disk that fails ---- */

/* One for files that are locked, one for the others; both write in the same way. */
enum { DISKS = 2 };
static struct {
    const sqlite3_io_methods *of_system;
    sqlite3_io_methods bad;
} disks[DISKS];
static sqlite3_vfs bad;
static int on_write, on_sync; /* what SQLite's own file says then, SQLITE_OK for nothing bad */

static int write_badly(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 at)
{
    return on_write ? on_write : disks[0].of_system->xWrite(f, bytes, count, at);
}

/* The bytes are in the system's memory all the same. */
static int sync_badly(sqlite3_file *f, int flags)
{
    return on_sync ? on_sync : disks[0].of_system->xSync(f, flags);
}

static int say_why_badly(sqlite3_file *f, int what, void *arg)
{
    if (what != SQLITE_FCNTL_LAST_ERRNO)
        return disks[0].of_system->xFileControl(f, what, arg);
    *(int *)arg = EIO;
    return SQLITE_OK;
}

static int open_badly(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret)
{
    sqlite3_vfs *of_system = vfs->pAppData;
    int code = of_system->xOpen(of_system, name, f, flags, ret);
    if (code != SQLITE_OK || !f->pMethods)
        return code;
    size_t i = 0;
    while (disks[i].of_system && disks[i].of_system != f->pMethods && i + 1 < DISKS)
        i++;
    disks[i].of_system = f->pMethods;
    disks[i].bad = *f->pMethods;
    disks[i].bad.xWrite = write_badly;
    disks[i].bad.xSync = sync_badly;
    disks[i].bad.xFileControl = say_why_badly;
    f->pMethods = &disks[i].bad;
    return code;
}

static int set_up_disk(void **state)
{
    sqlite3_vfs *of_system = sqlite3_vfs_find(NULL);
    on_write = on_sync = SQLITE_OK;
    bad = *of_system;
    bad.zName = "bad";
    bad.pAppData = of_system;
    bad.xOpen = open_badly;
    return sqlite3_vfs_register(&bad, 1) == SQLITE_OK ? set_up(state) : -1;
}

static int tear_down_disk(void **state)
{
    int done = tear_down(state);
    sqlite3_vfs_unregister(&bad);
    return done;
}

/* Whichever way the disk fails: in memory, told with what to do, and all of it on the disk
   afterwards. What could not be made to last may be there, and counts as uncertain then. */
static void whatever_fails_is_gone_round(void **state)
{
    static const struct {
        int on_write, on_sync;
        bool reserve;
        const char *why;
    } bads[] = {
        { SQLITE_IOERR_WRITE, SQLITE_OK, true, "Input/output error); see to the disk" },
        { SQLITE_OK, SQLITE_IOERR_FSYNC, true, "Input/output error); see to the disk" },
        { SQLITE_FULL, SQLITE_OK, false, "the disk is full; make room on it" },
        { SQLITE_FULL, SQLITE_OK, true, "the disk is full; make room on it" },
        { SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, true, "see to the disk" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bads); i++) {
        char hash[STORE_HASH_BYTES];
        struct err why = { "" };
        uint64_t uncertain;
        struct audit_summary found;
        write_cases((uint32_t)i + 1, 1);
        uint64_t before = store_head(store, hash);
        if (bads[i].reserve)
            assert_true(store_make_reserve(store));
        else
            unlink(in_folder("reserve"));
        on_write = bads[i].on_write;
        on_sync = bads[i].on_sync;
        for (int tries = 0; store_place(store) != STORE_IN_MEMORY && tries < 3; tries++) {
            struct err cause = { "" };
            write_note("lost");
            assert_false(store_commit(store, &cause));
            assert_true(store_step_back(store, &cause, &why));
            if (!strstr(why.text, bads[i].why))
                fail_msg("%zu: %s", i, why.text);
        }
        assert_int_equal(store_place(store), STORE_IN_MEMORY);
        write_note("meanwhile");
        commit();
        assert_false(store_come_back(store, &uncertain, &err));
        assert_int_equal(store_place(store), STORE_IN_MEMORY);
        on_write = on_sync = SQLITE_OK;
        if (!store_come_back(store, &uncertain, &err))
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(store_head(store, hash), before + 1 + (uncertain != 0));
        commit();
        reopen();
        if (!audit_verify(store, NULL, &found, &err))
            fail_msg("%zu: %s", i, err.text);
        assert_int_equal(found.records, before + 1 + (uncertain != 0));
    }
}

/* A file that was tried in vain stays open; what was written over it since then is seen. */
static void what_is_written_over_between_two_tries_is_seen(void **state)
{
    (void)state;
    struct err cause = { "" }, why = { "" };
    uint64_t uncertain;
    struct stat before, after;
    write_cases(1, 1);
    back_up();
    write_cases(2, 3);
    on_write = SQLITE_IOERR_WRITE;
    on_sync = SQLITE_IOERR_FSYNC;
    write_note("lost");
    assert_false(store_commit(store, &cause));
    assert_true(store_step_back(store, &cause, &why));
    for (int i = 0; i < 3; i++) {
        assert_false(store_come_back(store, &uncertain, &err));
        assert_non_null(strstr(err.text, "could not take in its log"));
    }
    assert_int_equal(stat(db, &before), 0);
    put_copy_back();
    assert_int_equal(stat(db, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    on_write = on_sync = SQLITE_OK;
    assert_false(store_come_back(store, &uncertain, &err));
    assert_non_null(strstr(err.text, "does not have the records of before"));
}

static void what_cannot_be_opened_is_opened_in_memory(void **state)
{
    (void)state;
    struct err why = { "" };
    uint64_t uncertain;
    store_close(store);
    unit_write(db,
               "this is no database, and long enough to be looked at as one: "
               "0123456789012345678901234567890123456789",
               100);
    store = store_open_anyhow(folder, &why, &err);
    assert_non_null(store);
    assert_non_null(strstr(why.text, db));
    assert_non_null(strstr(why.text, "put a copy of it back"));
    write_note("without a file");
    commit();
    assert_false(store_come_back(store, &uncertain, &err));
    assert_null(store_open_anyhow(folder, &why, &err)); /* it is locked all the same */
    unlink(db);
    assert_true(store_come_back(store, &uncertain, &err));
    assert_int_equal(store_head(store, (char[STORE_HASH_BYTES]){ 0 }), 1);
}

/* Memory has a ceiling, and what is there for comfort gives way. */
static void memory_makes_room(void **state)
{
    (void)state;
    struct err cause = { "" }, why = { "" };
    const char *answer;
    char id[32], text[8000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    lose_the_file();
    bool full = false;
    for (int i = 0; i < 20000 && !full; i++) {
        snprintf(id, sizeof id, "m%d", i);
        full = unit_store_hear(store, "slack", id, NOW, &arena, &answer, &cause) ==
                   STORE_NOTE_FAILED ||
               !note_answer(id, text, &cause) || !store_commit(store, &cause);
        arena_reset(&arena);
    }
    assert_true(full);
    assert_true(store_step_back(store, &cause, &why));
    write_note("there is room");
    commit();
    unlink(in_folder("kept.db"));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    /* Those are of both stores, and these of the file by itself. */
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_repeat_is_known_and_gets_its_answer),
        IN_A_FOLDER(an_answer_is_kept_with_whom_it_is_for),
        IN_A_FOLDER(what_a_form_stands_for_is_no_answer_to_a_repeat),
        IN_A_FOLDER(what_was_not_committed_is_not_there),
        IN_A_FOLDER(the_chain_goes_on_over_a_restart),
        IN_A_FOLDER(records_cannot_be_changed_taken_or_replaced),
        IN_A_FOLDER(the_file_is_ours_alone),
        IN_A_FOLDER(messages_go_out_in_order_once),
        IN_A_FOLDER(what_was_said_first_goes_first),
        IN_A_FOLDER(after_a_start_everything_unsent_is_looked_for),
        IN_A_FOLDER(a_thread_line_waits_for_its_card),
        IN_A_FOLDER(a_card_is_the_newest_picture),
        IN_A_FOLDER(what_has_served_is_edited_once_it_is_there),
        IN_A_FOLDER(what_was_given_up_is_not_edited),
        IN_A_FOLDER(open_messages_are_those_of_open_cases),
        IN_A_FOLDER(small_values_are_kept),
        IN_A_FOLDER(a_whole_journal_is_whole),
        IN_A_FOLDER(the_log_does_not_grow_for_ever),
        IN_A_FOLDER(a_head_from_elsewhere_is_compared),
        IN_A_FOLDER(what_is_kept_in_memory_is_written_once_it_can_be),
        IN_A_FOLDER(a_file_that_was_deleted_is_written_again),
        IN_A_FOLDER(a_log_that_was_deleted_is_folded_in),
        IN_A_FOLDER(memory_makes_room),
    };
    const struct CMUnitTest of_file[] = {
        IN_A_FOLDER(only_one_may_open_it),
        IN_A_FOLDER(looking_needs_no_lock_and_writes_nothing),
        IN_A_FOLDER(a_newer_schema_is_not_touched),
        IN_A_FOLDER(a_newer_schema_with_a_log_is_not_touched),
        IN_A_FOLDER(the_first_schema_is_brought_up_to_date),
        IN_A_FOLDER(since_when_a_case_is_overdue_is_kept),
        cmocka_unit_test(what_is_released_is_not_overdue),
        IN_A_FOLDER(what_is_no_store_is_refused),
        IN_A_FOLDER(any_tampering_is_found),
        IN_A_FOLDER(values_of_another_type_are_found),
        IN_A_FOLDER(a_head_that_is_null_is_a_cut_journal),
        IN_A_FOLDER(numbers_out_of_range_are_no_fact),
        IN_A_FOLDER(a_forged_line_is_not_exported),
        IN_A_FOLDER(who_verifies_much_is_told_how_far_it_is),
        IN_A_FOLDER(an_export_that_cannot_be_written_has_failed),
        IN_A_FOLDER(what_is_taken_added_swapped_or_projected_falsely_is_found),
        IN_A_FOLDER(a_record_rewritten_with_its_hash_is_found),
        IN_A_FOLDER(a_cut_end_stays_visible_after_more_records),
        IN_A_FOLDER(slices_find_what_the_whole_finds),
        IN_A_FOLDER(what_is_accepted_is_broken_for_verify_alone),
        IN_A_FOLDER(a_forged_acceptance_accepts_nothing),
        IN_A_FOLDER(the_end_is_the_one_that_was_written),
        IN_A_FOLDER(a_commit_that_was_written_all_the_same_is_uncertain),
        IN_A_FOLDER(what_was_done_in_an_uncertain_commit_counts_once),
        IN_A_FOLDER(another_file_is_not_gone_on_from),
        IN_A_FOLDER(a_copy_in_its_place_is_gone_on_from),
        IN_A_FOLDER(an_older_copy_in_its_place_is_let_be),
        cmocka_unit_test_setup_teardown(whatever_fails_is_gone_round, set_up_disk, tear_down_disk),
        cmocka_unit_test_setup_teardown(what_is_written_over_between_two_tries_is_seen, set_up_disk,
                                        tear_down_disk),
        IN_A_FOLDER(what_cannot_be_opened_is_opened_in_memory),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return unit_store_url() ? failed : failed + cmocka_run_group_tests(of_file, NULL, NULL);
}
