/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of bytes: added at the end, taken from the front. Every queue has a ceiling, given with
   each addition. */
#ifndef SANDBOX_BYTES_H
#define SANDBOX_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
    char *store;
    size_t from, count, room;
};

/* False, with nothing added, beyond the ceiling or without memory. A NUL always follows the last
   byte. */
bool bytes_add(struct bytes *, const void *data, size_t count, size_t ceiling);
bool bytes_print(struct bytes *, size_t ceiling, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void bytes_take(struct bytes *, size_t count);
/* Cuts the end off, so that so many are left. */
void bytes_cut(struct bytes *, size_t count);
/* Forgets everything and gives the memory back. */
void bytes_done(struct bytes *);

/* Lent until the next call. NULL only before the first addition. */
static inline char *bytes_at(const struct bytes *b) { return b->store ? b->store + b->from : NULL; }

#endif
