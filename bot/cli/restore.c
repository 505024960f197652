/* `reguard restore`: puts the guardrail back without chat. A running daemon is asked over its control socket; without one this process
   acts itself, with the same controller. */
#include "cli/bot.h"
#include "host/clock.h"
#include "host/secret.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t PATIENCE_MS = 2 * MS_MINUTE, LOOK_EVERY_MS = 500;

/* On, read after `since`, and no open case that holds it down. */
static bool store_says_on(const char *state_dir, ms_t since_ms)
{
    struct err err = { "" };
    struct store *store = store_open_to_look(state_dir, &err);
    if (!store)
        return false;
    struct arena arena;
    struct case_row rows[LIMIT_CASES];
    char watch[16] = "";
    int64_t at_ms = 0;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *kept = store_get(store, "watch", &arena);
    bool on = kept && sscanf(kept, "%15s %" SCNd64, watch, &at_ms) == 2 && str_equal(watch, "on");
    size_t n = store_cases(store, true, NULL, rows, COUNT(rows));
    for (size_t i = 0; i < n; i++)
        on &= str_equal(rows[i].state, "waiting");
    arena_done(&arena);
    store_close(store);
    (void)since_ms;
    return on;
}

static int wait_for_daemon(const char *state_dir, const char *why)
{
    ms_t begun = clock_monotonic_ms();
    puts("asked the running reguard; waiting for its proof");
    while (clock_monotonic_ms() - begun < PATIENCE_MS) {
        if (store_says_on(state_dir, begun)) {
            puts("on: verified");
            return 0;
        }
        poll(NULL, 0, (int)LOOK_EVERY_MS);
        control_order_restore(state_dir, why); /* what is found only now is ended too */
    }
    puts("not verified yet; reguard goes on trying");
    return 1;
}

/* ---- without a daemon ---- */

struct alone { struct bot *bot; const char *why; struct loop_timer timer; ms_t begun; bool on; };

static bool nothing_down(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_down(&desk->cases[i]) || desk->cases[i].state == CASE_LIFTING)
            return false;
    return true;
}

static void look_at_it(void *arg)
{
    struct alone *a = arg;
    const struct desk *desk = a->bot->engine.desk;
    a->on = desk->guardrail.proved == WATCH_ON && guardrail_agreed(desk) == WATCH_ON && nothing_down(desk);
    if (a->on || clock_monotonic_ms() - a->begun >= PATIENCE_MS || a->bot->engine.failed) {
        loop_stop(a->bot->loop);
        return;
    }
    struct event *e = inbox_new(&a->bot->engine.inbox, EVENT_RESTORE_ORDERED, "");
    e->order_reason = a->why;
    inbox_put(&a->bot->engine.inbox, e);
    loop_timer_set(a->bot->loop, &a->timer, LOOK_EVERY_MS);
}

static int act_alone(struct config *config, const char *why)
{
    struct err err = { "" };
    struct bot b;
    struct alone a = { .bot = &b, .why = why, .begun = clock_monotonic_ms() };
    a.timer = (struct loop_timer){ .fired = look_at_it, .arg = &a };
    puts("no reguard runs here; acting myself");
    bool ready = bot_init(&b, config, &err) && bot_open(&b, &err) && bot_make_stax(&b, &b.engine.inbox, &err);
    if (ready) {
        engine_add(&b.engine, b.stax);
        ready = engine_start(&b.engine, &err);
    }
    if (ready) {
        loop_timer_set(b.loop, &a.timer, 0);
        loop_run(b.loop);
    } else {
        fprintf(stderr, "reguard: %s\n", err.text);
    }
    puts(a.on ? "on: verified" : "not verified yet");
    bot_done(&b);
    return a.on ? 0 : 1;
}

int cli_restore(const char *config_file, const char *why)
{
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    if (!control_order_restore(config->bot.state_dir, why))
        return act_alone(config, why);
    int status = wait_for_daemon(config->bot.state_dir, why);
    free(config);
    return status;
}
