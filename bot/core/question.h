/* SPDX-License-Identifier: Apache-2.0 */
/* One question, one ballot. To have the guardrail lifted, to keep it lifted longer and to take over
   what was found lifted are asked of the other Admins in the same way: a question has a handle of
   its own and messages of its own, an answer belongs to the question that it was given to, and what
   is answered counts only until the question is gone. Who may answer it and who has approved are
   written here once for all three, and what becomes of it in ballot.h. */
#ifndef REGUARD_QUESTION_H
#define REGUARD_QUESTION_H

#include "core/arena.h"
#include "core/desk.h"
#include "core/verdict.h"

/* Identities in chat and roles at the provider that a change rests on are at most this old when it
   leaves; counted from the moment they were asked for. */
#define QUESTION_FRESH_MS (10 * MS_SECOND)

/* The case whose latest question has that handle, open or not; NULL: none on the desk. */
const struct casefile *question_case(const struct desk *, const char *handle);
/* What the question is called in a sentence: "the request", "more time", "the adoption". */
const char *question_name(const struct casefile *);
/* May still be carried out, so an approval may still be taken back. */
bool question_is_open(const struct casefile *);
/* May still be answered: open, and its lift has not begun. */
bool question_takes_answers(const struct casefile *);
/* How many of the others of [people] are Admins, whether they have answered or not. */
size_t question_able(const struct desk *, const struct casefile *);
/* Keys of those who can still answer it, the first LIMIT_ASKED of them; returns how many there are.
   but: a key of somebody who cannot, or NULL. */
size_t question_asked(const struct desk *, const struct casefile *, const char *but,
                      char keys[LIMIT_ASKED][LIMIT_EMAIL_BYTES]);
/* Mentions those who can still answer it, at most LIMIT_ASKED of them and how many more there are;
   likewise. False: there is nobody. */
bool question_add_asked(const struct desk *, const struct casefile *, const char *but,
                        struct buf *);
/* Approvals that are still missing. */
size_t question_lacks(const struct desk *, const struct casefile *);
/* When it expires, unless it is carried out before. */
ms_t question_expires_ms(const struct desk *, const struct casefile *);
/* Why this user may not approve it, or NULL; a sentence in the arena. */
const char *question_refusal(const struct desk *, const struct casefile *, const char *user_id,
                             struct arena *);
/* Why that party is no active Admin of [people] by that roster, or NULL; a clause in the arena. */
const char *question_party_problem(const struct desk *, const struct party *,
                                   const struct survey *roster, struct arena *);

/* The party's entry in [people], as it was when they acted; NULL: it is gone. */
const struct person *question_person(const struct desk *, const struct party *);

/* The kinds of the journal for what becomes of the case's question. */
enum fact_kind question_approved_kind(const struct casefile *);
enum fact_kind question_declined_kind(const struct casefile *);
/* A fact about the case's question. */
struct fact *question_fact(const struct casefile *, enum fact_kind, struct verdict *);
/* Closes it for a reason of its own, as if it had been declined; nothing is lifted by it any more.
   why: a clause in the arena. */
void question_close(const struct casefile *, const char *why, struct verdict *);
/* A new handle: 128 random bits of this turn as 32 hex digits, in its arena. */
const char *question_handle(struct verdict *);

/* Everybody with a part in it was read again, nobody lately refused, and the reads are fresh. */
bool question_roll_is_fresh(const struct casefile *, ms_t now_ms);
/* Until when what was read may be acted on. */
/* From then on the end that was asked for is too near, or over: the question expires. MS_NEVER: no
   end was asked for. */
ms_t question_serves_until_ms(const struct desk *, const struct casefile *);
/* As case_would_end_ms, of what the question asks for. */
ms_t question_would_end_ms(const struct casefile *, ms_t from_ms);
ms_t question_fresh_until_ms(const struct casefile *);

#endif
