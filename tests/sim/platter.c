/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/platter.h"
#include "core/base.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLES = 4, FILES = 32, CHANGES = 16384, SECTOR = 512, PATH = 160 };

struct platter platter;

/* The methods of one kind of file, ours in front. */
static struct table {
    sqlite3_io_methods methods;
    const sqlite3_io_methods *real;
} tables[TABLES];

/* Which file has which path: only the path outlives the process. */
static struct {
    sqlite3_file *file;
    char path[PATH];
} files[FILES];

/* A change that is not synced yet, the newest last. After a sync that has failed the system takes
   it for written: nothing but a change of the same bytes makes it last (`doomed`). */
static struct change {
    char path[PATH];
    off_t at, size_before;
    size_t bytes; /* of a truncation: those that it takes away */
    bool truncates, doomed;
    unsigned char *old, *new;
} changes[CHANGES];
static size_t change_count;

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

/* ---- what is not synced ---- */

static void free_change(struct change *c)
{
    free(c->old);
    free(c->new);
}

static bool touches(const struct change *a, const struct change *b)
{
    return a->at < b->at + (off_t)b->bytes && b->at < a->at + (off_t)a->bytes;
}

/* Written anew and synced since. How long a file is, is no page that could be taken for written. */
static bool is_overtaken(size_t at)
{
    if (changes[at].truncates)
        return true;
    for (size_t i = at + 1; i < change_count; i++)
        if (!changes[i].doomed && strcmp(changes[i].path, changes[at].path) == 0 &&
            (changes[i].truncates || touches(&changes[i], &changes[at])))
            return true;
    return false;
}

/* path NULL: of every file, and for good. */
static void synced(const char *path)
{
    size_t kept = 0;
    static bool stays[CHANGES];
    for (size_t i = 0; i < change_count; i++)
        stays[i] = path &&
                   (strcmp(changes[i].path, path) != 0 || (changes[i].doomed && !is_overtaken(i)));
    for (size_t i = 0; i < change_count; i++)
        if (stays[i])
            changes[kept++] = changes[i];
        else
            free_change(&changes[i]);
    change_count = kept;
}

static void doom(const char *path)
{
    for (size_t i = 0; i < change_count; i++)
        changes[i].doomed |= strcmp(changes[i].path, path) == 0;
}

static void *memory(size_t bytes)
{
    void *there = calloc(1, bytes + 1);
    if (!there)
        abort();
    return there;
}

static void remember(sqlite3_file *f, const void *from, size_t bytes, off_t at)
{
    const char *path = path_of(f);
    struct stat st;
    if (!platter.remembers || !path[0] || stat(path, &st) != 0)
        return;
    if (change_count == CHANGES)
        abort();
    struct change *c = &changes[change_count++];
    *c = (struct change){ .at = at, .size_before = st.st_size, .bytes = bytes, .truncates = !from };
    if (!from)
        c->bytes = st.st_size > at ? (size_t)(st.st_size - at) : 0;
    STR_SET(c->path, path);
    c->old = memory(c->bytes);
    c->new = from ? memcpy(memory(bytes), from, bytes) : NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || pread(fd, c->old, c->bytes, at) < 0)
        abort();
    close(fd);
}

/* ---- the cut ---- */

static const char *beside(const char *path)
{
    static char name[PATH + 8];
    snprintf(name, sizeof name, "%.*s.cut", PATH, path);
    return name;
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[65536];
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

static int open_cut(const char *path)
{
    int fd = open(beside(path), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}

static void take_back(const struct change *c)
{
    int fd = open_cut(c->path);
    if (pwrite(fd, c->old, c->bytes, c->at) < 0)
        abort();
    if (!c->doomed && ftruncate(fd, c->size_before) != 0) /* else the file has grown since */
        abort();
    close(fd);
}

/* Which of them had reached the disk: a beginning, any of them, or any sectors of any of them. Of
   eight that many come through. */
enum manner { IN_ORDER, IN_ANY_ORDER, TORN, MANNERS };
static uint64_t come_through;

static bool is_lost(void) { return platter.below(8) >= come_through; }

static size_t put_sectors(const struct change *c, int fd, enum manner manner)
{
    size_t lost = 0;
    for (size_t at = 0; at < c->bytes; at += SECTOR) {
        size_t bytes = c->bytes - at < SECTOR ? c->bytes - at : SECTOR;
        if (manner == TORN && is_lost()) {
            lost++;
            continue;
        }
        if (pwrite(fd, c->new + at, bytes, c->at + (off_t)at) < 0)
            abort();
    }
    return lost;
}

static size_t put_again(const struct change *c, enum manner manner)
{
    int fd = open_cut(c->path);
    size_t lost = 0;
    if (!c->truncates)
        lost = put_sectors(c, fd, manner);
    else if (ftruncate(fd, c->at) != 0)
        abort();
    close(fd);
    return lost;
}

static void cut(void)
{
    enum manner manner = (enum manner)platter.below(MANNERS);
    size_t first = manner == IN_ORDER ? platter.below(change_count + 1) : change_count, lost = 0;
    come_through = 1 + platter.below(8);
    for (size_t i = 0; i < FILES; i++)
        if (files[i].file && access(files[i].path, F_OK) == 0)
            copy_file(files[i].path, beside(files[i].path));
    for (size_t i = change_count; i-- > 0;)
        take_back(&changes[i]);
    for (size_t i = 0; i < change_count; i++)
        if (i < first && (manner != IN_ANY_ORDER || !is_lost()))
            lost += put_again(&changes[i], manner) > 0;
        else
            lost++;
    platter.is_cut = true;
    if (platter.on_cut)
        platter.on_cut(change_count, lost);
}

/* ---- the methods ---- */

static bool is_dead(void) { return platter.is_cut && platter.dead_after; }

/* Of each call that changes something, before it: SQLite's code when it fails. */
static int asked(int code)
{
    if (platter.counts && !platter.counts())
        return platter.fails || is_dead() ? code : SQLITE_OK;
    platter.calls++;
    if (platter.fails_in && --platter.fails_in == 0) {
        if (platter.fails_for > 1) {
            platter.fails_for--;
            platter.fails_in = 1;
        }
        if (platter.on_failure)
            platter.on_failure(platter.fails_in ? platter.fails_for : 0);
    } else if (!platter.fails && !is_dead())
        return SQLITE_OK;
    return platter.code ? platter.code : code;
}

static void count_down(bool syncs)
{
    if (!platter.cut_in || platter.is_cut || (platter.counts && !platter.counts()))
        return;
    if (platter.cut_in > 1)
        platter.cut_in--;
    else if (syncs || !platter.cut_at_sync) {
        platter.cut_in = 0;
        cut();
    }
}

static int platter_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 at)
{
    int code = asked(SQLITE_IOERR_WRITE);
    if (code != SQLITE_OK)
        return code;
    remember(f, from, (size_t)bytes, at);
    int status = real_of(f)->xWrite(f, from, bytes, at);
    count_down(false);
    return is_dead() ? SQLITE_IOERR_WRITE : status;
}

static int platter_sync(sqlite3_file *f, int flags)
{
    if (asked(SQLITE_IOERR_FSYNC) != SQLITE_OK) {
        doom(path_of(f));
        return SQLITE_IOERR_FSYNC;
    }
    count_down(true);
    if (is_dead())
        return SQLITE_IOERR_FSYNC;
    synced(path_of(f));
    return real_of(f)->xSync(f, flags);
}

static int platter_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    if (asked(SQLITE_IOERR_TRUNCATE) != SQLITE_OK)
        return SQLITE_IOERR_TRUNCATE;
    remember(f, NULL, 0, bytes);
    int status = real_of(f)->xTruncate(f, bytes);
    count_down(false);
    return is_dead() ? SQLITE_IOERR_TRUNCATE : status;
}

static int platter_close(sqlite3_file *f)
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
        tables[i].methods.xWrite = platter_write;
        tables[i].methods.xSync = platter_sync;
        tables[i].methods.xTruncate = platter_truncate;
        tables[i].methods.xClose = platter_close;
    }
    return &tables[i];
}

static int platter_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                        int *ret_flags)
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

void platter_use(void)
{
    static sqlite3_vfs ours;
    /* The file is ours alone, so its locks need not go through the system. */
    sqlite3_vfs *real = sqlite3_vfs_find("unix-excl");
    ours = *real;
    ours.zName = "platter";
    ours.pAppData = real;
    ours.xOpen = platter_open;
    sqlite3_vfs_register(&ours, 1);
}

void platter_after_death(const char *folder)
{
    static const char *const names[] = { "reguard.db", "reguard.db-wal" };
    char path[PATH];
    for (size_t i = 0; platter.is_cut && i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (access(beside(path), F_OK) != 0)
            unlink(path);
        else if (rename(beside(path), path) != 0)
            abort();
    }
    platter.is_cut = false;
    platter.cut_in = 0;
    synced(NULL);
}
