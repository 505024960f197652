/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's row in the table of adapters. */
#ifndef REGUARD_AWS_KIND_H
#define REGUARD_AWS_KIND_H

#include "port/kind.h"

extern const struct adapter_kind aws_kind;

#endif
