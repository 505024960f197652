/* SPDX-License-Identifier: Apache-2.0 */
/* What people and providers would see of a turn, as the lines of a transcript. */
#ifndef REGUARD_TRANSCRIPT_SHOW_H
#define REGUARD_TRANSCRIPT_SHOW_H

#include "core/card.h"
#include "core/rich.h"
#include "tests/transcript/world.h"

/* The picture of each card as shown last. */
struct shown {
    uint32_t no;
    char lines[6000];
};
struct show {
    struct buf *to;
    struct shown cards[LIMIT_CASES];
    size_t card_count;
};
/* As the engine does: the cards of the cases that facts have touched. */
void show_cards(struct show *show, const struct desk *desk, const struct verdict *v,
                struct arena *arena);
void show_effect(struct buf *to, const struct effect *e, const struct world *w,
                 struct arena *arena);
/* The durable records of the turn, but those that only say that a command was looked into. */
void show_journal(struct buf *to, const struct verdict *v);

#endif
