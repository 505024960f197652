/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard audit accept`: the operator goes on from records that are in doubt. A running daemon is
   asked over its control socket; without one this process writes it down itself. */
#include "cli/bot.h"
#include "cli/check.h"
#include "cli/control.h"
#include "cli/print.h"
#include "host/clock.h"
#include "store/factjson.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static const ms_t PATIENCE_MS = 15 * MS_SECOND, LOOK_EVERY_MS = 100;

/* The newest word of the journal about its own doubt. */
struct standing {
    bool doubted;
    char why[LIMIT_DOUBT_BYTES];
    struct arena arena;
};

static bool note_doubt(void *arg, const struct journal_record *r, struct err *err)
{
    struct standing *s = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    struct err ignored = { "" };
    (void)err;
    arena_reset(&s->arena);
    bool doubted = str_equal(r->kind, fact_names[FACT_STORE_DOUBTED]);
    if (!doubted && !str_equal(r->kind, fact_names[FACT_STORE_ACCEPTED]))
        return true;
    s->doubted = doubted;
    if (doubted && factjson_read(&columns, r->at_ms, &s->arena, &f, &ignored))
        STR_SET(s->why, f.text);
    return true;
}

static bool is_doubted(const char *state_dir, struct standing *s, struct err *err)
{
    struct store *store = store_open_to_look(state_dir, err);
    *s = (struct standing){ .doubted = false };
    if (!store)
        return false;
    arena_init(&s->arena, LIMIT_ARENA_BYTES);
    bool read = store_each_record(store, 0, NULL, note_doubt, s, err);
    arena_done(&s->arena);
    store_close(store);
    return read;
}

static bool wait_for_daemon(const char *state_dir, struct standing *s, struct err *err)
{
    ms_t begun = clock_monotonic_ms();
    while (is_doubted(state_dir, s, err) && s->doubted) {
        if (clock_monotonic_ms() - begun >= PATIENCE_MS)
            return err_set(err, "the running reguard was asked and has not done it yet");
        poll(NULL, 0, (int)LOOK_EVERY_MS);
    }
    return !err->text[0];
}

/* ---- without a daemon ---- */

static void leave(void *arg) { loop_stop(((struct bot *)arg)->loop); }

static bool act_alone(struct config *config, const char *why, struct err *err)
{
    struct bot b;
    if (!bot_init(&b, config, err) || !bot_open(&b, err)) {
        bot_done(&b);
        return false;
    }
    bot_add_silent_chats(&b);
    struct event *e = inbox_new(&b.engine.inbox, EVENT_STORE_ACCEPTED, "");
    e->order_reason = why;
    inbox_put(&b.engine.inbox, e);
    struct loop_timer timer = { .fired = leave, .arg = &b };
    loop_timer_set(b.loop, &timer, LOOK_EVERY_MS);
    loop_run(b.loop);
    loop_timer_cancel(&timer);
    bool done = !b.engine.desk->doubt.stands && store_place(b.store) != STORE_IN_MEMORY;
    bot_done(&b);
    return done || err_set(err, "it could not be written down");
}

static bool no_answer(enum control_answer came, struct err *err)
{
    return err_set(err, came == CONTROL_DENIED
                            ? "only root and the owner of the state folder may do that"
                            : "the running reguard gives no sign of life; end it first");
}

/* The file here is a copy, of some time: whoever leads has the records, and writes to all. */
static bool is_elsewhere(const struct config *config)
{
    struct err told = { "" };
    if (!config->store.url[0] || check_daemon_runs(config->bot.state_dir))
        return false;
    bool read = shared_look(config->store.url, config->store.password_file, &told);
    print_problem("reguard: the records are shared, and no reguard leads here that could accept "
                  "them: do it on the host that leads%s (%s)\n",
                  read ? "" : ", once the database can be read", told.text);
    return true;
}

int cli_audit_accept(const char *config_file, const char *why)
{
    struct config *config = bot_config(config_file);
    struct err err = { "" };
    struct standing s;
    if (!config)
        return EXIT_BAD_CONFIG;
    if (is_elsewhere(config)) {
        free(config);
        return 1;
    }
    bool fine = is_doubted(config->bot.state_dir, &s, &err);
    if (fine && !s.doubted) {
        print_out("the records are not in doubt: there is nothing to accept\n");
        free(config);
        return 0;
    }
    CLEANUP(buf_done) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_BYTES);
    enum control_answer came = fine ? control_ask(config->bot.state_dir, "accept", why, &answer)
                                    : CONTROL_SILENT;
    if (came == CONTROL_NOBODY) {
        fine = act_alone(config, why, &err);
    } else {
        fine = fine && (came == CONTROL_ANSWERED || no_answer(came, &err)) &&
               wait_for_daemon(config->bot.state_dir, &s, &err);
        free(config);
    }
    if (fine)
        print_out("accepted, on record: %s\n", s.why);
    else
        print_problem("reguard: %s\n", err.text);
    return !fine;
}
