/* SPDX-License-Identifier: Apache-2.0 */
/* Time for deadlines, over restarts and when the wall clock is set. */
#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "host/log.h"

static const ms_t BEHIND_MS = MS_MINUTE, BELIEVED_AHEAD_MS = MS_DAY;

/* What was written down is not in the future, unless the clock was far off then: a wrong year must
   not stay for ever. */
void engine_time_begin(struct engine *e)
{
    ms_t wall = clock_wall_ms(), newest_ms = store_newest_ms(e->store);
    if (newest_ms > ms_plus(wall, BELIEVED_AHEAD_MS)) {
        LOG(LOG_ERROR, "clock.far_behind", LI("newest_record_ahead_s", (newest_ms - wall) / 1000));
        newest_ms = wall;
    }
    e->clock = (struct clock_line){ ms_max(newest_ms, wall), clock_monotonic_ms() };
}

ms_t engine_now_ms(struct engine *e)
{
    ms_t wall = clock_wall_ms(), now = clock_line_at(&e->clock, wall, clock_monotonic_ms());
    bool behind = now - wall > BEHIND_MS;
    if (behind != e->clock_behind)
        LOG(LOG_WARN, behind ? "clock.behind" : "clock.caught_up",
            LI("wall_behind_s", (now - wall) / 1000));
    e->clock_behind = behind;
    return now;
}
