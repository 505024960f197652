/* SPDX-License-Identifier: Apache-2.0 */
/* A chat that is in trouble is told in the other one: once when it has lasted for a minute or is
   refused, and once when it is over. */
#ifndef REGUARD_OUTAGE_H
#define REGUARD_OUTAGE_H

#include "core/desk.h"

/* It is not reached, or cannot be served. */
bool outage_is(const struct chat_state *);
/* Why that command is not taken from that chat now, as a whole answer, or NULL. What only raises
   protection always is. */
const char *outage_refusal(const struct desk *, const struct command *, const char *chat,
                           struct verdict *);

void outage_settle(const struct desk *, struct verdict *);
void outage_apply(struct desk *, const struct fact *);
void outage_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
