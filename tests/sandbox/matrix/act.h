/* SPDX-License-Identifier: Apache-2.0 */
/* What a test does as a person: say, edit, react, take back, and put events into the room that no
   client would send. */
#ifndef SANDBOX_MATRIX_ACT_H
#define SANDBOX_MATRIX_ACT_H

#include "tests/sandbox/matrix/state.h"

bool matrixd_act(struct matrixd *, const char *what, const json_t *body, struct web_reply *);

#endif
