/* SPDX-License-Identifier: Apache-2.0 */
/* The dead man's word: while the guardrail is off because of a case, messages stand in the chat
   that it will show by itself when reguard does not take them back. A controller: what should stand
   follows from the cases, what stands is on record and read back when a chat comes up, and while
   the two differ one call after the other goes out. Words are moved as reguard speaks, so that none
   appears while it does; and the change that lowers waits until the first one stands. */
#ifndef REGUARD_DEADMAN_H
#define REGUARD_DEADMAN_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct casefile;
struct desk;

/* Nothing of this is in the way of the lift that comes next. */
bool deadman_lets(const struct desk *, const struct casefile *, ms_t now_ms);
/* A clause why nobody would be told of that open window if we fell silent; "" when somebody would,
   or when none is wanted. In the arena. */
const char *deadman_lack(const struct desk *, const struct casefile *, struct arena *);

/* When we have to speak again, because the guardrail is or may be down: whoever watches us goes by
   it; 0: it is not. */
ms_t deadman_speaks_ms(const struct desk *);

/* Decides on WORD_LEFT, WORD_TAKEN and WORDS_READ. */
void deadman_decide(const struct desk *, const struct event *, struct verdict *);
void deadman_settle(const struct desk *, struct verdict *);
void deadman_apply(struct desk *, const struct fact *);
/* What a word says that is about that case first, which we were to speak of by then; rich, in the
   arena. The mark in it tells our words from others of the same account. */
const char *deadman_text(const struct desk *, const struct casefile *, ms_t spoken_ms,
                         struct arena *);
const char *deadman_mark(const char *store, struct arena *);
/* What the channel hears of a word that has appeared. */
void deadman_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
