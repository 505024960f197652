#include "core/policy.h"

bool policy_is_admin(const struct policy *policy, const struct stax_user *user)
{
    if (!str_equal(user->status, "ACTIVE"))
        return false;
    for (size_t i = 0; i < policy->admin_role_count; i++)
        if (str_equal(policy->admin_roles[i], user->role))
            return true;
    return false;
}
