/* SPDX-License-Identifier: Apache-2.0 */
/* Orders to restore from hosts that do not lead: rows of the shared records. The lease's thread
   looks for them with its connection, whoever leads takes them between two turns and says how far
   it is, and whoever has asked reads that. Inside the store only. */
#ifndef REGUARD_LEASE_ORDERS_H
#define REGUARD_LEASE_ORDERS_H

#include "core/err.h"
#include "store/order.h"

struct pg;
struct orders;
struct orders *orders_new(void);
void orders_free(struct orders *); /* accepts NULL */
/* The lease's thread: fetches what was asked for lately, and writes down what is known. */
bool orders_tend(struct orders *, struct pg *, struct err *);
/* The next one that was not looked at yet. False: there is none. */
bool orders_next(struct orders *, struct shared_order *ret);
/* It is on its way from that instant on, by the engine's clock. */
void orders_take(struct orders *, int64_t number, ms_t now_ms);
/* To everybody who waits. */
void orders_answer(struct orders *, const struct shared_answer *);

#endif
