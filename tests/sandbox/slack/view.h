/* What people see: the channel as text for a terminal, or as JSON; and what only one person
   sees. */
#ifndef SANDBOX_SLACK_VIEW_H
#define SANDBOX_SLACK_VIEW_H

#include "tests/sandbox/slack/state.h"

json_t *slack_view_message(const struct slack_message *); /* new reference */
void slack_view_channel(struct slack *, const struct web_request *, struct web_reply *);
void slack_view_private(struct slack *, const struct web_request *, struct web_reply *);

#endif
