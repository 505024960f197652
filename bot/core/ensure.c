/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ensure_failed(const char *file, int line, const char *condition, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)fprintf(stderr, "reguard: broken at %s:%d: %s: ", file, line, condition);
    (void)vfprintf(stderr, format, values);
    va_end(values);
    (void)fputs("; stopping before anything of it is written down\n", stderr);
    abort();
}
