/* SPDX-License-Identifier: Apache-2.0 */
/* Is the file what was written: its pages, its end, and one record by its number. */
#include "store/store.h"
#include "store/store_sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool store_hash_of(struct store *s, uint64_t seq, char ret_hash[STORE_HASH_BYTES])
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT hash FROM journal WHERE seq = ?1");
    sql_number(st, 1, (int64_t)seq);
    bool there = sql_row(st);
    str_copy(ret_hash, STORE_HASH_BYTES, there ? sql_text_at(st, 0) : "");
    sqlite3_reset(st);
    return there;
}

static bool read_last(struct store *s, uint64_t *ret_seq, char ret_hash[STORE_HASH_BYTES])
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
    bool there = sql_row(st);
    *ret_seq = there ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    str_copy(ret_hash, STORE_HASH_BYTES, there ? sql_text_at(st, 1) : STORE_FIRST_HASH);
    sqlite3_reset(st);
    return there;
}

bool store_read_head(struct store *s, uint64_t *ret_seq, char ret_hash[STORE_HASH_BYTES])
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT value FROM meta WHERE key = 'head'");
    bool there = sql_row(st) &&
                 sscanf(sql_text_at(st, 0), "%19" SCNu64 " %64s", ret_seq, ret_hash) == 2 &&
                 *ret_seq < INT64_MAX;
    sqlite3_reset(st);
    return there;
}

bool store_check_end(struct store *s, uint64_t *ret_record, struct err *err)
{
    uint64_t last, head = 0;
    char last_hash[STORE_HASH_BYTES], head_hash[STORE_HASH_BYTES];
    bool any = read_last(s, &last, last_hash), known = store_read_head(s, &head, head_hash);
    *ret_record = last;
    if (!any && !known)
        return true; /* nothing was ever written */
    if (!known)
        return err_set(err, "where the journal ended is not written down any more");
    *ret_record = head;
    if (last > head)
        return err_set(err, "after record %" PRIu64 ", the last one of mine, others were added",
                       head);
    if (last < head)
        return err_set(err, "the newest records are missing: %" PRIu64 " to %" PRIu64, last + 1,
                       head);
    return str_equal(last_hash, head_hash) ||
           err_set(err, "the newest record, %" PRIu64 ", was changed", last);
}

const char *const store_tables[] = { "inbox", "cases",    "outbox", "shown",
                                     "meta",  "standing", "journal" };
const size_t store_table_count = COUNT(store_tables);

bool store_check_pages(struct store *s, const char *table, struct err *err)
{
    char sql[64];
    sqlite3_stmt *st = NULL;
    snprintf(sql, sizeof sql, table ? "PRAGMA quick_check(%s)" : "PRAGMA quick_check",
             str_or_empty(table));
    int step = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK ? sqlite3_step(st)
                                                                          : SQLITE_ERROR;
    bool whole = step == SQLITE_ROW && str_equal(sql_text_at(st, 0), "ok");
    if (!whole)
        err_set(err, "the file is damaged (%.200s)",
                step == SQLITE_ROW ? sql_text_at(st, 0) : sqlite3_errmsg(s->db));
    sqlite3_finalize(st);
    return whole;
}

int64_t store_bytes(const struct store *s)
{
    struct stat there;
    const char *path = sqlite3_db_filename(s->db, "main");
    return path && stat(path, &there) == 0 ? (int64_t)there.st_size : 0;
}
