#include "adapters/matrix/sanitise.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "host/json.h"

#include <string.h>

static const char REPLACED[] = "\\ufffd";
enum { NUMBER_BYTES = 18 }; /* always fits 64 bits */

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
    while (s->at < s->end && *s->at != '"')
        if (*s->at == '\\')
            clean_escape(b, s);
        else
            clean_character(b, s);
    if (s->at < s->end)
        buf_add_char(b, *s->at++);
}

/* ---- numbers and nesting ---- */

static void clean_number(struct buf *b, struct scan *s)
{
    size_t bytes = 0;
    bool exponent = false;
    while (s->at + bytes < s->end && s->at[bytes] && strchr("+-.0123456789eE", s->at[bytes])) {
        exponent |= s->at[bytes] == 'e' || s->at[bytes] == 'E';
        bytes++;
    }
    if (exponent || bytes > NUMBER_BYTES)
        buf_add_char(b, '0');
    else
        buf_add_bytes(b, s->at, bytes);
    s->at += bytes;
}

static void skip_string(struct scan *s)
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
        if (*s->at == '\\' && s->at + 1 < s->end)
            s->at++;
    if (s->at < s->end)
        s->at++;
}

static bool ends_value(char c) { return strchr(",]} \t\r\n", c) != NULL; }

/* Behind the value that begins here; at least one byte on. */
static void skip_value(struct scan *s)
{
    int depth = 0;
    do {
        char c = *s->at;
        if (c == '"') {
            skip_string(s);
        } else {
            depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
            s->at++;
        }
    } while (s->at < s->end && (depth > 0 || !ends_value(*s->at)));
}

void matrix_clean(struct buf *b, const char *text, size_t bytes)
{
    struct scan s = { text, text + bytes };
    int depth = 0;
    while (s.at < s.end && !b->overflow) {
        char c = *s.at;
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        if (c == '"') {
            clean_string(b, &s);
        } else if (opens && depth == LIMIT_JSON_DEPTH) {
            skip_value(&s);
            buf_add(b, "null");
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            clean_number(b, &s);
        } else {
            depth += opens ? 1 : closes ? -1 : 0;
            buf_add_char(b, c);
            s.at++;
        }
    }
}

/* ---- one bad event costs only itself ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool is_readable(const char *from, const char *to)
{
    JSON_AUTO *json = json_read(from, (size_t)(to - from), LIMIT_HTTP_BODY_BYTES, NULL);
    return json != NULL;
}

/* The array that begins here, without the elements that cannot be read; returns how many those
   are. */
static size_t copy_readable(struct buf *b, struct scan *s)
{
    size_t left_out = 0, kept = 0;
    buf_add_char(b, '[');
    s->at++;
    while (s->at < s->end && *s->at != ']') {
        const char *from = s->at;
        if (is_blank(*from) || *from == ',') {
            s->at++;
            continue;
        }
        skip_value(s);
        if (!is_readable(from, s->at)) {
            left_out++;
            continue;
        }
        if (kept++)
            buf_add_char(b, ',');
        buf_add_bytes(b, from, (size_t)(s->at - from));
    }
    buf_add_char(b, ']');
    if (s->at < s->end)
        s->at++;
    return left_out;
}

static bool names_events(const char *key, size_t bytes)
{
    static const char *const names[] = { "\"events\"", "\"chunk\"" };
    for (size_t i = 0; i < COUNT(names); i++)
        if (strlen(names[i]) == bytes && memcmp(names[i], key, bytes) == 0)
            return true;
    return false;
}

static size_t quarantine(struct buf *b, const char *text, size_t bytes)
{
    struct scan s = { text, text + bytes };
    size_t left_out = 0;
    while (s.at < s.end && !b->overflow) {
        const char *from = s.at;
        if (*from != '"') {
            buf_add_char(b, *s.at++);
            continue;
        }
        skip_string(&s);
        buf_add_bytes(b, from, (size_t)(s.at - from));
        bool events = names_events(from, (size_t)(s.at - from));
        while (events && s.at < s.end && (is_blank(*s.at) || *s.at == ':'))
            buf_add_char(b, *s.at++);
        if (events && s.at < s.end && *s.at == '[')
            left_out += copy_readable(b, &s);
    }
    return left_out;
}

/* What is around the events is the homeserver's own. What is left out may have closed more than it
   opened, so that the depth is another one now. */
static json_t *read_around(const char *text, size_t bytes, struct matrix_parsed *ret)
{
    CLEANUP(buf_done) struct buf readable, clean;
    json_error_t error;
    buf_init(&readable, 2 * LIMIT_HTTP_BODY_BYTES);
    buf_init(&clean, 2 * LIMIT_HTTP_BODY_BYTES);
    ret->quarantined = quarantine(&readable, text, bytes);
    matrix_clean(&clean, buf_text(&readable), readable.bytes);
    return readable.overflow || clean.overflow
               ? NULL
               : json_loadb(buf_text(&clean), clean.bytes, 0, &error);
}

json_t *matrix_parse(const char *text, size_t bytes, struct matrix_parsed *ret)
{
    *ret = (struct matrix_parsed){ 0 };
    json_t *json = json_read(text, bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    if (json)
        return json;
    CLEANUP(buf_done) struct buf clean;
    buf_init(&clean, 2 * LIMIT_HTTP_BODY_BYTES);
    matrix_clean(&clean, text, bytes);
    if (clean.overflow)
        return NULL;
    json = json_read(buf_text(&clean), clean.bytes, 2 * LIMIT_HTTP_BODY_BYTES, NULL);
    if (!json)
        json = read_around(buf_text(&clean), clean.bytes, ret);
    ret->cleaned = json != NULL;
    return json;
}
