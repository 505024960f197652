/* SPDX-License-Identifier: Apache-2.0 */
/* When what failed is tried again: later each time, up to a ceiling, and never many at once. All
   times are monotonic. */
#ifndef REGUARD_AGAIN_H
#define REGUARD_AGAIN_H

#include "core/base.h"

/* A request: what the other side asks for, or twice as long with each failure, and a random part up
   to `first` on top. failures: before this one. */
ms_t again_ms(ms_t first, int failures, ms_t asked_ms);

/* A connection that is to be there always. */
struct again {
    int failures;  /* in a row */
    ms_t since_ms; /* of the first one; 0: there is none */
};
/* One more failure: how long to wait. At once after the first one, then within seconds for two
   minutes, then within half a minute. */
ms_t again_link_ms(struct again *, ms_t now_ms);
/* It is there. */
void again_fine(struct again *);

#endif
