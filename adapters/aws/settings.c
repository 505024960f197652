/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/settings.h"
#include "adapters/aws/endpoint.h"

#include <string.h>

static const char *region_advice(const char *text, const struct policy *policy)
{
    (void)policy;
    if (strncmp(text, "cn-", 3) == 0)
        return "there are no root users in AWS's partition for China, so there is nothing to see";
    return endpoint_partition(text) ? NULL : "that is no region of AWS, as eu-central-1 is one";
}

/* Its form as IAM's reference has it (AccessKey). The value is not told: it may be the secret. */
static const char *key_advice(const char *text, const struct policy *policy)
{
    enum { LEAST = 16, MOST = 128 };
    size_t bytes = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    (void)policy;
    return !text[bytes] && bytes >= LEAST && bytes <= MOST
               ? NULL
               : "that is no access key id, which is 16 or more capital letters and digits and "
                 "begins with AKIA or ASIA; the secret stands in secret_access_key_file";
}

#define OWN(member) SETTING_OWN, SETTING_AT(aws_settings, member)
/* clang-format off */
static const struct setting rows[] = {
    { "region", SETTING_TEXT, OWN(region), NULL, 1, 0, NULL, region_advice },
    { "access_key_id", SETTING_UNSHOWN, OWN(access_key_id), NULL, 1, 0, NULL, key_advice },
    { "secret_access_key_file", SETTING_SECRET, OWN(secret_access_key_file), NULL, 1, 0, NULL, NULL },
    { "session_token_file", SETTING_SECRET, OWN(session_token_file), "", 0, 0, NULL, NULL },
    { "sts_url", SETTING_ADDRESS, OWN(sts_url), "", 0, 0, NULL, NULL },
    { "iam_url", SETTING_ADDRESS, OWN(iam_url), "", 0, 0, NULL, NULL },
    { "ca_file", SETTING_ANCHOR, OWN(ca_file), "", 0, 0, NULL, NULL },
    { "request_timeout", SETTING_DURATION, OWN(request_timeout), "15s", 100, 2 * MS_MINUTE, NULL, NULL },
};
/* clang-format on */

const struct setting_section aws_section = {
    .name = "aws",
    .rows = rows,
    .count = COUNT(rows),
    .bytes = sizeof(struct aws_settings),
    .secrets = { "secret_access_key_file", "session_token_file" },
    .anchor = "ca_file",
};
