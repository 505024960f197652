/* SPDX-License-Identifier: Apache-2.0 */
#include "core/doubt.h"
#include "core/alarm.h"
#include "core/command.h"
#include "core/desk.h"
#include "core/question.h"
#include "core/rich.h"

#include <inttypes.h>
#include <stdio.h>

const char *doubt_refusal(const struct desk *desk, const struct command *command, struct verdict *v)
{
    const char *word = desk->policy->command_word;
    if (!(command->gates & GATE_LOWERS) || (!desk->loss.stands && !desk->doubt.stands))
        return NULL;
    const char *why = desk->loss.stands
                          ? verdict_text(v, "I cannot write my records (%s)", desk->loss.why)
                          : verdict_text(v, "my records are in doubt (%s)", desk->doubt.why);
    return verdict_text(
        v,
        "Not done: %s, so I take nothing that switches root protection OFF or keeps it OFF. "
        "Ask whoever runs reguard to settle that; `%s restore` works as ever. "
        "I changed nothing.",
        why, word);
}

/* ---- deciding ---- */

static void decide_doubted(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (desk->doubt.stands)
        return; /* found once more, as at every start until it is settled */
    struct fact *f = verdict_fact(v, FACT_STORE_DOUBTED, 0);
    f->text = e->doubt.why;
    f->record = (int64_t)e->doubt.record;
    f->digest = e->doubt.hash;
}

/* What was asked, approved or begun on records that were in doubt is asked anew: an answer that the
   chat still shows may be to something else. What is down stays down until its end. */
void doubt_close_questions(const struct casefile *c, struct verdict *v)
{
    static const char why[] = "my records were in doubt; ask again if it is still needed";
    if (question_is_open(c)) {
        question_close(c, why, v);
    } else if (c->state == CASE_LIFTING) {
        struct fact *f = verdict_fact(v, FACT_ENDED, c->no);
        f->text = why;
        f->lift_failed = true;
    }
}

/* ---- other stores whose messages stand in the chats ---- */

/* The next "STORE:RECORD" of a list; false at its end. */
static bool next_stranger(const char **list, char ret_store[STORE_ID_BYTES], uint64_t *ret_record)
{
    int bytes = 0;
    if (!**list ||
        sscanf(*list, " %16[0-9a-f]:%20" SCNu64 "%n", ret_store, ret_record, &bytes) != 2)
        return false;
    *list += bytes;
    return true;
}

static bool covers(const char *list, const char *store, uint64_t record)
{
    char listed[STORE_ID_BYTES];
    uint64_t up_to;
    while (next_stranger(&list, listed, &up_to))
        if (str_equal(listed, store) && record <= up_to)
            return true;
    return false;
}

bool doubt_is_accepted(const struct desk *desk, const char *store, uint64_t record)
{
    return covers(desk->doubt.accepted, store, record);
}

/* The newest come first: what does not fit any more is of long ago. */
static void add_strangers(struct buf *b, const char *list)
{
    char store[STORE_ID_BYTES];
    uint64_t record;
    while (next_stranger(&list, store, &record))
        if (!covers(buf_text(b), store, record) && b->bytes + 40 < LIMIT_STRANGERS_BYTES)
            buf_addf(b, "%s%s:%" PRIu64, b->bytes ? " " : "", store, record);
}

/* Whatever of other stores stands in the chats now, and what these records themselves have said so
   far: from here on they are another store. */
static const char *accepted_now(const struct desk *desk, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_STRANGERS_BYTES);
    for (size_t i = 0; i < desk->chat_count; i++)
        add_strangers(&b, desk->chats[i].sight.strangers);
    add_strangers(&b, desk->doubt.strangers);
    if (desk->doubt.store[0])
        add_strangers(&b, arena_printf(arena, "%s:%" PRIu64, desk->doubt.store, desk->record));
    add_strangers(&b, desk->doubt.accepted);
    return arena_copy(arena, buf_text(&b));
}

void doubt_seen(const struct desk *desk, const struct event_looked *seen, struct verdict *v)
{
    bool stands = desk->doubt.stands, higher = seen->last_case > desk->last_case;
    if (!seen->why || (stands && !higher))
        return;
    struct fact *f = verdict_fact(v, FACT_STORE_DOUBTED, 0);
    f->text = seen->why;
    f->record = (int64_t)seen->record;
    f->digest = seen->hash;
    f->people = seen->strangers;
    f->last_case = seen->last_case;
    f->once_more = stands;
}

static void decide_accepted(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (!desk->doubt.stands)
        return;
    verdict_by_operator(v);
    for (size_t i = 0; i < desk->case_count; i++)
        doubt_close_questions(&desk->cases[i], v);
    struct fact *f = verdict_fact(v, FACT_STORE_ACCEPTED, 0);
    f->reason = e->order_reason;
    f->handle = verdict_text(v, "%.*s", STORE_ID_BYTES - 1, verdict_handle(v, ENTROPY_CASE));
    f->people = accepted_now(desk, v->arena);
    f->last_case = desk->last_case;
}

void doubt_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (e->kind == EVENT_STORE_DOUBTED)
        decide_doubted(desk, e, v);
    else
        decide_accepted(desk, e, v);
}

/* ---- said again at the pace of overdue reminders ---- */

void doubt_settle(const struct desk *desk, struct verdict *v)
{
    const struct doubt *d = &desk->doubt;
    int64_t number = d->stands ? alarm_due(desk, d->since_ms, d->told, v) : 0;
    if (number)
        verdict_fact(v, FACT_DOUBT_TOLD, 0)->count = number;
}

/* Questions are closed by facts of their own before. What a desk holds that was rebuilt from
   records which nobody believed then falls with the acceptance itself. */
static void drop_questions(struct casefile *c, ms_t at_ms)
{
    c->question.pending = false;
    if (c->state != CASE_WAITING && (c->state != CASE_LIFTING || c->change_begun))
        return;
    c->state = CASE_REFUSED;
    c->closed_ms = at_ms;
}

static void apply_accepted(struct desk *desk, const struct fact *f)
{
    struct doubt *d = &desk->doubt;
    *d = (struct doubt){ .accepted_ms = f->at_ms };
    STR_SET(d->store, f->handle);
    STR_SET(d->accepted, f->people);
    for (size_t i = 0; i < desk->case_count; i++)
        drop_questions(&desk->cases[i], f->at_ms);
}

/* Every misfit was of a store that is explained by now. */
static bool is_explained(const struct doubt *d)
{
    const char *list = d->strangers;
    char store[STORE_ID_BYTES];
    uint64_t record;
    bool any = false;
    while (next_stranger(&list, store, &record)) {
        any = true;
        if (!covers(d->accepted, store, record))
            return false;
    }
    return any;
}

/* That very store's messages are no reason for a doubt any more, whatever it says. */
static void explain(struct desk *desk, const char *store)
{
    struct doubt *d = &desk->doubt;
    CLEANUP(buf_done) struct buf b = { 0 };
    if (covers(d->accepted, store, UINT64_MAX))
        return;
    buf_init(&b, LIMIT_STRANGERS_BYTES);
    buf_addf(&b, "%s:%" PRIu64, store, UINT64_MAX);
    add_strangers(&b, d->accepted);
    STR_SET(d->accepted, buf_text(&b));
    if (d->stands && is_explained(d))
        d->stands = false;
}

/* The first alarm is said with it. */
static void apply_doubted(struct doubt *d, const struct fact *f)
{
    d->stands = true;
    d->since_ms = f->at_ms;
    d->told = 1;
    STR_SET(d->why, f->text);
    STR_SET(d->strangers, f->people);
}

void doubt_apply(struct desk *desk, const struct fact *f)
{
    struct doubt *d = &desk->doubt;
    switch ((int)f->kind) {
    case FACT_STORE_DOUBTED:
        desk_skip_numbers(desk, f->last_case);
        if (!f->once_more)
            apply_doubted(d, f);
        return;
    case FACT_DOUBT_TOLD: d->told = f->count > INT32_MAX ? INT32_MAX : (int)f->count; return;
    case FACT_STORE_ACCEPTED:
        desk_skip_numbers(desk, f->last_case);
        apply_accepted(desk, f);
        return;
    case FACT_TWIN_FOUND: explain(desk, str_or_empty(f->people)); return;
    }
    fact_stray(f, "doubt");
}

/* ---- what the chats hear ---- */

static void add_alarm(const struct desk *desk, struct buf *b)
{
    const struct doubt *d = &desk->doubt;
    buf_add(b, "🚨 ");
    rich_add_strong(b, d->told > 1 ? "My records are still in doubt" : "My records are in doubt");
    buf_addf(b, ": %s. Until that is settled I lift nothing and take no request. ", d->why);
    alarm_add_guardrail(desk, b);
    buf_add(b, " Whoever runs me: find out what happened to my state folder and put the right file "
               "back, or go on from this one with `reguard audit accept --why TEXT`.");
}

void doubt_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    if (f->kind == FACT_STORE_DOUBTED && f->once_more)
        return; /* it is told already */
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    if (f->kind == FACT_STORE_ACCEPTED) {
        buf_addf(&b,
                 "✅ My records count again as they are: %s has decided that (%s). Requests are "
                 "taken.",
                 f->actor.name, str_or_empty(f->reason));
        alarm_is_over(desk, &b, v);
        return;
    }
    add_alarm(desk, &b);
    alarm_sound(desk, &b, alarm_next_ms(desk, desk->doubt.since_ms, desk->doubt.told), v);
}
