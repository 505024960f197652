/* SPDX-License-Identifier: Apache-2.0 */
#include "core/err.h"
#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* An error is shown to people, in JSON too: what was cut inside a character, bytes that are no
   UTF-8 and control characters do not stay. In place, because a failure must be told without
   memory. */
static void make_harmless(char *text)
{
    uint32_t code;
    for (char *at = text; *at;) {
        size_t bytes = (unsigned char)*at < 0x20 || *at == 0x7F ? 0 : utf8_decode(at, &code);
        if (bytes == 0)
            *at = '?';
        at += bytes ? bytes : 1;
    }
}

bool err_set(struct err *err, const char *format, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    make_harmless(err->text);
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    if (!err)
        return false;
    struct err context;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(context.text, sizeof context.text, format, args);
    va_end(args);
    size_t used = strlen(context.text);
    if (used + 3 < sizeof context.text) {
        memcpy(context.text + used, ": ", 3);
        str_copy(context.text + used + 2, sizeof context.text - used - 2, err->text);
    }
    make_harmless(context.text);
    *err = context;
    return false;
}
