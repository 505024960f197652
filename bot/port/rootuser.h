/* SPDX-License-Identifier: Apache-2.0 */
/* What is found of the root user of one account, and who can be asked for it. */
#ifndef REGUARD_ROOTUSER_H
#define REGUARD_ROOTUSER_H

#include "core/err.h"
#include "core/rootwalk.h"

struct adapter;

struct root_answer {
    const struct root_user *found; /* lent; NULL: it could not be asked */
    const char *why;               /* of NULL: a sentence without its end; lent */
    bool passes;                   /* of NULL: it may be otherwise in a while */
};
typedef void (*root_answered)(void *arg, const struct root_answer *);

/* Accounts asked about at the same time, at most. */
enum { ROOT_USERS_AT_ONCE = 4 };
struct root_source {
    /* After a probe. False: no account can be asked about, and why. */
    bool (*may)(const struct adapter *, struct err *);
    /* account: 12 digits. done runs at once or later, exactly once. Only while less than
       ROOT_USERS_AT_ONCE are asked about. */
    void (*ask)(struct adapter *, const char *account, root_answered done, void *arg);
};

#endif
