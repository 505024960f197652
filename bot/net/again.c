/* SPDX-License-Identifier: Apache-2.0 */
#include "net/again.h"
#include "host/clock.h"

static const ms_t FAST_FOR_MS = 2 * MS_MINUTE, FAST_LEAST_MS = 200, FAST_MOST_MS = 2 * MS_SECOND,
                  SLOW_MOST_MS = 30 * MS_SECOND;

ms_t again_ms(ms_t first, int failures, ms_t asked_ms)
{
    return ms_max(asked_ms, ms_doubled(first, failures, SLOW_MOST_MS)) + clock_jitter(0, first);
}

ms_t again_link_ms(struct again *a, ms_t now_ms)
{
    a->since_ms = a->since_ms ? a->since_ms : now_ms;
    if (a->failures++ == 0)
        return clock_jitter(0, FAST_LEAST_MS);
    bool fast = now_ms - a->since_ms < FAST_FOR_MS;
    return fast ? clock_jitter(FAST_LEAST_MS, FAST_MOST_MS)
                : clock_jitter(FAST_MOST_MS, SLOW_MOST_MS);
}

void again_fine(struct again *a) { *a = (struct again){ 0 }; }
