/* SPDX-License-Identifier: Apache-2.0 */
/* Characters that have no place of their own: drawn on the one before them. */
#ifndef REGUARD_COMBINING_H
#define REGUARD_COMBINING_H

#include "core/base.h"

/* True for non-spacing and enclosing marks. */
bool combining_is(uint32_t code);

#endif
