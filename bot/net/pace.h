/* SPDX-License-Identifier: Apache-2.0 */
/* How fast requests of one kind may leave: a burst at once, then one after another in a steady
   pace, and none while the other side has asked to wait. All times are monotonic. */
#ifndef REGUARD_PACE_H
#define REGUARD_PACE_H

#include "core/base.h"

struct pace {
    ms_t every_ms; /* 0: no pace */
    int burst;
    ms_t obeys_most_ms; /* what is asked for at most, however long we are told to wait */
    ms_t paid_until_ms, not_before_ms;
};

/* How long until one more may leave; 0: now. */
ms_t pace_wait_ms(const struct pace *, ms_t now_ms);
/* One more leaves: true when it may. */
bool pace_pay(struct pace *, ms_t now_ms);
/* The other side asks to wait that long. */
void pace_hold(struct pace *, ms_t now_ms, ms_t retry_after_ms);
/* Whether it has asked for that now. */
bool pace_is_held(const struct pace *, ms_t now_ms);

#endif
