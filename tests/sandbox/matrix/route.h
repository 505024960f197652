/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a Matrix request: which route, whose token, which room; and the fault that a test has
   armed for it. */
#ifndef SANDBOX_MATRIX_ROUTE_H
#define SANDBOX_MATRIX_ROUTE_H

#include "tests/sandbox/matrix/state.h"

bool matrixd_handle(void *matrix, const struct web_request *, struct web_reply *);

#endif
