/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks of other places, from the zone database (tzdata, /usr/share/zoneinfo), without the
   process's own zone: TZ stays as it is. */
#ifndef REGUARD_ZONE_H
#define REGUARD_ZONE_H

#include "core/base.h"

/* A name of the database that there is a file of: "Europe/Berlin". Any text may be asked about. */
bool zone_is_named(const char *name);
/* How far clocks there are ahead of UTC at that instant (wall clock). False: there is no such zone,
   or its file (RFC 9636, TZif of version 2 and later) does not tell for that instant. */
bool zone_ahead(const char *name, ms_t at_ms, ms_t *ret_ahead_ms);

#endif
