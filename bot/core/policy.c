/* SPDX-License-Identifier: Apache-2.0 */
#include "core/policy.h"

bool policy_is_admin(const struct policy *policy, const struct roster_user *user)
{
    if (!str_equal(user->status, STATUS_ACTIVE))
        return false;
    for (size_t i = 0; i < policy->admin_role_count; i++)
        if (str_equal(policy->admin_roles[i], user->role))
            return true;
    return false;
}

ms_t durations_step_ms(const struct durations *d, int64_t number)
{
    int64_t last = (int64_t)d->count - 1;
    if (last < 0)
        return MS_NEVER;
    if (number <= last)
        return d->steps[number];
    /* However often it was said before: only what no clock reaches is never. */
    ms_t repeat = ms_max(d->steps[last], 100);
    return number - last > MS_NEVER / 2 / repeat ? MS_NEVER
                                                 : d->steps[last] + (number - last) * repeat;
}

int64_t durations_reached(const struct durations *d, ms_t elapsed)
{
    int64_t n = 0;
    while (n < (int64_t)d->count && d->steps[n] <= elapsed)
        n++;
    if (d->count && n == (int64_t)d->count)
        n += (elapsed - d->steps[d->count - 1]) / ms_max(d->steps[d->count - 1], 100);
    return n;
}
