/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of other places, from the zone database (tzdata, /usr/share/zoneinfo), without the
   process's own zone: TZ stays as it is. */
#ifndef REGUARD_ZONE_H
#define REGUARD_ZONE_H

#include "core/duration.h"

/* A name of the database that there is a file of: "Europe/Berlin". Any text may be asked about. */
bool zone_is_named(const char *name);
/* Clocks there as they are at that instant (wall clock), and when they are turned next. False:
   there is no such zone, its file (RFC 9636, TZif of version 2 and later) does not tell for that
   instant, or tells what no clock on earth shows (EVENT_ZONE_MOST_MS, whole minutes). */
bool zone_clock(const char *name, ms_t at_ms, struct zone *ret);

#endif
