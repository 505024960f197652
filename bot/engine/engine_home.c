/* SPDX-License-Identifier: Apache-2.0 */
/* People's own pages are drawn anew when something has changed: as if they had been opened once
   more, a little later, so that much that happens at once is drawn once. Nothing of it is
   written. */
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "core/xalloc.h"

#include <stdlib.h>

static const ms_t DRAWN_AFTER_MS = MS_SECOND;

struct engine_homes {
    struct {
        char chat[32], id[64];
    } viewers[LIMIT_HOMES];
    size_t count, next; /* the oldest gives way */
    bool waits;
    struct loop_timer timer;
    struct engine *engine;
};

static void draw(void *arg)
{
    struct engine_homes *h = arg;
    struct inbox *inbox = &h->engine->inbox;
    h->waits = false;
    for (size_t i = 0; i < h->count; i++) {
        struct event *e = inbox_new(inbox, EVENT_OPENED,
                                    arena_copy(inbox_arena(inbox), h->viewers[i].chat));
        e->actor.id = arena_copy(inbox_arena(inbox), h->viewers[i].id);
        e->place = PLACE_DIRECT;
        e->again = true;
        inbox_put(inbox, e);
    }
}

void engine_home_seen(struct engine *e, const struct effect *effect)
{
    struct engine_homes *h = e->homes;
    for (size_t i = 0; i < h->count; i++)
        if (str_equal(h->viewers[i].chat, effect->chat) &&
            str_equal(h->viewers[i].id, effect->home.person_id))
            return;
    if (!effect->home.panel || effect->home.again)
        return;
    size_t at = h->next++ % LIMIT_HOMES;
    STR_SET(h->viewers[at].chat, effect->chat);
    STR_SET(h->viewers[at].id, effect->home.person_id);
    h->count = h->count < LIMIT_HOMES ? h->count + 1 : h->count;
}

void engine_homes_changed(struct engine *e)
{
    struct engine_homes *h = e->homes;
    if (h->waits || !h->count)
        return;
    h->waits = true;
    loop_timer_set(e->loop, &h->timer, DRAWN_AFTER_MS);
}

void engine_homes_start(struct engine *e)
{
    e->homes = xcalloc(1, sizeof *e->homes);
    e->homes->engine = e;
    e->homes->timer = (struct loop_timer){ .fired = draw, .arg = e->homes };
}

void engine_homes_stop(struct engine *e)
{
    loop_timer_cancel(&e->homes->timer);
    free(e->homes);
}
