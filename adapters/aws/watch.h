/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the queue of root users' events for as long as it runs: one question after the other, each
   of which waits for the next messages. What has come is put as events, and deleted from the queue
   once they are on disk; what is not comes again, and is recognised by its id. */
#ifndef REGUARD_AWS_WATCH_H
#define REGUARD_AWS_WATCH_H

#include "adapters/aws/asker.h"
#include "core/buf.h"
#include "port/inbox.h"

struct aws_watch;

/* All are lent; the asker is asked by nobody else from start on. */
struct aws_watch *aws_watch_new(struct loop *, struct aws_asker *, const struct aws_settings *,
                                struct inbox *);
void aws_watch_free(struct aws_watch *);
/* Begins, and puts ROOT_WATCH as soon as it is known whether the queue can be read, and whenever
   that changes. */
void aws_watch_start(struct aws_watch *);
/* ROOT_USED with that receipt is on disk. */
void aws_watch_acknowledge(struct aws_watch *, uint64_t receipt);
/* Adds why the queue cannot be read; nothing when it can. */
void aws_watch_trouble(const struct aws_watch *, struct buf *);

struct aws_watch_counts {
    uint64_t used, tasks, others, unread; /* messages, by what they told */
};
const struct aws_watch_counts *aws_watch_counts_of(const struct aws_watch *);

#endif
