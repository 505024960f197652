/* The messages of the channel and of direct conversations, oldest first, bounded. */
#ifndef SANDBOX_SLACK_STORE_H
#define SANDBOX_SLACK_STORE_H

#include "tests/sandbox/slack/state.h"

/* Takes the message over and gives it its ts. Lent until the next post. */
struct slack_message *slack_post(struct slack *, const char *channel, json_t *message_new);
struct slack_message *slack_find(struct slack *, const char *channel, const char *ts);
bool slack_delete(struct slack *, const char *channel, const char *ts);
/* A copy as the Web API shows it; new reference. */
json_t *slack_shown(struct slack *, const struct slack_message *, bool metadata);
bool slack_react(struct slack_message *, const char *user,
                 const char *name); /* false: had it already */
bool slack_unreact(struct slack_message *, const char *user,
                   const char *name); /* false: had none */
const char *slack_case_of(const json_t *message,
                          const char *field); /* of metadata.event_payload; "" */

#endif
