/* SPDX-License-Identifier: Apache-2.0 */
#include "core/utf8.h"

#include <stdbool.h>

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

size_t utf8_of_code(uint32_t code, char to[4])
{
    static const uint32_t lead[] = { 0, 0xC0, 0xE0, 0xF0 };
    unsigned tail = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    to[0] = (char)(lead[tail] | code >> (6 * tail));
    for (unsigned i = 1; i <= tail; i++)
        to[i] = (char)(0x80 | ((code >> (6 * (tail - i))) & 0x3F));
    return tail + 1;
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
