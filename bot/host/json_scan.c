/* SPDX-License-Identifier: Apache-2.0 */
#include "host/json_scan.h"

#include <string.h>

enum { OBJECT_VALUES = 4, ARRAY_VALUES = 2 };

enum byte { PLAIN, QUOTE, OPEN_OBJECT, OPEN_ARRAY, CLOSE, BETWEEN };

static enum byte kind_of(char c)
{
    switch (c) {
    case '"': return QUOTE;
    case '{': return OPEN_OBJECT;
    case '[': return OPEN_ARRAY;
    case '}':
    case ']': return CLOSE;
    case ',':
    case ':':
    case ' ':
    case '\t':
    case '\r':
    case '\n': return BETWEEN;
    default: return PLAIN;
    }
}

/* Where the byte is next, end when nowhere. */
static const char *next_of(const char *at, const char *end, char byte)
{
    const char *found = memchr(at, byte, (size_t)(end - at));
    return found ? found : end;
}

/* Most text has no escapes, and the library looks for one byte much faster than we do. */
const char *json_behind_string(const char *at, const char *end)
{
    const char *quote = next_of(++at, end, '"');
    for (at = next_of(at, quote, '\\'); at < quote; at = next_of(at, quote, '\\')) {
        at += at + 1 < end ? 2 : 1;
        if (at > quote)
            quote = next_of(at, end, '"');
    }
    return quote < end ? quote + 1 : end;
}

/* Behind the number or word that begins here. */
static const char *behind_plain(const char *at, const char *end)
{
    while (at < end && kind_of(*at) == PLAIN)
        at++;
    return at;
}

size_t json_measure(const char *at, const char *end, struct json_size *size)
{
    const char *start = at;
    int depth = 0;
    *size = (struct json_size){ 0 };
    do {
        enum byte kind = kind_of(*at);
        const char *next = kind == QUOTE   ? json_behind_string(at, end)
                           : kind == PLAIN ? behind_plain(at, end)
                                           : at + 1;
        depth += kind == OPEN_OBJECT || kind == OPEN_ARRAY ? 1 : kind == CLOSE ? -1 : 0;
        size->depth = depth > size->depth ? depth : size->depth;
        size->values += kind == OPEN_OBJECT  ? OBJECT_VALUES
                        : kind == OPEN_ARRAY ? ARRAY_VALUES
                                             : kind == QUOTE || kind == PLAIN;
        at = next;
    } while (at < end && depth > 0);
    return (size_t)(at - start);
}

const char *json_skip_between(const char *at, const char *end)
{
    while (at < end && kind_of(*at) == BETWEEN)
        at++;
    return at;
}
