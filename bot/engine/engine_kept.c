/* SPDX-License-Identifier: Apache-2.0 */
/* What the records come to is kept now and then, so that a start reads few of them however many
   there are. It is folded from the records, never taken from the desk that works: that knows more
   than they do. */
#include "core/xalloc.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"
#include "store/deskjson.h"

#include <stdlib.h>

/* Without one to begin with, so many times the distance are folded within a turn; past that the
   look at the whole journal brings one. */
enum { DISTANCES_MOST = 4 };

uint64_t engine_take_kept(struct engine *e, bool *ret_wrong)
{
    struct arena arena;
    struct store_desk kept;
    struct err err = { "" };
    arena_init(&arena, LIMIT_ARENA_BYTES);
    enum store_desk_state state = store_kept_desk(e->store, &arena, &kept, &err);
    if (state == STORE_DESK_THERE && !deskjson_read(kept.text, &arena, e->desk, &err)) {
        state = STORE_DESK_WRONG;
        engine_new_desk(e);
    }
    if (state == STORE_DESK_WRONG || state == STORE_DESK_OTHER)
        LOG(state == STORE_DESK_WRONG ? LOG_WARN : LOG_INFO, "store.desk_not_used",
            LS("why", err.text), LS("next", "the records are read instead"));
    *ret_wrong = state == STORE_DESK_WRONG;
    e->kept.tried = state == STORE_DESK_THERE ? kept.record : 0;
    arena_done(&arena);
    return e->kept.tried;
}

void engine_forget_whole(struct engine *e)
{
    free(e->kept.text);
    e->kept.text = NULL;
    e->kept.text_at = 0;
}

void engine_know_whole(struct engine *e, const struct desk *desk, uint64_t record)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *text = deskjson_write(desk, &arena);
    engine_forget_whole(e);
    e->kept.text = text ? xstrdup(text) : NULL;
    e->kept.text_at = text ? record : 0;
    arena_done(&arena);
}

/* The newer of what is kept and what has been read. False: there is none, and the journal is long.
 */
static bool begin(struct engine *e, struct desk *desk, struct arena *arena, uint64_t *ret_after)
{
    struct store_desk kept = { 0 };
    struct err ignored = { "" };
    if (store_kept_desk(e->store, arena, &kept, &ignored) != STORE_DESK_THERE)
        kept.record = 0;
    if (e->kept.text_at > kept.record)
        kept = (struct store_desk){ .record = e->kept.text_at, .text = e->kept.text };
    desk_init(desk);
    *ret_after = kept.record;
    return e->desk->record - kept.record <= DISTANCES_MOST * e->kept.every &&
           (!kept.record || deskjson_read(kept.text, arena, desk, &ignored));
}

static bool keep(struct engine *e, struct desk *desk, struct arena *arena, struct err *err)
{
    struct engine_fold fold = { .last = e->desk->record };
    if (!begin(e, desk, arena, &fold.after))
        return true;
    engine_fold(e, desk, &fold);
    const char *text = fold.any ? NULL : deskjson_write(desk, arena);
    if (!text)
        return true;
    if (!store_keep_desk(e->store, text, engine_now_ms(e), arena, err))
        return false;
    engine_note_record(e);
    return e->kept.news = true;
}

bool engine_keep_desk(struct engine *e, struct err *err)
{
    e->kept.news = false;
    if (e->desk->record < e->kept.tried + e->kept.every || !store_is_dirty(e->store) ||
        engine_is_away(e) || doubt_stands(e->desk))
        return true;
    struct arena arena;
    struct desk *desk = xcalloc(1, sizeof *desk);
    arena_init(&arena, LIMIT_ARENA_BYTES);
    e->kept.tried = e->desk->record;
    bool fine = keep(e, desk, &arena, err);
    arena_done(&arena);
    free(desk);
    return fine;
}

void engine_tell_kept(struct engine *e)
{
    const struct fact f = { .kind = FACT_DESK_KEPT };
    if (e->kept.news)
        story_tell(&e->story, &f);
    e->kept.news = false;
}
