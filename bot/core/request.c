/* SPDX-License-Identifier: Apache-2.0 */
#include "core/request.h"
#include "core/casefile.h"
#include "core/duration.h"

#include <string.h>

/* Words with a blank between them are one value only in quotes. */
static void add_value(struct buf *b, const char *keyword, const char *value)
{
    const char *quote = strchr(value, ' ') ? "\"" : "";
    if (value[0])
        buf_addf(b, "%s%s%s%s", keyword, quote, value, quote);
}

void request_add_typed(struct buf *b, const struct request *r)
{
    buf_add(b, r->verb);
    add_value(b, " ", r->account);
    if (r->for_ms) {
        buf_add(b, " for ");
        duration_add_typed(b, r->for_ms);
    }
    add_value(b, " task ", r->task);
    add_value(b, " ticket ", r->ticket);
    if (r->anyway)
        buf_add(b, " anyway");
    if (r->reason[0])
        buf_addf(b, " because %s", r->reason);
}

void request_of_case(const struct casefile *c, struct request *ret)
{
    *ret = (struct request){ .case_no = c->no, .for_ms = c->window_ms, .anyway = c->anyway };
    STR_SET(ret->verb, "lift");
    STR_SET(ret->account, c->account);
    STR_SET(ret->task, c->task);
    STR_SET(ret->ticket, c->ticket);
    STR_SET(ret->reason, c->reason);
}
