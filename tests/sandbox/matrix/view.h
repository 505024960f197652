/* The room as people see it: text for a terminal, or JSON. */
#ifndef SANDBOX_MATRIX_VIEW_H
#define SANDBOX_MATRIX_VIEW_H

#include "tests/sandbox/matrix/state.h"

/* A message that stands in the timeline by itself: an edit does not. */
bool matrix_is_message(const struct matrix_event *, const struct matrix_room *);
/* With edits and reactions folded in, as GET /sandbox/matrix/channel?format=json has it; new
   reference. */
json_t *matrix_view_message(struct matrix *, const struct matrix_event *);
/* The bot's newest direct room with a person. */
void matrix_view_aside(struct matrix *, const char *name, struct web_reply *);
void matrix_view_channel(struct matrix *, const struct web_request *, struct web_reply *);

#endif
