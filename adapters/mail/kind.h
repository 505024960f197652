/* SPDX-License-Identifier: Apache-2.0 */
/* The mail's row in the table of adapters. */
#ifndef REGUARD_MAIL_KIND_H
#define REGUARD_MAIL_KIND_H

#include "port/kind.h"

extern const struct adapter_kind mail_kind;

#endif
