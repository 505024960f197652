/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/follow.h"
#include "cli/bot.h"
#include "host/memory.h"

/* First once it is known that another one leads. */
static const ms_t FIRST_AFTER_MS = MS_SECOND, FOLLOW_EVERY_MS = MS_MINUTE;
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
    loop_timer_set(f->bot->loop, &f->timer, FOLLOW_EVERY_MS);
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

/* The database was heard just now; where it is not, the lease's own tries say so. */
static bool may_begin(const struct bot *b)
{
    return b->shared && !shared_is_unheard(b->shared);
}

static void begin(struct follow *f)
{
    const struct config *config = f->bot->config;
    struct err err = { "" };
    bool hopeless;
    f->shared = shared_open(config->store.url, config->store.password_file, f->bot->instance,
                            &hopeless, &err);
    if (f->shared)
        f->store = store_open_to_follow(config->bot.state_dir, f->shared, &f->lacked, &err);
    if (!f->store)
        leave_copy(f, &err);
    else if (f->lacked < FEW_RECORDS)
        rest(f);
    else
        loop_timer_set(f->bot->loop, &f->timer, 0);
}

static void go_on(struct follow *f)
{
    struct err err = { "" };
    bool all = false;
    if (!store_follow(f->store, f->shared, &all, &err)) {
        leave_copy(f, &err);
        return;
    }
    if (!all) {
        loop_timer_set(f->bot->loop, &f->timer, 0);
        return;
    }
    LOG(LOG_INFO, "standby.follows", LI("records", f->lacked));
    f->left_why[0] = '\0';
    rest(f);
    memory_settle();
}

static void on_timer(void *arg)
{
    struct follow *f = arg;
    if (f->store)
        go_on(f);
    else if (may_begin(f->bot))
        begin(f);
    else
        rest(f);
}

void follow_begin(struct bot *b)
{
    b->follow.bot = b;
    b->follow.timer = (struct loop_timer){ .fired = on_timer, .arg = &b->follow };
    loop_timer_set(b->loop, &b->follow.timer, FIRST_AFTER_MS);
}

void follow_end(struct bot *b)
{
    loop_timer_cancel(&b->follow.timer);
    drop(&b->follow);
}
