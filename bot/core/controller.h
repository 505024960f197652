/* SPDX-License-Identifier: Apache-2.0 */
/* The controller of the one switch. Level-triggered: what is wanted follows from the cases, what is
   known follows from reads, and while they differ it goes on reading, changing, following the task
   and proving, whatever state it wakes up in. Only lowering has conditions; raising has none. */
#ifndef REGUARD_CONTROLLER_H
#define REGUARD_CONTROLLER_H

#include "core/verdict.h"

struct casefile;
struct desk;

/* The case to be lifted next, when nothing is in its way any more but that the people with a part
   in it have to be read once more; else NULL. */
const struct casefile *controller_awaits_roll(const struct desk *, struct verdict *);

/* Since when the guardrail cannot be read while it may be down, which is alarmed about; MS_NEVER:
   it can be, or was up with nothing open. */
ms_t controller_blind_from_ms(const struct desk *);

void controller_surveyed(const struct desk *, const struct event *, struct verdict *);
void controller_changed(const struct desk *, const struct event *, struct verdict *);
void controller_settle(const struct desk *, struct verdict *);
void controller_apply(struct desk *, const struct fact *);

#endif
