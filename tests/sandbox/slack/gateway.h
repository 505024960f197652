/* Socket Mode connections: tickets, hello, pings, disconnects, half-open sockets and outages
   (docs.slack.dev, "Using Socket Mode"). */
#ifndef SANDBOX_SLACK_GATEWAY_H
#define SANDBOX_SLACK_GATEWAY_H

#include "tests/sandbox/slack/state.h"

json_t *slack_connections_open(struct slack_call *);
/* An upgrade request for /link/, and what follows. */
extern const struct web_socket_service slack_link;
void slack_gateway_start(struct slack *);
bool slack_disconnect(struct slack *, const char *reason);
bool slack_half_open(struct slack *);
bool slack_deafen(struct slack *);
void slack_outage(struct slack *, bool outage);

#endif
