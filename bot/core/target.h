/* SPDX-License-Identifier: Apache-2.0 */
/* What a task without a window is done to, as people name it. Sources: S3 User Guide, "General
   purpose bucket naming rules"; SQS Developer Guide, "Queue and message identifiers". */
#ifndef REGUARD_TARGET_H
#define REGUARD_TARGET_H

#include "core/base.h"

/* Why that can be none of the account, "" while it is not known: a clause. NULL: it can. A queue is
   named by its name or its ARN; in which Region it is looked for, whoever looks knows. */
const char *target_bucket_problem(const char *name, const char *account);
const char *target_queue_problem(const char *target, const char *account);
/* Its name alone: the last part of an ARN. */
const char *target_name(const char *target);
/* As it is kept: of a queue's URL, also as a chat marks one, its ARN. False: it was cut. */
bool target_take(const char *typed, char *to, size_t bytes);

#endif
