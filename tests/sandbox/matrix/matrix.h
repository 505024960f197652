/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix: a small homeserver under /_matrix/client/, and the control calls under /sandbox/matrix.
 */
#ifndef SANDBOX_MATRIX_MATRIX_H
#define SANDBOX_MATRIX_MATRIX_H

#include "tests/sandbox/control/service.h"

struct matrixd;
struct matrixd *matrixd_new(void);
void matrixd_free(struct matrixd *);
struct service matrixd_service(struct matrixd *);

#endif
