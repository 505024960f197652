/* What is the same in every interaction payload. */
#ifndef SANDBOX_SLACK_INTERACTION_H
#define SANDBOX_SLACK_INTERACTION_H

#include "tests/sandbox/slack/state.h"

json_t *slack_acting_user(
    const struct slack_person *); /* "user" of an interaction; new reference */
json_t *slack_interaction(struct slack *, const char *type, struct slack_person *,
                          char trigger[80]);

#endif
