/* SPDX-License-Identifier: Apache-2.0 */
/* Records of any content, as a tampered or a foreign store may hold them: read, folded into a desk,
   shown, and what the desk would do next. Pieces of the input are columns: case, kind, actor,
   source, data, and the seconds since the record before. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/look.h"

#include "adapters/matrix/codec_out.h"
#include "adapters/slack/codec_out.h"
#include "commands/parts.h"
#include "core/card.h"
#include "core/receipt.h"
#include "core/turn.h"
#include "core/verdict.h"
#include "engine/story.h"
#include "host/json.h"
#include "host/log.h"
#include "store/factjson.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 64, TURNS = 6 };
static const ms_t BEGIN_MS = 1795526055000;
static struct desk *desk;
static struct verdict *out, *scratch;

/* A record can be read, and has our members on one line. from_outside: it has been made harmless
   once, so that it is written the same again; grave accents of ours are not. */
static void again(const struct fact *f, bool from_outside, struct arena *arena)
{
    struct fact_columns once, twice;
    struct fact back;
    struct err err = { "" };
    factjson_write(f, arena, &once);
    FUZZ_PROMISE(factjson_read(&once, f->at_ms, arena, &back, &err), "what we write can be read",
                 once.data);
    factjson_write(&back, arena, &twice);
    FUZZ_PROMISE(!from_outside ||
                     (str_equal(once.data, twice.data) && str_equal(once.actor, twice.actor) &&
                      str_equal(once.source, twice.source)),
                 "and is written the same again", once.data);
    const char *line = arena_printf(arena, "%s\n", factjson_canonical(&once, 7, f->at_ms, arena));
    CLEANUP(buf_done) struct buf shape;
    buf_init(&shape, 4096);
    look_line("a record", line, strlen(line), true, &shape);
    FUZZ_PROMISE(str_equal(buf_text(&shape), "actor,at,case,data,kind,seq,source,"),
                 "a record has our members and no others", line);
}

static void show(struct arena *arena, ms_t now_ms)
{
    struct matrix_style style = { fuzz_people(), fuzz_policy(), "!reguard", NULL };
    CLEANUP(buf_done) struct buf shape;
    buf_init(&shape, 1 << 20);
    for (size_t i = 0; i < desk->case_count; i++) {
        struct message m;
        struct case_row row;
        card_picture(desk, &desk->cases[i], now_ms, arena, &m);
        card_line(desk, &desk->cases[i], now_ms, arena);
        CLEANUP(buf_done) struct buf b;
        buf_init(&b, LIMIT_ANSWER_BYTES);
        receipt_add(&b, desk, &desk->cases[i], arena);
        case_row_of(&desk->cases[i], &row);
        JSON_AUTO *slack = slack_message_json(&m, fuzz_people());
        JSON_AUTO *matrix = matrix_message_json(&m, &style);
        look_slack("a card", slack, &shape);
        look_matrix("a card", matrix, &shape);
    }
}

static void turns(struct arena *arena, ms_t now_ms)
{
    struct event due = { .kind = EVENT_STARTED, .chat = "" };
    for (int i = 0; i < TURNS; i++) {
        due.at_ms = now_ms;
        verdict_init(out, arena, (struct turn){ .now_ms = now_ms, .entropy = due.entropy }, 0);
        desk_handle(desk, &due, out, scratch);
        for (size_t k = 0; k < out->fact_count; k++)
            if (fact_is_durable(out->facts[k].kind))
                again(&out->facts[k], false, arena);
        ms_t next = desk_due_ms(desk);
        if (next == MS_NEVER)
            return;
        now_ms = next > now_ms ? next : now_ms + 1;
        due.kind = EVENT_DUE;
    }
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    desk = calloc(1, sizeof *desk);
    out = calloc(1, sizeof *out);
    scratch = calloc(1, sizeof *scratch);
    return desk && out && scratch ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    struct story story = { .seen = "" };
    ms_t now_ms = BEGIN_MS;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    desk_init(desk);
    desk->policy = fuzz_policy();
    desk->people = fuzz_people();
    desk->commands = command_table;
    desk->command_count = command_table_count;
    for (int i = 0; i < RECORDS && p.at < p.end; i++) {
        struct fact_columns c;
        struct fact f;
        struct err err = { "" };
        c.case_id = fuzz_text(&p);
        c.kind = fuzz_text(&p);
        c.actor = fuzz_text(&p);
        c.source = fuzz_text(&p);
        c.data = fuzz_text(&p);
        ms_t at_ms = now_ms + strtol(fuzz_text(&p), NULL, 10) % 1000000 * MS_SECOND;
        if (!factjson_read(&c, at_ms, &arena, &f, &err)) {
            FUZZ_PROMISE(err.text[0], "a refusal says why", c.data);
            continue;
        }
        again(&f, true, &arena);
        desk_apply(desk, &f);
        story_tell(&story, &f);
        now_ms = ms_max(now_ms, f.at_ms);
    }
    show(&arena, now_ms);
    turns(&arena, now_ms);
    show(&arena, now_ms);
    arena_done(&arena);
    return 0;
}
