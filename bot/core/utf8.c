#include "core/utf8.h"
#include "core/combining.h"

static const uint32_t REPLACEMENT = 0xFFFD;

static bool is_continuation(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* Sequence length by the first byte, 0 for a byte that cannot start one. */
static size_t sequence_bytes(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

size_t utf8_decode(const char *text, uint32_t *ret_code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t bytes = sequence_bytes((unsigned char)text[0]);
    if (bytes == 0)
        return 0;
    uint32_t code = (unsigned char)text[0] & (bytes == 1 ? 0x7Fu : 0xFFu >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if (!is_continuation(text[i]))
            return 0;
        code = code << 6 | ((unsigned char)text[i] & 0x3Fu);
    }
    if (code < least[bytes] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return 0;
    *ret_code = code;
    return bytes;
}

void utf8_add(struct buf *b, uint32_t code)
{
    if (code < 0x80) {
        buf_add_char(b, (char)code);
        return;
    }
    unsigned tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint32_t lead[] = { 0, 0xC0, 0xE0, 0xF0 };
    char bytes[4];
    bytes[0] = (char)(lead[tail] | code >> (6 * tail));
    for (unsigned i = 1; i <= tail; i++)
        bytes[i] = (char)(0x80 | ((code >> (6 * (tail - i))) & 0x3F));
    buf_add_bytes(b, bytes, tail + 1);
}

size_t utf8_cut(const char *text, size_t at_most_bytes)
{
    size_t cut = at_most_bytes;
    while (cut > 0 && is_continuation(text[cut]))
        cut--;
    return cut;
}

size_t utf8_characters(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += !is_continuation(*text);
    return n;
}

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

bool utf8_is_hostile(uint32_t c)
{
    for (size_t i = 0; i < COUNT(hostile) && c >= hostile[i].first; i++)
        if (c <= hostile[i].last)
            return true;
    return (c & 0xFFFE) == 0xFFFE;
}

uint32_t utf8_inert_character(uint32_t c)
{
    return c == '`' ? 0x02CB : utf8_is_hostile(c) || is_selector(c) ? REPLACEMENT : c;
}

/* Printable ASCII that every rule here leaves as it is. */
static bool is_plain(char c) { return c > ' ' && c <= '~' && c != '`'; }

bool utf8_is_plain(const char *text, size_t most_characters)
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
        if (c != REPLACEMENT && !is_blank(c) && !utf8_is_hostile(c) && !is_selector(c) &&
            !combining_is(c))
            return true;
    }
    return false;
}

/* More marks than this on one character only serve to paint over other lines. */
enum { MARKS_MOST = 4 };

void utf8_add_inert(struct buf *b, const char *text, size_t most_characters)
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
        utf8_add(b, utf8_inert_character(c));
    }
}

void utf8_add_exact(struct buf *b, const char *text, size_t most_characters)
{
    for (size_t written = 0; *text; written++) {
        if (written == most_characters) {
            buf_add(b, "…");
            return;
        }
        uint32_t c = take(&text);
        utf8_add(b, is_blank(c) && c != ' ' ? REPLACEMENT : utf8_inert_character(c));
    }
}
