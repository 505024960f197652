/* SPDX-License-Identifier: Apache-2.0 */
/* Why a command is not taken now, whatever it says: records that are not to be believed, another
   reguard that goes on instead, a chat that cannot be served, somebody's acts of a day. */
#ifndef REGUARD_REFUSAL_H
#define REGUARD_REFUSAL_H

#include "core/verdict.h"

struct command;
struct desk;

/* A whole answer, or NULL. key: of the person in [people]; NULL: nobody there. */
const char *refusal_of(const struct desk *, const struct command *, const char *chat,
                       const char *key, struct verdict *);

#endif
