/* SPDX-License-Identifier: Apache-2.0 */
/* A case that has left the desk, as its records alone have it: they come to it on a desk of its
   own, by the same rules. */
#include "core/dialogue.h"
#include "core/turn.h"
#include "core/xalloc.h"
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"
#include "store/factjson.h"

#include <inttypes.h>
#include <stdlib.h>

struct folding {
    struct desk *desk;
    struct arena arena;
};

/* It stays where it is looked for. */
static bool fold_one(void *arg, const struct journal_record *r, struct err *err)
{
    struct folding *f = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact fact;
    arena_reset(&f->arena);
    if (!factjson_read(&columns, r->at_ms, &f->arena, &fact, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    if (fact.kind != FACT_FILED)
        desk_apply(f->desk, &fact);
    return true;
}

static bool fold_case(struct engine *e, uint32_t no, const char *id, struct casefile *ret)
{
    struct folding f = { .desk = xcalloc(1, sizeof *f.desk) };
    struct err err = { "" };
    arena_init(&f.arena, LIMIT_ARENA_BYTES);
    desk_init(f.desk);
    desk_use_rules(f.desk, e->desk->policy, e->desk->people);
    bool read = store_each_record(e->store, 0, id, fold_one, &f, &err);
    const struct casefile *c = read ? desk_case_const(f.desk, no) : NULL;
    if (c)
        *ret = *c;
    else
        LOG(LOG_WARN, "store.case_not_read", LS("case", id),
            LS("error", read ? "there are no records of its request" : err.text));
    arena_done(&f.arena);
    free(f.desk);
    return c != NULL;
}

/* *ret_too_many: of more records others would wait for the end. */
static bool read_back(struct engine *e, uint32_t no, struct casefile *ret, uint64_t *ret_too_many)
{
    char id[CASE_ID_BYTES];
    case_id_text(no, id);
    uint64_t count = store_records_of(e->store, id);
    *ret_too_many = count > LIMIT_FILED_RECORDS ? count : 0;
    return !*ret_too_many && fold_case(e, no, id, ret);
}

const struct casefile *engine_filed_case(struct engine *e, uint32_t no, uint64_t *ret_too_many)
{
    return read_back(e, no, &e->filed, ret_too_many) ? &e->filed : NULL;
}

/* By their rows: no more records are read than those of the cases that are shown, and these once,
   until another one leaves. What cannot be read back is left out. */
static void read_lately(struct engine *e)
{
    enum { ROWS = LIMIT_CASES + LIMIT_LATELY };
    uint64_t too_many;
    struct case_row *rows = xcalloc(ROWS, sizeof *rows);
    size_t n = store_cases(e->store, false, NULL, rows, ROWS);
    if (!e->lately)
        e->lately = xcalloc(LIMIT_LATELY, sizeof *e->lately);
    e->lately_count = 0;
    for (size_t i = 0; i < n && e->lately_count < LIMIT_LATELY; i++) {
        uint32_t no = case_id_read(rows[i].case_id);
        if (!desk_case_const(e->desk, no) &&
            read_back(e, no, &e->lately[e->lately_count], &too_many))
            e->lately_count++;
    }
    e->lately_known = true;
    free(rows);
}

void engine_case_left(struct engine *e) { e->lately_known = false; }

void engine_know_filed(struct engine *e, struct event *ev, struct arena *arena)
{
    uint64_t too_many;
    if (dialogue_needs_filed(e->desk, ev))
        ev->filed = engine_filed_case(e, dialogue_filed_no(ev), &too_many);
    if (!dialogue_needs_lately(e->desk, ev, arena))
        return;
    if (!e->lately_known)
        read_lately(e);
    ev->lately = e->lately;
    ev->lately_count = e->lately_count;
}
