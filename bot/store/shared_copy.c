/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file to where it is shared, in one transaction, and the marks that say where nobody may
   lead meanwhile and afterwards. */
#include "store/shared_parts.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { MESSAGE_BYTES = 1024 * 1024, ROW_BYTES = 32 * 1024 * 1024, TOLD_EVERY = 10000 };

/* ---- looking ---- */

static bool ask_whether(struct shared *s, const char *sql, size_t count, const char *const *values,
                        bool *ret_true, struct err *err)
{
    PGresult *r = shared_is_connected(s, err) ? pg_ask(s->pg, sql, count, values, err) : NULL;
    *ret_true = r && PQntuples(r) == 1 && str_equal(PQgetvalue(r, 0, 0), "t");
    PQclear(r);
    return r != NULL;
}

bool shared_is_empty(struct shared *s, bool *ret_empty, struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    buf_init(&sql, MESSAGE_BYTES);
    buf_add(&sql, "SELECT TRUE");
    for (size_t i = 0; i < s->table_count; i++)
        buf_addf(&sql, " AND NOT EXISTS (SELECT FROM reguard.\"%s\")", s->tables[i].name);
    return ask_whether(s, buf_text(&sql), 0, NULL, ret_empty, err);
}

bool shared_has_record(struct shared *s, uint64_t seq, const char *hash, bool *ret_has,
                       struct err *err)
{
    char number[32];
    const char *const values[] = { number, hash };
    snprintf(number, sizeof number, "%" PRIu64, seq);
    return ask_whether(s, "SELECT TRUE FROM reguard.journal WHERE seq = $1 AND hash = $2", 2,
                       values, ret_has, err);
}

bool shared_has_moved(const struct shared *s) { return str_equal(s->mark, SHARED_MARK_MOVED); }

/* ---- who may lead ---- */

static void undo(struct shared *s)
{
    struct err ignored = { "" };
    if (!pg_is_cut(s->pg))
        pg_run(s->pg, "ROLLBACK", NULL, 0, &ignored);
}

/* The end of a transaction: another one has not taken the lease meanwhile. */
static bool commit_with_mark(struct shared *s, const char *mark, struct err *err)
{
    char sql[256];
    int64_t touched[2] = { 0 };
    snprintf(sql, sizeof sql,
             "UPDATE reguard.lease SET commits = commits + 1 WHERE epoch = %" PRId64
             "; UPDATE reguard.about SET mark = '%s'",
             lease_epoch(s->lease), mark);
    bool fine = pg_run(s->pg, sql, touched, COUNT(touched), err);
    if (fine && (touched[0] != 1 || touched[1] != 1))
        fine = err_set(err, "another instance has taken the lease meanwhile");
    if (!fine) {
        undo(s);
        return false;
    }
    if (pg_run(s->pg, "COMMIT", NULL, 0, err))
        return STR_SET(s->mark, mark);
    return pg_is_cut(s->pg)
               ? err_set(err, "the answer to the last step did not come: the same again finds out")
               : false;
}

static bool set_mark(struct shared *s, const char *mark, struct err *err)
{
    return shared_is_connected(s, err) && pg_run(s->pg, "BEGIN", NULL, 0, err) &&
           commit_with_mark(s, mark, err);
}

bool shared_mark_filling(struct shared *s, struct err *err)
{
    return set_mark(s, SHARED_MARK_FILLING, err);
}

bool shared_mark_moved(struct shared *s, struct err *err)
{
    return set_mark(s, SHARED_MARK_MOVED, err);
}

/* ---- rows ---- */

struct copying {
    struct shared *to;
    sqlite3 *from;
    shared_progress told;
    void *arg;
    uint64_t done, all; /* records of the journal */
};

static void begin_insert(struct buf *sql, const struct shared_table *t)
{
    buf_clear(sql);
    buf_addf(sql, "INSERT INTO reguard.\"%s\"(", t->name);
    shared_add_names(sql, t, false);
    buf_add(sql, ") VALUES");
}

static bool add_row(struct copying *c, struct buf *sql, sqlite3_stmt *st, bool first)
{
    bool fine = true;
    buf_add(sql, first ? "(" : ",\n(");
    for (int i = 0; fine && i < sqlite3_column_count(st); i++) {
        buf_add(sql, i ? ", " : "");
        fine = shared_add_value(c->to, sql, sqlite3_column_value(st, i));
    }
    buf_add(sql, ")");
    return fine && !sql->overflow;
}

static void tell(struct copying *c, bool journal)
{
    c->done += journal;
    if (journal && c->told && (c->done % TOLD_EVERY == 0 || c->done == c->all))
        c->told(c->arg, c->done, c->all);
}

static bool send_rows(struct copying *c, const struct shared_table *t, sqlite3_stmt *st,
                      struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    bool journal = str_equal(t->name, "journal"), first = true, fine = true;
    int step = SQLITE_DONE;
    buf_init(&sql, ROW_BYTES);
    begin_insert(&sql, t);
    while (fine && (step = sqlite3_step(st)) == SQLITE_ROW) {
        fine = add_row(c, &sql, st, first) || err_set(err, "a row cannot be put into words");
        first = false;
        if (fine && sql.bytes >= MESSAGE_BYTES) {
            fine = pg_run(c->to->pg, buf_text(&sql), NULL, 0, err);
            begin_insert(&sql, t);
            first = true;
        }
        tell(c, journal);
    }
    if (fine && step != SQLITE_DONE)
        return err_set(err, "%s", sqlite3_errmsg(c->from));
    return fine && (first || pg_run(c->to->pg, buf_text(&sql), NULL, 0, err));
}

static bool copy_table(struct copying *c, const struct shared_table *t, struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    sqlite3_stmt *st = NULL;
    buf_init(&sql, MESSAGE_BYTES);
    buf_add(&sql, "SELECT ");
    shared_add_names(&sql, t, false);
    buf_addf(&sql, " FROM \"%s\" ORDER BY ", t->name);
    shared_add_names(&sql, t, true);
    bool fine = sqlite3_prepare_v2(c->from, buf_text(&sql), -1, &st, NULL) == SQLITE_OK
                    ? send_rows(c, t, st, err)
                    : err_set(err, "%s", sqlite3_errmsg(c->from));
    sqlite3_finalize(st);
    return fine || err_wrap(err, "the table %s", t->name);
}

static uint64_t count_records(sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    uint64_t count = 0;
    if (sqlite3_prepare_v2(db, "SELECT count(*) FROM journal", -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        count = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return count;
}

/* The audit of what is there by then takes longer than a turn may. */
bool shared_copy_rows(struct shared *s, sqlite3 *from, shared_progress told, void *arg,
                      struct err *err)
{
    struct copying c = { s, from, told, arg, 0, count_records(from) };
    if (!shared_is_connected(s, err) ||
        !pg_run(s->pg, "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '15min'", NULL, 0,
                err))
        return false;
    bool fine = true;
    for (size_t i = 0; fine && i < s->table_count; i++)
        fine = copy_table(&c, &s->tables[i], err);
    if (!fine)
        undo(s);
    return fine;
}

bool shared_read_back(struct shared *s, sqlite3 *to, struct err *err)
{
    return shared_fetch_tables(s, to, 0, err);
}

bool shared_copy_end(struct shared *s, struct err *err) { return commit_with_mark(s, "", err); }
