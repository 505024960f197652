/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an instance that leads is of any use: one that reaches neither a chat nor the provider
   tells nobody anything, and restores nothing. */
#ifndef REGUARD_CLI_REACH_H
#define REGUARD_CLI_REACH_H

#include "core/base.h"

struct desk;

/* All zero: it has just begun to lead. */
struct reach {
    ms_t lost_ms; /* reaches nobody since then; 0: it does */
    bool ever;    /* has reached somebody since it leads */
};

/* Asked once a second. True: it has reached nobody for so long that another instance should try,
   90 s where it could before. One that never could gives no way before [alarm] has rung, also that
   the guardrail cannot be read; where no instance reaches anybody, none would ring otherwise.
   now_ms: monotonic. */
bool reach_is_lost(struct reach *, const struct desk *, ms_t now_ms);

#endif
