/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/matrix/kind.h"

const struct venue matrix_venue = { .name = "matrix",
                                    .title = "Matrix",
                                    .place = "the Matrix room" };
