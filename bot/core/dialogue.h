/* Between what people do in a chat and the commands: words, buttons, reactions and forms become
   requests; answers go back to the person alone. */
#ifndef REGUARD_DIALOGUE_H
#define REGUARD_DIALOGUE_H

#include "core/desk.h"
#include "core/rich.h"

/* Decides on SAID CLICKED REACTED UNREACTED SUBMITTED. */
void dialogue_decide(const struct desk *, const struct event *, struct verdict *);

/* It counts only as an answer given on a message that puts a question: whoever does not know the
   message cannot decide on it. What raises protection needs none. */
bool dialogue_needs_message(const struct desk *, const struct event *);

/* A private answer to whoever caused the event. text is rich. */
void dialogue_answer(struct verdict *, const struct event *, const char *text);
/* Opens a form where the chat can; else answers with `otherwise`, now or when the chat refuses. */
void dialogue_form(struct verdict *, const struct event *, const struct effect_form *,
                   const char *otherwise);

#endif
