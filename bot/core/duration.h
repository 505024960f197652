/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people write them: 500ms, 90s, 45m, 2h, 1d, and 1h30m; letters of any case. */
#ifndef REGUARD_DURATION_H
#define REGUARD_DURATION_H

#include "core/buf.h"

/* False when the text is no duration or longer than 366 days. */
bool duration_read(const char *text, ms_t *ret_ms);
/* The same as people say it: "30 minutes", "1.5 hours", "1 hour and 15 min". */
bool duration_read_said(const char *text, ms_t *ret_ms);
/* "until 17:30 UTC": how long it is to the next time that it is so late. now_ms: wall clock. */
bool duration_read_until(const char *text, ms_t now_ms, ms_t *ret_ms);
/* "45 min", "2 h 5 min", "30 s": for people, two units at most, rounded down. */
void duration_add(struct buf *, ms_t);
/* "45m", "1h30m": as it would be typed. */
void duration_add_typed(struct buf *, ms_t);

#endif
