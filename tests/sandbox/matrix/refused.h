/* SPDX-License-Identifier: Apache-2.0 */
/* What a test wants refused: as when a filter does not like a message, or rooms may not be made. */
#ifndef SANDBOX_MATRIX_REFUSED_H
#define SANDBOX_MATRIX_REFUSED_H

#include "tests/sandbox/matrix/state.h"

/* The errcode that a test wants for this call, NULL for none. */
const char *matrixd_refuses(const struct matrixd_call *);
extern const struct control_refusal_kind matrixd_refusals[];

#endif
