/* SPDX-License-Identifier: Apache-2.0 */
/* Where records are shared one instance leads, and the others stand by: they answer to health
   checks, try to take the lease every two seconds, keep their copy near what is shared
   (cli/follow.h), and do nothing else. */
#ifndef REGUARD_CLI_STANDBY_H
#define REGUARD_CLI_STANDBY_H

#include "cli/bot.h"

/* Returns once this process leads. False: it was asked to stop (b->asked_to_stop), or waiting does
   not help; err says why. */
bool standby_wait(struct bot *, struct err *);
/* While it leads: calls lost, once, when another one leads; the process has to end then. */
void standby_watch_lease(struct bot *, void (*lost)(struct bot *));
/* What is answered while it does not lead. */
int standby_answer(const struct bot *, const char *path, struct buf *body, const char **ret_type);

#endif
