/* SPDX-License-Identifier: Apache-2.0 */
/* AWS itself: STS and IAM, as far as reguard asks them, and a queue of SQS and the policies of
   buckets of S3. Each is behind a path that names the host that it stands for:
   /aws/sts.eu-central-1.amazonaws.com, /aws/iam.amazonaws.com. Sources: the service models of STS
   (2011-06-15) and IAM (2010-05-08). */
#ifndef SANDBOX_AWS_AWS_H
#define SANDBOX_AWS_AWS_H

#include "tests/sandbox/control/service.h"

struct awsd;

struct awsd *awsd_new(void);
void awsd_free(struct awsd *); /* accepts NULL */
struct service awsd_service(struct awsd *);

#endif
