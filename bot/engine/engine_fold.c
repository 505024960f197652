/* SPDX-License-Identifier: Apache-2.0 */
/* The desk out of the journal, at start; and whether the journal can be believed. What is found
   wrong is kept as a doubt, and the desk is built from everything that can be read up to the last
   record of our own: an open window must not be forgotten because a record is bad, and nothing is
   lowered on what is in doubt. */
#include "core/quota.h"
#include "core/xalloc.h"
#include "core/turn.h"
#include "store/audit.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "store/factjson.h"
#include "host/log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Pages of a file up to this size are looked at before anything else; of a larger one later. */
static const int64_t SMALL_FILE_BYTES = 4 * 1024 * 1024;
static const ms_t WALK_AFTER_MS = MS_SECOND, WALK_EVERY_MS = 20;
enum { WALK_RECORDS = 100 };

static void note_doubt(struct engine *e, uint64_t record, const struct err *why)
{
    if (e->doubt.why.text[0])
        return;
    e->doubt.why = *why;
    e->doubt.record = record;
    LOG(LOG_ERROR, "store.doubted", LS("why", why->text), LI("record", record));
}

/* ---- folding ---- */

enum { TOLD_EVERY = 100000 }; /* records: about a second */

struct fold {
    struct desk *desk;
    struct arena arena;
    uint64_t next, last; /* the record that must come, 0 for any; records behind `last` are none */
    char prev[STORE_HASH_BYTES];
    struct err wrong; /* the first that is, "" for nothing; and its record */
    uint64_t wrong_record;
    bool any_wrong; /* also what is accepted */
};

static void note_wrong(struct fold *f, uint64_t record, const struct err *why)
{
    f->any_wrong = true;
    if (f->wrong.text[0])
        return;
    f->wrong = *why;
    f->wrong_record = record;
}

/* In its place, of our own making, and what it was when it was written. */
static bool fits(struct fold *f, const struct journal_record *r, struct err *err)
{
    if (r->wrong)
        return err_set(err, "%s", r->wrong);
    if (f->next && r->seq != f->next)
        return err_set(err, "record %" PRIu64 " is missing", f->next);
    if (f->next && !str_equal(r->prev, f->prev))
        return err_set(err, "record %" PRIu64 " does not follow the one before it", r->seq);
    return audit_is_itself(r, &f->arena) || err_set(err, "record %" PRIu64 " was changed", r->seq);
}

/* In older stores the journal has the commands that waited, too: they are kept elsewhere now. */
static bool is_of_an_inquiry(enum fact_kind kind)
{
    return kind == FACT_INQUIRED || kind == FACT_INQUIRY_CLOSED;
}

static bool fold_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct fold *fold = arg;
    struct fact f;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct err wrong = { "" };
    (void)err;
    arena_reset(&fold->arena);
    bool fit = fits(fold, r, &wrong);
    if (!fit)
        note_wrong(fold, r->seq, &wrong);
    fold->next = r->seq + 1;
    STR_SET(fold->prev, r->hash);
    if (r->wrong || r->seq > fold->last)
        return true; /* what was added behind the last one of ours counts for nothing */
    if (!factjson_read(&columns, r->at_ms, &fold->arena, &f, &wrong)) {
        err_wrap(&wrong, "record %" PRIu64, r->seq);
        note_wrong(fold, r->seq, &wrong);
        return true;
    }
    if (!is_of_an_inquiry(f.kind))
        desk_apply(fold->desk, &f);
    if (r->seq % TOLD_EVERY == 0)
        LOG(LOG_INFO, "store.folding", LI("record", r->seq), LI("of", fold->last));
    if (fit && f.kind == FACT_STORE_ACCEPTED)
        fold->wrong.text[0] = '\0'; /* the operator goes on from there */
    return true;
}

void engine_fold(struct engine *e, struct desk *desk, struct engine_fold *fold)
{
    uint64_t after = fold->after;
    struct fold f = { .desk = desk, .next = after + 1, .last = fold->last };
    struct err err = { "" };
    arena_init(&f.arena, LIMIT_ARENA_BYTES);
    if (after && !store_hash_of(e->store, after, f.prev)) {
        err_set(&err, "record %" PRIu64 " is missing", after);
        note_wrong(&f, after, &err);
        f.next = 0;
    } else if (!after) {
        STR_SET(f.prev, STORE_FIRST_HASH);
    }
    if (!store_each_row(e->store, after, fold_record, &f, &err))
        note_wrong(&f, f.next, &err);
    fold->any = f.any_wrong;
    fold->wrong = f.wrong;
    fold->record = f.wrong_record;
    arena_done(&f.arena);
}

/* whole: what is before is on the desk. */
static void fold_all(struct engine *e, uint64_t after, bool whole, uint64_t last)
{
    struct engine_fold fold = { .after = after, .last = last };
    engine_fold(e, e->desk, &fold);
    engine_case_left(e);
    if (fold.wrong.text[0])
        note_doubt(e, fold.record, &fold.wrong);
    if (whole && !fold.any && !e->doubt.why.text[0])
        engine_know_whole(e, e->desk, last);
}

/* What people have left on record within a day counts, also when nothing else of it is needed. */
static bool count_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct fold *fold = arg;
    struct fact f;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct err wrong = { "" }; /* told by whoever verifies the whole journal */
    (void)err;
    arena_reset(&fold->arena);
    if (r->seq > fold->last)
        return false;
    if (!r->wrong && factjson_read(&columns, r->at_ms, &fold->arena, &f, &wrong))
        desk_count_act(fold->desk, &f);
    return true;
}

static void count_acts(struct engine *e, uint64_t after, uint64_t upto)
{
    struct fold f = { .desk = e->desk, .last = upto };
    struct err err = { "" };
    arena_init(&f.arena, LIMIT_ARENA_BYTES);
    /* It may end where what is folded begins; else who has left how much is not known. */
    if (!store_each_row(e->store, after, count_record, &f, &err) && err.text[0])
        note_doubt(e, 0, &err);
    arena_done(&f.arena);
}

/* Where all was settled nothing else is needed of what is before; who has left how much is known up
   to the record with which the desk was kept. */
static void settle(struct engine *e, uint64_t kept, uint64_t quiet)
{
    struct quota *quotas = xcalloc(1, sizeof e->desk->quotas);
    memcpy(quotas, e->desk->quotas, sizeof e->desk->quotas);
    engine_new_desk(e);
    memcpy(e->desk->quotas, quotas, sizeof e->desk->quotas);
    free(quotas);
    count_acts(e, kept ? kept : store_record_before(e->store, quiet, engine_now_ms(e) - QUOTA_MS),
               quiet);
}

static bool fold_waiting(void *arg, const struct journal_record *r, struct err *err)
{
    struct fold *fold = arg;
    struct fact f;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    arena_reset(&fold->arena);
    if (!factjson_read(&columns, r->at_ms, &fold->arena, &f, err))
        return err_wrap(err, "a command that waits");
    desk_apply(fold->desk, &f);
    return true;
}

/* The commands that wait are kept beside the journal. */
static void take_waiting(struct engine *e)
{
    struct fold f = { .desk = e->desk };
    struct err err = { "" };
    arena_init(&f.arena, LIMIT_ARENA_BYTES);
    if (!store_each_waiting(e->store, fold_waiting, &f, &err))
        note_doubt(e, 0, &err);
    arena_done(&f.arena);
}

/* A case that is kept as open, and of which the records since all was settled know nothing. */
static bool knows_open_cases(struct engine *e, struct err *err)
{
    struct case_row rows[LIMIT_CASES];
    size_t n;
    if (!store_open_cases(e->store, rows, COUNT(rows), &n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct casefile *c = desk_case_const(e->desk, case_id_read(rows[i].case_id));
        if (!c || !str_equal(rows[i].state, case_state_names[c->state]))
            return err_set(err, "case %s is kept as %s, which is not what its records say",
                           rows[i].case_id, rows[i].state);
    }
    return true;
}

/* The row of each case as the desk has it now: with store_put_case whole, with store_complete_case
   only what it lacks. */
static bool write_rows(struct engine *e,
                       bool (*write)(struct store *, const struct case_row *, struct err *),
                       struct err *err)
{
    for (size_t i = 0; i < e->desk->case_count; i++) {
        struct case_row row;
        case_row_of(&e->desk->cases[i], &row);
        if (!write(e->store, &row, err))
            return false;
    }
    return true;
}

/* Nobody would ever close one that the desk does not have. */
static bool drop_open_cases(struct engine *e, struct err *err)
{
    struct case_row rows[LIMIT_CASES];
    size_t n = store_cases(e->store, true, NULL, rows, COUNT(rows));
    bool fine = true;
    for (size_t i = 0; i < n; i++)
        if (!desk_case_const(e->desk, case_id_read(rows[i].case_id)))
            fine = fine && store_drop_case(e->store, rows[i].case_id, err);
    return fine;
}

static void check_file(struct engine *e, uint64_t *ret_last)
{
    struct err err = { "" };
    if (!store_check_end(e->store, ret_last, &err))
        note_doubt(e, *ret_last, &err);
    if (store_bytes(e->store) <= SMALL_FILE_BYTES && !store_check_pages(e->store, NULL, &err))
        note_doubt(e, 0, &err);
}

void engine_note_record(struct engine *e)
{
    char hash[STORE_HASH_BYTES];
    uint64_t newest = store_head(e->store, hash);
    desk_note_record(e->desk, newest, hash);
}

bool engine_note_rebuilt(struct engine *e, struct err *err)
{
    if (!engine_know_store(e, err))
        return false;
    engine_note_record(e);
    return write_rows(e, store_complete_case, err) &&
           (!e->doubt.why.text[0] || drop_open_cases(e, err)) && store_doubt_unsent(e->store, err);
}

/* The record behind which there is something to fold, with what is before it on the desk: what was
   kept, or nothing where all was settled later than that. */
static uint64_t begin_at(struct engine *e, bool *ret_whole)
{
    uint64_t quiet;
    bool kept_wrong = false;
    *ret_whole = true;
    struct err wrong = { "" };
    if (!store_quiet(e->store, &quiet, &wrong))
        note_doubt(e, 0, &wrong);
    if (e->doubt.why.text[0])
        return 0; /* nothing that is written beside the journal counts */
    uint64_t kept = engine_take_kept(e, &kept_wrong);
    if (kept_wrong || kept > quiet)
        return kept;
    if (quiet)
        settle(e, kept, quiet);
    *ret_whole = quiet == 0;
    return quiet;
}

bool engine_rebuild(struct engine *e, bool rows_behind, struct err *err)
{
    uint64_t last;
    bool whole;
    struct err wrong = { "" };
    engine_forget_whole(e); /* it may be another file by now */
    check_file(e, &last);
    uint64_t after = begin_at(e, &whole);
    fold_all(e, after, whole, last);
    if (rows_behind && !write_rows(e, store_put_case, err))
        return false;
    if (!knows_open_cases(e, &wrong)) {
        note_doubt(e, 0, &wrong);
        engine_new_desk(e);
        engine_forget_whole(e);
        fold_all(e, 0, true, last);
    }
    take_waiting(e);
    desk_skip_numbers(e->desk, store_last_case(e->store));
    return engine_note_rebuilt(e, err);
}

void engine_put_doubt(struct engine *e)
{
    if (!e->doubt.why.text[0])
        return;
    struct event *ev = inbox_new(&e->inbox, EVENT_STORE_DOUBTED, "");
    ev->doubt = (struct event_doubt){ .why = arena_copy(inbox_arena(&e->inbox), e->doubt.why.text),
                                      .record = e->doubt.record };
    inbox_put(&e->inbox, ev);
    e->doubt.why.text[0] = '\0';
}

/* ---- the whole, beside the work ---- */

static void walk_on(struct engine *e, ms_t after_ms)
{
    loop_timer_set(e->loop, &e->walk_timer, after_ms);
}

static bool check_next_table(struct engine *e, struct err *err)
{
    if (store_bytes(e->store) <= SMALL_FILE_BYTES)
        e->walk_table = store_table_count; /* seen at start */
    else if (!str_equal(store_tables[e->walk_table], "journal"))
        return store_check_pages(e->store, store_tables[e->walk_table++], err);
    else
        e->walk_table++; /* large, and read from end to end anyway */
    return true;
}

static void conclude_walk(struct engine *e)
{
    const struct desk *whole = audit_desk(e->walk);
    LOG(LOG_INFO, "store.verified", LI("records", audit_records(e->walk)));
    if (whole)
        engine_know_whole(e, whole, audit_records(e->walk));
}

static void walk(void *arg)
{
    struct engine *e = arg;
    struct err err = { "" };
    uint64_t record = 0;
    enum audit_state state = AUDIT_GOING;
    if (e->walk_table < store_table_count)
        state = check_next_table(e, &err) ? AUDIT_GOING : AUDIT_BROKEN;
    else if (e->walk || (e->walk = audit_begin(e->store)))
        state = audit_go_on(e->walk, WALK_RECORDS, &record, &err);
    if (state == AUDIT_GOING) {
        walk_on(e, WALK_EVERY_MS);
        return;
    }
    if (state == AUDIT_BROKEN)
        note_doubt(e, record, &err);
    else
        conclude_walk(e);
    engine_put_doubt(e);
    engine_stop_walk(e);
}

void engine_start_walk(struct engine *e)
{
    e->walk_timer = (struct loop_timer){ .fired = walk, .arg = e };
    walk_on(e, WALK_AFTER_MS);
}

void engine_stop_walk(struct engine *e)
{
    loop_timer_cancel(&e->walk_timer);
    audit_end(e->walk);
    e->walk = NULL;
}
