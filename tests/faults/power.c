/* SPDX-License-Identifier: Apache-2.0 */
/* reguard-power: the real store on a disk that is cut off in the middle of anything. Transactions
   of a random kind are written until the power goes, and what the store had called committed has to
   be there afterwards, whole, with its chain; and nothing half. Between the cuts calls fail now and
   then, the store goes to memory and comes back, and the same holds.
     reguard-power [--cuts N] [--seed N] [-v] */
#include "tests/sim/platter.h"
#include "core/limits.h"
#include "store/audit.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A store lives through so many cuts; so many transactions at most between two. */
enum { LIVES = 24, TURNS = 24, MOST = LIVES * TURNS + 2 };
static const ms_t NOW = 1795526055000;

static struct {
    uint64_t cuts, seed;
    bool verbose;
} options = { .cuts = 20000, .seed = 1 };

static struct {
    uint64_t cuts, committed, kept_more, failed_writes, away, back, lost_pieces, pieces, failed;
} total;

static char folder[64];
static struct arena arena;
static struct store *store;
static uint64_t state;
static uint64_t written, durable; /* the number of the last transaction: tried; promised */
static char heads[MOST][STORE_HASH_BYTES + 24];

/* splitmix64 */
static uint64_t draw(void)
{
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t most) { return most ? draw() % most : 0; }

static void on_cut(size_t pieces, size_t lost)
{
    total.pieces += pieces;
    total.lost_pieces += lost;
}

/* ---- a transaction: in each of several tables it leaves its number ---- */

static const char *text(const char *before, uint64_t n)
{
    return arena_printf(&arena, "%s%" PRIu64, before, n);
}

static bool note_event(uint64_t n, struct err *err)
{
    const struct noted_event event = { .source = "slack",
                                       .event_id = text("e", n),
                                       .at_ms = NOW + (ms_t)n };
    return store_note_event(store, &event, &arena, err);
}

static bool append(uint64_t n, struct err *err)
{
    static char long_text[2500];
    memset(long_text, 'x', sizeof long_text - 1);
    uint64_t facts = 1 + below(3);
    long_text[below(sizeof long_text - 1)] = '\0';
    for (uint64_t i = 0; i < facts; i++) {
        struct fact f = { .kind = FACT_NOTED, .at_ms = NOW + (ms_t)n, .text = long_text };
        if (!store_append(store, &f, &arena, err))
            return false;
    }
    return true;
}

static bool say(uint64_t n, struct err *err)
{
    struct outbox_row row = { .key = text("m", n),
                              .chat = "slack",
                              .case_id = "",
                              .body = "{}",
                              .kind = 1,
                              .first_ms = NOW,
                              .next_ms = NOW };
    return store_outbox_put(store, &row, err) &&
           (n < 2 || store_outbox_sent(store, text("m", n - 1), "ts", err));
}

static void note_head(uint64_t n)
{
    char hash[STORE_HASH_BYTES];
    uint64_t seq = store_head(store, hash);
    snprintf(heads[n], sizeof heads[n], "%" PRIu64 " %s", seq, hash);
}

/* False when the store did not take it, or the power is gone. */
static bool write_one(uint64_t n, struct err *err)
{
    arena_reset(&arena);
    bool done = note_event(n, err) && append(n, err) && say(n, err) &&
                store_put(store, "mark", text("", n), err);
    if (done)
        note_head(n); /* what it is to be when the commit lasts */
    return done && store_commit(store, err);
}

/* ---- what must hold ---- */

static bool wrong(const char *what)
{
    printf("seed %" PRIu64 ", cut %" PRIu64 ": %s (committed %" PRIu64 ", tried %" PRIu64 ")\n",
           options.seed, total.cuts, what, durable, written);
    total.failed++;
    return false;
}

static uint64_t count(const char *sql)
{
    sqlite3_stmt *st = sql_prepare(store, sql);
    uint64_t n = sql_row(st) ? (uint64_t)sqlite3_column_int64(st, 0) : UINT64_MAX;
    sqlite3_reset(st);
    return n;
}

static bool is_whole(void)
{
    struct err err = { "" };
    struct audit_summary summary;
    char now[sizeof heads[0]], hash[STORE_HASH_BYTES];
    const char *mark = store_get(store, "mark", &arena);
    uint64_t n = mark ? strtoull(mark, NULL, 10) : 0, seq = store_head(store, hash);
    snprintf(now, sizeof now, "%" PRIu64 " %s", seq, hash);
    if (n < durable)
        return wrong("a committed transaction is lost");
    if (n > written)
        return wrong("there is more than was ever written");
    if (n > 0 && !str_equal(now, heads[n]))
        return wrong("the journal does not end where that transaction ended it");
    if (count("SELECT count(*) FROM inbox") != n || count("SELECT count(*) FROM outbox") != n ||
        count("SELECT count(*) FROM outbox WHERE state = 0") != (n > 0))
        return wrong("a transaction is there by half");
    if (!audit_verify(store, NULL, &summary, &err))
        return wrong(err.text);
    total.kept_more += n > durable;
    written = durable = n;
    return true;
}

/* ---- lives ---- */

static bool open_again(void)
{
    struct err err = { "" }, why = { "" };
    store = store_open_anyhow(folder, &why, &err);
    if (!store || store_place(store) != STORE_ON_DISK) {
        wrong(store ? why.text : err.text);
        store_close(store);
        store = NULL;
        return false;
    }
    return true;
}

static void close_for_good(void)
{
    store_close(store);
    store = NULL;
    platter_after_death(folder);
}

/* What the engine does: the transaction is taken back and written where it can be; and the file is
   tried again. True when it goes on on the disk. */
static bool step_back_and_return(struct err *cause)
{
    struct err why = { "" }, err = { "" };
    uint64_t uncertain;
    total.failed_writes++;
    if (!store_step_back(store, cause, &why))
        return false;
    total.away += store_place(store) == STORE_IN_MEMORY;
    bool back = store_come_back(store, &uncertain, &err);
    total.back += back;
    return back;
}

/* A commit that has failed may be there all the same. */
static void find_out(void)
{
    const char *mark = store_get(store, "mark", &arena);
    uint64_t n = mark ? strtoull(mark, NULL, 10) : 0;
    if (n < durable)
        wrong("a committed transaction is lost on the way back");
    durable = written = n;
}

static void write_until_cut(void)
{
    bool troubled = below(3) == 0;
    if (below(10))
        platter.cut_in = 1 + below(1 + below(240));
    platter.cut_at_sync = below(2);
    for (uint64_t i = 0; i < TURNS && !platter.is_cut; i++) {
        struct err err = { "" };
        if (troubled && below(4) == 0) {
            platter.fails_in = 1 + below(12);
            platter.fails_for = 1 + below(3);
            platter.code = below(2) ? SQLITE_FULL : 0;
        }
        bool done = write_one(written + 1, &err);
        if (done && !platter.is_cut) {
            durable = ++written;
            total.committed++;
            continue;
        }
        written++; /* it may be there */
        platter.fails_in = 0;
        if (platter.is_cut || !step_back_and_return(&err))
            break;
        find_out();
    }
    platter.fails_in = 0;
}

static void remove_files(void)
{
    static const char *const names[] = { "reguard.db",        "reguard.db-wal", "reguard.db-shm",
                                         "reserve",           "lock",           "reguard.db.cut",
                                         "reguard.db-wal.cut" };
    char path[128];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
}

static void live(void)
{
    remove_files();
    written = durable = 0;
    for (int life = 0; life < LIVES && total.cuts < options.cuts; life++) {
        if (!open_again() || !is_whole())
            break;
        write_until_cut();
        total.cuts++;
        close_for_good();
    }
    if (store)
        close_for_good();
}

int main(int argc, char **argv)
{
    struct timespec begun, ended;
    for (int i = 1; i + 1 < argc; i += 2)
        if (str_equal(argv[i], "--cuts"))
            options.cuts = strtoull(argv[i + 1], NULL, 10);
        else if (str_equal(argv[i], "--seed"))
            options.seed = strtoull(argv[i + 1], NULL, 10);
    snprintf(folder, sizeof folder, "/dev/shm/reguard-power-%ld", (long)getpid());
    if (mkdir(folder, 0700) != 0)
        return 2;
    state = options.seed;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    platter =
        (struct platter){ .remembers = true, .dead_after = true, .below = below, .on_cut = on_cut };
    platter_use();
    clock_gettime(CLOCK_MONOTONIC, &begun);
    while (total.cuts < options.cuts && total.failed < 10)
        live();
    clock_gettime(CLOCK_MONOTONIC, &ended);
    remove_files();
    rmdir(folder);
    printf("power: %" PRIu64 " cuts, %" PRIu64 " transactions, %" PRIu64 " of %" PRIu64
           " pieces lost or torn, %" PRIu64 " unconfirmed ones kept, %" PRIu64
           " failed writes, %" PRIu64 " times in memory, %" PRIu64 " times back; %.1f s\n",
           total.cuts, total.committed, total.lost_pieces, total.pieces, total.kept_more,
           total.failed_writes, total.away, total.back,
           (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    bool idle = !total.lost_pieces || !total.kept_more || !total.away || !total.back;
    if (idle && options.cuts >= 1000)
        printf("some of it never happened\n");
    printf("%" PRIu64 " passed, %" PRIu64 " failed, 0 skipped\n", total.cuts - total.failed,
           total.failed + (idle && options.cuts >= 1000));
    return total.failed || (idle && options.cuts >= 1000) ? 1 : 0;
}
