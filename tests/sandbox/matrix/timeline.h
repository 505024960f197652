/* SPDX-License-Identifier: Apache-2.0 */
/* What is new for one user: the "rooms" of a sync answer. */
#ifndef SANDBOX_MATRIX_TIMELINE_H
#define SANDBOX_MATRIX_TIMELINE_H

#include "tests/sandbox/matrix/state.h"

/* "rooms" of a sync answer; new reference, NULL when there is nothing to tell. */
json_t *matrixd_news(const struct matrixd_sight *);

#endif
