/* SPDX-License-Identifier: Apache-2.0 */
/* What is shared, fetched into a database that is a copy of it. */
#include "store/shared_parts.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE = 2000 };

static bool failed(sqlite3 *db, const char *what, struct err *err)
{
    return err_set(err, "%s: %s", what, sqlite3_errmsg(db));
}

static bool put_rows(sqlite3 *db, const struct shared_table *t, const PGresult *r, struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    sqlite3_stmt *st = NULL;
    buf_init(&sql, 4096);
    buf_addf(&sql, "INSERT INTO \"%s\"(", t->name);
    shared_add_names(&sql, t, false);
    buf_add(&sql, ") VALUES(");
    for (size_t i = 0; i < t->count; i++)
        buf_add(&sql, i ? ", ?" : "?");
    buf_add(&sql, ")");
    bool fine = sqlite3_prepare_v2(db, buf_text(&sql), -1, &st, NULL) == SQLITE_OK;
    for (int row = 0; fine && row < PQntuples(r); row++) {
        for (int i = 0; i < (int)t->count; i++) {
            const char *text = PQgetisnull(r, row, i) ? NULL : PQgetvalue(r, row, i);
            if (!text)
                sqlite3_bind_null(st, i + 1);
            else if (t->columns[i].text)
                sqlite3_bind_text(st, i + 1, text, -1, SQLITE_STATIC);
            else
                sqlite3_bind_int64(st, i + 1, strtoll(text, NULL, 10));
        }
        fine = sqlite3_step(st) == SQLITE_DONE;
        sqlite3_reset(st);
    }
    if (!fine)
        failed(db, t->name, err);
    sqlite3_finalize(st);
    return fine;
}

static bool is_journal(const struct shared_table *t) { return str_equal(t->name, "journal"); }

/* Of the journal a slice, by its number; of the others all. *ret_more: there may be another one. */
static bool fetch_slice(struct shared *s, sqlite3 *db, const struct shared_table *t, bool *ret_more,
                        struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    buf_init(&sql, 4096);
    buf_add(&sql, "SELECT ");
    shared_add_names(&sql, t, false);
    buf_addf(&sql, " FROM reguard.\"%s\"", t->name);
    if (is_journal(t))
        buf_addf(&sql, " WHERE seq > %" PRId64 " ORDER BY seq LIMIT %d", s->fetch.after,
                 (int)AT_ONCE);
    PGresult *r = pg_ask(s->pg, buf_text(&sql), 0, NULL, err);
    bool fine = r && put_rows(db, t, r, err);
    int rows = r ? PQntuples(r) : 0;
    if (is_journal(t) && rows > 0)
        s->fetch.after = strtoll(PQgetvalue(r, rows - 1, 0), NULL, 10);
    *ret_more = is_journal(t) && rows == AT_ONCE;
    PQclear(r);
    return fine;
}

/* The newest record of the copy, as it is shared; *ret_after: its number, 0 for none. */
static bool find_head(struct shared *s, sqlite3 *db, int64_t *ret_after, bool *ret_other,
                      struct err *err)
{
    sqlite3_stmt *st = NULL;
    char seq[32] = "0", hash[STORE_HASH_BYTES] = "";
    if (sqlite3_prepare_v2(db, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1", -1, &st,
                           NULL) != SQLITE_OK)
        return failed(db, "journal", err);
    if (sqlite3_step(st) == SQLITE_ROW) {
        *ret_after = sqlite3_column_int64(st, 0);
        snprintf(seq, sizeof seq, "%" PRId64, *ret_after);
        STR_SET(hash, str_or_empty((const char *)sqlite3_column_text(st, 1)));
    }
    sqlite3_finalize(st);
    if (*ret_after == 0)
        return true;
    const char *values[] = { seq };
    PGresult *r = pg_ask(s->pg, "SELECT hash FROM reguard.journal WHERE seq = $1", 1, values, err);
    if (!r)
        return false;
    *ret_other = PQntuples(r) != 1 || !str_equal(PQgetvalue(r, 0, 0), hash);
    PQclear(r);
    return !*ret_other || err_set(err, "the file has other records than those that are shared");
}

static bool empty(sqlite3 *db, const struct shared_table *t, struct err *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "DELETE FROM \"%s\"", t->name);
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || failed(db, t->name, err);
}

bool shared_fetch_some(struct shared *s, sqlite3 *db, bool *ret_all, struct err *err)
{
    const struct shared_table *t = &s->tables[s->fetch.table];
    bool more = false;
    *ret_all = false;
    if ((!is_journal(t) && !empty(db, t, err)) || !fetch_slice(s, db, t, &more, err))
        return false;
    s->fetch.table += !more;
    *ret_all = s->fetch.table == s->table_count;
    return true;
}

bool shared_fetch_tables(struct shared *s, sqlite3 *db, int64_t after, struct err *err)
{
    bool all = false;
    s->fetch = (struct shared_fetching){ .after = after };
    while (!all)
        if (!shared_fetch_some(s, db, &all, err))
            return false;
    return true;
}

bool shared_fetch_begin(struct shared *s, sqlite3 *db, bool *ret_other, struct err *err)
{
    *ret_other = false;
    s->fetch = (struct shared_fetching){ .after = 0 };
    /* Of one moment: the leader before may have had its last word on its way. */
    return shared_is_connected(s, err) &&
           pg_run(s->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, 0, err) &&
           find_head(s, db, &s->fetch.after, ret_other, err);
}

void shared_fetch_end(struct shared *s)
{
    struct err ignored = { "" };
    if (s->pg) /* what was read was read, whatever comes of it */
        pg_run(s->pg, "COMMIT", NULL, 0, &ignored);
}

bool shared_fetch(struct shared *s, sqlite3 *db, bool *ret_other, struct err *err)
{
    bool fine = shared_fetch_begin(s, db, ret_other, err) &&
                shared_fetch_tables(s, db, s->fetch.after, err);
    shared_fetch_end(s);
    if (fine)
        s->claim = (struct lease_claim){ .asked = 0 }; /* from now on it leads */
    return fine;
}

bool shared_fetch_lacks(struct shared *s, int64_t *ret_records, struct err *err)
{
    PGresult *r = pg_ask(s->pg, "SELECT coalesce(max(seq), 0) FROM reguard.journal", 0, NULL, err);
    if (!r)
        return false;
    *ret_records = strtoll(PQgetvalue(r, 0, 0), NULL, 10) - s->fetch.after;
    PQclear(r);
    return true;
}
