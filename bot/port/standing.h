/* SPDX-License-Identifier: Apache-2.0 */
/* How a chat's adapter stands with its chat: which troubles there are, what still goes with them,
   what has been told of it, and whether posts to the channel fail. Which troubles there can be is
   the adapter's own list. */
#ifndef REGUARD_STANDING_H
#define REGUARD_STANDING_H

#include "core/event.h"
#include "core/limits.h"

enum { STANDING_TROUBLES = 8 };

struct standing {
    char troubles[STANDING_TROUBLES][LIMIT_ERROR_BYTES]; /* why; "" when there is none */
    struct {
        enum event_kind kind; /* STARTED: nothing yet */
        unsigned still;
        char why[LIMIT_ERROR_BYTES];
    } told;
    int strange_refusals, post_failures;
    ms_t posts_fail_since_ms; /* monotonic */
};

/* True when that trouble begins with it. NULL or "": it is over. */
bool standing_note(struct standing *, size_t trouble, const char *why);
/* Why, of the first trouble there is, or NULL. */
const char *standing_first(const struct standing *);
/* What goes with all of them (enum chat_still): still[n] with the trouble n; no posts while the
   chat is not reached. */
unsigned standing_goes(const struct standing *, const unsigned *still, size_t count, bool reached);
/* It has not been told like that, and counts as told now. That it is down is told once. */
bool standing_is_news(struct standing *, enum event_kind, const char *why, unsigned still);

/* A post was refused, for a reason that is the channel's or that nobody knows; has failed, or is to
   wait. NULL: it may be this message's own fault; else what messages to the channel do: "are
   refused", "fail". */
const char *standing_post_refused(struct standing *, bool known);
const char *standing_post_failed(struct standing *, ms_t now_ms, ms_t retry_after_ms);
void standing_post_taken(struct standing *);

#endif
