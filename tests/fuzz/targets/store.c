/* SPDX-License-Identifier: Apache-2.0 */
/* A store that somebody has tampered with: the file that this target has made itself, with changes
   from the input. An upper case letter changes a value by SQL: table, row, column, kind of value,
   value; N takes NOT NULL from the schema; a lower case one changes a byte of the file. Then
   everything is done with it that reguard does at start and for an operator. What differs in the
   journal is found by verify. */
#include "tests/fuzz/fuzz.h"

#include "commands/parts.h"
#include "core/rich.h"
#include "core/turn.h"
#include "engine/engine.h"
#include "host/log.h"
#include "store/audit.h"
#include "store/history.h"
#include "store/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CASES = 3, EDITS = 8 };
static const ms_t BEGIN_MS = 1795526055000;
static char folder[160], path[200];
static uint8_t *image;
static size_t image_bytes;
static char *journal; /* as it was */
static struct loop *loop;

/* ---- the store as it is made ---- */

static void append(struct store *s, struct desk *desk, struct arena *arena, enum fact_kind kind,
                   uint32_t no, ms_t at)
{
    struct err err = { "" };
    struct fact f = { .kind = kind, .at_ms = at, .case_no = no };
    f.actor = (struct fact_actor){ "user-ada", "slack", "U0ADA", "Ada", "ada@example.com" };
    f.source = (struct fact_source){ "slack", "Ev1" };
    f.account = "222222222222";
    f.account_name = "bakery";
    f.reason = "month end";
    f.handle = "00112233445566778899aabbccddeeff";
    f.window_ms = 30 * MS_MINUTE;
    f.until_ms = at + 30 * MS_MINUTE;
    if (!store_append(s, &f, arena, &err))
        abort();
    desk_apply(desk, &f);
}

static void make(void)
{
    static const enum fact_kind kinds[] = { FACT_ASKED,  FACT_APPROVED, FACT_LIFT_BEGUN,
                                            FACT_LIFTED, FACT_REMINDED, FACT_ENDED };
    struct arena arena;
    struct err err = { "" };
    struct desk *desk = calloc(1, sizeof *desk);
    struct audit_summary summary;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    desk_init(desk);
    desk->policy = fuzz_policy();
    desk->people = fuzz_people();
    struct store *s = store_open(folder, &err);
    if (!s)
        fuzz_broken("a store can be made", err.text);
    for (uint32_t no = 1; no <= CASES; no++) {
        struct case_row row;
        size_t most = COUNT(kinds) - (no == CASES ? 3 : 0);
        for (size_t i = 0; i < most; i++)
            append(s, desk, &arena, kinds[i], no, BEGIN_MS + (ms_t)(no * 100 + i) * MS_SECOND);
        case_row_of(desk_case(desk, no), &row);
        store_put_case(s, &row, &err);
        struct outbox_row message = {
            .key = row.case_id, .chat = "slack", .case_id = row.case_id, .body = "{\"text\":\"x\"}"
        };
        store_outbox_put(s, &message, &err);
        const struct kept_answer answered = { .event_id = row.case_id,
                                              .text = "answer",
                                              .person_id = "U0ADA",
                                              .thread_id = "",
                                              .at_ms = BEGIN_MS,
                                              .since_ms = BEGIN_MS };
        store_note_event(s,
                         &(struct noted_event){ .source = "slack",
                                                .event_id = row.case_id,
                                                .at_ms = BEGIN_MS,
                                                .answer = &answered },
                         &arena, &err);
    }
    store_put(s, "quiet_seq", "0", &err);
    if (!store_commit(s, &err) || !audit_verify(s, NULL, &summary, &err))
        fuzz_broken("the store of this target is whole", err.text);
    store_close(s);
    free(desk);
    arena_done(&arena);
}

/* Every value of the journal, with its type. */
static char *dump(void)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;
    struct buf b;
    buf_init(&b, 1 << 20);
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    sqlite3_prepare_v2(db, "SELECT * FROM journal ORDER BY seq", -1, &rows, NULL);
    while (sqlite3_step(rows) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(rows); i++) {
            buf_addf(&b, "%d:", sqlite3_column_type(rows, i));
            const void *value = sqlite3_column_blob(rows, i);
            for (int k = 0; k < sqlite3_column_bytes(rows, i); k++)
                buf_addf(&b, "%02x", ((const unsigned char *)value)[k]);
        }
        buf_add_char(&b, '\n');
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
    char *text = strdup(buf_text(&b));
    buf_done(&b);
    return text;
}

/* ---- changes ---- */

static void put_image(void)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, image, image_bytes) != (ssize_t)image_bytes)
        abort();
    close(fd);
}

/* What becomes of the old value: another one, of whatever type; or it grows. */
static void bind(sqlite3_stmt *s, int what, const char *text)
{
    switch (what) {
    case 1: sqlite3_bind_int64(s, 1, strtoll(text, NULL, 10)); break;
    case 2:
    case 7: sqlite3_bind_double(s, 1, strtod(text, NULL)); break;
    case 3: sqlite3_bind_blob(s, 1, text, (int)strlen(text), SQLITE_TRANSIENT); break;
    case 4: sqlite3_bind_null(s, 1); break;
    default: sqlite3_bind_text(s, 1, text, (int)strlen(text) + (what == 5), SQLITE_TRANSIENT);
    }
}

static const char *const targets[][2] = {
    { "journal", "seq" },       { "journal", "at_ms" },  { "journal", "case_id" },
    { "journal", "kind" },      { "journal", "actor" },  { "journal", "source" },
    { "journal", "data" },      { "journal", "prev" },   { "journal", "hash" },
    { "meta", "value" },        { "meta", "key" },       { "cases", "state" },
    { "cases", "case_id" },     { "cases", "reason" },   { "cases", "lifted_ms" },
    { "cases", "no" },          { "cases", "open" },     { "outbox", "body" },
    { "outbox", "kind" },       { "outbox", "next_ms" }, { "outbox", "remote_id" },
    { "outbox", "attempts" },   { "cursors", "value" },  { "inbox", "answer" },
    { "inbox", "received_ms" },
};

static void by_sql(struct fuzz_pieces *p)
{
    char sql[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    const char *const *at = targets[(size_t)fuzz_byte(p) % COUNT(targets)];
    int row = fuzz_byte(p) % 20, what = fuzz_byte(p) % 9;
    bool deletes = what == 8;
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "DROP TRIGGER journal_no_update; DROP TRIGGER journal_no_delete; DROP TRIGGER "
                 "journal_no_replace",
                 NULL, NULL, NULL);
    /* A row by its place: some tables have no row ids. */
    int bytes = deletes ? snprintf(sql, sizeof sql, "DELETE FROM %s", at[0])
                        : snprintf(sql, sizeof sql, "UPDATE %s SET %s = ", at[0], at[1]);
    if (!deletes && what == 6)
        bytes += snprintf(sql + bytes, sizeof sql - (size_t)bytes, "%s || char(0) || ?1", at[1]);
    else if (!deletes && what == 7)
        bytes += snprintf(sql + bytes, sizeof sql - (size_t)bytes, "%s + ?1", at[1]);
    else if (!deletes)
        bytes += snprintf(sql + bytes, sizeof sql - (size_t)bytes, "?1");
    snprintf(sql + bytes, sizeof sql - (size_t)bytes,
             " WHERE %s IS (SELECT %s FROM %s LIMIT 1 OFFSET %d)", at[1], at[1], at[0], row);
    sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (!deletes)
        bind(s, what, fuzz_text(p));
    sqlite3_step(s);
    sqlite3_finalize(s);
    sqlite3_close(db);
}

/* A schema of somebody else, in which everything may be absent. */
static void loosen(void)
{
    sqlite3 *db = NULL;
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, ' NOT "
                 "NULL', '') WHERE type = 'table'",
                 NULL, NULL, NULL);
    sqlite3_close(db);
}

static void by_bytes(struct fuzz_pieces *p)
{
    int high = fuzz_byte(p), middle = fuzz_byte(p), low = fuzz_byte(p);
    off_t at = (off_t)(((size_t)high << 16 | (size_t)middle << 8 | (size_t)low) % image_bytes);
    char value = (char)fuzz_byte(p);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || pwrite(fd, &value, 1, at) != 1)
        abort();
    close(fd);
}

/* ---- what reguard does with it ---- */

static bool each(void *arg, const struct journal_record *r, struct err *err)
{
    (void)arg;
    (void)r;
    (void)err;
    return true;
}

static void look(struct arena *arena)
{
    struct err err = { "" };
    struct audit_summary summary;
    static struct case_row rows[16];
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1 << 20);
    struct store *s = store_open_to_look(folder, &err);
    if (!s)
        return;
    bool whole = audit_verify(s, NULL, &summary, &err);
    FUZZ_PROMISE(whole || err.text[0], "what is broken is said", "");
    audit_has(s, "3:0123456789abcdef", &err);
    store_each_record(s, 0, NULL, each, NULL, &err);
    size_t count = store_cases(s, false, NULL, rows, COUNT(rows));
    history_add(&b, rows, count, NULL, rich_add_time, arena);
    store_close(s);
    char *now = whole ? dump() : NULL;
    FUZZ_PROMISE(!whole || str_equal(now, journal), "what was changed in the journal is found",
                 now);
    free(now);
}

static void start(struct arena *arena)
{
    static struct engine engine;
    struct err err = { "" }, why = { "" };
    struct outbox_row row;
    uint64_t record;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 1 << 20);
    struct store *s = store_open_anyhow(folder, &why, &err);
    if (!s)
        return;
    if (engine_init(&engine, loop, s, fuzz_policy(), fuzz_people(), &err)) {
        engine_use_commands(&engine, command_table, command_table_count);
        engine_status_json(&engine, &b);
        engine_done(&engine);
    }
    store_check_end(s, &record, &err);
    store_outbox_next(s, &(struct store_due){ "slack", BEGIN_MS + MS_DAY, arena }, OUTBOX_ALL,
                      &row);
    store_outbox_due_ms(s, "slack", OUTBOX_ALL);
    store_last_case(s);
    store_close(s);
}

static void clear(void)
{
    static const char *const names[] = { "reguard.db",         "reguard.db-wal", "reguard.db-shm",
                                         "reguard.db-journal", "lock",           "reserve" };
    char name[256];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        unlink(name);
    }
}

static void end(void)
{
    clear();
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct err err;
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    snprintf(folder, sizeof folder, "%s/reguard-fuzz-store-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder))
        abort();
    atexit(end);
    snprintf(path, sizeof path, "%s/reguard.db", folder);
    loop = loop_new(&err);
    make();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    image_bytes = (size_t)lseek(fd, 0, SEEK_END);
    image = malloc(image_bytes);
    if (!loop || !image || pread(fd, image, image_bytes, 0) != (ssize_t)image_bytes)
        abort();
    close(fd);
    journal = dump();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    clear();
    put_image();
    for (int i = 0; i < EDITS && p.at < p.end; i++) {
        int how = fuzz_byte(&p);
        if (how == 'N')
            loosen();
        else if (how >= 'A' && how <= 'Z')
            by_sql(&p);
        else
            by_bytes(&p);
    }
    look(&arena);
    start(&arena);
    clear();
    arena_done(&arena);
    return 0;
}
