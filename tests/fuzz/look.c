/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/look.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- characters ---- */

/* 0: no character begins here. */
static size_t character(const unsigned char *s, uint32_t *ret)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    uint32_t c = n == 1 ? s[0] : n == 2 ? s[0] & 31u : n == 3 ? s[0] & 15u : s[0] & 7u;
    for (size_t i = 1; i < n; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        c = c * 64 + (s[i] & 63u);
    }
    bool overlong = (n == 2 && c < 0x80) || (n == 3 && c < 0x800) || (n == 4 && c < 0x10000);
    *ret = c;
    return overlong || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? 0 : n;
}

/* Unicode's categories Cc, Zl and Zp, and of Cf what takes part in the bidirectional algorithm, is
   drawn as nothing, or tags. */
static bool is_dangerous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE007F);
}

void look_characters(const char *where, const char *text, bool lines)
{
    uint32_t c = 0;
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t n = character(s, &c);
        if (!n)
            fuzz_broken("every text is UTF-8", where);
        if (is_dangerous(c) && !(c == '\n' && lines))
            fuzz_broken("no text holds a control or an invisible character", where);
        s += n;
    }
}

/* ---- Slack ---- */

static bool is_name(char c)
{
    return islower((unsigned char)c) || isdigit((unsigned char)c) || strchr("_+-'", c);
}

/* ":name:", as Slack names its pictures; digits alone between two are a time. */
static size_t picture(const char *text, char before)
{
    size_t n = 1;
    bool digits = true;
    if (text[0] != ':')
        return 0;
    while (text[n] && is_name(text[n]))
        digits &= isdigit((unsigned char)text[n++]) != 0;
    if (n == 1 || text[n] != ':' || (digits && isdigit((unsigned char)before)))
        return 0;
    return n + 1;
}

static bool is_of_word(char c) { return isalnum((unsigned char)c) || (unsigned char)c >= 0x80; }

/* Behind "<": up to ">", kept as it is; nothing else may hold a bare angle. */
static size_t notation(const char *where, const char *text, struct buf *shape)
{
    size_t n = strcspn(text, ">");
    if (!text[n] || memchr(text + 1, '<', n - 1) || memchr(text, '\n', n))
        fuzz_broken("an angle is part of a notation, or escaped", where);
    if (strncmp(text, "<!date^", 7) != 0) {
        buf_add_bytes(shape, text, n + 1);
        return n + 1;
    }
    buf_add(shape, "<date>");
    return n + 1;
}

static size_t entity(const char *where, const char *text)
{
    static const char *const known[] = { "&amp;", "&lt;", "&gt;" };
    for (size_t i = 0; i < COUNT(known); i++)
        if (strncmp(text, known[i], strlen(known[i])) == 0)
            return strlen(known[i]);
    fuzz_broken("an ampersand is escaped", where);
}

void look_mrkdwn(const char *where, const char *text, struct buf *shape)
{
    look_characters(where, text, true);
    bool code = false;
    char before = '\n';
    for (const char *at = text; *at;) {
        size_t n = 1, named = code ? 0 : picture(at, before);
        if (*at == '\n') {
            /* Code of one line ends with it. */
            buf_add(shape, code ? "!" : "/");
            code = false;
        } else if (*at == '<') {
            n = notation(where, at, shape);
        } else if (*at == '&') {
            n = entity(where, at);
            if (before == '\n' && strncmp(at, "&gt;", 4) == 0)
                buf_add(shape, "quote");
        } else if (*at == '>') {
            fuzz_broken("an angle is part of a notation, or escaped", where);
        } else if (*at == '`') {
            buf_add_char(shape, '`');
            code = !code;
        } else if (!code && (*at == '*' || *at == '~')) {
            buf_add_char(shape, *at);
        } else if (!code && *at == '_' && !(is_of_word(before) && is_of_word(at[1]))) {
            buf_add_char(shape, '_');
        } else if (named) {
            buf_add_bytes(shape, at, named);
            n = named;
        }
        before = at[n - 1];
        at += n;
    }
    if (code)
        buf_add_char(shape, '!');
}

void look_plain_text(const char *where, const char *text, struct buf *shape)
{
    look_characters(where, text, true);
    char before = ' ';
    for (const char *at = text; *at; before = *at++) {
        size_t named = picture(at, before);
        if (named)
            buf_add_bytes(shape, at, named);
        else if (*at == '\n')
            buf_add_char(shape, '/');
    }
}

static void look_value(const char *where, const char *key, json_t *value, const json_t *in,
                       struct buf *shape)
{
    const char *type = json_string_value(json_object_get(in, "type")),
               *text = json_string_value(value);
    if (!text) {
        look_slack(where, value, shape);
    } else if (!str_equal(key, "text")) {
        look_characters(where, text, str_equal(key, "initial_value"));
    } else if (str_equal(type, "plain_text")) {
        look_plain_text(where, text, shape);
    } else {
        /* Without these, names and addresses in it would become links. */
        bool literal = type ? json_is_true(json_object_get(in, "verbatim"))
                            : str_equal(json_string_value(json_object_get(in, "parse")), "none") &&
                                  json_is_false(json_object_get(in, "link_names"));
        if (!literal)
            fuzz_broken("nothing is parsed but notations", where);
        look_mrkdwn(where, text, shape);
    }
}

void look_slack(const char *where, json_t *payload, struct buf *shape)
{
    const char *key;
    json_t *value;
    size_t i;
    if (!payload)
        fuzz_broken("a message can be made", where);
    if (json_is_array(payload) || json_is_object(payload))
        buf_add(shape, json_is_array(payload) ? "[" : "{");
    json_object_foreach(payload, key, value)
    {
        buf_addf(shape, "%s=", key);
        look_value(where, key, value, payload, shape);
    }
    json_array_foreach(payload, i, value) look_slack(where, value, shape);
    buf_add(shape, json_is_array(payload) ? "]" : json_is_object(payload) ? "}" : "");
}

/* ---- Matrix ---- */

/* Clients that know no m.mentions look for the words; so does Synapse for older rooms. */
static void look_words(const char *text, size_t bytes, struct buf *shape)
{
    for (size_t i = 0; i < bytes; i++)
        if (bytes - i >= 5 && strncasecmp(text + i, "@room", 5) == 0)
            buf_add(shape, "@room");
        else if (text[i] == '\n')
            buf_add_char(shape, '/');
}

/* The tags that we have a use for, of those that the specification allows; attributes: only the
   address of a person. */
static void look_tag(const char *where, const char *tag, size_t bytes, struct buf *shape,
                     struct buf *open)
{
    static const char *const names[] = { "p", "strong", "em", "code", "ul", "li", "br", "a" };
    static const char person[] = "a href=\"https://matrix.to/#/@";
    const char *name = tag + (*tag == '/');
    size_t n = bytes - (size_t)(name - tag), known = 0;
    while (known < COUNT(names) &&
           !(strlen(names[known]) == n && memcmp(names[known], name, n) == 0))
        known++;
    bool link = bytes > sizeof person && strncmp(tag, person, sizeof person - 1) == 0 &&
                memchr(tag + sizeof person, '"', bytes - sizeof person) == tag + bytes - 1;
    if (!link && known == COUNT(names))
        fuzz_broken("a tag is one of those that we make", where);
    if (!link && tag[0] == 'a')
        fuzz_broken("a link leads to a person", where);
    buf_addf(shape, "<%.*s>", (int)bytes, tag);
    if (*tag != '/' && known < COUNT(names) && str_equal(names[known], "br"))
        return;
    char *last = open->bytes ? strrchr(open->text, '<') : NULL;
    if (*tag != '/') {
        buf_addf(open, "<%.*s", link ? 1 : (int)n, name);
    } else if (last && strlen(last + 1) == n && memcmp(last + 1, name, n) == 0) {
        open->bytes = (size_t)(last - open->text);
        *last = '\0';
    } else {
        fuzz_broken("every tag is closed where it belongs", where);
    }
}

void look_html(const char *where, const char *html, struct buf *shape)
{
    static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    CLEANUP(buf_done) struct buf open;
    buf_init(&open, 64 * 1024);
    look_characters(where, html, false);
    for (const char *at = html; *at;) {
        size_t bytes = strcspn(at, "<>&\"");
        look_words(at, bytes, shape);
        at += bytes;
        size_t end = strcspn(at, ">"), i = 0;
        if (*at == '<') {
            if (!at[end])
                fuzz_broken("every tag has an end", where);
            look_tag(where, at + 1, end - 1, shape, &open);
            at += end + 1;
        } else if (*at == '&') {
            while (i < COUNT(known) && strncmp(at, known[i], strlen(known[i])) != 0)
                i++;
            if (i == COUNT(known))
                fuzz_broken("an ampersand is escaped", where);
            at += strlen(known[i]);
        } else if (*at) {
            fuzz_broken("angles and quotes are escaped", where);
        }
    }
    if (open.bytes)
        fuzz_broken("every tag is closed", where);
}

void look_matrix(const char *where, const json_t *content, struct buf *shape)
{
    const char *body = json_string_value(json_object_get(content, "body")),
               *html = json_string_value(json_object_get(content, "formatted_body"));
    const json_t *mentions = json_object_get(content, "m.mentions");
    if (!body || !mentions)
        fuzz_broken("a message can be made, and says whom it mentions", where);
    look_characters(where, body, true);
    look_words(body, strlen(body), shape);
    for (const char *mark = body; (mark = strchr(mark, '`')) != NULL; mark++)
        buf_add_char(shape, '`');
    if (html)
        look_html(where, html, shape);
    size_t i;
    json_t *id;
    json_array_foreach(json_object_get(mentions, "user_ids"), i, id)
        buf_addf(shape, "[%s]", str_or_empty(json_string_value(id)));
    buf_add(shape, json_object_get(mentions, "room") ? "[everybody]" : "");
}

/* ---- mail, lines ---- */

void look_mail(const char *where, const char *mail, struct buf *shape)
{
    const char *line = mail;
    for (; strncmp(line, "\r\n", 2) != 0; line = strstr(line, "\r\n") + 2) {
        size_t bytes = strcspn(line, "\r\n"), name = strcspn(line, ":");
        if (strncmp(line + bytes, "\r\n", 2) != 0 || bytes > 998)
            fuzz_broken("a header ends with CR LF, and is no longer than 998 bytes", where);
        for (size_t i = 0; i < bytes; i++)
            if ((unsigned char)line[i] < ' ' || (unsigned char)line[i] > '~')
                fuzz_broken("headers are plain ASCII", where);
        if (line[0] == ' ')
            continue; /* folded */
        buf_addf(shape, "%.*s:", (int)(name < bytes ? name : bytes), line);
    }
    for (line += 2; *line; line++) {
        if ((*line == '\r') != (line[1] == '\n') && *line != '\n')
            fuzz_broken("a line ends with CR LF", where);
        if (*line == '\n' && (line == mail || line[-1] != '\r'))
            fuzz_broken("a line ends with CR LF", where);
        if (*line == '\n')
            buf_add_char(shape, '/');
    }
}

void look_line(const char *where, const char *line, size_t bytes, bool json, struct buf *shape)
{
    CLEANUP(buf_done) struct buf text;
    buf_init(&text, bytes + 1);
    if (!bytes || line[bytes - 1] != '\n' || memchr(line, '\n', bytes) != line + bytes - 1)
        fuzz_broken("a line is one line", where);
    if (memchr(line, 0, bytes))
        fuzz_broken("a line holds no NUL", where);
    buf_add_bytes(&text, line, bytes - 1);
    look_characters(where, buf_text(&text), false);
    if (!json)
        return;
    json_t *whole = json_loads(buf_text(&text), JSON_REJECT_DUPLICATES, NULL), *value;
    const char *key;
    if (!json_is_object(whole))
        fuzz_broken("a line of JSON is one object", where);
    json_object_foreach(whole, key, value) buf_addf(shape, "%s,", key);
    json_decref(whole);
}
