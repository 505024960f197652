/* SPDX-License-Identifier: Apache-2.0 */
/* What each task of a root user asks of AWS: with which policies its sessions are taken, what is
   read, and what takes away the one thing that stands in the way. Sources: S3 API Reference
   (GetBucketPolicy, DeleteBucketPolicy), the service models of SQS (2012-11-05) and IAM
   (2010-05-08), and IAM User Guide, "Perform a privileged task on an AWS Organizations member
   account". */
#ifndef REGUARD_AWS_DEEDS_H
#define REGUARD_AWS_DEEDS_H

#include "adapters/aws/client.h"
#include "adapters/aws/found.h"
#include "adapters/aws/root.h"

struct aws_deed {
    const char *task;             /* of tasks.h */
    enum aws_task looks, does;    /* the session's policy: to look at it; to do it */
    const enum aws_action *reads; /* in this order */
    size_t read_count;
    const char *feature; /* of centralized root access: without it there is no session */
    const char *denied;  /* what may be the matter when a question in the session is denied */
    bool many;           /* of what stands there a part may go */
};
/* NULL: it is none that reguard does. */
const struct aws_deed *aws_deed_named(const char *task);
/* False: the target is not in the region, and why. */
bool aws_deed_is_here(const struct aws_deed *, const char *region, const char *target,
                      struct err *);

/* What stands there. Begins with aws_standing_begin, which may be called again; ends with _done.
   arena: its own, as the texts are. */
struct aws_standing {
    struct arena arena;
    struct aws_found found;
    struct aws_items items; /* what takes it away; each is asked for once */
    const char *text;       /* as it is shown and recorded; "": nothing */
    char digest[65];        /* of it, as AWS has it; "": of nothing */
    int64_t bytes;
};
void aws_standing_begin(struct aws_standing *, const char *account);
void aws_standing_done(struct aws_standing *);
/* Takes the answer to one of the reads in: of 200, or AWS_ABSENT. False: it is none, and why. */
bool aws_deed_read(enum aws_action, const struct aws_answer *, struct aws_standing *, struct err *);
/* Once all is read. False: it is more than can be shown. */
bool aws_deed_sum_up(const struct aws_deed *, struct aws_standing *, struct err *);

/* The digest of what the task of recovery finds where there is no password. */
void aws_deed_no_password(char ret_digest[65]);

/* The body of a question about the target; item: of a change, else NULL. */
void aws_deed_question(enum aws_action, const struct aws_item *, const char *account,
                       const char *region, const char *target, struct buf *);

#endif
