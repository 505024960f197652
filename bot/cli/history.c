/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard history`: the newest cases, or one and its steps, from the store alone: beside a running
   daemon, and without one. Read-only. */
#include "cli/bot.h"
#include "core/xalloc.h"
#include "cli/print.h"
#include "host/clock.h"
#include "store/factjson.h"
#include "store/history.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4 * 1024 * 1024, ROWS_UNLESS_TOLD = 5 };

struct telling {
    struct store *store;
    const char *case_id; /* NULL: the newest */
    size_t most;
    bool json;
    struct arena arena;
    struct buf steps; /* of a case, as JSON */
    bool steps_begun;
};

static void add_instant(struct buf *b, ms_t at_ms)
{
    char at[CLOCK_ISO_BYTES];
    clock_iso(at_ms, at);
    buf_add(b, at);
}

/* ---- the steps of one case ---- */

static const char *step_name(const struct fact *f)
{
    return f->kind == FACT_REMINDED ? f->verb : fact_names[f->kind];
}

static bool tell_step(void *arg, const struct journal_record *r, struct err *err)
{
    struct telling *t = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    char at[CLOCK_ISO_BYTES];
    arena_reset(&t->arena);
    if (!factjson_read(&columns, r->at_ms, &t->arena, &f, err))
        return err_wrap(err, "record %llu", (unsigned long long)r->seq);
    const char *by = str_or_empty(f.actor.name)[0] ? f.actor.name : "reguard";
    clock_iso(r->at_ms, at);
    if (!t->json)
        return print_out("  %s  %-20s by %s\n", at, step_name(&f), by) ||
               err_set(err, "nobody reads the output any more");
    buf_addf(&t->steps, "%s{\"at\":\"%s\",\"step\":", t->steps_begun ? "," : "", at);
    json_add_quoted(&t->steps, step_name(&f));
    buf_add(&t->steps, ",\"by\":");
    json_add_quoted(&t->steps, by);
    buf_add_char(&t->steps, '}');
    t->steps_begun = true;
    return true;
}

static bool tell_steps(struct telling *t, struct err *err)
{
    return !t->case_id || store_each_record(t->store, 0, t->case_id, tell_step, t, err);
}

/* ---- cases ---- */

static void add_text(struct buf *b, const char *name, const char *text)
{
    buf_addf(b, ",\"%s\":", name);
    json_add_quoted(b, text);
}

static void add_time(struct buf *b, const char *name, ms_t at_ms)
{
    buf_addf(b, ",\"%s\":%s", name, at_ms ? "\"" : "null");
    if (!at_ms)
        return;
    add_instant(b, at_ms);
    buf_add_char(b, '"');
}

static void add_case(struct buf *b, const struct case_row *row, ms_t now_ms)
{
    buf_add(b, "{\"id\":");
    json_add_quoted(b, row->case_id);
    add_text(b, "state", row->state);
    buf_addf(b, ",\"overdue\":%s", case_row_is_overdue(row, now_ms) ? "true" : "false");
    add_text(b, "account", row->account);
    add_text(b, "name", row->account_name);
    add_text(b, "requester", row->requester);
    add_text(b, "reason", row->reason);
    add_time(b, "asked_at", row->asked_ms);
    add_time(b, "lifted_at", row->lifted_ms);
    add_time(b, "deadline", row->deadline_ms);
    add_time(b, "closed_at", row->closed_ms);
}

/* A whole line for each case, so that it can also be read line by line. */
static bool print_cases_json(struct telling *t, const struct case_row *rows, size_t count,
                             struct err *err)
{
    ms_t now_ms = ms_max(clock_wall_ms(), store_newest_ms(t->store));
    if (!tell_steps(t, err))
        return false;
    print_json("[");
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, TEXT_BYTES);
        add_case(&b, &rows[i], now_ms);
        if (t->case_id)
            buf_addf(&b, ",\"steps\":[%s]", buf_text(&t->steps));
        buf_add(&b, i + 1 < count ? "}," : "}");
        print_json(buf_text(&b));
    }
    print_json("]");
    return true;
}

static bool print_cases(struct telling *t, const struct case_row *rows, size_t count,
                        struct err *err)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, TEXT_BYTES);
    history_add(&b, rows, count, t->case_id, add_instant, &t->arena);
    buf_add_char(&b, '\n');
    print_lines(buf_text(&b));
    return tell_steps(t, err);
}

static bool tell(struct telling *t, struct err *err)
{
    struct case_row *rows = xcalloc(t->most, sizeof *rows);
    size_t count = store_cases(t->store, false, t->case_id, rows, t->most);
    bool told = (t->json ? print_cases_json : print_cases)(t, rows, count, err);
    free(rows);
    return told && (count || !t->case_id || err_set(err, "there is no such case"));
}

/* A number of cases, or a case. */
static bool read_which(const char *which, struct telling *t, char id[CASE_ID_BYTES])
{
    char *end = NULL;
    long most = which ? strtol(which, &end, 10) : ROWS_UNLESS_TOLD;
    case_id_text(which ? case_id_read(which) : 0, id);
    *t = (struct telling){ .most = 1 };
    if (which && case_id_read(which)) {
        t->case_id = id;
        return true;
    }
    t->most = (size_t)most;
    return (!which || (end != which && !*end)) && most >= 1 && most <= LIMIT_HISTORY_PRINTED;
}

int cli_history(const char *config_file, const char *which, bool json)
{
    struct telling t;
    struct err err = { "" };
    char id[CASE_ID_BYTES];
    if (!read_which(which, &t, id)) {
        print_problem("reguard: “%s” is neither a case, like G-0001, nor a number of cases from 1 "
                      "to %d\n",
                      which, (int)LIMIT_HISTORY_PRINTED);
        return EXIT_BAD_USAGE;
    }
    struct config *config = bot_config(config_file);
    if (!config)
        return EXIT_BAD_CONFIG;
    t.json = json;
    t.store = store_open_to_glance(config->bot.state_dir, &err);
    arena_init(&t.arena, LIMIT_ARENA_BYTES);
    buf_init(&t.steps, TEXT_BYTES);
    if (t.store)
        store_hold_still(t.store);
    bool told = t.store && tell(&t, &err);
    if (!told)
        print_problem("reguard: %s\n", err.text);
    buf_done(&t.steps);
    arena_done(&t.arena);
    store_close(t.store);
    free(config);
    return !told;
}
