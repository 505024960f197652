/* SPDX-License-Identifier: Apache-2.0 */
/* How facts change what is known of the switch, and where a change under way stands. */
#include "core/controller.h"
#include "core/desk.h"
#include "core/guardrail.h"

/* A proof must rest on reads that began after this moment. */
static void start_afresh(struct guardrail *g, ms_t at_ms)
{
    g->fresh_since_ms = at_ms;
    g->agreeing = WATCH_UNKNOWN;
    g->reads = 0;
}

static void apply_saw(struct guardrail *g, const struct fact *f)
{
    g->seen = watch_named(f->verb);
    g->status = (enum service_status)f->service_status;
    g->flag_off = f->flag_off;
    g->unclear = f->was_read && g->seen == WATCH_UNKNOWN;
    g->survey_id = 0;
    g->read_ms = f->at_ms;
    STR_SET(g->why_unknown, f->text);
    if (g->seen != WATCH_UNKNOWN) {
        STR_SET(g->flags, f->flags);
        g->seen_from_ms = g->survey_sent_ms;
        g->modified_ms = f->since_ms;
        g->known_ms = f->at_ms;
        g->known = g->seen;
    }
    bool counts = g->seen != WATCH_UNKNOWN && g->status == SERVICE_ACTIVE &&
                  g->survey_sent_ms >= g->fresh_since_ms;
    if (!counts) {
        g->agreeing = WATCH_UNKNOWN;
        g->reads = 0;
    } else if (g->agreeing == g->seen) {
        g->reads++;
    } else {
        g->agreeing = g->seen;
        g->agreeing_since_ms = f->at_ms;
        g->reads = 1;
    }
}

static void apply_change_begun(struct desk *desk, const struct fact *f)
{
    struct guardrail *g = &desk->guardrail;
    struct casefile *c = desk_case(desk, f->case_no);
    g->phase = CHANGE_BEGUN;
    g->change_on = f->on;
    g->change_case = f->case_no;
    g->change_id = 0;
    g->touched_ms = f->at_ms;
    g->modified_before_ms = f->since_ms;
    if (g->attempts == 0)
        g->change_ms = f->at_ms;
    g->task_id[0] = '\0';
    if (!f->on) {
        STR_SET(g->before, f->flags);
        if (c)
            c->change_begun = true;
    }
    start_afresh(g, f->at_ms);
}

static void apply_outcome(struct desk *desk, const struct fact *f)
{
    struct guardrail *g = &desk->guardrail;
    struct casefile *c = desk_case(desk, f->case_no);
    g->change_id = 0;
    g->task_id[0] = '\0';
    start_afresh(g, f->at_ms);
    bool left = f->kind == FACT_CHANGE_ACCEPTED || f->kind == FACT_CHANGE_UNKNOWN ||
                (f->kind == FACT_CHANGE_REFUSED && f->http_status);
    if (left)
        g->touched_ms = f->at_ms;
    if (left && c && !g->change_on)
        c->change_left = true;
    if (left && f->since_ms)
        g->modified_before_ms = f->since_ms;
    if (f->kind == FACT_CHANGE_ACCEPTED) {
        STR_SET(g->task_id, f->task_id);
        STR_SET(g->last_task_id, f->task_id);
        g->phase = g->task_id[0] ? CHANGE_FOLLOWING : CHANGE_OPEN;
        g->change_ms = f->at_ms;
        g->attempts = 0;
        if (c && g->change_on)
            STR_SET(c->restore_task, f->task_id);
        else if (c)
            STR_SET(c->lift_task, f->task_id);
    } else if (f->kind == FACT_CHANGE_UNKNOWN) {
        g->phase = CHANGE_OPEN;
    } else {
        g->phase = CHANGE_NONE;
        g->attempts += f->kind != FACT_TASK_ENDED || !f->on;
        g->retry_ms = f->until_ms;
        if (f->kind == FACT_CHANGE_REFUSED) {
            g->refused_status = f->http_status < 600 ? (int)f->http_status : 0;
            STR_SET(g->refused_why, f->text);
        }
        if (c && !g->change_on && (f->kind == FACT_CHANGE_REFUSED || f->kind == FACT_CHANGE_VOID))
            c->change_begun = false;
    }
}

static void apply_proved(struct guardrail *g, const struct fact *f)
{
    g->proved = f->on ? WATCH_ON : WATCH_OFF;
    g->proved_ms = f->at_ms;
    if (g->phase == CHANGE_OPEN)
        g->phase = CHANGE_NONE;
    g->attempts = 0;
    g->retry_ms = 0;
    g->busy_told = false;
    if (f->on)
        g->outside_by[0] = '\0';
    if (f->on)
        g->restore_order[0] = '\0';
}

void controller_apply(struct desk *desk, const struct fact *f)
{
    struct guardrail *g = &desk->guardrail;
    switch ((int)f->kind) {
    case FACT_WATCH_SENT:
        g->survey_id = (uint64_t)f->effect_id;
        g->survey_sent_ms = f->at_ms;
        if (f->on)
            g->roster_asked_ms = f->at_ms;
        if (g->known_ms == 0)
            g->known_ms = f->at_ms;
        return;
    case FACT_SAW: apply_saw(g, f); return;
    case FACT_FEED_READ: STR_SET(g->outside_by, f->text); return;
    case FACT_CHANGE_SENT:
        g->change_id = (uint64_t)f->effect_id;
        g->change_sent_ms = f->at_ms;
        return;
    case FACT_CHANGE_BEGUN: apply_change_begun(desk, f); return;
    case FACT_CHANGE_ACCEPTED:
    case FACT_CHANGE_REFUSED:
    case FACT_CHANGE_UNKNOWN:
    case FACT_CHANGE_VOID:
    case FACT_TASK_ENDED: apply_outcome(desk, f); return;
    case FACT_PROVED: apply_proved(g, f); return;
    case FACT_RESTORE_ORDERED:
        STR_SET(g->restore_order, f->text);
        g->proved = WATCH_UNKNOWN; /* what was proved before the order does not answer it */
        start_afresh(g, f->at_ms);
        return;
    case FACT_LIFT_BEGUN:
    case FACT_ENDED:
        start_afresh(g, f->at_ms);
        g->retry_ms = 0;
        return;
    case FACT_UNKNOWN_TOLD:
        g->unknown_since_ms = f->since_ms;
        g->unknown_told = f->count > 1 && f->count < INT32_MAX ? (int)f->count : 1;
        return;
    case FACT_KNOWN_AGAIN: g->unknown_told = 0; return;
    case FACT_BUSY_TOLD: g->busy_told = true; return;
    case FACT_RULES_READ:
        g->roster_asked_ms = 0; /* of others than those it was read for */
        return;
    }
    fact_stray(f, "controller");
}
