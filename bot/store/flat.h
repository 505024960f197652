/* SPDX-License-Identifier: Apache-2.0 */
/* One column of a record: a JSON object of texts and whole numbers in the one form in which it is
   written (keys ascending, nothing between, escapes only where there have to be). Another form of
   the same values would have another hash, and line feeds in it would look like records of their
   own; so that it is told whether the text has that form while it is read, once. */
#ifndef REGUARD_FLAT_H
#define REGUARD_FLAT_H

#include "core/arena.h"

enum { FLAT_MEMBERS = 64 };

struct flat_member {
    const char *key; /* lent from what was read, without an end of its own */
    size_t key_bytes;
    const char *text; /* in the arena; NULL: a number */
    int64_t number;
};

struct flat {
    struct flat_member members[FLAT_MEMBERS];
    size_t count;
};

/* False: it is no such object, or one of more than FLAT_MEMBERS; *ret counts for nothing then. */
bool flat_read(const char *json, struct arena *, struct flat *ret);
/* NULL when there is none. */
const struct flat_member *flat_get(const struct flat *, const char *key);
const char *flat_text(const struct flat *, const char *key); /* NULL, also for a number */

#endif
