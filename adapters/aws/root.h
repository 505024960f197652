/* SPDX-License-Identifier: Apache-2.0 */
/* A session of a member account's root user that may do one task: sts:AssumeRoot. Sources: the
   service model of STS (2011-06-15), and IAM User Guide, "Perform a privileged task on an AWS
   Organizations member account". */
#ifndef REGUARD_AWS_ROOT_H
#define REGUARD_AWS_ROOT_H

#include "adapters/aws/settings.h"
#include "core/buf.h"

/* What there is a policy for at AWS; a session has exactly one of them. */
enum aws_task {
    AWS_TASK_AUDIT,   /* look its credentials over */
    AWS_TASK_RECOVER, /* allow its password to be recovered */
    AWS_TASK_DELETE,  /* delete its credentials */
    AWS_TASK_UNLOCK_BUCKET,
    AWS_TASK_UNLOCK_QUEUE,
};

/* The form, for an account of 12 digits; the session lasts a quarter of an hour, which is the
   longest there is. region: one that has a partition. */
void aws_root_question(enum aws_task, const char *account, const char *region, struct buf *);
/* False: the address of the configuration is STS's of no region, which does not hand one out. */
bool aws_root_is_answered(const struct aws_settings *, struct err *);

#endif
