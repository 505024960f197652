/* SPDX-License-Identifier: Apache-2.0 */
#include "core/target.h"

#include <stdio.h>
#include <string.h>

/* Of a general purpose bucket (S3 User Guide, "General purpose bucket naming rules"). */
const char *target_bucket_problem(const char *name, const char *account)
{
    (void)account;
    enum { LEAST = 3, MOST = 63 };
    static const char ends[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t bytes = strlen(name);
    if (bytes < LEAST || bytes > MOST)
        return "a bucket's name has 3 to 63 characters";
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != bytes)
        return "a bucket's name has lower case letters, digits, dots and hyphens";
    if (!strchr(ends, name[0]) || !strchr(ends, name[bytes - 1]) || strstr(name, ".."))
        return "a bucket's name begins and ends with a letter or a digit, and has no two dots in a "
               "row";
    return strspn(name, "0123456789.") == bytes && strchr(name, '.')
               ? "a bucket's name does not look like an address"
               : NULL;
}

/* ---- queues ---- */

static const char *queue_name_problem(const char *name)
{
    enum { MOST = 80 };
    size_t bytes = strlen(name),
           plain = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return !plain || bytes > MOST || (name[plain] && !str_equal(name + plain, ".fifo"))
               ? "a queue's name has up to 80 letters, digits, hyphens and underscores; that of a "
                 "FIFO "
                 "queue ends with “.fifo”"
               : NULL;
}

const char *target_queue_problem(const char *target, const char *account)
{
    enum { DIGITS = 12 };
    char partition[16], region[32], owner[DIGITS + 1], name[128];
    if (strncmp(target, "arn:", 4) != 0)
        return queue_name_problem(target);
    if (sscanf(target, "arn:%15[a-z-]:sqs:%31[a-z0-9-]:%12[0-9]:%127[^:]", partition, region, owner,
               name) != 4 ||
        strlen(owner) != DIGITS)
        return "a queue's ARN looks like arn:aws:sqs:eu-central-1:222222222222:NAME";
    if (!str_equal(partition, "aws") && !str_equal(partition, "aws-us-gov"))
        return "in that partition of AWS there are no root users";
    if (account[0] && !str_equal(owner, account))
        return "it is another account's";
    return queue_name_problem(name);
}

const char *target_name(const char *target)
{
    const char *colon = strrchr(target, ':');
    return colon ? colon + 1 : target;
}

bool target_take(const char *typed, char *to, size_t bytes)
{
    char region[32], owner[16], name[128], arn[256];
    const char *rest = typed + (typed[0] == '<');
    int end = 0;
    if (sscanf(rest, "https://sqs.%31[a-z0-9-].amazonaws.com%n", region, &end) != 1 || !end)
        return str_copy(to, bytes, typed);
    bool china = strncmp(rest + end, ".cn/", 4) == 0;
    if (sscanf(rest + end + (china ? 3 : 0), "/%12[0-9]/%127[^|>]", owner, name) != 2)
        return str_copy(to, bytes, typed);
    const char *partition = china                                ? "aws-cn"
                            : strncmp(region, "us-gov-", 7) == 0 ? "aws-us-gov"
                                                                 : "aws";
    snprintf(arn, sizeof arn, "arn:%s:sqs:%s:%s:%s", partition, region, owner, name);
    return str_copy(to, bytes, arn);
}
