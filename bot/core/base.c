/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base.h"
#include "core/utf8.h"

#include <string.h>
#include <strings.h>

bool str_equal(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

bool str_equal_nocase(const char *a, const char *b) { return a && b && strcasecmp(a, b) == 0; }

bool str_copy(char *to, size_t to_bytes, const char *text)
{
    text = str_or_empty(text);
    size_t length = strlen(text);
    size_t kept = length < to_bytes ? length : utf8_cut(text, to_bytes - 1);
    memmove(to, text, kept);
    to[kept] = '\0';
    return kept == length;
}

const char *str_or_empty(const char *text) { return text ? text : ""; }
