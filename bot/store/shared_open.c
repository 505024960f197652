/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shared_parts.h"
#include "store/lease_orders.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"
#include "core/encode.h"
#include "store/schema.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_SINCE = 6 }; /* the schema from which on the tables are these */

/* ---- what the tables are: as the store's own schema says ---- */

static bool read_columns(sqlite3 *db, struct shared_table *t)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(db, "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)", -1,
                           &st, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(st, 1, t->name, -1, SQLITE_STATIC);
    while (sqlite3_step(st) == SQLITE_ROW && t->count < SHARED_COLUMNS) {
        struct shared_column *c = &t->columns[t->count++];
        STR_SET(c->name, (const char *)sqlite3_column_text(st, 0));
        c->text = str_equal((const char *)sqlite3_column_text(st, 1), "TEXT");
        c->key = sqlite3_column_int(st, 3);
        c->filled = sqlite3_column_int(st, 2) || c->key;
    }
    sqlite3_finalize(st);
    return t->count > 0;
}

static bool read_tables(struct shared *s)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    bool fine = sqlite3_open(":memory:", &db) == SQLITE_OK &&
                sqlite3_exec(db, store_schema, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table'", -1,
                                   &st, NULL) == SQLITE_OK;
    while (fine && sqlite3_step(st) == SQLITE_ROW && s->table_count < SHARED_TABLES) {
        struct shared_table *t = &s->tables[s->table_count++];
        STR_SET(t->name, (const char *)sqlite3_column_text(st, 0));
        fine = read_columns(db, t);
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    return fine;
}

const struct shared_table *shared_table_named(const struct shared *s, const char *name)
{
    for (size_t i = 0; i < s->table_count; i++)
        if (str_equal(s->tables[i].name, name))
            return &s->tables[i];
    return NULL;
}

void shared_add_names(struct buf *sql, const struct shared_table *t, bool keys_only)
{
    bool first = true;
    for (size_t i = 0; i < t->count; i++) {
        if (keys_only && !t->columns[i].key)
            continue;
        buf_addf(sql, "%s\"%s\"", first ? "" : ", ", t->columns[i].name);
        first = false;
    }
}

static void add_table(struct buf *sql, const struct shared_table *t)
{
    buf_addf(sql, "CREATE TABLE IF NOT EXISTS reguard.\"%s\"(", t->name);
    for (size_t i = 0; i < t->count; i++)
        buf_addf(sql, "\"%s\" %s%s, ", t->columns[i].name, t->columns[i].text ? "TEXT" : "BIGINT",
                 t->columns[i].filled ? " NOT NULL" : "");
    buf_add(sql, "PRIMARY KEY(");
    shared_add_names(sql, t, true);
    buf_add(sql, "));");
}

/* As in the file: nobody changes a record. */
static const char RULES[] =
    "CREATE TABLE IF NOT EXISTS reguard.lease(one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK(one), "
    "epoch BIGINT NOT NULL, holder TEXT NOT NULL, since TIMESTAMPTZ NOT NULL, until TIMESTAMPTZ "
    "NOT NULL, commits BIGINT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS reguard.orders(n BIGSERIAL PRIMARY KEY, asked TIMESTAMPTZ NOT NULL "
    "DEFAULT clock_timestamp(), host TEXT NOT NULL, why TEXT NOT NULL, taken_ms BIGINT NOT NULL "
    "DEFAULT 0, now_ms BIGINT NOT NULL DEFAULT 0, proved_ms BIGINT NOT NULL DEFAULT 0, standing "
    "TEXT NOT NULL DEFAULT '');"
    "CREATE TABLE IF NOT EXISTS reguard.about(id TEXT PRIMARY KEY, schema BIGINT NOT NULL, "
    "mark TEXT NOT NULL DEFAULT '');"
    "INSERT INTO reguard.lease VALUES(TRUE, 0, '', now(), now() - interval '1 s', 0) ON CONFLICT "
    "DO NOTHING;"
    "CREATE OR REPLACE FUNCTION reguard.append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION 'the journal is append only'; END$$;"
    "CREATE OR REPLACE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON reguard.journal "
    "FOR EACH ROW EXECUTE FUNCTION reguard.append_only();"
    "CREATE OR REPLACE TRIGGER journal_no_truncate BEFORE TRUNCATE ON reguard.journal "
    "FOR EACH STATEMENT EXECUTE FUNCTION reguard.append_only();";

static bool make_tables(struct shared *s, struct err *err)
{
    CLEANUP(buf_done) struct buf sql;
    unsigned char bytes[SHARED_ID_BYTES / 2];
    char id[SHARED_ID_BYTES];
    buf_init(&sql, 64 * 1024);
    clock_random(bytes, sizeof bytes);
    encode_hex(bytes, sizeof bytes, id);
    buf_add(&sql, "BEGIN; SELECT pg_advisory_xact_lock(7234001); CREATE SCHEMA IF NOT EXISTS "
                  "reguard;");
    for (size_t i = 0; i < s->table_count; i++)
        add_table(&sql, &s->tables[i]);
    buf_add(&sql, RULES);
    buf_addf(&sql,
             "INSERT INTO reguard.about SELECT '%s', %d WHERE NOT EXISTS (SELECT FROM "
             "reguard.about); COMMIT",
             id, (int)STORE_SCHEMA);
    return pg_run(s->pg, buf_text(&sql), NULL, 0, err);
}

/* Nobody leads on records that are not whole, or go on elsewhere. */
static bool may_be_led(const struct shared *s, struct err *err)
{
    if (!s->mark[0] || s->copies)
        return true;
    return err_set(err, "%s",
                   str_equal(s->mark, SHARED_MARK_FILLING)
                       ? "records were about to be copied into this database, and are not all "
                         "there: run `reguard store copy` again"
                       : "the records of this database were moved into a file, which goes on: "
                         "leave url out where that file is");
}

/* *ret_there: the tables are. */
static bool read_about(struct shared *s, bool *ret_there, bool *ret_hopeless, struct err *err)
{
    PGresult *r = pg_ask(s->pg, "SELECT to_regclass('reguard.about') IS NOT NULL", 0, NULL, err);
    if (!r)
        return false;
    *ret_there = str_equal(PQgetvalue(r, 0, 0), "t");
    PQclear(r);
    if (!*ret_there)
        return true;
    if (!(r = pg_ask(s->pg, "SELECT id, schema, mark FROM reguard.about", 0, NULL, err)))
        return false;
    long long schema = PQntuples(r) == 1 ? strtoll(PQgetvalue(r, 0, 1), NULL, 10) : 0;
    bool fine = schema >= TABLES_SINCE && schema <= STORE_SCHEMA &&
                STR_SET(s->id, PQgetvalue(r, 0, 0)) && STR_SET(s->mark, PQgetvalue(r, 0, 2));
    PQclear(r);
    if (fine && may_be_led(s, err))
        return true;
    *ret_hopeless = true;
    if (fine)
        return false;
    return err_set(err,
                   schema > STORE_SCHEMA
                       ? "the database was written by a newer reguard (schema %lld, this one "
                         "knows %d); it was not touched"
                       : "the database has tables of schema %lld, and this reguard knows %d",
                   schema, (int)STORE_SCHEMA);
}

/* A commit that the server forgets in a power cut is none; and text has to be kept to the byte. */
static bool looks_usable(struct shared *s, bool *ret_hopeless, struct err *err)
{
    PGresult *r = pg_ask(s->pg,
                         "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::"
                         "boolean, current_setting('synchronous_commit'), "
                         "current_setting('fsync'), current_setting('server_encoding')",
                         0, NULL, err);
    if (!r)
        return false;
    bool fine = true;
    if (str_equal(PQgetvalue(r, 0, 0), "t"))
        fine = err_set(err, "the server takes no writes (a standby, or read-only)");
    else if (str_equal(PQgetvalue(r, 0, 1), "off") || str_equal(PQgetvalue(r, 0, 2), "off"))
        fine = err_set(err, "the server does not make commits last (synchronous_commit and fsync "
                            "have to be on)");
    else if (!str_equal(PQgetvalue(r, 0, 3), "UTF8"))
        fine = err_set(err, "the database has the encoding %.32s, and UTF8 is needed",
                       PQgetvalue(r, 0, 3));
    *ret_hopeless = !fine && !str_equal(PQgetvalue(r, 0, 0), "t");
    PQclear(r);
    return fine;
}

static bool connect_and_look(struct shared *s, bool *ret_hopeless, struct err *err)
{
    bool there = false;
    s->pg = pg_open(s->url, s->password_file, err);
    if (!s->pg || !looks_usable(s, ret_hopeless, err) || !read_about(s, &there, ret_hopeless, err))
        return false;
    return there || (make_tables(s, err) && read_about(s, &there, ret_hopeless, err) &&
                     (there || err_set(err, "its tables could not be made")));
}

static struct shared *open_as(const char *url, const char *password_file, const char *instance,
                              bool copies, bool *ret_hopeless, struct err *err)
{
    struct shared *s = xcalloc(1, sizeof *s);
    s->copies = copies;
    *ret_hopeless = false;
    s->url = url;
    s->password_file = password_file;
    s->instance = instance;
    if (read_tables(s) && connect_and_look(s, ret_hopeless, err))
        return s;
    shared_close(s);
    return NULL;
}

struct shared *shared_open(const char *url, const char *password_file, const char *instance,
                           bool *ret_hopeless, struct err *err)
{
    return open_as(url, password_file, instance, false, ret_hopeless, err);
}

struct shared *shared_open_to_copy(const char *url, const char *password_file, const char *instance,
                                   struct err *err)
{
    bool hopeless;
    return open_as(url, password_file, instance, true, &hopeless, err);
}

bool shared_look(const char *url, const char *password_file, struct err *ret_told)
{
    struct shared s = { .pg = pg_open(url, password_file, ret_told) };
    bool there = false, hopeless = false;
    bool fine = s.pg && looks_usable(&s, &hopeless, ret_told) &&
                read_about(&s, &there, &hopeless, ret_told);
    if (fine && there)
        fine = lease_who_leads(s.pg, ret_told);
    else if (fine)
        err_set(ret_told, "no tables yet; the first reguard that runs makes them");
    pg_close(s.pg);
    return fine;
}

const char *shared_id(const struct shared *s) { return s->id; }

/* ---- the lease ---- */

/* For whoever leads, in pg_stat_activity: it goes with the connection. */
#define STANDING_BY "reguard standing by"

static void say_whether_it_stands_by(struct shared *s, bool stands_by)
{
    struct err ignored = { "" };
    if (!s->copies && s->stands_by != stands_by &&
        pg_run(s->pg,
               stands_by ? "SET application_name = '" STANDING_BY "'" : "RESET application_name",
               NULL, 0, &ignored))
        s->stands_by = stands_by;
}

bool shared_is_stood_by(struct shared *s)
{
    struct err ignored = { "" };
    if (!shared_is_connected(s, &ignored))
        return false;
    PGresult *r = pg_ask(s->pg,
                         "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND "
                         "usename = current_user AND application_name = '" STANDING_BY "' LIMIT 1",
                         0, NULL, &ignored);
    bool stood_by = r && PQntuples(r) == 1;
    PQclear(r);
    return stood_by;
}

/* Whoever leads writes what an older reguard may not know, which refuses it from then on; one that
   only stands by may still wait for an older one to end. */
static bool note_schema(struct shared *s, struct err *err)
{
    char sql[96];
    snprintf(sql, sizeof sql, "UPDATE reguard.about SET schema = %d WHERE schema < %d",
             (int)STORE_SCHEMA, (int)STORE_SCHEMA);
    return pg_run(s->pg, sql, NULL, 0, err);
}

/* Where it cannot be given back it runs out, or is taken again by its mark. */
static void shared_let_go(struct shared *s)
{
    struct err ignored = { "" };
    if (s->lease && s->pg && pg_is_cut(s->pg))
        shared_is_connected(s, &ignored);
    lease_free(s->lease, s->pg && !pg_is_cut(s->pg) ? s->pg : NULL);
    s->lease = NULL;
}

bool shared_take(struct shared *s, struct err *err)
{
    bool there, hopeless;
    if (s->pg && pg_is_cut(s->pg)) {
        pg_close(s->pg);
        s->pg = NULL;
        s->stands_by = false;
    }
    if (!(s->pg ? read_about(s, &there, &hopeless, err) : connect_and_look(s, &hopeless, err)))
        return false;
    struct lease_taking taking = { s->url, s->password_file, s->instance, s->copies, &s->claim };
    shared_let_go(s);
    s->lease = lease_take(s->pg, &taking, err);
    if (s->lease && !note_schema(s, err))
        shared_let_go(s);
    say_whether_it_stands_by(s, !s->lease);
    return s->lease != NULL;
}

const struct lease *shared_lease(const struct shared *s) { return s->lease; }
bool shared_is_unheard(const struct shared *s)
{
    return !s->pg || pg_is_cut(s->pg) || pg_is_busy(s->pg);
}

bool shared_next_order(const struct shared *s, struct shared_order *ret)
{
    return orders_next(lease_orders(s->lease), ret);
}

void shared_take_order(const struct shared *s, int64_t number, ms_t now_ms)
{
    orders_take(lease_orders(s->lease), number, now_ms);
}

void shared_answer_orders(const struct shared *s, const struct shared_answer *answer)
{
    orders_answer(lease_orders(s->lease), answer);
}

bool shared_is_connected(struct shared *s, struct err *err)
{
    if (s->lease && lease_is_away(s->lease, err))
        return false; /* the loop has better to do than to wait for it */
    if (s->pg && !pg_is_cut(s->pg))
        return true;
    pg_close(s->pg);
    s->pg = pg_open(s->url, s->password_file, err);
    return s->pg != NULL;
}

void shared_close(struct shared *s)
{
    if (!s)
        return;
    shared_let_go(s);
    pg_close(s->pg);
    free(s);
}
