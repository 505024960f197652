/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sight.h"
#include "core/desk.h"
#include "core/guardrail.h"

/* A look that was never answered: the adapter has its own, shorter deadlines. */
static const ms_t LOST_MS = 2 * MS_MINUTE, AGAIN_MS = 10 * MS_SECOND, AWAITED_MS = MS_MINUTE,
                  EVERY_LEAST_MS = 5 * MS_SECOND;

ms_t sight_awaited_until_ms(const struct desk *desk)
{
    ms_t until = 0;
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (chat->sight.looked_ms || chat->sight.why[0])
            return 0;
        until = ms_max(until, chat->since_ms + AWAITED_MS);
    }
    return until;
}

const char *sight_trouble(const struct desk *desk, struct arena *arena)
{
    for (size_t i = 0; i < desk->chat_count; i++)
        if (desk->chats[i].up && desk->chats[i].sight.why[0])
            return arena_printf(arena,
                                " (I cannot read back what I have said in %s: %s; so I cannot tell "
                                "whether my records are the ones it knows)",
                                desk->chats[i].name, desk->chats[i].sight.why);
    return "";
}

/* ---- when to look ---- */

/* The lift that comes next rests on a look that was sent after it had begun; and what is found off
   on one that was sent after that, in case another reguard has lifted it. */
static ms_t needed_since_ms(const struct desk *desk)
{
    const struct casefile *c = guardrail_lifting(desk);
    return c && !c->change_begun ? c->lifting_ms : guardrail_found_off_ms(desk);
}

static bool something_is_open(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_open(&desk->cases[i]))
            return true;
    return doubt_stands(desk) || twin_stands(desk) || guardrail_found_off_ms(desk);
}

static ms_t next_look_ms(const struct desk *desk, const struct chat_state *chat)
{
    const struct sight *s = &chat->sight;
    if (!chat->up)
        return MS_NEVER;
    if (s->look_id)
        return s->sent_ms + LOST_MS;
    if (s->why[0] && s->sent_ms >= chat->since_ms)
        return s->sent_ms + AGAIN_MS;
    if (!sight_of(chat, needed_since_ms(desk)))
        return 0;
    ms_t every = something_is_open(desk) ? desk->policy->poll_lifted : desk->policy->poll_idle;
    return s->sent_ms + ms_max(every, EVERY_LEAST_MS);
}

void sight_settle(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (!verdict_due(v, next_look_ms(desk, chat)))
            continue;
        struct effect *e = verdict_effect(v, EFFECT_LOOK_BACK);
        e->chat = arena_copy(v->arena, chat->name);
        e->urgency = URGENCY_GUARDS;
        struct fact *f = verdict_fact(v, FACT_LOOK_SENT, 0);
        f->verb = e->chat;
        f->effect_id = (int64_t)e->id;
    }
}

/* ---- what came of it ---- */

bool sight_looked(const struct desk *desk, const struct event *e, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (!e->effect_id || chat->sight.look_id != e->effect_id)
            continue;
        struct fact *f = verdict_fact(v, FACT_LOOKED, 0);
        f->verb = arena_copy(v->arena, chat->name);
        f->on = !e->error;
        f->text = e->error;
        f->people = e->looked.strangers;
        return !e->error;
    }
    return false;
}

static void apply_looked(struct sight *s, const struct fact *f)
{
    s->look_id = 0;
    STR_SET(s->why, f->on ? "" : f->text);
    if (!f->on)
        return;
    s->looked_ms = s->sent_ms;
    STR_SET(s->strangers, f->people);
}

void sight_apply(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (!chat)
        return;
    switch ((int)f->kind) {
    case FACT_LOOK_SENT:
        chat->sight.look_id = (uint64_t)f->effect_id;
        chat->sight.sent_ms = f->at_ms;
        return;
    case FACT_LOOKED: apply_looked(&chat->sight, f); return;
    }
    fact_stray(f, "sight");
}
