/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/sanitise.h"
#include "core/xalloc.h"
#include "core/limits.h"
#include "host/json.h"
#include "host/json_scan.h"
#include "host/json_clean.h"

#include <stdlib.h>
#include <string.h>

/* Text that is gone through byte by byte; *end is NUL. */
struct scan {
    const char *at, *end;
};

static void skip_string(struct scan *s)
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
        if (*s->at == '\\' && s->at + 1 < s->end)
            s->at++;
    if (s->at < s->end)
        s->at++;
}

static bool opens(char c) { return c == '{' || c == '['; }
static bool closes(char c) { return c == '}' || c == ']'; }

/* Behind the value that begins here; at least one byte on. */
static void skip_value(struct scan *s, struct json_size *ret_size)
{
    s->at += json_measure(s->at, s->end, ret_size);
}

/* ---- one bad event costs only itself ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* An answer while it is taken apart: its lists of events are cut out of the text and read event by
   event, each within its own ceiling; in the text around them stands the number of the list
   instead. */
struct matrix_parser {
    struct scan s;
    struct buf around, event; /* event: the one that is read now, cleaned */
    json_t *lists, *list;     /* list: the one that is read now, borrowed; NULL between them */
    size_t events, values;    /* of those that are kept */
    int depth;                /* of where it reads; of a list, at which it stands */
    bool broken;
    struct matrix_parsed parsed;
};

static json_t *build(const char *text, size_t bytes)
{
    json_error_t error;
    return json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
}

/* NULL: it cannot be read, or would cost more than one event may. It is cleaned first and built
   once: a list of events that fail at their last byte would be built twice otherwise. */
static json_t *read_event(struct matrix_parser *a, const char *text, size_t bytes,
                          const struct json_size *size)
{
    struct buf *b = &a->event;
    if (bytes > LIMIT_JSON_ELEMENT_BYTES || size->values > LIMIT_JSON_ELEMENT_VALUES)
        return NULL;
    buf_clear(b);
    json_clean(b, text, bytes, LIMIT_JSON_DEPTH - a->depth);
    json_t *json = b->overflow ? NULL : build(buf_text(b), b->bytes);
    a->parsed.cleaned |= json && (b->bytes != bytes || memcmp(buf_text(b), text, bytes) != 0);
    a->values += json ? size->values : 0;
    return json;
}

static void take_event(struct matrix_parser *a, const char *text, size_t bytes,
                       const struct json_size *size)
{
    json_t *event = read_event(a, text, bytes, size);
    if (!event) {
        a->parsed.quarantined++;
        a->parsed.cleaned = true;
    } else {
        json_array_append_new(a->list, event);
    }
    a->events++;
    a->parsed.too_much = a->values > LIMIT_JSON_PAGE_VALUES || a->events > LIMIT_LIST_EVENTS ||
                         a->parsed.quarantined > LIMIT_LEFT_OUT;
    a->broken |= a->parsed.too_much;
}

/* At the list that begins here. */
static void enter_list(struct matrix_parser *a)
{
    a->list = json_array();
    buf_addf(&a->around, "[%zu]", json_array_size(a->lists));
    json_array_append_new(a->lists, a->list);
    a->depth++;
    a->s.at++;
}

static void leave_list(struct matrix_parser *a)
{
    a->list = NULL;
    a->depth--;
    a->s.at++;
}

/* One event of the list, or what stands between two. */
static void read_list(struct matrix_parser *a)
{
    struct scan *s = &a->s;
    struct json_size size;
    const char *from = s->at;
    if (*from == ']') {
        leave_list(a);
    } else if (is_blank(*from) || *from == ',') {
        s->at++;
    } else {
        skip_value(s, &size);
        take_event(a, from, (size_t)(s->at - from), &size);
    }
    a->broken |= a->list && s->at >= s->end;
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
static void take_string(struct matrix_parser *a)
{
    struct scan *s = &a->s;
    const char *from = s->at;
    skip_string(s);
    size_t bytes = (size_t)(s->at - from);
    buf_add_bytes(&a->around, from, bytes);
    copy_blanks(&a->around, s);
    if (s->at == s->end || *s->at != ':')
        return;
    buf_add_char(&a->around, *s->at++);
    copy_blanks(&a->around, s);
    if (names_events(from, bytes) && s->at < s->end && *s->at == '[')
        enter_list(a);
}

static void read_between(struct matrix_parser *a)
{
    char c = *a->s.at;
    if (c == '"') {
        take_string(a);
        return;
    }
    a->depth += opens(c) ? 1 : closes(c) ? -1 : 0;
    buf_add_char(&a->around, c);
    a->s.at++;
}

/* What is around the events is the homeserver's own. */
static json_t *read_around(struct matrix_parser *a)
{
    const char *text = buf_text(&a->around);
    json_t *json = json_read(text, a->around.bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    if (json)
        return json;
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_HTTP_BODY_BYTES);
    json_clean(&b, text, a->around.bytes, LIMIT_JSON_DEPTH);
    json = b.overflow ? NULL : json_read(buf_text(&b), b.bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    a->parsed.cleaned |= json != NULL;
    return json;
}

/* Puts the list back where its number stands. */
static void put_back_list(struct matrix_parser *a, json_t *place)
{
    const json_t *number = json_array_get(place, 0);
    json_t *list = json_array_get(a->lists, (size_t)json_integer_value(number));
    if (!json_is_integer(number) || json_array_size(place) != 1)
        return;
    json_array_clear(place);
    json_array_extend(place, list);
}

static void put_back(struct matrix_parser *a, json_t *around)
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

struct matrix_parser *matrix_parser_new(const char *text, size_t bytes)
{
    struct matrix_parser *a = xcalloc(1, sizeof *a);
    *a = (struct matrix_parser){ .s = { text, text + bytes }, .lists = json_array() };
    buf_init(&a->around, LIMIT_AROUND_BYTES);
    buf_init(&a->event, 8 * LIMIT_JSON_ELEMENT_BYTES);
    copy_blanks(&a->around, &a->s);
    if (a->s.at < a->s.end && *a->s.at == '[')
        enter_list(a);
    return a;
}

static bool is_at_end(const struct matrix_parser *a)
{
    return a->s.at >= a->s.end || a->broken || a->around.overflow;
}

bool matrix_parser_read(struct matrix_parser *a, size_t bytes)
{
    for (const char *from = a->s.at; !is_at_end(a) && (size_t)(a->s.at - from) < bytes;)
        (a->list ? read_list : read_between)(a);
    return is_at_end(a);
}

json_t *matrix_parser_end(struct matrix_parser *a, struct matrix_parsed *ret)
{
    json_t *json = NULL;
    *ret = (struct matrix_parsed){ 0 };
    if (!a)
        return NULL;
    if (is_at_end(a) && !a->list && !a->broken && !a->around.overflow)
        json = read_around(a);
    if (json_is_array(json))
        put_back_list(a, json);
    else
        put_back(a, json);
    *ret = json ? a->parsed : (struct matrix_parsed){ .too_much = a->parsed.too_much };
    json_decref(a->lists);
    buf_done(&a->around);
    buf_done(&a->event);
    free(a);
    return json;
}

json_t *matrix_parse(const char *text, size_t bytes, struct matrix_parsed *ret)
{
    struct matrix_parser *parser = matrix_parser_new(text, bytes);
    matrix_parser_read(parser, SIZE_MAX);
    return matrix_parser_end(parser, ret);
}
