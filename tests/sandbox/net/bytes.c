/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_FIRST_ROOM = 4096, BYTES_LINE_MAX = 1024 };

static bool make_room(struct bytes *b, size_t more)
{
    if (b->from && b->from + b->count + more + 1 > b->room) {
        memmove(b->store, b->store + b->from, b->count);
        b->from = 0;
    }
    if (b->count + more + 1 <= b->room)
        return true;
    size_t room = b->room ? b->room : BYTES_FIRST_ROOM;
    while (room < b->count + more + 1)
        room *= 2;
    char *store = realloc(b->store, room);
    if (!store)
        return false;
    b->store = store;
    b->room = room;
    return true;
}

bool bytes_add(struct bytes *b, const void *data, size_t count, size_t ceiling)
{
    if (count > ceiling || b->count > ceiling - count || !make_room(b, count))
        return false;
    if (count)
        memcpy(b->store + b->from + b->count, data, count);
    b->count += count;
    b->store[b->from + b->count] = '\0';
    return true;
}

bool bytes_print(struct bytes *b, size_t ceiling, const char *format, ...)
{
    char line[BYTES_LINE_MAX];
    va_list args;
    va_start(args, format);
    int wrote = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return wrote >= 0 && (size_t)wrote < sizeof line && bytes_add(b, line, (size_t)wrote, ceiling);
}

void bytes_take(struct bytes *b, size_t count)
{
    if (count > b->count)
        count = b->count;
    b->count -= count;
    b->from = b->count ? b->from + count : 0;
}

void bytes_cut(struct bytes *b, size_t count)
{
    if (count < b->count)
        b->count = count;
    if (b->store)
        b->store[b->from + b->count] = '\0';
}

void bytes_done(struct bytes *b)
{
    free(b->store);
    *b = (struct bytes){ 0 };
}
