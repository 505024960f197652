/* SPDX-License-Identifier: Apache-2.0 */
#include "host/json.h"
#include "core/limits.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json_clean.h"
#include "host/json_scan.h"

#include <stdlib.h>
#include <string.h>

enum { ERROR_CHARACTERS = 120, STUB_BYTES = 64 };

/* ---- measuring ---- */

/* All of the text, also behind its first value: jansson refuses what follows there only after it
   has built what stands before. */
static struct json_size measure_all(const char *text, size_t bytes)
{
    struct json_size all = { 0 };
    for (const char *at = text, *end = text + bytes; at < end;) {
        struct json_size one;
        at += json_measure(at, end, &one);
        all.values += one.values;
        all.depth = one.depth > all.depth ? one.depth : all.depth;
    }
    return all;
}

/* ---- reading ---- */

/* jansson quotes what it stumbled over, and may cut it inside a character. */
static void set_error(struct err *err, const json_error_t *error)
{
    CLEANUP(buf_done) struct buf said = { 0 };
    if (!err)
        return;
    buf_init(&said, LIMIT_ERROR_BYTES);
    inert_add(&said, error->text, ERROR_CHARACTERS);
    err_set(err, "not JSON: %s (at byte %d)", buf_text(&said), error->position);
}

static json_t *build(const char *text, size_t bytes, size_t flags, struct err *err)
{
    json_error_t error;
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | flags, &error);
    if (!json)
        set_error(err, &error);
    return json;
}

static json_t *read_within(const char *text, size_t bytes, size_t max_bytes, size_t max_values,
                           struct err *err)
{
    if (bytes > max_bytes) {
        err_set(err, "the JSON is too long");
        return NULL;
    }
    struct json_size size = measure_all(text, bytes);
    if (size.depth > LIMIT_JSON_DEPTH || size.values > max_values) {
        err_set(err, size.values > max_values ? "the JSON holds too many values"
                                              : "the JSON is nested too deeply");
        return NULL;
    }
    return build(text, bytes, 0, err);
}

json_t *json_read(const char *text, size_t bytes, size_t max_bytes, struct err *err)
{
    return read_within(text, bytes, max_bytes, LIMIT_JSON_VALUES, err);
}

static json_t *read_anyhow(const char *text, size_t bytes, size_t max_bytes, size_t max_values,
                           bool *ret_cleaned, struct err *err)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    json_t *json = read_within(text, bytes, max_bytes, max_values, err);
    bool whole = json != NULL;
    if (!whole && bytes <= max_bytes) {
        buf_init(&b, max_bytes);
        json_clean(&b, text, bytes, LIMIT_JSON_DEPTH);
        json = b.overflow ? NULL : read_within(buf_text(&b), b.bytes, max_bytes, max_values, err);
    }
    if (ret_cleaned)
        *ret_cleaned = json && !whole;
    return json;
}

json_t *json_read_anyhow(const char *text, size_t bytes, size_t max_bytes, bool *ret_cleaned,
                         struct err *err)
{
    return read_anyhow(text, bytes, max_bytes, LIMIT_JSON_VALUES, ret_cleaned, err);
}

json_t *json_read_page(const char *text, size_t bytes, size_t max_bytes, struct err *err)
{
    return read_anyhow(text, bytes, max_bytes, LIMIT_JSON_PAGE_VALUES, NULL, err);
}

/* ---- lists ---- */

struct member {
    const char *key, *value; /* key in its quotes */
    size_t key_bytes, value_bytes;
};

/* The member that begins at *at or behind what is between, and *at behind it; false when there is
   none. */
static bool next_member(const char **at, const char *end, struct member *ret)
{
    struct json_size size;
    ret->key = json_skip_between(*at, end);
    if (ret->key == end || *ret->key != '"')
        return false;
    const char *behind = json_behind_string(ret->key, end);
    ret->key_bytes = (size_t)(behind - ret->key);
    ret->value = json_skip_between(behind, end);
    if (ret->value == end)
        return false;
    ret->value_bytes = json_measure(ret->value, end, &size);
    *at = json_skip_between(ret->value + ret->value_bytes, end);
    return true;
}

/* A key that is written with escapes is another one here. */
static bool is_key(const struct member *m, const char *key)
{
    size_t length = strlen(key);
    return m->key_bytes == length + 2 && memcmp(m->key + 1, key, length) == 0;
}

/* Where the value of the outermost object's member begins, NULL when there is no such member. */
static const char *find_member(const char *text, const char *end, const char *key)
{
    const char *at = json_skip_between(text, end);
    struct member m;
    if (at == end || *at++ != '{')
        return NULL;
    while (next_member(&at, end, &m))
        if (is_key(&m, key))
            return m.value;
    return NULL;
}

static json_t *read_as_wanted(const char *text, size_t bytes, size_t max_bytes, bool cleans,
                              struct err *err)
{
    return cleans ? json_read_anyhow(text, bytes, max_bytes, NULL, err)
                  : json_read(text, bytes, max_bytes, err);
}

/* The text with null in the place of those bytes of it. */
static json_t *read_but(const char *text, size_t bytes, const char *from, size_t span,
                        size_t most_bytes, bool cleans, struct err *err)
{
    CLEANUP(buf_done) struct buf around;
    buf_init(&around, most_bytes);
    buf_add_bytes(&around, text, (size_t)(from - text));
    buf_add(&around, "null");
    buf_add_bytes(&around, from + span, (size_t)(text + bytes - from) - span);
    return read_as_wanted(buf_text(&around), around.overflow ? SIZE_MAX : around.bytes, most_bytes,
                          cleans, err);
}

json_t *json_read_around(const char *text, size_t bytes, const char *key, bool cleans,
                         struct json_list *ret_list, struct err *err)
{
    const char *end = text + bytes, *list = find_member(text, end, key);
    struct json_size size;
    *ret_list = (struct json_list){ .at = end, .end = end, .cleans = cleans };
    if (!list || *list != '[')
        return read_as_wanted(text, bytes, LIMIT_AROUND_BYTES, cleans, err);
    size_t span = json_measure(list, end, &size);
    ret_list->at = list + 1;
    ret_list->end = list + span - (list[span - 1] == ']');
    return read_but(text, bytes, list, span, LIMIT_AROUND_BYTES, cleans, err);
}

json_t *json_read_without(const char *text, size_t bytes, const char *key, struct err *err)
{
    const char *end = text + bytes, *value = find_member(text, end, key);
    struct json_size size;
    return value ? read_but(text, bytes, value, json_measure(value, end, &size),
                            LIMIT_HTTP_BODY_BYTES, false, err)
                 : json_read(text, bytes, LIMIT_HTTP_BODY_BYTES, err);
}

/* An element that is left out as an object with its short text under the key, NULL without one. */
static json_t *stub_of(const char *text, size_t bytes, const char *key)
{
    const char *end = text + bytes, *value = key ? find_member(text, end, key) : NULL;
    struct json_size size;
    size_t span = value && *value == '"' ? json_measure(value, end, &size) : 0;
    json_t *short_text = span > 0 && span <= STUB_BYTES ? build(value, span, JSON_DECODE_ANY, NULL)
                                                        : NULL;
    return short_text ? json_pack("{s:o}", key, short_text) : NULL;
}

static bool is_one_of(const struct member *m, const char *const *keys)
{
    while (*keys && !is_key(m, *keys))
        keys++;
    return *keys != NULL;
}

/* These members alone, each as often as it stands there: a duplicate is refused as ever. */
static json_t *build_members(const char *text, size_t bytes, const char *const *keys)
{
    CLEANUP(buf_done) struct buf b = { 0 };
    const char *at = text + 1, *end = text + bytes;
    struct member m;
    if (*text != '{')
        return build(text, bytes, JSON_DECODE_ANY, NULL);
    buf_init(&b, LIMIT_JSON_ELEMENT_BYTES);
    while (next_member(&at, end, &m))
        if (is_one_of(&m, keys)) {
            buf_add(&b, b.bytes ? "," : "{");
            buf_add_bytes(&b, m.key, m.key_bytes);
            buf_add(&b, ":");
            buf_add_bytes(&b, m.value, m.value_bytes);
        }
    buf_add(&b, b.bytes ? "}" : "{}");
    bool whole = at == end - 1 && *at == '}' && !b.overflow;
    return whole ? build(buf_text(&b), b.bytes, 0, NULL) : NULL;
}

static json_t *build_element(const struct json_list *l, const char *text, size_t bytes)
{
    return l->members ? build_members(text, bytes, l->members)
                      : build(text, bytes, JSON_DECODE_ANY, NULL);
}

/* Cleaned first and built once: a list of elements that fail at their last byte would be built
   twice otherwise. */
static json_t *build_clean(const struct json_list *l, const char *text, size_t bytes)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 8 * LIMIT_JSON_ELEMENT_BYTES);
    json_clean(&b, text, bytes, LIMIT_JSON_DEPTH - 1);
    return b.overflow ? NULL : build_element(l, buf_text(&b), b.bytes);
}

json_t *json_list_next(struct json_list *l)
{
    const char *begun = l->at;
    for (l->at = json_skip_between(l->at, l->end);
         l->at < l->end && (!l->most || (size_t)(l->at - begun) <= l->most);
         l->at = json_skip_between(l->at, l->end)) {
        struct json_size size;
        const char *from = l->at;
        size_t bytes = json_measure(from, l->end, &size);
        bool fine = bytes <= LIMIT_JSON_ELEMENT_BYTES && size.values <= LIMIT_JSON_ELEMENT_VALUES &&
                    (l->cleans || size.depth < LIMIT_JSON_DEPTH);
        json_t *json = !fine       ? NULL
                       : l->cleans ? build_clean(l, from, bytes)
                                   : build_element(l, from, bytes);
        l->at += bytes;
        l->read += json != NULL;
        l->skipped += !json;
        l->is_stub = !json;
        if (!json && l->whole)
            l->at = l->end;
        else if (!json)
            json = stub_of(from, bytes, l->stub_key);
        l->stubs += json && l->is_stub;
        if (json)
            return json;
    }
    return NULL;
}

/* ---- members ---- */

const char *json_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

const char *json_text_or_empty(const json_t *object, const char *key)
{
    return str_or_empty(json_text(object, key));
}

const char *json_arena_text(struct arena *arena, const json_t *object, const char *key)
{
    return arena_copy(arena, json_text(object, key));
}

bool json_flag(const json_t *object, const char *key, bool fallback)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}

int64_t json_number(const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value))
        return json_integer_value(value);
    return json_is_true(value) ? 1 : fallback;
}

const json_t *json_path(const json_t *object, const char *dotted)
{
    char key[128];
    while (object && *dotted) {
        size_t bytes = strcspn(dotted, ".");
        if (bytes >= sizeof key)
            return NULL;
        memcpy(key, dotted, bytes);
        key[bytes] = '\0';
        object = json_object_get(object, key);
        dotted += bytes + (dotted[bytes] == '.');
    }
    return object;
}

bool json_put(json_t *json_new, struct buf *to, struct err *err)
{
    char *text = json_new ? json_dumps(json_new, JSON_COMPACT) : NULL;
    json_decref(json_new);
    if (!text)
        return err_set(err, "the message is not UTF-8");
    buf_add(to, text);
    free(text);
    return !to->overflow || err_set(err, "the message is too long");
}

char *json_print(struct arena *arena, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *copy = arena_copy(arena, str_or_empty(text));
    free(text);
    return copy;
}

static void add_escape(struct buf *b, uint32_t code)
{
    if (code > 0xFFFF)
        buf_addf(b, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10),
                 0xDC00 + ((code - 0x10000) & 0x3FF));
    else
        buf_addf(b, "\\u%04x", code);
}

/* Bytes that stay as they are, which nearly all do. */
static size_t plain_bytes(const char *text, bool quoted)
{
    size_t bytes = 0;
    while (text[bytes] >= ' ' && text[bytes] <= '~' &&
           (!quoted || (text[bytes] != '"' && text[bytes] != '\\')))
        bytes++;
    return bytes;
}

static void add_harmless(struct buf *b, const char *text, bool quoted)
{
    while (*text) {
        size_t plain = plain_bytes(text, quoted);
        buf_add_bytes(b, text, plain);
        text += plain;
        if (!*text)
            return;
        uint32_t code = 0xFFFD;
        size_t bytes = utf8_decode(text, &code);
        text += bytes ? bytes : 1;
        if (inert_is_hostile(code) || code < 0x80)
            add_escape(b, code);
        else
            utf8_add(b, code);
    }
}

void json_add_quoted(struct buf *b, const char *text)
{
    buf_add_char(b, '"');
    add_harmless(b, text, true);
    buf_add_char(b, '"');
}

void json_add_line(struct buf *b, const char *json) { add_harmless(b, json, false); }
