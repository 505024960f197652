/* SPDX-License-Identifier: Apache-2.0 */
/* How shared records stand: who leads, what is there, and what a commit outlasts. */
#include "store/shared_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int64_t number_at(const PGresult *r, int row, int column)
{
    return strtoll(PQgetvalue(r, row, column), NULL, 10);
}

static bool is_true(const PGresult *r, int column)
{
    return str_equal(PQgetvalue(r, 0, column), "t");
}

/* *r: its one row, NULL when there is none. */
static bool ask_row(struct pg *pg, const char *sql, PGresult **r, struct err *err)
{
    *r = pg_ask(pg, sql, 0, NULL, err);
    if (*r && PQntuples(*r) == 1)
        return true;
    if (*r)
        err_set(err, "the database has the tables, and nothing in them: they are not reguard's");
    PQclear(*r);
    *r = NULL;
    return false;
}

/* ---- the server ---- */

static bool read_server(struct pg *pg, struct shared_standing *ret, struct err *err)
{
    PGresult *r = NULL;
    if (!ask_row(pg,
                 "SELECT NOT (pg_is_in_recovery() OR current_setting('transaction_read_only')::"
                 "boolean), current_setting('synchronous_commit'), "
                 "current_setting('synchronous_standby_names'), current_setting('fsync'), "
                 "to_regclass('reguard.about') IS NOT NULL",
                 &r, err))
        return false;
    ret->takes_writes = is_true(r, 0);
    STR_SET(ret->synchronous_commit, PQgetvalue(r, 0, 1));
    STR_SET(ret->synchronous_names, PQgetvalue(r, 0, 2));
    STR_SET(ret->fsync, PQgetvalue(r, 0, 3));
    ret->tables = is_true(r, 4);
    PQclear(r);
    return true;
}

/* Others' states are for pg_monitor. */
static bool read_replicas(struct pg *pg, struct shared_standing *ret, struct err *err)
{
    if (!ret->takes_writes)
        return true;
    PGresult *r = pg_ask(pg,
                         "SELECT application_name, state, sync_state, "
                         "pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint "
                         "FROM pg_stat_replication ORDER BY sync_state, application_name",
                         0, NULL, err);
    if (!r)
        return false;
    for (int i = 0; i < PQntuples(r); i++) {
        const char *sync = PQgetvalue(r, i, 2);
        ret->synchronous += str_equal(sync, "sync") || str_equal(sync, "quorum");
        if (ret->replica_count == COUNT(ret->replicas))
            continue;
        struct shared_replica *replica = &ret->replicas[ret->replica_count++];
        STR_SET(replica->name, PQgetvalue(r, i, 0));
        STR_SET(replica->state, PQgetvalue(r, i, 1));
        STR_SET(replica->sync, sync);
        replica->behind_bytes = PQgetisnull(r, i, 3) ? -1 : number_at(r, i, 3);
    }
    PQclear(r);
    return true;
}

/* ---- the records ---- */

static bool read_lease(struct pg *pg, struct shared_standing *ret, struct err *err)
{
    PGresult *r = NULL;
    if (!ask_row(pg,
                 "SELECT until > clock_timestamp(), " LEASE_HOLDER_NAME
                 ", to_char(since AT TIME ZONE 'UTC', "
                 "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), epoch, (extract(epoch FROM until - "
                 "clock_timestamp()) * 1000)::bigint, mark FROM reguard.lease, reguard.about",
                 &r, err))
        return false;
    ret->leads = is_true(r, 0);
    STR_SET(ret->holder, PQgetvalue(r, 0, 1));
    STR_SET(ret->since, PQgetvalue(r, 0, 2));
    ret->epoch = number_at(r, 0, 3);
    ret->lease_left_ms = ret->leads ? number_at(r, 0, 4) : 0;
    STR_SET(ret->mark, PQgetvalue(r, 0, 5));
    PQclear(r);
    return true;
}

static bool read_head(struct pg *pg, struct shared_standing *ret, struct err *err)
{
    PGresult *r = pg_ask(pg, "SELECT seq, hash FROM reguard.journal ORDER BY seq DESC LIMIT 1", 0,
                         NULL, err);
    if (r && PQntuples(r) == 1) {
        ret->records = (uint64_t)number_at(r, 0, 0);
        STR_SET(ret->head, PQgetvalue(r, 0, 1));
    }
    PQclear(r);
    return r != NULL;
}

bool shared_read_standing(const char *url, const char *password_file, struct shared_standing *ret,
                          struct err *err)
{
    struct pg *pg = pg_open_to_look(url, password_file, err);
    *ret = (struct shared_standing){ .tables = false };
    bool fine = pg && read_server(pg, ret, err) && read_replicas(pg, ret, err) &&
                (!ret->tables || (read_lease(pg, ret, err) && read_head(pg, ret, err)));
    pg_close(pg);
    return fine;
}

bool shared_read_value(const char *url, const char *password_file, const char *key, struct buf *ret,
                       struct err *err)
{
    struct shared_standing ignored = { .tables = false };
    struct pg *pg = pg_open_to_look(url, password_file, err);
    PGresult *r = NULL;
    bool fine = pg && read_server(pg, &ignored, err);
    if (fine && ignored.tables)
        fine = (r = pg_ask(pg, "SELECT value FROM reguard.meta WHERE key = $1", 1,
                           (const char *[]){ key }, err)) != NULL;
    if (r && PQntuples(r) == 1)
        buf_add(ret, PQgetvalue(r, 0, 0));
    PQclear(r);
    pg_close(pg);
    return fine;
}

/* ---- what a commit outlasts ---- */

/* postgresql.org/docs/15/runtime-config-wal.html: what each value waits for. */
bool shared_is_durable(const struct shared_standing *s, struct err *ret_told)
{
    const char *commit = s->synchronous_commit;
    if (str_equal(commit, "off") || str_equal(s->fsync, "off")) {
        err_set(ret_told,
                "a commit is lost in a power cut of the server (synchronous_commit = %s, fsync = "
                "%s): both have to be on",
                commit, s->fsync);
        return false;
    }
    if (str_equal(commit, "local") || !s->synchronous_names[0]) {
        err_set(ret_told,
                "a commit is kept by one server alone (synchronous_commit = %s, "
                "synchronous_standby_names = '%.100s'): when that is lost, or a standby takes over "
                "from it, the newest records may be missing; name a synchronous standby",
                commit, s->synchronous_names);
        return false;
    }
    if (!s->synchronous) {
        err_set(ret_told,
                "no synchronous standby is connected (synchronous_standby_names = '%.100s'), or "
                "this user may not see it (GRANT pg_monitor): without one each commit waits, and "
                "nothing is lifted",
                s->synchronous_names);
        return false;
    }
    err_set(ret_told,
            "a commit is durable: kept by the server and by a synchronous standby "
            "(synchronous_commit = %s, synchronous_standby_names = '%.100s')%s",
            commit, s->synchronous_names,
            str_equal(commit, "remote_write") ? ", which may not have it on its disk yet" : "");
    return true;
}
