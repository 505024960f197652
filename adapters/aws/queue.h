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

/* Of any queue. Reads its policy, and takes it away. */
void aws_queue_ask_policy(const char *url, struct buf *);
void aws_queue_ask_no_policy(const char *url, struct buf *);
/* As AWS has it, in the arena; "": there is none. False: it is no answer to that. */
bool aws_queue_read_policy(const char *body, size_t bytes, struct arena *, const char **ret,
                           struct err *);

/* The next messages; waits: for AWS_WAITS_S, where there are none. */
enum { AWS_MESSAGES = 10, AWS_RECEIPT_BYTES = 1100 };
void aws_queue_ask_messages(const char *url, bool waits, struct buf *);
/* One message is done with. */
void aws_queue_ask_delete(const char *url, const char *receipt, struct buf *);

struct aws_message {
    const char *id;      /* SQS's, in letters, digits and hyphens; the same when it comes again */
    const char *receipt; /* deletes it; of this time */
    const char *body;    /* NULL: it is not there */
};
/* In the arena; one without an id or a receipt is left out, since nothing could be done with it.
   False: it is no answer to that. */
bool aws_queue_read_messages(const char *body, size_t bytes, struct arena *,
                             struct aws_message ret[AWS_MESSAGES], size_t *ret_count, struct err *);

#endif
