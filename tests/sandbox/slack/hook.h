/* Response URLs (five uses within 30 minutes) and trigger ids (one use within 3 seconds):
   docs.slack.dev, "Handling user interaction". */
#ifndef SANDBOX_SLACK_HOOK_H
#define SANDBOX_SLACK_HOOK_H

#include "tests/sandbox/slack/state.h"

void slack_hook_new(struct slack *, struct slack_person *, const char *channel, const char *ts,
                    char path[SLACK_PATH]);
bool slack_hook(struct slack *, const struct web_request *, struct web_reply *);
/* What an acknowledgement's or a response URL's message does. */
void slack_respond(struct slack *, const struct slack_hook *, const json_t *message);
void slack_trigger_new(struct slack *, struct slack_person *, char id[80]);
/* NULL and *ret_error when it cannot be used. */
struct slack_trigger *slack_trigger_use(struct slack *, const char *id, const char **ret_error);

#endif
