/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing: lines with lines, a desk with the one its journal leads to, and a run with one that
   restarted on the way. */
#ifndef REGUARD_TRANSCRIPT_COMPARE_H
#define REGUARD_TRANSCRIPT_COMPARE_H

#include "tests/transcript/run.h"

/* Lines of a that b lacks with "-", lines that b has more with "+"; a few of those around. */
void compare_print(const char *a, const char *b);
/* The whole journal leads to the same desk, and so does the part since the desk was last quiet. */
bool compare_folded(struct run *r);
/* The same cases in the same states with the same reminders told, and as many changes asked of
   Stax; but for what the transcript itself says a restart may change. */
bool compare_outcomes(const struct run *a, const struct run *b);

#endif
