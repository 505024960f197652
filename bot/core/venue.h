/* SPDX-License-Identifier: Apache-2.0 */
/* How people call a chat or a provider, and what differs in what they are told of it. Each comes
   from its adapter's folder; the core knows none of them by name. */
#ifndef REGUARD_VENUE_H
#define REGUARD_VENUE_H

#include "core/base.h"

struct venue {
    const char *name;  /* as it stands in the configuration and the journal: "slack" */
    const char *title; /* what it is: "Slack", "Matrix" */
    const char *place; /* where something is said: "Slack", "the Matrix room" */
    bool shares; /* it hands each word to one of several connections; else each hears everything */
};
/* All of them; lent. */
struct venues {
    const struct venue *rows;
    size_t count;
};

/* One that has only its name when it is not among them. */
struct venue venue_named(const struct venues *, const char *name);

#endif
