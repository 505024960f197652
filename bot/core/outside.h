/* SPDX-License-Identifier: Apache-2.0 */
/* The border: text from outside (people, the provider, chats, mail servers, the journal) is made
   harmless once, where it comes in, whatever it will be used for. Behind it no text but our own can
   hold a mark of rich.h, a line feed, a grave accent, a control or an invisible character. Every
   text of an event is a row of one table, so that a new one cannot be forgotten:
   tests/unit/test_hostile.c compares the table with event.h. */
#ifndef REGUARD_OUTSIDE_H
#define REGUARD_OUTSIDE_H

#include "core/arena.h"
#include "core/event.h"
#include "core/fact.h"

enum outside_kind {
    OUTSIDE_WORDS, /* read by people: inert_add */
    OUTSIDE_EXACT, /* compared, or sent back to where it came from: inert_add_exact */
    OUTSIDE_LINES, /* a document of lines (flags.h): each line exact */
    OUTSIDE_TYPED, /* a command line: words.h makes it harmless, and undoes what phones do to it */
    OUTSIDE_RAW,   /* never shown: used as it is */
    OUTSIDE_OURS,  /* not from outside: a name that we gave */
};

/* One text: where its pointer stands in its struct, and how long it may be, in characters. */
struct outside_text {
    const char *name; /* "struct.member" */
    size_t offset;
    enum outside_kind kind;
    size_t most;
};
struct outside_texts {
    const struct outside_text *rows;
    size_t count;
};

/* Of struct event itself, whatever its kind. */
struct outside_texts outside_of_every_event(void);
/* Of struct event, those that only this kind has. */
struct outside_texts outside_of_event(enum event_kind);
struct outside_texts outside_of_user(void);
struct outside_texts outside_of_account(void);
struct outside_texts outside_of_feed(void);
struct outside_texts outside_of_rule(void);
struct outside_texts outside_of_standing_word(void);

/* NULL stays NULL; harmless text is returned as it is, not copied. */
const char *outside_words(struct arena *, const char *text, size_t most_characters);
const char *outside_exact(struct arena *, const char *text, size_t most_characters);
/* The event with every text harmless. Nothing of it is written to; what is harmless already is
   shared. */
const struct event *outside_event(struct arena *, const struct event *);
/* The texts of a fact that was read from a journal. */
void outside_fact(struct arena *, struct fact *);

#endif
