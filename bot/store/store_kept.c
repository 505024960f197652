/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps for a while only: ids of events, commands that wait, messages and cards that
   nobody will look up any more. */
#include "store/factjson.h"
#include "host/log.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <string.h>

/* How long a repeat of an event is recognised. What changed nothing is told apart from a new one
   for as long as a chat may send it again (Slack: minutes) or it may be read again after an outage;
   its answer is given again for an hour. */
static const ms_t ACTED_KEPT_MS = 7 * MS_DAY, IDLE_KEPT_MS = MS_DAY, ANSWERS_KEPT_MS = MS_HOUR;
/* Messages of closed cases: presses and words under them are still told what became of the case. */
static const ms_t MESSAGES_KEPT_MS = 30 * MS_DAY;
enum { FORGOTTEN_AT_ONCE = 1000 };

/* ---- commands that wait ---- */

bool store_keep_waiting(struct store *s, const struct fact *fact, struct arena *arena,
                        struct err *err)
{
    struct fact_columns columns;
    char hash[STORE_HASH_BYTES];
    factjson_write(fact, arena, &columns);
    factjson_hash(s->hash, &columns, s->seq, fact->at_ms, arena, hash);
    sqlite3_stmt *st = sql_prepare(s, "INSERT OR REPLACE INTO waiting(ref, at_ms, actor, source, "
                                      "data, seq, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    sql_number(st, 1, fact->ref);
    sql_number(st, 2, fact->at_ms);
    sql_text(st, 3, columns.actor);
    sql_text(st, 4, columns.source);
    sql_text(st, 5, columns.data);
    sql_number(st, 6, (int64_t)s->seq);
    sql_text(st, 7, hash);
    return sql_run(s, st, err);
}

bool store_drop_waiting(struct store *s, int64_t ref, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "DELETE FROM waiting WHERE ref = ?1");
    sql_number(st, 1, ref);
    return sql_run(s, st, err);
}

static const char *text_at(sqlite3_stmt *st, int at)
{
    return str_or_empty((const char *)sqlite3_column_text(st, at));
}

/* The hash of the journal's record with that number, at the time the command was kept. */
static bool is_ours(sqlite3_stmt *st, struct arena *arena)
{
    char hash[STORE_HASH_BYTES];
    struct fact_columns columns = { .case_id = "",
                                    .kind = fact_names[FACT_INQUIRED],
                                    .actor = text_at(st, 1),
                                    .source = text_at(st, 2),
                                    .data = text_at(st, 3) };
    const char *head = sqlite3_column_int64(st, 4) ? text_at(st, 6) : STORE_FIRST_HASH;
    factjson_hash(head, &columns, (uint64_t)sqlite3_column_int64(st, 4),
                  sqlite3_column_int64(st, 0), arena, hash);
    return str_equal(hash, text_at(st, 5));
}

bool store_each_waiting(struct store *s,
                        bool (*each)(void *, const struct journal_record *, struct err *),
                        void *arg, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT w.at_ms, w.actor, w.source, w.data, w.seq, w.hash, "
                                      "j.hash FROM waiting AS w LEFT JOIN journal AS j USING(seq) "
                                      "ORDER BY w.at_ms, w.ref");
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    bool going = st != NULL;
    int step = SQLITE_ERROR;
    while (going && (step = sqlite3_step(st)) == SQLITE_ROW) {
        struct journal_record r = { .at_ms = sqlite3_column_int64(st, 0),
                                    .case_id = "",
                                    .kind = fact_names[FACT_INQUIRED],
                                    .actor = text_at(st, 1),
                                    .source = text_at(st, 2),
                                    .data = text_at(st, 3) };
        if (is_ours(st, &arena))
            going = each(arg, &r, err);
        else
            LOG(LOG_ERROR, "store.waiting",
                LS("error", "a command that waits has a wrong hash; it "
                            "is left out"));
        arena_reset(&arena);
    }
    bool whole = going && step == SQLITE_DONE;
    if (!whole && (going || !st))
        err_set(err, "the store could not read what waits");
    sqlite3_reset(st);
    arena_done(&arena);
    return whole;
}

/* ---- forgetting ---- */

/* Nobody looks for a message or a card of that case any more. */
#define LONG_CLOSED                                                                            \
    " AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.case_id = o.case_id AND (cases.open OR " \
    "cases.closed_ms >= ?1))"
/* All of the case: what a chat has not heard waits for it, however long it is away. It may be the
   end of an alarm. */
#define HEARD                                                                                 \
    " AND NOT EXISTS (SELECT 1 FROM shown AS s WHERE s.case_id = o.case_id AND s.dirty) AND " \
    "NOT EXISTS (SELECT 1 FROM outbox AS w WHERE w.case_id = o.case_id AND w.state = 0)"
#define EVENTS(which)                                                                   \
    "DELETE FROM inbox WHERE (source, event_id) IN (SELECT source, event_id FROM inbox" \
    " WHERE " which " ORDER BY received_ms LIMIT "
#define ANSWERS(which)                                                                          \
    "UPDATE inbox SET answer = NULL WHERE (source, event_id) IN (SELECT source, event_id FROM " \
    "inbox WHERE " which " ORDER BY received_ms LIMIT "
#define ABOVE(count) "max(0, min(?2, (SELECT count(*) FROM " count ") - ?3)))"

/* What is forgotten, in this order: ?1 what is older, ?2 how many at once, ?3 how many may be
   there. */
static const struct rule {
    const char *sql;
    ms_t kept_ms;
    int64_t most;
} rules[] = {
    { EVENTS("received_ms < ?1") "?2)", ACTED_KEPT_MS, 0 },
    { EVENTS("idle AND received_ms < ?1") "?2)", IDLE_KEPT_MS, 0 },
    { EVENTS("NOT idle") ABOVE("inbox WHERE NOT idle"), 0, LIMIT_EVENTS_KEPT },
    { EVENTS("idle") ABOVE("inbox WHERE idle"), 0, LIMIT_IDLE_EVENTS_KEPT },
    { ANSWERS("answer IS NOT NULL AND received_ms < ?1") "?2)", ANSWERS_KEPT_MS, 0 },
    { ANSWERS("answer IS NOT NULL") ABOVE("inbox WHERE answer IS NOT NULL"), 0,
      LIMIT_ANSWERS_KEPT },
    { "DELETE FROM standing WHERE key IN (SELECT o.key FROM standing AS o WHERE 1" LONG_CLOSED
      " LIMIT ?2)",
      MESSAGES_KEPT_MS, 0 },
    { "DELETE FROM outbox WHERE n IN (SELECT o.n FROM outbox AS o WHERE o.first_ms < ?1"
      " AND o.state <> 0 AND o.key NOT IN (SELECT key FROM standing)" LONG_CLOSED
      " ORDER BY o.n LIMIT ?2)",
      MESSAGES_KEPT_MS, 0 },
    { "DELETE FROM outbox WHERE n IN (SELECT o.n FROM outbox AS o WHERE o.state <> 0"
      " AND o.key NOT IN (SELECT key FROM standing) AND NOT EXISTS (SELECT 1 FROM cases WHERE "
      "cases.case_id = o.case_id AND cases.open) ORDER BY o.n LIMIT " ABOVE("outbox"),
      0, LIMIT_MESSAGES_KEPT },
    { "DELETE FROM outbox WHERE n IN (SELECT o.n FROM outbox AS o WHERE o.state = 0" LONG_CLOSED
      " ORDER BY o.n LIMIT " ABOVE("outbox WHERE state = 0"),
      MESSAGES_KEPT_MS, LIMIT_MESSAGES_KEPT },
    { "DELETE FROM shown WHERE case_id IN (SELECT o.case_id FROM shown AS o WHERE o.first_ms < "
      "?1" LONG_CLOSED HEARD " LIMIT ?2)",
      MESSAGES_KEPT_MS, 0 },
    { "DELETE FROM shown WHERE case_id IN (SELECT o.case_id FROM shown AS o WHERE "
      "o.dirty" LONG_CLOSED " ORDER BY o.first_ms LIMIT " ABOVE("shown WHERE dirty"),
      MESSAGES_KEPT_MS, LIMIT_CARDS_KEPT },
    { "DELETE FROM shown WHERE case_id IN (SELECT o.case_id FROM shown AS o WHERE NOT o.dirty AND "
      "NOT EXISTS (SELECT 1 FROM cases WHERE cases.case_id = o.case_id AND cases.open) "
      "ORDER BY o.first_ms LIMIT " ABOVE("shown"),
      0, LIMIT_CARDS_KEPT },
    /* Nobody asks which question a message puts that is known no more. */
    { "DELETE FROM puts WHERE key IN (SELECT o.key FROM puts AS o WHERE NOT EXISTS (SELECT 1 FROM "
      "outbox WHERE outbox.key = o.key) AND NOT EXISTS (SELECT 1 FROM shown WHERE shown.case_id = "
      "substr(o.key, 1, instr(o.key, '-card-') - 1) AND shown.chat = substr(o.key, instr(o.key, "
      "'-card-') + 6)) LIMIT ?2)",
      0, 0 },
};

bool store_has_grown(const struct store *s) { return s->grown; }

/* Where nothing was added since the last time no ceiling is reached, and what has neither a ceiling
   nor an age only follows something that was forgotten. */
static bool is_idle(const struct store *s, const struct rule *rule, bool any)
{
    return s->ceilings_hold && !s->grown && (rule->most || (!rule->kept_ms && !any));
}

bool store_forget(struct store *s, ms_t now_ms, struct store_forgotten *ret, struct err *err)
{
    *ret = (struct store_forgotten){ 0 };
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (is_idle(s, &rules[i], ret->any))
            continue;
        sqlite3_stmt *st = sql_prepare(s, rules[i].sql);
        sql_number(st, 1, now_ms - rules[i].kept_ms);
        sql_number(st, 2, FORGOTTEN_AT_ONCE);
        sql_number(st, 3, rules[i].most);
        if (!sql_run(s, st, err))
            return false;
        ret->any |= sqlite3_changes(s->db) > 0;
        ret->more |= sqlite3_changes(s->db) >= FORGOTTEN_AT_ONCE;
    }
    s->grown = ret->more;
    s->ceilings_hold = true;
    return true;
}
