/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that fit what somebody types. Pure. */
#ifndef REGUARD_DIRECTORY_H
#define REGUARD_DIRECTORY_H

#include "core/arena.h"
#include "core/effect.h"

struct directory_entry {
    const char *number, *name;
};
/* The best first: by number or name, from their beginning, from a word's, anywhere, or letter by
   letter with others between; all of them for nothing typed. When none fits, what was typed, as it
   is, so that whoever knows better is not held up. In the arena; at most LIMIT_CHOICES. */
const struct choice *directory_find(const struct directory_entry *, size_t count, const char *typed,
                                    struct arena *, size_t *ret_count);

#endif
