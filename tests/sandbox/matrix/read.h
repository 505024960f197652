/* What a client asks for singly: events, pages of history, relations, state. */
#ifndef SANDBOX_MATRIX_READ_H
#define SANDBOX_MATRIX_READ_H

#include "tests/sandbox/matrix/state.h"

void matrix_messages(struct matrix_call *);
void matrix_context(struct matrix_call *);
void matrix_event_get(struct matrix_call *);
void matrix_relations(struct matrix_call *);
void matrix_state_get(struct matrix_call *);
void matrix_state_all(struct matrix_call *);

#endif
