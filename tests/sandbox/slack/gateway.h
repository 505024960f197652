/* SPDX-License-Identifier: Apache-2.0 */
/* Socket Mode connections: tickets, hello, pings, disconnects, half-open sockets and outages
   (docs.slack.dev, "Using Socket Mode"). */
#ifndef SANDBOX_SLACK_GATEWAY_H
#define SANDBOX_SLACK_GATEWAY_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_connections_open(struct slackd_call *);
/* An upgrade request for /link/, and what follows. */
extern const struct web_socket_service slackd_link;
void slackd_gateway_start(struct slackd *);
bool slackd_disconnect(struct slackd *, const char *reason);
bool slackd_half_open(struct slackd *);
bool slackd_deafen(struct slackd *);
/* Every socket ends at once, and another one may be opened. */
void slackd_reset(struct slackd *);
void slackd_outage(struct slackd *, bool outage);

#endif
