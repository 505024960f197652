/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text that grows up to a ceiling. Past the ceiling nothing more is added and `overflow`
   stays set, to be checked once at the end. Always terminated. */
#ifndef REGUARD_BUF_H
#define REGUARD_BUF_H

#include <stdarg.h>
#include "core/base.h"

struct buf {
    char *text;
    size_t bytes, capacity, ceiling;
    bool overflow;
};

void buf_init(struct buf *, size_t ceiling_bytes);
void buf_done(struct buf *);  /* also for CLEANUP(buf_done) */
void buf_clear(struct buf *); /* keeps the memory */
void buf_add(struct buf *, const char *text);
void buf_add_bytes(struct buf *, const char *bytes, size_t count);
void buf_add_char(struct buf *, char c);
void utf8_add(struct buf *, uint32_t code); /* the character as UTF-8 */
void buf_addf(struct buf *, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_addv(struct buf *, const char *format, va_list) PRINTF_LIKE(2, 0);
/* Bytes of memory that it will hold once so many more are added. */
size_t buf_capacity_for(const struct buf *, size_t count);
/* Never NULL. */
const char *buf_text(const struct buf *);

#endif
