/* GET /sync: answers at once, or as soon as something is new, or when the client's patience
   ends. */
#ifndef SANDBOX_MATRIX_SYNC_H
#define SANDBOX_MATRIX_SYNC_H

#include "tests/sandbox/matrix/state.h"

void matrix_sync(struct matrix_call *);
/* Answers whoever waits, when something is new. */
void matrix_wake(struct matrix *);
/* Every long poll ends without an answer. */
void matrix_waiters_drop(struct matrix *);
void matrix_waiters_done(struct matrix *);

#endif
