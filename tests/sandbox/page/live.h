/* SPDX-License-Identifier: Apache-2.0 */
/* The WebSocket /live: what each open page is told. */
#ifndef SANDBOX_PAGE_LIVE_H
#define SANDBOX_PAGE_LIVE_H

#include "tests/sandbox/control/service.h"

/* False when there are too many. */
bool page_live_join(struct web_socket *, const struct services *);
void page_live_leave(struct web_socket *);
bool page_live_any(void);
/* Tells each page what is new to it. */
void page_live_tick(void);

#endif
