/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as one turn: taken piece by piece, given back all at once. Grows by
   blocks that are kept for the next turn, so that a steady load allocates nothing. */
#ifndef REGUARD_ARENA_H
#define REGUARD_ARENA_H

#include "core/base.h"

struct arena_block;
struct arena {
    struct arena_block *first, *current;
    size_t total_bytes, ceiling_bytes;
    bool full; /* more was taken than the ceiling, since the last reset */
};

void arena_init(struct arena *, size_t ceiling_bytes);
void arena_done(struct arena *);
/* As arena_done, and what was in it is overwritten: secrets of an answer. */
void arena_wipe(struct arena *);
/* Forgets everything taken; keeps one block of ordinary size for the next turn. */
void arena_reset(struct arena *);
/* Zeroed memory, aligned for any type; never NULL. Past the ceiling it is handed out all the same
   and `full` is set: whoever fills the arena looks at that between two pieces of work and stops
   there, so that the most it ever holds is the ceiling and one piece. Only when the machine itself
   has no memory the process ends, with a message. */
void *arena_take(struct arena *, size_t bytes);
char *arena_copy(struct arena *, const char *text);                       /* NULL stays NULL */
char *arena_copy_bytes(struct arena *, const char *bytes, size_t count);  /* adds a NUL */
char *arena_join(struct arena *, const char *const *parts, size_t count); /* one behind another */
char *arena_printf(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
