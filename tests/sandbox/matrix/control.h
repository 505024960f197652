/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/matrix: the room's misfortunes and the homeserver's, one per key. */
#ifndef SANDBOX_MATRIX_CONTROL_H
#define SANDBOX_MATRIX_CONTROL_H

#include "tests/sandbox/matrix/state.h"

void matrixd_change(struct matrixd *, const json_t *body, struct web_reply *);

#endif
