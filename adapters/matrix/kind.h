/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix's row in the table of adapters. */
#ifndef REGUARD_MATRIX_KIND_H
#define REGUARD_MATRIX_KIND_H

#include "port/kind.h"

extern const struct adapter_kind matrix_kind;
extern const struct venue matrix_venue;

#endif
