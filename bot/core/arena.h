/* Memory that lives as long as one turn: taken piece by piece, given back all at once. Grows by
   blocks that are kept for the next turn, so that a steady load allocates nothing. */
#ifndef REGUARD_ARENA_H
#define REGUARD_ARENA_H

#include "core/base.h"

struct arena_block;
struct arena {
    struct arena_block *first, *current;
    size_t total_bytes, ceiling_bytes;
};

void arena_init(struct arena *, size_t ceiling_bytes);
void arena_done(struct arena *);
/* Forgets everything taken; keeps one block of ordinary size for the next turn. */
void arena_reset(struct arena *);
/* Zeroed memory, aligned for any type. Ends the process with a message when the ceiling or the
   machine's memory is reached: nothing has been acknowledged then, and the journal is the state to
   come back with. */
void *arena_take(struct arena *, size_t bytes);
char *arena_copy(struct arena *, const char *text);                      /* NULL stays NULL */
char *arena_copy_bytes(struct arena *, const char *bytes, size_t count); /* adds a NUL */
char *arena_printf(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
