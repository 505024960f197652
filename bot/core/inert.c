/* SPDX-License-Identifier: Apache-2.0 */
#include "core/inert.h"
#include "core/combining.h"
#include "core/utf8.h"

static const uint32_t REPLACEMENT = 0xFFFD;

/* U+2800 is the Braille pattern without a dot. */
static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x2800 || c == 0x3000;
}

/* They choose between looks of the character before them and show nothing themselves. */
static bool is_selector(uint32_t c)
{
    return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0x180B && c <= 0x180D) || c == 0x180F ||
           (c >= 0xE0100 && c <= 0xE01EF);
}

/* First and last, ascending. Source: Unicode 14.0, general categories Cc and Cf without those that
   are drawn, Default_Ignorable_Code_Point, and the characters that are drawn as nothing. */
static const struct {
    uint32_t first, last;
} hostile[] = {
    { 0x0000, 0x001F },   { 0x007F, 0x009F },   { 0x00AD, 0x00AD }, /* controls, soft hyphen */
    { 0x034F, 0x034F },   { 0x061C, 0x061C }, /* grapheme joiner, Arabic letter mark */
    { 0x115F, 0x1160 },   { 0x17B4, 0x17B5 },   { 0x180B, 0x180F }, /* fillers, Mongolian */
    { 0x200B, 0x200F },   { 0x2028, 0x202E },   { 0x2060, 0x206F }, /* zero width, direction */
    { 0x3164, 0x3164 },   { 0xFDD0, 0xFDEF },                       /* filler, noncharacters */
    { 0xFEFF, 0xFEFF },   { 0xFFA0, 0xFFA0 },                       /* byte order mark, filler */
    { 0xFFF0, 0xFFFC },   { 0xFFFE, 0xFFFF },   /* annotation, object, noncharacters */
    { 0x13430, 0x1343F }, { 0x1BCA0, 0x1BCA3 }, /* Egyptian and shorthand format */
    { 0x1D159, 0x1D159 }, { 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF }, /* music, tags */
};

bool inert_is_hostile(uint32_t c)
{
    for (size_t i = 0; i < COUNT(hostile) && c >= hostile[i].first; i++)
        if (c <= hostile[i].last)
            return true;
    return (c & 0xFFFE) == 0xFFFE;
}

uint32_t inert_character(uint32_t c)
{
    return c == '`' ? 0x02CB : inert_is_hostile(c) || is_selector(c) ? REPLACEMENT : c;
}

/* Printable ASCII that every rule here leaves as it is. */
static bool is_plain(char c) { return c > ' ' && c <= '~' && c != '`'; }

bool inert_is_plain(const char *text, size_t most_characters)
{
    size_t bytes = 0;
    for (; text[bytes]; bytes++) {
        bool single_blank = text[bytes] == ' ' && bytes > 0 && text[bytes - 1] != ' ' &&
                            text[bytes + 1];
        if (!is_plain(text[bytes]) && !single_blank)
            return false;
    }
    return bytes <= most_characters;
}

bool inert_are_plain_lines(const char *text, size_t most_characters)
{
    for (size_t bytes = 0; *text; text++) {
        bytes = *text == '\n' ? 0 : bytes + 1;
        if (bytes > most_characters || (!is_plain(*text) && *text != '\n' && *text != ' '))
            return false;
    }
    return true;
}

/* Invalid bytes count as the replacement character, one by one. */
static uint32_t take(const char **text)
{
    uint32_t c = REPLACEMENT;
    size_t bytes = utf8_decode(*text, &c);
    *text += bytes ? bytes : 1;
    return c;
}

static bool shows_something(const char *text)
{
    while (*text) {
        uint32_t c = take(&text);
        if (c != REPLACEMENT && !is_blank(c) && !inert_is_hostile(c) && !is_selector(c) &&
            !combining_is(c))
            return true;
    }
    return false;
}

/* More marks than this on one character only serve to paint over other lines. */
enum { MARKS_MOST = 4 };

void inert_add(struct buf *b, const char *text, size_t most_characters)
{
    size_t written = 0, marks = 0;
    bool blank = false;
    if (!shows_something(text))
        return;
    while (*text) {
        uint32_t c = take(&text);
        if (is_blank(c)) {
            blank = written > 0;
            continue;
        }
        marks = combining_is(c) ? marks + 1 : 0;
        if (is_selector(c) || marks > MARKS_MOST)
            continue;
        if (written + blank >= most_characters) {
            buf_add(b, "…");
            return;
        }
        if (blank)
            buf_add_char(b, ' ');
        written += blank + 1u;
        blank = false;
        utf8_add(b, inert_character(c));
    }
}

void inert_add_exact(struct buf *b, const char *text, size_t most_characters)
{
    for (size_t written = 0; *text; written++) {
        if (written == most_characters) {
            buf_add(b, "…");
            return;
        }
        uint32_t c = take(&text);
        utf8_add(b, is_blank(c) && c != ' ' ? REPLACEMENT : inert_character(c));
    }
}
