/* SPDX-License-Identifier: Apache-2.0 */
/* The alarm's row in the table of adapters. */
#ifndef REGUARD_ALARM_KIND_H
#define REGUARD_ALARM_KIND_H

#include "port/kind.h"

extern const struct adapter_kind alarm_kind;

#endif
