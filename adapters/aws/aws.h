/* SPDX-License-Identifier: Apache-2.0 */
/* AWS itself, beside whoever holds the guardrail: whose credentials there are, and whether
   centralized root access is on, and what the root users of accounts have, which it reads; and what
   is done in sessions of root users, which was approved (errands.h). */
#ifndef REGUARD_AWS_H
#define REGUARD_AWS_H

#include "port/kind.h"
#include "port/rootuser.h"

struct adapter *aws_new(const struct adapter_world *);
/* Asks both, and waits for it, on the loop that nobody else runs just then. */
bool aws_probe(struct adapter *, struct err *);
/* What the answers say, and what follows from it. */
void aws_describe(const struct adapter *, void (*line)(void *arg, bool fine, const char *text),
                  void *arg);
ms_t aws_ahead_ms(const struct adapter *);
extern const struct root_source aws_roots;
/* As in struct adapter_kind: of the queue of root users' events, which start reads. */
void aws_trouble(const struct adapter *, struct buf *);
void aws_counters(const struct adapter *,
                  void (*counter)(void *arg, const char *name, const char *help, uint64_t value),
                  void *arg);

#endif
