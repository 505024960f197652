/* SPDX-License-Identifier: Apache-2.0 */
/* An error as a sentence for a person, with context added on the way up. Fixed size: reporting a
   failure never allocates. */
#ifndef REGUARD_ERR_H
#define REGUARD_ERR_H

#include "core/base.h"
#include "core/limits.h"

struct err {
    char text[LIMIT_ERROR_BYTES];
};

/* Both return false, so that a caller can say `return err_set(err, ...)`. err may be NULL. Text
   beyond the size is cut. */
bool err_set(struct err *, const char *format, ...) PRINTF_LIKE(2, 3);
/* Puts "context: " in front of what is there. */
bool err_wrap(struct err *, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
