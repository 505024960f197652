/* SPDX-License-Identifier: Apache-2.0 */
/* A store whose records are shared: the file is a copy that goes on from what the others wrote. */
#include "host/log.h"
#include "store/pg.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char COPY_OF[] = "copy_of";
enum { EXIT_AGAIN = 75 }; /* EX_TEMPFAIL of sysexits.h: started again it knows better */

static _Noreturn void end(const char *why)
{
    LOG(LOG_ERROR, "store.ends", LS("why", why),
        LS("next", "the process ends; started again it reads what is true"));
    _exit(EXIT_AGAIN);
}

/* ---- each transaction ---- */

bool store_watch_changes(struct store *s, struct err *err)
{
    if (sqlite3session_create(s->db, "main", &s->changes) == SQLITE_OK &&
        sqlite3session_attach(s->changes, NULL) == SQLITE_OK)
        return true;
    return err_set(err, "the store could not note its changes: %s", sqlite3_errmsg(s->db));
}

void store_drop_changes(struct store *s)
{
    if (s->changes)
        sqlite3session_delete(s->changes);
    s->changes = NULL;
}

bool store_share_changes(struct store *s, struct err *err)
{
    struct err why = { "" };
    if (!s->changes)
        return true;
    switch (shared_write(s->shared, s->changes, &why)) {
    case SHARED_WRITTEN: s->shared_ahead = true; return true;
    case SHARED_AWAY:
    case SHARED_UNKNOWN: break; /* what became of it is found out on the way back */
    case SHARED_LOST: end("another instance leads now");
    }
    s->trouble = STORE_TROUBLE_OTHER;
    return err_set(err, "the shared records could not be written: %s", why.text);
}

void store_end_when_torn(const struct store *s, const struct err *err)
{
    if (s->shared_ahead)
        end(err->text);
}

/* ---- opening ---- */

const char *store_copy_of(struct store *s, struct arena *arena)
{
    return store_get(s, COPY_OF, arena);
}

bool store_become_copy(struct store *s, const struct shared *shared, struct err *err)
{
    sqlite3_stmt *st = NULL;
    if (shared)
        return store_put(s, COPY_OF, shared_id(shared), err) && store_commit(s, err);
    st = sql_prepare(s, "DELETE FROM meta WHERE key = ?1");
    sql_text(st, 1, COPY_OF);
    return sql_run(s, st, err) && store_commit(s, err);
}

bool store_is_copy(struct store *s)
{
    struct arena arena;
    arena_init(&arena, LIMIT_TURN_BYTES);
    bool copy = store_copy_of(s, &arena) != NULL;
    arena_done(&arena);
    return copy;
}

/* Only an empty one, or an older copy of the same, is written over. */
static bool may_copy_to(struct store *s, const struct shared *shared, struct err *err)
{
    struct arena arena;
    arena_init(&arena, LIMIT_TURN_BYTES);
    const char *of = store_copy_of(s, &arena);
    bool fine = true;
    if (of && !str_equal(of, shared_id(shared)))
        fine = err_set(err, "%s is a copy of other records than [store] names: put it away",
                       s->path);
    else if (!of && s->seq > 0)
        fine = err_set(err,
                       "%s has records of its own, and [store] names shared ones: put the file "
                       "away, or leave url out",
                       s->path);
    arena_done(&arena);
    return fine;
}

/* What was fetched in its transaction is there from now on, and says what it is a copy of. */
static bool keep_fetched(struct store *s, const struct shared *shared, struct err *err)
{
    s->in_transaction = true;
    return store_put(s, COPY_OF, shared_id(shared), err) && store_commit(s, err);
}

bool store_fetch(struct store *s, struct shared *shared, bool *ret_other, struct err *err)
{
    sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (shared_fetch(shared, s->db, ret_other, err) && keep_fetched(s, shared, err))
        return store_find_end(s, err);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->in_transaction = false;
    return false;
}

static void remove_file(struct store *s)
{
    unlink(s->path);
    store_remove_beside(s, false);
}

static struct store *open_and_fetch(const char *state_dir, struct shared *shared, bool *ret_other,
                                    struct err *err)
{
    struct store *s = store_open_copy(state_dir, err);
    *ret_other = false;
    if (!s)
        return NULL;
    if (may_copy_to(s, shared, err) && store_fetch(s, shared, ret_other, err)) {
        s->shared = shared;
        return s;
    }
    if (*ret_other)
        remove_file(s);
    store_close(s);
    return NULL;
}

/* ---- while another one leads ---- */

struct store *store_open_to_follow(const char *state_dir, struct shared *shared, int64_t *ret_lacks,
                                   struct err *err)
{
    bool other;
    struct store *s = store_open_copy(state_dir, err);
    if (!s)
        return NULL;
    sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (may_copy_to(s, shared, err) && shared_fetch_begin(shared, s->db, &other, err) &&
        shared_fetch_lacks(shared, ret_lacks, err))
        return s;
    shared_fetch_end(shared);
    store_close(s);
    return NULL;
}

bool store_follow(struct store *s, struct shared *shared, bool *ret_all, struct err *err)
{
    return shared_fetch_some(shared, s->db, ret_all, err) &&
           (!*ret_all || keep_fetched(s, shared, err));
}

void store_follow_end(struct store *s, struct shared *shared)
{
    if (!s)
        return;
    shared_fetch_end(shared);
    store_close(s);
}

/* ---- once it leads ---- */

/* A copy that has gone another way, of a leader who lost its last word, is made anew. */
struct store *store_open_shared(const char *state_dir, struct shared *shared, struct err *err)
{
    bool other;
    struct store *s = open_and_fetch(state_dir, shared, &other, err);
    if (!s && other)
        s = open_and_fetch(state_dir, shared, &other, err);
    return s;
}

bool store_url_is_fine(const char *url, struct err *err) { return pg_url_is_fine(url, err); }

ms_t store_lease_left_ms(const struct store *s)
{
    return s->shared ? lease_left_ms(shared_lease(s->shared)) : MS_NEVER;
}

uint64_t store_lease_epoch(const struct store *s)
{
    const struct lease *lease = s->shared ? shared_lease(s->shared) : NULL;
    return lease ? (uint64_t)lease_epoch(lease) : 0;
}
