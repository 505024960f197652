/* SPDX-License-Identifier: Apache-2.0 */
/* Cases as rows, for whoever looks at them without the desk. */
#include "store/store.h"
#include "store/store_sql.h"

void case_row_of(const struct casefile *c, struct case_row *ret)
{
    *ret = (struct case_row){ .asked_ms = c->asked_ms,
                              .lifted_ms = c->lifted_ms,
                              .deadline_ms = c->deadline_ms,
                              .closed_ms = c->closed_ms,
                              .overdue_ms = case_overdue_ms(c) };
    if (ret->overdue_ms == MS_NEVER)
        ret->overdue_ms = 0;
    case_id_text(c->no, ret->case_id);
    STR_SET(ret->state, case_state_names[c->state]);
    STR_SET(ret->account, c->account);
    STR_SET(ret->account_name, c->account_name);
    STR_SET(ret->requester, c->requester.name);
    STR_SET(ret->reason, c->reason);
}

/* Of a row that does not say, by its deadline. */
bool case_row_is_overdue(const struct case_row *row, ms_t now_ms)
{
    bool may_be = str_equal(row->state, case_state_names[CASE_LIFTED]) ||
                  str_equal(row->state, case_state_names[CASE_RESTORING]);
    ms_t from_ms = row->overdue_ms != CASE_ROW_NO_DUE ? row->overdue_ms
                   : may_be                           ? row->deadline_ms
                                                      : 0;
    return from_ms > 0 && now_ms >= from_ms;
}

bool store_put_case(struct store *s, const struct case_row *row, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(
        s, "INSERT OR REPLACE INTO cases(case_id, no, state, open, account, account_name, "
           "requester, reason, asked_ms, lifted_ms, deadline_ms, closed_ms, due_ms)"
           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
    sql_text(st, 1, row->case_id);
    sql_number(st, 2, case_id_read(row->case_id));
    sql_text(st, 3, row->state);
    sql_number(st, 4, row->closed_ms == 0);
    sql_text(st, 5, row->account);
    sql_text(st, 6, row->account_name);
    sql_text(st, 7, row->requester);
    sql_text(st, 8, row->reason);
    sql_number(st, 9, row->asked_ms);
    sql_number(st, 10, row->lifted_ms);
    sql_number(st, 11, row->deadline_ms);
    sql_number(st, 12, row->closed_ms);
    sql_number(st, 13, row->overdue_ms);
    return sql_run(s, st, err);
}

bool store_complete_case(struct store *s, const struct case_row *row, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "UPDATE cases SET due_ms = ?2 WHERE case_id = ?1 AND due_ms = -1");
    sql_text(st, 1, row->case_id);
    sql_number(st, 2, row->overdue_ms);
    return sql_run(s, st, err);
}

bool store_drop_case(struct store *s, const char *case_id, struct err *err)
{
    sqlite3_stmt *st = sql_prepare(s, "UPDATE cases SET open = 0 WHERE case_id = ?1");
    sql_text(st, 1, case_id);
    return sql_run(s, st, err);
}

static void read_case(sqlite3_stmt *st, struct case_row *row)
{
    *row = (struct case_row){ .asked_ms = sqlite3_column_int64(st, 6),
                              .lifted_ms = sqlite3_column_int64(st, 7),
                              .deadline_ms = sqlite3_column_int64(st, 8),
                              .closed_ms = sqlite3_column_int64(st, 9),
                              .overdue_ms = sqlite3_column_int64(st, 10) };
    STR_SET(row->case_id, sql_text_at(st, 0));
    STR_SET(row->state, sql_text_at(st, 1));
    STR_SET(row->account, sql_text_at(st, 2));
    STR_SET(row->account_name, sql_text_at(st, 3));
    STR_SET(row->requester, sql_text_at(st, 4));
    STR_SET(row->reason, sql_text_at(st, 5));
}

static size_t read_cases(struct store *s, bool open_only, const char *case_id,
                         struct case_row *rows, size_t most, bool *ret_whole)
{
#define CASES(due, which)                                                                    \
    "SELECT case_id, state, account, account_name, requester, reason, asked_ms, lifted_ms, " \
    "deadline_ms, closed_ms, " due " FROM cases " which
#define EACH(due)                                               \
    {                                                           \
        CASES(due, "ORDER BY no DESC LIMIT ?1"),                \
            CASES(due, "WHERE open ORDER BY no DESC LIMIT ?1"), \
            CASES(due, "WHERE case_id = ?2 LIMIT ?1"),          \
            CASES(due, "WHERE case_id = ?2 AND open LIMIT ?1")  \
    }
    /* One statement for each question: one for all of them could use no index. */
    static const char *const all[] = EACH("due_ms"), *const of_older[] = EACH("-1");
#undef EACH
#undef CASES
    size_t which = (size_t)(case_id != NULL) * 2 + open_only;
    sqlite3_stmt *st = sql_prepare(s, s->looks_at_older ? of_older[which] : all[which]);
    sql_number(st, 1, (int64_t)most);
    if (case_id)
        sql_text(st, 2, case_id);
    size_t n = 0;
    int step = st ? SQLITE_ROW : SQLITE_ERROR;
    while (n < most && step == SQLITE_ROW && (step = sqlite3_step(st)) == SQLITE_ROW)
        read_case(st, &rows[n++]);
    *ret_whole = step == SQLITE_DONE || n == most;
    sqlite3_reset(st);
    return n;
}

size_t store_cases(struct store *s, bool open_only, const char *case_id, struct case_row *rows,
                   size_t most)
{
    bool whole;
    return read_cases(s, open_only, case_id, rows, most, &whole);
}

bool store_open_cases(struct store *s, struct case_row *rows, size_t most, size_t *ret_count,
                      struct err *err)
{
    bool whole;
    *ret_count = read_cases(s, true, NULL, rows, most, &whole);
    return whole || sql_failed(s, err, "read the open cases");
}

uint32_t store_last_case(struct store *s)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT max(no) FROM cases");
    uint32_t last = sql_row(st) ? (uint32_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return last;
}
