/* What goes back to whoever caused an event, and to nobody else. */
#ifndef REGUARD_ANSWER_H
#define REGUARD_ANSWER_H

#include "core/verdict.h"

/* A private answer to whoever caused the event. text is rich. */
void dialogue_answer(struct verdict *, const struct event *, const char *text);
/* Opens a form where the chat can; else answers with `otherwise`, now or when the chat refuses. */
void dialogue_form(struct verdict *, const struct event *, const struct effect_form *,
                   const char *otherwise);

#endif
