/* SPDX-License-Identifier: Apache-2.0 */
/* What people see: the channel as text for a terminal, or as JSON; and what only one person
   sees. */
#ifndef SANDBOX_SLACK_VIEW_H
#define SANDBOX_SLACK_VIEW_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_view_message(const struct slackd_message *); /* new reference */
void slackd_view_channel(struct slackd *, const struct web_request *, struct web_reply *);
void slackd_view_private(struct slackd *, const struct web_request *, struct web_reply *);

#endif
