/* Who counts as an Admin: an ACTIVE user whose role is one of admin_roles, to the letter. */
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(
        an_admin_is_active_and_has_a_listed_role) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
