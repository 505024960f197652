#include "core/utf8.h"

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

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

/* Characters that show nothing and are no format character either: fillers, for names that look
   empty or like another one. */
static bool is_filler(uint32_t c)
{
    return c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 || c == 0x3164 ||
           c == 0xFFA0;
}

/* Control characters, bidirectional controls and invisible formatting: none may reach another
   reader's screen or a log. */
static bool is_hostile(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x061C ||
           (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
           (c >= 0xE0000 && c <= 0xE0FFF) || c == 0xFFFE || c == 0xFFFF || c == 0x180E ||
           (c >= 0x1D173 && c <= 0x1D17A) || is_filler(c);
}

static bool is_word(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A character that looks the same to people and is no markup to a chat (Slack's mrkdwn, Matrix
   clients' Markdown). An underscore inside a word is none. */
static uint32_t without_markup(uint32_t c, bool word_before, bool word_after)
{
    switch (c) {
    case '*': return 0x2217;
    case '~': return 0x223C;
    case '`': return 0x02CB;
    case '_': return word_before && word_after ? '_' : 0xFF3F;
    default: return c;
    }
}

static void add_harmless(struct buf *b, const char *text, size_t most_characters, bool keep_markup)
{
    size_t written = 0;
    bool blank = false, word_before = false;
    while (*text) {
        uint32_t c = REPLACEMENT;
        size_t bytes = utf8_decode(text, &c);
        bool word = is_word(text);
        text += bytes ? bytes : 1;
        if (is_blank(c)) {
            blank = written > 0;
            word_before = false;
            continue;
        }
        if (written + blank >= most_characters) {
            buf_add(b, "…");
            return;
        }
        if (blank)
            buf_add_char(b, ' ');
        written += blank + 1u;
        blank = false;
        utf8_add(b, is_hostile(c) ? REPLACEMENT
                    : keep_markup ? c
                                  : without_markup(c, word_before, is_word(text)));
        word_before = word;
    }
}

void utf8_add_inert(struct buf *b, const char *text, size_t most_characters)
{
    add_harmless(b, text, most_characters, true);
}

void utf8_add_said(struct buf *b, const char *text, size_t most_characters)
{
    add_harmless(b, text, most_characters, false);
}
