/* SPDX-License-Identifier: Apache-2.0 */
/* The receipt for a folder in place of a chat: nothing in it depends on where it is read. */
#include "core/receipt.h"
#include "core/rich.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { LINE_MOST = 80 };

void receipt_add_instant(struct buf *b, ms_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    if (gmtime_r(&seconds, &tm))
        buf_addf(b, "%04d-%02d-%02d %02d:%02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1,
                 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* A mark that is none comes out as text; nothing that is left of one may reach a terminal. */
static void add_piece(struct buf *b, const struct rich_piece *piece)
{
    for (size_t i = 0; i < piece->text_bytes; i++) {
        unsigned char c = (unsigned char)piece->text[i];
        buf_add_char(b, (c < ' ' && c != '\n') || c == 0x7F ? '?' : (char)c);
    }
}

static void add_lines(struct buf *b, const char *rich)
{
    const char *cursor = rich;
    for (struct rich_piece p = rich_next(&cursor); p.kind != RICH_END; p = rich_next(&cursor)) {
        /* To be pasted: a call of that length stands alone. */
        if (p.kind == RICH_CODE && p.text_bytes > LINE_MOST)
            buf_add(b, "\n    ");
        if (p.kind == RICH_TIME)
            receipt_add_instant(b, p.at_ms);
        else
            add_piece(b, &p);
    }
}

struct effect_file *receipt_file(const struct desk *desk, const struct casefile *c, ms_t now_ms,
                                 struct arena *arena)
{
    CLEANUP(buf_done) struct buf rich, text;
    char id[CASE_ID_BYTES];
    buf_init(&rich, LIMIT_FILE_BYTES);
    buf_init(&text, LIMIT_FILE_BYTES);
    case_id_text(c->no, id);
    receipt_add(&rich, desk, c, arena);
    add_lines(&text, buf_text(&rich));
    buf_add(&text, "\nMade by reguard: ");
    receipt_add_instant(&text, now_ms);
    buf_addf(&text, "\nHead of the audit: record %" PRIu64 ", %s\n", desk->record,
             desk->record_hash);
    struct effect_file *file = arena_take(arena, sizeof *file);
    *file = (struct effect_file){ .name = arena_printf(arena, "reguard-%s.txt", id),
                                  .what = "receipt",
                                  .text = arena_copy(arena, buf_text(&text)),
                                  .case_id = arena_copy(arena, id) };
    return file;
}
