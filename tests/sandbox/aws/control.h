/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/aws: what tests change at AWS. */
#ifndef SANDBOX_AWS_CONTROL_H
#define SANDBOX_AWS_CONTROL_H

#include "tests/sandbox/control/call.h"

extern const struct control_row awsd_calls[];
json_t *awsd_state(void *self);
struct awsd;
/* For the playground: the root user of an account that was there before has a password and MFA, and
   nobody waits long for the queue. */
void awsd_furnish(struct awsd *);

#endif
