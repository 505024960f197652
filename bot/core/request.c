/* SPDX-License-Identifier: Apache-2.0 */
#include "core/request.h"
#include "core/casefile.h"
#include "core/tasks.h"

#include <stdio.h>
#include <string.h>

/* Words with a blank between them are one value only in quotes. */
static void add_value(struct buf *b, const char *keyword, const char *value)
{
    const char *quote = strchr(value, ' ') ? "\"" : "";
    if (value[0])
        buf_addf(b, "%s%s%s%s", keyword, quote, value, quote);
}

void request_fix_end(struct request *r, const struct zone *zone, ms_t now_ms)
{
    r->until_ms = duration_next(&r->until, zone, now_ms, &r->tomorrow);
    r->for_ms = r->until_ms - now_ms;
    r->until = (struct day_time){ 0 };
}

void request_add_length(struct buf *b, const struct request *r, ms_t otherwise_ms)
{
    ms_t for_ms = r->for_ms ? r->for_ms : otherwise_ms;
    if (r->until_ms || r->until.ms) {
        buf_add(b, " until ");
        duration_add_day_time(b, r->until_ms ? r->until_ms : r->until.ms);
        buf_add(b, r->until_ms || r->until.utc ? " UTC" : "");
    } else if (for_ms) {
        buf_add(b, " for ");
        duration_add_typed(b, for_ms);
    }
}

static void add_run_typed(struct buf *b, const struct request *r)
{
    const struct doable *can = task_doable(task_named(r->task));
    add_value(b, " ", r->task);
    add_value(b, " ", r->account);
    add_value(b, " ", can && !can->noun ? "" : r->target);
}

static void add_window_typed(struct buf *b, const struct request *r)
{
    add_value(b, " ", r->account);
    request_add_length(b, r, 0);
    add_value(b, " task ", r->task);
}

void request_add_typed(struct buf *b, const struct request *r)
{
    buf_add(b, r->verb);
    if (str_equal(r->verb, "run"))
        add_run_typed(b, r);
    else
        add_window_typed(b, r);
    add_value(b, " ticket ", r->ticket);
    if (r->anyway)
        buf_add(b, " anyway");
    if (r->reason[0])
        buf_addf(b, " because %s", r->reason);
}

void request_for_case(const struct casefile *c, const char *task, struct request *ret)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    *ret = (struct request){ .way = APPROVE_BY_BUTTON };
    STR_SET(ret->verb, "run");
    STR_SET(ret->account, c->account);
    STR_SET(ret->task, task);
    (void)task_take_target(task_doable(task_named(task)), "", ret->target, sizeof ret->target);
    STR_SET(ret->ticket, c->ticket);
    snprintf(ret->reason, sizeof ret->reason, "%s %s", id,
             str_equal(task, TASK_CREDENTIALS) ? "has left them" : "needs its root user");
}

void request_to_run(const struct request *r, struct request *ret)
{
    *ret = (struct request){ .way = r->way };
    STR_SET(ret->verb, "run");
    STR_SET(ret->account, r->account);
    STR_SET(ret->task, r->task);
    STR_SET(ret->target, r->target);
    STR_SET(ret->ticket, r->ticket);
    STR_SET(ret->reason, r->reason);
}

void request_of_case(const struct casefile *c, struct request *ret)
{
    *ret = (struct request){ .case_no = c->no, .for_ms = c->window_ms, .anyway = c->anyway };
    if (c->until_ms) /* nobody asks for seconds; of less than a minute nothing is left to ask for */
        ret->for_ms = c->window_ms / MS_MINUTE * MS_MINUTE;
    STR_SET(ret->verb, "lift");
    STR_SET(ret->account, c->account);
    STR_SET(ret->task, c->task);
    STR_SET(ret->ticket, c->ticket);
    STR_SET(ret->reason, c->reason);
}
