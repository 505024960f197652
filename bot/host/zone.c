/* SPDX-License-Identifier: Apache-2.0 */
#include "host/zone.h"
#include "core/event.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The largest file of the database has less than 4 KB. */
enum { ZONE_BYTES_MOST = 64 * 1024, ZONE_PATH_BYTES = 128, HEADER_BYTES = 44 };

/* Nothing leads out of the folder: a name has no full stop. */
static bool path_of(const char *name, char ret_path[ZONE_PATH_BYTES])
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    name = str_or_empty(name);
    bool plain = name[0] && name[0] != '/' && !strstr(name, "//") &&
                 strspn(name, allowed) == strlen(name);
    int bytes = snprintf(ret_path, ZONE_PATH_BYTES, "/usr/share/zoneinfo/%s", name);
    return plain && bytes < ZONE_PATH_BYTES;
}

bool zone_is_named(const char *name)
{
    char path[ZONE_PATH_BYTES];
    return path_of(name, path) && (str_equal(name, "UTC") || access(path, R_OK) == 0);
}

static int64_t number_at(const unsigned char *at, size_t bytes)
{
    uint64_t n = at[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes; i++)
        n = n << 8 | at[i];
    return (int64_t)n;
}

/* How many there are of each, and how long what follows the header is. */
struct block {
    size_t leaps, times, types, characters, standards, universals;
};

static bool read_block(const unsigned char *at, size_t left, size_t time_bytes, struct block *ret,
                       size_t *ret_bytes)
{
    if (left < HEADER_BYTES || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
        return false;
    size_t counts[6];
    for (size_t i = 0; i < COUNT(counts); i++) {
        int64_t n = number_at(at + 20 + 4 * i, 4);
        if (n < 0 || n > ZONE_BYTES_MOST)
            return false;
        counts[i] = (size_t)n;
    }
    *ret = (struct block){ .universals = counts[0],
                           .standards = counts[1],
                           .leaps = counts[2],
                           .times = counts[3],
                           .types = counts[4],
                           .characters = counts[5] };
    *ret_bytes = HEADER_BYTES + ret->times * (time_bytes + 1) + ret->types * 6 + ret->characters +
                 ret->leaps * (time_bytes + 4) + ret->standards + ret->universals;
    return *ret_bytes <= left && ret->types > 0;
}

/* False: there is no such kind, or no clock shows it. */
static bool read_kind(const unsigned char *types, size_t count, size_t kind, ms_t *ret_ahead_ms)
{
    if (kind >= count)
        return false;
    *ret_ahead_ms = number_at(types + 6 * kind, 4) * MS_SECOND;
    return *ret_ahead_ms % MS_MINUTE == 0 && *ret_ahead_ms <= EVENT_ZONE_MOST_MS &&
           *ret_ahead_ms >= -EVENT_ZONE_MOST_MS;
}

static bool zone_read(const unsigned char *bytes, size_t count, ms_t at_ms, struct zone *ret)
{
    struct block b;
    size_t first, second;
    if (!read_block(bytes, count, 4, &b, &first) ||
        !read_block(bytes + first, count - first, 8, &b, &second))
        return false;
    const unsigned char *times = bytes + first + HEADER_BYTES, *kinds = times + 8 * b.times,
                        *types = kinds + b.times, *rule = bytes + first + second;
    size_t passed = 0, left = count - first - second;
    while (passed < b.times && number_at(times + 8 * passed, 8) <= at_ms / MS_SECOND)
        passed++;
    /* Behind the last change a rule may go on, which is not followed here. */
    if (passed == b.times && (!left || memchr(rule, ',', left)))
        return false;
    struct zone z = { 0 };
    if (!read_kind(types, b.types, passed ? kinds[passed - 1] : 0, &z.ahead_ms))
        return false;
    for (size_t i = passed; i < b.times && !z.turn_ms; i++) {
        int64_t turn = number_at(times + 8 * i, 8);
        if (turn > (at_ms + ZONE_KNOWN_MS) / MS_SECOND)
            break;
        if (!read_kind(types, b.types, kinds[i], &z.then_ms))
            return false;
        /* What changes may be the name alone. */
        z.turn_ms = z.then_ms != z.ahead_ms ? turn * MS_SECOND : 0;
    }
    *ret = z;
    return true;
}

bool zone_clock(const char *name, ms_t at_ms, struct zone *ret)
{
    char path[ZONE_PATH_BYTES];
    unsigned char bytes[ZONE_BYTES_MOST];
    FILE *f = path_of(name, path) ? fopen(path, "rbe") : NULL;
    if (!f)
        return false;
    size_t count = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    return count < sizeof bytes && zone_read(bytes, count, at_ms, ret);
}
