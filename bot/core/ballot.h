/* SPDX-License-Identifier: Apache-2.0 */
/* The ballot on a case's question (question.h): answers are counted, taken back and lapse;
   everybody with a part in it is read once more before it is carried out; nobody's answer ends it
   in time. */
#ifndef REGUARD_BALLOT_H
#define REGUARD_BALLOT_H

#include "core/verdict.h"

struct desk;

/* IDENTIFIED and SURVEYED; false: it answers no roll call. */
bool ballot_heard(const struct desk *, const struct event *, struct verdict *);
void ballot_settle(const struct desk *, struct verdict *);
void ballot_apply(struct desk *, const struct fact *);

#endif
