/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts to choose from by typing. The list is read from the provider when a form opens and when
   somebody types, kept for a while, and is nothing that anything rests on: what was chosen is
   looked up anew. */
#include "core/action.h"
#include "core/directory.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/log.h"

#include <stdlib.h>
#include <string.h>

/* Slack waits for three seconds. */
static const ms_t OFFER_WAITS_MS = 2 * MS_SECOND;
static const ms_t GOOD_MS = 5 * MS_MINUTE, RENEWED_MS = MS_MINUTE, AGAIN_MS = 5 * MS_SECOND;
/* No fact makes such an id. */
static const uint64_t FIRST_ID = UINT64_C(1) << 62;
enum { LIST_BYTES = 4 * 1024 * 1024 };

struct offer {
    char chat[32], text[LIMIT_NAME_BYTES];
    uint64_t receipt;
    ms_t since_ms; /* monotonic */
};
struct engine_accounts {
    struct arena arena;
    struct directory_entry *all;
    size_t count;
    bool known;
    uint64_t effect_id, last_id; /* under way, 0 for none */
    ms_t read_ms, asked_ms;      /* monotonic */
    struct offer waiting[LIMIT_OFFERS];
    size_t waiting_count;
    struct loop_timer timer;
    struct engine *engine;
};

static void answer(struct engine *e, const struct offer *o)
{
    struct engine_accounts *a = e->accounts;
    struct adapter *adapter = engine_adapter(e, o->chat);
    struct arena arena;
    if (!adapter)
        return;
    arena_init(&arena, LIMIT_TURN_BYTES);
    struct event typed = { .kind = EVENT_TYPED, .chat = o->chat, .receipt = o->receipt };
    typed.choices = directory_find(a->all, a->count, o->text, &arena, &typed.choice_count);
    adapter->ops->acknowledge(adapter, &typed);
    arena_done(&arena);
}

static void answer_all(struct engine *e, bool all)
{
    struct engine_accounts *a = e->accounts;
    ms_t now = clock_monotonic_ms();
    size_t kept = 0;
    for (size_t i = 0; i < a->waiting_count; i++)
        if (all || now - a->waiting[i].since_ms >= OFFER_WAITS_MS)
            answer(e, &a->waiting[i]);
        else
            a->waiting[kept++] = a->waiting[i];
    a->waiting_count = kept;
    if (kept)
        loop_timer_set(e->loop, &a->timer, a->waiting[0].since_ms + OFFER_WAITS_MS - now);
}

static void waited(void *arg)
{
    struct engine_accounts *a = arg;
    answer_all(a->engine, false);
}

/* One read at a time, and not again at once after one. */
static void read_list(struct engine *e, ms_t good_ms)
{
    struct engine_accounts *a = e->accounts;
    ms_t now = clock_monotonic_ms();
    bool good = a->known && now - a->read_ms < good_ms,
         lately = a->asked_ms && now - a->asked_ms < AGAIN_MS;
    struct adapter *provider = engine_adapter_for(e, ADAPTER_PROVIDER);
    if (good || lately || a->effect_id || !provider)
        return;
    a->asked_ms = now;
    a->effect_id = ++a->last_id;
    struct effect ask = { .kind = EFFECT_SURVEY,
                          .urgency = URGENCY_ORDINARY,
                          .id = a->effect_id,
                          .survey = { .parts = SURVEY_ACCOUNT, .account = "", .list = true } };
    engine_perform_with(e, provider, &ask);
}

void engine_expect_typing(struct engine *e, const struct effect_form *form)
{
    const struct action_row *row = action_form(form->form);
    if (row && (row->fields & FORM_ACCOUNT) && form->stage == FORM_ASKS)
        read_list(e, RENEWED_MS);
}

void engine_offer(struct engine *e, const struct effect *effect)
{
    struct engine_accounts *a = e->accounts;
    struct offer o = { .receipt = effect->offer.receipt, .since_ms = clock_monotonic_ms() };
    STR_SET(o.chat, effect->chat);
    STR_SET(o.text, effect->offer.text);
    read_list(e, GOOD_MS);
    bool good = a->known && o.since_ms - a->read_ms < GOOD_MS;
    if (good || !a->effect_id || a->waiting_count == LIMIT_OFFERS) {
        answer(e, &o);
        return;
    }
    a->waiting[a->waiting_count++] = o;
    if (a->waiting_count == 1)
        loop_timer_set(e->loop, &a->timer, OFFER_WAITS_MS);
}

static void keep(struct engine_accounts *a, const struct survey *s)
{
    arena_reset(&a->arena);
    a->all = arena_take(&a->arena, s->account_count * sizeof *a->all + 1);
    for (size_t i = 0; i < s->account_count; i++)
        a->all[i] =
            (struct directory_entry){ arena_copy(&a->arena, str_or_empty(s->accounts[i].aws_id)),
                                      arena_copy(&a->arena, str_or_empty(s->accounts[i].name)) };
    a->count = s->account_count;
    a->read_ms = clock_monotonic_ms();
    a->known = true;
}

bool engine_takes_list(struct engine *e, const struct event *ev)
{
    struct engine_accounts *a = e->accounts;
    if (ev->kind != EVENT_SURVEYED || !a->effect_id || ev->effect_id != a->effect_id)
        return false;
    a->effect_id = 0;
    if (ev->survey.read & SURVEY_ACCOUNT)
        keep(a, &ev->survey);
    else
        LOG(LOG_WARN, "accounts.list", LS("error", str_or_empty(ev->survey.failure)));
    answer_all(e, true);
    return true;
}

void engine_accounts_start(struct engine *e)
{
    struct engine_accounts *a = xcalloc(1, sizeof *a);
    a->engine = e;
    a->last_id = FIRST_ID;
    a->timer = (struct loop_timer){ .fired = waited, .arg = a };
    arena_init(&a->arena, LIST_BYTES);
    e->accounts = a;
}

void engine_accounts_stop(struct engine *e)
{
    loop_timer_cancel(&e->accounts->timer);
    arena_done(&e->accounts->arena);
    free(e->accounts);
}
