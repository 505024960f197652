/* SPDX-License-Identifier: Apache-2.0 */
/* What goes back to whoever caused an event, and to nobody else. */
#ifndef REGUARD_ANSWER_H
#define REGUARD_ANSWER_H

#include "core/verdict.h"

/* A private answer to whoever caused the event. text is rich. */
void dialogue_answer(struct verdict *, const struct event *, const char *text);
/* What is wrong with a field of the form that was sent, shown at that field. False: the form cannot
   show it, nothing is said. text: rich, a sentence. */
bool dialogue_fault(struct verdict *, const struct event *, unsigned field, const char *text);
/* Likewise of each of them that has a text, all at once. True: none has, or the form cannot show
 * it. */
bool dialogue_faultless(struct verdict *, const struct event *, const struct form_fault *,
                        size_t count);
/* The form that was sent is drawn anew, with all that it was filled with, and asks for nothing. */
void dialogue_redraw(struct verdict *, const struct event *, const struct effect_form *);
/* The form that was sent stays, and says that it is being looked into. */
void dialogue_checks(struct verdict *, const struct event *);
/* Opens a form where the chat can, or draws an open one anew; else answers with `otherwise`, now or
   when the chat refuses. */
void dialogue_form(struct verdict *, const struct event *, const struct effect_form *,
                   const char *otherwise);

#endif
