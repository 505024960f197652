/* SPDX-License-Identifier: Apache-2.0 */
/* Which accounts have a root user that somebody could act as: one row for each account, which of
   them is asked about next, and what all of them come to. Whoever asks is told elsewhere: the
   command line (cli/root_users.c) and the daemon (engine_roots.c). Pure. */
#ifndef REGUARD_ROOTWALK_H
#define REGUARD_ROOTWALK_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/event.h"

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
/* Twelve digits. */
bool root_is_account(const char *id);

enum { ROOT_ACCOUNT_BYTES = 13 };
struct root_row {
    char account[ROOT_ACCOUNT_BYTES]; /* 12 digits; "": it has no such number */
    const char *name;
    struct root_user user;
    ms_t at_ms;      /* UTC, when that was found; 0: it was not asked, or not yet */
    const char *why; /* at_ms 0: why not, and what to do */
};
struct root_rows {
    struct root_row *rows;
    size_t count;
    size_t found; /* accounts at the provider, of every kind */
    size_t next, done, under_way;
    unsigned silent;  /* in a row that had no answer in time */
    const char *late; /* why those behind them are not asked any more, and what to do; lent */
};

/* A row for each account of the provider's list; all of it in the arena. late: see there. */
void rootwalk_list(struct root_rows *, const struct survey *, const char *late, struct arena *);
/* What was found before, of an account of the list: it is not asked about again. */
void rootwalk_take(struct root_rows *, const struct root_row *);
/* The next one to be asked about, which is under way from then on; NULL: none now, and none at all
   any more when none is under way. When several in a row had no answer in time the others are not
   asked, and their rows say so. */
struct root_row *rootwalk_next(struct root_rows *, size_t at_once);
/* Its answer: found or why. passes: it may be otherwise in a while. why is lent. */
void rootwalk_heard(struct root_rows *, struct root_row *, const struct root_user *found,
                    const char *why, bool passes, ms_t at_ms);

struct root_sum {
    size_t count, usable, none, unasked;
    size_t left;   /* of none, those with keys or certificates that are switched off */
    size_t beside; /* accounts that are none of the list: the management account, for one */
    bool cut;      /* the list has as many as it takes, so that there are more */
    ms_t from_ms;  /* the oldest answer; 0: there is none */
};
struct root_sum rootwalk_sum(const struct root_rows *);
/* Adds "password without MFA, 1 access key": what somebody could use. */
void rootwalk_add_usable(struct buf *, const struct root_user *);

#endif
