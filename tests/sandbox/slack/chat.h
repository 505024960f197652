/* chat.*: posting, editing, deleting, and messages that one person sees. */
#ifndef SANDBOX_SLACK_CHAT_H
#define SANDBOX_SLACK_CHAT_H

#include "tests/sandbox/slack/state.h"

json_t *slack_chat_post(struct slack_call *);
json_t *slack_chat_update(struct slack_call *);
json_t *slack_chat_ephemeral(struct slack_call *);
json_t *slack_chat_delete(struct slack_call *);
json_t *slack_chat_permalink(struct slack_call *);
/* Text, blocks and metadata of a call into a message of the bot; NULL: the refusal is in
 *ret_error. */
json_t *slack_message_of(struct slack_call *, json_t **ret_error);
/* A message that the bot posts by other means (response_url, an acknowledgement). Takes content's
   text and blocks. */
struct slack_message *slack_post_as_bot(struct slack *, const char *channel, const json_t *content);

#endif
