/* `reguard status` and `reguard audit`: from the store, also beside a running daemon. */
#include "cli/bot.h"
#include "host/clock.h"
#include "host/factjson.h"
#include "host/secret.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        fprintf(stderr, "reguard: %s\n", err.text);
    return store;
}

/* ---- status ---- */

static void print_status_text(const char *watch, const char *at, const struct case_row *rows, size_t n)
{
    printf("guardrail: %s%s%s\n", watch, at[0] ? ", checked " : "", at);
    for (size_t i = n; i > 0; i--) {
        const struct case_row *r = &rows[i - 1];
        char deadline[CLOCK_ISO_BYTES] = "";
        if (r->deadline_ms)
            clock_iso(r->deadline_ms, deadline);
        bool overdue = r->deadline_ms && r->deadline_ms < clock_wall_ms();
        printf("%s  %-9s  %s %s%s%s%s\n", r->case_id, r->state, r->account[0] ? r->account : "-", r->account_name, deadline[0] ? "  until " : "", deadline, overdue ? "  OVERDUE" : "");
    }
    if (n == 0)
        puts("no open case");
}

static void print_status_json(const char *watch, const char *at, const struct case_row *rows, size_t n)
{
    json_t *cases = json_array();
    for (size_t i = n; i > 0; i--) {
        const struct case_row *r = &rows[i - 1];
        char deadline[CLOCK_ISO_BYTES] = "";
        if (r->deadline_ms)
            clock_iso(r->deadline_ms, deadline);
        bool overdue = r->deadline_ms && r->deadline_ms < clock_wall_ms() && (str_equal(r->state, "lifted") || str_equal(r->state, "restoring"));
        json_array_append_new(cases, json_pack("{s:s, s:s, s:b, s:s, s:o}", "id", r->case_id, "state", r->state, "overdue", overdue, "account", r->account, "deadline",
                                               deadline[0] ? json_string(deadline) : json_null()));
    }
    json_t *status = json_pack("{s:s, s:o, s:o}", "guardrail", watch, "checked_at", at[0] ? json_string(at) : json_null(), "cases", cases);
    char *text = json_dumps(status, JSON_COMPACT);
    puts(str_or_empty(text));
    free(text);
    json_decref(status);
}

int cli_status(const char *config_file, bool json)
{
    struct config *config;
    int status;
    struct store *store = look(config_file, &config, &status);
    char watch[16] = "unknown", at[CLOCK_ISO_BYTES] = "";
    if (store) {
        struct arena arena;
        struct case_row rows[LIMIT_CASES];
        arena_init(&arena, LIMIT_ARENA_BYTES);
        const char *kept = store_get(store, "watch", &arena);
        int64_t at_ms = 0;
        if (kept && sscanf(kept, "%15s %" SCNd64, watch, &at_ms) == 2 && at_ms)
            clock_iso(at_ms, at);
        size_t n = store_cases(store, true, NULL, rows, COUNT(rows));
        (json ? print_status_json : print_status_text)(watch, at, rows, n);
        status = str_equal(watch, "on") ? 0 : 1;
        arena_done(&arena);
    }
    store_close(store);
    free(config);
    return status;
}

/* ---- audit verify ---- */

struct verifying { uint64_t next; char prev[STORE_HASH_BYTES]; struct desk *desk; struct case_row *rows; size_t row_count; struct arena arena; };

static bool keep_row(struct verifying *v, const struct casefile *c, struct err *err)
{
    struct case_row row;
    case_row_of(c, &row);
    for (size_t i = 0; i < v->row_count; i++)
        if (str_equal(v->rows[i].case_id, row.case_id)) {
            v->rows[i] = row;
            return true;
        }
    struct case_row *more = realloc(v->rows, (v->row_count + 1) * sizeof *more);
    if (!more)
        return err_set(err, "out of memory");
    v->rows = more;
    v->rows[v->row_count++] = row;
    return true;
}

static bool verify_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct verifying *v = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    char hash[STORE_HASH_BYTES];
    arena_reset(&v->arena);
    if (r->seq != v->next++)
        return err_set(err, "record %" PRIu64 " is missing: %" PRIu64 " follows", v->next - 1, r->seq);
    if (!str_equal(r->prev, v->prev))
        return err_set(err, "record %" PRIu64 " does not follow the one before it", r->seq);
    const char *chained = arena_printf(&v->arena, "%s%s", r->prev, factjson_canonical(&columns, r->seq, r->at_ms, &v->arena));
    secret_sha256_hex(chained, strlen(chained), hash);
    if (!str_equal(hash, r->hash))
        return err_set(err, "record %" PRIu64 " was changed: its hash does not match", r->seq);
    STR_SET(v->prev, r->hash);
    if (!factjson_read(&columns, r->at_ms, &v->arena, &f, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    desk_apply(v->desk, &f);
    const struct casefile *c = desk_case_const(v->desk, f.case_no);
    return !c || keep_row(v, c, err);
}

static bool same_row(const struct case_row *a, const struct case_row *b)
{
    return str_equal(a->state, b->state) && str_equal(a->account, b->account) && str_equal(a->requester, b->requester) && str_equal(a->reason, b->reason) &&
           a->asked_ms == b->asked_ms && a->lifted_ms == b->lifted_ms && a->deadline_ms == b->deadline_ms && a->closed_ms == b->closed_ms;
}

/* The end of the chain as it was written with the last record: a cut end shows here. */
static bool verify_head(struct store *store, const struct verifying *v, struct err *err)
{
    struct arena arena;
    uint64_t seq = 0;
    char hash[STORE_HASH_BYTES] = "";
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *head = store_get(store, "head", &arena);
    bool fine = !head ? v->next == 1 : sscanf(head, "%" SCNu64 " %64s", &seq, hash) == 2 && seq == v->next - 1 && str_equal(hash, v->prev);
    arena_done(&arena);
    return fine || err_set(err, "record %" PRIu64 " is missing: the journal was cut", v->next);
}

static bool verify_cases(struct store *store, const struct verifying *v, struct err *err)
{
    for (size_t i = 0; i < v->row_count; i++) {
        struct case_row kept;
        if (store_cases(store, false, v->rows[i].case_id, &kept, 1) != 1)
            return err_set(err, "case %s is in the journal but not among the cases", v->rows[i].case_id);
        if (!same_row(&kept, &v->rows[i]))
            return err_set(err, "case %s is not what the journal says", kept.case_id);
    }
    return store_last_case(store) <= v->desk->last_case || err_set(err, "there is a case that the journal does not know");
}

int cli_audit_verify(const char *config_file)
{
    struct config *config;
    int status;
    struct err err = { "" };
    struct store *store = look(config_file, &config, &status);
    if (store) {
        struct verifying v = { .next = 1, .prev = "0000000000000000000000000000000000000000000000000000000000000000", .desk = calloc(1, sizeof *v.desk) };
        arena_init(&v.arena, LIMIT_ARENA_BYTES);
        desk_init(v.desk);
        bool fine = store_each_record(store, 0, NULL, verify_record, &v, &err) && verify_head(store, &v, &err) && verify_cases(store, &v, &err);
        if (fine)
            printf("%" PRIu64 " records, %zu case%s: the chain is whole, and every case is what its records say; head %s\n", v.next - 1, v.row_count,
                   v.row_count == 1 ? "" : "s", v.prev);
        else
            printf("BROKEN: %s\n", err.text);
        status = !fine;
        arena_done(&v.arena);
        free(v.rows);
        free(v.desk);
    }
    store_close(store);
    free(config);
    return status;
}

/* ---- audit export ---- */

static bool export_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct arena *arena = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    arena_reset(arena);
    char *canonical = factjson_canonical(&columns, r->seq, r->at_ms, arena);
    canonical[strlen(canonical) - 1] = '\0';
    if (printf("%s,\"prev\":\"%s\",\"hash\":\"%s\"}\n", canonical, r->prev, r->hash) < 0)
        return err_set(err, "nobody reads the output any more");
    return true;
}

int cli_audit_export(const char *config_file)
{
    struct config *config;
    int status;
    struct err err = { "" };
    struct store *store = look(config_file, &config, &status);
    if (store) {
        struct arena arena;
        arena_init(&arena, LIMIT_ARENA_BYTES);
        status = !store_each_record(store, 0, NULL, export_record, &arena, &err);
        if (status)
            fprintf(stderr, "reguard: %s\n", err.text);
        arena_done(&arena);
    }
    store_close(store);
    free(config);
    return status;
}

/* ---- audit explain ---- */

static bool explain_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct { struct arena arena; size_t count; } *x = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    char at[CLOCK_ISO_BYTES];
    arena_reset(&x->arena);
    if (!factjson_read(&columns, r->at_ms, &x->arena, &f, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    clock_iso(r->at_ms, at);
    x->count++;
    printf("%s  #%-5" PRIu64 " %-20s by %s", at, r->seq, r->kind, str_or_empty(f.actor.name)[0] ? f.actor.name : "reguard");
    if (str_or_empty(f.actor.stax)[0])
        printf(" (Stax %s, %s %s)", f.actor.stax, str_or_empty(f.actor.chat), str_or_empty(f.actor.id));
    if (str_or_empty(f.source.event_id)[0])
        printf("  because of %s %s", str_or_empty(f.source.chat), f.source.event_id);
    printf("\n    %s\n", r->data);
    return true;
}

int cli_audit_explain(const char *config_file, const char *case_id)
{
    struct config *config;
    int status;
    struct err err = { "" };
    struct store *store = look(config_file, &config, &status);
    if (store) {
        struct { struct arena arena; size_t count; } x = { .count = 0 };
        char id[CASE_ID_BYTES];
        case_id_text(case_id_read(case_id), id);
        arena_init(&x.arena, LIMIT_ARENA_BYTES);
        bool whole = id[0] && store_each_record(store, 0, id, explain_record, &x, &err);
        status = !whole || x.count == 0;
        if (status)
            fprintf(stderr, "reguard: %s\n", err.text[0] ? err.text : "there is no such case");
        arena_done(&x.arena);
    }
    store_close(store);
    free(config);
    return status;
}
