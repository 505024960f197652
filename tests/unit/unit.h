/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests share: cmocka with its prerequisites, repeatable randomness, and folders that
   clean up after themselves. */
#ifndef REGUARD_TESTS_UNIT_H
#define REGUARD_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/arena.h"
#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A small generator with a fixed seed: a failure is the same failure tomorrow. */
static inline uint32_t unit_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static inline size_t unit_below(uint64_t *state, size_t most) { return unit_random(state) % most; }

/* FOLDER/NAME; eight of them are good at a time. */
static inline const char *unit_path(const char *folder, const char *name)
{
    static char paths[8][64];
    static size_t at;
    char *path = paths[at++ % COUNT(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static inline void unit_write(const char *path, const void *bytes, size_t count)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, count, f), count);
    assert_int_equal(fclose(f), 0);
}

/* The whole file in the arena, with a NUL behind it. */
static inline char *unit_read(struct arena *arena, const char *path, size_t *ret_bytes)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    rewind(f);
    char *text = arena_take(arena, (size_t)size + 1);
    assert_int_equal(fread(text, 1, (size_t)size, f), size);
    fclose(f);
    if (ret_bytes)
        *ret_bytes = (size_t)size;
    return text;
}

#endif
