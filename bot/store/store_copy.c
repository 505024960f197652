/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to shared records, and back. Both sides are verified before either goes on, and after
   each step at most one of them can: where the copy is to be made is marked first, and where the
   records came from is marked before the copy may go on. Whatever ends it in between, the same
   again goes on. */
#include "store/audit.h"
#include "store/shared.h"
#include "store/store_sql.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_whole(struct store *s, const char *where, struct err *err)
{
    uint64_t record;
    if (!store_check_pages(s, NULL, err))
        return err_wrap(err, "%s", where);
    struct audit_walk *walk = audit_begin(s);
    bool whole = audit_go_on(walk, SIZE_MAX, &record, err) == AUDIT_WHOLE;
    audit_end(walk);
    return whole || err_wrap(err, "the records of %s are not whole", where);
}

static void tell_copied(const struct store *s, bool before, struct store_copied *ret)
{
    *ret = (struct store_copied){ .records = s->seq, .before = before };
    STR_SET(ret->head, s->hash);
}

/* ---- are they the same? ---- */

static bool same_value(sqlite3_stmt *a, sqlite3_stmt *b, int at)
{
    return sqlite3_column_type(a, at) == sqlite3_column_type(b, at) &&
           str_equal(sql_text_at(a, at), sql_text_at(b, at));
}

static bool same_rows(sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (;;) {
        int one = sqlite3_step(a), other = sqlite3_step(b);
        if (one != SQLITE_ROW || other != SQLITE_ROW)
            return one == SQLITE_DONE && other == SQLITE_DONE;
        for (int i = 0; i < sqlite3_column_count(a); i++)
            if (!same_value(a, b, i))
                return false;
    }
}

/* A table with a longer key stands in its order. */
static bool same_table(sqlite3 *a, sqlite3 *b, const char *name)
{
    char sql[128];
    sqlite3_stmt *one = NULL, *other = NULL;
    bool fine = snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY 1, 2", name) > 0 &&
                sqlite3_prepare_v2(a, sql, -1, &one, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(b, sql, -1, &other, NULL) == SQLITE_OK && same_rows(one, other);
    sqlite3_finalize(one);
    sqlite3_finalize(other);
    return fine;
}

static bool same_records(struct store *s, struct store *there, struct err *err)
{
    sqlite3_stmt *st = NULL;
    bool same = sqlite3_prepare_v2(s->db, "SELECT name FROM sqlite_master WHERE type = 'table'", -1,
                                   &st, NULL) == SQLITE_OK;
    while (same && sqlite3_step(st) == SQLITE_ROW)
        same = same_table(s->db, there->db, sql_text_at(st, 0)) ||
               err_set(err, "the table %s is not the same there", sql_text_at(st, 0));
    sqlite3_finalize(st);
    return same;
}

/* What an instance would read that took over. */
static bool is_there(struct store *s, struct shared *shared, struct err *err)
{
    struct store *there = store_open_scratch(err);
    bool fine = there && shared_read_back(shared, there->db, err) && store_find_end(there, err) &&
                is_whole(there, "the database", err) && same_records(s, there, err);
    store_close(there);
    return fine;
}

/* ---- to shared records ---- */

static struct store *open_source(const char *state_dir, struct err *err)
{
    char path[STORE_PATH_BYTES];
    snprintf(path, sizeof path, "%.4000s/reguard.db", state_dir);
    if (access(path, F_OK) != 0) {
        err_set(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    return store_open_copy(state_dir, err);
}

/* *ret_before: it is a beginning of what is there. */
static bool may_go_there(struct store *s, struct shared *to, bool *ret_before, struct err *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_TURN_BYTES);
    const char *of = store_copy_of(s, &arena);
    bool fine = true;
    *ret_before = of && str_equal(of, shared_id(to));
    if (of && !*ret_before)
        fine = err_set(err, "%s is a copy of other records, which go on where they are", s->path);
    else if (!of && s->seq == 0)
        fine = err_set(err,
                       "%s has no records: start reguard with url in [store], and an empty "
                       "state_dir",
                       s->path);
    else if (!of)
        fine = shared_has_record(to, s->seq, s->hash, ret_before, err);
    arena_done(&arena);
    if (fine && shared_has_moved(to))
        fine = err_set(err, "the records of the database were moved into a file: name an empty "
                            "database");
    return fine;
}

static bool take(struct shared *shared, struct err *err)
{
    struct err why = { "" };
    return shared_take(shared, &why) ||
           err_set(err,
                   "%s: end every instance first (a copy that was broken off lets go within 15 s)",
                   why.text);
}

static bool is_free(struct shared *to, struct err *err)
{
    bool empty = false;
    return shared_is_empty(to, &empty, err) &&
           (empty || err_set(err, "the database has records of its own: name an empty one"));
}

static bool fill(struct store *s, struct shared *to,
                 void (*told)(void *arg, uint64_t done, uint64_t all), void *arg, struct err *err)
{
    return is_free(to, err) && take(to, err) && is_free(to, err) && shared_mark_filling(to, err) &&
           shared_copy_rows(to, s->db, told, arg, err) && is_there(s, to, err) &&
           shared_copy_end(to, err);
}

bool store_copy_to_shared(const char *state_dir, struct shared *to,
                          void (*told)(void *arg, uint64_t done, uint64_t all), void *arg,
                          struct store_copied *ret, struct err *err)
{
    struct store *s = open_source(state_dir, err);
    bool before = false;
    bool fine = s && is_whole(s, s->path, err) && may_go_there(s, to, &before, err) &&
                (before || fill(s, to, told, arg, err)) && store_become_copy(s, to, err);
    if (fine)
        tell_copied(s, before, ret);
    store_close(s);
    return fine;
}

/* ---- and back ---- */

static bool may_come_here(struct store *s, const struct shared *from, struct err *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_TURN_BYTES);
    const char *of = store_copy_of(s, &arena);
    bool same = of && str_equal(of, shared_id(from)), fine = true;
    if (of && !same)
        fine = err_set(err, "%s is a copy of other records: put it away", s->path);
    else if (!of && s->seq > 0)
        fine = err_set(err, "%s has records of its own: name an empty folder", s->path);
    else if (!same && shared_has_moved(from))
        fine = err_set(err, "the records of the database were moved into another file already");
    arena_done(&arena);
    return fine;
}

/* A copy is what nobody can go on from alone. */
static bool fetch_all(struct store *s, struct shared *from, struct err *err)
{
    bool other;
    return store_become_copy(s, from, err) && store_fetch(s, from, &other, err) &&
           (s->seq > 0 || err_set(err, "the database has no records"));
}

bool store_copy_from_shared(struct shared *from, const char *state_dir, struct store_copied *ret,
                            struct err *err)
{
    struct store *s = store_open_copy(state_dir, err);
    bool before = shared_has_moved(from);
    bool fine = s && may_come_here(s, from, err) && take(from, err) && fetch_all(s, from, err) &&
                is_whole(s, s->path, err) && (before || shared_mark_moved(from, err)) &&
                store_become_copy(s, NULL, err);
    if (fine)
        tell_copied(s, before, ret);
    store_close(s);
    return fine;
}
