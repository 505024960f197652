/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the world after a commit, and what could not even be begun. */
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"
#include "host/secret.h"

#include <string.h>

struct adapter *engine_adapter(const struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->adapter_count; i++)
        if (str_equal(e->adapters[i]->ops->name, name))
            return e->adapters[i];
    return NULL;
}

struct adapter *engine_adapter_for(const struct engine *e, enum adapter_role role)
{
    for (size_t i = 0; i < e->adapter_count; i++)
        if (e->adapters[i]->ops->role == role)
            return e->adapters[i];
    return NULL;
}

/* An effect that could not even be begun: its outcome, as an event. */
static void failed_effect(struct engine *e, const char *chat, const struct effect *effect,
                          const char *why)
{
    static const enum event_kind outcome[EFFECT_KIND_COUNT] = {
        [EFFECT_SURVEY] = EVENT_SURVEYED,      [EFFECT_CHANGE] = EVENT_CHANGE_REFUSED,
        [EFFECT_IDENTIFY] = EVENT_IDENTIFIED,  [EFFECT_DELIVER] = EVENT_DELIVERY_FAILED,
        [EFFECT_MAIL] = EVENT_MAIL_FAILED,     [EFFECT_LOOK_BACK] = EVENT_LOOKED_BACK,
        [EFFECT_CATCH_UP] = EVENT_CAUGHT_UP,   [EFFECT_LEAVE_WORD] = EVENT_WORD_LEFT,
        [EFFECT_TAKE_WORD] = EVENT_WORD_TAKEN, [EFFECT_READ_WORDS] = EVENT_WORDS_READ,
        [EFFECT_RUN] = EVENT_MAIL_FAILED,      [EFFECT_ERRAND] = EVENT_ERRAND_TOLD,
        [EFFECT_ROOT_LOOK] = EVENT_ROOT_FOUND,
    };
    LOG(LOG_WARN, "engine.effect", LS("effect", effect_names[effect->kind]), LS("error", why));
    if (outcome[effect->kind] == EVENT_SAID)
        return;
    struct event *ev = inbox_new(&e->inbox, outcome[effect->kind], chat);
    ev->effect_id = effect->id;
    ev->error = arena_copy(inbox_arena(&e->inbox), why);
    if (effect->kind == EFFECT_SURVEY)
        ev->survey = (struct survey){ .asked = effect->survey.parts, .failure = ev->error };
    if (effect->kind == EFFECT_CHANGE)
        ev->change = (struct event_change){ .busy = true, .task_id = "" };
    inbox_put(&e->inbox, ev);
}

/* Long enough for what has left to be over before another instance can lead. */
static const ms_t LEASE_NEEDED_MS = 8 * MS_SECOND;

/* Whoever may have ceased to lead only looks, and raises. While nobody can say who leads alarms go
   on, rather twice than not at all: nothing is lowered then anyway. */
static bool may_begin(const struct engine *e, const struct effect *effect)
{
    if (store_lease_left_ms(e->store) >= LEASE_NEEDED_MS)
        return true;
    switch (effect->kind) {
    case EFFECT_CHANGE: return effect->change.on;
    case EFFECT_ERRAND: return !effect->errand.digest;
    /* Another one may have its own post of that message on record, and look for ours. */
    case EFFECT_DELIVER: return engine_is_away(e) && !effect->deliver.stands_id;
    /* The next leader has read what stands there, and would not know of it. */
    case EFFECT_LEAVE_WORD:
    case EFFECT_TAKE_WORD: return engine_is_away(e) && engine_led_is_alone(e);
    case EFFECT_MAIL:
    case EFFECT_RUN: return effect->urgency == URGENCY_GUARDS && engine_is_away(e);
    default: return true;
    }
}

void engine_perform_with(void *arg, struct adapter *adapter, const struct effect *effect)
{
    struct engine *e = arg;
    struct err err = { "" };
    if (!may_begin(e, effect))
        failed_effect(e, adapter->ops->name, effect, "another instance may lead by now");
    else if (!adapter->ops->perform(adapter, effect, &err))
        failed_effect(e, adapter->ops->name, effect, err.text);
}

/* Of a roster of thousands only those come back who may matter here. */
static void survey_with(struct engine *e, struct adapter *provider, const struct effect *effect)
{
    const char *ids[LIMIT_CASES * CASE_USERS];
    size_t count = 0;
    struct effect about = *effect;
    for (size_t i = 0; i < e->desk->case_count; i++)
        count += case_users(&e->desk->cases[i], ids + count);
    about.survey.people = e->desk->people;
    about.survey.user_ids = ids;
    about.survey.user_id_count = count;
    engine_perform_with(e, provider, &about);
}

static struct adapter *who_does(const struct engine *e, const struct effect *effect)
{
    if (effect->kind == EFFECT_SURVEY || effect->kind == EFFECT_CHANGE)
        return engine_adapter_for(e, ADAPTER_PROVIDER);
    if (effect->kind == EFFECT_RUN)
        return engine_adapter_for(e, ADAPTER_ALARM);
    if (effect->kind == EFFECT_ERRAND || effect->kind == EFFECT_ROOT_LOOK)
        return engine_adapter_for(e, ADAPTER_WATCHER);
    return effect->kind == EFFECT_MAIL ? engine_adapter_for(e, ADAPTER_MAIL)
                                       : engine_adapter(e, effect->chat);
}

/* A change that lowers leaves only on roles that are fresh, and while nobody else can lead before
   it is answered, or not waited for any more. */
static void time_change(struct engine *e, struct effect_change *change)
{
    ms_t left_ms = store_lease_left_ms(e->store);
    if (change->leave_before_ms)
        change->leave_within_ms = ms_max(change->leave_before_ms - engine_now_ms(e), 1);
    if (change->on || left_ms == MS_NEVER)
        return;
    ms_t within_ms = ms_max(left_ms - LEASE_NEEDED_MS, 1);
    change->leave_within_ms = change->leave_within_ms ? ms_min(change->leave_within_ms, within_ms)
                                                      : within_ms;
    change->answer_within_ms = LEASE_NEEDED_MS;
}

/* Likewise: what is begun and not done by then is not done. */
static void time_errand(struct engine *e, struct effect_errand *errand)
{
    ms_t left_ms = store_lease_left_ms(e->store);
    if (!errand->leave_before_ms)
        return;
    errand->leave_within_ms = ms_max(errand->leave_before_ms - engine_now_ms(e), 1);
    if (left_ms != MS_NEVER)
        errand->leave_within_ms = ms_min(errand->leave_within_ms,
                                         ms_max(left_ms - LEASE_NEEDED_MS, 1));
}

void engine_perform(struct engine *e, const struct effect *effect)
{
    if (effect->kind == EFFECT_SAY || effect->kind == EFFECT_RECALL || effect->kind == EFFECT_REPLY)
        return;
    if (effect->kind == EFFECT_OFFER) {
        engine_offer(e, effect);
        return;
    }
    if (effect->kind == EFFECT_ROOT_USERS) {
        engine_roots_look(e, effect);
        return;
    }
    if (effect->kind == EFFECT_HOME)
        engine_home_seen(e, effect);
    if (effect->kind == EFFECT_FORM)
        engine_expect_typing(e, &effect->form);
    struct adapter *adapter = who_does(e, effect);
    struct effect timed = *effect;
    if (effect->kind == EFFECT_CHANGE)
        time_change(e, &timed.change);
    if (effect->kind == EFFECT_ERRAND)
        time_errand(e, &timed.errand);
    if (adapter && effect->kind == EFFECT_SURVEY)
        survey_with(e, adapter, effect);
    else if (adapter)
        engine_perform_with(e, adapter, &timed);
    else
        failed_effect(e, str_or_empty(effect->chat), effect, "it is not configured");
    if (effect->kind == EFFECT_MAIL) /* it holds the code, and the turn's memory is used again */
        secret_wipe(effect->mail.text, strlen(effect->mail.text));
}
