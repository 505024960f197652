/* SPDX-License-Identifier: Apache-2.0 */
/* Looking over a change of ours. Where it carries the whole document and has no condition, what
   somebody else sets between our read and our change is turned back by it; a provider whose change
   leaves the rest has nothing to be looked over. Two things tell: a read that shows the other value
   before our change takes effect, and the activity feed, which names who changed guardrails and
   when, but not what. Both are looked at once the change is proved. */
#ifndef REGUARD_REVIEW_H
#define REGUARD_REVIEW_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;
struct review;

/* By a task of ours that is known still. */
bool review_is_ours(const struct review *, const struct feed_entry *);
void review_settle(const struct desk *, struct verdict *);
/* True when the event answers the review. */
bool review_surveyed(const struct desk *, const struct event *, struct verdict *);
void review_apply(struct desk *, const struct fact *);

#endif
