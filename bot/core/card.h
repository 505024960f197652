/* SPDX-License-Identifier: Apache-2.0 */
/* A case as people see it: one picture, made from its state alone, so that it can be drawn again at
   any time. */
#ifndef REGUARD_CARD_H
#define REGUARD_CARD_H

#include "core/action.h"
#include "core/buf.h"
#include "core/desk.h"

/* The card's picture now; strings in the arena. */
void card_picture(const struct desk *, const struct casefile *, ms_t now_ms, struct arena *,
                  struct message *ret);
/* "45 min for bakery (222222222222)" and the like: who, what, for how long; plain text, for lists
   and confirmations. */
const char *card_subject(const struct casefile *, struct arena *);
/* What a task without a window does, and to what: "delete the policy of …". */
const char *card_errand(const struct casefile *, struct arena *);
/* Where a lift of that case lowers protection, as the provider tells it. In the arena. */
const char *card_reach(const struct desk *, const struct casefile *, struct arena *);
/* The other windows that are open: "G-0007, G-0008". In the arena. */
const char *card_others_lifted(const struct desk *, const struct casefile *, struct arena *);
/* Behind the way in which they approved. */
const char *card_with_recovery(const struct party *);
/* It can be approved with what the case asks now. */
bool card_offers_recovery(const struct desk *, const struct casefile *, struct arena *);
/* How password recovery stands that was approved with the lift; "" where that did not begin. */
const char *card_recovery(const struct casefile *);
/* Adds the line to be sent, with the word that calls us, that asks for a task without a window in
   the case's account, because of that case. rich. */
void card_add_run(struct buf *, const struct desk *, const struct casefile *, const char *task);
/* Adds the action's button to the message, with its handle and what it asks once more. */
void card_add_button(struct message *, enum action, const struct desk *, const struct casefile *,
                     struct arena *);
/* When it was found lifted outside, and by whom it was as far as is known; "" when it was not.
   rich, in the arena. */
const char *card_found_lifted(const struct desk *, const struct casefile *, struct arena *);
/* How long a closed case's guardrail was off, and how much of that was overdue. In the arena. */
const char *card_open_for(const struct casefile *, struct arena *);
/* "done", "clean, verified TIME", "NOT clean: 1 access key": of a window that is over; rich, in the
   arena. */
const char *card_clean_up(const struct desk *, const struct casefile *, struct arena *);
/* "; the guardrail was on, proved …": what was known of it when the case failed; rich. */
void card_add_left(struct buf *, const struct casefile *);
/* "for 45 min"; with an end of its own, until_ms, "until 17:30" as everybody sees it. rich. */
const char *card_length(struct arena *, ms_t window_ms, ms_t until_ms);
/* A request in one sentence: who, for what, how long, why, and how far it reaches; rich. */
const char *card_request(const struct desk *, const struct casefile *, struct arena *);
/* One line: "G-0001 lifted until …, for …, asked by …"; rich. */
const char *card_line(const struct desk *, const struct casefile *, ms_t now_ms, struct arena *);

/* The same as lines, for whoever has no card before them; rich. */
void card_add_lines(struct buf *, const struct desk *, const struct casefile *, ms_t now_ms,
                    struct arena *);

#endif
