/* SPDX-License-Identifier: Apache-2.0 */
/* Stax's row in the table of adapters. */
#ifndef REGUARD_STAX_KIND_H
#define REGUARD_STAX_KIND_H

#include "port/kind.h"

extern const struct adapter_kind stax_kind;
extern const struct venue stax_venue;

#endif
