/* SPDX-License-Identifier: Apache-2.0 */
/* Which message puts which question, and who has voted on it: what stands is kept, so that a vote
   read once more after an absence is known for the one that was counted, and one that is gone then
   for taken back. */
#include "core/limits.h"
#include "store/store.h"
#include "store/store_sql.h"

#include <string.h>

bool store_puts(struct store *s, const char *key, const char *question, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "INSERT OR IGNORE INTO puts(key, question) VALUES(?1, ?2)");
    sql_text(st, 1, key);
    sql_text(st, 2, question);
    return sql_run(s, st, err);
}

const char *store_question_of_message(struct store *s, const char *chat, const char *remote_id,
                                      struct arena *arena)
{
    sqlite3_stmt *st = sql_prepare(
        s, "SELECT question FROM puts JOIN outbox AS o USING(key) WHERE o.chat = ?1 AND "
           "o.remote_id = ?2 UNION ALL SELECT question FROM shown JOIN puts ON puts.key = "
           "shown.case_id || '-card-' || shown.chat WHERE shown.chat = ?1 AND shown.remote_id = ?2 "
           "LIMIT 1");
    sql_text(st, 1, chat);
    sql_text(st, 2, remote_id);
    const char *question = sql_row(st) ? sql_column(st, 0, arena) : "";
    sqlite3_reset(st);
    return question;
}

bool store_question_stands(struct store *s, const char *question)
{
    sqlite3_stmt *st = sql_prepare(
        s, "SELECT 1 FROM puts JOIN outbox AS o USING(key) WHERE question = ?1 AND "
           "o.remote_id <> '' AND o.kind & 15 <> 3 UNION ALL SELECT 1 FROM shown JOIN puts ON "
           "puts.key = shown.case_id "
           "|| '-card-' || shown.chat WHERE question = ?1 AND shown.remote_id <> '' LIMIT 1");
    sql_text(st, 1, question);
    bool stands = sql_row(st);
    sqlite3_reset(st);
    return stands;
}

/* What is known of that reaction. False: nothing yet. */
static bool known_vote(struct store *s, const struct vote_row *row, bool *ret_stands,
                       char ret_at[LIMIT_ID_BYTES])
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT stands, at FROM votes WHERE chat = ?1 AND remote_id "
                                      "= ?2 AND person = ?3 AND reaction = ?4");
    sql_text(st, 1, row->chat);
    sql_text(st, 2, row->remote_id);
    sql_text(st, 3, row->person);
    sql_text(st, 4, row->reaction);
    bool known = sql_row(st);
    *ret_stands = known && sqlite3_column_int(st, 0);
    str_copy(ret_at, LIMIT_ID_BYTES, known ? sql_text_at(st, 1) : "");
    sqlite3_reset(st);
    return known;
}

static bool keep_vote(struct store *s, const struct vote_row *row, ms_t now_ms, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(
        s, "INSERT INTO votes(chat, remote_id, person, reaction, stands, at, noted_ms) VALUES(?1, "
           "?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET stands = excluded.stands, at = "
           "excluded.at, noted_ms = excluded.noted_ms");
    sql_text(st, 1, row->chat);
    sql_text(st, 2, row->remote_id);
    sql_text(st, 3, row->person);
    sql_text(st, 4, row->reaction);
    sql_number(st, 5, row->stands);
    sql_text(st, 6, str_or_empty(row->at));
    sql_number(st, 7, now_ms);
    s->grown = true;
    return sql_run(s, st, err);
}

/* What the chat says is older than what is known says nothing. What never stood cannot be taken
   back; but where the chat tells an order that is kept: the reaction itself may come later, and is
   gone already then. */
bool store_note_vote(struct store *s, const struct vote_row *row, ms_t now_ms, bool *ret_news,
                     struct err *err)
{
    bool stood;
    char at[LIMIT_ID_BYTES];
    bool known = known_vote(s, row, &stood, at), told = str_or_empty(row->at)[0] != '\0';
    int order = told && at[0] ? strcmp(row->at, at) : 0;
    *ret_news = false;
    if (order < 0 || (!known && !row->stands && !told) ||
        (known && stood == row->stands && order == 0))
        return true;
    *ret_news = known ? stood != row->stands : row->stands;
    return keep_vote(s, row, now_ms, err);
}

size_t store_votes_standing(struct store *s, const char *chat, const char *remote_id,
                            struct vote_row *rows, size_t most, struct arena *arena)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT person, reaction FROM votes WHERE chat = ?1 AND "
                                      "remote_id = ?2 AND stands LIMIT ?3");
    sql_text(st, 1, chat);
    sql_text(st, 2, remote_id);
    sql_number(st, 3, (int64_t)most);
    size_t n = 0;
    while (n < most && sql_row(st)) {
        rows[n++] = (struct vote_row){ .chat = chat,
                                       .remote_id = remote_id,
                                       .person = sql_column(st, 0, arena),
                                       .reaction = sql_column(st, 1, arena),
                                       .stands = true };
    }
    sqlite3_reset(st);
    return n;
}

bool store_forget_votes(struct store *s, ms_t before_ms, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "DELETE FROM votes WHERE noted_ms < ?1");
    sql_number(st, 1, before_ms);
    return sql_run(s, st, err);
}
