/* SPDX-License-Identifier: Apache-2.0 */
#include "core/talk.h"
#include "core/desk.h"
#include "core/answer.h"
#include "core/person.h"

#include <string.h>

static const ms_t BARRED_MS = 10 * MS_SECOND;

/* ---- places ---- */

static bool is_over(const struct talker *t, ms_t now_ms)
{
    return now_ms - t->window_ms >= MS_MINUTE;
}

/* Names that differ nearly always have different ones (FNV-1a). A record may lack the name. */
static uint32_t mark_of(const char *who)
{
    uint32_t mark = 2166136261;
    for (who = str_or_empty(who); *who; who++)
        mark = (mark ^ (unsigned char)*who) * 16777619;
    return mark;
}

/* The place of that person: the one they have, else one that is free, else the last, which is
   everybody's. It is looked for from where the mark points, so that it is found at once though many
   people talk, and no further than looks. No place becomes empty again, so that an empty one ends
   the search. */
static size_t place_of(const struct talker *list, size_t count, size_t looks, const char *who,
                       ms_t now_ms)
{
    size_t shared = count - 1, free = shared;
    uint32_t mark = mark_of(who);
    for (size_t n = 0, i = mark % shared; n < looks; n++, i = (i + 1) % shared) {
        if (list[i].mark == mark && str_equal(list[i].who, who))
            return i;
        if (free == shared && (!list[i].who[0] || is_over(&list[i], now_ms)))
            free = i;
        if (!list[i].who[0])
            break;
    }
    return free;
}

/* Somebody in the list of people is counted under the key there, anybody else under the account. */
static size_t place_of_person(const struct desk *desk, const char *key, ms_t now_ms)
{
    return place_of(desk->people_talking, COUNT(desk->people_talking), LIMIT_PEOPLE, key, now_ms);
}

static size_t place_of_account(const struct desk *desk, const char *who, ms_t now_ms)
{
    return place_of(desk->talkers, COUNT(desk->talkers), LIMIT_TALKER_LOOKS, who, now_ms);
}

static const struct talker *talker_of(const struct desk *desk, const char *key, const char *who,
                                      ms_t now_ms)
{
    return key ? &desk->people_talking[place_of_person(desk, key, now_ms)]
               : &desk->talkers[place_of_account(desk, who, now_ms)];
}

/* Nobody knows who of them has been told already: each is told each time. */
static const struct talker *shared_by_many(const struct desk *desk)
{
    return &desk->talkers[COUNT(desk->talkers) - 1];
}

/* ---- counting ---- */

static const char *key_of(const struct desk *desk, const struct event *e)
{
    const struct person *person = people_find(desk->people, e->chat, e->actor.id, NULL);
    return person ? person->key : NULL;
}

static struct fact *fact_of(const struct desk *desk, const struct event *e, enum fact_kind kind,
                            struct verdict *v)
{
    struct fact *f = verdict_fact(v, kind, 0);
    f->people = arena_copy(v->arena, key_of(desk, e));
    f->text = verdict_text(v, "%s:%s", e->chat, e->actor.id);
    return f;
}

static bool is_full(const struct talker *t, bool may_raise, ms_t now_ms)
{
    return !is_over(t, now_ms) && (may_raise ? t->raising : t->said) >= LIMIT_COMMANDS_PER_MINUTE;
}

bool talk_is_too_much(const struct desk *desk, const char *key, ms_t now_ms)
{
    return is_full(&desk->people_talking[place_of_person(desk, key, now_ms)], false, now_ms);
}

bool talk_count(const struct desk *desk, const struct event *e, bool may_raise, struct verdict *v)
{
    struct fact *f = fact_of(desk, e, FACT_TALKED, v);
    f->on = may_raise;
    return is_full(talker_of(desk, f->people, f->text, v->turn.now_ms), may_raise, v->turn.now_ms);
}

void talk_hush(const struct desk *desk, const struct event *e, struct verdict *v)
{
    const struct fact *f = fact_of(desk, e, FACT_HUSHED, v);
    v->unremarked = true;
    if (f->people) {
        struct fact *vain = fact_of(desk, e, FACT_TRIED, v);
        vain->verb = event_names[e->kind];
        vain->text = "more than the ceiling of a minute";
    }
    const struct talker *t = talker_of(desk, f->people, f->text, v->turn.now_ms);
    if (t == shared_by_many(desk))
        dialogue_answer(v, e,
                        "Very many people ask at once, and I cannot answer you now: please ask "
                        "again in a minute. What restores root protection works meanwhile.");
    else if (!t->hushed)
        dialogue_answer(v, e,
                        verdict_text(v,
                                     "That is more than %d commands and presses in a minute. I "
                                     "answer again in a minute; what restores root protection "
                                     "works meanwhile.",
                                     (int)LIMIT_COMMANDS_PER_MINUTE));
}

/* ---- what was tried in vain ---- */

/* Never in the turn that it happens in. */
static bool is_due(const struct vain *t, struct verdict *v)
{
    return t->count > 0 && verdict_due(v, ms_max(t->recorded_ms + MS_MINUTE, t->since_ms + 1));
}

static void record(const struct vain *t, struct verdict *v)
{
    const char *key = arena_copy(v->arena, t->key);
    v->actor = (struct fact_actor){ .user = "",
                                    .chat = arena_copy(v->arena, t->chat),
                                    .id = arena_copy(v->arena, t->chat_id),
                                    .key = key,
                                    .name = key };
    struct fact *f = verdict_fact(v, FACT_TRIED_IN_VAIN, 0);
    f->people = key;
    f->count = t->count;
    f->since_ms = t->since_ms;
    f->verb = arena_copy(v->arena, t->verb);
    f->text = arena_copy(v->arena, t->text);
}

void talk_settle(const struct desk *desk, struct verdict *v)
{
    const struct fact_actor actor = v->actor;
    const struct fact_source source = v->source;
    v->source = (struct fact_source){ 0 };
    for (size_t i = 0; i < COUNT(desk->in_vain) && desk->in_vain[i].key[0] && verdict_has_room(v);
         i++)
        if (is_due(&desk->in_vain[i], v))
            record(&desk->in_vain[i], v);
    v->actor = actor;
    v->source = source;
}

bool talk_is_barred(const struct desk *desk, const char *key, ms_t now_ms)
{
    for (size_t i = 0; i < COUNT(desk->in_vain) && desk->in_vain[i].key[0]; i++)
        if (str_equal(desk->in_vain[i].key, key))
            return desk->in_vain[i].barred_ms && now_ms - desk->in_vain[i].barred_ms < BARRED_MS;
    return false;
}

/* Places are as many as people; when the list has changed since, one with nothing to record gives
   way, and past that what is tried goes unrecorded. */
static struct vain *vain_for(struct desk *desk, const char *key, ms_t now_ms)
{
    struct vain *free = NULL;
    for (size_t i = 0; i < COUNT(desk->in_vain); i++) {
        struct vain *t = &desk->in_vain[i];
        if (str_equal(t->key, key))
            return t;
        if (!free && t->count == 0 && now_ms >= t->recorded_ms + MS_MINUTE)
            free = t;
        if (!t->key[0])
            break;
    }
    if (free) {
        *free = (struct vain){ .recorded_ms = now_ms - MS_MINUTE };
        STR_SET(free->key, key);
    }
    return free;
}

static void apply_tried(struct desk *desk, const struct fact *f)
{
    struct vain *t = vain_for(desk, f->people, f->at_ms);
    if (!t)
        return;
    if (t->count++ == 0)
        t->since_ms = f->at_ms;
    if (f->on)
        t->barred_ms = f->at_ms;
    STR_SET(t->chat, f->actor.chat);
    STR_SET(t->chat_id, f->actor.id);
    STR_SET(t->verb, f->verb);
    STR_SET(t->text, f->text);
}

static void apply_tried_in_vain(struct desk *desk, const struct fact *f)
{
    struct vain *t = vain_for(desk, f->people, f->at_ms);
    if (!t)
        return;
    t->count = 0;
    t->recorded_ms = f->at_ms;
}

static void apply_talked(struct desk *desk, const struct fact *f)
{
    bool mapped = f->people && f->people[0];
    struct talker *t = mapped ? &desk->people_talking[place_of_person(desk, f->people, f->at_ms)]
                              : &desk->talkers[place_of_account(desk, f->text, f->at_ms)];
    if (is_over(t, f->at_ms)) {
        *t = (struct talker){ .window_ms = f->at_ms };
        STR_SET(t->who, mapped ? f->people : f->text);
        t->mark = mark_of(t->who);
    }
    if (f->kind == FACT_HUSHED)
        t->hushed = true;
    else if (f->on)
        t->raising += t->raising < LIMIT_COMMANDS_PER_MINUTE;
    else
        t->said += t->said < LIMIT_COMMANDS_PER_MINUTE;
}

void talk_apply(struct desk *desk, const struct fact *f)
{
    switch ((int)f->kind) {
    case FACT_TRIED: apply_tried(desk, f); return;
    case FACT_TRIED_IN_VAIN: apply_tried_in_vain(desk, f); return;
    case FACT_TALKED:
    case FACT_HUSHED: apply_talked(desk, f); return;
    }
    fact_stray(f, "talk");
}
