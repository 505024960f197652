/* SPDX-License-Identifier: Apache-2.0 */
/* What a chat has been heard of in full, kept over restarts, and what a look back has to go
   through. The place itself is the chat's own (cursor.CHAT, moved by MARK); the instant in
   heard.CHAT is for people, and deaf.CHAT says that they have been told. */
#include "engine/engine_parts.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *value_of(const struct engine *e, const char *what, const char *chat,
                            struct arena *arena)
{
    return store_get(e->store, arena_printf(arena, "%s.%s", what, chat), arena);
}

static ms_t heard_ms(const struct engine *e, const char *chat, struct arena *arena)
{
    const char *text = value_of(e, "heard", chat, arena);
    ms_t heard = text ? strtoll(text, NULL, 10) : 0;
    return heard > 0 && heard < LIMIT_INSTANT_MS ? heard : 0;
}

void engine_recall_hearing(const struct engine *e, struct event *ev, struct arena *arena)
{
    const char *deaf = value_of(e, "deaf", ev->chat, arena);
    ev->chat_up.heard_ms = heard_ms(e, ev->chat, arena);
    ev->chat_up.deaf_told = str_equal(deaf, "told");
}

static bool put(struct engine *e, const char *what, const struct fact *f, const char *text,
                struct verdict *v, struct err *err)
{
    return store_put(e->store, verdict_text(v, "%s.%s", what, f->verb), text, err);
}

bool engine_keep_hearing(struct engine *e, struct verdict *v, struct err *err)
{
    for (size_t i = 0; i < v->fact_count; i++) {
        const struct fact *f = &v->facts[i];
        if (f->kind == FACT_DEAF_TOLD && !put(e, "deaf", f, "told", v, err))
            return false;
        if (f->kind == FACT_CAUGHT_UP && f->on && !put(e, "deaf", f, "", v, err))
            return false;
        if (f->kind == FACT_CAUGHT_UP &&
            !put(e, "heard", f, verdict_text(v, "%" PRId64, f->ref), v, err))
            return false;
    }
    return true;
}

bool engine_was_found(struct engine *e, const struct event *ev, struct arena *arena)
{
    if (ev->kind != EVENT_DELIVERED || !ev->delivery.as_first_sent)
        return false;
    const char **ids = arena_take(arena, LIMIT_CASES * sizeof *ids);
    size_t count = store_open_messages(e->store, ev->chat, ids, LIMIT_CASES, arena);
    for (size_t i = 0; i < count; i++)
        if (str_equal(ids[i], ev->delivery.remote_id))
            return true;
    return false;
}

void engine_catch_up(struct engine *e, const struct effect *asked, struct arena *arena)
{
    struct effect effect = *asked;
    const char **ids = arena_take(arena, LIMIT_CASES * sizeof *ids);
    effect.catch_up = (struct effect_catch_up){
        .since_ms = heard_ms(e, asked->chat, arena),
        .message_ids = ids,
        .message_count = store_open_messages(e->store, asked->chat, ids, LIMIT_CASES, arena)
    };
    engine_perform(e, &effect);
}
