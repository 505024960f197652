/* SPDX-License-Identifier: Apache-2.0 */
/* Every adapter that this reguard has: the one place that names them. */
#ifndef REGUARD_CLI_KINDS_H
#define REGUARD_CLI_KINDS_H

#include "port/kind.h"

/* Ends with NULL. In the order in which their sections stand in the configuration; the first
   chat that is served says how people call us. */
extern const struct adapter_kind *const adapter_kinds[];

#endif
