/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, and the ways to open them: to write, to look, in memory, as a copy. */
#include "core/buf.h"
#include "core/encode.h"
#include "core/xalloc.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <errno.h>
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
        return sql_failed(s, err, "be read");
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
        return sql_failed(s, err, "be set up");
    if (version == STORE_SCHEMA)
        return true;
    bool done = sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
                add_columns(s, version) &&
                sqlite3_exec(s->db, store_schema, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
    return done || sql_failed(s, err, "create its tables");
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
