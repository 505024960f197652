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

/* Takes the lease when nobody holds it, and keeps it from then on. NULL: another leads, or it could
   not be asked; err says which. url and password_file are lent for as long as it lives. instance:
   for people. to_copy: also where nobody may lead, because the records are half there or have
   moved. */
struct lease *lease_take(struct pg *, const char *url, const char *password_file,
                         const char *instance, bool to_copy, struct err *);
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
