/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hearing.h"
#include "core/desk.h"
#include "core/rich.h"

static const ms_t TOLD_AFTER_MS = MS_MINUTE, AGAIN_FIRST_MS = MS_SECOND, AGAIN_MOST_MS = MS_MINUTE;

/* When the next look is to begin. */
static ms_t look_ms(const struct chat_state *chat)
{
    const struct hearing *h = &chat->hearing;
    return chat->up && !chat->refused && !h->effect_id ? h->next_ms : MS_NEVER;
}

static ms_t tell_ms(const struct chat_state *chat)
{
    const struct hearing *h = &chat->hearing;
    return chat->up && !chat->refused && h->behind && !h->told ? h->behind_ms + TOLD_AFTER_MS
                                                               : MS_NEVER;
}

/* ---- deciding ---- */

static struct fact *about(const struct chat_state *chat, enum fact_kind kind, struct verdict *v)
{
    struct fact *f = verdict_fact(v, kind, 0);
    f->verb = arena_copy(v->arena, chat->name);
    f->since_ms = chat->hearing.from_ms;
    f->until_ms = chat->hearing.behind ? chat->hearing.since_ms : chat->hearing.begun_ms;
    return f;
}

static ms_t again_ms(const struct hearing *h, const struct event *e, ms_t now_ms)
{
    ms_t wait = ms_doubled(AGAIN_FIRST_MS, h->failures, AGAIN_MOST_MS);
    return ms_plus(now_ms, ms_max(wait, e->heard.retry_after_ms));
}

void hearing_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct chat_state *chat = desk_chat(desk, e->chat);
    if (!chat)
        return;
    const struct hearing *h = &chat->hearing;
    if (e->kind == EVENT_DELIVERED && e->delivery.found) {
        about(chat, FACT_CATCH_UP_WANTED, v);
    } else if (e->kind != EVENT_CAUGHT_UP || !e->effect_id || e->effect_id != h->effect_id) {
        return;
    } else if (e->error) {
        struct fact *f = about(chat, FACT_CATCH_UP_FAILED, v);
        f->text = e->error;
        f->until_ms = again_ms(h, e, v->turn.now_ms);
    } else {
        struct fact *f = about(chat, FACT_CAUGHT_UP, v);
        f->ref = h->begun_ms;
        f->count = (int64_t)e->heard.left_out;
        f->on = h->told;
        f->window_ms = e->heard.again_ms;
    }
}

static void look(const struct chat_state *chat, struct verdict *v)
{
    struct effect *effect = verdict_effect(v, EFFECT_CATCH_UP);
    effect->chat = arena_copy(v->arena, chat->name);
    about(chat, FACT_CATCHING_UP, v)->effect_id = (int64_t)effect->id;
}

void hearing_settle(const struct desk *desk, struct verdict *v)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        const struct chat_state *chat = &desk->chats[i];
        if (verdict_due(v, look_ms(chat)))
            look(chat, v);
        if (verdict_due(v, tell_ms(chat)))
            about(chat, FACT_DEAF_TOLD, v)->text = arena_copy(v->arena, chat->hearing.why);
    }
}

/* ---- applying ---- */

/* Whatever look was under way says nothing of the time that the chat was away. */
static void apply_up(struct hearing *h, const struct fact *f)
{
    if (!h->behind) {
        h->from_ms = f->since_ms;
        h->told = f->anyway;
        h->behind_ms = f->at_ms;
    }
    h->behind = true;
    h->since_ms = h->next_ms = f->at_ms;
    h->effect_id = 0;
    h->failures = 0;
    h->why[0] = '\0';
}

static void apply_caught_up(struct hearing *h, const struct fact *f)
{
    h->behind = h->told = false;
    h->effect_id = 0;
    h->failures = 0;
    h->from_ms = f->ref;
    h->why[0] = '\0';
    h->next_ms = h->wanted ? f->at_ms : f->window_ms ? f->at_ms + f->window_ms : MS_NEVER;
}

void hearing_apply(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (!chat)
        return;
    struct hearing *h = &chat->hearing;
    switch ((int)f->kind) {
    case FACT_CHAT:
        if (f->takes_posts && !f->refused)
            apply_up(h, f);
        return;
    case FACT_CATCH_UP_WANTED:
        h->wanted = true;
        h->next_ms = h->effect_id ? h->next_ms : ms_min(h->next_ms, f->at_ms);
        return;
    case FACT_CATCHING_UP:
        h->wanted = false;
        h->effect_id = (uint64_t)f->effect_id;
        h->begun_ms = f->at_ms;
        return;
    case FACT_CATCH_UP_FAILED:
        h->effect_id = 0;
        h->failures++;
        h->next_ms = f->until_ms;
        STR_SET(h->why, f->text);
        return;
    case FACT_CAUGHT_UP: apply_caught_up(h, f); return;
    case FACT_DEAF_TOLD: h->told = true; return;
    }
    fact_stray(f, "hearing");
}

/* ---- telling ---- */

static void add_when(const struct desk *desk, struct buf *b, const struct fact *f)
{
    buf_addf(b, "what was said in %s ", venue_named(&desk->venues, f->verb).place);
    buf_add(b, f->since_ms ? "between " : "before ");
    if (f->since_ms) {
        rich_add_time(b, f->since_ms);
        buf_add(b, " and ");
    }
    rich_add_time(b, f->until_ms);
}

static void add_deaf(const struct desk *desk, struct buf *b, const struct fact *f)
{
    bool failed = f->text && f->text[0];
    buf_add(b, failed ? "⚠️ I could not read " : "⏳ I am still reading ");
    add_when(desk, b, f);
    if (failed)
        buf_addf(
            b,
            " yet: %s. I keep trying, and lift nothing before. If you asked something of me in "
            "that time, please ask again.",
            f->text);
    else
        buf_add(b, ". What was asked of me in that time is done and answered late; I lift nothing "
                   "before.");
}

static void add_caught_up(const struct desk *desk, struct buf *b, const struct fact *f)
{
    if (f->on) {
        buf_add(b, "✅ By now I have read ");
        add_when(desk, b, f);
        buf_add(b, ".");
    }
    if (f->count) {
        buf_addf(b, "%s⚠️ Of ", f->on ? "\n" : "");
        add_when(desk, b, f);
        buf_addf(b,
                 " I left out %d message%s: longer than anything I can read. If one was for me, "
                 "please ask again.",
                 (int)f->count, f->count == 1 ? "" : "s");
    }
}

void hearing_tell(const struct desk *desk, const struct fact *f, struct verdict *v)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 2048);
    if (f->kind == FACT_DEAF_TOLD)
        add_deaf(desk, &b, f);
    else
        add_caught_up(desk, &b, f);
    const char *text = b.bytes ? arena_copy(v->arena, buf_text(&b)) : NULL;
    for (size_t i = 0; text && i < desk->chat_count; i++)
        if (desk->chats[i].up) {
            struct message *say = &verdict_effect(v, EFFECT_SAY)->say;
            *say = message_saying(MESSAGE_POST, text);
            say->chat = arena_copy(v->arena, desk->chats[i].name);
        }
}
