/* SPDX-License-Identifier: Apache-2.0 */
/* chat.*: posting, editing, deleting, and messages that one person sees. */
#ifndef SANDBOX_SLACK_CHAT_H
#define SANDBOX_SLACK_CHAT_H

#include "tests/sandbox/slack/state.h"

json_t *slackd_chat_post(struct slackd_call *);
json_t *slackd_chat_update(struct slackd_call *);
json_t *slackd_chat_ephemeral(struct slackd_call *);
json_t *slackd_chat_delete(struct slackd_call *);
json_t *slackd_chat_permalink(struct slackd_call *);
/* Text, blocks and metadata of a call into a message of the bot; NULL: the refusal is in
 *ret_error. */
json_t *slackd_message_of(struct slackd_call *, json_t **ret_error);
/* A message that the bot posts by other means (response_url, an acknowledgement). Takes content's
   text and blocks. */
struct slackd_message *slackd_post_as_bot(struct slackd *, const char *channel,
                                          const json_t *content);

#endif
