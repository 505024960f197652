#include "host/json.h"
#include "core/limits.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

/* jansson recurses once a level; the depth is checked on the bytes before it does. */
static bool too_deep(const char *text, size_t bytes)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < bytes; i++) {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!in_string && (text[i] == '}' || text[i] == ']'))
            depth--;
        if (depth > LIMIT_JSON_DEPTH)
            return true;
    }
    return false;
}

json_t *json_read(const char *text, size_t bytes, size_t max_bytes, struct err *err)
{
    json_error_t error;
    if (bytes > max_bytes || too_deep(text, bytes)) {
        err_set(err, bytes > max_bytes ? "the JSON is too long" : "the JSON is nested too deeply");
        return NULL;
    }
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        err_set(err, "not JSON: %s (at byte %d)", error.text, error.position);
    return json;
}

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

void json_add_quoted(struct buf *b, const char *text)
{
    buf_add_char(b, '"');
    while (*text) {
        uint32_t code = 0xFFFD;
        size_t bytes = utf8_decode(text, &code);
        text += bytes ? bytes : 1;
        if (code == '"' || code == '\\' || utf8_is_hostile(code))
            add_escape(b, code);
        else
            utf8_add(b, code);
    }
    buf_add_char(b, '"');
}
