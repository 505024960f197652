/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard status`: what the running daemon knows of the guardrail, and when none answers, what
   the provider says now. Nothing that is only written down is called on. Both come as the JSON that
   GET /status has, and are printed from it. */
#include "core/guardrail.h"
#include "core/xalloc.h"
#include "cli/bot.h"
#include "cli/control.h"
#include "cli/print.h"
#include "host/clock.h"
#include "host/json.h"
#include "store/status.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ms_t READ_PATIENCE_MS = 30 * MS_SECOND;

/* ---- the daemon ---- */

/* NULL, and why as a clause, when none answers. */
static json_t *ask_daemon(const struct config *config, struct err *why)
{
    static const char *const silence[] = {
        [CONTROL_ANSWERED] = "its answer is not understood",
        [CONTROL_NOBODY] = "none runs on",
        [CONTROL_SILENT] = "no sign of life within 5 s from the one on",
        [CONTROL_DENIED] = "only root and its owner may ask the one on",
    };
    CLEANUP(buf_done) struct buf answer;
    buf_init(&answer, CONTROL_ANSWER_BYTES);
    enum control_answer came = control_ask(config->bot.state_dir, "status", NULL, &answer);
    json_t *status = came == CONTROL_ANSWERED
                         ? json_read(buf_text(&answer), answer.bytes, CONTROL_ANSWER_BYTES, why)
                         : NULL;
    if (!status)
        err_set(why, "%s %s", silence[came], config->bot.state_dir);
    else
        json_object_set_new(status, "source", json_string("daemon"));
    return status;
}

bool status_of_daemon(const struct config *config, struct buf *words)
{
    struct err why = { "" };
    JSON_AUTO *status = ask_daemon(config, &why);
    if (!status)
        return false;
    const char *reason = json_text_or_empty(status, "why");
    buf_addf(words, "root protection is %s%s%s",
             watch_word(watch_named(json_text_or_empty(status, "guardrail"))),
             reason[0] ? ": " : "", reason);
    return true;
}

/* ---- the provider itself ---- */

struct reading {
    struct bot bot;
    struct inbox inbox;
    struct loop_timer turn, patience;
    enum watch watch;
    struct err why; /* it is unknown */
};

static void take_answer(void *arg)
{
    struct reading *r = arg;
    struct inbox_batch *batch = inbox_take(&r->inbox);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->events[i]->kind != EVENT_SURVEYED)
            continue;
        const char *why;
        r->watch = guardrail_judge(&r->bot.config->policy, &batch->events[i]->survey, &batch->arena,
                                   &why);
        err_set(&r->why, "%s", why);
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
    err_set(&r->why, "%s did not answer in time", r->bot.config->policy.provider->title);
    loop_stop(r->bot.loop);
}

/* The configuration is taken over. */
static struct reading *read_provider(struct config *config)
{
    struct reading *r = xcalloc(1, sizeof *r);
    const struct effect survey = { .kind = EFFECT_SURVEY,
                                   .id = 1,
                                   .survey = { .parts = SURVEY_GUARDRAIL } };
    r->turn = (struct loop_timer){ .fired = take_answer, .arg = r };
    r->patience = (struct loop_timer){ .fired = give_up, .arg = r };
    log_setup(LOG_ERROR, LOG_TEXT);
    bool begun = bot_init(&r->bot, config, &r->why);
    inbox_init(&r->inbox, on_event, r);
    struct adapter *provider = begun && bot_make(&r->bot, ADAPTER_PROVIDER, &r->inbox, &r->why)
                                   ? bot_adapter(&r->bot, ADAPTER_PROVIDER)
                                   : NULL;
    if (provider && provider->ops->perform(provider, &survey, &r->why)) {
        loop_timer_set(r->bot.loop, &r->patience, READ_PATIENCE_MS);
        loop_run(r->bot.loop);
    }
    if (r->bot.loop) {
        loop_timer_cancel(&r->turn);
        loop_timer_cancel(&r->patience);
    }
    bot_done(&r->bot);
    inbox_done(&r->inbox);
    return r;
}

/* ---- the records, when no daemon answers ---- */

static void add_cases(struct buf *b, struct store *store)
{
    struct case_row *rows = xcalloc(LIMIT_CASES, sizeof *rows);
    ms_t now_ms = ms_max(clock_wall_ms(), store_newest_ms(store));
    const char *between = "";
    for (size_t i = store_cases(store, true, NULL, rows, LIMIT_CASES); i > 0; i--) {
        buf_add(b, between);
        status_add_case(b, &rows[i - 1], case_row_is_overdue(&rows[i - 1], now_ms), "");
        between = ",";
    }
    free(rows);
}

/* What the last daemon saw, and when: told as the past it is. */
static void add_last_known(struct status_seen *seen, struct store *store, struct arena *arena)
{
    char word[16] = "unknown";
    int64_t at_ms = 0;
    const char *kept = store_get(store, "watch", arena);
    if (kept && sscanf(kept, "%15s %18" SCNd64, word, &at_ms) != 2)
        at_ms = 0;
    seen->last_known = watch_named(word);
    if (!seen->checked_ms && at_ms > 0) {
        seen->checked_ms = at_ms;
        seen->age_ms = ms_max(clock_wall_ms() - at_ms, 0);
    }
}

/* Both without braces. */
static void add_records(struct buf *b, struct status_seen *seen, const char *state_dir)
{
    struct err err = { "" };
    struct arena arena;
    struct store *store = store_open_to_glance(state_dir, &err);
    if (!store) {
        print_problem("reguard: %s\n", err.text);
        status_add_seen(b, seen);
        buf_add(b, ",\"records\":\"not readable\",\"cases\":[]");
        return;
    }
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *doubt = str_or_empty(store_get(store, "doubt", &arena));
    add_last_known(seen, store, &arena);
    status_add_seen(b, seen);
    buf_addf(b, ",\"records\":\"%s\",\"why_in_doubt\":", doubt[0] ? "in doubt" : "fine");
    json_add_quoted(b, doubt);
    buf_add(b, ",\"cases\":[");
    add_cases(b, store);
    buf_add_char(b, ']');
    arena_done(&arena);
    store_close(store);
}

/* The configuration is taken over. */
static json_t *see_for_ourselves(struct config *config, const char *silence)
{
    char state_dir[CONFIG_PATH_BYTES];
    CLEANUP(buf_done) struct buf b;
    struct err err = { "" };
    STR_SET(state_dir, config->bot.state_dir);
    const struct venue *provider =
        config->kinds[config_kind_there(config, ADAPTER_PROVIDER)]->venue;
    struct reading *r = read_provider(config);
    bool known = r->watch != WATCH_UNKNOWN;
    struct status_seen seen = { .now = r->watch,
                                .last_known = r->watch,
                                .checked_ms = known ? clock_wall_ms() : 0,
                                .lately = known,
                                .why = r->why.text };
    buf_init(&b, CONTROL_ANSWER_BYTES);
    buf_add_char(&b, '{');
    add_records(&b, &seen, state_dir);
    buf_add_char(&b, '}');
    free(r);
    json_t *status = json_read(buf_text(&b), b.bytes, CONTROL_ANSWER_BYTES, &err);
    if (!status)
        xalloc_failed();
    json_object_set_new(status, "source", json_string(provider->name));
    json_object_set_new(status, "no_daemon", json_string(silence));
    json_object_set_new(status, "provider", json_string(provider->title));
    return status;
}

/* ---- what is printed ---- */

static const char *text_of(const json_t *status, const char *key)
{
    return str_or_empty(json_text(status, key));
}

static void print_guardrail(const json_t *status)
{
    bool daemon = str_equal(text_of(status, "source"), "daemon");
    const char *watch = text_of(status, "guardrail"), *at = text_of(status, "checked_at"),
               *last = text_of(status, "last_known");
    long long age_s = (long long)json_integer_value(json_object_get(status, "age_ms")) / 1000;
    const char *why = text_of(status, "why");
    if (!daemon)
        print_out("no running reguard answers (%s); this is what %s itself says\n",
                  text_of(status, "no_daemon"), text_of(status, "provider"));
    else
        print_out("a running reguard answers; this is what it knows\n");
    print_out("root protection: %s", watch_word(watch_named(watch)));
    if (!str_equal(watch, "unknown"))
        print_out(", checked %s, %lld s ago%s%s%s\n", at, age_s,
                  daemon ? " by the running reguard" : "", why[0] ? "; " : "", why);
    else if (at[0] && !str_equal(last, "unknown"))
        print_out(": %s; last seen %s %s, %lld s ago\n", why, watch_word(watch_named(last)), at,
                  age_s);
    else
        print_out(": %s\n", why);
}

/* Both may be so. */
static void print_records(const json_t *status)
{
    const char *lost = text_of(status, "why_not_writable"),
               *doubt = text_of(status, "why_in_doubt");
    if (lost[0])
        print_out("records: CANNOT BE WRITTEN: %s; until then no request is taken and nothing is "
                  "lifted, and every way to restore root protection works\n",
                  lost);
    if (text_of(status, "config_refused")[0])
        print_out("configuration: NOT TAKEN OVER on the last reload: %s; the old one stays in "
                  "force\n",
                  text_of(status, "config_refused"));
    if (doubt[0])
        print_out("records: IN DOUBT: %s; nothing is lifted until `reguard audit accept`\n", doubt);
}

/* "" of what was found OFF, which has no end; NULL: it is not overdue. */
static const char *overdue_since(const json_t *c)
{
    bool outside = str_equal(text_of(c, "state"), case_state_names[CASE_OUTSIDE]);
    return outside || json_is_true(json_object_get(c, "overdue")) ? text_of(c, "deadline") : NULL;
}

static bool comes_before(const json_t *a, const json_t *b)
{
    const char *since_a = overdue_since(a), *since_b = overdue_since(b);
    return since_a && (!since_b || strcmp(since_a, since_b) < 0);
}

/* As in the chat: what is overdue first, the longest before the others; then the oldest. */
static void put_in_order(json_t *cases)
{
    for (size_t i = 1; i < json_array_size(cases); i++) {
        json_t *c = json_incref(json_array_get(cases, i));
        size_t at = i;
        while (at > 0 && comes_before(c, json_array_get(cases, at - 1)))
            at--;
        json_array_remove(cases, i);
        json_array_insert_new(cases, at, c);
    }
}

static void print_text(const json_t *status)
{
    const json_t *cases = json_object_get(status, "cases");
    print_guardrail(status);
    print_records(status);
    if (text_of(status, "twin")[0])
        print_out("NOT ALONE: %s\n", text_of(status, "twin"));
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        const char *account = text_of(c, "account"), *deadline = text_of(c, "deadline");
        print_out("%s  %-9s  %s %s%s%s%s\n", text_of(c, "id"), text_of(c, "state"),
                  account[0] ? account : "-", text_of(c, "name"), deadline[0] ? "  until " : "",
                  deadline, json_is_true(json_object_get(c, "overdue")) ? "  OVERDUE" : "");
        if (text_of(c, "trouble")[0])
            print_out("        not restored yet: %s; it is tried again and again\n",
                      text_of(c, "trouble"));
    }
    if (json_array_size(cases) == 0 && !str_equal(text_of(status, "records"), "not readable"))
        print_out("no open request or window\n");
}

static void print_as_json(const json_t *status)
{
    char *text = json_dumps(status, JSON_COMPACT);
    print_json(str_or_empty(text));
    free(text);
}

int cli_status(const char *config_file, bool json)
{
    struct err silence = { "" };
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    json_t *status = ask_daemon(config, &silence);
    if (status)
        free(config);
    else
        status = see_for_ourselves(config, silence.text);
    put_in_order(json_object_get(status, "cases"));
    (json ? print_as_json : print_text)(status);
    bool on = str_equal(text_of(status, "guardrail"), "on") &&
              json_is_true(json_object_get(status, "lately"));
    json_decref(status);
    return on ? 0 : 1;
}
