/* SPDX-License-Identifier: Apache-2.0 */
/* The bot as the sandbox's child; its log goes to DIR/bot.log and to the page. */
#ifndef SANDBOX_PAGE_BOT_H
#define SANDBOX_PAGE_BOT_H

#include "tests/sandbox/control/service.h"

void page_bot_begin(const char *program, const char *dir);
/* Ends the bot and waits for it, a few seconds at most. */
void page_bot_end(void);
void page_bot_tick(void);
/* POST /sandbox/bot, and its state: null without --bot. */
struct service page_bot_service(void);
/* Lines of the log behind *seen, the newest of them, and how many were left out; *seen moves on.
   New reference, NULL: nothing new. */
json_t *page_bot_log(uint64_t *seen, uint64_t *ret_skipped);

#endif
