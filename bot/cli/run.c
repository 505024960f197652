/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard run`: the daemon. */
#include "core/guardrail.h"
#include "core/twin.h"
#include "cli/bot.h"
#include "cli/control.h"
#include "cli/notify.h"
#include "cli/pause.h"
#include "cli/reload.h"
#include "cli/standby.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/memory.h"

#include <inttypes.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* By then the first connection, sign-in and reading are over; and how often it is looked at again
   after a busy time. */
static const ms_t SETTLED_AFTER_MS = 10 * MS_SECOND, SETTLE_EVERY_MS = MS_MINUTE;
enum { BUSY_EVENTS = 1000 };

/* ---- health and metrics ---- */

static bool chat_connected(const struct desk *desk) { return desk_chat_is_up(desk); }

static void say_unread(const struct desk *desk, struct buf *reason)
{
    buf_add(reason, "root protection has not been read within two intervals");
    if (desk->guardrail.seen == WATCH_UNKNOWN)
        buf_addf(reason, ": %s", guardrail_why_unknown(desk));
}

static void add_reason(struct buf *body, const char *reason)
{
    buf_add(body, body->bytes > 1 ? "," : "");
    json_add_quoted(body, reason);
}

/* A chat that cannot be served is a reason, also when there is another one: alarms do not reach its
   people, or their requests are refused. */
static void add_refused_chats(struct buf *body, const struct desk *desk)
{
    for (size_t i = 0; i < desk->chat_count; i++) {
        CLEANUP(buf_done) struct buf reason;
        buf_init(&reason, LIMIT_ERROR_BYTES);
        const struct chat_state *chat = &desk->chats[i];
        buf_addf(&reason, "%s%s: %s", chat->name,
                 chat->refused ? " cannot be served" : ": the channel takes no posts", chat->why);
        if (chat->refused || chat->closed)
            add_reason(body, buf_text(&reason));
    }
}

static void add_trouble_of_adapters(struct buf *body, const struct bot *b)
{
    for (size_t i = 0; b->config->kinds[i]; i++) {
        CLEANUP(buf_done) struct buf reason;
        buf_init(&reason, LIMIT_ERROR_BYTES * 2);
        if (b->adapters[i] && b->config->kinds[i]->trouble)
            b->config->kinds[i]->trouble(b->adapters[i], &reason);
        if (reason.bytes)
            add_reason(body, buf_text(&reason));
    }
}

static int answer_ready(struct bot *b, struct buf *body, const char **ret_type)
{
    const struct desk *desk = b->engine.desk;
    CLEANUP(buf_done) struct buf unread, unwritten;
    struct arena arena;
    buf_init(&unread, LIMIT_ERROR_BYTES * 2);
    say_unread(desk, &unread);
    buf_init(&unwritten, LIMIT_ERROR_BYTES * 2);
    buf_addf(&unwritten, "the records cannot be written: %s", desk->loss.why);
    arena_init(&arena, LIMIT_TURN_BYTES);
    const char *twin = twin_trouble_plain(desk, &arena);
    struct {
        bool fine;
        const char *reason;
    } const checks[] = {
        { !desk->loss.stands, buf_text(&unwritten) },
        { !desk->doubt.stands,
          "the records are in doubt; `reguard audit accept` goes on from them" },
        { !twin[0], twin },
        { chat_connected(desk), "no chat is connected" },
        { engine_reads_lately(&b->engine), buf_text(&unread) },
    };
    *ret_type = "application/json";
    buf_add_char(body, '[');
    for (size_t i = 0; i < COUNT(checks); i++)
        if (!checks[i].fine)
            add_reason(body, checks[i].reason);
    add_refused_chats(body, desk);
    add_trouble_of_adapters(body, b);
    arena_done(&arena);
    bool fine = body->bytes == 1;
    buf_add(body, "]\n");
    return fine ? 200 : 503;
}

static void metric(struct buf *body, const char *name, const char *type, const char *help,
                   int64_t value)
{
    buf_addf(body, "# HELP reguard_%s %s\n# TYPE reguard_%s %s\nreguard_%s %" PRId64 "\n", name,
             help, name, type, name, value);
}

static void metric_turns(const struct engine *e, struct buf *body)
{
    buf_add(body, "# HELP reguard_turn_seconds Turns with something from a chat: from its arrival "
                  "over the commit to the effects begun.\n# TYPE reguard_turn_seconds histogram\n");
    for (size_t i = 0; i < ENGINE_TURN_BOUNDS; i++)
        buf_addf(body, "reguard_turn_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
                 (double)engine_turn_bounds_us[i] / 1e6, e->took.within[i]);
    buf_addf(body,
             "reguard_turn_seconds_bucket{le=\"+Inf\"} %" PRIu64
             "\nreguard_turn_seconds_sum %g\nreguard_turn_seconds_count %" PRIu64 "\n",
             e->took.count, (double)e->took.sum_us / 1e6, e->took.count);
}

static void add_counter(void *body, const char *name, const char *help, uint64_t value)
{
    metric(body, name, "counter", help, (int64_t)value);
}

static void metric_adapters(const struct bot *b, struct buf *body)
{
    for (size_t i = 0; b->config->kinds[i]; i++)
        if (b->adapters[i] && b->config->kinds[i]->counters)
            b->config->kinds[i]->counters(b->adapters[i], add_counter, body);
}

static int answer_metrics(struct bot *b, struct buf *body)
{
    struct engine *e = &b->engine;
    const struct desk *desk = e->desk;
    size_t open = 0, overdue = 0;
    for (size_t i = 0; i < desk->case_count; i++) {
        open += case_is_open(&desk->cases[i]);
        overdue += case_is_overdue(&desk->cases[i], engine_now_ms(e));
    }
    metric(body, "guardrail_on", "gauge", "1 on, 0 off, -1 unknown, by the last read.",
           guardrail_now(desk) == WATCH_ON    ? 1
           : guardrail_now(desk) == WATCH_OFF ? 0
                                              : -1);
    metric(body, "guardrail_checked_seconds", "gauge",
           "When it was last on or off for sure, Unix time; 0 for never.",
           guardrail_checked_ms(desk) / 1000);
    if (b->shared)
        metric(body, "leader", "gauge", "1 when this instance leads.", 1);
    metric(body, "chat_connected", "gauge", "1 when at least one chat is connected.",
           chat_connected(desk));
    metric(body, "cases_open", "gauge", "Open cases.", (int64_t)open);
    metric(body, "cases_overdue", "gauge", "Cases past their end.", (int64_t)overdue);
    metric(body, "events_total", "counter", "Events handled.", (int64_t)e->events);
    metric(body, "events_repeated_total", "counter", "Events that had been handled before.",
           (int64_t)e->repeats);
    metric(body, "events_dropped_total", "counter", "Events refused because the queue was full.",
           (int64_t)e->inbox.dropped);
    metric(body, "turns_total", "counter", "Turns, each with at most one commit.",
           (int64_t)e->turns);
    metric(body, "journal_records", "gauge", "Records of the audit journal.",
           (int64_t)desk->record);
    metric(body, "messages_waiting", "gauge", "Messages not yet delivered.",
           (int64_t)store_outbox_waiting(b->store));
    metric(body, "loop_wakes_total", "counter", "Times the event loop woke.",
           (int64_t)loop_wakes(b->loop));
    metric(body, "log_lines_dropped_total", "counter", "Log lines that nobody took.",
           (int64_t)log_dropped());
    metric_adapters(b, body);
    metric_turns(e, body);
    metric(body, "start_seconds", "gauge", "When this process started, Unix time.",
           b->started_ms / 1000);
    return 200;
}

static int answer(void *arg, const char *path, struct buf *body, const char **ret_type)
{
    struct bot *b = arg;
    if (!b->engine.desk)
        return standby_answer(b, path, body, ret_type);
    if (str_equal(path, "/healthz")) {
        buf_add(body, "ok\n");
        return 200;
    }
    if (str_equal(path, "/readyz"))
        return answer_ready(b, body, ret_type);
    if (str_equal(path, "/metrics")) {
        *ret_type = "text/plain; version=0.0.4; charset=utf-8";
        return answer_metrics(b, body);
    }
    if (str_equal(path, "/status")) {
        *ret_type = "application/json";
        engine_status_json(&b->engine, body);
        return 200;
    }
    buf_add(body, "not found\n");
    return 404;
}

/* ---- signals ---- */

static void leave(void *arg) { loop_stop(((struct bot *)arg)->loop); }

/* Close frames need a moment to leave. */
static void say_goodbye(struct bot *b)
{
    engine_stop_chats(&b->engine);
    for (size_t i = 0; b->config->kinds[i]; i++)
        if (b->config->kinds[i]->role == ADAPTER_CHAT)
            b->adapters[i] = NULL;
    b->stop_timer = (struct loop_timer){ .fired = leave, .arg = b };
    loop_timer_set(b->loop, &b->stop_timer, BOT_GOODBYE_MS);
}

static void stop(struct bot *b)
{
    if (b->stop_timer.fired)
        return; /* asked twice */
    LOG(LOG_INFO, "bot.stopping", LS("why", "asked to"));
    if (b->engine.desk->loss.stands)
        engine_try_back(&b->engine); /* what is in memory alone is gone afterwards */
    notify("STOPPING=1");
    pause_was_fine();
    b->exit_status = 0;
    say_goodbye(b);
    engine_put_arrived(&b->engine);
}

/* Started again it stands by: EX_TEMPFAIL of sysexits.h. */
static void lead_no_more(struct bot *b)
{
    enum { EXIT_LED_NO_MORE = 75 };
    if (b->stop_timer.fired)
        return;
    pause_was_fine();
    b->exit_status = EXIT_LED_NO_MORE;
    say_goodbye(b);
}

static void led_by_another(void *arg) { lead_no_more(arg); }

static void on_signal(void *arg, int number)
{
    struct bot *b = arg;
    bool stops = number == SIGTERM || number == SIGINT;
    if (!b->engine.desk) { /* it stands by; what is read again is read when it leads */
        b->asked_to_stop |= stops;
        if (stops)
            loop_stop(b->loop);
        return;
    }
    if (number == SIGHUP)
        reload(arg);
    else if (stops)
        stop(arg);
}

/* ---- descriptors ---- */

/* The loop's tables are made for as many as may be open at the start. With fewer than the ceilings
   add up to the connections to the provider would be the ones that fail. */
static bool have_descriptors(struct err *err)
{
    struct rlimit most;
    if (getrlimit(RLIMIT_NOFILE, &most) != 0)
        return err_set(err, "descriptors: %s", strerror(errno));
    if (most.rlim_cur >= LIMIT_DESCRIPTORS)
        return true;
    most.rlim_cur = LIMIT_DESCRIPTORS;
    return (most.rlim_max >= LIMIT_DESCRIPTORS && setrlimit(RLIMIT_NOFILE, &most) == 0) ||
           err_set(err,
                   "at most %llu files and connections may be open here, and %d are needed: "
                   "raise LimitNOFILE= of the unit (`ulimit -n`)",
                   (unsigned long long)most.rlim_max, (int)LIMIT_DESCRIPTORS);
}

/* ---- the whole ---- */

/* Half as often as the service manager wants to hear (sd_watchdog_enabled(3)). */
static void feed_watchdog(void *arg)
{
    struct bot *b = arg;
    notify("WATCHDOG=1");
    loop_timer_set(b->loop, &b->watchdog_timer, b->watchdog_every_ms);
}

static void start_watchdog(struct bot *b)
{
    const char *usec = getenv("WATCHDOG_USEC");
    b->watchdog_every_ms = usec ? strtoll(usec, NULL, 10) / 2000 : 0;
    b->watchdog_timer = (struct loop_timer){ .fired = feed_watchdog, .arg = b };
    if (b->watchdog_every_ms > 0)
        loop_timer_set(b->loop, &b->watchdog_timer, b->watchdog_every_ms);
}

static void listen_for_orders(struct bot *b)
{
    struct err err = { "" };
    if (!control_listen(b, &err))
        LOG(LOG_ERROR, "control.unheard", LS("error", err.text));
}

/* Its file may have been deleted, or could not be made before. */
static void keep_listening(void *arg)
{
    struct bot *b = arg;
    if (store_place(b->store) != STORE_IN_MEMORY)
        listen_for_orders(b);
}

static void settle(void *arg)
{
    struct bot *b = arg;
    if (b->has_settled)
        pause_was_fine();
    b->has_settled = true;
    keep_listening(b);
    bool busy = b->engine.events - b->settled_events >= BUSY_EVENTS;
    if (!b->settled_events || busy) {
        memory_settle();
        b->settled_events = b->engine.events;
    }
    loop_timer_set(b->loop, &b->settle_timer, SETTLE_EVERY_MS);
}

static bool listen_for_health(struct bot *b, struct err *err)
{
    return !b->config->bot.listen[0] ||
           (b->httpd = httpd_new(b->loop, b->config->bot.listen, answer, b, err)) != NULL;
}

/* Until the records are there nothing was sent, so that the process need not end when the database
   was not heard meanwhile: it takes its own lease again. */
static bool lead(struct bot *b, struct err *err)
{
    while (standby_wait(b, err)) {
        if (bot_open_shared(b, err))
            return true;
        if (b->store || !shared_is_unheard(b->shared))
            return false;
        LOG(LOG_WARN, "standby.records_unheard", LS("error", err->text),
            LS("next", "the lease is taken again"));
    }
    return false;
}

static bool put_together(struct bot *b, struct err *err)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE,
                                   SIGXFSZ /* a write error is enough */ };
    bool shares = b->config->store.url[0] != '\0';
    if (!loop_signals(b->loop, signals, COUNT(signals), on_signal, b, err) ||
        (shares && !listen_for_health(b, err)) ||
        !(shares ? lead(b, err) : bot_open_anyhow(b, err)))
        return false;
    if (!bot_make_all(b, &b->engine.inbox, err))
        return false;
    for (size_t i = 0; b->config->kinds[i]; i++) {
        const struct setting_section *section = b->config->kinds[i]->section;
        if (b->adapters[i] && section->place)
            engine_place(&b->engine, section->name,
                         setting_text(section, &b->config->own[i], section->place));
        if (b->adapters[i])
            engine_add(&b->engine, b->adapters[i]);
    }
    if (!shares && !listen_for_health(b, err))
        return false;
    b->engine.on_back = keep_listening;
    b->engine.on_back_arg = b;
    b->engine.on_led = shares ? led_by_another : NULL;
    b->engine.on_led_arg = b;
    /* On a full disk there is no socket either, and everything else goes on: it is made later. */
    if (!control_fits(b->config->bot.state_dir, err))
        return false;
    listen_for_orders(b);
    return engine_start(&b->engine, b->lost.text, err);
}

int cli_run(const char *config_file)
{
    int failed = pause_after_failures(notify);
    if (failed < 0)
        return 0;
    struct config *config = bot_config_and_files(config_file);
    struct err err = { "" };
    struct bot b;
    if (failed > 0)
        LOG(LOG_WARN, "bot.starts_again", LI("failed_starts", failed),
            LI("waited_s", pause_ms(failed) / 1000));
    if (!config)
        return EXIT_BAD_CONFIG;
    if (!have_descriptors(&err) || !store_is_private(config->bot.state_dir, &err)) {
        LOG(LOG_ERROR, "bot.not_started", LS("error", err.text));
        free(config);
        return EXIT_BAD_CONFIG;
    }
    bot_log_useless(config);
    bool started = bot_init(&b, config, &err) && put_together(&b, &err);
    b.exit_status = 1;
    b.started_ms = clock_wall_ms();
    if (started) {
        reload_note_anchors(&b);
        reload_tell_rules(&b, true);
        LOG(LOG_INFO, "bot.started", LS("config", config->file), LI("people", config->people.count),
            LI("open_cases", b.engine.desk->case_count));
        notify("READY=1");
        start_watchdog(&b);
        standby_watch_lease(&b, lead_no_more);
        b.settle_timer = (struct loop_timer){ .fired = settle, .arg = &b };
        loop_timer_set(b.loop, &b.settle_timer, SETTLED_AFTER_MS);
        loop_run(b.loop);
    } else if (b.asked_to_stop) {
        b.exit_status = 0;
    } else {
        LOG(LOG_ERROR, "bot.not_started", LS("error", err.text));
    }
    bot_done(&b);
    return b.exit_status;
}
