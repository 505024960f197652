/* SPDX-License-Identifier: Apache-2.0 */
#include "store/status.h"
#include "host/clock.h"
#include "host/json.h"

#include <inttypes.h>

static void add_instant(struct buf *b, ms_t at_ms)
{
    char at[CLOCK_ISO_BYTES];
    clock_iso(at_ms, at);
    if (at_ms)
        buf_addf(b, "\"%s\"", at);
    else
        buf_add(b, "null");
}

void status_add_seen(struct buf *b, const struct status_seen *s)
{
    buf_addf(b, "\"guardrail\":\"%s\",\"checked_at\":", watch_name(s->now));
    add_instant(b, s->checked_ms);
    if (s->checked_ms)
        buf_addf(b, ",\"age_ms\":%" PRId64, s->age_ms);
    else
        buf_add(b, ",\"age_ms\":null");
    buf_addf(b, ",\"last_known\":\"%s\",\"lately\":%s,\"why\":", watch_name(s->last_known),
             s->lately ? "true" : "false");
    json_add_quoted(b, s->why);
}

void status_add_case(struct buf *b, const struct case_row *row, bool overdue, const char *trouble)
{
    buf_addf(b, "{\"id\":\"%s\",\"state\":\"%s\",\"overdue\":%s,\"account\":", row->case_id,
             row->state, overdue ? "true" : "false");
    json_add_quoted(b, row->account);
    buf_add(b, ",\"name\":");
    json_add_quoted(b, row->account_name);
    buf_add(b, ",\"deadline\":");
    add_instant(b, row->deadline_ms);
    buf_add(b, ",\"trouble\":");
    json_add_quoted(b, trouble);
    buf_add_char(b, '}');
}
