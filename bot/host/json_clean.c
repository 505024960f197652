/* SPDX-License-Identifier: Apache-2.0 */
#include "host/json_clean.h"
#include "core/utf8.h"
#include "host/json_scan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char REPLACED[] = "\\ufffd";
/* The sign and the digits of 64 bits; a double has 309 digits before its point. */
enum { INTEGER_BYTES = 20, REAL_BYTES = 400, FRACTION_BYTES = 32 };

/* Text that is gone through byte by byte; *end is NUL. */
struct scan {
    const char *at, *end;
};

static size_t left(const struct scan *s) { return (size_t)(s->end - s->at); }

/* ---- strings ---- */

/* The code behind "\u" at p, or -1. */
static int32_t escape_code(const char *p, const char *end)
{
    int32_t code = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static bool is_high(int32_t code) { return code >= 0xD800 && code <= 0xDBFF; }
static bool is_low(int32_t code) { return code >= 0xDC00 && code <= 0xDFFF; }

static void clean_escape(struct buf *b, struct scan *s)
{
    int32_t code = escape_code(s->at, s->end);
    size_t bytes = 2;
    bool fine = left(s) >= 2 && s->at[1] && strchr("\"\\/bfnrt", s->at[1]);
    if (code >= 0) {
        bool pair = is_high(code) && is_low(escape_code(s->at + 6, s->end));
        bytes = pair ? 12 : 6;
        fine = pair || (code != 0 && !is_high(code) && !is_low(code));
    }
    if (fine)
        buf_add_bytes(b, s->at, bytes);
    else
        buf_add(b, REPLACED);
    s->at += bytes <= left(s) ? bytes : left(s);
}

/* Plain ASCII, which is nearly all there is, goes over in one piece. */
static void copy_plain(struct buf *b, struct scan *s)
{
    const char *from = s->at;
    while (s->at < s->end && (unsigned char)*s->at >= 0x20 && (unsigned char)*s->at < 0x80 &&
           *s->at != '"' && *s->at != '\\')
        s->at++;
    buf_add_bytes(b, from, (size_t)(s->at - from));
}

static void clean_character(struct buf *b, struct scan *s)
{
    uint32_t code;
    size_t bytes = (unsigned char)*s->at < 0x20 ? 0 : utf8_decode(s->at, &code);
    if (bytes && bytes <= left(s)) {
        buf_add_bytes(b, s->at, bytes);
        s->at += bytes;
    } else {
        buf_add(b, REPLACED);
        s->at++;
    }
}

static void clean_string(struct buf *b, struct scan *s)
{
    buf_add_char(b, *s->at++);
    for (copy_plain(b, s); s->at < s->end && *s->at != '"'; copy_plain(b, s))
        if (*s->at == '\\')
            clean_escape(b, s);
        else
            clean_character(b, s);
    if (s->at < s->end)
        buf_add_char(b, *s->at++);
}

/* ---- numbers and nesting ---- */

static bool integer_fits(const char *number, size_t bytes)
{
    char text[INTEGER_BYTES + 1];
    if (bytes > INTEGER_BYTES)
        return false;
    memcpy(text, number, bytes);
    text[bytes] = '\0';
    errno = 0;
    (void)strtoll(text, NULL, 10);
    return errno != ERANGE;
}

/* How large it is does not depend on the end of a long fraction. */
static bool real_fits(const char *number, size_t bytes)
{
    char text[REAL_BYTES + 1];
    size_t n = 0, fraction = 0;
    bool behind_point = false;
    for (size_t i = 0; i < bytes; i++) {
        bool digit = number[i] >= '0' && number[i] <= '9';
        behind_point = digit ? behind_point : number[i] == '.';
        if (digit && behind_point && ++fraction > FRACTION_BYTES)
            continue;
        if (n == REAL_BYTES)
            return false;
        text[n++] = number[i];
    }
    text[n] = '\0';
    return isfinite(strtod(text, NULL));
}

/* What the parser takes: an integer of 64 bits, or a double (jansson's lex_scan_number). */
static bool number_fits(const char *number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (strchr(".eE", number[i]))
            return real_fits(number, bytes);
    return integer_fits(number, bytes);
}

static void clean_number(struct buf *b, struct scan *s)
{
    size_t bytes = 0;
    while (s->at + bytes < s->end && s->at[bytes] && strchr("+-.0123456789eE", s->at[bytes]))
        bytes++;
    if (number_fits(s->at, bytes))
        buf_add_bytes(b, s->at, bytes);
    else
        buf_add_char(b, '0');
    s->at += bytes;
}

static bool opens(char c) { return c == '{' || c == '['; }
static bool closes(char c) { return c == '}' || c == ']'; }

/* Everything up to the next string or number, or what would nest too deeply. */
static void copy_structure(struct buf *b, struct scan *s, int *depth, int most_depth)
{
    const char *from = s->at;
    for (; s->at < s->end && *s->at != '"' && *s->at != '-' && (*s->at < '0' || *s->at > '9') &&
           (!opens(*s->at) || *depth < most_depth);
         s->at++)
        *depth += opens(*s->at) ? 1 : closes(*s->at) ? -1 : 0;
    buf_add_bytes(b, from, (size_t)(s->at - from));
}

void json_clean(struct buf *b, const char *text, size_t bytes, int most_depth)
{
    struct scan s = { text, text + bytes };
    struct json_size ignored;
    int depth = 0;
    while (s.at < s.end && !b->overflow) {
        copy_structure(b, &s, &depth, most_depth);
        if (s.at == s.end)
            break;
        if (*s.at == '"') {
            clean_string(b, &s);
        } else if (opens(*s.at)) {
            s.at += json_measure(s.at, s.end, &ignored);
            buf_add(b, "null");
        } else {
            clean_number(b, &s);
        }
    }
}
