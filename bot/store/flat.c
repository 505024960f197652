/* SPDX-License-Identifier: Apache-2.0 */
#include "store/flat.h"
#include "core/utf8.h"

#include <string.h>

static bool take(const char **at, char c)
{
    bool there = **at == c;
    *at += there;
    return there;
}

/* ---- texts ---- */

static bool is_raw(unsigned char c) { return c >= ' ' && c < 0x80 && c != '"' && c != '\\'; }

/* Two upper-case digits behind "u00", of a control that has no short form; 0: of none. */
static char control_of(const char *digits)
{
    /* The text may end behind "u00". */
    char low = digits[0] ? digits[1] : '\0', c;
    if ((digits[0] != '0' && digits[0] != '1') ||
        !((low >= '0' && low <= '9') || (low >= 'A' && low <= 'F')))
        return '\0';
    c = (char)((digits[0] - '0') * 16 + (low <= '9' ? low - '0' : low - 'A' + 10));
    return c && strchr("\b\t\n\f\r", c) ? '\0' : c;
}

/* The character of the escape, and *at behind it; 0: it is not written like that. */
static char take_escape(const char **at)
{
    static const char letters[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
    const char *letter = **at ? strchr(letters, **at) : NULL;
    if (letter) {
        ++*at;
        return meant[letter - letters];
    }
    char c = strncmp(*at, "u00", 3) == 0 ? control_of(*at + 3) : '\0';
    *at += c ? 5 : 0;
    return c;
}

/* The next character that is not raw ASCII, to *to, which it moves. */
static bool take_character(const char **at, char **to)
{
    if (take(at, '\\')) {
        **to = take_escape(at);
        return *(*to)++ != '\0';
    }
    uint32_t code;
    size_t bytes = (unsigned char)**at >= 0x80 ? utf8_decode(*at, &code) : 0;
    memcpy(*to, *at, bytes);
    *to += bytes;
    *at += bytes;
    return bytes > 0;
}

/* Behind the opening quote up to behind the closing one; what stands there is no shorter written.
 */
static bool read_text(const char **at, const char *end, struct arena *arena, const char **ret)
{
    const char *raw = *at;
    while (is_raw((unsigned char)*raw))
        raw++;
    if (*raw == '"') {
        *ret = arena_copy_bytes(arena, *at, (size_t)(raw - *at));
        *at = raw + 1;
        return true;
    }
    const char *from = *at, *closing = raw;
    while (closing < end && *closing != '"')
        closing += *closing == '\\' && closing + 1 < end ? 2 : 1;
    char *to = arena_take(arena, (size_t)(closing - from) + 1);
    *ret = to;
    while (**at != '"') {
        for (; is_raw((unsigned char)**at); ++*at)
            *to++ = **at;
        if (**at != '"' && !take_character(at, &to))
            return false;
    }
    ++*at;
    return true;
}

/* ---- numbers ---- */

static bool read_number(const char **at, int64_t *ret)
{
    bool below = take(at, '-');
    uint64_t sum = 0, most = (uint64_t)INT64_MAX + below;
    const char *first = *at;
    for (; **at >= '0' && **at <= '9'; ++*at) {
        unsigned digit = (unsigned)(**at - '0');
        if (sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *ret = below ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
    return *at > first && (*first != '0' || (*at == first + 1 && !below));
}

/* ---- members ---- */

/* Letters, digits and "_": what reguard calls anything by. */
static bool read_key(const char **at, struct flat_member *ret)
{
    if (!take(at, '"'))
        return false;
    ret->key = *at;
    while ((**at >= 'a' && **at <= 'z') || **at == '_' || is_digit(**at))
        ++*at;
    ret->key_bytes = (size_t)(*at - ret->key);
    return take(at, '"') && take(at, ':');
}

/* As strcmp would have them. */
static bool ascend(const struct flat_member *a, const struct flat_member *b)
{
    size_t both = a->key_bytes < b->key_bytes ? a->key_bytes : b->key_bytes;
    int order = memcmp(a->key, b->key, both);
    return order < 0 || (order == 0 && a->key_bytes < b->key_bytes);
}

bool flat_read(const char *json, struct arena *arena, struct flat *ret)
{
    const char *at = json, *end = json + strlen(json);
    ret->count = 0;
    if (!take(&at, '{'))
        return false;
    if (take(&at, '}'))
        return !*at;
    do {
        struct flat_member *m = &ret->members[ret->count];
        if (ret->count++ == FLAT_MEMBERS || !read_key(&at, m) ||
            (ret->count > 1 && !ascend(m - 1, m)))
            return false;
        m->text = NULL;
        if (!(take(&at, '"') ? read_text(&at, end, arena, &m->text) : read_number(&at, &m->number)))
            return false;
    } while (take(&at, ','));
    return take(&at, '}') && !*at;
}

const struct flat_member *flat_get(const struct flat *f, const char *key)
{
    size_t bytes = strlen(key);
    for (size_t i = 0; i < f->count; i++)
        if (f->members[i].key_bytes == bytes && memcmp(f->members[i].key, key, bytes) == 0)
            return &f->members[i];
    return NULL;
}

const char *flat_text(const struct flat *f, const char *key)
{
    const struct flat_member *m = flat_get(f, key);
    return m ? m->text : NULL;
}
