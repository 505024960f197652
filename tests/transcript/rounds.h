/* SPDX-License-Identifier: Apache-2.0 */
/* A rule is asked once a round, on one desk, whatever it finds there: what it does about one case
   is not yet done when it looks at the next. Two of a round have to bear each other, as if the
   second had been found with the first one done; else the rule races with itself: two lifts where
   one is allowed, an end of a window that was extended a moment ago. A program that links this and
   wraps desk_handle and invariant_of_round (Makefile) has every round looked at. */
#ifndef REGUARD_TRANSCRIPT_ROUNDS_H
#define REGUARD_TRANSCRIPT_ROUNDS_H

#include <stdbool.h>

/* What raced first, as a sentence, and it is forgotten; "" when nothing did. */
const char *rounds_race(void);
/* Nothing is looked at meanwhile. */
void rounds_rest(bool rests);
/* How many rounds there were in which two facts could race. */
int rounds_looked_at(void);

#endif
