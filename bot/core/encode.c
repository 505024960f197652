/* SPDX-License-Identifier: Apache-2.0 */
#include "core/encode.h"

#include <string.h>

void encode_hex(const void *bytes, size_t count, char *ret)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) {
        ret[2 * i] = digits[byte[i] >> 4];
        ret[2 * i + 1] = digits[byte[i] & 15];
    }
    ret[2 * count] = '\0';
}

/* What stays goes in one piece: of a long text that is most of it. */
void encode_percent(struct buf *b, const char *text, const char *plain)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *from = text;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (is_letter(*text) || is_digit(*text) || strchr(plain, byte))
            continue;
        buf_add_bytes(b, from, (size_t)(text - from));
        buf_add_bytes(b, (const char[]){ '%', digits[byte >> 4], digits[byte & 15] }, 3);
        from = text + 1;
    }
    buf_add_bytes(b, from, (size_t)(text - from));
}
