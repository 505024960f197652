/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that go into facts and effects are copied into the turn's arena: applying a fact moves
   the desk's own. Commands that wait for outside knowledge: first the chat tells who the identity
   is, then the provider what must be known; then the command settles. Each step is a state, so that
   a restart goes on with it. */
#ifndef REGUARD_INQUIRY_H
#define REGUARD_INQUIRY_H

#include "core/command.h"
#include "core/desk.h"
#include "core/rich.h"

/* An inquiry that takes longer is closed with an apology, unless it only raises protection. */
#define INQUIRY_PATIENCE_MS (5 * MS_MINUTE)
/* How long an inquiry that only raises protection waits for the chat to tell who asks, and how
   often the chat is asked meanwhile. */
#define INQUIRY_IDENTITY_MS (30 * MS_SECOND)
#define INQUIRY_AGAIN_MS (5 * MS_SECOND)

/* Records the request of the event's person (who is in [people]). */
void inquiry_open(const struct desk *, const struct asker *, const struct request *,
                  struct verdict *);
void inquiry_identified(const struct desk *, const struct event *, struct verdict *);
void inquiry_surveyed(const struct desk *, const struct event *, struct verdict *);
void inquiry_looked(const struct desk *, const struct event *, struct verdict *);
/* All else is checked, and what was read of it is kept: what the task would be done to is looked
   at, and the command's looked() is asked then. */
void inquiry_look(const struct desk *, const struct inquiry *, const struct inquiry_checked *,
                  struct verdict *);
/* Sends what has not been sent, closes what has waited too long. */
void inquiry_settle(const struct desk *, struct verdict *);
void inquiry_apply(struct desk *, const struct fact *);
/* Answers the person, in the form that was sent or else beside it, and closes the inquiry. text is
   rich. */
void inquiry_answer(const struct inquiry *, const char *text, struct verdict *);
/* The same of what can be put right: the form is shown once more, with all that was given and the
   text on top. handle: what it is about. */
void inquiry_ask_again(const struct desk *, const struct inquiry *, const char *handle,
                       const char *text, struct verdict *);

#endif
