/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard restore`: restores root protection without chat. A running daemon is asked over its
   control socket; without one, or when it stops giving signs of life, this process acts itself,
   with the same controller. Either way only a proof made after the order counts. */
#include "core/guardrail.h"
#include "cli/bot.h"
#include "cli/control.h"
#include "cli/print.h"
#include "cli/restore.h"
#include "host/clock.h"
#include "store/factjson.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const ms_t PATIENCE_MS = 2 * MS_MINUTE, LOOK_EVERY_MS = 200, ASK_EVERY_MS = MS_SECOND,
                  PROGRESS_EVERY_MS = 10 * MS_SECOND;

/* standing: how things are now, "" when that is not known. */
static int tell_result(bool on, const char *standing)
{
    if (on)
        print_out("on: verified by two agreeing reads\n");
    else
        print_out("not verified yet%s%s\n", standing[0] ? ": " : "", standing);
    return on ? 0 : 1;
}

static void tell_progress(ms_t waited_ms, const char *standing)
{
    print_out("still waiting, %lld s%s%s\n", (long long)(waited_ms / 1000), standing[0] ? ": " : "",
              standing);
}

/* ---- with a daemon ---- */

struct proof {
    struct arena arena;
    bool ordered, on;
};

/* The newest word of the journal about the guardrail since the order came: proved on, and nothing
   begun since that lowers it. */
static bool note_proof(void *arg, const struct journal_record *r, struct err *err)
{
    struct proof *p = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    arena_reset(&p->arena);
    if (!factjson_read(&columns, r->at_ms, &p->arena, &f, err))
        return false;
    p->ordered |= f.kind == FACT_RESTORE_ORDERED;
    if (f.kind == FACT_PROVED || f.kind == FACT_CHANGE_BEGUN)
        p->on = f.kind == FACT_PROVED && f.on && p->ordered;
    return true;
}

static bool holds_it_down(const struct case_row *row)
{
    return !str_equal(row->state, case_state_names[CASE_WAITING]);
}

/* Proved on by a record after that one, and no open case that holds it down. *ret_head: the
   journal's newest record. */
static bool proved_since(const char *state_dir, uint64_t after, uint64_t *ret_head)
{
    struct err err = { "" };
    struct store *store = store_open_to_look(state_dir, &err);
    if (!store)
        return false;
    struct case_row rows[LIMIT_CASES];
    struct proof proof = { .on = false };
    char hash[STORE_HASH_BYTES];
    *ret_head = store_head(store, hash);
    arena_init(&proof.arena, LIMIT_ARENA_BYTES);
    bool on = store_each_record(store, after, NULL, note_proof, &proof, &err) && proof.on;
    size_t open = store_cases(store, true, NULL, rows, COUNT(rows));
    for (size_t i = 0; i < open; i++)
        on &= !holds_it_down(&rows[i]);
    arena_done(&proof.arena);
    store_close(store);
    return on;
}

enum waited { WAITED_ON, WAITED_IN_VAIN, WAITED_ALONE };

/* What time it is for the daemon, and when it has proved the guardrail on, 0 while it has not: its
   own word, as it may not be able to write anything down. False: it gives no sign of life. */
static bool ask_proof(const char *state_dir, ms_t *ret_now_ms, ms_t *ret_proved_ms)
{
    CLEANUP(buf_done) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_BYTES);
    return control_ask(state_dir, "proof", NULL, &answer) == CONTROL_ANSWERED &&
           sscanf(buf_text(&answer), "%18" SCNd64 " %18" SCNd64, ret_now_ms, ret_proved_ms) == 2;
}

/* ordered_ms: by the daemon's clock, 0 when it did not say. */
static enum waited wait_for_daemon(const struct config *config, uint64_t after, ms_t ordered_ms)
{
    const char *state_dir = config->bot.state_dir;
    ms_t begun = clock_monotonic_ms(), asked = begun, told = begun, now_ms, proved_ms;
    uint64_t head;
    print_out("asked the running reguard; waiting until it has verified\n");
    for (;;) {
        if (proved_since(state_dir, after, &head))
            return WAITED_ON;
        ms_t now = clock_monotonic_ms();
        if (now - begun >= PATIENCE_MS)
            return WAITED_IN_VAIN;
        if (now - asked >= ASK_EVERY_MS) {
            if (!ask_proof(state_dir, &now_ms, &proved_ms))
                return WAITED_ALONE;
            if (ordered_ms && proved_ms >= ordered_ms)
                return WAITED_ON;
            asked = now;
        }
        if (now - told >= PROGRESS_EVERY_MS) {
            told = now;
            CLEANUP(buf_done) struct buf standing;
            buf_init(&standing, CONTROL_ANSWER_BYTES);
            status_of_daemon(config, &standing);
            tell_progress(told - begun, buf_text(&standing));
        }
        poll(NULL, 0, (int)LOOK_EVERY_MS);
    }
}

/* ---- with an instance that leads elsewhere ---- */

/* It says that it has the order, and goes on to say something, within that time. */
static const ms_t LEADER_PATIENCE_MS = 5 * MS_SECOND;

static enum waited wait_for_leader(struct shared_asking *asking, ms_t begun_ms)
{
    ms_t lived_ms = begun_ms, told_ms = begun_ms, taken_ms = 0, last_ms = 0;
    struct shared_answer answer = { .now_ms = 0 };
    struct err err = { "" };
    for (;;) {
        ms_t now_ms = clock_monotonic_ms();
        if (shared_ask_again(asking, &taken_ms, &answer, &err) && answer.now_ms != last_ms) {
            last_ms = answer.now_ms;
            lived_ms = now_ms;
        }
        if (taken_ms && answer.proved_ms >= taken_ms)
            return WAITED_ON;
        if (now_ms - lived_ms >= LEADER_PATIENCE_MS)
            return WAITED_ALONE;
        if (now_ms - begun_ms >= PATIENCE_MS)
            return WAITED_IN_VAIN;
        if (now_ms - told_ms >= PROGRESS_EVERY_MS) {
            told_ms = now_ms;
            tell_progress(now_ms - begun_ms, answer.standing);
        }
        poll(NULL, 0, (int)LOOK_EVERY_MS);
    }
}

static enum waited ask_leader(const struct config *config, const char *why)
{
    char host[64] = "";
    struct err err = { "" };
    ms_t begun_ms = clock_monotonic_ms();
    gethostname(host, sizeof host - 1);
    struct shared_asking *asking = shared_ask(config->store.url, config->store.password_file, host,
                                              why, &err);
    if (!asking) {
        print_out("no instance that leads can be asked: %s\n", err.text);
        return WAITED_ALONE;
    }
    print_out("asked the instance that leads, through the shared records; waiting until it has "
              "verified\n");
    enum waited waited = wait_for_leader(asking, begun_ms);
    if (waited == WAITED_ALONE)
        print_out("the instance that leads gives no answer\n");
    shared_ask_end(asking);
    return waited;
}

/* ---- without a daemon ---- */

struct alone {
    struct bot bot;
    struct loop *loop; /* lent; NULL: its own */
    struct loop_timer timer;
    ms_t begun_ms, begun_monotonic_ms, told_monotonic_ms;
    bool in_memory, raises_only, begun, on;
    ms_t patience_ms;
    struct err standing;
};

static bool nothing_down(const struct desk *desk)
{
    for (size_t i = 0; i < desk->case_count; i++)
        if (case_is_down(&desk->cases[i]) || desk->cases[i].state == CASE_LIFTING)
            return false;
    return true;
}

static void note_standing(struct alone *a)
{
    const struct desk *desk = a->bot.engine.desk;
    enum watch now = guardrail_now(desk);
    err_set(&a->standing, "root protection is %s%s%s", watch_word(now),
            now == WATCH_UNKNOWN ? ": " : "",
            now == WATCH_UNKNOWN ? guardrail_why_unknown(desk) : "");
}

static void look_at_it(void *arg)
{
    struct alone *a = arg;
    const struct desk *desk = a->bot.engine.desk;
    ms_t now = clock_monotonic_ms();
    note_standing(a);
    a->on = desk->guardrail.proved == WATCH_ON && desk->guardrail.proved_ms >= a->begun_ms &&
            nothing_down(desk);
    if (a->on || now - a->begun_monotonic_ms >= a->patience_ms) {
        loop_stop(a->bot.loop);
        return;
    }
    if (now - a->told_monotonic_ms >= PROGRESS_EVERY_MS) {
        a->told_monotonic_ms = now;
        tell_progress(now - a->begun_monotonic_ms, a->standing.text);
    }
    loop_timer_set(a->bot.loop, &a->timer, LOOK_EVERY_MS);
}

static void without_record(const char *why)
{
    print_out("the store cannot be used (%s); going on without a record of this\n", why);
}

/* A restore needs nothing but the provider's credential: without a usable store it goes on, and
   only the record is lost. */
static bool open_store(struct bot *b, bool in_memory, struct err *err)
{
    if (!in_memory && bot_open_anyhow(b, err)) {
        if (b->lost.text[0])
            without_record(b->lost.text);
        return true;
    }
    if (!in_memory)
        return false;
    b->store = store_open_in_memory(err);
    return b->store && bot_make_engine(b, err);
}

static bool begin_alone(struct alone *a, struct config *config, const char *why, struct err *err)
{
    struct bot *b = &a->bot;
    bool fine = bot_init_on(b, config, a->loop, err);
    b->raises_only = b->config_lent = a->raises_only;
    if (!fine || !open_store(b, a->in_memory, err) ||
        !bot_make(b, ADAPTER_PROVIDER, &b->engine.inbox, err))
        return false;
    if (!a->in_memory)
        bot_add_silent_chats(b);
    engine_add(&b->engine, bot_adapter(b, ADAPTER_PROVIDER));
    a->begun_ms = engine_now_ms(&b->engine);
    if (!engine_start(&b->engine, b->lost.text, err))
        return false;
    struct event *order = inbox_new(&b->engine.inbox, EVENT_RESTORE_ORDERED, "");
    order->order_reason = why;
    inbox_put(&b->engine.inbox, order);
    a->timer = (struct loop_timer){ .fired = look_at_it, .arg = a };
    loop_timer_set(b->loop, &a->timer, LOOK_EVERY_MS);
    return true;
}

/* One attempt. The configuration is taken over, but by whoever only raises, which has a patience of
   its own; 0: it is `restore`. */
static struct alone try_alone(struct config *config, struct loop *loop, const char *why,
                              bool in_memory, ms_t only_raises_ms)
{
    struct err err = { "" };
    ms_t now = clock_monotonic_ms();
    struct alone a = { .loop = loop,
                       .begun_monotonic_ms = now,
                       .told_monotonic_ms = now,
                       .in_memory = in_memory,
                       .patience_ms = only_raises_ms ? only_raises_ms : PATIENCE_MS,
                       .raises_only = only_raises_ms > 0 };
    a.begun = begin_alone(&a, config, why, &err);
    if (a.begun)
        loop_run(a.bot.loop);
    else
        print_problem("reguard: %s\n", err.text);
    if (a.bot.loop)
        loop_timer_cancel(&a.timer);
    bool no_store = !a.begun && a.bot.store == NULL;
    if (a.begun && !in_memory && a.bot.engine.desk->loss.stands && !engine_try_back(&a.bot.engine))
        print_out("what was done could not be written down\n");
    bot_done(&a.bot);
    return (struct alone){ .on = a.on, .begun = !no_store, .standing = a.standing };
}

bool restore_without_records(struct config *config, struct loop *loop, const char *why,
                             ms_t patience_ms, struct err *ret_standing)
{
    struct alone a = try_alone(config, loop, why, true, patience_ms);
    *ret_standing = a.standing;
    return a.on;
}

static const char *provider_section(const struct config *config)
{
    return config->kinds[config_kind_there(config, ADAPTER_PROVIDER)]->section->name;
}

/* The configuration is taken over. */
static int act_alone(struct config *config, const char *config_file, const char *why,
                     bool in_memory)
{
    if (!bot_files_are_fine(config, provider_section(config))) {
        free(config);
        return EXIT_BAD_CONFIG;
    }
    struct alone a = try_alone(config, NULL, why, in_memory, 0);
    if (!in_memory && !a.on && !a.begun && (config = bot_config_for_restore(config_file))) {
        without_record("another process has it");
        a = try_alone(config, NULL, why, true, 0);
    }
    return tell_result(a.on, a.standing.text);
}

/* The order stays with a daemon that is frozen: it will do the same once more, which harms
   nothing. It holds the store meanwhile. */
static int order(struct config *config, const char *config_file, const char *why)
{
    static const char *const alone[] = {
        [CONTROL_NOBODY] = "no reguard runs here; acting myself",
        [CONTROL_SILENT] = "the running reguard gives no sign of life; acting myself, without a "
                           "record of this",
        [CONTROL_DENIED] = "only root and the owner of the state folder may ask the running "
                           "reguard; acting myself, without a record of this",
    };
    const char *state_dir = config->bot.state_dir;
    CLEANUP(buf_done) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_BYTES);
    uint64_t head = 0;
    proved_since(state_dir, 0, &head);
    ms_t ordered_ms = 0; /* by the daemon's clock */
    enum control_answer came = control_ask(state_dir, "restore", why, &answer);
    if (sscanf(buf_text(&answer), "taken %18" SCNd64, &ordered_ms) != 1)
        ordered_ms = 0;
    enum waited waited = came == CONTROL_ANSWERED ? wait_for_daemon(config, head, ordered_ms)
                                                  : WAITED_ALONE;
    /* One that is silent here may be the one that leads. */
    bool elsewhere = waited == WAITED_ALONE && came != CONTROL_ANSWERED && came != CONTROL_SILENT &&
                     config->store.url[0];
    if (elsewhere)
        waited = ask_leader(config, why);
    if (waited == WAITED_ALONE) {
        if (came == CONTROL_ANSWERED)
            came = CONTROL_SILENT;
        /* A file that is to be a copy of shared records gets none of its own. */
        bool shares = config->store.url[0] != '\0';
        print_out("%s\n", came == CONTROL_NOBODY && shares
                              ? "no reguard leads here; acting myself, without a record of this"
                              : alone[came]);
        return act_alone(config, config_file, why, shares || came != CONTROL_NOBODY);
    }
    if (waited == WAITED_IN_VAIN)
        print_out("reguard goes on trying and reminding\n");
    buf_clear(&answer);
    if (!elsewhere)
        status_of_daemon(config, &answer);
    free(config);
    return tell_result(waited == WAITED_ON, buf_text(&answer));
}

int cli_restore(const char *config_file, const char *why)
{
    struct config *config = bot_config_for_restore(config_file);
    return config ? order(config, config_file, why) : EXIT_BAD_CONFIG;
}
