/* SPDX-License-Identifier: Apache-2.0 */
/* What an acknowledgement does. */
#ifndef SANDBOX_SLACK_ACKNOWLEDGE_H
#define SANDBOX_SLACK_ACKNOWLEDGE_H

#include "tests/sandbox/slack/state.h"

void slackd_acknowledged(struct slackd *, const char *envelope_id, json_t *payload);

#endif
