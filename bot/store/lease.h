/* SPDX-License-Identifier: Apache-2.0 */
/* Who leads: a row of the shared records that one instance holds for a while, by PostgreSQL's clock
   alone. Each time it changes hands it has a higher epoch, and a commit of an older one is none. It
   is kept by a thread with a connection of its own, so that it does not depend on how long a turn
   takes. */
#ifndef REGUARD_LEASE_H
#define REGUARD_LEASE_H

#include "core/base.h"
#include "core/err.h"

struct pg;
struct orders;
struct lease;

/* How long it is held, how often it is renewed, and how soon that is tried again; how
   often orders are looked for. Renewed at 10 s
   there would be less than the 8 s left that a call which lowers may take. */
enum { LEASE_MS = 15000, LEASE_RENEW_MS = 5000, LEASE_RETRY_MS = 2000, LEASE_LOOK_MS = 1000 };

enum { LEASE_MARK_BYTES = 33 };
/* What a process that begins to lead is known by in the lease: where the answer to taking it did
   not come, or what follows cannot be read, it takes it again, with a higher epoch, instead of
   waiting for its own to run out. That is good for one lease's time, and only until it leads: one
   that has led may have sent what is still on its way. All zero before. */
struct lease_claim {
    char mark[LEASE_MARK_BYTES]; /* random, "" for none */
    int64_t asked;               /* so often: an asking that arrives after a later one is none */
    ms_t good_until_ms;          /* by the monotonic clock */
};

/* Who takes it, and whereby. url and password_file are lent for as long as the lease lives.
   instance: for people. to_copy: also where nobody may lead, because the records are half there or
   have moved. */
struct lease_taking {
    const char *url, *password_file, *instance;
    bool to_copy;
    struct lease_claim *claim;
};
/* Takes the lease when nobody holds it, and keeps it from then on. NULL: another leads, or it could
   not be asked; err says which. */
struct lease *lease_take(struct pg *, const struct lease_taking *, struct err *);
/* Of reguard.lease's holder, that which is for people; as SQL. */
#define LEASE_HOLDER_NAME "split_part(holder, '#', 1)"
/* "NAME leads since …", or "nobody leads", for people. False: why it cannot be told. */
bool lease_who_leads(struct pg *, struct err *ret);
/* Ends the keeper; gives the lease back over that connection, NULL: lets it run out. Accepts
   NULL. */
void lease_free(struct lease *, struct pg *);
/* How long it is held for sure when it is not renewed any more: on this machine's clock, counted
   from before the renewal was asked for. 0: not at all. */
ms_t lease_left_ms(const struct lease *);
/* Another instance has taken it, for good. */
bool lease_is_lost(const struct lease *);
int64_t lease_epoch(const struct lease *);
/* The keeper gets no answer from the database, and err says why: whoever must not wait does not
   ask. */
bool lease_is_away(struct lease *, struct err *);
/* What other hosts ask for, which the keeper looks for. */
struct orders *lease_orders(const struct lease *);

#endif
