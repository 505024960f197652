/* SPDX-License-Identifier: Apache-2.0 */
/* The story of each case, of the guardrail and of the records, for the operator's log: one line for
   each step, told once it is committed. A table from kinds of facts to lines; a kind is told, or it
   says why not. What people have typed and what they are called is never in it: a case by its
   number, whoever acted by the id at the provider, the account by its 12 digits. `reguard audit
   explain` has the rest. */
#ifndef REGUARD_STORY_H
#define REGUARD_STORY_H

#include "core/fact.h"

enum { STORY_WORD_BYTES = 16, STORY_WHY_BYTES = 256 };

/* What the newest read said, so that a line comes only with a change. */
struct story {
    char seen[STORY_WORD_BYTES], why[STORY_WHY_BYTES];
};

enum story_telling {
    STORY_FORGOTTEN, /* neither: the kind is new and nobody has decided */
    STORY_TOLD,
    STORY_NOT_TOLD, /* on purpose */
};
enum story_telling story_of(enum fact_kind);
/* Writes the line, when the fact has one. */
void story_tell(struct story *, const struct fact *);

#endif
