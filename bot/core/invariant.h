/* SPDX-License-Identifier: Apache-2.0 */
/* What holds of the desk and of every decision, whatever happens and whatever the records say; see
   ensure.h. Looked at in each turn, before its facts are handed out. */
#ifndef REGUARD_INVARIANT_H
#define REGUARD_INVARIANT_H

#include "core/verdict.h"

struct desk;

/* After a turn. */
void invariant_of_desk(const struct desk *);
/* What one round has found, before anything of it is applied. */
void invariant_of_round(const struct desk *, const struct verdict *round);

#endif
