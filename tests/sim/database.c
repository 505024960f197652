/* SPDX-License-Identifier: Apache-2.0 */
/* The database that two instances share, in the place of a PostgreSQL: what bot/store asks it for
   comes as it leaves it, and is done by SQLite on tables in memory. It can be away, for all or for
   one of them, and the answer to a commit can be lost. The lease's thread runs as a routine of its
   own between two turns (linked with --wrap). */
#include "tests/sim/sim.h"
#include "store/pg.h"

#include <inttypes.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

struct pg {
    int process;
    bool cut;
};

static sqlite3 *server;
static int in_transaction = -1; /* whose; -1: nobody's */
static ms_t away_until_ms, cut_until_ms[PROCESSES];

static void now(sqlite3_context *c, int count, sqlite3_value **values)
{
    (void)count, (void)values;
    sqlite3_result_int64(c, sim.now_ms);
}

static void must(const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(server, sql, NULL, NULL, &why) != SQLITE_OK) {
        fprintf(stderr, "sim: the database: %s: %s\n", why, sql);
        abort();
    }
}

/* Of a text with such a sign between its parts, the first of which is 1. */
static void split_part(sqlite3_context *c, int count, sqlite3_value **values)
{
    (void)count;
    const char *text = (const char *)sqlite3_value_text(values[0]),
               *sign = (const char *)sqlite3_value_text(values[1]);
    for (int n = sqlite3_value_int(values[2]); n > 1; n--) {
        text += strcspn(text, sign);
        text += *text != '\0';
    }
    sqlite3_result_text(c, text, (int)strcspn(text, sign), SQLITE_TRANSIENT);
}

void database_new(void)
{
    sqlite3_close(server);
    server = NULL;
    in_transaction = -1;
    away_until_ms = 0;
    memset(cut_until_ms, 0, sizeof cut_until_ms);
    if (sqlite3_open(":memory:", &server) != SQLITE_OK ||
        sqlite3_create_function(server, "clock_timestamp", 0, SQLITE_UTF8, NULL, now, NULL, NULL) !=
            SQLITE_OK ||
        sqlite3_create_function(server, "split_part", 3, SQLITE_UTF8, NULL, split_part, NULL,
                                NULL) != SQLITE_OK)
        abort();
    must("ATTACH ':memory:' AS reguard");
}

void database_process_gone(void)
{
    if (in_transaction == sim.me->no)
        must("ROLLBACK");
    if (in_transaction == sim.me->no)
        in_transaction = -1;
}

void database_calm(void)
{
    away_until_ms = cut_until_ms[0] = cut_until_ms[1] = sim.now_ms;
    tell("O", "fine");
}

static void may_be_fine(void *arg)
{
    free(arg);
    if (sim.now_ms >= away_until_ms && sim.now_ms >= cut_until_ms[0] &&
        sim.now_ms >= cut_until_ms[1])
        tell("O", "fine");
}

void database_away(ms_t for_ms)
{
    hit(DIAL_DATABASE_AWAY);
    away_until_ms = ms_max(away_until_ms, sim.now_ms + for_ms);
    tell("O", "failing");
    later(away_until_ms, 0, may_be_fine, NULL);
}

void database_cut_off(int process, ms_t for_ms)
{
    hit(DIAL_DATABASE_CUT);
    cut_until_ms[process] = ms_max(cut_until_ms[process], sim.now_ms + for_ms);
    tell("O", "failing\tone");
    later(cut_until_ms[process], 0, may_be_fine, NULL);
}

void database_tell_records(void)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(server,
                           "SELECT seq, at_ms, case_id, kind, actor, source, data, prev, hash FROM "
                           "reguard.journal ORDER BY seq",
                           -1, &st, NULL) != SQLITE_OK)
        return; /* nobody ever led */
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *f[9];
        for (int i = 0; i < 9; i++)
            f[i] = (const char *)sqlite3_column_text(st, i);
        tell("J", "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", f[0], f[1], str_or_empty(f[2]), f[3], f[4],
             f[5], f[6], f[7], f[8]);
    }
    sqlite3_finalize(st);
}

/* ---- connections ---- */

static bool is_away(int process)
{
    return !sim.calm && (sim.now_ms < away_until_ms || sim.now_ms < cut_until_ms[process]);
}

/* As long as it is waited for the process stands still. */
static bool reaches(struct pg *pg, struct err *err)
{
    point("the database is asked");
    if (!pg->cut && !is_away(pg->process))
        return true;
    if (!pg->cut && chance_percent(&sim.world, 50))
        sim.now_ms += PG_PATIENCE_MS;
    if (in_transaction == pg->process) {
        must("ROLLBACK");
        in_transaction = -1;
    }
    pg->cut = true;
    return err_set(err, "the database does not answer");
}

bool pg_url_is_fine(const char *url, struct err *err)
{
    (void)url, (void)err;
    return true;
}

struct pg *pg_open(const char *url, const char *password_file, struct err *err)
{
    (void)url, (void)password_file;
    struct pg *pg = calloc(1, sizeof *pg);
    if (!pg)
        abort();
    pg->process = sim.me->no;
    if (reaches(pg, err))
        return pg;
    free(pg);
    return NULL;
}

struct pg *pg_open_to_look(const char *url, const char *password_file, struct err *err)
{
    return pg_open(url, password_file, err);
}

void pg_close(struct pg *pg) { free(pg); }

bool pg_is_cut(const struct pg *pg) { return pg->cut; }
bool pg_is_busy(const struct pg *pg) { return pg->cut; }

/* Here every answer comes at once, or not at all. */
void pg_end_by(struct pg *pg, ms_t at_ms)
{
    (void)pg;
    (void)at_ms;
}

char *pg_literal(struct pg *pg, const char *text)
{
    (void)pg;
    char *literal = malloc(2 * strlen(text) + 3), *to = literal;
    if (!literal)
        abort();
    *to++ = '\'';
    for (; *text; text++) {
        if (*text == '\'')
            *to++ = '\'';
        *to++ = *text;
    }
    *to++ = '\'';
    *to = '\0';
    return literal;
}

/* ---- statements ---- */

static PGresult *answer(int columns)
{
    PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attributes[16];
    memset(attributes, 0, sizeof attributes);
    for (int i = 0; i < columns; i++)
        attributes[i].name = (char *)(uintptr_t) "column";
    if (!r || columns > 16 || !PQsetResultAttrs(r, columns, attributes))
        abort();
    return r;
}

static void set(PGresult *r, int row, int column, const char *value)
{
    /* NOLINTNEXTLINE: it is not written to */
    if (!PQsetvalue(r, row, column, (char *)(uintptr_t)value, value ? (int)strlen(value) : -1))
        abort();
}

static PGresult *row_of(int columns, const char *const *values)
{
    PGresult *r = answer(columns);
    for (int i = 0; i < columns; i++)
        set(r, 0, i, values[i]);
    return r;
}

/* What PostgreSQL counts time with is milliseconds here. */
static void translate(const char *sql, struct buf *b)
{
    static const char from[] = "interval '";
    for (const char *p; (p = strstr(sql, from)); sql = strchr(p + strlen(from), '\'') + 1) {
        buf_addf(b, "%.*s", (int)(p - sql), sql);
        char *unit;
        long n = strtol(p + strlen(from), &unit, 10);
        buf_addf(b, "%ld",
                 n * (strncmp(unit, " ms'", 4) == 0  ? 1
                      : strncmp(unit, " s'", 3) == 0 ? 1000
                                                     : 60000));
    }
    const char *none = strstr(sql, "(SELECT FROM ");
    if (none) {
        buf_addf(b, "%.*s(SELECT 1", (int)(none - sql), sql);
        sql = none + strlen("(SELECT");
    }
    buf_add(b, sql);
}

static PGresult *select_rows(const char *sql, size_t count, const char *const *values)
{
    CLEANUP(buf_done) struct buf b;
    sqlite3_stmt *st = NULL;
    buf_init(&b, 64 * 1024);
    translate(sql, &b);
    if (sqlite3_prepare_v2(server, buf_text(&b), -1, &st, NULL) != SQLITE_OK) {
        fprintf(stderr, "sim: the database: %s: %s\n", sqlite3_errmsg(server), buf_text(&b));
        abort();
    }
    for (size_t i = 0; i < count; i++)
        sqlite3_bind_text(st, (int)i + 1, values[i], -1, SQLITE_STATIC);
    int columns = sqlite3_column_count(st), row = 0;
    PGresult *r = answer(columns);
    for (; sqlite3_step(st) == SQLITE_ROW; row++)
        for (int i = 0; i < columns; i++)
            set(r, row, i, (const char *)sqlite3_column_text(st, i));
    sqlite3_finalize(st);
    return r;
}

static bool has_tables(void)
{
    return sqlite3_table_column_metadata(server, "reguard", "about", "id", NULL, NULL, NULL, NULL,
                                         NULL) == SQLITE_OK;
}

/* The lease is ours, and the answer may not come. */
static PGresult *ask_for_lease(struct pg *pg, PGresult *r, struct err *err)
{
    if (!PQntuples(r) || !strikes(DIAL_TAKING_UNHEARD, 25))
        return r;
    PQclear(r);
    if (chance_percent(&sim.world, 50))
        sim.now_ms += PG_PATIENCE_MS;
    pg->cut = true;
    tell("k", "taken");
    err_set(err, "the answer to the lease's taking did not come");
    return NULL;
}

PGresult *pg_ask(struct pg *pg, const char *sql, size_t count, const char *const *values,
                 struct err *err)
{
    if (!reaches(pg, err))
        return NULL;
    if (strstr(sql, "pg_is_in_recovery"))
        return row_of(4, (const char *const[]){ "f", "on", "on", "UTF8" });
    if (strstr(sql, "to_regclass"))
        return row_of(1, (const char *const[]){ has_tables() ? "t" : "f" });
    if (strstr(sql, "reguard.orders"))
        return answer(5); /* nobody orders anything in these stories */
    if (strstr(sql, "SET epoch = epoch + 1"))
        return ask_for_lease(pg, select_rows(sql, count, values), err);
    if (strstr(sql, "SELECT split_part(holder"))
        return row_of(3, (const char *const[]){ "the other", "then", "f" });
    return select_rows(sql, count, values);
}

/* The store's tables as they are asked for, and of the others what is used of them. */
static void make_tables(const char *sql)
{
    static const char create[] = "CREATE TABLE IF NOT EXISTS reguard.\"",
                      about[] = "INSERT INTO reguard.about";
    char one[4096];
    for (const char *p = sql; (p = strstr(p, create)); p += strlen(create)) {
        snprintf(one, sizeof one, "%.*s", (int)(strchr(p, ';') - p), p);
        must(one);
    }
    must("CREATE TABLE IF NOT EXISTS reguard.lease(one PRIMARY KEY, epoch BIGINT, holder TEXT, "
         "since BIGINT, until BIGINT, commits BIGINT);"
         "CREATE TABLE IF NOT EXISTS reguard.about(id TEXT PRIMARY KEY, schema BIGINT, "
         "mark TEXT NOT NULL DEFAULT '');"
         "INSERT OR IGNORE INTO reguard.lease VALUES(1, 0, '', 0, 0, 0)");
    const char *p = strstr(sql, about);
    p += strlen(about);
    snprintf(one, sizeof one, "%s(id, schema) %.*s WHERE NOT EXISTS (SELECT 1 FROM reguard.about)",
             about, (int)(strstr(p, " WHERE") - p), p);
    must(one);
}

static bool run_each(const char *sql, int64_t *ret_counts, size_t room, struct err *err)
{
    size_t n = 0;
    while (*sql) {
        sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(server, sql, -1, &st, &sql) != SQLITE_OK)
            return err_set(err, "%s", sqlite3_errmsg(server));
        if (!st)
            continue;
        int before = sqlite3_total_changes(server), code = sqlite3_step(st);
        sqlite3_finalize(st);
        if (code != SQLITE_DONE)
            return err_set(err, "%s", sqlite3_errmsg(server));
        if (n < room)
            ret_counts[n] = sqlite3_total_changes(server) - before;
        n++;
    }
    return true;
}

static bool commit(struct pg *pg, struct err *err)
{
    bool lost = strikes(DIAL_COMMIT_UNKNOWN, 2);
    must(lost && chance_percent(&sim.world, 50) ? "ROLLBACK" : "COMMIT");
    in_transaction = -1;
    if (!lost)
        return true;
    sim.now_ms += PG_PATIENCE_MS;
    pg->cut = true;
    tell("O", "failing");
    tell("O", "fine");
    return err_set(err, "the answer to the commit did not come");
}

bool pg_run(struct pg *pg, const char *sql, int64_t *ret_counts, size_t room, struct err *err)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (!reaches(pg, err))
        return false;
    if (strstr(sql, "pg_advisory")) {
        make_tables(sql);
        return true;
    }
    if (str_equal(sql, "COMMIT"))
        return commit(pg, err);
    if (str_equal(sql, "ROLLBACK")) {
        database_process_gone();
        return true;
    }
    if (strncmp(sql, "BEGIN", 5) == 0) {
        in_transaction = pg->process;
        return run_each(strstr(sql, "READ ONLY") ? "BEGIN" : sql, ret_counts, room, err);
    }
    buf_init(&b, 64 * 1024);
    translate(sql, &b);
    return run_each(buf_text(&b), ret_counts, room, err);
}

/* ---- the lease's thread ---- */

enum { STACK_BYTES = 256 * 1024 };
static struct routine {
    ucontext_t own, back;
    char *stack;
    void *(*body)(void *);
    void *arg;
    bool runs, sleeps;
    uint64_t number;
} routines[PROCESSES];

static struct routine *inside;

static void begin(void)
{
    inside->body(inside->arg);
    inside->runs = false;
    struct routine *r = inside;
    setcontext(&r->back);
}

static void go_on(struct routine *r)
{
    bool was = sim.in_bot;
    struct routine *before = inside;
    sim.in_bot = false; /* where it may die is between its turns */
    inside = r;
    swapcontext(&r->back, &r->own);
    inside = before;
    sim.in_bot = was;
}

static void wakes(void *arg)
{
    uint64_t number = *(uint64_t *)arg;
    struct routine *r = &routines[sim.me->no];
    free(arg);
    if (r->runs && r->number == number)
        go_on(r);
}

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*body)(void *), void *arg);
int __wrap_pthread_join(pthread_t t, void **ret);
int __wrap_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
                                  const struct timespec *until);

int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*body)(void *), void *arg)
{
    (void)a;
    struct routine *r = &routines[sim.me->no];
    if (!r->stack && !(r->stack = malloc(STACK_BYTES)))
        abort();
    r->body = body;
    r->arg = arg;
    r->runs = true;
    memset(t, 0, sizeof *t);
    getcontext(&r->own);
    r->own.uc_stack.ss_sp = r->stack;
    r->own.uc_stack.ss_size = STACK_BYTES;
    makecontext(&r->own, begin, 0);
    go_on(r);
    return 0;
}

/* It was told to end, and does so when it goes on. */
int __wrap_pthread_join(pthread_t t, void **ret)
{
    (void)t, (void)ret;
    struct routine *r = &routines[sim.me->no];
    r->number++;
    if (r->runs)
        go_on(r);
    return 0;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
                                  const struct timespec *until)
{
    struct timespec at;
    struct routine *r = inside;
    uint64_t *number = malloc(sizeof *number);
    if (!number || !r)
        abort();
    (void)c;
    clock_gettime(CLOCK_MONOTONIC, &at);
    double s = (double)(until->tv_sec - at.tv_sec) + (double)(until->tv_nsec - at.tv_nsec) / 1e9;
    *number = ++r->number;
    pthread_mutex_unlock(m);
    later(sim.now_ms + (ms_t)(s + 0.5) * MS_SECOND, sim.me->epoch, wakes, number);
    swapcontext(&r->own, &r->back);
    pthread_mutex_lock(m);
    return 1; /* the time is over, or it is to stop */
}

/* ---- the end of a process that has found that another one leads ---- */

_Noreturn void __real__exit(int code);
_Noreturn void __wrap__exit(int code);

_Noreturn void __wrap__exit(int code)
{
    if (!sim.in_bot)
        __real__exit(code);
    process_ends_itself();
}
