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

void encode_percent(struct buf *b, const char *text, const char *plain)
{
    for (; *text; text++)
        if ((*text >= 'A' && *text <= 'Z') || (*text >= 'a' && *text <= 'z') ||
            (*text >= '0' && *text <= '9') || strchr(plain, *text))
            buf_add_char(b, *text);
        else
            buf_addf(b, "%%%02X", (unsigned)(unsigned char)*text);
}
