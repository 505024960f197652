/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to what people did, each in the row of its event, which the turn writes anyway. Behind
   the text stands to whom it goes: that may be needed when the process ends before the chat has
   taken it. Rows of stores before schema 8 have the text alone. */
#include "store/store.h"
#include "store/store_sql.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* No text of ours has it, and where an id has it, or a line's end, nothing stands behind it. */
#define BEHIND "\x1f"
/* The third line; stores before forms were owed have the first bit alone. */
enum { DIRECT = 1, FORM = 2 };

static bool is_instant(ms_t at) { return at > 0 && at <= LIMIT_INSTANT_MS; }

const char *store_answer_column(const struct kept_answer *a, struct arena *arena)
{
    const char *const ids[] = { a->person_id, a->thread_id };
    for (size_t i = 0; i < COUNT(ids); i++)
        if (strpbrk(ids[i], BEHIND "\n"))
            return a->text;
    if (!is_instant(a->at_ms))
        return a->text;
    int how = (a->direct ? DIRECT : 0) | (a->form ? FORM : 0);
    return arena_printf(arena, "%s" BEHIND "%" PRId64 "\n%" PRId64 "\n%d\n%s\n%s", a->text,
                        a->at_ms, a->at_ms - a->since_ms, how, a->person_id, a->thread_id);
}

bool store_note_answer(struct store *s, const char *source, const struct kept_answer *a,
                       struct arena *arena, struct err *err)
{
    sqlite3_stmt *st =
        sql_prepare(s, "UPDATE inbox SET answer = ?3 WHERE source = ?1 AND event_id = ?2");
    sql_text(st, 1, source);
    sql_text(st, 2, a->event_id);
    sql_text(st, 3, store_answer_column(a, arena));
    return sql_run(s, st, err);
}

struct kept_answer store_read_answer(char *column)
{
    enum { LINES = 5 };
    char *behind = column ? strrchr(column, BEHIND[0]) : NULL, *lines[LINES], *rest = behind;
    struct kept_answer plain = { .text = column, .person_id = "", .thread_id = "" };
    size_t count = 0;
    while (rest && count < LINES) {
        lines[count] = rest + 1;
        rest = strchr(lines[count++], '\n');
    }
    if (count < LINES || rest)
        return plain;
    ms_t at_ms = strtoll(lines[0], NULL, 10), before_ms = strtoll(lines[1], NULL, 10);
    long how = strtol(lines[2], NULL, 10);
    struct kept_answer a = { .text = column,
                             .at_ms = at_ms,
                             .since_ms = at_ms - before_ms,
                             .direct = (how & DIRECT) != 0,
                             .form = (how & FORM) != 0,
                             .person_id = lines[3],
                             .thread_id = lines[4] };
    if (!is_instant(at_ms) || before_ms < 0 || before_ms >= at_ms)
        return plain;
    behind[0] = lines[4][-1] = '\0';
    return a;
}

size_t store_answers(struct store *s, const char *source, struct kept_answer *rows, size_t most,
                     struct arena *arena)
{
    sqlite3_stmt *st = sql_prepare(s, "SELECT event_id, answer FROM inbox WHERE source = ?1 AND "
                                      "answer IS NOT NULL ORDER BY received_ms DESC LIMIT ?2");
    size_t count = 0;
    sql_text(st, 1, source);
    sql_number(st, 2, (int64_t)most);
    while (count < most && sql_row(st)) {
        rows[count] = store_read_answer(sql_column(st, 1, arena));
        rows[count++].event_id = sql_column(st, 0, arena);
    }
    sqlite3_reset(st);
    return count;
}
