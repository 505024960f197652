/* SPDX-License-Identifier: Apache-2.0 */
/* GET /sync: answers at once, or as soon as something is new, or when the client's patience
   ends. */
#ifndef SANDBOX_MATRIX_SYNC_H
#define SANDBOX_MATRIX_SYNC_H

#include "tests/sandbox/matrix/state.h"

void matrixd_sync(struct matrixd_call *);
/* Answers whoever waits, when something is new. */
void matrixd_wake(struct matrixd *);
/* Every long poll ends without an answer. */
void matrixd_waiters_drop(struct matrixd *);
void matrixd_waiters_done(struct matrixd *);

#endif
