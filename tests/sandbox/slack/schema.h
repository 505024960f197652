/* SPDX-License-Identifier: Apache-2.0 */
/* Block Kit as Slack checks it (docs.slack.dev, "Blocks", "Block elements", "Composition objects"):
   limits, required and unknown fields. */
#ifndef SANDBOX_SLACK_SCHEMA_H
#define SANDBOX_SLACK_SCHEMA_H

#include "tests/sandbox/slack/state.h"

/* Appends "[ERROR] … [json-pointer:…]" to messages for everything that Slack would refuse. most: 50
   in messages, 100 in views. */
void slackd_check_blocks(json_t *blocks, const char *pointer, size_t most, json_t *messages);
void slackd_check_view(json_t *view, json_t *messages);
void slackd_check_home(json_t *view, json_t *messages);
/* Gives blocks and elements the ids that Slack makes up. */
void slackd_complete_blocks(json_t *blocks);
/* What goes with the acknowledgement of a block_suggestion. */
void slackd_check_offer(json_t *payload, json_t *messages);

#endif
