/* SPDX-License-Identifier: Apache-2.0 */
/* A verb of the chat: how its words are read, what it needs to know, and what it does. One row each
   in commands/table.c. */
#ifndef REGUARD_COMMAND_H
#define REGUARD_COMMAND_H

#include "core/err.h"
#include "core/request.h"
#include "core/verdict.h"
#include "core/words.h"

struct casefile;
struct desk;
struct inquiry;
struct inquiry_checked;
struct command;

enum command_gate {
    GATE_MAPPED = 1 << 0,   /* the chat identity must stand for one row of [people] */
    GATE_RAISES = 1 << 1,   /* only ever raises protection: never held back by the rate limit */
    GATE_LOWERS = 1 << 2,   /* lowers protection, keeps it down or quietens the alarm: taken only on
                               records that are believed */
    GATE_ANSWERS = 1 << 3,  /* answers a question: which one is fixed when it is received */
    GATE_ANYWHERE = 1 << 4, /* works from other channels, too: looks only, or never lowers */
    GATE_AT_AWS = 1 << 6,   /* takes a way to AWS: where there is none, help does not show it */
    GATE_COUNTS = 1 << 5,   /* so many in a day for each person: quota.h */
};

/* Who is asking, as far as the event tells, with the person of [people] (NULL when unmapped). */
struct asker {
    const struct event *event;
    const struct person *person;
    const char *why_unmapped;
};

/* What an inquiry brought. user is the asker's one active user, or NULL with the reason in
   why_no_user. */
struct findings {
    const struct survey *survey;
    const struct roster_user *user;
    const char *why_no_user;
    bool is_admin;
};

struct command {
    const char *name, *alias;              /* alias may be NULL */
    const char *usage, *summary, *example; /* usage without the word that calls us */
    unsigned gates;
    /* Words after the verb into the request; false with a sentence that says what is wrong. */
    bool (*read)(const struct desk *, struct words *, struct request *, struct err *);
    /* The right form with what was understood of the person's own words, for an answer to words
       that could not be read. NULL: the example does. */
    const char *(*complete)(const struct desk *, const struct request *, struct arena *);
    /* What has to be known before: enum survey_part, 0 for nothing. Also asks for the chat identity
       to be read when GATE_MAPPED. */
    unsigned (*needs)(const struct desk *, const struct request *);
    /* Acts at once on commands that need nothing from outside. May be NULL when `settle` does
       everything. Returns true when the event is answered, false to go on with an inquiry. */
    bool (*decide)(const struct desk *, const struct asker *, const struct request *,
                   struct verdict *);
    /* Acts with the findings. Answers through answer_inquiry. NULL when decide always answers. */
    void (*settle)(const struct desk *, const struct inquiry *, const struct findings *,
                   struct verdict *);
    /* Acts when what the task would be done to was looked at (inquiry_look), with what was checked
       before; NULL: nothing ever is. */
    void (*looked)(const struct desk *, const struct inquiry *, const struct inquiry_checked *,
                   const struct event *, struct verdict *);
};

/* The command that shows what is going on, and its button at the edge; about no case. */
#define COMMAND_COCKPIT "cockpit"
#define COMMAND_STATUS "status"

const struct command *command_named(const struct desk *, const char *name);
/* The command with the smallest edit distance, when it is close enough to be meant; else NULL. */
const struct command *command_meant(const struct desk *, const char *name);

#endif
