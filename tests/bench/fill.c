/* SPDX-License-Identifier: Apache-2.0 */
/* A store with many closed cases, for the figures of bench: the records of one case, over and over
   under new numbers, each a little later, the last at its own time; it leaves the desk a few cases
   afterwards. With `kept`, what the records come to is kept every thousand, as the daemon does.
   usage: fill TEMPLATE_DIR DIR CASES [kept]     TEMPLATE_DIR: a state folder whose first case is
   closed */
#include "core/turn.h"
#include "core/xalloc.h"
#include "store/deskjson.h"
#include "store/factjson.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { RECORDS_MOST = 200, COMMIT_EVERY = 500, FILED_AFTER = 8 /* cases */, KEPT_EVERY = 1000 };
static const char FIRST[] = "G-0001";
static const ms_t APART_MS = 20 * MS_MINUTE;

struct record {
    char *kind, *actor, *source, *data;
    bool of_case;
    ms_t at_ms;
};

struct fill {
    struct record records[RECORDS_MOST];
    size_t count;
    uint32_t cases;
    uint64_t kept; /* the newest record that keeps the desk */
    bool keeps;
    struct store *out;
    struct desk *desk;
    struct arena arena;
};

static bool keep(void *arg, const struct journal_record *r, struct err *err)
{
    struct fill *f = arg;
    if (f->count == RECORDS_MOST)
        return err_set(err, "the template has too many records");
    f->records[f->count++] = (struct record){ .kind = xstrdup(r->kind),
                                              .actor = xstrdup(r->actor),
                                              .source = xstrdup(r->source),
                                              .data = xstrdup(r->data),
                                              .of_case = str_equal(r->case_id, FIRST),
                                              .at_ms = r->at_ms };
    return true;
}

static bool file_away(struct fill *f, uint32_t no, ms_t at_ms, struct err *err)
{
    struct fact fact = { .kind = FACT_FILED, .at_ms = at_ms, .case_no = no };
    if (!desk_case_const(f->desk, no))
        return true;
    desk_apply(f->desk, &fact);
    return store_append(f->out, &fact, &f->arena, err);
}

static bool keep_desk(struct fill *f, ms_t at_ms, struct err *err)
{
    char hash[STORE_HASH_BYTES];
    if (!f->keeps || store_head(f->out, hash) < f->kept + KEPT_EVERY)
        return true;
    arena_reset(&f->arena);
    const char *text = deskjson_write(f->desk, &f->arena);
    bool kept = text && store_keep_desk(f->out, text, at_ms, &f->arena, err);
    f->kept = store_head(f->out, hash);
    return kept;
}

static bool put_case(struct fill *f, uint32_t no, struct err *err)
{
    char id[CASE_ID_BYTES];
    struct case_row row = { .case_id = "" };
    case_id_text(no, id);
    for (size_t i = 0; i < f->count; i++) {
        struct record *r = &f->records[i];
        struct fact fact;
        if (!r->of_case)
            continue;
        arena_reset(&f->arena);
        struct fact_columns columns = { id, r->kind, r->actor, r->source, r->data };
        if (!factjson_read(&columns, r->at_ms - (ms_t)(f->cases - no) * APART_MS, &f->arena, &fact,
                           err) ||
            !store_append(f->out, &fact, &f->arena, err))
            return false;
        desk_apply(f->desk, &fact);
        const struct casefile *c = desk_case_const(f->desk, no);
        if (c)
            case_row_of(c, &row);
    }
    return store_put_case(f->out, &row, err) &&
           (no <= FILED_AFTER || file_away(f, no - FILED_AFTER, row.closed_ms, err)) &&
           keep_desk(f, row.closed_ms, err) &&
           (no % COMMIT_EVERY != 0 || store_commit(f->out, err));
}

static bool fill(struct fill *f, const char *from, const char *to, uint32_t cases, struct err *err)
{
    struct store *template = store_open(from, err);
    bool fine = template && store_each_record(template, 0, NULL, keep, f, err);
    store_close(template);
    f->out = fine ? store_open(to, err) : NULL;
    f->cases = cases;
    fine = f->out != NULL;
    for (uint32_t no = 1; fine && no <= cases; no++)
        fine = put_case(f, no, err);
    fine = fine && store_commit(f->out, err);
    store_close(f->out);
    return fine;
}

int main(int count, char **arguments)
{
    static struct fill f;
    struct err err = { "" };
    f.keeps = count == 5 && str_equal(arguments[4], "kept");
    if (count != 4 && !f.keeps) {
        fputs("usage: fill TEMPLATE_DIR DIR CASES [kept]\n", stderr);
        return 64;
    }
    f.desk = xcalloc(1, sizeof *f.desk);
    desk_init(f.desk);
    arena_init(&f.arena, LIMIT_ARENA_BYTES);
    bool fine = fill(&f, arguments[1], arguments[2], (uint32_t)strtoul(arguments[3], NULL, 10),
                     &err);
    if (!fine)
        fprintf(stderr, "fill: %s\n", err.text);
    arena_done(&f.arena);
    free(f.desk);
    for (size_t i = 0; i < f.count; i++) {
        free(f.records[i].kind);
        free(f.records[i].actor);
        free(f.records[i].source);
        free(f.records[i].data);
    }
    return fine ? 0 : 1;
}
