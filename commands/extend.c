/* SPDX-License-Identifier: Apache-2.0 */
/* extend and snooze: more time, and a short silence. */
#include "commands/parts.h"
#include "core/dialogue.h"
#include "core/duration.h"
#include "core/inquiry.h"
#include "core/question.h"
#include "core/rich.h"

static const ms_t LONGEST_SNOOZE_MS = 15 * MS_MINUTE;

static bool extend_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    words_take(words, "for");
    bool reason_next = str_equal_nocase(words_peek(words), "because") ||
                       str_equal_nocase(words_peek(words), "reason");
    if (!parts_read_duration(words, request, !reason_next, err) ||
        !parts_read_reason_and(words, request, PART_FOR, err))
        return false;
    if (!request->for_ms && !request->until.ms)
        return err_set(err, "For how long? Write it like 45m, 90s or 2h");
    return request->reason[0] || err_set(err, "Why? Put the reason behind “because”");
}

static const char *extend_complete(const struct desk *desk, const struct request *r,
                                   struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    char id[CASE_ID_BYTES];
    buf_init(&b, LIMIT_ANSWER_BYTES);
    case_id_text(r->case_no, id);
    buf_addf(&b, "`%s extend%s%s", desk->policy->command_word, id[0] ? " " : "", id);
    if (r->until.ms) {
        request_add_length(&b, r, 0);
    } else {
        buf_add(&b, " ");
        duration_add_typed(&b, r->for_ms ? r->for_ms : 30 * MS_MINUTE);
    }
    buf_addf(&b, " because %s`", r->reason[0] ? r->reason : "MFA had to be reset");
    return arena_copy(arena, buf_text(&b));
}

static ms_t more_of(const struct casefile *c, const struct request *r, ms_t now_ms)
{
    return r->until_ms ? r->until_ms - ms_max(c->deadline_ms, now_ms) : r->for_ms;
}

static const char *extend_refusal(const struct desk *desk, const struct casefile *c,
                                  const struct request *r, const struct verdict *v)
{
    ms_t more_ms = more_of(c, r, v->turn.now_ms);
    const struct doer anybody = { .key = NULL };
    const char *why = action_refusal(ACTION_EXTEND, desk, c, &anybody, v->turn.now_ms, v->arena);
    ms_t left = case_may_grow_ms(c, desk->policy, v->turn.now_ms);
    if (why || r->until.ms || (more_ms > 0 && more_ms <= left))
        return why;
    if (r->until_ms && more_ms <= 0)
        return arena_printf(v->arena,
                            "That is no more time: the window of %s lasts until then already, or "
                            "longer. I changed nothing.",
                            parts_case_id(c, v->arena));
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64);
    duration_add_typed(&b, left / MS_SECOND * MS_SECOND);
    return arena_printf(
        v->arena,
        "%s can be extended by at most %s: a window is never longer than max_window "
        "in total. I changed nothing.",
        parts_case_id(c, v->arena), buf_text(&b));
}

static bool extend_decide(const struct desk *desk, const struct asker *asker,
                          const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, r, ACTION_EXTEND, v->arena, &why);
    if (c)
        why = extend_refusal(desk, c, r, v);
    if (!why && !r->reason[0])
        why = "Please say why more time is needed. I changed nothing.";
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

static void extend_settle(const struct desk *desk, const struct inquiry *q,
                          const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_EXTEND, v->arena, &why);
    if (c)
        why = extend_refusal(desk, c, &q->request, v);
    if (c && !why)
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why) {
        struct fact *f = verdict_fact(v, FACT_EXTENSION_ASKED, c->no);
        f->question = question_handle(v);
        f->window_ms = more_of(c, &q->request, v->turn.now_ms);
        f->until_ms = q->request.until_ms;
        f->reason = arena_copy(v->arena, q->request.reason);
        why = verdict_text(v, "Requested. Another Admin must approve more time for %s.",
                           parts_case_id(c, v->arena));
    }
    inquiry_answer(q, why, v);
}

const struct command command_extend = {
    .name = "extend",
    .usage = "extend [G-0001] DURATION because REASON…",
    .summary = "ask for more time",
    .example = "extend G-0001 30m because MFA had to be reset",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_COUNTS,
    .read = extend_read,
    .complete = extend_complete,
    .needs = parts_needs_roster,
    .decide = extend_decide,
    .settle = extend_settle,
};

/* ---- snooze ---- */

static bool snooze_read(const struct desk *desk, struct words *words, struct request *request,
                        struct err *err)
{
    (void)desk;
    parts_read_case(words, request);
    words_take(words, "for");
    return parts_read_duration(words, request, true, err) && parts_read_end(words, err);
}

static const char *snooze_refusal(const struct desk *desk, const struct casefile *c,
                                  const struct request *r, const struct verdict *v)
{
    const struct doer anybody = { .key = NULL };
    const char *why = action_refusal(ACTION_SNOOZE, desk, c, &anybody, v->turn.now_ms, v->arena);
    bool fits = r->until.ms || (r->for_ms > 0 && r->for_ms <= LONGEST_SNOOZE_MS);
    return !why && !fits ? "A snooze lasts at most 15 minutes. I changed nothing." : why;
}

static bool snooze_decide(const struct desk *desk, const struct asker *asker,
                          const struct request *r, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, r, ACTION_SNOOZE, v->arena, &why);
    if (c)
        why = snooze_refusal(desk, c, r, v);
    if (why)
        dialogue_answer(v, asker->event, why);
    return why != NULL;
}

static void snooze_settle(const struct desk *desk, const struct inquiry *q,
                          const struct findings *found, struct verdict *v)
{
    const char *why = NULL;
    const struct casefile *c = parts_case(desk, &q->request, ACTION_SNOOZE, v->arena, &why);
    if (c)
        why = snooze_refusal(desk, c, &q->request, v);
    if (c && !why)
        why = parts_admin_refusal(desk, found, v->arena);
    if (c && !why) {
        verdict_fact(v, FACT_SNOOZED, c->no)->until_ms = v->turn.now_ms + q->request.for_ms;
        CLEANUP(buf_done) struct buf until;
        buf_init(&until, 64);
        rich_add_time(&until, v->turn.now_ms + q->request.for_ms);
        why = verdict_text(v, "Snoozed until %s; noted in the thread.", buf_text(&until));
    }
    inquiry_answer(q, why, v);
}

const struct command command_snooze = {
    .name = "snooze",
    .usage = "snooze G-0001 DURATION",
    .summary = "silence overdue reminders for at most 15 minutes",
    .example = "snooze G-0001 10m",
    .gates = GATE_MAPPED | GATE_LOWERS | GATE_COUNTS,
    .read = snooze_read,
    .needs = parts_needs_roster,
    .decide = snooze_decide,
    .settle = snooze_settle,
};
