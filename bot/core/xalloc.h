/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, or the end of the process: there is one policy for memory that is not there, and one
   place where it ends. Nobody goes on with half a text. What was not acknowledged is sent again,
   what was under way is found out after the start (the unit starts it again). Ceilings keep the
   process far below what it may use, so that this is the machine's trouble, not a request's. */
#ifndef REGUARD_XALLOC_H
#define REGUARD_XALLOC_H

#include "core/base.h"

/* As those of libc without the x; they never return NULL. Freed with free(). */
void *xmalloc(size_t bytes);
void *xcalloc(size_t count, size_t bytes);
void *xrealloc(void *old_taken, size_t bytes);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t most);
/* Says so and ends the process by SIGABRT. */
_Noreturn void xalloc_failed(void);

#endif
