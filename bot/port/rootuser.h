/* SPDX-License-Identifier: Apache-2.0 */
/* What is found of the root user of one account, and who can be asked for it. */
#ifndef REGUARD_ROOTUSER_H
#define REGUARD_ROOTUSER_H

#include "core/err.h"

#include <string.h>

struct adapter;

/* Twelve digits. */
static inline bool root_is_account(const char *id)
{
    enum { DIGITS = 12 };
    return strlen(id) == DIGITS && strspn(id, "0123456789") == DIGITS;
}

struct root_user {
    bool has_password;
    unsigned keys, keys_active, certificates, certificates_active, mfa_devices;
    ms_t since_ms; /* UTC: the oldest of what can be used was made then; 0: nothing can */
    ms_t made_ms; /* UTC: the newest key or certificate was made then, of all of them; 0: none is */
    ms_t used_ms; /* UTC: the latest use that is told of; 0: none is */
};
/* Somebody who has it could act as the root user. */
static inline bool root_user_is_usable(const struct root_user *u)
{
    return u->has_password || u->keys_active || u->certificates_active;
}

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
