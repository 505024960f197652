/* SPDX-License-Identifier: Apache-2.0 */
/* `root-users` in chat: an Admin has the root users of all accounts looked at, one look at a time
   for all of them. That it was asked for and what it came to is on record, so that it goes on after
   a restart; what was found meanwhile is kept by the engine (engine_roots.c). Which accounts these
   are is told to that Admin alone. */
#ifndef REGUARD_ROOTUSERS_H
#define REGUARD_ROOTUSERS_H

#include "core/rootwalk.h"
#include "core/verdict.h"

struct desk;

bool rootusers_is_under_way(const struct desk *);
/* "412 of 2000 accounts", or nothing while it is not known. */
void rootusers_add_progress(struct buf *, const struct desk *);
/* Whoever acts in the verdict wants to know; count: of how many accounts. Only while none is under
   way. */
void rootusers_ask(int64_t count, bool full, struct verdict *);

void rootusers_settle(const struct desk *, struct verdict *);
/* ROOT_USERS. */
void rootusers_decide(const struct desk *, const struct event *, struct verdict *);
void rootusers_apply(struct desk *, const struct fact *);

#endif
