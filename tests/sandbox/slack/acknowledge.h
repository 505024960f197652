/* What an acknowledgement does. */
#ifndef SANDBOX_SLACK_ACKNOWLEDGE_H
#define SANDBOX_SLACK_ACKNOWLEDGE_H

#include "tests/sandbox/slack/state.h"

void slack_acknowledged(struct slack *, const char *envelope_id, const json_t *payload);

#endif
