/* SPDX-License-Identifier: Apache-2.0 */
#include "core/provider.h"

static void add_reach(struct buf *b, int64_t accounts, const char *account)
{
    (void)accounts, (void)account;
    buf_add(b, "all accounts");
}

const struct provider provider_none = {
    .title = "the provider",
    .console = "the provider's console",
    .switch_at = "in the provider's console",
    .feed = "activity feed",
    .account = "12-digit id or unique name",
    .guardrail = "root protection",
    .key = "",
    .key_name = "root protection",
    .admin_role = "",
    .add_reach = add_reach,
};
