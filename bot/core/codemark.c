/* SPDX-License-Identifier: Apache-2.0 */
#include "core/codemark.h"

#include <string.h>

static bool is_mark(const char *mark)
{
    return strlen(mark) == CODEMARK_BYTES - 1 && mark[CODEMARK_KEY_NAME] == '.';
}

bool codemark_same_key(const char *a, const char *b)
{
    return is_mark(a) && is_mark(b) && memcmp(a, b, CODEMARK_KEY_NAME) == 0;
}

bool codemark_equal(const char *a, const char *b)
{
    volatile unsigned char different = 0;
    if (!is_mark(a) || !is_mark(b))
        return false;
    for (size_t i = 0; i < CODEMARK_BYTES - 1; i++)
        different = (unsigned char)(different | (a[i] ^ b[i]));
    return different == 0;
}
