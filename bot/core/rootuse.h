/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses root users, as AWS's own events tell it: expected in the account of a window, while it
   lasts; an alarm anywhere else, and at any other time. And whether these events can be read at
   all: that nobody was seen means nothing while nobody looks. */
#ifndef REGUARD_ROOTUSE_H
#define REGUARD_ROOTUSE_H

#include "core/casefile.h"
#include "core/verdict.h"

struct desk;

/* ROOT_USED: once for each event of AWS. ROOT_WATCH. */
void rootuse_decide(const struct desk *, const struct event *, struct verdict *);
/* This process begins. */
void rootuse_start(const struct desk *, struct verdict *);
void rootuse_settle(const struct desk *, struct verdict *);
void rootuse_apply(struct desk *, const struct fact *);
/* Events are read, so that a root user that was used is known sooner or later. */
bool rootuse_is_watched(const struct desk *);
/* Adds "seen 2 times, 1 attempt was refused". False: nobody was seen there, and nothing is added.
 */
bool rootuse_add_seen(struct buf *, const struct casefile *);
/* So many accounts were alarmed about within the hour that no other one will be. */
bool rootuse_is_full(const struct desk *, ms_t now_ms);

#endif
