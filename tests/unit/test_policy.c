/* SPDX-License-Identifier: Apache-2.0 */
/* Who counts as an Admin: an ACTIVE user whose role is one of admin_roles, to the letter. And when
   it is reminded. */
#include "tests/unit/unit.h"

#include "adapters/stax/provider.h"
#include "core/policy.h"

static void an_admin_is_active_and_has_a_listed_role(void **state)
{
    (void)state;
    static const char *const statuses[] = { "ACTIVE", "DISABLED", "DELETED", "INVITED", "NEW",
                                            "active", "ACTIVE ",  "",        NULL };
    static const char *const roles[] = { "customer_admin",
                                         "customer_root",
                                         "customer_operations",
                                         "customer_user",
                                         "customer_readonly",
                                         "customer_costadmin",
                                         "api_admin",
                                         "Customer_Admin",
                                         "customer_admin ",
                                         "customer_adm",
                                         "",
                                         NULL };
    struct policy none = { .admin_role_count = 0 },
                  one = { .admin_roles = { "customer_admin" }, .admin_role_count = 1 },
                  two = { .admin_roles = { "customer_admin", "customer_root" },
                          .admin_role_count = 2 };
    for (size_t s = 0; s < COUNT(statuses); s++) {
        for (size_t r = 0; r < COUNT(roles); r++) {
            struct roster_user user = { .id = "1", .role = roles[r], .status = statuses[s] };
            assert_false(policy_is_admin(&none, &user));
            assert_int_equal(policy_is_admin(&one, &user), s == 0 && r == 0);
            assert_int_equal(policy_is_admin(&two, &user), s == 0 && r <= 1);
        }
    }
}

/* A window that stands open for years is reminded of for years: both ways of counting agree. */
static void reminders_have_no_last_one(void **state)
{
    (void)state;
    struct durations d = { .steps = { 0, 5 * MS_MINUTE, MS_HOUR }, .count = 3 };
    assert_int_equal(durations_step_ms(&d, 2), MS_HOUR);
    assert_int_equal(durations_step_ms(&d, 3), 2 * MS_HOUR);
    for (int64_t years = 1; years <= 100; years++) {
        int64_t reached = durations_reached(&d, years * 366 * MS_DAY);
        ms_t next_ms = durations_step_ms(&d, reached);
        assert_true(next_ms > years * 366 * MS_DAY);
        assert_true(next_ms <= years * 366 * MS_DAY + MS_HOUR);
    }
    assert_int_equal(durations_step_ms(&d, INT64_MAX), MS_NEVER);
    assert_int_equal(durations_step_ms(&(struct durations){ .count = 0 }, 0), MS_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_admin_is_active_and_has_a_listed_role),
        cmocka_unit_test(reminders_have_no_last_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
