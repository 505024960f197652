/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of S3's buckets, as a root user's session reads and deletes them, by path
   (/aws/s3.REGION.amazonaws.com/BUCKET?policy). Whoever else asks is locked out of each. */
#ifndef SANDBOX_AWS_BUCKET_H
#define SANDBOX_AWS_BUCKET_H

#include "tests/sandbox/aws/state.h"

/* {"name":…,"account":…,"region":…,"policy":TEXT|null}, in place of what it was. */
bool awsd_bucket_set(struct awsd *, const json_t *value);

/* NULL: it is none that the sandbox has. */
const char *awsd_bucket_action(const struct awsd_call *);
void awsd_bucket_answer(struct awsd *, struct awsd_call *);
void awsd_bucket_refuse(struct awsd_call *, int status, const char *code, const char *message);

#endif
