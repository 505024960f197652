/* SPDX-License-Identifier: Apache-2.0 */
/* Where AWS answers for a service, and with which region a request there is signed. Source: AWS
   General Reference, "AWS service endpoints". */
#ifndef REGUARD_AWS_ENDPOINT_H
#define REGUARD_AWS_ENDPOINT_H

#include "core/arena.h"
#include "core/err.h"

enum aws_service { AWS_STS, AWS_IAM, AWS_SQS, AWS_S3 };
extern const char *const aws_service_names[]; /* as the signature names them */

/* "aws" or "aws-us-gov"; NULL for what is no region, or one where there is no root user. */
const char *endpoint_partition(const char *region);
/* Both of a region that has a partition. STS, SQS and S3 answer in the region; IAM has one place
   for a whole partition. */
const char *endpoint_url(enum aws_service, const char *region, struct arena *);
const char *endpoint_signs_for(enum aws_service, const char *region);

/* https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, of a partition that has root users (SQS Developer
   Guide, "Queue and message identifiers"). False: it is none, and why. */
struct aws_queue {
    char region[32];
};
bool endpoint_queue(const char *url, struct aws_queue *ret, struct err *);

/* Where a machine is given credentials without TLS: the hosts that AWS's own clients take beside
   loopback (AWS SDKs and Tools Reference Guide, "Container credential provider", "IMDS credential
   provider"). Each list ends with NULL. */
extern const char *const endpoint_container_hosts[], *const endpoint_instance_hosts[];

#endif
