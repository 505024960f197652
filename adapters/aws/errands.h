/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of root users, each in a fresh session with the policy of that task alone: what stands
   there is looked at; where it is to be done and that is what was approved, it is deleted, and
   looked at until it is gone. One at a time. Whatever is deleted is asked for once. Sources: S3 API
   Reference (GetBucketPolicy, DeleteBucketPolicy); IAM User Guide, "Perform a privileged task on an
   AWS Organizations member account". */
#ifndef REGUARD_AWS_ERRANDS_H
#define REGUARD_AWS_ERRANDS_H

#include "adapters/aws/asker.h"
#include "core/effect.h"
#include "port/inbox.h"

struct aws_errands;

/* All are lent. clock: the one that the asker asks, whose time a session's end is compared with. */
struct aws_errands *aws_errands_new(struct loop *, struct http *, const struct aws_settings *,
                                    struct aws_client *clock, struct aws_asker *, struct inbox *);
void aws_errands_free(struct aws_errands *); /* what is under way is told no more */
/* ERRAND_TOLD follows, once. False: it is none of these, or too many wait, and err says so. */
bool aws_errands_begin(struct aws_errands *, const struct effect *, struct err *);

#endif
