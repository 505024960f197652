/* SPDX-License-Identifier: Apache-2.0 */
#include "core/buf.h"
#include "core/utf8.h"
#include "core/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t ceiling_bytes)
{
    *b = (struct buf){ .ceiling = ceiling_bytes };
}

void buf_done(struct buf *b)
{
    free(b->text);
    *b = (struct buf){ .ceiling = b->ceiling };
}

void buf_clear(struct buf *b)
{
    b->bytes = 0;
    b->overflow = false;
    if (b->text)
        b->text[0] = '\0';
}

static bool fits(const struct buf *b, size_t count)
{
    return !b->overflow && count < b->ceiling - b->bytes;
}

size_t buf_capacity_for(const struct buf *b, size_t count)
{
    size_t needed = b->bytes + count + 1, capacity = b->capacity ? b->capacity : 128;
    if (!fits(b, count) || needed <= b->capacity)
        return b->capacity;
    while (capacity < needed)
        capacity *= 2;
    return capacity < b->ceiling ? capacity : b->ceiling;
}

/* Room for count more bytes and the NUL. */
static bool reserve(struct buf *b, size_t count)
{
    if (!fits(b, count)) {
        b->overflow = true;
        return false;
    }
    size_t capacity = buf_capacity_for(b, count);
    if (capacity == b->capacity)
        return true;
    b->text = xrealloc(b->text, capacity);
    b->capacity = capacity;
    return true;
}

void buf_add_bytes(struct buf *b, const char *bytes, size_t count)
{
    if (!reserve(b, count))
        return;
    memcpy(b->text + b->bytes, bytes, count);
    b->bytes += count;
    b->text[b->bytes] = '\0';
}

void buf_add(struct buf *b, const char *text)
{
    buf_add_bytes(b, str_or_empty(text), strlen(str_or_empty(text)));
}

void buf_add_char(struct buf *b, char c) { buf_add_bytes(b, &c, 1); }

void utf8_add(struct buf *b, uint32_t code)
{
    char bytes[4];
    buf_add_bytes(b, bytes, utf8_of_code(code, bytes));
}

/* Into the room that is there, nearly always: printed twice only where it does not fit. */
void buf_addv(struct buf *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = b->overflow ? 0 : b->capacity - b->bytes;
    int length = vsnprintf(room ? b->text + b->bytes : NULL, room, format, args);
    size_t bytes = length > 0 ? (size_t)length : 0;
    bool printed = bytes < room;
    if (room && !printed)
        b->text[b->bytes] = '\0';
    if (!printed && reserve(b, bytes))
        printed = vsnprintf(b->text + b->bytes, bytes + 1, format, again) == length;
    if (printed)
        b->bytes += bytes;
    va_end(again);
}

void buf_addf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_addv(b, format, args);
    va_end(args);
}

const char *buf_text(const struct buf *b) { return b->text ? b->text : ""; }
