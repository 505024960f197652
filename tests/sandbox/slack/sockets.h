/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets there are, and which of them is written to. */
#ifndef SANDBOX_SLACK_SOCKETS_H
#define SANDBOX_SLACK_SOCKETS_H

#include "tests/sandbox/slack/state.h"

/* The socket that the next envelope goes to, or NULL. */
struct slackd_socket *slackd_draw(struct slackd *);
void slackd_socket_write(struct slackd *, struct slackd_socket *, const char *text);
size_t slackd_connections(const struct slackd *);
struct slackd_socket *slackd_newest(struct slackd *);
const char *slackd_socket_base(const struct slackd *, const struct slackd_socket *);

#endif
