/* SPDX-License-Identifier: Apache-2.0 */
/* The port that every adapter fills. All verbs are mandatory; an effect
   that is not the adapter's is refused with an error. Everything runs on the loop's thread. An
   adapter never calls upward: what it learns goes into the inbox, and no verb waits. */
#ifndef REGUARD_ADAPTER_H
#define REGUARD_ADAPTER_H

#include "core/buf.h"
#include "core/effect.h"
#include "core/err.h"
#include "core/event.h"
#include "port/setting.h"

struct adapter;

enum adapter_role {
    ADAPTER_CHAT,
    ADAPTER_PROVIDER,
    ADAPTER_MAIL,
    ADAPTER_ALARM,
    ADAPTER_WATCHER /* looks at more than the guardrail; `check` makes it, and the daemon where
                       kind.runs says so */
};
struct secret;

/* What an adapter proves itself with, and whom it trusts. */
enum { ADAPTER_SECRETS = SETTING_SECRETS };
struct adapter_credentials {
    struct secret *secrets[ADAPTER_SECRETS]; /* taken over; which is which, the adapter says */
    const char *file;                        /* where the first one was read */
    const char *ca_file;                     /* "" for the system's anchors alone */
    bool new_anchor;                         /* it is another file, or holds something else */
    bool is_new[ADAPTER_SECRETS];            /* filled in: the secret is another one */
};

struct adapter_ops {
    const char *name;
    enum adapter_role role;
    /* Begins to connect; success only means that trying has begun. CHAT_UP and CHAT_DOWN tell the
       rest. */
    bool (*start)(struct adapter *, struct err *);
    /* Begins the effect. True: exactly one event with effect->id follows (none for ANSWER, FORM,
       CATCH_UP; of an ANSWER, and of a FORM that is open or said otherwise, inbox_answered is
       told). False: nothing follows and err says why. */
    bool (*perform)(struct adapter *, const struct effect *, struct err *);
    /* The event (SAID, CLICKED, REACTED, UNREACTED, OPENED, TYPED, FILLED, SUBMITTED, IGNORED,
       MARK, ROOT_USED) is on disk. Called once for each, in order; event->reply is what a form
       shows from now on. */
    void (*acknowledge)(struct adapter *, const struct event *);
    /* A message as the bytes that DELIVER will send; pure. Only chats are asked. False when it does
       not fit the chat's limits. */
    bool (*render)(const struct adapter *, const struct message *, struct buf *out, struct err *);
    /* Credentials after a reload: they are used from now on, and where one is new, or the anchor
       is, what is connected is connected anew; a connection that works stays until the new one
       does. What is the same disturbs nothing. */
    void (*renew)(struct adapter *, struct adapter_credentials *);
    /* Says goodbye and frees the adapter. No event is put after it returns. */
    void (*stop)(struct adapter *);
    /* What is acknowledged is never sent again by the service, so it must be on disk before. Else
       acknowledging only says that the next may come. */
    bool forgets;
    /* A post whose call was broken off may arrive much later, beside the one that was sent in its
       place: nothing in it tells the service that they are one. */
    bool may_double;
};

/* Before a message is sent whose earlier attempt has an unknown outcome, the chat is looked through
   for it. Where that cannot be done for so long, twice is better than never: it is sent without,
   and the log says so. */
static const ms_t LOOK_ENDS_POST_MS = 30 * MS_SECOND, /* alarms, and all other new posts */
    LOOK_ENDS_MS = 2 * MS_MINUTE;                     /* lines, cards, direct messages */

/* Embedded as the first member of each adapter's own struct. */
struct adapter {
    const struct adapter_ops *ops;
};

#endif
