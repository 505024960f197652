/* SPDX-License-Identifier: Apache-2.0 */
/* Events as clients see them. */
#ifndef SANDBOX_MATRIX_SHOWN_H
#define SANDBOX_MATRIX_SHOWN_H

#include "tests/sandbox/matrix/state.h"

/* As clients see it; session may be NULL. New reference. */
json_t *matrixd_shown(struct matrixd *, const struct matrixd_event *,
                      const struct matrixd_session *, bool with_room);

#endif
