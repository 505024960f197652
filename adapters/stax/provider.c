/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/provider.h"

#include <inttypes.h>
#include <string.h>

/* Source: Stax's OpenAPI ScpGuardrail. */
static const char *const known[] = {
    STAX_LINE("ACCOUNT_BLOCK_CLOSING_ACCOUNT"),
    STAX_LINE("ACCOUNT_BLOCK_ENABLING_OR_DISABLING_REGIONS"),
    STAX_LINE("AWSCONFIG_BLOCK_CHANGES_TO_SERVICE"),
    STAX_LINE("EBS_BLOCK_DIRECT_API_CALLS"),
    STAX_LINE("EBS_BLOCK_DISABLING_DEFAULT_ENCRYPTION"),
    STAX_LINE("EBS_BLOCK_PUBLICLY_RESTORABLE_SNAPSHOTS"),
    STAX_LINE("EC2_BLOCK_MODIFYING_IMDS_DEFAULTS"),
    STAX_LINE("EC2_BLOCK_PUBLIC_ACCESS_ON_AMIS"),
    STAX_LINE("EC2_BLOCK_PUBLIC_ACCESS_ON_SNAPSHOTS"),
    STAX_LINE("EC2_REQUIRE_IMDSV2"),
    STAX_LINE("GUARDDUTY_BLOCK_CHANGES_TO_SERVICE"),
    STAX_LINE("IAM_BLOCK_CREATING_IAM_USER"),
    STAX_LINE("IAM_BLOCK_IAM_ACCESS_KEYS_AND_LOGIN_PROFILES"),
    STAX_LINE("IAM_BLOCK_MODIFYING_IAM_USER_PASSWORD_POLICIES"),
    STAX_LINE(STAX_ROOT_KEY),
    STAX_LINE("LAMBDA_REQUIRE_IAM_AUTH_FOR_LAMBDA_FUNCTION_URLS"),
    STAX_LINE("MACIE_BLOCK_SERVICE"),
    STAX_LINE("ORGANIZATIONS_BLOCK_LEAVING_AWS_ORGANISATION"),
    STAX_LINE("RAM_BLOCK_EXTERNAL_ACCESS_TO_RESOURCES"),
    STAX_LINE("ROUTE53_BLOCK_CHANGES_TO_DOMAIN"),
    STAX_LINE("S3_BLOCK_DELETING_GLACIER_VAULTS_AND_ARCHIVES"),
    STAX_LINE("S3_BLOCK_MODIFYING_ACCOUNT_WIDE_PUBLIC_ACCESS"),
    STAX_LINE("S3_REQUIRE_BUCKET_OWNERSHIP_FOR_OBJECTS_IN_NEW_BUCKETS"),
    STAX_LINE("SECURITYHUB_BLOCK_CHANGES_TO_SERVICE"),
    STAX_LINE("SSM_BLOCK_CHANGES_TO_PUBLIC_SHARING_SETTING"),
    STAX_LINE("SSM_BLOCK_MODIFYING_SESSION_MANAGER_DEFAULT_PREFERENCES"),
    STAX_LINE("VPC_BLOCK_CREATING_DEFAULT_VPC_AND_SUBNET"),
    STAX_LINE("VPC_BLOCK_DELETING_VPC_FLOW_LOGS"),
};
_Static_assert(COUNT(known) == 28, "Stax documents 28 keys");

bool stax_knows_key(const char *key)
{
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal(known[i] + strlen(STAX_LINE("")), key))
            return true;
    return false;
}

/* There is one document for the whole organisation. */
static void add_reach(struct buf *b, int64_t accounts, const char *account)
{
    (void)account;
    if (accounts > 0)
        buf_addf(b, "all %" PRId64 " member accounts", accounts);
    else
        buf_add(b, "all member accounts");
}

const struct provider stax_provider = {
    .title = STAX_TITLE,
    .console = STAX_CONSOLE,
    .switch_at = "in " STAX_CONSOLE ", under Organisation → Guardrails",
    .feed = "activity feed",
    .account = "12-digit id, Stax id or unique name",
    .guardrail = "Block non-centralized root user access",
    .key = STAX_LINE(STAX_ROOT_KEY),
    .key_name = STAX_ROOT_KEY,
    .admin_role = "customer_admin",
    .known = known,
    .known_count = COUNT(known),
    .add_reach = add_reach,
};
