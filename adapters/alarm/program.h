/* SPDX-License-Identifier: Apache-2.0 */
/* The program of [alarm] command: run without a shell, with the text on its standard input, an
   environment of its own, no other descriptor and no output, for a bounded time. One at a time. */
#ifndef REGUARD_PROGRAM_H
#define REGUARD_PROGRAM_H

#include "port/adapter.h"
#include "port/inbox.h"
#include "net/loop.h"

struct people;
struct policy;

/* The policy is lent. */
struct adapter *program_new(struct loop *, struct inbox *, const struct policy *);
void program_use(struct adapter *, const struct people *, const struct policy *);
/* The program of the policy may be run, or there is none. Nothing is run. */
bool program_probe(struct adapter *, struct err *);
#endif
