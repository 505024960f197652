/* Durations as people write them: 500ms, 90s, 45m, 2h, 1d, and 1h30m; letters of any case. */
#ifndef REGUARD_DURATION_H
#define REGUARD_DURATION_H

#include "core/buf.h"

/* False when the text is no duration or longer than 366 days. */
bool duration_read(const char *text, ms_t *ret_ms);
/* "45 min", "2 h 5 min", "30 s": for people, two units at most, rounded down. */
void duration_add(struct buf *, ms_t);
/* "45m", "1h30m": as it would be typed. */
void duration_add_typed(struct buf *, ms_t);

#endif
