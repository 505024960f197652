/* SPDX-License-Identifier: Apache-2.0 */
/* All root users are looked at, for whoever asked (core/rootusers.c): the provider tells which
   accounts there are, and each is looked at as that of a window is, by the same adapter, few at a
   time, so that a window's look always has a place. What was found is kept in the store, a part at
   a time, and not asked again after a restart; nothing else rests on it. */
#include "core/xalloc.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"
#include "host/rootline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* At once, of the four that the adapter asks about; kept and told after so many; parts that are
   kept, those of a list that was asked about twice. */
enum { AT_ONCE = 2, PART = 50, PARTS_MOST = 2 * LIMIT_ACCOUNTS_LISTED / PART };
enum { LIST_BYTES = 4 * 1024 * 1024, WHY_BYTES = 256 };
/* No fact makes such an id, nor does the list of accounts to choose from. */
static const uint64_t FIRST_ID = UINT64_C(3) << 61;

struct engine_roots {
    struct arena arena; /* names and reasons of the list */
    struct root_rows all;
    struct look {
        uint64_t id; /* 0: none */
        struct root_row *row;
    } looks[AT_ONCE];
    uint64_t effect_id;        /* that is answered; 0: nobody wants to know */
    uint64_t list_id, last_id; /* of our own; list_id 0: the list is there */
    ms_t since_ms;
    size_t told;       /* of done, at the last word */
    struct buf fresh;  /* lines that are not kept yet */
    size_t part;       /* the next one that is kept; those before it are there */
    bool asking, kept; /* kept: the last part is, too */
};

/* ---- what was found before ---- */

static const char *key_of(size_t part, struct arena *arena)
{
    return arena_printf(arena, "root_users.%zu", part);
}

static void take_lines(struct engine *e, const char *text)
{
    struct engine_roots *r = e->roots;
    ms_t now_ms = engine_now_ms(e);
    while (*text) {
        struct root_row row;
        size_t bytes = strcspn(text, "\n");
        if (rootline_read(text, bytes, &row) && row.at_ms >= r->since_ms && row.at_ms <= now_ms)
            rootwalk_take(&r->all, &row);
        text += bytes + (text[bytes] == '\n');
    }
}

static void take_kept(struct engine *e)
{
    struct engine_roots *r = e->roots;
    struct arena arena;
    const char *text;
    arena_init(&arena, LIST_BYTES);
    for (r->part = 0; r->part < PARTS_MOST; r->part++) {
        text = store_get(e->store, key_of(r->part, &arena), &arena);
        if (!str_or_empty(text)[0])
            break;
        take_lines(e, text);
        arena_reset(&arena);
    }
    arena_done(&arena);
    bool any = false;
    for (size_t i = 0; i < r->all.count; i++)
        any |= r->all.rows[i].at_ms != 0;
    if (!any || r->part == PARTS_MOST)
        r->part = 0;
}

/* An empty part behind the last one ends them. */
bool engine_roots_keep(struct engine *e, struct err *err)
{
    struct engine_roots *r = e->roots;
    if (r->kept || r->part >= PARTS_MOST)
        return true;
    const char *here = key_of(r->part, &e->work), *next = key_of(r->part + 1, &e->work);
    if (!store_put(e->store, here, buf_text(&r->fresh), err) ||
        (r->fresh.bytes && !store_put(e->store, next, "", err)))
        return false;
    r->part += r->fresh.bytes != 0;
    buf_clear(&r->fresh);
    return r->kept = true;
}

/* ---- told ---- */

static void tell(struct engine *e, const char *error, bool over)
{
    struct engine_roots *r = e->roots;
    struct event *ev = inbox_new(&e->inbox, EVENT_ROOT_USERS, "");
    ev->effect_id = r->effect_id;
    ev->error = error ? arena_copy(inbox_arena(&e->inbox), error) : NULL;
    ev->roots = (struct event_roots){ .all = &r->all, .over = over };
    r->told = r->all.done;
    if (over || error)
        r->effect_id = 0;
    r->kept = false;
    inbox_put(&e->inbox, ev);
}

/* ---- account by account ---- */

static void ask_more(struct engine *e)
{
    struct engine_roots *r = e->roots;
    struct root_row *row;
    while ((row = rootwalk_next(&r->all, AT_ONCE))) {
        struct look *look = r->looks;
        while (look->id)
            look++;
        *look = (struct look){ .id = ++r->last_id, .row = row };
        const struct effect ask = { .kind = EFFECT_ROOT_LOOK,
                                    .urgency = URGENCY_ORDINARY,
                                    .id = look->id,
                                    .root_of = row->account };
        engine_perform(e, &ask);
    }
    if (!r->all.under_way)
        tell(e, NULL, true);
    else if (r->all.done >= r->told + PART)
        tell(e, NULL, false);
}

static struct root_user user_of(const struct event_root_found *found)
{
    return (
        struct root_user){ .has_password = found->password,
                           .keys = (unsigned)found->keys,
                           .keys_active = (unsigned)found->usable_keys,
                           .certificates = (unsigned)found->certificates,
                           .certificates_active = (unsigned)(found->usable - found->usable_keys),
                           .mfa_devices = (unsigned)found->mfa_devices,
                           .since_ms = found->since_ms,
                           .made_ms = found->made_ms,
                           .used_ms = found->used_ms };
}

static void hear(struct engine *e, struct look *look, const struct event *ev)
{
    struct engine_roots *r = e->roots;
    const struct root_user user = user_of(&ev->found);
    struct root_row *row = look->row;
    const char *why = ev->error ? arena_printf(&r->arena, "%.*s", WHY_BYTES, ev->error) : NULL;
    *look = (struct look){ .id = 0 };
    rootwalk_heard(&r->all, row, ev->error ? NULL : &user, why, ev->found.passes, engine_now_ms(e));
    if (!ev->error)
        rootline_add(&r->fresh, row);
    ask_more(e);
}

static void take_list(struct engine *e, const struct event *ev)
{
    struct engine_roots *r = e->roots;
    const struct survey *s = &ev->survey;
    r->list_id = 0;
    if (!(s->read & SURVEY_ACCOUNT)) {
        tell(e, str_or_empty(s->failure), true);
        return;
    }
    rootwalk_list(&r->all, s, "those before it had no answer in time: ask again later", &r->arena);
    take_kept(e);
    ask_more(e);
}

bool engine_takes_root(struct engine *e, const struct event *ev)
{
    struct engine_roots *r = e->roots;
    if (ev->effect_id <= FIRST_ID || !r->effect_id)
        return ev->effect_id > FIRST_ID;
    if (ev->kind == EVENT_SURVEYED && ev->effect_id == r->list_id)
        take_list(e, ev);
    for (size_t i = 0; ev->kind == EVENT_ROOT_FOUND && i < COUNT(r->looks); i++)
        if (r->looks[i].id == ev->effect_id) {
            hear(e, &r->looks[i], ev);
            break;
        }
    return true;
}

/* ---- the whole ---- */

void engine_roots_look(struct engine *e, const struct effect *effect)
{
    struct engine_roots *r = e->roots;
    arena_reset(&r->arena);
    buf_clear(&r->fresh);
    memset(r->looks, 0, sizeof r->looks);
    r->all = (struct root_rows){ .count = 0 };
    r->effect_id = effect->id;
    r->since_ms = effect->found_since_ms;
    r->told = 0;
    r->list_id = ++r->last_id;
    const struct effect ask = { .kind = EFFECT_SURVEY,
                                .urgency = URGENCY_ORDINARY,
                                .id = r->list_id,
                                .survey = {
                                    .parts = SURVEY_ACCOUNT, .account = "", .list = true } };
    engine_perform(e, &ask);
}

void engine_roots_start(struct engine *e)
{
    e->roots = xcalloc(1, sizeof *e->roots);
    e->roots->last_id = FIRST_ID;
    e->roots->kept = true;
    arena_init(&e->roots->arena, LIST_BYTES);
    buf_init(&e->roots->fresh, (PART + AT_ONCE + 1) * ROOTLINE_BYTES);
}

void engine_roots_stop(struct engine *e)
{
    arena_done(&e->roots->arena);
    buf_done(&e->roots->fresh);
    free(e->roots);
}
