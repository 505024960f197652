/* SPDX-License-Identifier: Apache-2.0 */
#include "core/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void xalloc_failed(void)
{
    (void)fputs("reguard: out of memory; stopping before anything more is acknowledged\n", stderr);
    abort();
}

static void *there(void *memory)
{
    if (!memory)
        xalloc_failed();
    return memory;
}

/* One byte at least, so that NULL has one meaning. */
static size_t some(size_t bytes) { return bytes ? bytes : 1; }

void *xmalloc(size_t bytes) { return there(malloc(some(bytes))); }

void *xcalloc(size_t count, size_t bytes) { return there(calloc(some(count), some(bytes))); }

void *xrealloc(void *old, size_t bytes) { return there(realloc(old, some(bytes))); }

char *xstrdup(const char *text) { return there(strdup(text)); }

char *xstrndup(const char *text, size_t most) { return there(strndup(text, most)); }
