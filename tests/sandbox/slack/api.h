/* SPDX-License-Identifier: Apache-2.0 */
/* Web API calls: arguments, tokens, rates and faults around the methods (docs.slack.dev, "Using the
   Slack Web API", "Rate limits"). */
#ifndef SANDBOX_SLACK_API_H
#define SANDBOX_SLACK_API_H

#include "tests/sandbox/slack/state.h"

bool slackd_api(struct slackd *, const struct web_request *, struct web_reply *);

#endif
