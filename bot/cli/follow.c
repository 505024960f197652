/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/memory.h"
#include "store/shared.h"
#include "store/store.h"

static const ms_t FOLLOW_EVERY_MS = MS_MINUTE;
enum { FEW_RECORDS = 50 }; /* are fetched in no time by whoever is to lead */

static void drop(struct follow *f)
{
    store_follow_end(f->store, f->shared);
    shared_close(f->shared);
    f->store = NULL;
    f->shared = NULL;
}

static void rest(struct follow *f)
{
    drop(f);
    f->rests_until_ms = clock_monotonic_ms() + FOLLOW_EVERY_MS;
}

/* Told once, and again when it is another reason. */
static void leave_copy(struct follow *f, const struct err *why)
{
    if (!str_equal(f->left_why, why->text))
        LOG(LOG_WARN, "standby.copy_left", LS("why", why->text),
            LS("next", "it is tried each minute; all of it is fetched when this one is to lead"));
    STR_SET(f->left_why, why->text);
    rest(f);
}

static void begin(struct follow *f)
{
    const struct config *config = f->config;
    struct err err = { "" };
    bool hopeless;
    f->shared = shared_open(config->store.url, config->store.password_file, f->instance, &hopeless,
                            &err);
    if (f->shared)
        f->store = store_open_to_follow(config->bot.state_dir, f->shared, &f->lacked, &err);
    if (!f->store)
        leave_copy(f, &err);
    else if (f->lacked < FEW_RECORDS)
        rest(f);
    else
        loop_timer_set(f->loop, &f->timer, 0);
}

static void fetch_some(void *arg)
{
    struct follow *f = arg;
    struct err err = { "" };
    bool all = false;
    if (!store_follow(f->store, f->shared, &all, &err)) {
        leave_copy(f, &err);
        return;
    }
    if (!all) {
        loop_timer_set(f->loop, &f->timer, 0);
        return;
    }
    LOG(LOG_INFO, "standby.follows", LI("records", f->lacked));
    f->left_why[0] = '\0';
    rest(f);
    memory_settle();
}

void follow_init(struct follow *f, struct loop *loop, const struct config *config,
                 const char *instance)
{
    *f = (struct follow){ .loop = loop, .config = config, .instance = instance };
    f->timer = (struct loop_timer){ .fired = fetch_some, .arg = f };
}

void follow_look(struct follow *f)
{
    if (!f->store && clock_monotonic_ms() >= f->rests_until_ms)
        begin(f);
}

void follow_end(struct follow *f)
{
    loop_timer_cancel(&f->timer);
    drop(f);
}
