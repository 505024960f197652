/* `reguard status`: what the running daemon knows of the guardrail, and when none answers, what
   Stax says now. The cases come from the store. Nothing that is only written down is called on. */
#include "cli/bot.h"
#include "cli/print.h"
#include "host/clock.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t READ_PATIENCE_MS = 30 * MS_SECOND;

struct told {
    enum watch watch;
    char why[LIMIT_ERROR_BYTES]; /* it is unknown */
    ms_t at_ms, age_ms;          /* of the read; 0: there was none */
    bool by_daemon;
};

/* ---- the daemon ---- */

static bool ask_daemon(const struct config *config, struct told *t)
{
    char answer[CONTROL_ANSWER_BYTES], word[16];
    int64_t at_ms, age_ms;
    int used = 0;
    if (!control_ask_status(config->bot.state_dir, answer) ||
        sscanf(answer, "%15s %" SCNd64 " %" SCNd64 " %n", word, &at_ms, &age_ms, &used) < 3)
        return false;
    *t = (struct told){
        .watch = watch_named(word), .at_ms = at_ms, .age_ms = age_ms, .by_daemon = true
    };
    STR_SET(t->why, answer + used);
    return true;
}

/* ---- Stax itself ---- */

struct reading {
    struct bot bot;
    struct inbox inbox;
    struct loop_timer turn, patience;
    struct told *told;
};

static void take_answer(void *arg)
{
    struct reading *r = arg;
    struct inbox_batch *batch = inbox_take(&r->inbox);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->events[i]->kind != EVENT_SURVEYED)
            continue;
        const char *why;
        r->told->watch = guardrail_judge(&r->bot.config->policy, &batch->events[i]->survey,
                                         &batch->arena, &why);
        r->told->at_ms = clock_wall_ms();
        STR_SET(r->told->why, why);
        loop_stop(r->bot.loop);
    }
    inbox_release(&r->inbox, batch);
}

static void on_event(void *arg)
{
    struct reading *r = arg;
    loop_timer_set(r->bot.loop, &r->turn, 0);
}

static void give_up(void *arg)
{
    struct reading *r = arg;
    STR_SET(r->told->why, "Stax did not answer in time");
    loop_stop(r->bot.loop);
}

/* The configuration is taken over. */
static void read_stax(struct config *config, struct told *t)
{
    struct err err = { "" };
    struct reading *r = calloc(1, sizeof *r);
    const struct effect survey = { .kind = EFFECT_SURVEY,
                                   .id = 1,
                                   .survey = { .parts = SURVEY_GUARDRAIL } };
    if (!r)
        abort();
    *t = (struct told){ .watch = WATCH_UNKNOWN };
    r->told = t;
    r->turn = (struct loop_timer){ .fired = take_answer, .arg = r };
    r->patience = (struct loop_timer){ .fired = give_up, .arg = r };
    log_setup(LOG_ERROR, LOG_TEXT);
    bool begun = bot_init(&r->bot, config, &err);
    inbox_init(&r->inbox, on_event, r);
    if (begun && bot_make_stax(&r->bot, &r->inbox, &err) &&
        r->bot.stax->ops->perform(r->bot.stax, &survey, &err)) {
        loop_timer_set(r->bot.loop, &r->patience, READ_PATIENCE_MS);
        loop_run(r->bot.loop);
    }
    if (err.text[0])
        STR_SET(t->why, err.text);
    if (r->bot.loop) {
        loop_timer_cancel(&r->turn);
        loop_timer_cancel(&r->patience);
    }
    bot_done(&r->bot);
    inbox_done(&r->inbox);
    free(r);
}

/* ---- what is printed ---- */

struct shown {
    const struct told *told;
    const char *doubt;
    struct case_row *rows;
    size_t count;
    ms_t now_ms;
};

static void print_text(const struct shown *s)
{
    char at[CLOCK_ISO_BYTES] = "";
    if (!s->told->by_daemon)
        print_out("no running reguard answers; this is what Stax itself says\n");
    if (s->told->at_ms)
        clock_iso(s->told->at_ms, at);
    print_out("guardrail: %s", watch_name(s->told->watch));
    if (at[0])
        print_out(", checked %s, %lld s ago", at, (long long)(s->told->age_ms / MS_SECOND));
    print_out("%s%s\n", s->told->why[0] ? ": " : "", s->told->why);
    if (s->doubt[0])
        print_out("records: IN DOUBT: %s; nothing is lifted until `reguard audit accept`\n",
                  s->doubt);
    for (size_t i = s->count; i > 0; i--) {
        const struct case_row *r = &s->rows[i - 1];
        char deadline[CLOCK_ISO_BYTES] = "";
        if (r->deadline_ms)
            clock_iso(r->deadline_ms, deadline);
        print_out("%s  %-9s  %s %s%s%s%s\n", r->case_id, r->state, r->account[0] ? r->account : "-",
                  r->account_name, deadline[0] ? "  until " : "", deadline,
                  case_row_is_overdue(r, s->now_ms) ? "  OVERDUE" : "");
    }
    if (s->count == 0)
        print_out("no open case\n");
}

static json_t *case_json(const struct case_row *r, ms_t now_ms)
{
    char deadline[CLOCK_ISO_BYTES] = "";
    if (r->deadline_ms)
        clock_iso(r->deadline_ms, deadline);
    return json_pack("{s:s, s:s, s:b, s:s, s:o}", "id", r->case_id, "state", r->state, "overdue",
                     case_row_is_overdue(r, now_ms), "account", r->account, "deadline",
                     deadline[0] ? json_string(deadline) : json_null());
}

static void print_as_json(const struct shown *s)
{
    char at[CLOCK_ISO_BYTES] = "";
    json_t *cases = json_array();
    if (s->told->at_ms)
        clock_iso(s->told->at_ms, at);
    for (size_t i = s->count; i > 0; i--)
        json_array_append_new(cases, case_json(&s->rows[i - 1], s->now_ms));
    json_t *status = json_pack("{s:s, s:o, s:I, s:s, s:s, s:s, s:o}", "guardrail",
                               watch_name(s->told->watch), "checked_at",
                               at[0] ? json_string(at) : json_null(), "age_ms",
                               (json_int_t)s->told->age_ms, "source",
                               s->told->by_daemon ? "daemon" : "stax", "why", s->told->why,
                               "records", s->doubt[0] ? "in doubt" : "fine", "cases", cases);
    char *text = json_dumps(status, JSON_COMPACT);
    print_json(str_or_empty(text));
    free(text);
    json_decref(status);
}

/* On, and read so lately that the watch is at work: within two of its intervals. */
static bool is_on_now(const struct told *t, ms_t interval_ms)
{
    return t->watch == WATCH_ON && t->at_ms && t->age_ms <= 2 * interval_ms;
}

int cli_status(const char *config_file, bool json)
{
    struct err err = { "" };
    struct told told;
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    ms_t idle = config->policy.poll_idle, lifted = ms_min(config->policy.poll_lifted, idle);
    struct arena arena;
    struct case_row *rows = calloc(LIMIT_CASES, sizeof *rows);
    if (!rows)
        abort();
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct shown shown = { .told = &told, .doubt = "", .rows = rows, .now_ms = clock_wall_ms() };
    struct store *store = store_open_to_look(config->bot.state_dir, &err);
    if (store) {
        shown.count = store_cases(store, true, NULL, rows, LIMIT_CASES);
        shown.doubt = str_or_empty(store_get(store, "doubt", &arena));
        shown.now_ms = ms_max(shown.now_ms, store_newest_ms(store));
    } else {
        print_problem("reguard: %s\n", err.text);
    }
    store_close(store);
    if (ask_daemon(config, &told))
        free(config);
    else
        read_stax(config, &told);
    (json ? print_as_json : print_text)(&shown);
    free(rows);
    arena_done(&arena);
    return is_on_now(&told, shown.count ? lifted : idle) ? 0 : 1;
}
