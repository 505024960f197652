/* The disk under the store: it fails when it is told to, and a power cut takes back what was not
   synced yet. SQLite's own file methods, with those that write in front of them (sqlite.org/c3ref,
   "OS Interface File Virtual Methods Object"). */
#include "tests/sim/sim.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLES = 4, FILES = 32, WRITES = 4096 };

/* The methods of one kind of file, ours in front. */
struct table {
    sqlite3_io_methods methods;
    const sqlite3_io_methods *real;
};
static struct table tables[TABLES];

/* Which file has which path: only the path outlives the process. */
static struct {
    sqlite3_file *file;
    char path[160];
} files[FILES];

/* What stood there before a write that is not synced yet; the newest last. */
static struct undo {
    char path[160];
    off_t at, size_before;
    size_t bytes;
    unsigned char *old;
} undos[WRITES];
static size_t undo_count;

static bool fails;      /* every write */
static uint64_t cut_in; /* writes and syncs until the power is cut; 0: it is not */
static bool is_cut;     /* what is on the disk then is kept beside the files */

static const sqlite3_io_methods *real_of(sqlite3_file *f)
{
    return ((const struct table *)(const void *)f->pMethods)->real;
}

static const char *path_of(const sqlite3_file *f)
{
    for (size_t i = 0; i < FILES; i++)
        if (files[i].file == f)
            return files[i].path;
    return "";
}

static void forget_undos(const char *path)
{
    size_t kept = 0;
    for (size_t i = 0; i < undo_count; i++)
        if (path && strcmp(undos[i].path, path) != 0)
            undos[kept++] = undos[i];
        else
            free(undos[i].old);
    undo_count = kept;
}

static void note_undo(sqlite3_file *f, int bytes, sqlite3_int64 at)
{
    const char *path = path_of(f);
    struct stat st;
    if (!path[0] || undo_count == WRITES || stat(path, &st) != 0)
        return;
    struct undo *u = &undos[undo_count++];
    *u = (struct undo){ .at = at, .size_before = st.st_size, .bytes = (size_t)bytes };
    STR_SET(u->path, path);
    u->old = calloc(1, (size_t)bytes + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (!u->old || fd < 0 || pread(fd, u->old, (size_t)bytes, at) < 0)
        abort();
    close(fd);
}

static const char *beside(const char *path)
{
    static char name[180];
    snprintf(name, sizeof name, "%s.cut", path);
    return name;
}

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

static void take_back(const struct undo *u)
{
    int fd = open(beside(u->path), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || pwrite(fd, u->old, u->bytes, u->at) < 0 || ftruncate(fd, u->size_before))
        abort();
    close(fd);
}

/* The power goes now, in the middle of a commit: what the disk holds is put beside, without some of
   the newest writes. The process dies at the next point, before anything of it is told. */
static void cut(void)
{
    size_t taken = chance_below(&sim.world, undo_count + 1);
    for (size_t i = 0; i < FILES; i++)
        if (files[i].file && access(files[i].path, F_OK) == 0)
            copy_file(files[i].path, beside(files[i].path));
    for (size_t n = 0; n < taken; n++)
        take_back(&undos[undo_count - 1 - n]);
    tell("B", "power-cut\t%zu", taken);
    hit(DIAL_POWER_CUT);
    is_cut = true;
    sim.dies_in = 1;
}

static void count_down(void)
{
    if (cut_in && sim.in_bot && --cut_in == 0)
        cut();
}

static int disk_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 at)
{
    if (fails)
        return SQLITE_FULL;
    if (sim.dials[DIAL_POWER_CUT])
        note_undo(f, bytes, at);
    int status = real_of(f)->xWrite(f, from, bytes, at);
    count_down();
    return status;
}

static int disk_sync(sqlite3_file *f, int flags)
{
    if (fails)
        return SQLITE_IOERR_FSYNC;
    count_down();
    forget_undos(path_of(f));
    return real_of(f)->xSync(f, flags);
}

static int disk_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    if (fails)
        return SQLITE_IOERR_TRUNCATE;
    forget_undos(path_of(f));
    return real_of(f)->xTruncate(f, bytes);
}

static int disk_close(sqlite3_file *f)
{
    for (size_t i = 0; i < FILES; i++)
        if (files[i].file == f)
            files[i].file = NULL;
    return real_of(f)->xClose(f);
}

static struct table *table_for(const sqlite3_io_methods *real)
{
    size_t i = 0;
    while (tables[i].real && tables[i].real != real)
        if (++i == TABLES)
            abort();
    if (!tables[i].real) {
        tables[i].methods = *real;
        tables[i].real = real;
        tables[i].methods.xWrite = disk_write;
        tables[i].methods.xSync = disk_sync;
        tables[i].methods.xTruncate = disk_truncate;
        tables[i].methods.xClose = disk_close;
    }
    return &tables[i];
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    sqlite3_vfs *real = vfs->pAppData;
    int status = real->xOpen(real, name, f, flags, ret_flags);
    if (status != SQLITE_OK || !f->pMethods)
        return status;
    f->pMethods = &table_for(f->pMethods)->methods;
    for (size_t i = 0; name && i < FILES; i++)
        if (!files[i].file) {
            files[i].file = f;
            STR_SET(files[i].path, name);
            break;
        }
    return status;
}

void disk_use(void)
{
    static sqlite3_vfs ours;
    /* The file is ours alone, so its locks need not go through the system. */
    sqlite3_vfs *real = sqlite3_vfs_find("unix-excl");
    ours = *real;
    ours.zName = "sim";
    ours.pAppData = real;
    ours.xOpen = disk_open;
    sqlite3_vfs_register(&ours, 1);
}

void disk_fail(bool failing)
{
    if (fails != failing)
        tell("O", failing ? "failing" : "fine");
    fails = failing;
}

void disk_cut_in(uint64_t writes) { cut_in = writes; }

void disk_after_death(void)
{
    static const char *const names[] = { "reguard.db", "reguard.db-wal" };
    char path[160];
    for (size_t i = 0; is_cut && i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", process_folder(), names[i]);
        if (access(beside(path), F_OK) != 0)
            unlink(path);
        else if (rename(beside(path), path) != 0)
            abort();
    }
    is_cut = false;
    cut_in = 0;
    forget_undos(NULL);
}

void disk_forget_copies(void)
{
    unlink("state/reguard.db.copy");
    unlink("state/reguard.db.cut");
    unlink("state/reguard.db-wal.cut");
}

/* ---- copies ---- */

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
