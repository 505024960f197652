/* SPDX-License-Identifier: Apache-2.0 */
/* Who asked is answered, also when the process dies between the commit and the chat's taking the
   answer. Each is owed from its commit on, until the chat has it. From when on answers are owed is
   written with the next answer and with the next values that change (answered.CHAT), and costs a
   commit of its own only where nothing else is written for a moment: after a death in between some
   are given twice, and say so, but not at each start of a process that dies again and again. What
   is old by then is not given: its reader is asked to ask again. */
#include "core/rich.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An answer is given as it is; in other words; and how long a chat's adapter has for it. */
static const ms_t FRESH_MS = 5 * MS_MINUTE, KNOWN_MS = MS_DAY, UNDER_WAY_MS = 30 * MS_MINUTE;
/* How long the mark waits for a commit that is made anyway. */
static const ms_t MARK_WITHIN_MS = 2 * MS_SECOND;

static const char *key_of(const char *chat, struct arena *arena)
{
    return arena_printf(arena, "answered.%s", chat);
}

/* ---- what an earlier process owes ---- */

struct owed {
    struct kept_answer rows[LIMIT_ANSWERS_OWED];
    size_t count;
};

/* The answer that was written last says from when on, and the mark may be newer. */
static ms_t owed_since_ms(struct engine *e, const char *chat, const struct owed *o,
                          struct arena *arena)
{
    const char *mark = store_get(e->store, key_of(chat, arena), arena);
    const struct kept_answer *last = NULL;
    for (size_t i = 0; i < o->count; i++)
        if (o->rows[i].at_ms && (!last || o->rows[i].at_ms > last->at_ms))
            last = &o->rows[i];
    return last ? ms_max(last->since_ms, mark ? strtoll(mark, NULL, 10) : 0) : 0;
}

static struct owed *read_owed(struct engine *e, const char *chat, struct arena *arena)
{
    struct owed *o = arena_take(arena, sizeof *o);
    o->count = store_answers(e->store, chat, o->rows, COUNT(o->rows), arena);
    return o;
}

/* It is asked before this process has written anything of that chat. */
static struct engine_debtor *debtor(struct engine *e, const char *chat, struct arena *arena)
{
    struct engine_debts *all = &e->debts;
    for (size_t i = 0; i < all->chat_count; i++)
        if (str_equal(all->chats[i].name, chat))
            return &all->chats[i];
    const struct adapter *adapter = engine_adapter(e, chat);
    if (!adapter || all->chat_count == COUNT(all->chats))
        return NULL;
    struct engine_debtor *d = &all->chats[all->chat_count++];
    *d = (struct engine_debtor){ .name = adapter->ops->name, .begun_ms = engine_now_ms(e) };
    d->before_ms = owed_since_ms(e, chat, read_owed(e, chat, arena), arena);
    return d;
}

/* ---- what is owed ---- */

/* From when on; MS_NEVER for nothing. */
static ms_t since_ms(const struct engine_debts *all, const struct engine_debtor *d)
{
    ms_t since = d->before_ms ? d->before_ms : MS_NEVER;
    for (size_t i = 0; i < all->count; i++)
        if (&all->chats[all->all[i].chat] == d)
            since = ms_min(since, all->all[i].at_ms);
    return since;
}

static void leave_out(struct engine_debts *all, size_t at)
{
    all->chats[all->all[at].chat].news = true;
    memmove(&all->all[at], &all->all[at + 1], (all->count - at - 1) * sizeof all->all[0]);
    all->count--;
}

/* The oldest one gives way. Returns the number under which it is heard of. */
static uint64_t add(struct engine_debts *all, const struct engine_debtor *d, ms_t at_ms)
{
    if (all->count == COUNT(all->all))
        leave_out(all, 0);
    if (!all->count)
        all->mark_ms = at_ms + MARK_WITHIN_MS;
    all->all[all->count].no = ++all->last_no;
    all->all[all->count].at_ms = at_ms;
    all->all[all->count++].chat = (size_t)(d - all->chats);
    return all->last_no;
}

/* Of a form, what is said in its place. One that is there already shows an answer like any other;
   one that is to open is gone with its trigger. */
bool engine_owe(struct engine *e, struct effect *effect, struct arena *arena,
                struct kept_answer *ret)
{
    bool is_form = effect->kind == EFFECT_FORM;
    const struct effect_answer *a = is_form ? &effect->form.otherwise : &effect->answer;
    effect->id = 0;
    bool is_kept = str_or_empty(a->event_id)[0] && a->person_id;
    struct engine_debtor *d = is_kept ? debtor(e, effect->chat, arena) : NULL;
    if (!d)
        return false;
    ms_t now = ms_max(engine_now_ms(e), d->from_ms);
    effect->id = add(&e->debts, d, now);
    d->last_ms = now;
    d->news = false; /* the answer's row says it */
    *ret = (struct kept_answer){ .event_id = a->event_id,
                                 .text = a->text,
                                 .person_id = a->person_id,
                                 .thread_id = str_or_empty(a->thread_id),
                                 .at_ms = now,
                                 .since_ms = since_ms(&e->debts, d),
                                 .direct = a->direct,
                                 .form = is_form && !effect->form.view };
    return true;
}

/* ---- what has arrived ---- */

void engine_debts_hear(struct engine *e)
{
    struct engine_debts *all = &e->debts;
    ms_t now = all->count ? engine_now_ms(e) : 0;
    for (size_t i = all->count; i-- > 0;) {
        bool over = now - all->all[i].at_ms > UNDER_WAY_MS;
        for (size_t k = 0; k < e->inbox.answered_count; k++)
            over |= all->all[i].no == e->inbox.answered[k];
        if (over)
            leave_out(all, i);
    }
    e->inbox.answered_count = 0;
}

ms_t engine_debts_due_ms(const struct engine *e)
{
    bool news = e->debts.count;
    for (size_t i = 0; i < e->debts.chat_count; i++)
        news |= e->debts.chats[i].news;
    return news ? e->debts.mark_ms : MS_NEVER;
}

/* Where nothing is owed any more, behind all that was written: also within its millisecond. */
bool engine_debts_mark(struct engine *e, struct err *err)
{
    ms_t now = engine_now_ms(e);
    e->debts.mark_ms = now + MARK_WITHIN_MS;
    for (size_t i = 0; i < e->debts.chat_count; i++) {
        struct engine_debtor *d = &e->debts.chats[i];
        if (!d->news)
            continue;
        d->from_ms = ms_min(since_ms(&e->debts, d), ms_max(now, d->last_ms + 1));
        if (!store_put(e->store, key_of(d->name, &e->work),
                       arena_printf(&e->work, "%" PRId64, d->from_ms), err))
            return false;
        d->news = false;
    }
    return true;
}

/* ---- after a restart ---- */

static const char *text_of(const struct kept_answer *a, ms_t now_ms, struct arena *arena)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    bool fresh = now_ms - a->at_ms <= FRESH_MS;
    if (fresh && a->form)
        return arena_printf(arena,
                            "I was restarted when a form was to open for you. If it has not "
                            "opened, please ask again.\n\n%s",
                            a->text);
    if (fresh)
        return arena_printf(arena,
                            "%s\n\nI was restarted meanwhile: if you have read this before, it is "
                            "the same answer.",
                            a->text);
    buf_init(&b, LIMIT_ANSWER_BYTES);
    buf_add(&b, a->form ? "I was stopped when a form was to open for you at "
                        : "I was stopped when I answered you at ");
    rich_add_time(&b, a->at_ms);
    buf_add(&b, a->form ? ". If it has not opened, please ask again."
                        : ". If nothing has reached you, please ask again: what I said then is "
                          "old by now.");
    return arena_copy(arena, buf_text(&b));
}

static void give(struct engine *e, const struct engine_debtor *d, const struct kept_answer *a,
                 struct verdict *v)
{
    struct effect *effect = verdict_effect(v, EFFECT_ANSWER);
    effect->id = add(&e->debts, d, a->at_ms);
    effect->chat = d->name;
    effect->answer = (struct effect_answer){ .person_id = a->person_id,
                                             .thread_id = a->thread_id[0] ? a->thread_id : NULL,
                                             .direct = a->direct,
                                             .text = text_of(a, v->turn.now_ms, v->arena) };
}

void engine_debts_give(struct engine *e, const struct event *up, struct verdict *v)
{
    struct engine_debtor *d = debtor(e, up->chat, v->arena);
    if (!d || !d->before_ms)
        return;
    const struct owed *o = read_owed(e, up->chat, v->arena);
    size_t given = 0;
    for (size_t i = 0; i < o->count && given < LIMIT_ANSWERS_GIVEN; i++) {
        const struct kept_answer *a = &o->rows[i];
        bool owed = a->at_ms >= d->before_ms && a->at_ms < d->begun_ms &&
                    v->turn.now_ms - a->at_ms <= KNOWN_MS;
        if (!owed || v->effect_count == COUNT(v->effects))
            continue;
        give(e, d, a, v);
        given++;
    }
    d->before_ms = 0;
    d->news = true;
}
