/* SPDX-License-Identifier: Apache-2.0 */
/* An order to restore from a host that does not lead, and what is answered. */
#ifndef REGUARD_ORDER_H
#define REGUARD_ORDER_H

#include "core/limits.h"

enum { SHARED_WHY_BYTES = 1024 };
struct shared_order {
    int64_t number;
    char why[SHARED_WHY_BYTES];
};
/* By the engine's clock; proved_ms: the guardrail, and nothing holds it down; 0: not. */
struct shared_answer {
    ms_t now_ms, proved_ms;
    char standing[LIMIT_ERROR_BYTES];
};

#endif
