/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"
#include "core/xalloc.h"
#include "core/buf.h"
#include "store/factjson.h"
#include "store/store_sql.h"
#include "core/encode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char store_schema[] =
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS inbox(source TEXT NOT NULL, event_id TEXT NOT NULL, received_ms "
    "INTEGER NOT NULL, answer TEXT, idle INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY(source, event_id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS waiting(ref INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, actor "
    "TEXT NOT NULL, source TEXT NOT NULL, data TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT "
    "NULL);"
    "CREATE INDEX IF NOT EXISTS inbox_received ON inbox(received_ms);"
    "CREATE INDEX IF NOT EXISTS inbox_idle ON inbox(received_ms) WHERE idle;"
    "CREATE INDEX IF NOT EXISTS inbox_answered ON inbox(received_ms) WHERE answer IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS journal(seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, case_id "
    "TEXT NOT NULL, kind TEXT NOT NULL,"
    " actor TEXT NOT NULL, source TEXT NOT NULL, data TEXT NOT NULL, prev TEXT NOT NULL, hash TEXT "
    "NOT NULL);"
    "CREATE INDEX IF NOT EXISTS journal_case ON journal(case_id);"
    "CREATE INDEX IF NOT EXISTS journal_rules ON journal(seq) WHERE kind = 'rules_read';"
    "CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON journal BEGIN SELECT "
    "RAISE(ABORT, 'the journal is append only'); END;"
    "CREATE TRIGGER IF NOT EXISTS journal_no_delete BEFORE DELETE ON journal BEGIN SELECT "
    "RAISE(ABORT, 'the journal is append only'); END;"
    /* REPLACE takes a row away without the trigger above. */
    "CREATE TRIGGER IF NOT EXISTS journal_no_replace BEFORE INSERT ON journal WHEN NEW.seq <= "
    "(SELECT coalesce(max(seq), 0) FROM journal)"
    " BEGIN SELECT RAISE(ABORT, 'the journal is append only'); END;"
    "CREATE TABLE IF NOT EXISTS cases(case_id TEXT PRIMARY KEY, no INTEGER NOT NULL, state TEXT "
    "NOT NULL, open INTEGER NOT NULL, account TEXT NOT NULL,"
    " account_name TEXT NOT NULL, requester TEXT NOT NULL, reason TEXT NOT NULL, asked_ms INTEGER "
    "NOT NULL, lifted_ms INTEGER NOT NULL,"
    " deadline_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL DEFAULT "
    "-1) "
    "WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS cases_no ON cases(no);"
    "CREATE INDEX IF NOT EXISTS cases_open ON cases(no) WHERE open;"
    "CREATE TABLE IF NOT EXISTS outbox(n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, chat TEXT "
    "NOT NULL, kind INTEGER NOT NULL, case_id TEXT NOT NULL,"
    " person TEXT, body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, first_ms INTEGER NOT "
    "NULL, next_ms INTEGER NOT NULL,"
    " look_first INTEGER NOT NULL DEFAULT 0, state INTEGER NOT NULL DEFAULT 0, remote_id TEXT);"
    "CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox(chat, n) WHERE state = 0;"
    "CREATE INDEX IF NOT EXISTS outbox_remote ON outbox(chat, remote_id);"
    "CREATE TABLE IF NOT EXISTS shown(case_id TEXT NOT NULL, chat TEXT NOT NULL, remote_id TEXT, "
    "wanted TEXT NOT NULL, digest TEXT NOT NULL,"
    " dirty INTEGER NOT NULL, first_ms INTEGER NOT NULL, next_ms INTEGER NOT NULL, look_first "
    "INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(case_id, chat)) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS shown_remote ON shown(chat, remote_id);"
    "CREATE TABLE IF NOT EXISTS standing(key TEXT PRIMARY KEY, chat TEXT NOT NULL, case_id TEXT "
    "NOT NULL, asks INTEGER NOT NULL, after TEXT NOT NULL,"
    " served INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS puts(key TEXT PRIMARY KEY, question TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS votes(chat TEXT NOT NULL, remote_id TEXT NOT NULL, person TEXT NOT "
    "NULL, reaction TEXT NOT NULL, stands INTEGER NOT NULL, at TEXT NOT NULL, noted_ms INTEGER NOT "
    "NULL, PRIMARY KEY(chat, remote_id, person, reaction)) WITHOUT ROWID;"
    "PRAGMA user_version = 8;"; /* 3: cases.due_ms; 4: puts, votes; 5: waiting, inbox.idle; 6:
                                   factjson.c; 7: journal_rules; 8: store_answers.c */
/* Cases of older stores: what is closed cannot be overdue, the rest is completed once the journal
   is folded. */
static const char ADD_DUE[] = "ALTER TABLE cases ADD COLUMN due_ms INTEGER NOT NULL DEFAULT -1;"
                              "UPDATE cases SET due_ms = 0 WHERE NOT open;";
/* A daemon that waits for another process's lock hears nobody meanwhile. */
enum { WRITING_PATIENCE_MS = 1000, LOOKING_PATIENCE_MS = 5000 };
static const char ADD_IDLE[] = "ALTER TABLE inbox ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;";

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

static bool failed(struct store *s, struct err *err, const char *what)
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
        failed(s, err, what);
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
        return failed(s, err, "prepare");
    if (!begin(s, err))
        return false;
    bool done = sqlite3_step(st) == SQLITE_DONE;
    if (!done)
        failed(s, err, "write");
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

/* ---- opening ---- */

static int64_t pragma(struct store *s, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW)
        value = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return value;
}

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
    return (st && head) || failed(s, err, "read the journal");
}

bool store_find_end(struct store *s, struct err *err)
{
    if (!read_head(s, err))
        return false;
    note_committed(s);
    return true;
}

static bool add_columns(struct store *s, int64_t version)
{
    static const struct {
        int64_t since;
        const char *sql;
    } steps[] = { { 3, ADD_DUE }, { 5, ADD_IDLE } };
    bool done = true;
    for (size_t i = 0; done && version > 0 && i < COUNT(steps); i++)
        if (version < steps[i].since)
            done = sqlite3_exec(s->db, steps[i].sql, NULL, NULL, NULL) == SQLITE_OK;
    return done;
}

static bool set_up(struct store *s, const char *path, struct err *err)
{
    int64_t version = pragma(s, "PRAGMA user_version");
    if (version < 0)
        return failed(s, err, "be read");
    if (version > STORE_SCHEMA) {
        /* Closing would fold a log that was left behind into the file. */
        sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        s->refused = true;
        return err_set(err,
                       "%s was written by a newer reguard (schema %lld, this one knows %d); it was "
                       "not touched",
                       path, (long long)version, (int)STORE_SCHEMA);
    }
    s->looks_at_older = s->looking && version < 3;
    if (s->looking)
        return version > 0 || err_set(err, "it is empty");
    if (sqlite3_exec(s->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = "
                     "-1024; PRAGMA journal_size_limit = 4194304;",
                     NULL, NULL, NULL) != SQLITE_OK)
        return failed(s, err, "be set up");
    if (version == STORE_SCHEMA)
        return true;
    bool done = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                add_columns(s, version) &&
                sqlite3_exec(s->db, store_schema, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    return done || failed(s, err, "create its tables");
}

/* SQLite's own failures for want of memory would be half a row here and a NULL there. Above that it
   is no want, but a length that cannot be: of a damaged file. */
static const int LONGEST_BYTES = 64 * 1024 * 1024;
static sqlite3_mem_methods its_own;

static void *allocate(int bytes)
{
    void *memory = its_own.xMalloc(bytes);
    if (!memory && bytes <= LONGEST_BYTES)
        xalloc_failed();
    return memory;
}

static void *reallocate(void *old, int bytes)
{
    void *memory = its_own.xRealloc(old, bytes);
    if (!memory && bytes <= LONGEST_BYTES)
        xalloc_failed();
    return memory;
}

/* Before SQLite is used at all; later it refuses, and has these already. */
static void give_memory(void)
{
    sqlite3_mem_methods ours;
    if (its_own.xMalloc || sqlite3_config(SQLITE_CONFIG_GETMALLOC, &its_own) != SQLITE_OK)
        return;
    ours = its_own;
    ours.xMalloc = allocate;
    ours.xRealloc = reallocate;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

static struct store *new_store(const char *state_dir)
{
    struct store *s = xcalloc(1, sizeof *s);
    give_memory();
    s->lock_fd = -1;
    STR_SET(s->hash, STORE_FIRST_HASH);
    STR_SET(s->committed_hash, STORE_FIRST_HASH);
    STR_SET(s->dir, state_dir);
    snprintf(s->path, sizeof s->path, "%s/reguard.db", s->dir);
    return s;
}

/* Where it is, and what to do about it. */
static bool no_database(const struct store *s, struct err *err)
{
    int code = s->db ? sqlite3_errcode(s->db) : SQLITE_NOMEM;
    bool broken = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    err_wrap(err, "%s", s->path);
    return broken ? err_set(err,
                            "%s is not a database, or a damaged one: put a copy of it back "
                            "(deploy/docs/records.md)",
                            s->path)
                  : false;
}

/* A glance at a file without a log: nobody writes, so that no lock is needed, and no index of a log
   (sqlite.org/uri.html). */
static bool is_still(const struct store *s)
{
    char log[STORE_PATH_BYTES + 8];
    snprintf(log, sizeof log, "%s-wal", s->path);
    return s->glancing && access(log, F_OK) != 0 && errno == ENOENT;
}

static void add_uri(struct buf *b, const char *path)
{
    buf_add(b, path[0] == '/' ? "file://" : "file:");
    encode_percent(b, path, ENCODE_UNRESERVED "/");
    buf_add(b, "?immutable=1");
}

static bool open_file(struct store *s)
{
    CLEANUP(buf_done) struct buf name;
    buf_init(&name, 4 * STORE_PATH_BYTES);
    int flags = SQLITE_OPEN_NOMUTEX | (s->looking ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    if (is_still(s)) {
        flags |= SQLITE_OPEN_URI;
        add_uri(&name, s->path);
    } else {
        buf_add(&name, s->path);
    }
    return sqlite3_open_v2(buf_text(&name), &s->db, flags, NULL) == SQLITE_OK;
}

static bool open_database(struct store *s, struct err *err)
{
    mode_t mask = umask(0077);
    bool ok = s->looking || store_make_file(s, err);
    if (ok && !open_file(s))
        ok = err_set(err, "%s", s->db ? sqlite3_errmsg(s->db) : "out of memory");
    umask(mask);
    if (!ok)
        return s->db ? no_database(s, err) : false;
    sqlite3_busy_timeout(s->db, s->looking ? LOOKING_PATIENCE_MS : WRITING_PATIENCE_MS);
    return (set_up(s, s->path, err) && store_find_end(s, err)) ||
           (!s->refused && no_database(s, err));
}

static struct store *opened(struct store *s, bool ok)
{
    if (ok)
        return s;
    store_close(s);
    return NULL;
}

struct store *store_open_file(const char *state_dir, struct err *err)
{
    struct store *s = new_store(state_dir);
    return opened(s, open_database(s, err));
}

/* A copy goes on only from what it is a copy of. */
static bool is_no_copy(struct store *s, struct err *err)
{
    s->refused = store_is_copy(s);
    return !s->refused || err_set(err,
                                  "%s is a copy of records that are shared: name them with url in "
                                  "[store], or put the file away",
                                  s->path);
}

struct store *store_open(const char *state_dir, struct err *err)
{
    struct store *s = new_store(state_dir);
    return opened(s, store_take_lock(s, err) && open_database(s, err) && is_no_copy(s, err));
}

struct store *store_open_copy(const char *state_dir, struct err *err)
{
    struct store *s = new_store(state_dir);
    return opened(s, store_take_lock(s, err) && open_database(s, err));
}

struct store *store_open_anyhow(const char *state_dir, struct err *ret_why, struct err *err)
{
    struct store *s = new_store(state_dir);
    if (!store_take_lock(s, err))
        return opened(s, false);
    if (open_database(s, ret_why) && is_no_copy(s, ret_why)) {
        if (!store_make_reserve(s))
            s->place = STORE_ON_RESERVE;
        if (s->place == STORE_ON_RESERVE)
            err_set(ret_why, "the disk is nearly full; make room on it");
        return s;
    }
    if (s->refused) {
        *err = *ret_why;
        return opened(s, false);
    }
    store_forget_statements(s);
    sqlite3_close(s->db);
    s->db = NULL;
    s->main_file.there = false;
    s->seq = 0;
    STR_SET(s->hash, STORE_FIRST_HASH);
    return opened(s, store_go_to_memory(s, err));
}

struct store *store_open_in_memory(struct err *err)
{
    struct store *s = new_store("");
    return opened(s, store_go_to_memory(s, err));
}

/* A file without a name, which SQLite deletes (sqlite.org/c3ref/open.html). */
struct store *store_open_scratch(struct err *err)
{
    struct store *s = new_store("");
    bool fine = (sqlite3_open("", &s->db) == SQLITE_OK &&
                 sqlite3_exec(s->db, store_schema, NULL, NULL, NULL) == SQLITE_OK) ||
                err_set(err, "no room for a file to compare with: %s", sqlite3_errmsg(s->db));
    return opened(s, fine);
}

struct store *store_open_to_look(const char *state_dir, struct err *err)
{
    struct store *s = new_store(state_dir);
    s->looking = true;
    return opened(s, open_database(s, err));
}

struct store *store_open_to_glance(const char *state_dir, struct err *err)
{
    struct store *s = new_store(state_dir);
    s->looking = s->glancing = true;
    return opened(s, open_database(s, err));
}

void store_hold_still(struct store *s) { sqlite3_exec(s->db, "BEGIN", NULL, NULL, NULL); }

void store_forget_statements(struct store *s)
{
    for (size_t i = 0; i < STORE_STATEMENTS; i++)
        sqlite3_finalize(s->kept[i].statement);
    memset(s->kept, 0, sizeof s->kept);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    store_drop_changes(s);
    store_forget_statements(s);
    store_drop_next(s);
    sqlite3_close(s->db);
    sqlite3_close(s->file);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    free(s);
}

/* ---- inbox ---- */

enum store_note store_note_event(struct store *s, const char *source, const char *event_id,
                                 ms_t at_ms, struct arena *arena, const char **ret_answer,
                                 struct err *err)
{
    sqlite3_stmt *st = sql_prepare(
        s, "INSERT OR IGNORE INTO inbox(source, event_id, received_ms) VALUES(?1, ?2, ?3)");
    sql_text(st, 1, source);
    sql_text(st, 2, event_id);
    sql_number(st, 3, at_ms);
    *ret_answer = NULL;
    if (!sql_run(s, st, err))
        return STORE_NOTE_FAILED;
    if (sqlite3_changes(s->db) > 0) {
        s->grown = true;
        return STORE_NEW;
    }
    st = sql_prepare(s, "SELECT answer FROM inbox WHERE source = ?1 AND event_id = ?2");
    sql_text(st, 1, source);
    sql_text(st, 2, event_id);
    if (sql_row(st)) {
        struct kept_answer earlier = store_read_answer(sql_column(st, 0, arena));
        *ret_answer = earlier.form ? NULL : earlier.text;
    }
    sqlite3_reset(st);
    return STORE_REPEAT;
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

static bool each_row(struct store *s, uint64_t after, const char *case_id, bool also_wrong,
                     bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                     struct err *err)
{
#define RECORDS "SELECT seq, at_ms, case_id, kind, actor, source, data, prev, hash FROM journal "
    static const char all[] = RECORDS "WHERE seq > ?1 ORDER BY seq",
                      of_case[] = RECORDS "WHERE case_id = ?2 AND seq > ?1 ORDER BY seq";
#undef RECORDS
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, case_id ? of_case : all, -1, &st, NULL) != SQLITE_OK)
        return failed(s, err, "read the journal");
    sql_number(st, 1, (int64_t)after);
    if (case_id)
        sql_text(st, 2, case_id);
    bool going = true;
    int step;
    while (going && (step = sqlite3_step(st)) == SQLITE_ROW) {
        struct err wrong = { "" };
        struct journal_record r;
        bool good = is_record(st, &r, also_wrong ? &wrong : err);
        going = good || also_wrong;
        if (!going)
            break;
        r.wrong = good ? NULL : wrong.text;
        going = each(arg, &r, err);
    }
    bool whole = going && step == SQLITE_DONE;
    if (going && !whole)
        failed(s, err, "read the journal");
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
    return each_row(s, after, case_id, false, each, arg, err);
}

bool store_each_row(struct store *s, uint64_t after,
                    bool (*each)(void *, const struct journal_record *, struct err *), void *arg,
                    struct err *err)
{
    return each_row(s, after, NULL, true, each, arg, err);
}

/* ---- cases ---- */

void case_row_of(const struct casefile *c, struct case_row *ret)
{
    *ret = (struct case_row){ .asked_ms = c->asked_ms,
                              .lifted_ms = c->lifted_ms,
                              .deadline_ms = c->deadline_ms,
                              .closed_ms = c->closed_ms,
                              .overdue_ms = case_overdue_ms(c) };
    if (ret->overdue_ms == MS_NEVER)
        ret->overdue_ms = 0;
    case_id_text(c->no, ret->case_id);
    STR_SET(ret->state, case_state_names[c->state]);
    STR_SET(ret->account, c->account);
    STR_SET(ret->account_name, c->account_name);
    STR_SET(ret->requester, c->requester.name);
    STR_SET(ret->reason, c->reason);
}

/* Of a row that does not say, by its deadline. */
bool case_row_is_overdue(const struct case_row *row, ms_t now_ms)
{
    bool may_be = str_equal(row->state, case_state_names[CASE_LIFTED]) ||
                  str_equal(row->state, case_state_names[CASE_RESTORING]);
    ms_t from_ms = row->overdue_ms != CASE_ROW_NO_DUE ? row->overdue_ms
                   : may_be                           ? row->deadline_ms
                                                      : 0;
    return from_ms > 0 && now_ms >= from_ms;
}

bool store_put_case(struct store *s, const struct case_row *row, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(
        s, "INSERT OR REPLACE INTO cases(case_id, no, state, open, account, account_name, "
           "requester, reason, asked_ms, lifted_ms, deadline_ms, closed_ms, due_ms)"
           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
    sql_text(st, 1, row->case_id);
    sql_number(st, 2, case_id_read(row->case_id));
    sql_text(st, 3, row->state);
    sql_number(st, 4, row->closed_ms == 0);
    sql_text(st, 5, row->account);
    sql_text(st, 6, row->account_name);
    sql_text(st, 7, row->requester);
    sql_text(st, 8, row->reason);
    sql_number(st, 9, row->asked_ms);
    sql_number(st, 10, row->lifted_ms);
    sql_number(st, 11, row->deadline_ms);
    sql_number(st, 12, row->closed_ms);
    sql_number(st, 13, row->overdue_ms);
    return sql_run(s, st, err);
}

bool store_complete_case(struct store *s, const struct case_row *row, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "UPDATE cases SET due_ms = ?2 WHERE case_id = ?1 AND due_ms = -1");
    sql_text(st, 1, row->case_id);
    sql_number(st, 2, row->overdue_ms);
    return sql_run(s, st, err);
}

bool store_drop_case(struct store *s, const char *case_id, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "UPDATE cases SET open = 0 WHERE case_id = ?1");
    sql_text(st, 1, case_id);
    return sql_run(s, st, err);
}

static void read_case(sqlite3_stmt *st, struct case_row *row)
{
    *row = (struct case_row){ .asked_ms = sqlite3_column_int64(st, 6),
                              .lifted_ms = sqlite3_column_int64(st, 7),
                              .deadline_ms = sqlite3_column_int64(st, 8),
                              .closed_ms = sqlite3_column_int64(st, 9),
                              .overdue_ms = sqlite3_column_int64(st, 10) };
    STR_SET(row->case_id, sql_text_at(st, 0));
    STR_SET(row->state, sql_text_at(st, 1));
    STR_SET(row->account, sql_text_at(st, 2));
    STR_SET(row->account_name, sql_text_at(st, 3));
    STR_SET(row->requester, sql_text_at(st, 4));
    STR_SET(row->reason, sql_text_at(st, 5));
}

static size_t read_cases(struct store *s, bool open_only, const char *case_id,
                         struct case_row *rows, size_t most, bool *ret_whole)
{
#define CASES(due, which)                                                                    \
    "SELECT case_id, state, account, account_name, requester, reason, asked_ms, lifted_ms, " \
    "deadline_ms, closed_ms, " due " FROM cases " which
#define EACH(due)                                               \
    {                                                           \
        CASES(due, "ORDER BY no DESC LIMIT ?1"),                \
            CASES(due, "WHERE open ORDER BY no DESC LIMIT ?1"), \
            CASES(due, "WHERE case_id = ?2 LIMIT ?1"),          \
            CASES(due, "WHERE case_id = ?2 AND open LIMIT ?1")  \
    }
    /* One statement for each question: one for all of them could use no index. */
    static const char *const all[] = EACH("due_ms"), *const of_older[] = EACH("-1");
#undef EACH
#undef CASES
    size_t which = (size_t)(case_id != NULL) * 2 + open_only;
    sqlite3_stmt *st = sql_prepare(s, s->looks_at_older ? of_older[which] : all[which]);
    sql_number(st, 1, (int64_t)most);
    if (case_id)
        sql_text(st, 2, case_id);
    size_t n = 0;
    int step = st ? SQLITE_ROW : SQLITE_ERROR;
    while (n < most && step == SQLITE_ROW && (step = sqlite3_step(st)) == SQLITE_ROW)
        read_case(st, &rows[n++]);
    *ret_whole = step == SQLITE_DONE || n == most;
    sqlite3_reset(st);
    return n;
}

size_t store_cases(struct store *s, bool open_only, const char *case_id, struct case_row *rows,
                   size_t most)
{
    bool whole;
    return read_cases(s, open_only, case_id, rows, most, &whole);
}

bool store_open_cases(struct store *s, struct case_row *rows, size_t most, size_t *ret_count,
                      struct err *err)
{
    bool whole;
    *ret_count = read_cases(s, true, NULL, rows, most, &whole);
    return whole || failed(s, err, "read the open cases");
}

uint32_t store_last_case(struct store *s)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT max(no) FROM cases");
    uint32_t last = sql_row(st) ? (uint32_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return last;
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
