/* SPDX-License-Identifier: Apache-2.0 */
/* Cut off from the shared records for longer than the lease lasts, nobody can say who leads. If the
   records are away for everybody this process is the only one that watches, and has to go on; if
   only it is cut off another one leads by now, and what that one lifts is no lift from outside.
   The chat can tell: whoever leads speaks there. */
#include "core/guardrail.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/clock.h"
#include "host/log.h"

static const ms_t LOOK_EVERY_MS = 5 * MS_SECOND;
/* For so long a chat is waited for that is not connected: after a cut of everything the provider
   often answers before the chat is there again. */
static const ms_t CHAT_MAY_TAKE_MS = 90 * MS_SECOND;

static bool is_in_doubt(const struct engine *e)
{
    return engine_is_away(e) && store_lease_left_ms(e->store) == 0;
}

/* Ids are the rounds: the desk's begin far above. */
static bool ask_chats(struct engine *e)
{
    bool asked = false;
    e->led.round++;
    for (size_t i = 0; i < e->desk->chat_count; i++) {
        const struct chat_state *chat = &e->desk->chats[i];
        struct err ignored = { "" };
        struct effect look = { .kind = EFFECT_LOOK_BACK,
                               .id = e->led.round,
                               .chat = chat->name,
                               .urgency = URGENCY_GUARDS };
        struct adapter *adapter = chat->up ? engine_adapter(e, chat->name) : NULL;
        asked |= adapter && adapter->ops->perform(adapter, &look, &ignored);
    }
    return asked;
}

static void look(void *arg)
{
    struct engine *e = arg;
    if (!engine_is_away(e))
        return;
    if (e->led.found) {
        LOG(LOG_ERROR, "engine.led", LS("why", "another instance speaks in the chat"),
            LS("next", "the process ends; started again it stands by"));
        e->on_led(e->on_led_arg);
        return;
    }
    if (is_in_doubt(e) && ask_chats(e))
        e->led.asked_ms = clock_monotonic_ms();
    loop_timer_set(e->loop, &e->led.timer, LOOK_EVERY_MS);
}

bool engine_led_is_alone(const struct engine *e)
{
    return !is_in_doubt(e) || !e->on_led || e->led.alone_ms;
}

void engine_led_init(struct engine *e)
{
    e->led.timer = (struct loop_timer){ .fired = look, .arg = e };
}

void engine_led_begin(struct engine *e)
{
    e->led.asked_ms = e->led.alone_ms = e->led.news_ms = 0;
    e->led.found = false;
    loop_timer_set(e->loop, &e->led.timer, LOOK_EVERY_MS);
}

void engine_led_stop(struct engine *e) { loop_timer_cancel(&e->led.timer); }

/* Of the same records, by a process that began to lead after this one: the database counts who
   leads, whatever the clocks of the hosts say. An older reguard does not tell that number. */
static bool is_of_next_leader(const struct engine *e, const struct sighting *s)
{
    uint64_t epoch = store_lease_epoch(e->store);
    bool later = epoch && s->epoch ? s->epoch > epoch : s->since_ms > e->started_ms;
    return later && s->store[0] && str_equal(s->store, e->desk->doubt.store);
}

static void looked(struct engine *e, const struct event *ev)
{
    bool led = false;
    for (size_t i = 0; !ev->error && i < ev->looked.count; i++)
        led |= is_of_next_leader(e, &ev->looked.seen[i]);
    /* Also when nothing can be read: silence helps nobody. */
    if (ev->effect_id == e->led.round)
        e->led.alone_ms = e->led.asked_ms;
    e->led.found = led && is_in_doubt(e) && e->on_led;
    if (e->led.found)
        loop_timer_set(e->loop, &e->led.timer, 0); /* not within a turn */
}

/* Off, and so far not known to be. */
static bool is_news_of_lift(const struct engine *e, const struct event *ev, struct arena *arena)
{
    const char *why;
    return ev->kind == EVENT_SURVEYED && !ev->error && (ev->survey.asked & SURVEY_GUARDRAIL) &&
           guardrail_now(e->desk) != WATCH_OFF &&
           guardrail_judge(e->desk->policy, &ev->survey, arena, &why) == WATCH_OFF;
}

bool engine_led_takes(struct engine *e, struct event *ev, struct arena *arena)
{
    if (ev->kind == EVENT_LOOKED_BACK && ev->effect_id && ev->effect_id <= e->led.round) {
        looked(e, ev);
        return true;
    }
    if (!is_in_doubt(e) || !e->on_led || !is_news_of_lift(e, ev, arena))
        return false;
    ms_t now = clock_monotonic_ms();
    if (!e->led.news_ms) {
        e->led.news_ms = now;
        loop_timer_set(e->loop, &e->led.timer, 0);
    }
    bool can_be_asked = desk_chat_is_up(e->desk) || now - e->led.news_ms < CHAT_MAY_TAKE_MS;
    if (can_be_asked && e->led.alone_ms <= e->led.news_ms) {
        ev->error = "another instance may have lifted it: the chat is asked first";
        ev->survey = (struct survey){ .asked = ev->survey.asked, .failure = ev->error };
    } else {
        e->led.news_ms = 0;
    }
    return false;
}
