/* SPDX-License-Identifier: Apache-2.0 */
/* What the dead man's word says, and what is heard of one that has appeared. */
#include "core/alarm.h"
#include "core/audience.h"
#include "core/card.h"
#include "core/deadman.h"
#include "core/desk.h"
#include "core/flags.h"
#include "core/rich.h"

enum { CASES_NAMED = 3 };

const char *deadman_mark(const char *store, struct arena *arena)
{
    return arena_printf(arena, "my records: %s", store);
}

static void add_subject(const struct casefile *c, struct buf *b)
{
    char id[CASE_ID_BYTES];
    case_id_text(c->no, id);
    buf_addf(b, "%s for %s", id, c->account[0] ? c->account_name : "an account not named");
    if (c->requester.name[0])
        buf_addf(b, ", asked by %s", c->requester.name);
}

static void add_cases(const struct desk *desk, struct buf *b)
{
    size_t named = 0, more = 0;
    for (size_t i = 0; i < desk->case_count; i++) {
        const struct casefile *c = &desk->cases[i];
        if (!case_is_down(c) && c->state != CASE_LIFTING)
            continue;
        if (named == CASES_NAMED) {
            more++;
            continue;
        }
        buf_add(b, named++ ? "; " : "");
        add_subject(c, b);
        if (c->deadline_ms) {
            buf_add(b, ", until ");
            rich_add_time(b, c->deadline_ms);
        }
    }
    if (more)
        buf_addf(b, " and %zu more", more);
}

const char *deadman_text(const struct desk *desk, const struct casefile *c, ms_t spoken_ms,
                         struct arena *arena)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_SAYING_BYTES);
    buf_add(&b, "🚨 ");
    rich_add_strong(&b, "I am silent, and root protection may still be OFF");
    buf_addf(&b, " in %s. I was to speak again ", card_reach(desk, c, arena));
    rich_add_time(&b, spoken_ms);
    buf_add(&b, " at the latest. I wrote this ahead of time, and take it back as long as I run and "
                "reach this chat.\nOff because of ");
    add_cases(desk, &b);
    const struct provider *p = desk->policy->provider;
    buf_addf(&b, ".\nSwitch it on now: %s, %s; or on my host, ", p->switch_at, p->guardrail);
    rich_add_code(&b, "reguard restore");
    buf_add(&b, ". Then see why I do not run.");
    audience_mention(desk, &b);
    buf_addf(&b, "\n(%s)", deadman_mark(desk->doubt.store, arena));
    return arena_copy(arena, buf_text(&b));
}

void deadman_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    if (!f->on)
        return;
    for (size_t i = 0; i < v->fact_count && &v->facts[i] != f; i++)
        if (v->facts[i].kind == FACT_WORD_GONE && v->facts[i].on)
            return; /* told with that one */
    buf_init(&b, LIMIT_SAYING_BYTES);
    buf_add(&b, "👋 ");
    rich_add_strong(&b, "I run");
    buf_add(&b, ". What says above that I am silent I wrote ahead of time, and could not take it "
                "back before it appeared. ");
    alarm_add_guardrail(desk, &b);
    alarm_say(&b, v);
}
