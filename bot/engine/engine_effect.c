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

void engine_perform_with(void *arg, struct adapter *adapter, const struct effect *effect)
{
    struct engine *e = arg;
    struct err err = { "" };
    if (!adapter->ops->perform(adapter, effect, &err))
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
    return effect->kind == EFFECT_MAIL ? engine_adapter_for(e, ADAPTER_MAIL)
                                       : engine_adapter(e, effect->chat);
}

void engine_perform(struct engine *e, const struct effect *effect)
{
    if (effect->kind == EFFECT_SAY || effect->kind == EFFECT_RECALL)
        return;
    struct adapter *adapter = who_does(e, effect);
    struct effect timed = *effect;
    if (effect->kind == EFFECT_CHANGE && effect->change.leave_before_ms)
        timed.change.leave_within_ms = ms_max(effect->change.leave_before_ms - engine_now_ms(e), 1);
    if (adapter && effect->kind == EFFECT_SURVEY)
        survey_with(e, adapter, effect);
    else if (adapter)
        engine_perform_with(e, adapter, &timed);
    else
        failed_effect(e, str_or_empty(effect->chat), effect, "it is not configured");
    if (effect->kind == EFFECT_MAIL) /* it holds the code, and the turn's memory is used again */
        secret_wipe(effect->mail.text, strlen(effect->mail.text));
}
