/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/print.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More than the longest record of the audit, escaped. */
enum { PRINTED_BYTES = 4 * 1024 * 1024, CONVERSION_BYTES = 24 };

/* What print_out does with a %s. */
static void add_harmless(struct buf *b, const char *text)
{
    while (*text) {
        uint32_t code = 0;
        size_t bytes = utf8_decode(text, &code);
        if (bytes && !inert_is_hostile(code))
            buf_add_bytes(b, text, bytes);
        else if (code == '\n')
            buf_add(b, "\\n");
        else if (!bytes || code < 0x80)
            buf_addf(b, "\\x%02x", (unsigned)(unsigned char)*text);
        else
            buf_addf(b, "\\u{%x}", code);
        text += bytes ? bytes : 1;
    }
}

/* ---- formats ---- */

/* One "%…" of a format. */
struct conversion {
    char spec[CONVERSION_BYTES]; /* without width and precision */
    bool left, zero, has_precision;
    int width, precision;
    char length, kind; /* 'l', 'L' for ll, 'z', 0 */
};

static int number_at(const char **at, va_list *args)
{
    int number = 0;
    if (**at == '*') {
        ++*at;
        return va_arg(*args, int);
    }
    for (; **at >= '0' && **at <= '9'; ++*at)
        number = number * 10 + (**at - '0');
    return number;
}

/* at stands behind the "%". */
static struct conversion read_conversion(const char **at, va_list *args)
{
    struct conversion c = { .spec = "" };
    for (; **at == '-' || **at == '0'; ++*at) {
        c.left |= **at == '-';
        c.zero |= **at == '0';
    }
    c.width = number_at(at, args);
    if (**at == '.') {
        ++*at;
        c.has_precision = true;
        c.precision = number_at(at, args);
    }
    for (; **at == 'l' || **at == 'z'; ++*at)
        c.length = c.length == 'l' ? 'L' : **at;
    c.kind = **at;
    *at += **at != '\0';
    return c;
}

static void add_padded(struct buf *b, const struct conversion *c, const char *text)
{
    size_t shown = utf8_characters(text), width = c->width > 0 ? (size_t)c->width : 0;
    for (size_t i = shown; !c->left && i < width; i++)
        buf_add_char(b, c->zero ? '0' : ' ');
    buf_add(b, text);
    for (size_t i = shown; c->left && i < width; i++)
        buf_add_char(b, ' ');
}

static void add_text(struct buf *b, const struct conversion *c, const char *text)
{
    CLEANUP(buf_done) struct buf cut, harmless;
    buf_init(&cut, PRINTED_BYTES);
    buf_init(&harmless, PRINTED_BYTES);
    size_t bytes = strlen(str_or_empty(text));
    if (c->has_precision && c->precision >= 0 && (size_t)c->precision < bytes)
        bytes = (size_t)c->precision;
    buf_add_bytes(&cut, str_or_empty(text), bytes);
    add_harmless(&harmless, buf_text(&cut));
    add_padded(b, c, buf_text(&harmless));
}

static void add_integer(struct buf *b, const struct conversion *c, va_list *args)
{
    char text[32];
    bool is_signed = c->kind == 'd' || c->kind == 'i';
    long long number = c->length == 'L'   ? va_arg(*args, long long)
                       : c->length == 'l' ? va_arg(*args, long)
                       : c->length == 'z' ? (long long)va_arg(*args, size_t)
                       : is_signed        ? va_arg(*args, int)
                                          : (long long)va_arg(*args, unsigned);
    snprintf(text, sizeof text, is_signed ? "%lld" : c->kind == 'x' ? "%llx" : "%llu", number);
    add_padded(b, c, text);
}

static void add_conversion(struct buf *b, const char **at, va_list *args)
{
    struct conversion c = read_conversion(at, args);
    char text[64] = "";
    switch (c.kind) {
    case '%': buf_add_char(b, '%'); return;
    case 's': add_text(b, &c, va_arg(*args, const char *)); return;
    case 'c':
        text[0] = (char)va_arg(*args, int);
        add_text(b, &c, text);
        return;
    case 'g':
        snprintf(text, sizeof text, "%g", va_arg(*args, double));
        add_padded(b, &c, text);
        return;
    default: add_integer(b, &c, args);
    }
}

void print_add(struct buf *b, const char *format, va_list given)
{
    va_list args;
    va_copy(args, given);
    for (const char *at = format; *at;) {
        size_t plain = strcspn(at, "%");
        buf_add_bytes(b, at, plain);
        at += plain;
        if (*at == '%') {
            at++;
            add_conversion(b, &at, &args);
        }
    }
    va_end(args);
}

/* ---- to the terminal ---- */

void print_by_line(void) { (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ); }

void print_by_block(void)
{
    static char block[64 * 1024];
    (void)setvbuf(stdout, block, _IOFBF, sizeof block);
}

bool print_flush(void) { return fflush(stdout) == 0 && !ferror(stdout); }

void print_progress(uint64_t done, uint64_t all)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (done < all)
        print_problem("\r%" PRIu64 " of %" PRIu64 " records", done, all);
    else
        print_problem("\r\033[K");
}

static bool put(FILE *to, const struct buf *b)
{
    return fwrite(buf_text(b), 1, b->bytes, to) == b->bytes;
}

static bool PRINTF_LIKE(2, 0) put_formatted(FILE *to, const char *format, va_list args)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, PRINTED_BYTES);
    print_add(&b, format, args);
    return put(to, &b);
}

bool print_out(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool read = put_formatted(stdout, format, args);
    va_end(args);
    return read;
}

bool print_problem(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    bool read = put_formatted(stderr, format, args);
    va_end(args);
    return read;
}

static bool put_lines(FILE *to, const char *text)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, PRINTED_BYTES);
    while (*text) {
        size_t bytes = strcspn(text, "\n");
        CLEANUP(buf_done) struct buf line;
        buf_init(&line, PRINTED_BYTES);
        buf_add_bytes(&line, text, bytes);
        add_harmless(&b, buf_text(&line));
        text += bytes;
        if (*text == '\n')
            buf_add_char(&b, *text++);
    }
    return put(to, &b);
}

bool print_lines(const char *text) { return put_lines(stdout, text); }

bool print_problem_lines(const char *text) { return put_lines(stderr, text); }

bool print_json(const char *json)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, PRINTED_BYTES);
    json_add_line(&b, json);
    buf_add_char(&b, '\n');
    return put(stdout, &b);
}
