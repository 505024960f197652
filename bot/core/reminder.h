/* SPDX-License-Identifier: Apache-2.0 */
/* When to say what next. Pending requests are repeated a few times; an overdue guardrail for ever,
   louder each time, and only proof ends it. While no chat is up nothing is said; what was missed is
   told as one digest when one comes back. */
#ifndef REGUARD_REMINDER_H
#define REGUARD_REMINDER_H

#include "core/desk.h"

/* From this overdue reminder on, [policy] escalate is mentioned. */
enum { REMINDER_ESCALATES = 3 };
/* From this one on every Admin is, and is written to alone. */
enum { REMINDER_RINGS_ALL = 2 };

void reminder_settle(const struct desk *, struct verdict *);
void reminder_apply(struct desk *, const struct fact *);
/* Nobody is reminded any more of what this window has left behind: there is no room for it on the
   desk. Said with a last reminder. */
void reminder_end_clean(const struct casefile *, struct verdict *);
/* The instant of the next overdue reminder of this case, MS_NEVER when none is to come. */
ms_t reminder_next_overdue_ms(const struct desk *, const struct casefile *);

#endif
