/* SPDX-License-Identifier: Apache-2.0 */
/* The store while its file cannot be written: everything is kept in memory, as if it were the file
   that goes on from the last commit, within a ceiling. Once the file can be written again what was
   kept is written there. */
#include "store/store.h"
#include "store/store_sql.h"

#include "core/limits.h"
#include "store/factjson.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 16, SQL_BYTES = 1024 };

/* What is taken along of each table, and how it comes back. The journal stays where it is: what is
   written in memory is appended to it. */
static const struct {
    const char *name, *columns, *which, *back;
} tables[] = {
    { "meta", "key, value", "", "ON CONFLICT DO UPDATE SET value = excluded.value" },
    { "inbox", "source, event_id, received_ms, answer, idle",
      "ORDER BY received_ms DESC LIMIT 4000", "ON CONFLICT DO NOTHING" },
    { "waiting", "ref, at_ms, actor, source, data, seq, hash", "", NULL },
    { "cases",
      "case_id, no, state, open, account, account_name, requester, reason, asked_ms, lifted_ms, "
      "deadline_ms, closed_ms, due_ms",
      "WHERE open OR no > (SELECT max(no) FROM cases) - 100",
      "ON CONFLICT DO UPDATE SET state = excluded.state, open = excluded.open, account = "
      "excluded.account, account_name = excluded.account_name, requester = excluded.requester, "
      "reason = excluded.reason, asked_ms = excluded.asked_ms, lifted_ms = excluded.lifted_ms, "
      "deadline_ms = excluded.deadline_ms, closed_ms = excluded.closed_ms, due_ms = "
      "excluded.due_ms" },
    { "outbox",
      "key, chat, kind, case_id, person, body, attempts, first_ms, next_ms, look_first, state, "
      "remote_id",
      "WHERE state = 0 OR key IN (SELECT key FROM standing) OR case_id IN (SELECT case_id FROM "
      "cases WHERE open) ORDER BY n",
      "ON CONFLICT(key) DO UPDATE SET body = excluded.body, attempts = excluded.attempts, next_ms "
      "= excluded.next_ms, look_first = excluded.look_first, state = excluded.state, remote_id = "
      "excluded.remote_id" },
    { "shown", "case_id, chat, remote_id, wanted, digest, dirty, first_ms, next_ms, look_first",
      "WHERE dirty OR case_id IN (SELECT case_id FROM cases WHERE open) OR case_id IN (SELECT "
      "case_id FROM cases ORDER BY no DESC LIMIT 20)",
      /* A card that is not known in memory is one that could not be read there. */
      "ON CONFLICT DO UPDATE SET remote_id = coalesce(excluded.remote_id, remote_id), wanted = "
      "excluded.wanted, digest = excluded.digest, dirty = excluded.dirty, next_ms = "
      "excluded.next_ms, look_first = max(look_first, excluded.look_first)" },
    { "standing", "key, chat, case_id, asks, after, served, next_ms", "",
      "ON CONFLICT DO UPDATE SET served = excluded.served, next_ms = excluded.next_ms" },
    { "puts", "key, question", "", "ON CONFLICT DO NOTHING" },
    { "votes", "chat, remote_id, person, reaction, stands, at, noted_ms",
      "ORDER BY noted_ms DESC LIMIT 4000",
      "ON CONFLICT DO UPDATE SET stands = excluded.stands, at = excluded.at, noted_ms = "
      "excluded.noted_ms" },
};

/* ---- rows from one database to another ---- */

static void values_sql(char *to, size_t bytes, size_t columns)
{
    size_t at = 0;
    for (size_t i = 0; i < columns; i++)
        at += (size_t)snprintf(to + at, bytes - at, "%s?%zu", i ? ", " : "", i + 1);
}

static size_t count_columns(const char *columns)
{
    size_t n = 1;
    for (; *columns; columns++)
        n += *columns == ',';
    return n;
}

static bool copy_rows(sqlite3_stmt *from, sqlite3_stmt *to, size_t columns)
{
    int step;
    while ((step = sqlite3_step(from)) == SQLITE_ROW) {
        for (size_t i = 0; i < columns; i++)
            sqlite3_bind_value(to, (int)i + 1, sqlite3_column_value(from, (int)i));
        if (sqlite3_step(to) != SQLITE_DONE)
            return false;
        sqlite3_reset(to);
    }
    return step == SQLITE_DONE;
}

static bool copy_table(sqlite3 *from, sqlite3 *to, size_t i, const char *which,
                       const char *conflict)
{
    char select[SQL_BYTES], insert[2 * SQL_BYTES], values[COLUMNS_MOST * 5];
    sqlite3_stmt *read = NULL, *write = NULL;
    size_t columns = count_columns(tables[i].columns);
    values_sql(values, sizeof values, columns);
    snprintf(select, sizeof select, "SELECT %s FROM %s %s", tables[i].columns, tables[i].name,
             which);
    snprintf(insert, sizeof insert, "INSERT INTO %s(%s) VALUES(%s) %s", tables[i].name,
             tables[i].columns, values, conflict);
    bool done = sqlite3_prepare_v2(from, select, -1, &read, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(to, insert, -1, &write, NULL) == SQLITE_OK &&
                copy_rows(read, write, columns);
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return done;
}

/* ---- leaving the file ---- */

static sqlite3 *open_memory(void)
{
    sqlite3 *db = NULL;
    char limit[64];
    snprintf(limit, sizeof limit, "PRAGMA max_page_count = %d", (int)LIMIT_MEMORY_PAGES);
    if (sqlite3_open(":memory:", &db) == SQLITE_OK &&
        sqlite3_exec(db, store_schema, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_exec(db, limit, NULL, NULL, NULL) == SQLITE_OK)
        return db;
    sqlite3_close(db);
    return NULL;
}

/* A message whose row could not be read is looked for once the file is there again. Cards would be
   wanted anew before that, each beside the one that stands: they wait. */
static void take_along(struct store *s, sqlite3 *memory)
{
    sqlite3_exec(memory, "BEGIN", NULL, NULL, NULL);
    for (size_t i = 0; i < COUNT(tables); i++) {
        if (copy_table(s->db, memory, i, tables[i].which, "ON CONFLICT DO NOTHING"))
            continue;
        s->cards_unread |= str_equal(tables[i].name, "shown");
        LOG(LOG_ERROR, "store.unreadable", LS("table", tables[i].name),
            LS("error", sqlite3_errmsg(s->db)));
    }
    sqlite3_exec(memory, "COMMIT", NULL, NULL, NULL);
}

bool store_go_to_memory(struct store *s, struct err *err)
{
    sqlite3 *memory = open_memory();
    if (!memory)
        return err_set(err, "out of memory");
    if (s->db)
        take_along(s, memory);
    store_forget_statements(s);
    s->file = s->db; /* what was deleted is there as long as it is open */
    s->db = memory;
    s->place = STORE_IN_MEMORY;
    s->base_seq = s->seq;
    STR_SET(s->base_hash, s->hash);
    return true;
}

/* Memory has a ceiling, too: what is there for comfort goes first. */
bool store_make_room(struct store *s)
{
    return sqlite3_exec(s->db,
                        "DELETE FROM inbox; DELETE FROM votes WHERE NOT stands; DELETE FROM outbox "
                        "WHERE state <> 0; DELETE FROM cases WHERE NOT open",
                        NULL, NULL, NULL) == SQLITE_OK;
}

/* ---- and back ---- */

struct appending {
    struct store *to;
    struct arena arena;
    bool without_file;     /* nothing was known of the records when these were made */
    uint32_t taken;        /* numbers up to this one are other cases' there */
    uint64_t after, up_to; /* records there of a commit that had failed; none when equal */
};

/* What somebody did was decided anew in memory, and what had been decided on it first is on record:
   it counts once. What has no event of its own is of another instant, and stands for itself. */
static bool is_there_already(const struct appending *a, const struct fact *f,
                             const struct journal_record *r)
{
    if (a->without_file || a->after >= a->up_to || !f->source.event_id || !f->source.event_id[0])
        return false;
    sqlite3_stmt *st = sql_prepare(a->to, "SELECT 1 FROM journal WHERE seq > ?1 AND seq <= ?2 AND "
                                          "case_id = ?3 AND kind = ?4 AND source = ?5");
    sql_number(st, 1, (int64_t)a->after);
    sql_number(st, 2, (int64_t)a->up_to);
    sql_text(st, 3, r->case_id);
    sql_text(st, 4, r->kind);
    sql_text(st, 5, r->source);
    bool there = sql_row(st);
    sqlite3_reset(st);
    return there;
}

static bool append_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct appending *a = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    arena_reset(&a->arena);
    if (!factjson_read(&columns, r->at_ms, &a->arena, &f, err))
        return false;
    if (a->without_file && f.case_no && f.case_no <= a->taken) {
        LOG(LOG_ERROR, "store.left_out", LS("kind", r->kind), LS("case", r->case_id),
            LS("why", "the records have another case of that number"));
        return true;
    }
    return is_there_already(a, &f, r) || store_append(a->to, &f, &a->arena, err);
}

static bool append_all(struct store *s, struct store *to, struct err *err)
{
    struct appending a = { .to = to,
                           .without_file = !s->main_file.there,
                           .taken = store_last_case(to),
                           .after = s->base_seq,
                           .up_to = to->seq };
    arena_init(&a.arena, LIMIT_ARENA_BYTES);
    bool done = store_each_record(s, s->base_seq, NULL, append_record, &a, err);
    arena_done(&a.arena);
    return done;
}

/* The hash of what waits follows the newest record: it is made anew. */
static bool keep_waiting_again(struct store *s, struct store *to, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s,
                                   "SELECT at_ms, actor, source, data FROM waiting ORDER BY ref");
    struct arena arena;
    bool done = st && sqlite3_exec(to->db, "DELETE FROM waiting", NULL, NULL, NULL) == SQLITE_OK;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    while (done && sql_row(st)) {
        struct fact f;
        struct err unread = { "" };
        struct fact_columns columns = { "", fact_names[FACT_INQUIRED], sql_text_at(st, 1),
                                        sql_text_at(st, 2), sql_text_at(st, 3) };
        arena_reset(&arena);
        done = !factjson_read(&columns, sqlite3_column_int64(st, 0), &arena, &f, &unread) ||
               store_keep_waiting(to, &f, &arena, err);
    }
    sqlite3_reset(st);
    arena_done(&arena);
    return done;
}

/* All but the file's own head and mark, and how far a chat has been heard: what was not
   acknowledged is heard again after a restart. */
#define VALUES_BACK                                                                        \
    "WHERE key NOT IN ('head', 'quiet_seq') AND key NOT LIKE 'cursor.%' AND key NOT LIKE " \
    "'heard.%' AND key NOT LIKE 'deaf.%'"

bool store_bring_back(struct store *s, struct store *to, struct err *err)
{
    bool without_file = !s->main_file.there;
    if (!append_all(s, to, err) || !keep_waiting_again(s, to, err))
        return false;
    for (size_t i = 0; i < COUNT(tables); i++) {
        const char *name = tables[i].name;
        bool of_records = str_equal(name, "cases") || str_equal(name, "shown") ||
                          str_equal(name, "meta");
        const char *which = str_equal(name, "outbox") ? "ORDER BY n"
                            : str_equal(name, "meta") ? VALUES_BACK
                                                      : "";
        if (!tables[i].back || (without_file && of_records))
            continue;
        if (!copy_table(s->db, to->db, i, which, tables[i].back))
            return err_set(err, "the table %s: %s", name, sqlite3_errmsg(to->db));
    }
    return store_commit(to, err);
}
