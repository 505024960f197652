/* Matrix: a small homeserver under /_matrix/client/, and the control calls under /sandbox/matrix.
 */
#ifndef SANDBOX_MATRIX_MATRIX_H
#define SANDBOX_MATRIX_MATRIX_H

#include "tests/sandbox/control/service.h"

struct matrix;
struct matrix *matrix_new(void);
void matrix_free(struct matrix *);
struct service matrix_service(struct matrix *);

#endif
