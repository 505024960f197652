/* Which sockets there are, and which of them is written to. */
#ifndef SANDBOX_SLACK_SOCKETS_H
#define SANDBOX_SLACK_SOCKETS_H

#include "tests/sandbox/slack/state.h"

/* The socket that the next envelope goes to, or NULL. */
struct slack_socket *slack_draw(struct slack *);
void slack_socket_write(struct slack *, struct slack_socket *, const char *text);
size_t slack_connections(const struct slack *);
struct slack_socket *slack_newest(struct slack *);
const char *slack_socket_base(const struct slack *, const struct slack_socket *);

#endif
