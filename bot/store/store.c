/* SPDX-License-Identifier: Apache-2.0 */
/* Statements, transactions, what was heard, and the journal. */
#include "store/store.h"
#include "store/factjson.h"
#include "store/store_sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- statements ---- */

/* What the system said of the log or else of the file: sqlite3_system_errno is what errno has
   become since. 0: nothing. */
static int errno_of_files(sqlite3 *db)
{
    static const int pointers[] = { SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER };
    int last = 0;
    for (size_t i = 0; i < COUNT(pointers) && !last; i++) {
        sqlite3_file *file = NULL;
        if (sqlite3_file_control(db, "main", pointers[i], &file) == SQLITE_OK && file &&
            file->pMethods)
            file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &last);
    }
    return last;
}

bool sql_failed(struct store *s, struct err *err, const char *what)
{
    int code = sqlite3_errcode(s->db);
    bool of_disk = (code & 0xff) == SQLITE_IOERR; /* the extended codes' first byte */
    int system = of_disk ? errno_of_files(s->db) : 0;
    s->trouble = code == SQLITE_FULL || (of_disk && (system == ENOSPC || system == EDQUOT))
                     ? STORE_TROUBLE_FULL
                 : of_disk ? STORE_TROUBLE_DISK
                           : STORE_TROUBLE_OTHER;
    if (system)
        return err_set(err, "the store could not %s: %s (%s)", what, sqlite3_errmsg(s->db),
                       strerror(system));
    return err_set(err, "the store could not %s: %s", what, sqlite3_errmsg(s->db));
}

sqlite3_stmt *sql_prepare(struct store *s, const char *sql)
{
    for (size_t i = 0; i < STORE_STATEMENTS; i++) {
        if (s->kept[i].sql == sql) {
            sqlite3_reset(s->kept[i].statement);
            sqlite3_clear_bindings(s->kept[i].statement);
            return s->kept[i].statement;
        }
        if (s->kept[i].sql)
            continue;
        if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->kept[i].statement,
                               NULL) != SQLITE_OK)
            return NULL;
        s->kept[i].sql = sql;
        return s->kept[i].statement;
    }
    return NULL;
}

void sql_text(sqlite3_stmt *st, int at, const char *text)
{
    if (text)
        sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

void sql_number(sqlite3_stmt *st, int at, int64_t number) { sqlite3_bind_int64(st, at, number); }

bool sql_row(sqlite3_stmt *st) { return st && sqlite3_step(st) == SQLITE_ROW; }

char *sql_column(sqlite3_stmt *st, int at, struct arena *arena)
{
    return arena_copy(arena, (const char *)sqlite3_column_text(st, at));
}

/* Begins or ends a transaction: in every turn, and parsed once. */
static bool transact(struct store *s, const char *sql, const char *what, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, sql);
    bool done = st && sqlite3_step(st) == SQLITE_DONE;
    if (!done)
        sql_failed(s, err, what);
    sqlite3_reset(st);
    return done;
}

static bool begin(struct store *s, struct err *err)
{
    if (s->in_transaction)
        return true;
    if (!transact(s, "BEGIN IMMEDIATE", "begin", err))
        return false;
    s->in_transaction = true;
    return !s->shared || s->place == STORE_IN_MEMORY || store_watch_changes(s, err);
}

bool sql_run(struct store *s, sqlite3_stmt *st, struct err *err)
{
    if (!st)
        return sql_failed(s, err, "prepare");
    if (!begin(s, err))
        return false;
    bool done = sqlite3_step(st) == SQLITE_DONE;
    if (!done)
        sql_failed(s, err, "write");
    sqlite3_reset(st);
    return done;
}

const char *sql_text_at(sqlite3_stmt *st, int at)
{
    return str_or_empty((const char *)sqlite3_column_text(st, at));
}

const char *sql_words(sqlite3_stmt *st, int at, struct arena *arena)
{
    return arena_copy(arena, sql_text_at(st, at));
}

bool store_is_dirty(const struct store *s) { return s->in_transaction; }

static void roll_back(struct store *s)
{
    store_drop_changes(s);
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->in_transaction = false;
    s->seq = s->committed_seq;
    STR_SET(s->hash, s->committed_hash);
}

static void note_committed(struct store *s)
{
    s->committed_seq = s->seq;
    STR_SET(s->committed_hash, s->hash);
    if (s->place != STORE_IN_MEMORY)
        store_note_files(s);
}

/* What is written to a file that nobody will ever open again is not written. */
static bool is_written_where_it_belongs(struct store *s, struct err *err)
{
    if (s->place == STORE_IN_MEMORY || !s->main_file.there || store_is_in_place(s, err))
        return true;
    s->trouble = STORE_TROUBLE_MOVED;
    return false;
}

bool store_commit(struct store *s, struct err *err)
{
    if (!s->in_transaction)
        return true;
    bool done = is_written_where_it_belongs(s, err) && store_share_changes(s, err) &&
                transact(s, "COMMIT", "commit", err);
    if (!done) {
        store_end_when_torn(s, err);
        roll_back(s);
        return false;
    }
    store_drop_changes(s);
    s->shared_ahead = false;
    s->in_transaction = false;
    note_committed(s);
    return true;
}

/* ---- when it cannot be written ---- */

enum store_place store_place(const struct store *s) { return s->place; }

void store_say_why(const struct store *s, const struct err *cause, struct err *ret_why)
{
    switch (s->trouble) {
    case STORE_TROUBLE_FULL: err_set(ret_why, "the disk is full; make room on it"); break;
    case STORE_TROUBLE_MOVED:
        err_set(ret_why, "%.300s while I used it; I try to go on from what is there", cause->text);
        break;
    case STORE_TROUBLE_DISK: err_set(ret_why, "%.300s; see to the disk", cause->text); break;
    case STORE_TROUBLE_OTHER: err_set(ret_why, "%.300s", cause->text); break;
    }
}

bool store_step_back(struct store *s, const struct err *cause, struct err *ret_why)
{
    struct err err = { "" };
    store_say_why(s, cause, ret_why);
    roll_back(s);
    if (s->place == STORE_IN_MEMORY)
        return store_make_room(s);
    if (s->trouble == STORE_TROUBLE_FULL && s->place == STORE_ON_DISK && store_give_up_reserve(s)) {
        s->place = STORE_ON_RESERVE;
        /* The log takes room that is not needed, and is to stay small. */
        sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 16", NULL,
                     NULL, NULL);
        return true;
    }
    return store_go_to_memory(s, &err) || err_set(ret_why, "%s", err.text);
}

bool store_come_back(struct store *s, uint64_t *ret_uncertain, struct err *err)
{
    *ret_uncertain = 0;
    if (s->place == STORE_IN_MEMORY && !store_leave_memory(s, ret_uncertain, err))
        return false;
    if (!store_make_reserve(s)) {
        s->place = STORE_ON_RESERVE;
        return err_set(err, "there is not enough room on the disk");
    }
    s->place = STORE_ON_DISK;
    sqlite3_exec(s->db, "PRAGMA wal_autocheckpoint = 1000", NULL, NULL, NULL);
    return true;
}

/* ---- the head of the chain ---- */

/* Where the chain goes on: at the head that was stored with the newest record. When the journal's
   end is missing or changed, the next record follows what was there, so that going on cannot close
   the gap and `audit verify` finds it for ever. */
static bool read_head(struct store *s, struct err *err)
{
    s->seq = 0;
    STR_SET(s->hash, STORE_FIRST_HASH);
    sqlite3_stmt *st = sql_prepare(s, "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1");
    if (sql_row(st)) {
        s->seq = (uint64_t)sqlite3_column_int64(st, 0);
        STR_SET(s->hash, sql_text_at(st, 1));
    }
    /* A statement left on its row would hold this moment's view of the file, and the log could
       never be folded in. */
    sqlite3_reset(st);
    sqlite3_stmt *head = sql_prepare(s, "SELECT value FROM meta WHERE key = 'head'");
    unsigned long long seq;
    char hash[STORE_HASH_BYTES];
    if (sql_row(head) && sscanf(sql_text_at(head, 0), "%19llu %64s", &seq, hash) == 2 &&
        seq >= s->seq && seq < INT64_MAX) {
        s->seq = seq;
        STR_SET(s->hash, hash);
    }
    sqlite3_reset(head);
    return (st && head) || sql_failed(s, err, "read the journal");
}

bool store_find_end(struct store *s, struct err *err)
{
    if (!read_head(s, err))
        return false;
    note_committed(s);
    return true;
}

/* ---- inbox ---- */

enum store_note store_knows_event(struct store *s, const char *source, const char *event_id,
                                  struct arena *arena, const char **ret_answer, struct err *err)
{
    *ret_answer = NULL;
    if (!begin(s, err)) /* it is written to, or answered, in the same breath */
        return STORE_NOTE_FAILED;
    sqlite3_stmt *st = sql_prepare(s,
                                   "SELECT answer FROM inbox WHERE source = ?1 AND event_id = ?2");
    sql_text(st, 1, source);
    sql_text(st, 2, event_id);
    int step = st ? sqlite3_step(st) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        struct kept_answer earlier = store_read_answer(sql_column(st, 0, arena));
        *ret_answer = earlier.form ? NULL : earlier.text;
    } else if (step != SQLITE_DONE) {
        sql_failed(s, err, "look an event up");
    }
    sqlite3_reset(st);
    return step == SQLITE_ROW ? STORE_REPEAT : step == SQLITE_DONE ? STORE_NEW : STORE_NOTE_FAILED;
}

bool store_note_event(struct store *s, const struct noted_event *event, struct arena *arena,
                      struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "INSERT INTO inbox(source, event_id, received_ms, answer, idle) VALUES(?1, "
                       "?2, ?3, ?4, ?5)");
    sql_text(st, 1, event->source);
    sql_text(st, 2, event->event_id);
    sql_number(st, 3, event->at_ms);
    sql_text(st, 4, event->answer ? store_answer_column(event->answer, arena) : NULL);
    sql_number(st, 5, event->idle);
    s->grown = true;
    return sql_run(s, st, err);
}

/* ---- journal ---- */

bool store_append(struct store *s, const struct fact *fact, struct arena *arena, struct err *err)
{
    struct fact_columns columns;
    char hash[STORE_HASH_BYTES];
    uint64_t seq = s->seq + 1;
    factjson_write(fact, arena, &columns);
    factjson_hash(s->hash, &columns, seq, fact->at_ms, arena, hash);
    sqlite3_stmt *st = sql_prepare(s,
                                   "INSERT INTO journal(seq, at_ms, case_id, kind, actor, source, "
                                   "data, prev, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    sql_number(st, 1, (int64_t)seq);
    sql_number(st, 2, fact->at_ms);
    const char *const texts[] = { columns.case_id, columns.kind, columns.actor, columns.source,
                                  columns.data,    s->hash,      hash };
    for (size_t i = 0; i < COUNT(texts); i++)
        sql_text(st, (int)i + 3, texts[i]);
    if (!sql_run(s, st, err))
        return false;
    s->seq = seq;
    STR_SET(s->hash, hash);
    return store_put(s, "head", arena_printf(arena, "%llu %s", (unsigned long long)seq, hash), err);
}

uint64_t store_head(const struct store *s, char ret_hash[STORE_HASH_BYTES])
{
    bool away = s->place == STORE_IN_MEMORY;
    str_copy(ret_hash, STORE_HASH_BYTES, away ? s->base_hash : s->hash);
    return away ? s->base_seq : s->seq;
}

/* From the newest one on: what has to be looked at is as much as was written since. */
uint64_t store_record_before(struct store *s, uint64_t upto, ms_t at_ms)
{
    sqlite3_stmt *st =
        sql_prepare(s, "SELECT seq, at_ms FROM journal WHERE seq <= ?1 ORDER BY seq DESC");
    uint64_t found = 0;
    sql_number(st, 1, (int64_t)upto);
    while (!found && sql_row(st))
        if (sqlite3_column_int64(st, 1) < at_ms)
            found = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return found;
}

/* What a column holds to the end. Bytes behind a NUL would be kept and never be looked at. *ret: ""
   for NULL. */
static bool is_whole_text(sqlite3_stmt *st, int at, const char **ret)
{
    bool is_text = sqlite3_column_type(st, at) == SQLITE_TEXT;
    *ret = sql_text_at(st, at);
    return is_text && strlen(*ret) == (size_t)sqlite3_column_bytes(st, at);
}

static bool is_hash(const char *text)
{
    return strlen(text) == STORE_HASH_BYTES - 1 &&
           strspn(text, "0123456789abcdef") == STORE_HASH_BYTES - 1;
}

/* The row has the types that store_append gives it: SQLite takes any value into any column. */
static bool is_record(sqlite3_stmt *st, struct journal_record *ret, struct err *err)
{
    const char **const texts[] = { &ret->case_id, &ret->kind, &ret->actor, &ret->source,
                                   &ret->data,    &ret->prev, &ret->hash };
    int64_t seq = sqlite3_column_int64(st, 0), at_ms = sqlite3_column_int64(st, 1);
    *ret = (struct journal_record){ .seq = (uint64_t)seq, .at_ms = at_ms };
    bool fine = sqlite3_column_type(st, 1) == SQLITE_INTEGER && seq > 0 && at_ms >= 0 &&
                at_ms <= LIMIT_INSTANT_MS;
    for (size_t i = 0; i < COUNT(texts); i++)
        fine = is_whole_text(st, 2 + (int)i, texts[i]) && fine;
    fine = fine && is_hash(ret->prev) && is_hash(ret->hash);
    return fine || err_set(err, "record %lld is none of reguard's: a value has another type",
                           (long long)seq);
}

/* Which rows of the journal are gone through. */
struct rows {
    uint64_t after;
    const char *case_id; /* NULL: of all of them */
    bool also_wrong;     /* those that are no record, too, with why */
};

static bool each_row(struct store *s, const struct rows *rows,
                     bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                     struct err *err)
{
#define RECORDS "SELECT seq, at_ms, case_id, kind, actor, source, data, prev, hash FROM journal "
    static const char all[] = RECORDS "WHERE seq > ?1 ORDER BY seq",
                      of_case[] = RECORDS "WHERE case_id = ?2 AND seq > ?1 ORDER BY seq";
#undef RECORDS
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, rows->case_id ? of_case : all, -1, &st, NULL) != SQLITE_OK)
        return sql_failed(s, err, "read the journal");
    sql_number(st, 1, (int64_t)rows->after);
    if (rows->case_id)
        sql_text(st, 2, rows->case_id);
    bool going = true;
    int step;
    while (going && (step = sqlite3_step(st)) == SQLITE_ROW) {
        struct err wrong = { "" };
        struct journal_record r;
        bool good = is_record(st, &r, rows->also_wrong ? &wrong : err);
        going = good || rows->also_wrong;
        if (!going)
            break;
        r.wrong = good ? NULL : wrong.text;
        going = each(arg, &r, err);
    }
    bool whole = going && step == SQLITE_DONE;
    if (going && !whole)
        sql_failed(s, err, "read the journal");
    sqlite3_finalize(st);
    return whole;
}

const char *store_newest_rules(struct store *s, struct arena *arena)
{
    /* The kind in its own words, or the index of those records alone is of no use. */
    sqlite3_stmt *st = sql_prepare(s, "SELECT data FROM journal WHERE kind = 'rules_read' "
                                      "ORDER BY seq DESC LIMIT 1");
    const char *data = sql_row(st) ? sql_column(st, 0, arena) : NULL;
    sqlite3_reset(st);
    return data;
}

bool store_each_record(struct store *s, uint64_t after, const char *case_id,
                       bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                       struct err *err)
{
    return each_row(s, &(struct rows){ .after = after, .case_id = case_id }, each, arg, err);
}

uint64_t store_records_of(struct store *s, const char *case_id)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT count(*) FROM journal WHERE case_id = ?1");
    sql_text(st, 1, case_id);
    uint64_t count = sql_row(st) ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return count;
}

bool store_each_row(struct store *s, uint64_t after,
                    bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                    struct err *err)
{
    return each_row(s, &(struct rows){ .after = after, .also_wrong = true }, each, arg, err);
}

static ms_t first_instant(sqlite3_stmt *st)
{
    ms_t at = sql_row(st) ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return at;
}

ms_t store_newest_ms(struct store *s)
{
    return first_instant(sql_prepare(s, "SELECT at_ms FROM journal ORDER BY seq DESC LIMIT 1"));
}

ms_t store_oldest_ms(struct store *s)
{
    return first_instant(sql_prepare(s, "SELECT at_ms FROM journal ORDER BY seq LIMIT 1"));
}

/* ---- small values ---- */

const char *store_get(struct store *s, const char *key, struct arena *arena)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT value FROM meta WHERE key = ?1");
    sql_text(st, 1, key);
    const char *value = sql_row(st) ? sql_column(st, 0, arena) : NULL;
    sqlite3_reset(st);
    return value;
}

bool store_put(struct store *s, const char *key, const char *text, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "INSERT INTO meta(key, value) VALUES(?1, ?2) ON "
                                      "CONFLICT(key) DO UPDATE SET value = excluded.value");
    sql_text(st, 1, key);
    sql_text(st, 2, text);
    return sql_run(s, st, err);
}

bool store_quiet(struct store *s, uint64_t *ret_seq, struct err *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_MESSAGE_BYTES * 8);
    const char *text = store_get(s, "quiet_seq", &arena);
    size_t digits = strspn(str_or_empty(text), "0123456789");
    bool fine = !text || (digits > 0 && digits <= 18 && text[digits] == '\0');
    *ret_seq = fine && text ? strtoull(text, NULL, 10) : 0;
    fine = fine && *ret_seq <= s->seq;
    if (!fine)
        *ret_seq = 0;
    arena_done(&arena);
    return fine || err_set(err, "the store does not say up to which record everything is settled");
}
