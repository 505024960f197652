/* SPDX-License-Identifier: Apache-2.0 */
/* One message of the queue: an event as EventBridge has it, with CloudTrail's record in it. Whoever
   may write into the queue has written it, so that it is data. Sources: EventBridge User Guide,
   "AWS events metadata"; CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail
   userIdentity element". */
#ifndef REGUARD_AWS_EVENTS_H
#define REGUARD_AWS_EVENTS_H

#include "core/arena.h"
#include "core/err.h"
#include "core/event.h"

enum aws_event_kind {
    AWS_EVENT_UNREAD, /* it is none that is understood */
    AWS_EVENT_ROOT,   /* a root user's own credentials were used, or somebody tried */
    AWS_EVENT_TASK,   /* a session of AssumeRoot, which needs none */
    AWS_EVENT_OTHER,  /* nobody's: a service of AWS itself, or no root user */
};
struct aws_event {
    const char *id; /* CloudTrail's, which a repeat has, too */
    struct event_root root;
};
/* Strings in the arena; of ROOT alone all of it is there, of UNREAD err says why. */
enum aws_event_kind aws_event_read(const char *body, size_t bytes, struct arena *,
                                   struct aws_event *ret, struct err *);

#endif
