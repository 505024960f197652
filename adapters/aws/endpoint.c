/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/endpoint.h"

#include <string.h>

const char *const aws_service_names[] = { [AWS_STS] = "sts", [AWS_IAM] = "iam" };

const char *const endpoint_container_hosts[] = { "169.254.170.2", "169.254.170.23", "fd00:ec2::23",
                                                 NULL };
const char *const endpoint_instance_hosts[] = { "169.254.169.254", "fd00:ec2::254", NULL };

/* "eu-central-1": lower case words, and a number at the end. */
static bool has_form(const char *region)
{
    enum { MOST = 24 };
    size_t bytes = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");
    const char *hyphen = strrchr(region, '-');
    return !region[bytes] && bytes <= MOST && hyphen && hyphen > region + 2 && hyphen[1] &&
           strspn(hyphen + 1, "0123456789") == strlen(hyphen + 1) && region[2] == '-';
}

const char *endpoint_partition(const char *region)
{
    if (!has_form(region) || strncmp(region, "cn-", 3) == 0 || strstr(region, "-iso"))
        return NULL;
    return strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov" : "aws";
}

static bool is_gov(const char *region) { return strncmp(region, "us-gov-", 7) == 0; }

const char *endpoint_url(enum aws_service service, const char *region, struct arena *arena)
{
    if (service == AWS_STS)
        return arena_printf(arena, "https://sts.%s.amazonaws.com", region);
    return is_gov(region) ? "https://iam.us-gov.amazonaws.com" : "https://iam.amazonaws.com";
}

const char *endpoint_signs_for(enum aws_service service, const char *region)
{
    if (service == AWS_STS)
        return region;
    return is_gov(region) ? "us-gov-west-1" : "us-east-1";
}
