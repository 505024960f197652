/* SPDX-License-Identifier: Apache-2.0 */
/* What a locked screen shows of a message: the first characters of what a chat gets as its text
   (Slack's `text`, Matrix's `body`), as clients show them. */
#ifndef REGUARD_TRANSCRIPT_FIRST_H
#define REGUARD_TRANSCRIPT_FIRST_H

#include "core/desk.h"
#include "core/effect.h"
#include "core/message.h"

/* As Slack and as Matrix show it: mentions, times and links resolved. In the arena. */
const char *first_in_slack(const struct message *, const struct people *, struct arena *);
const char *first_in_matrix(const struct message *, const struct people *, const struct policy *,
                            struct arena *);
/* With TRANSCRIPT_MATRIX in the environment, what Matrix gets of messages is added to that file;
   likewise of a card and of an answer. */
void first_keep_card(const struct message *, const struct desk *);
void first_keep_answer(const struct effect_answer *, const struct desk *);
/* What the first characters lack; NULL: nothing. */
const char *first_lacks(const char *shown, bool of_a_case);
/* The same of a message in both chats: posts and cards say what happened and to which request, what
   goes to one person alone names the request. *ret_shown: what lacks it. */
const char *first_problem(const struct message *, const struct desk *, struct arena *,
                          const char **ret_shown);

#endif
