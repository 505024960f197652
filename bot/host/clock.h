/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks and the randomness of the shell. The core gets both as values. */
#ifndef REGUARD_CLOCK_H
#define REGUARD_CLOCK_H

#include "core/base.h"

ms_t clock_wall_ms(void);          /* UTC */
ms_t clock_monotonic_ms(void);     /* CLOCK_BOOTTIME: goes on during suspend */
uint64_t clock_monotonic_us(void); /* for figures */
/* Time for deadlines: the wall clock's, but it never goes back and never stands still. When the
   wall clock is set back, time that has passed since boot counts on from the latest that was
   known. */
struct clock_line {
    ms_t at_ms, boot_ms;
};
ms_t clock_line_at(struct clock_line *, ms_t wall_ms, ms_t boot_ms);
/* "2026-11-24T13:14:15.123Z" */
enum { CLOCK_ISO_BYTES = 32 };
void clock_iso(ms_t at_ms, char ret_text[CLOCK_ISO_BYTES]);
/* Reads an RFC 3339 instant; false when it is none. */
bool clock_parse_iso(const char *text, ms_t *ret_at_ms);
/* Ends the process when the kernel has none. */
void clock_random(void *bytes, size_t count);
/* Uniform in [low, high]. */
ms_t clock_jitter(ms_t low, ms_t high);

#endif
