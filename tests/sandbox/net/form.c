/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *form_decoded(const char *from, size_t bytes, bool plus, size_t *ret_bytes)
{
    char *to = malloc(bytes + 1);
    size_t n = 0;
    if (!to)
        abort();
    for (size_t i = 0; i < bytes; i++) {
        bool escape = from[i] == '%' && i + 2 < bytes && hex_digit(from[i + 1]) >= 0 &&
                      hex_digit(from[i + 2]) >= 0;
        to[n++] = escape ? (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]))
                  : plus && from[i] == '+' ? ' '
                                           : from[i];
        i += escape ? 2 : 0;
    }
    to[n] = '\0';
    *ret_bytes = n;
    return to;
}

/* One name or value; new reference. */
static json_t *piece(const char *from, size_t bytes)
{
    size_t n;
    char *to = form_decoded(from, bytes, true, &n);
    json_t *text = json_stringn(to, n);
    free(to);
    return text ? text : json_string("");
}

json_t *form_fields(const char *text, size_t bytes)
{
    json_t *form = json_object();
    for (const char *at = text, *end = text + bytes; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        const char *name_end = equals ? equals : stop;
        json_t *name = piece(at, (size_t)(name_end - at));
        json_t *value = equals ? piece(equals + 1, (size_t)(stop - equals - 1)) : json_string("");
        if (json_string_length(name) > 0)
            json_object_set_new(form, json_string_value(name), value);
        else
            json_decref(value);
        json_decref(name);
        at = stop + 1;
    }
    return form;
}

/* ---- in parts ---- */

/* Where the first of what is looked for begins; NULL: nowhere. */
static const char *found(const char *from, const char *end, const char *what)
{
    return memmem(from, (size_t)(end - from), what, strlen(what));
}

const char *form_file(const char *content_type, const char *body, size_t bytes, size_t *ret_bytes)
{
    static const char multipart[] = "multipart/form-data;", mark[] = "boundary=";
    char between[128];
    const char *at = content_type && strncmp(content_type, multipart, sizeof multipart - 1) == 0
                         ? strstr(content_type, mark)
                         : NULL;
    const char *end = body + bytes, *head, *content, *stop;
    if (!at)
        return NULL;
    at += sizeof mark - 1;
    at += *at == '"';
    snprintf(between, sizeof between, "\r\n--%.*s", (int)strcspn(at, "\";"), at);
    for (head = body; (content = found(head, end, "\r\n\r\n")); head = stop) {
        const char *name = found(head, content, "filename");
        content += 4;
        stop = found(content, end, between);
        if (!stop)
            return NULL;
        *ret_bytes = (size_t)(stop - content);
        if (name)
            return content;
    }
    return NULL;
}
