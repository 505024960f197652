/* SPDX-License-Identifier: Apache-2.0 */
/* The playground: a page in the browser on a loopback listener of its own, and the bot as the
   sandbox's child. */
#ifndef SANDBOX_PAGE_PAGE_H
#define SANDBOX_PAGE_PAGE_H

#include "tests/sandbox/control/service.h"

/* The page is served from now on, at this port; what it shows comes from services, which stay the
   caller's. False when no token could be drawn. */
bool page_begin(int port, const struct services *);
/* NULL without a page. */
const char *page_address(void);
/* What the listener of the page is offered. */
struct web_service page_web(void);
/* The ticks that the page and the bot's log live on; several calls are one. */
void page_tick_start(void);
void page_end(void);

#endif
