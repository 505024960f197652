/* SPDX-License-Identifier: Apache-2.0 */
/* What a decision yields: facts and effects, with the turn's values at hand. Text made for them
   lives in the turn's arena. */
#ifndef REGUARD_VERDICT_H
#define REGUARD_VERDICT_H

#include "core/arena.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/fact.h"
#include "core/limits.h"

/* Values that the shell gives to every decision of one turn. */
struct turn {
    ms_t now_ms;
    const unsigned char *entropy; /* ENTROPY_BYTES */
};

struct verdict {
    struct arena *arena;
    struct turn turn;
    uint64_t step;           /* makes effect ids unique within the life of the process */
    struct fact_actor actor; /* written into each new fact */
    struct fact_source source;
    struct fact facts[LIMIT_VERDICT_FACTS];
    size_t fact_count;
    size_t facts_before, effects_before; /* of earlier rounds of the same event */
    ms_t next_ms; /* the earliest instant that was asked for and is still to come */
    struct effect effects[LIMIT_VERDICT_EFFECTS];
    size_t effect_count;
    bool unremarked; /* nothing came of the event: its id need not be remembered */
    bool overflow;   /* more than fits: nothing of it may happen */
};

void verdict_init(struct verdict *, struct arena *, struct turn, uint64_t step);
/* What follows is an order of the machine's operator, who is nobody in the chats. */
void verdict_by_operator(struct verdict *);
/* A new fact of that kind with time, actor and source filled in. Never NULL: past the ceiling a
   spare is handed out. */
struct fact *verdict_fact(struct verdict *, enum fact_kind, uint32_t case_no);
/* Is it that instant now, or past it? If not, the state is looked at again then: whoever waits for
   an instant asks here, and has a timer by it. MS_NEVER never comes. */
bool verdict_due(struct verdict *, ms_t at);
/* More may be settled within this event; what does not fit comes with the next one. Two effects are
   reckoned with for each fact: what is said of it. */
bool verdict_has_room(const struct verdict *);
/* A new effect with its id. Never NULL. */
struct effect *verdict_effect(struct verdict *, enum effect_kind);
/* 128 of the turn's random bits, from that byte on, as 32 hex digits in its arena. Two of one turn
   differ. */
const char *verdict_handle(struct verdict *, size_t entropy_at);
/* printf into the turn's arena. */
#define verdict_text(v, ...) arena_printf((v)->arena, __VA_ARGS__)

#endif
