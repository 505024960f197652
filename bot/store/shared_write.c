/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction has changed in the file, as statements for where it is shared. */
#include "core/xalloc.h"
#include "host/clock.h"
#include "store/shared_parts.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>

enum { TRANSACTION_BYTES = 64 * 1024 * 1024 };
static const ms_t END_PATIENCE_MS = MS_SECOND;

bool shared_add_value(struct shared *s, struct buf *sql, sqlite3_value *value)
{
    int type = value ? sqlite3_value_type(value) : SQLITE_NULL;
    if (type == SQLITE_INTEGER) {
        buf_addf(sql, "%lld", (long long)sqlite3_value_int64(value));
        return true;
    }
    if (type == SQLITE_NULL) {
        buf_add(sql, "NULL");
        return true;
    }
    char *literal = pg_literal(s->pg, (const char *)sqlite3_value_text(value));
    if (!literal)
        return false;
    buf_add(sql, literal);
    PQfreemem(literal);
    return true;
}

struct change {
    const struct shared_table *table;
    int op;
    sqlite3_changeset_iter *at;
};

static sqlite3_value *value_at(const struct change *c, size_t column, bool fresh)
{
    sqlite3_value *value = NULL;
    if (fresh)
        sqlite3changeset_new(c->at, (int)column, &value);
    else
        sqlite3changeset_old(c->at, (int)column, &value);
    return value;
}

static bool add_where(struct shared *s, struct buf *sql, const struct change *c)
{
    bool fine = true, first = true;
    for (size_t i = 0; fine && i < c->table->count; i++) {
        if (!c->table->columns[i].key)
            continue;
        buf_addf(sql, "%s\"%s\" = ", first ? " WHERE " : " AND ", c->table->columns[i].name);
        fine = shared_add_value(s, sql, value_at(c, i, false));
        first = false;
    }
    return fine;
}

static bool add_insert(struct shared *s, struct buf *sql, const struct change *c)
{
    bool fine = true;
    buf_addf(sql, "INSERT INTO reguard.\"%s\"(", c->table->name);
    shared_add_names(sql, c->table, false);
    buf_add(sql, ") VALUES(");
    for (size_t i = 0; fine && i < c->table->count; i++) {
        buf_add(sql, i ? ", " : "");
        fine = shared_add_value(s, sql, value_at(c, i, true));
    }
    buf_add(sql, ")");
    return fine;
}

static bool add_update(struct shared *s, struct buf *sql, const struct change *c)
{
    bool fine = true, first = true;
    buf_addf(sql, "UPDATE reguard.\"%s\" SET ", c->table->name);
    for (size_t i = 0; fine && i < c->table->count; i++) {
        sqlite3_value *fresh = value_at(c, i, true);
        if (!fresh)
            continue; /* as it was */
        buf_addf(sql, "%s\"%s\" = ", first ? "" : ", ", c->table->columns[i].name);
        fine = shared_add_value(s, sql, fresh);
        first = false;
    }
    return fine && add_where(s, sql, c);
}

static bool add_change(struct shared *s, struct buf *sql, const struct change *c)
{
    bool fine = false;
    switch (c->op) {
    case SQLITE_INSERT: fine = add_insert(s, sql, c); break;
    case SQLITE_UPDATE: fine = add_update(s, sql, c); break;
    case SQLITE_DELETE:
        buf_addf(sql, "DELETE FROM reguard.\"%s\"", c->table->name);
        fine = add_where(s, sql, c);
        break;
    }
    buf_add(sql, ";\n");
    return fine;
}

/* The transaction but for its end. *ret_count: how many statements follow BEGIN. */
static bool compose(struct shared *s, sqlite3_session *session, struct buf *sql, size_t *ret_count,
                    struct err *err)
{
    int bytes = 0;
    void *changes = NULL;
    sqlite3_changeset_iter *at = NULL;
    if (sqlite3session_changeset(session, &bytes, &changes) != SQLITE_OK)
        return err_set(err, "the changes of this turn could not be told");
    buf_addf(sql,
             "BEGIN;\nUPDATE reguard.lease SET commits = commits + 1 WHERE epoch = %" PRId64 ";\n",
             lease_epoch(s->lease));
    *ret_count = 1;
    bool fine = sqlite3changeset_start(&at, bytes, changes) == SQLITE_OK;
    while (fine && sqlite3changeset_next(at) == SQLITE_ROW) {
        struct change c = { .at = at };
        const char *name = "";
        int columns, indirect;
        sqlite3changeset_op(at, &name, &columns, &c.op, &indirect);
        c.table = shared_table_named(s, name);
        fine = c.table && (size_t)columns == c.table->count && add_change(s, sql, &c);
        ++*ret_count;
    }
    fine = sqlite3changeset_finalize(at) == SQLITE_OK && fine && !sql->overflow;
    sqlite3_free(changes);
    return fine || err_set(err, "the changes of this turn could not be put into words");
}

/* Each statement has to touch one row: else the tables are not what the file is a copy of. Where
   the lease is another's that is what counts, also when a later statement has failed: the other one
   has written a record with the same number. */
static enum shared_written send(struct shared *s, const char *sql, size_t count, struct err *err)
{
    int64_t *touched = xcalloc(count + 1, sizeof *touched);
    touched[1] = -1; /* not answered */
    enum shared_written result = pg_run(s->pg, sql, touched, count + 1, err) ? SHARED_WRITTEN
                                                                             : SHARED_AWAY;
    if (touched[1] == 0) {
        err_set(err, "another instance leads");
        result = SHARED_LOST;
    }
    for (size_t i = 2; i <= count && result == SHARED_WRITTEN; i++)
        if (touched[i] != 1) {
            err_set(err, "the shared tables are not what this file is a copy of");
            result = SHARED_LOST;
        }
    free(touched);
    return result;
}

static enum shared_written end(struct shared *s, enum shared_written so_far, struct err *err)
{
    struct err ignored = { "" };
    if (so_far != SHARED_WRITTEN) {
        if (!pg_is_cut(s->pg))
            pg_run(s->pg, "ROLLBACK", NULL, 0, &ignored);
        return so_far;
    }
    if (pg_run(s->pg, "COMMIT", NULL, 0, err))
        return SHARED_WRITTEN;
    /* A commit that the server itself has refused is none; no answer is neither yes nor no. */
    return pg_is_cut(s->pg) ? SHARED_UNKNOWN : SHARED_AWAY;
}

enum shared_written shared_write(struct shared *s, sqlite3_session *session, struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    size_t count = 0;
    buf_init(&sql, TRANSACTION_BYTES);
    if (lease_is_lost(s->lease)) {
        err_set(err, "another instance leads");
        return SHARED_LOST;
    }
    ms_t begun_ms = clock_monotonic_ms();
    if (!shared_is_connected(s, err) || !compose(s, session, &sql, &count, err))
        return SHARED_AWAY;
    pg_end_by(s->pg, begun_ms + PG_PATIENCE_MS);
    enum shared_written sent = send(s, buf_text(&sql), count, err);
    /* What could not be sent in time is away; an end that has begun is given a moment. */
    pg_end_by(s->pg, ms_max(begun_ms + PG_PATIENCE_MS, clock_monotonic_ms() + END_PATIENCE_MS));
    enum shared_written written = end(s, sent, err);
    pg_end_by(s->pg, 0);
    return written;
}
