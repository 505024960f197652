/* SPDX-License-Identifier: Apache-2.0 */
/* Another reguard that speaks with our tokens and has records of its own: a second host, by mistake
   or forgotten. It is known by what our own account's messages say of the records (witness.h): a
   store that is not ours, and that says something newer from one look to the next, lives. Of two
   the one whose records began earlier goes on, by what both say of themselves, so that both judge
   alike; the later one lowers nothing, keeps nothing down and takes no request, and does not count
   the other's open window as lifted outside, as long as the other gives signs of life and the
   window is not past its end. Whatever raises protection goes on in both. While two live, each
   gives a sign of life now and then; after a silence the other one is gone, and that is told. */
#ifndef REGUARD_TWIN_H
#define REGUARD_TWIN_H

#include "core/buf.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct command;
struct desk;

/* By its store's id; NULL: not followed. After how long without a word it counts as gone. */
const struct twin *twin_named(const struct desk *, const char *store);
ms_t twin_silence_ms(const struct desk *, const struct twin *);
/* Why no request is taken, as a whole answer; one of them bars. */
const char *twin_refusal(const struct desk *, const char *chat, struct verdict *);
/* What is to be said of them in a sentence, in the arena: "" when none lives. rich. */
const char *twin_trouble(const struct desk *, struct arena *);
/* The same without marks and with what to do, and of connections too many; for the operator. */
const char *twin_trouble_plain(const struct desk *, struct arena *);

/* One that was found and has not gone since. */
bool twin_lives(const struct desk *, const char *store);
/* That message of another store, in that chat, tells that its reguard lives. */
bool twin_is_news(const struct desk *, const char *chat, const struct sighting *);
/* Until then the guardrail is off because a living one has lifted it, as far as is known; 0: none
   has. */
ms_t twin_holds_until_ms(const struct desk *);
/* Whose window that was, in a sentence with a blank before it; nothing when none is known. rich. */
void twin_add_window(const struct desk *, ms_t now_ms, struct buf *);
/* Such a window is ended from here. */
void twin_end_window(const struct desk *, const char *why, struct verdict *);

/* How long until our next sign of life; part of each message while any of them lives, else 0. */
ms_t twin_promise_ms(const struct desk *);
/* The message that our signs of life stand in, as it should look now. */
void twin_picture(const struct desk *, ms_t now_ms, struct arena *, struct message *ret);

/* Decides on LOOKED_BACK, SIGHTED and CROWDED. */
void twin_decide(const struct desk *, const struct event *, struct verdict *);
void twin_settle(const struct desk *, struct verdict *);
void twin_apply(struct desk *, const struct fact *);
/* What the chats hear of TWIN_FOUND, TWIN_GONE and CROWDED. */
void twin_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
