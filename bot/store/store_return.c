/* SPDX-License-Identifier: Apache-2.0 */
/* Back to the file. One that was deleted is written again from the connection that has it open
   still; a log that was deleted is folded in from there. A file that came in its place is gone on
   from when it has the same records, and is let be when it has others. */
#include "host/file.h"
#include "host/log.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool no_file(const struct store *s, const char *what, sqlite3 *db, struct err *err)
{
    return err_set(err, "%s could not %s: %s", s->path, what,
                   db ? sqlite3_errmsg(db) : strerror(errno));
}

/* ---- deleted ---- */

static bool make_empty(const struct store *s, const char *path, struct err *err)
{
    int fd = file_new(path, s->dir);
    if (fd < 0)
        return no_file(s, "be written again", NULL, err);
    close(fd);
    return true;
}

static bool copy_pages(const struct store *s, const char *path, struct err *err)
{
    sqlite3 *to = NULL;
    bool done = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
                SQLITE_OK;
    sqlite3_backup *pages = done ? sqlite3_backup_init(to, "main", s->file, "main") : NULL;
    done = pages && sqlite3_backup_step(pages, -1) == SQLITE_DONE;
    done = sqlite3_backup_finish(pages) == SQLITE_OK && done;
    if (!done)
        no_file(s, "be written again", to, err);
    sqlite3_close(to);
    return done;
}

/* What has come to the path meanwhile is not overwritten. */
static bool put_there(const struct store *s, const char *path, struct err *err)
{
    store_remove_beside(s, false);
    bool done = link(path, s->path) == 0 || no_file(s, "be put in its place", NULL, err);
    unlink(path);
    return done && store_sync_folder(s, err);
}

static bool write_again(struct store *s, struct err *err)
{
    char path[STORE_PATH_BYTES + 8];
    snprintf(path, sizeof path, "%s.again", s->path);
    if (!s->file)
        return err_set(err, "%s was deleted; put a copy of it back", s->path);
    if (!store_holds_folder(s, err) || !make_empty(s, path, err))
        return false;
    if (!copy_pages(s, path, err)) {
        unlink(path);
        return false;
    }
    return put_there(s, path, err);
}

/* ---- something else lies there ---- */

static bool knows_our_records(struct store *s, struct store *other)
{
    char hash[STORE_HASH_BYTES], head[STORE_HASH_BYTES];
    if (!s->base_seq)
        return store_head(other, head) == 0;
    return store_hash_of(other, s->base_seq, hash) && str_equal(hash, s->base_hash);
}

static bool no_others(const struct store *s, struct err *err)
{
    return err_set(err,
                   "%s was replaced by a file that does not have the records of before; put the "
                   "right one back, or start me again to go on from that one",
                   s->path);
}

static bool look_at_another(struct store *s, struct err *err)
{
    struct store *other = store_open_to_look(s->dir, err);
    if (!other)
        return no_others(s, err);
    bool ours = knows_our_records(s, other);
    store_close(other);
    return ours || no_others(s, err);
}

/* ---- the way back ---- */

/* By the connection that has both open, wherever they are now: nothing of the records is in the log
   alone then, and another file cannot be mixed up with it. */
static bool fold_in(struct store *s, struct err *err)
{
    return !s->file ||
           sqlite3_wal_checkpoint_v2(s->file, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
               SQLITE_OK ||
           no_file(s, "take in its log", s->file, err);
}

static bool put_in_place(struct store *s, struct err *err)
{
    struct err away = { "" };
    if (!s->main_file.there || store_is_in_place(s, &away))
        return true;
    if (!fold_in(s, err))
        return false;
    enum store_at at = store_what_is_there(s);
    if (at == STORE_AT_ANOTHER)
        store_remove_beside(s, true);
    bool there = at == STORE_AT_OURS      ? true
                 : at == STORE_AT_NOTHING ? write_again(s, err)
                                          : look_at_another(s, err);
    if (there)
        LOG(LOG_WARN, "store.in_place_again", LS("was", away.text),
            LS("now", at == STORE_AT_OURS      ? "its log is folded in"
                      : at == STORE_AT_NOTHING ? "written again from what was open"
                                               : "another file with the same records"));
    if (there && at != STORE_AT_OURS)
        s->main_file = store_file_at(s->path);
    return there;
}

/* The file that is there is the one that was left, and goes on from what was known of it. */
static bool goes_on(struct store *s, struct store *to, uint64_t *ret_uncertain, struct err *err)
{
    *ret_uncertain = 0;
    if (!s->main_file.there)
        return true;
    if (!knows_our_records(s, to) && s->base_seq)
        return no_others(s, err);
    if (to->seq != s->base_seq)
        *ret_uncertain = to->seq;
    return true;
}

/* What was written, and could not be made to last, has to be on the disk before anything follows
   it: after an error of that kind only what is written anew is. */
static bool is_on_the_disk(struct store *to, struct err *err)
{
    return sqlite3_wal_checkpoint_v2(to->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
               SQLITE_OK ||
           no_file(to, "take in its log", to->db, err);
}

static void take_over(struct store *s, struct store *to)
{
    store_forget_statements(s);
    sqlite3_close(s->db);
    sqlite3_close(s->file);
    to->lock_fd = s->lock_fd;
    *s = *to;
    free(to);
}

/* ---- the one that is opened stays open between two tries ---- */

enum { LOOKED_AT = COUNT(((struct store *)0)->next_look) };

static void look(const struct store *s, struct store_look ret[LOOKED_AT])
{
    static const char *const ends[LOOKED_AT] = { "", "-wal" };
    for (size_t i = 0; i < LOOKED_AT; i++) {
        char path[STORE_PATH_BYTES + 8];
        struct stat st;
        snprintf(path, sizeof path, "%s%s", s->path, ends[i]);
        ret[i] = (struct store_look){ .file = { .there = false } };
        if (stat(path, &st) == 0)
            ret[i] = (struct store_look){ { st.st_dev, st.st_ino, true }, st.st_size, st.st_ctim };
    }
}

static bool looks_the_same(const struct store_look *a, const struct store_look *b)
{
    return a->file.there && b->file.there && a->file.dev == b->file.dev &&
           a->file.ino == b->file.ino && a->bytes == b->bytes &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

void store_drop_next(struct store *s)
{
    if (!s->next)
        return;
    /* Another file may lie there by now, with a log of its own. */
    sqlite3_db_config(s->next->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    store_close(s->next);
    s->next = NULL;
}

/* A log is read as a whole when it is opened: not once a minute for as long as a disk is ill, but
   when anything of the two files is not as it was. */
static struct store *open_next(struct store *s, struct err *err)
{
    struct store_look now[LOOKED_AT];
    look(s, now);
    bool same = s->next != NULL;
    for (size_t i = 0; same && i < LOOKED_AT; i++)
        same = looks_the_same(&now[i], &s->next_look[i]);
    struct store *to = same ? s->next : NULL;
    if (!same)
        store_drop_next(s);
    s->next = NULL;
    if (!to)
        to = store_open_file(s->dir, err);
    if (!same)
        look(s, s->next_look); /* SQLite gives its files an owner as it opens them */
    return to;
}

static void try_later(struct store *s, struct store *to, bool is_kept, struct err *err)
{
    struct err cause = *err;
    store_say_why(to, &cause, err);
    if (is_kept)
        s->next = to;
    else
        store_close(to);
}

bool store_leave_memory(struct store *s, uint64_t *ret_uncertain, struct err *err)
{
    if (!put_in_place(s, err))
        return false;
    /* What a failed commit left behind is seen by a connection of its own only once this one, with
       what it believes, is gone. */
    sqlite3_close(s->file);
    s->file = NULL;
    memset(s->beside, 0, sizeof s->beside);
    struct store *to = open_next(s, err);
    if (!to)
        return false;
    bool other;
    if (s->shared && !store_fetch(to, s->shared, &other, err)) {
        store_close(to);
        return false;
    }
    to->shared = s->shared;
    bool goes = goes_on(s, to, ret_uncertain, err), lasts = goes && is_on_the_disk(to, err);
    if (lasts && store_bring_back(s, to, err)) {
        take_over(s, to);
        return true;
    }
    try_later(s, to, goes && !lasts && !s->shared, err);
    return false;
}
