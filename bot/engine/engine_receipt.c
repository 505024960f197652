/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer has from the store: rows of the history, and the records of one case as the lines
   of a file. */
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "core/card.h"
#include "core/inert.h"
#include "core/receipt.h"
#include "core/rich.h"
#include "store/factjson.h"
#include "store/history.h"

#include <inttypes.h>
#include <string.h>

/* Of the records' part: the receipt itself has its place above them, whatever they hold. */
enum { RECORDS_BYTES = LIMIT_FILE_BYTES - LIMIT_ANSWER_BYTES * 2, WORDS_CHARACTERS = 200 };
enum { LINE_BYTES = 4 * (WORDS_CHARACTERS + 200) };

struct listing {
    struct buf lines;
    bool full;
    uint64_t listed;
    struct arena arena;
};

static void add_words(struct buf *b, const char *before, const char *words, const char *behind)
{
    if (!str_or_empty(words)[0])
        return;
    buf_add(b, before);
    inert_add(b, words, WORDS_CHARACTERS);
    buf_add(b, behind);
}

static void add_record(struct buf *line, const struct journal_record *r, const struct fact *f)
{
    receipt_add_instant(line, r->at_ms);
    buf_addf(line, "  #%" PRIu64 "  %s by ", r->seq, fact_names[f->kind]);
    inert_add(line, str_or_empty(f->actor.name)[0] ? f->actor.name : "reguard", WORDS_CHARACTERS);
    add_words(line, " (", f->verb, ")");
    add_words(line, ", task ", f->task_id, "");
    add_words(line, ": ", str_or_empty(f->reason)[0] ? f->reason : f->text, "");
    buf_add(line, "\n");
}

static bool list_record(void *arg, const struct journal_record *r, struct err *err)
{
    struct listing *l = arg;
    struct fact_columns columns = { r->case_id, r->kind, r->actor, r->source, r->data };
    struct fact f;
    CLEANUP(buf_done) struct buf line;
    buf_init(&line, LINE_BYTES);
    arena_reset(&l->arena);
    if (!factjson_read(&columns, r->at_ms, &l->arena, &f, err))
        return err_wrap(err, "record %" PRIu64, r->seq);
    add_record(&line, r, &f);
    l->full = line.overflow || l->lines.bytes + line.bytes > RECORDS_BYTES;
    if (!l->full) {
        buf_add(&l->lines, buf_text(&line));
        l->listed++;
    }
    return !l->full;
}

void engine_complete_file(struct engine *e, struct effect *effect, struct arena *arena)
{
    struct effect_answer *a = &effect->answer;
    struct listing l = { .listed = 0 };
    struct err err = { "" };
    if (!a->file || !a->file->case_id)
        return;
    buf_init(&l.lines, RECORDS_BYTES + 1);
    arena_init(&l.arena, LIMIT_ARENA_BYTES);
    bool read = store_each_record(e->store, 0, a->file->case_id, list_record, &l, &err);
    const char *more = l.full
                           ? arena_printf(arena, "%" PRIu64 " more have no room here.\n",
                                          store_records_of(e->store, a->file->case_id) - l.listed)
                       : !read ? arena_printf(arena, "Not all of them can be read: %s.\n", err.text)
                               : "";
    struct effect_file *file = arena_take(arena, sizeof *file);
    *file = *a->file;
    file->text = arena_printf(arena, "%s\nIts records, oldest first:\n%s%s", a->file->text,
                              buf_text(&l.lines), more);
    file->card_id = store_card_id(e->store, file->case_id, effect->chat, arena);
    a->file = file;
    buf_done(&l.lines);
    arena_done(&l.arena);
}

/* Of a case that has left the desk, as while it was there: its card, or its receipt. Where its
   records cannot be read, or are so many that others would wait, there is its row. */
static void add_case(struct engine *e, struct buf *b, const struct effect_recall *r,
                     struct effect_answer *a, struct arena *arena)
{
    uint64_t too_many;
    const struct casefile *c = engine_filed_case(e, case_id_read(r->case_id), &too_many);
    ms_t now_ms = engine_now_ms(e);
    if (!c) {
        if (too_many)
            buf_addf(b, "\nIt has %" PRIu64 " records, more than I read while others wait",
                     too_many);
        else
            buf_add(b, "\nI cannot read its records now");
        buf_add(b, ", so that this is all that I can tell.");
        receipt_add_source(b, r->case_id);
        return;
    }
    buf_clear(b);
    if (r->full) {
        receipt_add(b, e->desk, c, arena);
        a->file = receipt_file(e->desk, c, now_ms, arena);
    } else {
        card_add_lines(b, e->desk, c, now_ms, arena);
    }
}

void engine_recall(struct engine *e, struct effect *effect, struct arena *arena)
{
    struct case_row *rows = arena_take(arena, LIMIT_HISTORY * sizeof *rows);
    const struct effect_recall *r = &effect->recall;
    size_t most = r->case_id ? 1 : (size_t)r->count;
    size_t n = store_cases(e->store, false, r->case_id, rows,
                           most > LIMIT_HISTORY ? LIMIT_HISTORY : most);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ANSWER_BYTES);
    history_add(&b, rows, n, r->case_id, rich_add_time, arena);
    struct effect_answer answer = r->answer;
    if (r->case_id && n)
        add_case(e, &b, r, &answer, arena);
    answer.text = arena_copy(arena, buf_text(&b));
    effect->kind = EFFECT_ANSWER;
    effect->answer = answer;
    engine_complete_file(e, effect, arena);
}
