/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arena.h"
#include "core/xalloc.h"
#include "core/ensure.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used, capacity;
    alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t ceiling_bytes)
{
    *a = (struct arena){ .ceiling_bytes = ceiling_bytes };
}

void arena_done(struct arena *a)
{
    for (struct arena_block *next, *block = a->first; block; block = next) {
        next = block->next;
        free(block);
    }
    *a = (struct arena){ .ceiling_bytes = a->ceiling_bytes };
}

void arena_wipe(struct arena *a)
{
    for (struct arena_block *block = a->first; block; block = block->next)
        explicit_bzero(block->bytes, block->used);
    arena_done(a);
}

void arena_reset(struct arena *a)
{
    struct arena_block *kept = a->first;
    if (!kept)
        return;
    for (struct arena_block *next, *block = kept->next; block; block = next) {
        next = block->next;
        free(block);
    }
    if (kept->capacity > BLOCK_BYTES) {
        free(kept);
        *a = (struct arena){ .ceiling_bytes = a->ceiling_bytes };
        return;
    }
    memset(kept->bytes, 0, kept->used);
    a->full = false;
    kept->next = NULL;
    kept->used = 0;
    a->current = kept;
    a->total_bytes = kept->capacity;
}

static void add_block(struct arena *a, size_t bytes)
{
    size_t capacity = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    struct arena_block *block = xcalloc(1, sizeof *block + capacity);
    block->capacity = capacity;
    a->total_bytes += capacity;
    a->full |= a->total_bytes > a->ceiling_bytes;
    if (a->current)
        a->current->next = block;
    else
        a->first = block;
    a->current = block;
}

void *arena_take(struct arena *a, size_t bytes)
{
    size_t rounded = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (rounded < bytes)
        xalloc_failed();
    if (!a->current || a->current->capacity - a->current->used < rounded)
        add_block(a, rounded);
    ENSURE(a->current->used <= a->current->capacity &&
               rounded <= a->current->capacity - a->current->used,
           "%zu of %zu bytes are used, %zu more wanted", a->current->used, a->current->capacity,
           rounded);
    void *taken = a->current->bytes + a->current->used;
    a->current->used += rounded;
    return taken;
}

char *arena_copy_bytes(struct arena *a, const char *bytes, size_t count)
{
    char *copy = arena_take(a, count + 1);
    memcpy(copy, bytes, count);
    return copy;
}

char *arena_copy(struct arena *a, const char *text)
{
    return text ? arena_copy_bytes(a, text, strlen(text)) : NULL;
}

char *arena_join(struct arena *a, const char *const *parts, size_t count)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(parts[i]);
    char *joined = arena_take(a, bytes + 1), *at = joined;
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, parts[i]);
    return joined;
}

/* Into what is left of the block, nearly always: printed twice only where it does not fit. */
char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t left = a->current ? a->current->capacity - a->current->used : 0;
    char *rest = left ? (char *)a->current->bytes + a->current->used : NULL;
    int length = vsnprintf(rest, left, format, args);
    size_t bytes = length > 0 ? (size_t)length : 0;
    va_end(args);
    if (bytes >= left && left)
        explicit_bzero(rest, left); /* what is taken is zeroed, and secrets leave nothing behind */
    char *text = arena_take(a, bytes + 1);
    if (text != rest && bytes)
        (void)vsnprintf(text, bytes + 1, format, again);
    va_end(again);
    return text;
}
