/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing that happens can be written down, or only what puts the guardrail back. Nothing is
   lowered then, no request is taken, and the chats are told with what to do, again and again. The
   watch, the alarms and everything that only raises protection go on: raising needs no record
   first. What happened meanwhile is written down once it can be. */
#ifndef REGUARD_LOSS_H
#define REGUARD_LOSS_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;

/* Decides on STORE_LOST and STORE_BACK. */
void loss_decide(const struct desk *, const struct event *, struct verdict *);
void loss_settle(const struct desk *, struct verdict *);
void loss_apply(struct desk *, const struct fact *);
void loss_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
