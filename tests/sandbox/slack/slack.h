/* SPDX-License-Identifier: Apache-2.0 */
/* Slack: Web API under /api/, response URLs under /hooks/, Socket Mode under /link/, and the
   control calls of README.md that are its own. */
#ifndef SANDBOX_SLACK_SLACK_H
#define SANDBOX_SLACK_SLACK_H

#include "tests/sandbox/control/service.h"

struct slackd;
/* base_tls and base_plain: "https://localhost:PORT" and "http://127.0.0.1:PORT", for URLs in
   answers (the socket URL that apps.connections.open gives follows the listener the call came in
   through: wss://localhost:PORT/link/… or ws://127.0.0.1:PORT/link/…). */
struct slackd *slackd_new(const char *base_tls, const char *base_plain);
void slackd_free(struct slackd *);
struct service slackd_service(struct slackd *);

#endif
