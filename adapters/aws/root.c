/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/root.h"
#include "adapters/aws/codec.h"
#include "net/address.h"
#include "net/sign.h"

#include <string.h>

static const ms_t LASTS_MS = 15 * MS_MINUTE;

/* "arn:PARTITION:iam::aws:policy/root-task/NAME" */
static const char *const policies[] = {
    [AWS_TASK_AUDIT] = "IAMAuditRootUserCredentials",
    [AWS_TASK_RECOVER] = "IAMCreateRootUserPassword",
    [AWS_TASK_DELETE] = "IAMDeleteRootUserCredentials",
    [AWS_TASK_UNLOCK_BUCKET] = "S3UnlockBucketPolicy",
    [AWS_TASK_UNLOCK_QUEUE] = "SQSUnlockQueuePolicy",
};

/* The field of the policy is named as in the model; the guide's example has another name. */
void aws_root_question(enum aws_task task, const char *account, const char *region, struct buf *b)
{
    aws_question(AWS_ASSUME_ROOT, NULL, b);
    buf_addf(b, "&TargetPrincipal=%s&DurationSeconds=%lld&TaskPolicyArn.arn=", account,
             (long long)(LASTS_MS / MS_SECOND));
    sign_add_encoded(b, "arn:");
    sign_add_encoded(b, endpoint_partition(region));
    sign_add_encoded(b, ":iam::aws:policy/root-task/");
    sign_add_encoded(b, policies[task]);
}

bool aws_root_is_answered(const struct aws_settings *s, struct err *err)
{
    struct address to;
    char host[300];
    if (!s->sts_url[0])
        return true;
    if (!address_read(s->sts_url, &to, err))
        return false;
    address_host(&to, host, sizeof host);
    return (strcmp(host, "sts.amazonaws.com") != 0 && strcmp(host, "sts.amazonaws.com:443") != 0) ||
           err_set(err, "sts_url is the endpoint of no region, and sts:AssumeRoot is answered by "
                        "that of a region alone");
}
