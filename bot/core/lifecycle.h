/* SPDX-License-Identifier: Apache-2.0 */
/* How a case moves from one state to the next: the rules that follow from its own state, the switch
   and the time. */
#ifndef REGUARD_LIFECYCLE_H
#define REGUARD_LIFECYCLE_H

#include "core/desk.h"

/* A restore that is not proved after this long is trouble, whatever the reason. */
#define LIFECYCLE_TROUBLE_AFTER_MS (2 * MS_MINUTE)

void lifecycle_settle(const struct desk *, struct verdict *);
/* Whatever keeps root protection off, or is about to, ends now. */
void lifecycle_end_all(const struct desk *, const char *reason, struct verdict *);
void lifecycle_apply(struct desk *, const struct fact *);

#endif
