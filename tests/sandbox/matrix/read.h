/* SPDX-License-Identifier: Apache-2.0 */
/* What a client asks for singly: events, pages of history, relations, state. */
#ifndef SANDBOX_MATRIX_READ_H
#define SANDBOX_MATRIX_READ_H

#include "tests/sandbox/matrix/state.h"

void matrixd_messages(struct matrixd_call *);
void matrixd_context(struct matrixd_call *);
void matrixd_event_get(struct matrixd_call *);
void matrixd_relations(struct matrixd_call *);
void matrixd_state_get(struct matrixd_call *);
void matrixd_state_all(struct matrixd_call *);

#endif
