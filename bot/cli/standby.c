/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/standby.h"
#include "cli/control.h"
#include "cli/notify.h"
#include "core/guardrail.h"
#include "host/clock.h"
#include "host/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const ms_t LOOK_EVERY_MS = MS_SECOND;

/* ---- waiting for the lease ---- */

/* Told once, and again when it is another reason. */
static void say_why(struct bot *b, const char *why)
{
    char state[LIMIT_ERROR_BYTES + 32];
    if (str_equal(b->standby_why, why))
        return;
    STR_SET(b->standby_why, why);
    LOG(LOG_INFO, "standby.waits", LS("why", why), LS("instance", b->instance));
    snprintf(state, sizeof state, "STATUS=standby: %s", why);
    notify(state);
}

/* Who has just begun to wait lets those who wait already try first: it may be started again because
   it could not lead well. */
static bool lets_others_go_first(struct bot *b)
{
    bool lets = !b->let_others_go && shared_is_stood_by(b->shared);
    b->let_others_go = true;
    if (lets) {
        say_why(b, "others stand by for longer");
        loop_timer_set(b->loop, &b->standby_timer, 2 * LEASE_RETRY_MS);
    }
    return lets;
}

static void try_to_lead(void *arg)
{
    struct bot *b = arg;
    struct err err = { "" };
    bool hopeless = false;
    if (!b->shared)
        b->shared = shared_open(b->config->store.url, b->config->store.password_file, b->instance,
                                &hopeless, &err);
    if (b->shared && lets_others_go_first(b))
        return;
    b->leads = b->shared && shared_take(b->shared, &err);
    if (b->leads || hopeless) {
        err_set(&b->lost, "%s", hopeless ? err.text : "");
        loop_stop(b->loop);
        return;
    }
    say_why(b, err.text);
    if (b->shared && !shared_is_unheard(b->shared))
        follow_look(&b->follow);
    loop_timer_set(b->loop, &b->standby_timer, LEASE_RETRY_MS);
}

static void name_instance(struct bot *b)
{
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    snprintf(b->instance, sizeof b->instance, "%s:%d", host[0] ? host : "reguard", (int)getpid());
}

bool standby_wait(struct bot *b, struct err *err)
{
    bool again = b->leads; /* and could not begin to */
    b->leads = false;
    name_instance(b);
    follow_init(&b->follow, b->loop, b->config, b->instance);
    b->standby_timer = (struct loop_timer){ .fired = try_to_lead, .arg = b };
    loop_timer_set(b->loop, &b->standby_timer, again ? LEASE_RETRY_MS : 0);
    notify("READY=1");
    bool ran = loop_run(b->loop);
    loop_timer_cancel(&b->standby_timer);
    follow_end(&b->follow);
    if (b->leads) {
        LOG(LOG_INFO, "standby.leads", LS("instance", b->instance),
            LI("epoch", lease_epoch(shared_lease(b->shared))));
        return true;
    }
    return err_set(err, "%s", b->lost.text[0] ? b->lost.text : ran ? "" : "the loop broke");
}

/* ---- while it leads ---- */

static void take_orders(struct bot *b)
{
    struct shared_order order;
    while (shared_next_order(b->shared, &order)) {
        struct event *e = inbox_new(&b->engine.inbox, EVENT_RESTORE_ORDERED, "");
        e->order_reason = arena_copy(inbox_arena(&b->engine.inbox), order.why);
        if (!inbox_put(&b->engine.inbox, e))
            return; /* a second later */
        shared_take_order(b->shared, order.number, engine_now_ms(&b->engine));
    }
}

static void answer_orders(struct bot *b)
{
    struct shared_answer answer = { .now_ms = engine_now_ms(&b->engine),
                                    .proved_ms = control_proved_ms(b) };
    const struct desk *desk = b->engine.desk;
    enum watch now = guardrail_now(desk);
    snprintf(answer.standing, sizeof answer.standing, "root protection is %s%s%.400s",
             watch_word(now), now == WATCH_UNKNOWN ? ": " : "",
             now == WATCH_UNKNOWN ? guardrail_why_unknown(desk) : "");
    shared_answer_orders(b->shared, &answer);
}

/* Another instance may reach them. What is in memory alone would be gone. */
static bool gives_way(struct bot *b)
{
    return reach_is_lost(&b->reach, b->engine.desk, clock_monotonic_ms()) &&
           !b->engine.desk->loss.stands && shared_is_stood_by(b->shared);
}

/* Why it leads no more; NULL: it does. */
static const char *why_no_more(struct bot *b)
{
    return lease_is_lost(shared_lease(b->shared)) ? "another instance has taken the lease"
           : gives_way(b) ? "it reaches neither the provider nor a chat, and another instance "
                            "stands by"
                          : NULL;
}

static void look_at_lease(void *arg)
{
    struct bot *b = arg;
    const char *why = why_no_more(b);
    if (why) {
        LOG(LOG_ERROR, "standby.led", LS("why", why),
            LS("next", "the process ends; started again it stands by"));
        b->lease_lost(b);
        return;
    }
    take_orders(b);
    answer_orders(b);
    loop_timer_set(b->loop, &b->standby_timer, LOOK_EVERY_MS);
}

void standby_watch_lease(struct bot *b, void (*lost)(struct bot *))
{
    if (!b->shared)
        return;
    b->lease_lost = lost;
    b->standby_timer = (struct loop_timer){ .fired = look_at_lease, .arg = b };
    loop_timer_set(b->loop, &b->standby_timer, LOOK_EVERY_MS);
}

/* ---- what is answered meanwhile ---- */

static int answer_status(const struct bot *b, struct buf *body)
{
    buf_add(body, "{\"role\":\"standby\",\"instance\":");
    json_add_quoted(body, b->instance);
    buf_add(body, ",\"why\":");
    json_add_quoted(body, b->standby_why);
    buf_add(body, "}\n");
    return 200;
}

int standby_answer(const struct bot *b, const char *path, struct buf *body, const char **ret_type)
{
    bool metrics = str_equal(path, "/metrics");
    if (str_equal(path, "/healthz")) {
        buf_add(body, "ok\n");
        return 200;
    }
    *ret_type = metrics ? "text/plain; version=0.0.4; charset=utf-8" : "application/json";
    if (str_equal(path, "/readyz") || str_equal(path, "/status"))
        return answer_status(b, body);
    buf_add(body, metrics ? "# HELP reguard_leader 1 when this instance leads.\n"
                            "# TYPE reguard_leader gauge\nreguard_leader 0\n"
                          : "{\"error\":\"not found\"}\n");
    return metrics ? 200 : 404;
}
