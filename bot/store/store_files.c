/* SPDX-License-Identifier: Apache-2.0 */
/* The files in the state folder: whose they are, who may read them, and whether the path still
   names the one that is open. */
#include "host/file.h"
#include "host/owner.h"
#include "store/store.h"
#include "store/store_sql.h"
#include "core/limits.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void path_of(const struct store *s, const char *name, char ret_path[STORE_PATH_BYTES])
{
    snprintf(ret_path, STORE_PATH_BYTES, "%s/%s", s->dir, name);
}

/* ---- who may read them ---- */

static bool is_private(const char *path, const char *what, const char *mode, struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0 || (st.st_mode & 077) == 0)
        return true;
    return err_set(err,
                   "%s %s can be read or changed by others than its owner (mode %03o): chmod %s %s",
                   what, path, (unsigned)st.st_mode & 0777, mode, path);
}

bool store_is_private(const char *state_dir, struct err *err)
{
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm", "lock" };
    char path[STORE_PATH_BYTES];
    bool fine = is_private(state_dir, "the state folder", "700", err);
    for (size_t i = 0; fine && i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", state_dir, names[i]);
        fine = is_private(path, "the file", "600", err);
    }
    return fine;
}

/* SQLite gives its other files to the owner of this one. */
bool store_make_file(const struct store *s, struct err *err)
{
    int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(err, "%s: %s", s->path, strerror(errno));
    owner_follow(fd, s->dir);
    close(fd);
    return true;
}

/* ---- one at a time ---- */

/* In a folder that cannot be written there may be no lock yet; then nobody else could have made
   one, and the folder itself is locked. */
bool store_take_lock(struct store *s, struct err *err)
{
    char path[STORE_PATH_BYTES];
    path_of(s, "lock", path);
    s->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    int why = errno;
    if (s->lock_fd < 0)
        s->lock_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (s->lock_fd < 0)
        s->lock_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->lock_fd < 0)
        return err_set(err, "%s: %s", path, strerror(why));
    owner_follow(s->lock_fd, s->dir);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    return err_set(err, "another reguard runs on %s", s->dir);
}

/* ---- is it the same file still? ---- */

struct store_file store_file_at(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (struct store_file){ st.st_dev, st.st_ino, true }
                                : (struct store_file){ .there = false };
}

static bool is_same(struct store_file a, struct store_file b)
{
    return a.there && b.there && a.dev == b.dev && a.ino == b.ino;
}

static const char *const beside[] = { "reguard.db-wal", "reguard.db-shm" };
static_assert(COUNT(beside) == COUNT(((struct store *)0)->beside), "one for each");

void store_note_files(struct store *s)
{
    char path[STORE_PATH_BYTES];
    if (!s->folder.there)
        s->folder = store_file_at(s->dir);
    if (!s->main_file.there)
        s->main_file = store_file_at(s->path);
    /* Both come with the first statement, the index only where it is not kept in memory. */
    for (size_t i = 0; i < COUNT(beside) && !s->beside[0].there; i++) {
        path_of(s, beside[COUNT(beside) - 1 - i], path);
        s->beside[COUNT(beside) - 1 - i] = store_file_at(path);
    }
}

bool store_is_in_place(const struct store *s, struct err *err)
{
    char path[STORE_PATH_BYTES];
    if (!is_same(s->main_file, store_file_at(s->path)))
        return err_set(err, "%s was deleted or replaced", s->path);
    for (size_t i = 0; i < COUNT(beside); i++) {
        path_of(s, beside[i], path);
        if (s->beside[i].there && !is_same(s->beside[i], store_file_at(path)))
            return err_set(err, "%s was deleted or replaced", path);
    }
    return true;
}

bool store_holds_folder(struct store *s, struct err *err)
{
    char path[STORE_PATH_BYTES];
    struct stat st;
    path_of(s, "lock", path);
    if (!is_same(s->folder, store_file_at(s->dir)))
        return err_set(err, "%s is another folder than before", s->dir);
    bool locked = fstat(s->lock_fd, &st) == 0 &&
                  (S_ISDIR(st.st_mode) ||
                   is_same((struct store_file){ st.st_dev, st.st_ino, true }, store_file_at(path)));
    int before = s->lock_fd;
    if (locked)
        return true;
    if (!store_take_lock(s, err)) {
        if (s->lock_fd >= 0)
            close(s->lock_fd);
        s->lock_fd = before;
        return false;
    }
    close(before);
    return true;
}

/* What cannot be looked at is nothing that may be written over. */
enum store_at store_what_is_there(const struct store *s)
{
    struct stat st;
    if (is_same(s->main_file, store_file_at(s->path)))
        return STORE_AT_OURS;
    return lstat(s->path, &st) != 0 && errno == ENOENT ? STORE_AT_NOTHING : STORE_AT_ANOTHER;
}

void store_remove_beside(const struct store *s, bool ours_only)
{
    char path[STORE_PATH_BYTES];
    for (size_t i = 0; i < COUNT(beside); i++) {
        path_of(s, beside[i], path);
        if (!ours_only || is_same(s->beside[i], store_file_at(path)))
            unlink(path);
    }
}

bool store_sync_folder(const struct store *s, struct err *err)
{
    return file_sync_folder(s->dir) || err_set(err, "%s: %s", s->dir, strerror(errno));
}

/* ---- a reserve on the disk ---- */

static const int64_t RESERVE_BYTES = 1024 * 1024, ROOM_BYTES = 4 * 1024 * 1024;

static bool is_reserved(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size >= RESERVE_BYTES &&
           (int64_t)st.st_blocks * 512 >= RESERVE_BYTES;
}

bool store_make_reserve(const struct store *s)
{
    char path[STORE_PATH_BYTES];
    struct statvfs fs;
    path_of(s, "reserve", path);
    if (is_reserved(path))
        return true;
    if (statvfs(s->dir, &fs) != 0 || (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < ROOM_BYTES)
        return false;
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    owner_follow(fd, s->dir);
    bool made = posix_fallocate(fd, 0, RESERVE_BYTES) == 0;
    close(fd);
    if (!made)
        unlink(path);
    return made;
}

bool store_give_up_reserve(const struct store *s)
{
    char path[STORE_PATH_BYTES];
    path_of(s, "reserve", path);
    return is_reserved(path) && unlink(path) == 0;
}
