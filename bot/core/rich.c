/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rich.h"
#include "core/duration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char OPEN = '\x01', CLOSE = '\x02', BETWEEN = '\x03';
static const char CONTROLS[] = "\x01\x02\x03";

/* Nothing inside a mark can end it. */
static void add_inside(struct buf *b, const char *text)
{
    for (; *text; text++)
        if (!strchr(CONTROLS, *text))
            buf_add_char(b, *text);
}

static void add_mark(struct buf *b, char kind, const char *text)
{
    buf_add_char(b, OPEN);
    buf_add_char(b, kind);
    add_inside(b, text);
    buf_add_char(b, CLOSE);
}

static void add_pair(struct buf *b, char kind, const char *first, const char *shown)
{
    buf_add_char(b, OPEN);
    buf_add_char(b, kind);
    add_inside(b, first);
    buf_add_char(b, BETWEEN);
    add_inside(b, shown);
    buf_add_char(b, CLOSE);
}

void rich_add_mention(struct buf *b, const char *person_key, const char *name)
{
    add_pair(b, 'p', person_key, name);
}

void rich_add_link(struct buf *b, const char *address, const char *words)
{
    add_pair(b, 'l', address, words);
}

void rich_add_time(struct buf *b, ms_t at_ms)
{
    buf_addf(b, "%ct%" PRId64 "%c", OPEN, at_ms, CLOSE);
}

void rich_add_end(struct buf *b, ms_t at_ms)
{
    CLEANUP(buf_done) struct buf utc;
    buf_init(&utc, 64);
    buf_add(&utc, " (your time zone), ");
    duration_add_day_time(&utc, at_ms);
    buf_add(&utc, " UTC");
    rich_add_time(b, at_ms);
    rich_add_for_buttons(b, buf_text(&utc));
}

void rich_add_strong(struct buf *b, const char *text) { add_mark(b, 'b', text); }

void rich_add_code(struct buf *b, const char *text) { add_mark(b, 'c', text); }

void rich_add_channel(struct buf *b, const char *id) { add_mark(b, 'h', id); }

void rich_add_for_buttons(struct buf *b, const char *text) { add_mark(b, 'w', text); }

void rich_add_escalation(struct buf *b, const char *notation) { add_mark(b, 'e', notation); }

void rich_end_sentence(struct buf *b)
{
    static const char *const stops[] = { ".", "!", "?", "…" };
    const char *text = buf_text(b);
    for (size_t i = 0; i < COUNT(stops); i++) {
        size_t bytes = strlen(stops[i]);
        if (b->bytes >= bytes && memcmp(text + b->bytes - bytes, stops[i], bytes) == 0)
            return;
    }
    buf_add_char(b, '.');
}

static enum rich_kind kind_of(char letter)
{
    switch (letter) {
    case 'p': return RICH_MENTION;
    case 't': return RICH_TIME;
    case 'b': return RICH_STRONG;
    case 'c': return RICH_CODE;
    case 'h': return RICH_CHANNEL;
    case 'l': return RICH_LINK;
    case 'w': return RICH_FOR_BUTTONS;
    case 'e': return RICH_ESCALATION;
    default: return RICH_TEXT;
    }
}

/* Up to the next control byte, mark or not. */
static struct rich_piece plain_piece(const char **cursor)
{
    const char *start = *cursor;
    size_t bytes = strcspn(start, CONTROLS);
    *cursor = start + bytes;
    return (struct rich_piece){ .kind = RICH_TEXT, .text = start, .text_bytes = bytes };
}

static bool is_pair(enum rich_kind kind) { return kind == RICH_MENTION || kind == RICH_LINK; }

/* A mention's argument is the person's key, BETWEEN, the name to show where the chat does not know
   the person; a link's the address, BETWEEN, its words. */
static void split_pair(struct rich_piece *piece, size_t first_bytes)
{
    char *to = piece->kind == RICH_LINK ? piece->address : piece->person_key;
    size_t room = piece->kind == RICH_LINK ? sizeof piece->address : sizeof piece->person_key;
    if (first_bytes < room)
        memcpy(to, piece->text, first_bytes);
    if (first_bytes == piece->text_bytes)
        return;
    piece->text += first_bytes + 1;
    piece->text_bytes -= first_bytes + 1;
}

/* False when there is no whole mark at *cursor; it stays there then. */
static bool read_mark(const char **cursor, struct rich_piece *ret)
{
    const char *start = *cursor;
    enum rich_kind kind = *start == OPEN ? kind_of(start[1]) : RICH_TEXT;
    if (kind == RICH_TEXT)
        return false;
    size_t first = strcspn(start + 2, CONTROLS), bytes = first;
    if (is_pair(kind) && start[2 + first] == BETWEEN)
        bytes += 1 + strcspn(start + 2 + first + 1, CONTROLS);
    if (start[2 + bytes] != CLOSE)
        return false;
    *cursor = start + 2 + bytes + 1;
    *ret = (struct rich_piece){ .kind = kind, .text = start + 2, .text_bytes = bytes };
    if (is_pair(kind))
        split_pair(ret, first);
    if (kind == RICH_TIME)
        ret->at_ms = strtoll(ret->text, NULL, 10);
    return true;
}

struct rich_piece rich_next(const char **cursor)
{
    struct rich_piece piece;
    for (; **cursor && strchr(CONTROLS, **cursor); ++*cursor)
        if (read_mark(cursor, &piece))
            return piece;
    return **cursor ? plain_piece(cursor)
                    : (struct rich_piece){ .kind = RICH_END, .text = *cursor };
}

/* In the process's zone ([bot] timezone), for chats that cannot show the reader's own. */
static void add_instant(struct buf *b, ms_t at_ms)
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm;
    if (!localtime_r(&seconds, &tm))
        return;
    buf_addf(b, "%04d-%02d-%02d %02d:%02d %s", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
             tm.tm_hour, tm.tm_min, tm.tm_zone);
}

void rich_add_plain(struct buf *b, const char *rich)
{
    for (const char *cursor = rich;;) {
        struct rich_piece piece = rich_next(&cursor);
        switch (piece.kind) {
        case RICH_END: return;
        case RICH_TIME: add_instant(b, piece.at_ms); break;
        case RICH_MENTION:
            buf_add_char(b, '@');
            buf_add_bytes(b, piece.text, piece.text_bytes);
            break;
        case RICH_CHANNEL:
            buf_add_char(b, '#');
            buf_add_bytes(b, piece.text, piece.text_bytes);
            break;
        case RICH_LINK:
            buf_add_bytes(b, piece.text, piece.text_bytes);
            if (piece.address[0])
                buf_addf(b, " (%s)", piece.address);
            break;
        case RICH_TEXT:
        case RICH_STRONG:
        case RICH_CODE:
        case RICH_FOR_BUTTONS:
        case RICH_ESCALATION: buf_add_bytes(b, piece.text, piece.text_bytes); break;
        }
    }
}
