/* SPDX-License-Identifier: Apache-2.0 */
/* One event, all of it. It is decided into facts and effects; each fact is applied, which is the
   only way the desk changes, and told to the chats; then the state itself is settled the same way
   until nothing follows any more. Stands above all rules, and no rule knows of it. Pure. */
#ifndef REGUARD_TURN_H
#define REGUARD_TURN_H

#include "core/desk.h"
#include "core/verdict.h"

/* All of it for one event. The verdict then holds every fact, in order, and every effect.
   verdict->overflow: the event itself leads to more than fits; the desk has not changed, and the
   event is to be skipped. What follows from the state and does not fit any more comes with the next
   event, at once. scratch: room for one round, contents do not matter before or after. */
void desk_handle(struct desk *, const struct event *, struct verdict *out, struct verdict *scratch);
/* What it changes, by the rule that FACT_KINDS names, then by those that hear of it. It is how the
   desk is rebuilt from the journal, too. */
void desk_apply(struct desk *, const struct fact *);
/* Of a record that is needed for nothing else any more: whether it is one of somebody's acts of the
   day. */
void desk_count_act(struct desk *, const struct fact *);
/* What follows from the state at the verdict's instant, without doing it; and in verdict->next_ms,
   when nothing does, the instant at which something may. A rule settles like this: it asks
   verdict_due for every instant that it waits for, and has no timer but that. */
void desk_settle(const struct desk *, struct verdict *);
/* When the desk is to be handled next, with DUE, if nothing else happens before; perhaps past
   already. MS_NEVER: not at all. */
ms_t desk_due_ms(const struct desk *);

#endif
