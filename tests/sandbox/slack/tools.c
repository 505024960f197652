/* Small things that all of Slack's half uses. */
#include "tests/sandbox/slack/tools.h"
#include "tests/sandbox/net/timers.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void slackd_random(char *to, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";
    unsigned char bytes[128];
    if (count > sizeof bytes || RAND_bytes(bytes, (int)count) != 1)
        abort();
    for (size_t i = 0; i < count; i++)
        to[i] = letters[bytes[i] % (sizeof letters - 1)];
    to[count] = '\0';
}

void slackd_random_uuid(char to[SLACKD_ID])
{
    unsigned char b[16];
    if (RAND_bytes(b, sizeof b) != 1)
        abort();
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(to, SLACKD_ID, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
}

void slackd_next_ts(struct slackd *s, char to[32])
{
    int64_t now = sandbox_utc_ms() * 1000;
    s->last_ts_us = now > s->last_ts_us ? now : s->last_ts_us + 1;
    snprintf(to, 32, "%" PRId64 ".%06" PRId64, s->last_ts_us / 1000000, s->last_ts_us % 1000000);
}

const char *slackd_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t slackd_number(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool slackd_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

size_t slackd_characters(const char *utf8)
{
    size_t count = 0;
    for (; *utf8; utf8++)
        count += ((unsigned char)*utf8 & 0xc0) != 0x80;
    return count;
}

void slackd_keep_private(json_t *list, json_t *entry_new)
{
    if (json_array_size(list) >= SLACKD_PRIVATE_MOST)
        json_array_remove(list, 0);
    json_array_append_new(list, entry_new);
}

void slackd_refuse(struct web_reply *reply, int status, const char *sentence)
{
    web_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes one name or value; new reference, "" when it is not UTF-8. */
static json_t *form_piece(const char *from, size_t bytes)
{
    char *to = malloc(bytes + 1);
    size_t n = 0;
    for (size_t i = 0; to && i < bytes; i++) {
        bool escape = from[i] == '%' && i + 2 < bytes && hex_digit(from[i + 1]) >= 0 &&
                      hex_digit(from[i + 2]) >= 0;
        to[n++] = escape           ? (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]))
                  : from[i] == '+' ? ' '
                                   : from[i];
        i += escape ? 2 : 0;
    }
    json_t *text = to ? json_stringn(to, n) : NULL;
    free(to);
    return text ? text : json_string("");
}

json_t *slackd_form(const char *text, size_t bytes)
{
    json_t *form = json_object();
    for (const char *at = text, *end = text + bytes; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        const char *name_end = equals ? equals : stop;
        json_t *name = form_piece(at, (size_t)(name_end - at));
        json_t *value = equals ? form_piece(equals + 1, (size_t)(stop - equals - 1))
                               : json_string("");
        if (json_string_length(name) > 0)
            json_object_set_new(form, json_string_value(name), value);
        else
            json_decref(value);
        json_decref(name);
        at = stop + 1;
    }
    return form;
}

void slackd_merge(json_t *into, const json_t *change)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)change, key, value)
    {
        if (json_is_null(value))
            json_object_del(into, key);
        else
            json_object_set(into, key, value);
    }
}
