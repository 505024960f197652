/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks, and what is to be done later. */
#ifndef SANDBOX_NET_TIMERS_H
#define SANDBOX_NET_TIMERS_H

#include <stdint.h>

struct lws_context;

/* Monotonic milliseconds, and UTC milliseconds since 1970. */
int64_t sandbox_monotonic_ms(void);
int64_t sandbox_utc_ms(void);

/* Calls fn(arg) once after delay_ms on the loop's thread. Never inside this call. */
void sandbox_after(int64_t delay_ms, void (*fn)(void *arg), void *arg);

void timers_start(struct lws_context *);
/* No timer fires any more. */
void timers_stop(void);

#endif
