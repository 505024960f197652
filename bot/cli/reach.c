/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reach.h"
#include "core/desk.h"

/* Longer than it takes until [alarm] is used for what is known. */
static const ms_t LOST_MS = 90 * MS_SECOND;
/* Blind is who has missed that many looks; then a minute, and one until it has rung. */
static const int64_t LOOKS = 3;

static bool reaches_somebody(const struct desk *desk)
{
    const struct guardrail *g = &desk->guardrail;
    return desk_chat_is_up(desk) || g->seen != WATCH_UNKNOWN || g->unclear;
}

bool reach_is_lost(struct reach *r, const struct desk *desk, ms_t now_ms)
{
    if (reaches_somebody(desk)) {
        *r = (struct reach){ .ever = true };
        return false;
    }
    if (!r->lost_ms)
        r->lost_ms = now_ms;
    ms_t patience_ms = r->ever ? LOST_MS : LOOKS * desk->policy->poll_lifted + 2 * MS_MINUTE;
    return now_ms >= ms_plus(r->lost_ms, patience_ms);
}
