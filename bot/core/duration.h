/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people write them: 500ms, 90s, 45m, 2h, 1d, and 1h30m; letters of any case. */
#ifndef REGUARD_DURATION_H
#define REGUARD_DURATION_H

#include "core/arena.h"
#include "core/buf.h"

/* False when the text is no duration or longer than 366 days. */
bool duration_read(const char *text, ms_t *ret_ms);
/* The same as people say it: "30 minutes", "1.5 hours", "1 hour and 15 min". */
bool duration_read_said(const char *text, ms_t *ret_ms);
/* "until 17:30", "until 17:30 UTC": a time of the day, of whoever says it or of UTC. */
struct day_time {
    ms_t ms; /* since midnight; MS_DAY for midnight itself, so that 0 is none */
    bool utc;
};
bool duration_read_until(const char *text, struct day_time *ret);
/* How far clocks somewhere are ahead of UTC, now and, once turn_ms (wall clock) has come, from then
   on. turn_ms 0: they are not turned within ZONE_KNOWN_MS, or nothing is known of it. */
struct zone {
    ms_t ahead_ms, turn_ms, then_ms;
};
/* As far as an end can be away, with the hour that a day may be longer. */
static const ms_t ZONE_KNOWN_MS = 26 * MS_HOUR;
/* The next instant behind now_ms (wall clock) at which it is so late by clocks there; of an hour
   that comes twice the first, and of one that is left out the instant at which they are turned.
   *ret_tomorrow: that is another day there. */
ms_t duration_next(const struct day_time *, const struct zone *, ms_t now_ms, bool *ret_tomorrow);
/* "45 min", "2 h 5 min", "30 s": for people, two units at most, rounded down. */
void duration_add(struct buf *, ms_t);
const char *duration_text(struct arena *, ms_t);
/* "17:30": as it is typed behind "until". */
void duration_add_day_time(struct buf *, ms_t since_midnight_ms);
/* "45m", "1h30m": as it would be typed. */
void duration_add_typed(struct buf *, ms_t);
const char *duration_typed(struct arena *, ms_t);

#endif
