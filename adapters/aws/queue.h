/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of one queue of SQS, as JSON, and its answers read: any bytes may come in. Source:
   the service model of SQS (2012-11-05, AWS JSON 1.0). */
#ifndef REGUARD_AWS_QUEUE_H
#define REGUARD_AWS_QUEUE_H

#include "adapters/aws/codec.h"

/* url: of the queue, as its settings have it. How many messages wait. */
void aws_queue_ask_waiting(const char *url, struct buf *);
/* False: it is no answer to that. */
bool aws_queue_read_waiting(const char *body, size_t bytes, int64_t *ret_count, struct err *);

#endif
