/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and people, and with whom is spoken, as the configuration has them. That they have changed,
   also while nobody was looking, is on record with both values and whose file it is, and the chats
   are told; so they are of a file that cannot be taken over. */
#ifndef REGUARD_RULES_H
#define REGUARD_RULES_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;

/* Decides on RULES_READ and RULES_REFUSED. */
void rules_decide(const struct desk *, const struct event *, struct verdict *);
void rules_apply(struct desk *, const struct fact *);
/* v: the round with all that was found together. */
void rules_tell(const struct fact *, struct verdict *v);

#endif
