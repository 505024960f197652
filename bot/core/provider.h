/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules and the texts must know of whoever has the guardrail. Constant: each provider's
   folder has its own, and the core knows none of them by name. */
#ifndef REGUARD_PROVIDER_H
#define REGUARD_PROVIDER_H

#include "core/buf.h"

struct provider {
    const char *title;      /* how people call it */
    const char *console;    /* where they look: "the … console" */
    const char *switch_at;  /* where they switch by hand, after "Switch it on now: " */
    const char *feed;       /* what tells who changed guardrails: "activity feed" */
    const char *account;    /* how an account is named, beside where it is asked for */
    const char *guardrail;  /* what its console calls the guardrail */
    const char *key;        /* the guardrail's line in the document (flags.h): "PART.NAME" */
    const char *key_name;   /* the same for people */
    const char *admin_role; /* who may ask and approve where [policy] admin_roles does not say */
    bool leaves_rest; /* a change touches the guardrail alone: nothing beside it need be known */
    const char *const *known; /* else all lines that a document may have for a lift to be made */
    size_t known_count;
    /* Where protection is down while the guardrail is off, after "in": "all 61 member accounts".
       accounts: how many were counted when the case was asked for, 0 for unknown; account: whom
       the case is about, for people. */
    void (*add_reach)(struct buf *, int64_t accounts, const char *account);
};

/* For where none is configured: no document names its guardrail, so that nothing counts as on. */
extern const struct provider provider_none;

#endif
