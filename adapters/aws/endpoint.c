/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/endpoint.h"

#include <string.h>

const char *const aws_service_names[] = {
    [AWS_STS] = "sts", [AWS_IAM] = "iam", [AWS_SQS] = "sqs", [AWS_S3] = "s3"
};

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
    if (service != AWS_IAM)
        return arena_printf(arena, "https://%s.%s.amazonaws.com", aws_service_names[service],
                            region);
    return is_gov(region) ? "https://iam.us-gov.amazonaws.com" : "https://iam.amazonaws.com";
}

const char *endpoint_signs_for(enum aws_service service, const char *region)
{
    if (service != AWS_IAM)
        return region;
    return is_gov(region) ? "us-gov-west-1" : "us-east-1";
}

/* A standard queue's: what waits in another one behind a message that is not deleted. */
static bool is_path(const char *path)
{
    enum { DIGITS = 12, NAME_MOST = 80 };
    size_t name = strspn(path, "0123456789") == DIGITS && path[DIGITS] == '/' ? DIGITS + 1 : 0;
    size_t bytes = strspn(path + name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789_-");
    return name && bytes && bytes <= NAME_MOST && !path[name + bytes];
}

bool endpoint_queue(const char *url, struct aws_queue *ret, struct err *err)
{
    static const char begin[] = "https://sqs.", end[] = ".amazonaws.com/";
    bool begins = strncmp(url, begin, sizeof begin - 1) == 0;
    const char *region = begins ? url + sizeof begin - 1 : "";
    size_t bytes = strcspn(region, ".");
    bool ends = strncmp(region + bytes, end, sizeof end - 1) == 0;
    const char *path = ends ? region + bytes + sizeof end - 1 : "";
    if (strncmp(region + bytes, ".amazonaws.com.cn/", 18) == 0 || strncmp(region, "cn-", 3) == 0)
        return err_set(err, "there are no root users in AWS's partition for China");
    if (!bytes || bytes >= sizeof ret->region || !is_path(path))
        return err_set(err, "that is no standard queue's URL, which looks like "
                            "https://sqs.eu-central-1.amazonaws.com/111122223333/NAME");
    memcpy(ret->region, region, bytes);
    ret->region[bytes] = '\0';
    return endpoint_partition(ret->region) || err_set(err, "its region is none of AWS's");
}
