#include "host/audit.h"
#include "core/desk.h"
#include "host/factjson.h"
#include "host/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verifying {
    uint64_t next;
    char prev[STORE_HASH_BYTES];
    struct desk *desk;
    uint64_t quiet; /* up to here the daemon does not read, because nothing was open then */
    struct case_row *rows;
    size_t row_count;
    struct arena arena;
};

static bool keep_row(struct verifying *v, const struct casefile *c, struct err *err)
{
    struct case_row row;
    case_row_of(c, &row);
    for (size_t i = v->row_count; i > 0; i--) /* the newest cases are the ones that records name */
        if (str_equal(v->rows[i - 1].case_id, row.case_id)) {
            v->rows[i - 1] = row;
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
        return err_set(err, "record %" PRIu64 " is missing: %" PRIu64 " follows", v->next - 1,
                       r->seq);
    if (!str_equal(r->prev, v->prev))
        return err_set(err, "record %" PRIu64 " does not follow the one before it", r->seq);
    const char *chained = arena_printf(&v->arena, "%s%s", r->prev,
                                       factjson_canonical(&columns, r->seq, r->at_ms, &v->arena));
    secret_sha256_hex(chained, strlen(chained), hash);
    if (!str_equal(hash, r->hash))
        return err_set(err, "record %" PRIu64 " was changed: its hash does not match", r->seq);
    STR_SET(v->prev, r->hash);
    if (!factjson_read(&columns, r->at_ms, &v->arena, &f, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    desk_apply(v->desk, &f);
    if (r->seq == v->quiet && !desk_is_quiet(v->desk))
        return err_set(err,
                       "something is open at record %" PRIu64
                       ", which the store calls the end of what is settled",
                       r->seq);
    const struct casefile *c = desk_case_const(v->desk, f.case_no);
    return !c || keep_row(v, c, err);
}

/* a: as kept, perhaps by an older reguard. */
static bool same_row(const struct case_row *a, const struct case_row *b)
{
    return str_equal(a->state, b->state) && str_equal(a->account, b->account) &&
           str_equal(a->account_name, b->account_name) && str_equal(a->requester, b->requester) &&
           str_equal(a->reason, b->reason) && a->asked_ms == b->asked_ms &&
           a->lifted_ms == b->lifted_ms && a->deadline_ms == b->deadline_ms &&
           a->closed_ms == b->closed_ms &&
           (a->overdue_ms == CASE_ROW_NO_DUE || a->overdue_ms == b->overdue_ms);
}

/* The end of the chain as it was written with the last record: a cut end shows here. */
static bool verify_head(struct store *store, const struct verifying *v, struct err *err)
{
    struct arena arena;
    uint64_t seq = 0;
    char hash[STORE_HASH_BYTES] = "";
    arena_init(&arena, LIMIT_ARENA_BYTES);
    const char *head = store_get(store, "head", &arena);
    bool fine = !head ? v->next == 1
                      : sscanf(head, "%" SCNu64 " %64s", &seq, hash) == 2 && seq == v->next - 1 &&
                            str_equal(hash, v->prev);
    arena_done(&arena);
    return fine || err_set(err, "record %" PRIu64 " is missing: the journal was cut", v->next);
}

static bool verify_cases(struct store *store, const struct verifying *v, struct err *err)
{
    for (size_t i = 0; i < v->row_count; i++) {
        struct case_row kept;
        if (store_cases(store, false, v->rows[i].case_id, &kept, 1) != 1)
            return err_set(err, "case %s is in the journal but not among the cases",
                           v->rows[i].case_id);
        if (!same_row(&kept, &v->rows[i]))
            return err_set(err, "case %s is not what the journal says", kept.case_id);
    }
    return store_last_case(store) <= v->desk->last_case ||
           err_set(err, "there is a case that the journal does not know");
}

bool audit_verify(struct store *store, struct audit_summary *ret, struct err *err)
{
    struct verifying v = { .next = 1, .prev = STORE_FIRST_HASH, .desk = calloc(1, sizeof *v.desk) };
    if (!v.desk)
        return err_set(err, "out of memory");
    arena_init(&v.arena, LIMIT_ARENA_BYTES);
    desk_init(v.desk);
    bool fine = store_quiet(store, &v.quiet, err) &&
                store_each_record(store, 0, NULL, verify_record, &v, err) &&
                verify_head(store, &v, err) && verify_cases(store, &v, err);
    if (fine) {
        *ret = (struct audit_summary){ .records = v.next - 1, .cases = v.row_count };
        STR_SET(ret->head, v.prev);
    }
    arena_done(&v.arena);
    free(v.rows);
    free(v.desk);
    return fine;
}
