/* SPDX-License-Identifier: Apache-2.0 */
/* What the chats have seen of our records. Our own newest messages are read back when a chat comes
   up, before each lift, before something counts as lifted outside, and now and then, more often
   while something is open. Nothing is lowered before that has been done: a check that cannot be
   made is a no. */
#ifndef REGUARD_SIGHT_H
#define REGUARD_SIGHT_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;

/* Until then the chats may still tell which case numbers are taken: none has answered, well or
   badly, and not much time has passed since the start. 0: that is over. */
ms_t sight_awaited_until_ms(const struct desk *);
/* " (…)": which chat could not be read back, and why; "" when none. For people, in the arena. */
const char *sight_trouble(const struct desk *, struct arena *);

/* Decides on LOOKED_BACK. True when it answers a look of ours, and could be read. */
bool sight_looked(const struct desk *, const struct event *, struct verdict *);
void sight_settle(const struct desk *, struct verdict *);
void sight_apply(struct desk *, const struct fact *);

#endif
