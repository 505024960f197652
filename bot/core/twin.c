/* SPDX-License-Identifier: Apache-2.0 */
#include "core/twin.h"
#include "core/desk.h"
#include "core/doubt.h"
#include "core/ensure.h"

#include <inttypes.h>
#include <string.h>

/* How often a sign of life is given while two live; silence for so many of them is none. */
static const ms_t SIGN_LEAST_MS = 10 * MS_SECOND, AGAIN_MOST_MS = MS_HOUR;
enum { SIGNS_OF_SILENCE = 3 };
/* After the end of its window the other one has that long to put the guardrail back. */
static const ms_t GRACE_MS = 5 * MS_MINUTE;

static ms_t sign_every_ms(const struct desk *desk)
{
    return ms_max(2 * desk->policy->poll_lifted, SIGN_LEAST_MS);
}

/* Its place; their count when none has that name. */
static size_t place_of(const struct twins *t, const char *store)
{
    size_t i = 0;
    while (i < t->count && !str_equal(t->all[i].store, store))
        i++;
    return i;
}

const struct twin *twin_named(const struct desk *desk, const char *store)
{
    size_t i = place_of(&desk->twins, store);
    return i < desk->twins.count ? &desk->twins.all[i] : NULL;
}

/* One that promises nothing has not found us yet: with nothing open it looks no sooner. */
ms_t twin_silence_ms(const struct desk *desk, const struct twin *t)
{
    ms_t signs_ms = SIGNS_OF_SILENCE * ms_max(t->again_ms, sign_every_ms(desk));
    return t->again_ms ? signs_ms : signs_ms + ms_min(desk->policy->poll_idle, AGAIN_MOST_MS);
}

/* From then on it is silent, unless it says something before. */
static ms_t silent_ms(const struct desk *desk, const struct twin *t)
{
    return t->heard_ms + twin_silence_ms(desk, t);
}

/* By then one that was only seen has had a look at the chat, while a window of its is open, has
   found us there and has spoken. */
static ms_t shows_life_ms(const struct desk *desk, const struct twin *t)
{
    return t->seen_ms + desk->policy->poll_lifted + SIGN_LEAST_MS;
}

ms_t twin_promise_ms(const struct desk *desk)
{
    return twin_stands(desk) ? sign_every_ms(desk) : 0;
}

/* ---- whose records are older ---- */

/* By what both say of themselves, so that each of the two comes to the same. */
static bool is_earlier(const struct desk *desk, const struct sighting *s)
{
    if (s->born_ms != desk->born_ms)
        return s->born_ms < desk->born_ms;
    return strcmp(s->store, desk->doubt.store) < 0;
}

/* ---- signs of life ---- */

/* What we ourselves had said before the records were accepted may arrive late. */
static bool is_of_before(const struct desk *desk, const struct sighting *s)
{
    return s->said_ms <= desk->doubt.accepted_ms && doubt_is_accepted(desk, s->store, s->record);
}

bool twin_lives(const struct desk *desk, const char *store)
{
    const struct twin *t = twin_named(desk, store);
    return t && t->stands;
}

bool twin_is_news(const struct desk *desk, const char *chat, const struct sighting *s)
{
    const struct twin *t = twin_named(desk, s->store);
    const struct chat_state *c = desk_chat(desk, chat);
    if (!s->said_ms || str_equal(s->store, desk->doubt.store) || is_of_before(desk, s))
        return false; /* an older reguard does not tell when */
    if (!c || !c->sight.looked_ms)
        return false; /* what stood there already is of any time */
    if (!t)
        return desk->twins.count < LIMIT_TWINS;
    return t->watched && s->said_ms > t->said_ms;
}

/* ---- deciding ---- */

/* All that one look shows of one store. */
struct showing {
    const struct sighting *newest;
    ms_t until_ms;
    uint32_t window_no, last_case;
};

/* The last word of that store on that case. */
static bool is_last_word(const struct event_looked *l, const struct sighting *s)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct sighting *other = &l->seen[i];
        if (other->case_no == s->case_no && str_equal(other->store, s->store) &&
            (other->said_ms > s->said_ms || (other->said_ms == s->said_ms && other < s)))
            return false;
    }
    return true;
}

static void take_window(const struct event_looked *l, const struct sighting *s,
                        struct showing *shows)
{
    if (!s->case_no || !is_last_word(l, s))
        return;
    if (s->until_ms && (s->until_ms > shows->until_ms || s->case_no == shows->window_no)) {
        shows->until_ms = s->until_ms;
        shows->window_no = s->case_no;
    } else if (!s->until_ms && s->case_no == shows->window_no) {
        shows->until_ms = 0;
        shows->window_no = 0;
    }
}

static struct showing show(const struct event_looked *l, const char *store, const struct twin *t)
{
    struct showing shows = { 0 };
    if (t) {
        shows.until_ms = t->until_ms;
        shows.window_no = t->window_no;
        shows.last_case = t->last_case;
    }
    for (size_t i = 0; i < l->count; i++) {
        const struct sighting *s = &l->seen[i];
        if (!str_equal(s->store, store))
            continue;
        if (!shows.newest || s->said_ms > shows.newest->said_ms)
            shows.newest = s;
        if (s->case_no > shows.last_case)
            shows.last_case = s->case_no;
        take_window(l, s, &shows);
    }
    return shows;
}

static struct fact *about(const struct event *e, enum fact_kind kind, const struct showing *shows,
                          struct verdict *v)
{
    const struct sighting *s = shows->newest;
    struct fact *f = verdict_fact(v, kind, 0);
    f->people = arena_copy(v->arena, s->store);
    f->verb = arena_copy(v->arena, e->chat);
    f->since_ms = s->born_ms;
    f->ref = s->said_ms;
    f->last_case = shows->last_case;
    f->window_ms = ms_min(s->again_ms, AGAIN_MOST_MS);
    return f;
}

static void decide_store(const struct desk *desk, const struct event *e, const char *store,
                         struct verdict *v)
{
    const struct twin *t = twin_named(desk, store);
    struct showing shows = show(&e->looked, store, t);
    ENSURE(shows.newest, "store %s is not among the %zu that were seen", store, e->looked.count);
    bool news = twin_is_news(desk, e->chat, shows.newest);
    if (!t && desk->twins.count >= LIMIT_TWINS)
        return;
    bool changes = !t || news || !t->watched || shows.newest->said_ms > t->said_ms ||
                   shows.until_ms != t->until_ms || shows.window_no != t->window_no;
    if (!changes)
        return;
    struct fact *f = about(e, FACT_TWIN_SEEN, &shows, v);
    f->on = news;
    f->until_ms = shows.until_ms;
    if (shows.window_no) {
        char id[CASE_ID_BYTES];
        case_id_text(shows.window_no, id);
        f->text = arena_copy(v->arena, id);
    }
    if (!news || (t && t->stands))
        return;
    f = about(e, FACT_TWIN_FOUND, &shows, v);
    f->earlier = is_earlier(desk, shows.newest);
    f->text = verdict_text(v, "store %s has %s records", store, f->earlier ? "older" : "newer");
}

/* Where a lot was said since, the message of our signs stands where nobody looks any more: what was
   given a while ago is not to be seen. */
static bool own_sign_is_lost(const struct desk *desk, const struct event *e)
{
    const struct chat_state *chat = desk_chat(desk, e->chat);
    const struct twins *t = &desk->twins;
    ms_t own_ms = 0;
    for (size_t i = 0; i < e->looked.count; i++)
        if (str_equal(e->looked.seen[i].store, desk->doubt.store))
            own_ms = ms_max(own_ms, e->looked.seen[i].said_ms);
    return twin_stands(desk) && chat && chat->up && !chat->closed && t->sign_ms &&
           chat->sight.sent_ms >= t->sign_ms + sign_every_ms(desk) / 2 && own_ms < t->sign_ms;
}

static void give_sign(const struct desk *desk, bool anew, struct verdict *v)
{
    verdict_fact(v, FACT_TWIN_SIGN, 0)->count = desk->twins.sign_n + anew;
}

static void decide_looked(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct event_looked *l = &e->looked;
    for (size_t i = 0; i < l->count; i++) {
        const char *store = l->seen[i].store;
        bool before = !store[0] || str_equal(store, desk->doubt.store);
        for (size_t k = 0; k < i && !before; k++)
            before = str_equal(l->seen[k].store, store);
        if (!before)
            decide_store(desk, e, store, v);
    }
    if (e->kind == EVENT_LOOKED_BACK && own_sign_is_lost(desk, e))
        give_sign(desk, true, v);
}

static void decide_crowded(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct chat_state *chat = desk_chat(desk, e->chat);
    bool was = chat && chat->crowd.registered > chat->crowd.ours,
         is = e->crowded.registered > e->crowded.ours;
    if (!chat || (!was && !is) || (was && chat->crowd.registered == e->crowded.registered))
        return;
    struct fact *f = verdict_fact(v, FACT_CROWDED, 0);
    f->verb = arena_copy(v->arena, chat->name);
    f->sockets = e->crowded.registered;
    f->our_sockets = e->crowded.ours;
    f->on = was != is && !twin_stands(desk); /* it is news, and not explained */
}

void twin_decide(const struct desk *desk, const struct event *e, struct verdict *v)
{
    if (e->kind == EVENT_CROWDED)
        decide_crowded(desk, e, v);
    else if (!e->error)
        decide_looked(desk, e, v);
}

/* ---- settling ---- */

/* Looked for in all chats after it should have spoken. */
static bool is_gone(const struct desk *desk, const struct twin *t, struct verdict *v)
{
    return t->stands && t->watched && verdict_due(v, silent_ms(desk, t)) &&
           sight_since(desk, silent_ms(desk, t));
}

void twin_settle(const struct desk *desk, struct verdict *v)
{
    const struct twins *t = &desk->twins;
    for (size_t i = 0; i < t->count; i++)
        if (is_gone(desk, &t->all[i], v)) {
            struct fact *f = verdict_fact(v, FACT_TWIN_GONE, 0);
            f->people = arena_copy(v->arena, t->all[i].store);
            f->since_ms = t->all[i].heard_ms;
            f->last_case = t->all[i].last_case;
            f->text = verdict_text(v, "store %s says nothing any more", t->all[i].store);
            f->earlier = t->all[i].earlier;
        }
    if (!v->fact_count && twin_stands(desk) &&
        (!t->sign_ms || verdict_due(v, t->sign_ms + sign_every_ms(desk))))
        give_sign(desk, false, v);
}

/* ---- its open window ---- */

/* One that was only seen has a moment to show that it lives. What was read before its window ended
   says nothing of what is now. */
static ms_t holds_until_ms(const struct desk *desk, const struct twin *t)
{
    ms_t lives_until_ms = t->stands ? silent_ms(desk, t) : shows_life_ms(desk, t);
    if (t->until_ms)
        return ms_min(lives_until_ms, t->until_ms + GRACE_MS);
    bool unread = t->closed_ms && desk->guardrail.seen_from_ms <= t->closed_ms;
    return unread ? lives_until_ms : 0;
}

ms_t twin_holds_until_ms(const struct desk *desk)
{
    ms_t until = 0;
    for (size_t i = 0; i < desk->twins.count; i++)
        until = ms_max(until, holds_until_ms(desk, &desk->twins.all[i]));
    return until;
}

void twin_end_window(const struct desk *desk, const char *why, struct verdict *v)
{
    struct fact *found = verdict_fact(v, FACT_OUTSIDE_FOUND, desk->last_case + 1);
    found->handle = verdict_handle(v, ENTROPY_CASE);
    found->verb = "twin";
    verdict_fact(v, FACT_ENDED, found->case_no)->text = why;
}

/* ---- applying ---- */

static struct twin *follow(struct desk *desk, const char *store)
{
    size_t i = place_of(&desk->twins, store);
    if (i < desk->twins.count)
        return &desk->twins.all[i];
    if (i == LIMIT_TWINS)
        return NULL;
    struct twin *t = &desk->twins.all[desk->twins.count++];
    *t = (struct twin){ 0 };
    STR_SET(t->store, store);
    return t;
}

static void apply_seen(struct twin *t, const struct fact *f)
{
    bool first = !t->watched;
    t->watched = true;
    t->seen_ms = t->seen_ms ? t->seen_ms : f->at_ms;
    if (f->on || first) {
        t->heard_ms = f->at_ms;
        STR_SET(t->chat, f->verb);
    }
    if (t->until_ms && !f->until_ms)
        t->closed_ms = f->at_ms;
    t->until_ms = f->until_ms;
    t->window_no = case_id_read(f->text);
}

static void apply_words(struct twin *t, const struct fact *f)
{
    t->born_ms = f->since_ms;
    if (f->ref >= t->said_ms) {
        t->said_ms = f->ref;
        t->again_ms = f->window_ms;
    }
    if (f->last_case > t->last_case)
        t->last_case = (uint32_t)f->last_case;
    if (f->kind != FACT_TWIN_FOUND)
        return;
    t->stands = true;
    t->earlier = f->earlier;
    t->heard_ms = f->at_ms;
    STR_SET(t->chat, f->verb);
}

/* What was not to be seen in the first look is not there, either. */
static void watch_all(struct desk *desk, const struct fact *f)
{
    for (size_t i = 0; f->on && i < desk->twins.count; i++) {
        struct twin *t = &desk->twins.all[i];
        t->heard_ms = t->watched ? t->heard_ms : f->at_ms;
        t->watched = true;
    }
}

static void apply_crowded(struct desk *desk, const struct fact *f)
{
    struct chat_state *chat = desk_chat_of(desk, f->verb);
    if (chat)
        chat->crowd = (struct event_crowded){ .registered = f->sockets, .ours = f->our_sockets };
}

/* Numbers that the other one has given are not given again, where that can be helped. */
static void apply_twin(struct desk *desk, const struct fact *f)
{
    struct twin *t = follow(desk, str_or_empty(f->people));
    if (!t)
        return;
    if (f->kind == FACT_TWIN_SEEN)
        apply_seen(t, f);
    else
        desk_skip_numbers(desk, f->last_case);
    if (f->kind == FACT_TWIN_GONE)
        t->stands = false;
    else
        apply_words(t, f);
}

void twin_apply(struct desk *desk, const struct fact *f)
{
    switch ((int)f->kind) {
    case FACT_LOOKED: watch_all(desk, f); return;
    case FACT_CROWDED: apply_crowded(desk, f); return;
    case FACT_TWIN_SIGN:
        desk->twins.sign_ms = f->at_ms;
        desk->twins.sign_n = f->count;
        return;
    case FACT_TWIN_FOUND:
    case FACT_TWIN_GONE:
    case FACT_TWIN_SEEN: apply_twin(desk, f); return;
    }
    fact_stray(f, "twin");
}
