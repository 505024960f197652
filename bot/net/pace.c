/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pace.h"

/* Until when everything sent so far is paid for; never further back than a burst. */
static ms_t paid_until_ms(const struct pace *p, ms_t now_ms)
{
    return ms_max(p->paid_until_ms, now_ms - p->burst * p->every_ms);
}

ms_t pace_wait_ms(const struct pace *p, ms_t now_ms)
{
    ms_t may_leave_ms = ms_max(paid_until_ms(p, now_ms) + p->every_ms, p->not_before_ms);
    return ms_max(may_leave_ms - now_ms, 0);
}

bool pace_pay(struct pace *p, ms_t now_ms)
{
    if (pace_wait_ms(p, now_ms) > 0)
        return false;
    p->paid_until_ms = paid_until_ms(p, now_ms) + p->every_ms;
    return true;
}

void pace_hold(struct pace *p, ms_t now_ms, ms_t retry_after_ms)
{
    p->not_before_ms = ms_max(p->not_before_ms, now_ms + ms_min(retry_after_ms, p->obeys_most_ms));
}

bool pace_is_held(const struct pace *p, ms_t now_ms) { return p->not_before_ms > now_ms; }
