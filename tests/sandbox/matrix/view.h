/* SPDX-License-Identifier: Apache-2.0 */
/* The room as people see it: text for a terminal, or JSON. */
#ifndef SANDBOX_MATRIX_VIEW_H
#define SANDBOX_MATRIX_VIEW_H

#include "tests/sandbox/matrix/state.h"

/* A message that stands in the timeline by itself: an edit does not. */
bool matrixd_is_message(const struct matrixd_event *, const struct matrixd_room *);
/* With edits and reactions folded in, as GET /sandbox/matrix/channel?format=json has it; new
   reference. */
json_t *matrixd_view_message(struct matrixd *, const struct matrixd_event *);
/* The bot's newest direct room with a person. */
void matrixd_view_aside(struct matrixd *, const char *name, struct web_reply *);
void matrixd_view_channel(struct matrixd *, const struct web_request *, struct web_reply *);

#endif
