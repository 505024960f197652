/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at what the root users of accounts have, for the daemon: each by an audit, as many at once
   as that takes, the others behind them in their order. */
#ifndef REGUARD_AWS_LOOKS_H
#define REGUARD_AWS_LOOKS_H

#include "adapters/aws/audit.h"
#include "core/effect.h"
#include "port/inbox.h"

struct aws_looks;

/* All are lent; the audit is asked by nobody else while one of these is under way, and freed
   before. */
struct aws_looks *aws_looks_new(const struct aws_settings *, struct aws_audit *, struct inbox *);
void aws_looks_free(struct aws_looks *);
/* ROOT_FOUND follows, once, at once or later. False: it is no account, nobody can be asked, or too
   many wait, and err says so. */
bool aws_looks_begin(struct aws_looks *, const struct effect *, struct err *);

#endif
