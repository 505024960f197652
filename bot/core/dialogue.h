/* SPDX-License-Identifier: Apache-2.0 */
/* Between what people do in a chat and the commands: words, buttons, reactions and forms become
   requests; answers go back to the person alone. */
#ifndef REGUARD_DIALOGUE_H
#define REGUARD_DIALOGUE_H

#include "core/answer.h"
#include "core/desk.h"
#include "core/rich.h"

/* Decides on SAID CLICKED REACTED UNREACTED SUBMITTED. */
void dialogue_decide(const struct desk *, const struct event *, struct verdict *);

/* It counts only as an answer given on a message that puts a question: whoever does not know the
   message cannot decide on it. What raises protection needs none. */
bool dialogue_needs_message(const struct desk *, const struct event *);
/* It asks anew for what a case had asked for that has left the desk, and whoever presses it may
   ask: the case is to be read back. */
bool dialogue_needs_filed(const struct desk *, const struct event *);
/* That case: its message's, or what the button says where it is in no message of a case; 0: none.
 */
uint32_t dialogue_filed_no(const struct event *);
/* It is answered with what is going on, and what has gone on lately. */
bool dialogue_needs_lately(const struct desk *, const struct event *, struct arena *);
/* A typed word that is to approve something. */
bool dialogue_approves(const struct desk *, const struct event *, struct arena *);

#endif
