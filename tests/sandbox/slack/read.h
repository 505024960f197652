/* Methods that read: who we are, people, conversations and what was said; and reactions and
   pins. */
#ifndef SANDBOX_SLACK_READ_H
#define SANDBOX_SLACK_READ_H

#include "tests/sandbox/slack/state.h"

json_t *slack_reactions_add(struct slack_call *);
json_t *slack_reactions_remove(struct slack_call *);
json_t *slack_reactions_get(struct slack_call *);
json_t *slack_pins_add(struct slack_call *);
json_t *slack_auth_test(struct slack_call *);
json_t *slack_users_info(struct slack_call *);
json_t *slack_users_list(struct slack_call *);
json_t *slack_bots_info(struct slack_call *);
json_t *slack_team_info(struct slack_call *);
json_t *slack_conversations_info(struct slack_call *),
    *slack_conversations_members(struct slack_call *),
    *slack_conversations_open(struct slack_call *),
    *slack_conversations_history(struct slack_call *),
    *slack_conversations_replies(struct slack_call *);

#endif
