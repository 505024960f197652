/* SPDX-License-Identifier: Apache-2.0 */
/* Delayed events: messages that appear later by themselves. */
#ifndef SANDBOX_MATRIX_LATER_H
#define SANDBOX_MATRIX_LATER_H

#include "tests/sandbox/matrix/state.h"

void matrixd_later_start(struct matrixd *);
void matrixd_later_done(struct matrixd *);
/* Those whose time has come are sent. */
void matrixd_later_run(struct matrixd *);
/* The clock of delayed events goes on by so much. */
void matrixd_later_pass(struct matrixd *, int64_t seconds);
json_t *matrixd_later_view(const struct matrixd *); /* new reference */
/* A message that is to be sent later: it asks for a delay. */
bool matrixd_later_is(const struct matrixd_call *);
void matrixd_later_add(struct matrixd_call *);

/* The routes. */
void matrixd_later_list(struct matrixd_call *);
void matrixd_later_get(struct matrixd_call *);
void matrixd_later_update(struct matrixd_call *);
void matrixd_later_cancel(struct matrixd_call *);
void matrixd_later_restart(struct matrixd_call *);
void matrixd_later_send(struct matrixd_call *);

#endif
