/* SPDX-License-Identifier: Apache-2.0 */
/* `reguard audit`: from the store, also beside a running daemon. */
#include "cli/bot.h"
#include "cli/print.h"
#include "core/flags.h"
#include "store/audit.h"
#include "host/clock.h"
#include "store/factjson.h"
#include "host/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct store *look(const char *config_file, struct config **ret_config, int *ret_status)
{
    struct err err = { "" };
    *ret_status = EXIT_BAD_CONFIG;
    *ret_config = bot_config(config_file);
    if (!*ret_config)
        return NULL;
    *ret_status = 1;
    struct store *store = store_open_to_look((*ret_config)->bot.state_dir, &err);
    if (!store)
        print_problem("reguard: %s\n", err.text);
    return store;
}

/* ---- audit verify ---- */

int cli_audit_verify(const char *config_file, const char *head)
{
    struct config *config;
    int status;
    struct err err = { "" };
    struct audit_summary found;
    struct store *store = look(config_file, &config, &status);
    if (store) {
        store_hold_still(store);
        status = !audit_verify(store, print_progress, &found, &err) ||
                 (head && !audit_has(store, head, &err));
        if (status)
            print_out("BROKEN: %s\n", err.text);
        else
            print_out("%" PRIu64 " records, %zu case%s: the chain is whole, and every case is what "
                      "its records say; head %s\n",
                      found.records, found.cases, found.cases == 1 ? "" : "s", found.head);
    }
    store_close(store);
    free(config);
    return status;
}

/* ---- audit export ---- */

struct exporting {
    struct arena arena;
    uint64_t last; /* what the progress is told of; 0: nobody is told */
};

static bool export_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct exporting *x = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    arena_reset(&x->arena);
    if (!factjson_read(&columns, r->at_ms, &x->arena, &f, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    char *canonical = factjson_canonical(&columns, r->seq, r->at_ms, &x->arena);
    canonical[strlen(canonical) - 1] = '\0';
    const char *const parts[] = { canonical,        ",\"prev\":\"", r->prev,
                                  "\",\"hash\":\"", r->hash,        "\"}" };
    if (!print_json(arena_join(&x->arena, parts, COUNT(parts))))
        return err_set(err, "nobody reads the output any more");
    if (r->seq % AUDIT_TOLD_EVERY == 0 && x->last)
        print_progress(r->seq, x->last);
    return true;
}

static bool export_all(struct store *store, struct err *err)
{
    struct exporting x = { 0 };
    char hash[STORE_HASH_BYTES];
    x.last = isatty(STDOUT_FILENO) ? 0 : store_head(store, hash);
    arena_init(&x.arena, LIMIT_ARENA_BYTES);
    print_by_block();
    bool whole = store_each_record(store, 0, NULL, export_record, &x, err);
    if (x.last >= AUDIT_TOLD_EVERY)
        print_progress(x.last, x.last);
    arena_done(&x.arena);
    /* What was read before a record that is none is exported, too. */
    return (print_flush() || err_set(err, "the output could not be written to its end")) && whole;
}

int cli_audit_export(const char *config_file)
{
    struct config *config;
    int status;
    struct err err = { "" };
    struct store *store = look(config_file, &config, &status);
    if (store) {
        status = !export_all(store, &err);
        if (status)
            print_problem("reguard: %s\n", err.text);
    }
    store_close(store);
    free(config);
    return status;
}

/* ---- audit explain ---- */

static bool is_instant(const char *name)
{
    return str_equal(name, "until_ms") || str_equal(name, "since_ms");
}

static void explain_number(const char *name, int64_t number)
{
    char at[CLOCK_ISO_BYTES];
    size_t bytes = strlen(name);
    if (is_instant(name))
        clock_iso(number, at);
    if (is_instant(name))
        print_out("    %.*s: %s\n", (int)bytes - 3, name, at);
    else if (str_equal(name, "window_ms"))
        print_out("    window: %" PRId64 " s\n", number / 1000);
    else
        print_out("    %s: %" PRId64 "\n", name, number);
}

/* Every value that the decision rested on; of the guardrail document the one flag that matters. */
static void explain_values(const struct provider *p, const struct fact *f)
{
    static const char *const states[] = { "absent", "off", "on" };
#define TEXT(name)                                              \
    if (str_or_empty(f->name)[0] && !str_equal(#name, "flags")) \
        print_out("    " #name ": %s\n", f->name);
    FACT_TEXTS(TEXT)
#undef TEXT
#define NUMBER(name)                                                           \
    if (f->name && !str_equal(#name, "effect_id") && !str_equal(#name, "ref")) \
        explain_number(#name, f->name);
    FACT_NUMBERS(NUMBER)
#undef NUMBER
    if (str_or_empty(f->flags)[0])
        print_out("    the document read then: %s %s\n", p->key_name,
                  states[flags_root(p, f->flags)]);
}

/* Of a case: also what was changed of the rules while it was open, and the words that stood in the
   chat then, which name every open case, until they are gone. Of "rules": all that was changed of
   them. */
struct explaining {
    struct arena arena;
    const struct provider *provider;
    const char *case_id; /* "" for the rules */
    uint64_t first, last;
    bool words_over;
    size_t count;
};

static bool explain_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct explaining *x = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    char at[CLOCK_ISO_BYTES];
    arena_reset(&x->arena);
    if (!factjson_read(&columns, r->at_ms, &x->arena, &f, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    clock_iso(r->at_ms, at);
    x->count++;
    print_out("%s  #%-5" PRIu64 " %-20s by %s", at, r->seq, r->kind,
              str_or_empty(f.actor.name)[0] ? f.actor.name : "reguard");
    if (str_or_empty(f.actor.user)[0])
        print_out(" (%s %s, %s %s)", x->provider->title, f.actor.user, str_or_empty(f.actor.chat),
                  str_or_empty(f.actor.id));
    if (str_or_empty(f.source.event_id)[0])
        print_out("  because of %s %s", str_or_empty(f.source.chat), f.source.event_id);
    print_out("\n");
    explain_values(x->provider, &f);
    return true;
}

static bool is_of_rules(const struct journal_record *r)
{
    return str_equal(r->kind, fact_names[FACT_RULE_CHANGED]) ||
           str_equal(r->kind, fact_names[FACT_RULES_READ]);
}

/* Those that are taken back behind the last record of the case, too; then the next ones are left.
 */
static bool is_word_then(struct explaining *x, const struct journal_record *r)
{
    bool left = str_equal(r->kind, fact_names[FACT_WORD_LEFT]),
         gone = str_equal(r->kind, fact_names[FACT_WORD_GONE]);
    x->words_over |= left && r->seq > x->last;
    return r->seq > x->first && !x->words_over && (left || gone);
}

static bool note_span(void *arg, const struct journal_record *r, struct err *err)
{
    struct explaining *x = arg;
    (void)err;
    x->first = x->first ? x->first : r->seq;
    x->last = r->seq;
    return true;
}

static bool explain_if_meant(void *arg, const struct journal_record *r, struct err *err)
{
    struct explaining *x = arg;
    bool of_rules = !x->case_id[0], in_span = r->seq > x->first && r->seq < x->last;
    bool meant = is_of_rules(r)
                     ? of_rules || in_span
                     : !of_rules && (str_equal(r->case_id, x->case_id) || is_word_then(x, r));
    return !meant || explain_record(x, r, err);
}

int cli_audit_explain(const char *config_file, const char *case_id)
{
    struct config *config;
    int status;
    struct err err = { "" };
    struct store *store = look(config_file, &config, &status);
    if (store) {
        bool rules = str_equal(case_id, "rules");
        char id[CASE_ID_BYTES];
        case_id_text(case_id_read(case_id), id);
        struct explaining x = { .provider = config->policy.provider, .case_id = id };
        arena_init(&x.arena, LIMIT_ARENA_BYTES);
        bool whole = (rules || (id[0] && store_each_record(store, 0, id, note_span, &x, &err))) &&
                     store_each_record(store, 0, NULL, explain_if_meant, &x, &err);
        status = !whole || x.count == 0;
        if (status)
            print_problem("reguard: %s\n", err.text[0] ? err.text : "there is no such case");
        arena_done(&x.arena);
    }
    store_close(store);
    free(config);
    return status;
}
