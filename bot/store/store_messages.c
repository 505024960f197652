/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"
#include "store/store_sql.h"

#include "core/message.h"

#include <string.h>

/* ---- outbox: state 0 waits, 1 sent, 2 given up ---- */

/* Stored with the kind. */
enum { KIND = 15, ALARM = 16, REMINDS = 32, SUPERSEDED = 64 /* while it was under way */ };

bool store_outbox_put(struct store *s, const struct outbox_row *row, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "INSERT OR IGNORE INTO outbox(key, chat, kind, case_id, person, body, "
                       "first_ms, next_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    sql_text(st, 1, row->key);
    sql_text(st, 2, row->chat);
    sql_number(st, 3, row->kind | (row->alarm ? ALARM : 0) | (row->reminds ? REMINDS : 0));
    sql_text(st, 4, row->case_id);
    sql_text(st, 5, row->person);
    sql_text(st, 6, row->body);
    sql_number(st, 7, row->first_ms);
    sql_number(st, 8, row->next_ms);
    s->grown = true;
    return sql_run(s, st, err);
}

/* The next id of those that a key begins with, "G-0001+G-0002-..."; its length, 0 for none. */
static size_t next_id(const char *key)
{
    size_t digits = strncmp(key, "G-", 2) == 0 ? strspn(key + 2, "0123456789") : 0;
    return digits ? digits + 2 : 0;
}

static bool names(const char *key, const char *id, size_t bytes)
{
    for (size_t n; (n = next_id(key)); key += n + 1) {
        if (n == bytes && strncmp(key, id, n) == 0)
            return true;
        if (key[n] != '+')
            break;
    }
    return false;
}

static bool names_each_of(const char *key, const char *other)
{
    bool all = false;
    for (size_t n; (n = next_id(other)); other += n + 1) {
        all = names(key, other, n);
        if (!all || other[n] != '+')
            break;
    }
    return all;
}

static bool no_longer(struct store *s, const char *key, bool under_way, struct err *err)
{
    if (!under_way)
        return store_outbox_give_up(s, key, err);
    sqlite3_stmt *st = sql_prepare(s, "UPDATE outbox SET kind = kind | 64 WHERE key = ?1");
    sql_text(st, 1, key);
    return sql_run(s, st, err);
}

bool store_outbox_supersede(struct store *s, const struct outbox_row *by, const char *under_way,
                            struct arena *arena, size_t *ret_count, struct err *err)
{
    const char *keys[LIMIT_SUPERSEDED];
    size_t count = 0;
    bool fine = true;
    sqlite3_stmt *st =
        sql_prepare(s, "SELECT key FROM outbox WHERE chat = ?1 AND state = 0 AND NOT look_first "
                       "AND kind & 63 = ?2 AND coalesce(person, '') = ?3 AND key <> ?4 ORDER BY n");
    sql_text(st, 1, by->chat);
    sql_number(st, 2, by->kind | (by->alarm ? ALARM : 0) | REMINDS);
    sql_text(st, 3, str_or_empty(by->person));
    sql_text(st, 4, by->key);
    while (count < COUNT(keys) && sql_row(st))
        if (names_each_of(by->key, sql_text_at(st, 0)))
            keys[count++] = sql_words(st, 0, arena);
    sqlite3_reset(st);
    for (size_t i = 0; fine && i < count; i++)
        fine = no_longer(s, keys[i], str_equal(keys[i], under_way), err);
    *ret_count = count;
    return fine && (st || sql_failed(s, err, "prepare"));
}

/* A thread row (kind 2) needs its card's id. Alarms go before everything, and new posts (kind 1),
   which need eyes, before lines of threads. Else order is kept for what was never tried; what
   failed waits for its time alone. */
#define DUE                                                                              \
    " FROM outbox AS o WHERE o.chat = ?1 AND o.state = 0 AND (o.kind <> 2 OR EXISTS"     \
    " (SELECT 1 FROM shown WHERE shown.case_id = o.case_id AND shown.chat = o.chat AND " \
    "shown.remote_id IS NOT NULL)) AND (?2 <> 1 OR o.kind & 16) AND (?2 <> 2 OR o.kind & 15 = 3)"
_Static_assert(REMINDS == 32 && SUPERSEDED == 64 && MESSAGE_POST == 1 && MESSAGE_THREAD == 2 &&
                   MESSAGE_DIRECT == 3 && ALARM == 16 && KIND == 15 && OUTBOX_ALARMS == 1 &&
                   OUTBOX_DIRECTS == 2 && OUTBOX_BY_TURNS == 3,
               "the queries know these kinds");

bool store_outbox_next(struct store *s, const struct store_due *due, enum outbox_rows rows,
                       struct outbox_row *ret)
{
    sqlite3_stmt *st =
        sql_prepare(s, "SELECT o.key, o.case_id, o.body, o.person, o.kind, o.attempts, o.first_ms, "
                       "o.look_first" DUE " AND o.next_ms <= ?3 ORDER BY CASE WHEN ?2 = 3 THEN "
                       "o.next_ms END, o.kind & 16 = 0, o.kind & 15 <> 1, o.n LIMIT 1");
    sql_text(st, 1, due->chat);
    sql_number(st, 2, rows);
    sql_number(st, 3, due->now_ms);
    bool found = sql_row(st);
    if (found)
        *ret = (struct outbox_row){ .key = sql_words(st, 0, due->arena),
                                    .chat = due->chat,
                                    .case_id = sql_words(st, 1, due->arena),
                                    .body = sql_words(st, 2, due->arena),
                                    .person = sql_column(st, 3, due->arena),
                                    .kind = sqlite3_column_int(st, 4) & KIND,
                                    .alarm = sqlite3_column_int(st, 4) & ALARM,
                                    .attempts = sqlite3_column_int(st, 5),
                                    .first_ms = sqlite3_column_int64(st, 6),
                                    .look_first = sqlite3_column_int(st, 7) };
    sqlite3_reset(st);
    return found;
}

static ms_t first_number(sqlite3_stmt *st)
{
    ms_t value = sql_row(st) && sqlite3_column_type(st, 0) != SQLITE_NULL
                     ? sqlite3_column_int64(st, 0)
                     : MS_NEVER;
    sqlite3_reset(st);
    return value;
}

ms_t store_outbox_due_ms(struct store *s, const char *chat, enum outbox_rows rows)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT min(o.next_ms)" DUE);
    sql_text(st, 1, chat);
    sql_number(st, 2, rows);
    return first_number(st);
}

size_t store_outbox_waiting(struct store *s)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT count(*) FROM outbox WHERE state = 0");
    ms_t n = first_number(st);
    return n == MS_NEVER ? 0 : (size_t)n;
}

bool store_outbox_sent(struct store *s, const char *key, const char *remote_id, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "UPDATE outbox SET state = 1, remote_id = ?2, body = '' WHERE key = ?1");
    sql_text(st, 1, key);
    sql_text(st, 2, remote_id);
    return sql_run(s, st, err);
}

bool store_outbox_again(struct store *s, const char *key, ms_t next_ms, bool look_first,
                        struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s,
                                   "UPDATE outbox SET attempts = attempts + 1, next_ms = ?2, "
                                   "look_first = max(look_first, ?3), state = CASE WHEN kind & 64 "
                                   "AND NOT ?3 THEN 2 ELSE 0 END WHERE key = ?1 AND state = 0");
    sql_text(st, 1, key);
    sql_number(st, 2, next_ms);
    sql_number(st, 3, look_first);
    return sql_run(s, st, err);
}

bool store_outbox_give_up(struct store *s, const char *key, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "UPDATE outbox SET state = 2 WHERE key = ?1 AND state = 0");
    sql_text(st, 1, key);
    return sql_run(s, st, err) && store_served_edited(s, key, err);
}

/* What was never tried keeps its time, by which it is known. */
bool store_hurry(struct store *s, const char *chat, ms_t now_ms, struct err *err)
{
    static const char *const queries[] = {
        "UPDATE outbox SET next_ms = ?2 WHERE chat = ?1 AND state = 0 AND next_ms > ?2",
        "UPDATE shown SET next_ms = ?2 WHERE chat = ?1 AND dirty AND next_ms > ?2",
        "UPDATE standing SET next_ms = ?2 WHERE chat = ?1 AND next_ms > ?2",
    };
    for (size_t i = 0; i < COUNT(queries); i++) {
        sqlite3_stmt *st = sql_prepare(s, queries[i]);
        sql_text(st, 1, chat);
        sql_number(st, 2, now_ms);
        if (!sql_run(s, st, err))
            return false;
    }
    return true;
}

bool store_doubt_unsent(struct store *s, struct err *err)
{
    return sql_run(s, sql_prepare(s, "UPDATE outbox SET look_first = 1 WHERE state = 0"), err) &&
           sql_run(s, sql_prepare(s, "UPDATE shown SET look_first = 1 WHERE remote_id IS NULL"),
                   err) &&
           store_commit(s, err);
}

bool store_is_unsure(struct store *s, const char *chat)
{
    sqlite3_stmt *st = sql_prepare(
        s, "SELECT 1 FROM outbox WHERE chat = ?1 AND state = 0 AND look_first UNION ALL SELECT 1 "
           "FROM shown WHERE chat = ?1 AND dirty AND remote_id IS NULL AND look_first LIMIT 1");
    sql_text(st, 1, chat);
    bool unsure = sql_row(st);
    sqlite3_reset(st);
    return unsure;
}

bool store_chat_moved(struct store *s, const char *chat, ms_t now_ms, struct err *err)
{
    sqlite3_stmt *cards = sql_prepare(
        s,
        "UPDATE shown SET dirty = case_id IN (SELECT case_id FROM cases WHERE open), remote_id = "
        "NULL, look_first = 0, first_ms = ?2, next_ms = ?2 WHERE chat = ?1");
    sql_text(cards, 1, chat);
    sql_number(cards, 2, now_ms);
    if (!sql_run(s, cards, err))
        return false;
    sqlite3_stmt *posts = sql_prepare(s, "DELETE FROM standing WHERE chat = ?1 AND key IN (SELECT "
                                         "key FROM outbox WHERE state <> 0)");
    sql_text(posts, 1, chat);
    return sql_run(s, posts, err);
}

/* ---- posts that stand ---- */

bool store_post_stands(struct store *s, const struct standing_row *row, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "INSERT OR IGNORE INTO standing(key, chat, case_id, asks, "
                                      "after) VALUES(?1, ?2, ?3, ?4, ?5)");
    sql_text(st, 1, row->key);
    sql_text(st, 2, row->chat);
    sql_text(st, 3, row->case_id);
    sql_number(st, 4, row->asks);
    sql_text(st, 5, row->after);
    return sql_run(s, st, err);
}

bool store_posts_served(struct store *s, const char *case_id, const char *chat, bool asks,
                        struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "UPDATE standing SET served = 1 WHERE case_id = ?1 AND chat "
                                      "= ?2 AND asks = ?3 AND served = 0");
    sql_text(st, 1, case_id);
    sql_text(st, 2, chat);
    sql_number(st, 3, asks);
    return sql_run(s, st, err);
}

/* What is still on its way is edited once it is there. */
#define SERVED                                                                                    \
    " FROM standing JOIN outbox AS o USING(key) WHERE standing.chat = ?1 AND served AND o.state " \
    "= 1 AND o.remote_id <> ''"

bool store_served_next(struct store *s, const struct store_due *due, struct outbox_row *ret)
{
    sqlite3_stmt *st = sql_prepare(
        s, "SELECT key, standing.case_id, after, remote_id, first_ms, o.kind, o.person" SERVED
           " AND standing.next_ms <= ?2 ORDER BY o.n LIMIT 1");
    sql_text(st, 1, due->chat);
    sql_number(st, 2, due->now_ms);
    bool found = sql_row(st);
    if (found)
        *ret = (struct outbox_row){ .key = sql_words(st, 0, due->arena),
                                    .chat = due->chat,
                                    .case_id = sql_words(st, 1, due->arena),
                                    .body = sql_words(st, 2, due->arena),
                                    .remote_id = sql_column(st, 3, due->arena),
                                    .first_ms = sqlite3_column_int64(st, 4),
                                    .kind = sqlite3_column_int(st, 5) & KIND,
                                    .person = sql_column(st, 6, due->arena) };
    sqlite3_reset(st);
    return found;
}

bool store_served_edited(struct store *s, const char *key, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "DELETE FROM standing WHERE key = ?1");
    sql_text(st, 1, key);
    return sql_run(s, st, err);
}

bool store_served_again(struct store *s, const char *key, ms_t next_ms, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "UPDATE standing SET next_ms = ?2 WHERE key = ?1");
    sql_text(st, 1, key);
    sql_number(st, 2, next_ms);
    return sql_run(s, st, err);
}

ms_t store_served_due_ms(struct store *s, const char *chat)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT min(standing.next_ms)" SERVED);
    sql_text(st, 1, chat);
    return first_number(st);
}

/* ---- cards ---- */

bool store_card_want(struct store *s, const char *case_id, const char *chat, const char *body,
                     const char *digest, ms_t now_ms, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "INSERT INTO shown(case_id, chat, wanted, digest, dirty, first_ms, next_ms) "
                       "VALUES(?1, ?2, ?3, ?4, 1, ?5, ?5)"
                       " ON CONFLICT(case_id, chat) DO UPDATE SET wanted = excluded.wanted, digest "
                       "= excluded.digest, dirty = 1, next_ms = CASE WHEN remote_id IS NULL THEN "
                       "next_ms ELSE min(next_ms, excluded.next_ms) END"
                       " WHERE digest <> excluded.digest");
    sql_text(st, 1, case_id);
    sql_text(st, 2, chat);
    sql_text(st, 3, body);
    sql_text(st, 4, digest);
    sql_number(st, 5, now_ms);
    s->grown = true;
    return sql_run(s, st, err);
}

bool store_card_next(struct store *s, const struct store_due *due, bool unposted_only,
                     struct card_row *ret)
{
    if (s->cards_unread)
        return false;
    sqlite3_stmt *st = sql_prepare(s,
                                   "SELECT case_id, remote_id, wanted, first_ms, look_first, "
                                   "look_first OR next_ms <> first_ms FROM shown WHERE chat = ?1 "
                                   "AND dirty AND next_ms <= ?2 AND (?3 = 0 OR remote_id IS NULL)"
                                   " ORDER BY case_id NOT IN (SELECT case_id FROM cases WHERE open "
                                   "AND state <> 'waiting'), case_id LIMIT 1");
    sql_text(st, 1, due->chat);
    sql_number(st, 2, due->now_ms);
    sql_number(st, 3, unposted_only);
    bool found = sql_row(st);
    if (found)
        *ret = (struct card_row){ .case_id = sql_words(st, 0, due->arena),
                                  .chat = due->chat,
                                  .remote_id = sql_column(st, 1, due->arena),
                                  .body = sql_words(st, 2, due->arena),
                                  .first_ms = sqlite3_column_int64(st, 3),
                                  .look_first = sqlite3_column_int(st, 4),
                                  .tried = sqlite3_column_int(st, 5) };
    sqlite3_reset(st);
    return found;
}

/* A picture that became wanted while this one was on its way stays wanted. */
bool store_card_shown(struct store *s, const char *case_id, const char *chat, const char *remote_id,
                      const char *body, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "UPDATE shown SET remote_id = coalesce(?3, remote_id), look_first = 0, "
                       "dirty = (wanted <> ?4) WHERE case_id = ?1 AND chat = ?2");
    sql_text(st, 1, case_id);
    sql_text(st, 2, chat);
    sql_text(st, 3, remote_id && remote_id[0] ? remote_id : NULL);
    sql_text(st, 4, body);
    return sql_run(s, st, err);
}

bool store_card_again(struct store *s, const char *case_id, const char *chat, ms_t next_ms,
                      bool look_first, bool forget_remote, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "UPDATE shown SET next_ms = ?3, look_first = max(look_first, "
                                      "?4), remote_id = CASE WHEN ?5 THEN NULL ELSE remote_id END, "
                                      "dirty = dirty OR ?5 WHERE case_id = ?1 AND chat = ?2");
    sql_text(st, 1, case_id);
    sql_text(st, 2, chat);
    sql_number(st, 3, next_ms);
    sql_number(st, 4, look_first);
    sql_number(st, 5, forget_remote);
    return sql_run(s, st, err);
}

ms_t store_card_due_ms(struct store *s, const char *chat)
{
    if (s->cards_unread)
        return MS_NEVER;
    sqlite3_stmt *st = sql_prepare(s, "SELECT min(next_ms) FROM shown WHERE chat = ?1 AND dirty");
    sql_text(st, 1, chat);
    return first_number(st);
}

const char *store_card_id(struct store *s, const char *case_id, const char *chat,
                          struct arena *arena)
{
    sqlite3_stmt *st = sql_prepare(s,
                                   "SELECT remote_id FROM shown WHERE case_id = ?1 AND chat = ?2");
    sql_text(st, 1, case_id);
    sql_text(st, 2, chat);
    const char *id = sql_row(st) ? sql_column(st, 0, arena) : NULL;
    sqlite3_reset(st);
    return id;
}

uint32_t store_case_of_message(struct store *s, const char *chat, const char *remote_id)
{
    sqlite3_stmt *st =
        sql_prepare(s, "SELECT case_id FROM shown WHERE chat = ?1 AND remote_id = ?2 UNION ALL "
                       "SELECT case_id FROM outbox WHERE chat = ?1 AND remote_id = ?2 LIMIT 1");
    sql_text(st, 1, chat);
    sql_text(st, 2, remote_id);
    uint32_t no = sql_row(st) ? case_id_read((const char *)sqlite3_column_text(st, 0)) : 0;
    sqlite3_reset(st);
    return no;
}

const char *store_key_of_message(struct store *s, const char *chat, const char *remote_id,
                                 struct arena *arena)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT key FROM outbox WHERE chat = ?1 AND remote_id = ?2 "
                                      "LIMIT 1");
    sql_text(st, 1, chat);
    sql_text(st, 2, remote_id);
    const char *key = sql_row(st) ? sql_column(st, 0, arena) : "";
    sqlite3_reset(st);
    return key;
}

static size_t add_ids(sqlite3_stmt *st, const char **ids, size_t most, struct arena *arena)
{
    size_t n = 0;
    while (n < most && sql_row(st))
        ids[n++] = sql_column(st, 0, arena);
    sqlite3_reset(st);
    return n;
}

/* Without those that ask, which are among the others as long as they do. */
static size_t newest_posts(struct store *s, const char *chat, const char **ids, size_t most,
                           struct arena *arena)
{
    sqlite3_stmt *st =
        sql_prepare(s, "SELECT o.remote_id FROM outbox AS o JOIN cases USING(case_id) WHERE "
                       "o.chat = ?1 AND o.remote_id > '' AND o.state = 1 AND o.kind & 15 = 1 AND "
                       "cases.open AND NOT EXISTS (SELECT 1 FROM standing WHERE standing.key = "
                       "o.key AND asks) ORDER BY o.n DESC LIMIT ?2");
    sql_text(st, 1, chat);
    sql_number(st, 2, (int64_t)ms_min((ms_t)most, LIMIT_POSTS_HEARD));
    return add_ids(st, ids, most, arena);
}

size_t store_open_messages(struct store *s, const char *chat, const char **ids, size_t most,
                           struct arena *arena)
{
    sqlite3_stmt *st =
        sql_prepare(s, "SELECT shown.remote_id FROM shown JOIN cases USING(case_id) WHERE "
                       "shown.chat = ?1 AND cases.open AND shown.remote_id IS NOT NULL"
                       " UNION ALL SELECT o.remote_id FROM standing JOIN outbox AS o USING(key) "
                       "WHERE standing.chat = ?1 AND asks AND NOT served AND o.state = 1 AND "
                       "o.kind & 15 <> 3 LIMIT ?2");
    sql_text(st, 1, chat);
    sql_number(st, 2, (int64_t)most);
    size_t n = add_ids(st, ids, most, arena);
    return n + newest_posts(s, chat, ids + n, most - n, arena);
}
