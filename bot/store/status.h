/* SPDX-License-Identifier: Apache-2.0 */
/* The guardrail and the open cases as GET /status and `reguard status --json` tell them: a running
   reguard what it knows, the command what it has read by itself. One object; the caller opens and
   closes it, and adds what it alone knows. */
#ifndef REGUARD_STORE_STATUS_H
#define REGUARD_STORE_STATUS_H

#include "core/buf.h"
#include "core/guardrail.h"
#include "store/store.h"

struct status_seen {
    enum watch now, last_known;
    ms_t checked_ms; /* 0: never read */
    ms_t age_ms;     /* since then */
    bool lately;     /* and that is recent enough to go by */
    const char *why; /* it is unknown, or old */
};
/* Members from "guardrail" to "why", without braces. */
void status_add_seen(struct buf *, const struct status_seen *);
/* An element of "cases". trouble: what is in the way of its restore; "" for nothing known. */
void status_add_case(struct buf *, const struct case_row *, bool overdue, const char *trouble);

#endif
