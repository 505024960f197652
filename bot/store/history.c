/* SPDX-License-Identifier: Apache-2.0 */
#include "store/history.h"
#include "core/limits.h"
#include "core/outside.h"

/* What the store says is text from outside, too. */
static const char *kept(const char *text, struct arena *arena)
{
    return outside_words(arena, text, LIMIT_REASON_CHARACTERS);
}

static void add_row(struct buf *b, const struct case_row *row, history_add_time add_time,
                    struct arena *arena)
{
    buf_addf(b, "%s%s · %s", b->bytes ? "\n" : "", kept(row->case_id, arena),
             kept(row->state, arena));
    if (row->account[0])
        buf_addf(b, " · %s (%s)", kept(row->account_name, arena), kept(row->account, arena));
    if (row->requester[0])
        buf_addf(b, " · asked by %s", kept(row->requester, arena));
    buf_add(b, " · ");
    add_time(b, row->asked_ms);
    if (row->reason[0])
        buf_addf(b, " · %s", kept(row->reason, arena));
}

void history_add(struct buf *b, const struct case_row *rows, size_t count, const char *case_id,
                 history_add_time add_time, struct arena *arena)
{
    for (size_t i = 0; i < count; i++)
        add_row(b, &rows[i], add_time, arena);
    if (count == 0)
        buf_add(b, case_id ? "There is no such case." : "There has been no case yet.");
}
