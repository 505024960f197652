/* SPDX-License-Identifier: Apache-2.0 */
/* The disk under the store of a story: it fails when it is told to, a power cut takes back what was
   not synced yet (platter.c), and somebody puts an older copy back. */
#include "tests/sim/platter.h"
#include "tests/sim/sim.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

/* Where each call fails in turn, those of the start are among them. */
static bool in_bot(void) { return sim.in_bot || sim.kind == STORY_OF_CALLS; }

static void on_failure(uint64_t left)
{
    if (!sim.disk_fails_now)
        tell("O", "failing");
    sim.disk_fails_now = left > 0;
    sim.calls_failed++;
    if (!left)
        tell("O", "fine");
}

static uint64_t below(uint64_t most) { return chance_below(&sim.world, most); }

/* The process dies at the next point, before anything of it is told. */
static void on_cut(size_t pieces, size_t lost)
{
    tell("B", "power-cut\t%zu\t%zu", pieces, lost);
    hit(DIAL_POWER_CUT);
    sim.me->dies_in = 1;
}

void disk_use(void)
{
    platter = (struct platter){ .code = SQLITE_FULL,
                                .counts = in_bot,
                                .below = below,
                                .on_cut = on_cut,
                                .on_failure = on_failure };
    platter_use();
}

void disk_fail(bool failing)
{
    if (platter.fails != failing)
        tell("O", failing ? "failing" : "fine");
    platter.fails = failing;
}

uint64_t disk_calls(void) { return platter.calls; }

void disk_fail_at(uint64_t call, uint64_t in_a_row, bool full)
{
    platter.calls = 0;
    platter.fails_in = call;
    platter.fails_for = in_a_row;
    platter.code = full || !call ? SQLITE_FULL : 0;
}

void disk_cut_in(uint64_t writes)
{
    platter.cut_in = writes;
    platter.remembers = writes > 0;
}

void disk_after_death(void)
{
    platter_after_death(process_folder());
    platter.remembers = false;
}

void disk_forget_copies(void)
{
    unlink("state/reguard.db.copy");
    unlink("state/reguard.db.cut");
    unlink("state/reguard.db-wal.cut");
}

/* ---- copies ---- */

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t got = 0;
    while (in >= 0 && out >= 0 && (got = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)got) != got)
            abort();
    if (in < 0 || out < 0 || got < 0)
        abort();
    close(in);
    close(out);
}

static const char *const STORE = "state/reguard.db", *const COPY = "state/reguard.db.copy";

void disk_keep_copy(void)
{
    copy_file(STORE, COPY);
    sim.copy_is_kept = true;
    tell("O", "copied");
}

void disk_put_back_copy(void)
{
    hit(DIAL_STORE_OLD);
    copy_file(COPY, STORE);
    unlink("state/reguard.db-wal");
    sim.copy_is_back = true;
    tell("O", "replaced");
}
