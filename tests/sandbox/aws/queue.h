/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox's queue of SQS, as its service model has it: what is received is hidden for a while,
   and stays until it is deleted with the receipt handle that was given last. One that waits for a
   message is answered when its time is over; what arrives meanwhile is told to the next one. */
#ifndef SANDBOX_AWS_QUEUE_H
#define SANDBOX_AWS_QUEUE_H

#include "tests/sandbox/aws/state.h"

void awsd_queue_done(struct awsd_queue *);
/* False: it is full. */
bool awsd_queue_put(struct awsd *, const char *body);
/* {"name":…,"account":…,"region":…,"policy":TEXT|null}: a member's queue, whose policy locks
   everybody out but sessions of its root user; in place of what it was. */
bool awsd_queue_set(struct awsd *, const json_t *value);
size_t awsd_queue_left(const struct awsd_queue *); /* hidden ones, too */

/* NULL: it is none that the queue has. */
const char *awsd_queue_action(const struct awsd_call *);
void awsd_queue_answer(struct awsd *, struct awsd_call *);
void awsd_queue_refuse(struct awsd_call *, int status, const char *code, const char *message);

#endif
