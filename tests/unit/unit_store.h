/* SPDX-License-Identifier: Apache-2.0 */
/* The same tests over both stores: a file of its own, and with UNIT_STORE_URL a copy of records
   that are shared in that database (tests/units starts one). There whoever opens again is another
   instance, without a file: all that it knows it has from the database. */
#ifndef REGUARD_TESTS_UNIT_STORE_H
#define REGUARD_TESTS_UNIT_STORE_H

#include "tests/unit/unit.h"

#include "store/shared.h"
#include "store/store.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

static struct shared *unit_shared;

static inline const char *unit_store_url(void) { return getenv("UNIT_STORE_URL"); }

/* The first value of the first row, for the tests that say so; "" for none. As PostgreSQL's own
   user, beside everybody. */
static inline const char *unit_store_sql(const char *sql)
{
    static char value[256];
    PGconn *conn = PQconnectdb(unit_store_url());
    PQclear(PQexec(conn, "SET client_min_messages = warning"));
    PGresult *r = PQexec(conn, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    bool any = PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) > 0;
    STR_SET(value, any ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    PQfinish(conn);
    return value;
}

static inline void unit_store_remove_file(const char *folder)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char path[256];
    for (size_t i = 0; i < COUNT(ends); i++) {
        snprintf(path, sizeof path, "%s/reguard.db%s", folder, ends[i]);
        unlink(path);
    }
}

static inline struct store *unit_store_open_at(const char *url, const char *folder, struct err *err)
{
    bool hopeless;
    if (!url)
        return store_open(folder, err);
    if (!unit_shared)
        unit_shared = shared_open(url, "", "a unit test", &hopeless, err);
    if (!unit_shared || (!shared_lease(unit_shared) && !shared_take(unit_shared, err)))
        return NULL;
    return store_open_shared(folder, unit_shared, err);
}

/* For the first time in a test: on nothing. */
static inline struct store *unit_store_begin(const char *folder, struct err *err)
{
    if (unit_store_url())
        unit_store_sql("DROP SCHEMA IF EXISTS reguard CASCADE");
    return unit_store_open_at(unit_store_url(), folder, err);
}

static inline void unit_store_close(struct store *store)
{
    store_close(store);
    shared_close(unit_shared);
    unit_shared = NULL;
}

static inline struct store *unit_store_again(struct store *store, const char *folder,
                                             struct err *err)
{
    unit_store_close(store);
    if (unit_store_url())
        unit_store_remove_file(folder);
    return unit_store_open_at(unit_store_url(), folder, err);
}

static inline void unit_store_same_table(sqlite3 *both, const char *table)
{
    static const char *const sides[][2] = { { "main", "other" }, { "other", "main" } };
    for (size_t i = 0; i < COUNT(sides); i++) {
        char sql[256];
        sqlite3_stmt *st = NULL;
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM (SELECT * FROM %s.\"%s\" EXCEPT SELECT * FROM %s.\"%s\")",
                 sides[i][0], table, sides[i][1], table);
        assert_int_equal(sqlite3_prepare_v2(both, sql, -1, &st, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(st), SQLITE_ROW);
        if (sqlite3_column_int(st, 0))
            fail_msg("%d rows of %s are in %s alone", sqlite3_column_int(st, 0), table,
                     i ? "the database" : "the file");
        sqlite3_finalize(st);
    }
}

/* What is shared is what the file says, row by row. Both are closed. */
static inline void unit_store_agrees(const char *folder, struct err *err)
{
    char copy[64] = "/tmp/reguard-agrees-XXXXXX", sql[256];
    sqlite3 *both = NULL;
    sqlite3_stmt *st = NULL;
    if (!unit_store_url())
        return;
    assert_non_null(mkdtemp(copy));
    struct store *other = unit_store_open_at(unit_store_url(), copy, err);
    if (!other)
        fail_msg("%s", err->text);
    unit_store_close(other);
    snprintf(sql, sizeof sql, "%s/reguard.db", folder);
    assert_int_equal(sqlite3_open(sql, &both), SQLITE_OK);
    snprintf(sql, sizeof sql, "ATTACH '%s/reguard.db' AS other", copy);
    assert_int_equal(sqlite3_exec(both, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_prepare_v2(both, "SELECT name FROM sqlite_master WHERE type = 'table'", -1, &st, NULL);
    while (sqlite3_step(st) == SQLITE_ROW)
        unit_store_same_table(both, (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(both);
    unit_store_remove_file(copy);
    snprintf(sql, sizeof sql, "%s/lock", copy);
    unlink(sql);
    assert_int_equal(rmdir(copy), 0);
}

/* As whoever handles events does: noted when it is not known. */
static inline enum store_note unit_store_hear(struct store *store, const char *source,
                                              const char *event_id, ms_t at_ms, struct arena *arena,
                                              const char **ret_answer, struct err *err)
{
    enum store_note known = store_knows_event(store, source, event_id, arena, ret_answer, err);
    const struct noted_event event = { .source = source, .event_id = event_id, .at_ms = at_ms };
    return known == STORE_NEW && !store_note_event(store, &event, arena, err) ? STORE_NOTE_FAILED
                                                                              : known;
}

#endif
