/* SPDX-License-Identifier: Apache-2.0 */
/* What every file may rely on: integer and time types, and small helpers. libc only.
   Calls nobody may use (strcpy, sprintf, strtok, atoi, system...) are found by `make layers`. */
#ifndef REGUARD_BASE_H
#define REGUARD_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Milliseconds. An instant is UTC since 1970-01-01 unless its name says monotonic; a duration is a
   plain count. */
typedef int64_t ms_t;
#define MS_NEVER INT64_MAX
#define MS_SECOND ((ms_t)1000)
#define MS_MINUTE (60 * MS_SECOND)
#define MS_HOUR (60 * MS_MINUTE)
#define MS_DAY (24 * MS_HOUR)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define CLEANUP(function) __attribute__((cleanup(function)))

/* True when both are equal strings; NULL equals nothing. */
bool str_equal(const char *a, const char *b);
/* The same, ASCII letters compared without case. */
bool str_equal_nocase(const char *a, const char *b);
/* Copies text into a fixed array, cut at a UTF-8 boundary, always terminated. NULL copies as "".
   Returns false when it was cut. */
bool str_copy(char *to, size_t to_bytes, const char *text);
#define STR_SET(array, text) str_copy((array), sizeof(array), (text))
/* "" for NULL. */
const char *str_or_empty(const char *text);

/* Of ASCII, whatever the locale. */
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static inline ms_t ms_min(ms_t a, ms_t b) { return a < b ? a : b; }
static inline ms_t ms_max(ms_t a, ms_t b) { return a > b ? a : b; }
/* `first`, twice as long with each failure, `most` at the most: how long to wait after so many. */
static inline ms_t ms_doubled(ms_t first, int failures, ms_t most)
{
    ms_t wait = ms_min(first, most);
    for (int i = 0; i < failures && wait > 0 && wait < most; i++)
        wait = ms_min(2 * wait, most);
    return wait;
}
/* a + b that stays at MS_NEVER. Both are not negative. */
static inline ms_t ms_plus(ms_t a, ms_t b) { return a > MS_NEVER - b ? MS_NEVER : a + b; }

#endif
