#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, const char *format, ...)
{
    if (!err)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    if (!err)
        return false;
    struct err context;
    va_list args;
    va_start(args, format);
    vsnprintf(context.text, sizeof context.text, format, args);
    va_end(args);
    size_t used = strlen(context.text);
    if (used + 3 < sizeof context.text) {
        memcpy(context.text + used, ": ", 3);
        str_copy(context.text + used + 2, sizeof context.text - used - 2, err->text);
    }
    *err = context;
    return false;
}
