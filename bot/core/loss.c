/* SPDX-License-Identifier: Apache-2.0 */
#include "core/loss.h"
#include "core/alarm.h"
#include "core/desk.h"
#include "core/doubt.h"
#include "core/rich.h"

static void decide_lost(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (desk->loss.stands && str_equal(desk->loss.why, e->doubt.why))
        return;
    verdict_fact(v, FACT_STORE_LOST, 0)->text = e->doubt.why;
}

/* Whether what came last was written could not be known: answers that were given to it meanwhile do
   not count twice. */
static void decide_back(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (!desk->loss.stands)
        return;
    for (size_t i = 0; e->doubt.record && i < desk->case_count; i++)
        doubt_close_questions(&desk->cases[i], v);
    struct fact *f = verdict_fact(v, FACT_STORE_BACK, 0);
    f->since_ms = desk->loss.since_ms;
    f->uncertain = e->doubt.record != 0;
}

void loss_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (e->kind == EVENT_STORE_LOST)
        decide_lost(desk, e, v);
    else
        decide_back(desk, e, v);
}

void loss_settle(const struct desk *desk, struct verdict *v)
{
    const struct loss *l = &desk->loss;
    int64_t number = l->stands ? alarm_due(desk, l->since_ms, l->told, v) : 0;
    if (number)
        verdict_fact(v, FACT_LOSS_TOLD, 0)->count = number;
}

/* Lost still, for another reason: not told anew at once. */
static void apply_lost(struct loss *l, const struct fact *f)
{
    if (!l->stands)
        *l = (struct loss){ .since_ms = f->at_ms, .told = 1 };
    l->stands = true;
    STR_SET(l->why, f->text);
}

void loss_apply(struct desk *desk, const struct fact *f)
{
    struct loss *l = &desk->loss;
    switch ((int)f->kind) {
    case FACT_STORE_LOST: apply_lost(l, f); return;
    case FACT_LOSS_TOLD: l->told = f->count > INT32_MAX ? INT32_MAX : (int)f->count; return;
    case FACT_STORE_BACK: *l = (struct loss){ .stands = false }; return;
    }
    fact_stray(f, "loss");
}

/* ---- what the chats hear ---- */

static void add_alarm(const struct desk *desk, struct buf *b)
{
    const struct loss *l = &desk->loss;
    buf_add(b, "🚨 ");
    rich_add_strong(b,
                    l->told > 1 ? "I still cannot write my records" : "I cannot write my records");
    buf_addf(b, ": %s. Until I can I lift nothing and take no request. ", l->why);
    alarm_add_guardrail(desk, b);
    buf_add(b,
            " Open windows I restore at their end, where that is configured, and remind of; what "
            "happens meanwhile I write down as soon as I can.");
}

static void add_back(const struct fact *f, struct buf *b)
{
    buf_add(b, "✅ I can write my records again; what happened since ");
    rich_add_time(b, f->since_ms);
    buf_add(b, " is written down now. Requests are taken.");
    if (f->uncertain)
        buf_add(b, " What was asked or approved right before that time has to be asked anew.");
}

void loss_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    if (f->kind == FACT_STORE_LOST && desk->loss.since_ms != f->at_ms)
        return; /* it is told already */
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    if (f->kind == FACT_STORE_BACK) {
        add_back(f, &b);
        alarm_is_over(desk, &b, v);
        return;
    }
    add_alarm(desk, &b);
    alarm_sound(desk, &b, alarm_next_ms(desk, desk->loss.since_ms, desk->loss.told), v);
}
