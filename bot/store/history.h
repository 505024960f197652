/* SPDX-License-Identifier: Apache-2.0 */
/* The newest cases, a line each: what `history` says in a chat and on the command line. */
#ifndef REGUARD_HISTORY_H
#define REGUARD_HISTORY_H

#include "core/buf.h"
#include "store/store.h"

/* As rich_add_time for a chat. */
typedef void (*history_add_time)(struct buf *, ms_t at_ms);

/* A line for each row, in their order, or a sentence when there is none. Names and reasons are made
   harmless; the arena keeps what that takes. case_id: the one that was asked for, NULL for the
   newest. */
void history_add(struct buf *, const struct case_row *rows, size_t count, const char *case_id,
                 history_add_time, struct arena *);

#endif
