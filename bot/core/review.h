/* Looking over a change of ours. Stax's PUT carries the whole document and has no condition, so
   that what somebody else sets between our read and our PUT is turned back by it. Two things tell:
   a read that shows the other value before our change takes effect, and the activity feed, which
   names who changed guardrails and when, but not what. Both are looked at once the change is
   proved. */
#ifndef REGUARD_REVIEW_H
#define REGUARD_REVIEW_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;

struct review {
    bool due;     /* a change of ours has left, or may have, and is not looked over yet */
    bool chained; /* an earlier one that was not either is looked over with it */
    uint32_t case_no;
    ms_t
        since_ms; /* by Stax's clock: the document before it was last modified then; 0: not known */
    char tasks[LIMIT_REVIEW_TASKS][64]; /* ours; the newest ones */
    size_t task_count;
    size_t unnamed;                    /* changes of ours that left, and whose task is not known */
    char base[LIMIT_FLAGS_BYTES];      /* the document right before the change */
    char meanwhile[LIMIT_FLAGS_BYTES]; /* lines in which a read since then differed from it */
    uint64_t survey_id;                /* in flight, 0 for none */
    ms_t sent_ms, again_ms;
    int tries;
};

/* By a task of ours that is known still. */
bool review_is_ours(const struct review *, const struct feed_entry *);
void review_settle(const struct desk *, struct verdict *);
/* True when the event answers the review. */
bool review_surveyed(const struct desk *, const struct event *, struct verdict *);
void review_apply(struct desk *, const struct fact *);
ms_t review_deadline(const struct desk *, ms_t now_ms);

#endif
