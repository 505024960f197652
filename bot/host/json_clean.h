/* SPDX-License-Identifier: Apache-2.0 */
/* What people send and services pass on may hold what stops a JSON parser, because the same answer
   comes again: escapes of NUL, lone surrogates, numbers beyond every range, deep nesting. Cleaned
   it can be read, and says the rest as before. */
#ifndef REGUARD_JSON_CLEAN_H
#define REGUARD_JSON_CLEAN_H

#include "core/buf.h"

/* Appends the text with NUL escapes, lone surrogates and bytes that are no UTF-8 as U+FFFD, numbers
   that jansson cannot hold as 0, and values nested deeper than most_depth as null. A duplicate key
   stays one. */
void json_clean(struct buf *, const char *text, size_t bytes, int most_depth);

#endif
