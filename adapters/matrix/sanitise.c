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

static void clean(struct buf *b, const char *text, size_t bytes, int most_depth)
{
    struct scan s = { text, text + bytes };
    int depth = 0;
    while (s.at < s.end && !b->overflow) {
        char c = *s.at;
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        if (c == '"') {
            clean_string(b, &s);
        } else if (opens && depth >= most_depth) {
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

void matrix_clean(struct buf *b, const char *text, size_t bytes)
{
    clean(b, text, bytes, LIMIT_JSON_DEPTH);
}

/* ---- one bad event costs only itself ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* An answer while it is taken apart: its lists of events are cut out of the text and read event by
   event, each within its own ceiling; in the text around them stands the number of the list
   instead. */
struct answer {
    struct buf around;
    json_t *lists;
    size_t events, values; /* of those that are kept */
    int depth;             /* at which the list that is read stands */
    bool broken;
    struct matrix_parsed *ret;
};

static json_t *build(const char *text, size_t bytes)
{
    json_error_t error;
    return json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
}

static json_t *build_clean(const struct answer *a, const char *text, size_t bytes)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 8 * LIMIT_JSON_ELEMENT_BYTES);
    clean(&b, text, bytes, LIMIT_JSON_DEPTH - a->depth);
    json_t *json = b.overflow ? NULL : build(buf_text(&b), b.bytes);
    a->ret->cleaned |= json != NULL;
    return json;
}

/* NULL: it cannot be read, or would cost more than one event may. */
static json_t *read_event(struct answer *a, const char *text, size_t bytes)
{
    struct json_size size;
    json_measure(text, text + bytes, &size);
    if (bytes > LIMIT_JSON_ELEMENT_BYTES || size.values > LIMIT_JSON_ELEMENT_VALUES)
        return NULL;
    json_t *json = size.depth > LIMIT_JSON_DEPTH - a->depth ? NULL : build(text, bytes);
    if (!json)
        json = build_clean(a, text, bytes);
    a->values += json ? size.values : 0;
    return json;
}

static void take_event(struct answer *a, json_t *list, const char *text, size_t bytes)
{
    json_t *event = read_event(a, text, bytes);
    if (!event) {
        a->ret->quarantined++;
        a->ret->cleaned = true;
    } else {
        json_array_append_new(list, event);
    }
    a->events++;
    a->ret->too_much = a->values > LIMIT_JSON_PAGE_VALUES || a->events > LIMIT_LIST_EVENTS ||
                       a->ret->quarantined > LIMIT_LEFT_OUT;
    a->broken |= a->ret->too_much;
}

/* The list that begins here. */
static void cut_list(struct answer *a, struct scan *s)
{
    json_t *list = json_array();
    buf_addf(&a->around, "[%zu]", json_array_size(a->lists));
    json_array_append_new(a->lists, list);
    for (s->at++; s->at < s->end && *s->at != ']' && !a->broken;) {
        const char *from = s->at;
        if (is_blank(*from) || *from == ',') {
            s->at++;
            continue;
        }
        skip_value(s);
        take_event(a, list, from, (size_t)(s->at - from));
    }
    a->broken |= s->at >= s->end;
    s->at++;
}

static bool names_events(const char *key, size_t bytes)
{
    static const char *const names[] = { "\"events\"", "\"chunk\"" };
    for (size_t i = 0; i < COUNT(names); i++)
        if (strlen(names[i]) == bytes && memcmp(names[i], key, bytes) == 0)
            return true;
    return false;
}

static void copy_blanks(struct buf *b, struct scan *s)
{
    while (s->at < s->end && is_blank(*s->at))
        buf_add_char(b, *s->at++);
}

/* A string, and behind a key that names events the list of them. */
static void take_string(struct answer *a, struct scan *s)
{
    const char *from = s->at;
    skip_string(s);
    size_t bytes = (size_t)(s->at - from);
    buf_add_bytes(&a->around, from, bytes);
    copy_blanks(&a->around, s);
    if (s->at == s->end || *s->at != ':')
        return;
    buf_add_char(&a->around, *s->at++);
    copy_blanks(&a->around, s);
    if (names_events(from, bytes) && s->at < s->end && *s->at == '[') {
        a->depth++;
        cut_list(a, s);
        a->depth--;
    }
}

static void take_apart(struct answer *a, const char *text, size_t bytes)
{
    struct scan s = { text, text + bytes };
    copy_blanks(&a->around, &s);
    if (s.at < s.end && *s.at == '[') {
        a->depth = 1;
        cut_list(a, &s);
        a->depth = 0;
    }
    while (s.at < s.end && !a->broken && !a->around.overflow) {
        char c = *s.at;
        if (c == '"') {
            take_string(a, &s);
            continue;
        }
        a->depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
        buf_add_char(&a->around, c);
        s.at++;
    }
}

/* What is around the events is the homeserver's own. */
static json_t *read_around(struct answer *a)
{
    const char *text = buf_text(&a->around);
    json_t *json = json_read(text, a->around.bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    if (json)
        return json;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_HTTP_BODY_BYTES);
    matrix_clean(&b, text, a->around.bytes);
    json = b.overflow ? NULL : json_read(buf_text(&b), b.bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    a->ret->cleaned |= json != NULL;
    return json;
}

/* Puts the list back where its number stands. */
static void put_back_list(struct answer *a, json_t *place)
{
    const json_t *number = json_array_get(place, 0);
    json_t *list = json_array_get(a->lists, (size_t)json_integer_value(number));
    if (!json_is_integer(number) || json_array_size(place) != 1)
        return;
    json_array_clear(place);
    json_array_extend(place, list);
}

static void put_back(struct answer *a, json_t *around)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach(around, key, value)
    {
        if (json_is_array(value) && (str_equal(key, "events") || str_equal(key, "chunk")))
            put_back_list(a, value);
        else
            put_back(a, value);
    }
    json_array_foreach(around, i, value) put_back(a, value);
}

json_t *matrix_parse(const char *text, size_t bytes, struct matrix_parsed *ret)
{
    struct answer a = { .lists = json_array(), .ret = ret };
    json_t *json = NULL;
    *ret = (struct matrix_parsed){ 0 };
    buf_init(&a.around, LIMIT_AROUND_BYTES);
    take_apart(&a, text, bytes);
    if (!a.broken && !a.around.overflow)
        json = read_around(&a);
    if (json_is_array(json))
        put_back_list(&a, json);
    else
        put_back(&a, json);
    if (!json)
        *ret = (struct matrix_parsed){ .too_much = ret->too_much };
    json_decref(a.lists);
    buf_done(&a.around);
    return json;
}
