/* SPDX-License-Identifier: Apache-2.0 */
/* A task of a root user that needs no window: asked and approved as a lift is, and nothing is
   lifted. What stands there is looked at before anybody is asked; what was approved is done only
   while just that stands there; and what has begun is never done a second time: after a restart it
   is only looked at. With a lift, password recovery of its account's root user can be approved: the
   same is done then in the lift's own case, right before it, and without it nothing is lifted. */
#ifndef REGUARD_ERRAND_H
#define REGUARD_ERRAND_H

#include "core/desk.h"
#include "core/verdict.h"

/* Of a case whose task was approved: it begins; or what became of it is looked at (of any that is
   at AWS). */
void errand_settle_waiting(const struct desk *, const struct casefile *, struct verdict *);
void errand_settle_running(const struct casefile *, struct verdict *);
/* A lift was approved with password recovery by as many as it needs, and that has not begun. */
bool errand_recovers_first(const struct desk *, const struct casefile *);
/* It begins: where everything is such that the lift itself could leave now. */
void errand_recover(const struct casefile *, struct verdict *);
/* Decides on ERRAND_TOLD. False: it is no case's. */
bool errand_told(const struct desk *, const struct event *, struct verdict *);
/* What was found has more than the case has room for; the record has all of it. */
bool errand_is_cut(const struct casefile *);
/* What the facts change of the case, but for its state. */
void errand_apply(struct casefile *, const struct fact *);
/* As in inquiry_settle: what stands there is looked at, for a request that is whole. */
void errand_look(const char *task, const char *account, const char *target, struct effect *);

#endif
