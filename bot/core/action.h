/* SPDX-License-Identifier: Apache-2.0 */
/* What a person can do about a case, or about what was found lifted: one row each. Cards and posts
   take their buttons from it, a pressed button its meaning, forms their fields, chats without
   buttons their words, help its verbs, and a command its refusal: what is offered is what is
   taken. */
#ifndef REGUARD_ACTION_H
#define REGUARD_ACTION_H

#include "core/buf.h"
#include "core/message.h"
#include "core/policy.h"

struct casefile;
struct desk;

/* Whose deed it would be, as far as that is known: for what is NULL, "" or 0 nothing is refused. */
struct doer {
    const char *key;      /* in [people] */
    const char *user;     /* their id at the provider */
    enum approve_way way; /* how they say it */
};

/* In the order in which they stand on a card. */
enum action {
    ACTION_NONE,
    ACTION_APPROVE,
    ACTION_RECOVER, /* approve, and password recovery with it */
    ACTION_DECLINE,
    ACTION_MAILBOX,
    ACTION_CODE,
    ACTION_WITHDRAW,
    ACTION_DONE,
    ACTION_RESTORE,
    ACTION_EXTEND,
    ACTION_SNOOZE,
    ACTION_PUT_BACK,
    ACTION_ADOPT,
    ACTION_CLEANED,
    ACTION_NOT_CLEANED,
    ACTION_LIFT,
    ACTION_AGAIN,
    ACTION_RUN,
    ACTION_CLEAN_UP,
    ACTION_COUNT
};

/* What a form asks for. How long is optional where an account is asked for: there is a default. */
enum form_field {
    FORM_ACCOUNT = 1 << 0,
    FORM_DURATION = 1 << 1,
    FORM_TASK = 1 << 2,
    FORM_TICKET = 1 << 3,
    FORM_REASON = 1 << 4,
    FORM_TARGET = 1 << 5, /* where the chosen task is done to something that has a name */
};

/* What is asked of a row. case NULL: none of ours is meant. */
struct action_ask {
    const struct desk *desk;
    const struct casefile *c;
    const struct doer *doer; /* never NULL */
    ms_t now_ms;
    struct arena *arena;
};

struct action_row {
    const char *name;  /* of its button at the edge (interface.md 4); NULL: it has none */
    const char *verb;  /* of the command that does it; names its form at the edge, too */
    const char *label; /* of its button */
    enum button_style style;
    const char *typed; /* the same in words, without the word that calls us; G-0001 stands for the
                          case */
    bool in_menu;      /* seldom needed: not among the buttons, but in a menu beside them */
    bool lowers;       /* as its command: not taken from a conversation with one person */
    bool free;         /* about no case at all: pressed without one */
    bool anew;         /* asks for something of its own, because of its case: opens the form of its
                          verb, filled with what that asked for */
    const char *task;  /* with anew: asks at once for that task in its case's account; NULL: no */
    bool yes;          /* what the button says beside the verb */
    ms_t for_ms;
    const char *title, *submit; /* of the form that asks for more */
    unsigned fields;            /* enum form_field; 0: it has no form */
    /* Which cases its words may mean; the only one is meant by whoever names none. NULL: it is
       about no case, but about the guardrail as it was found. */
    bool (*fits)(const struct casefile *);
    const char *none; /* the answer when none fits */
    const char *(*refusal)(const struct action_ask *);
    /* Whether its button has its place on the case's card, wherever it is possible; NULL: it stands
       under posts, or nowhere. */
    bool (*on_card)(const struct action_ask *);
};

const struct action_row *action_row(enum action);
/* ACTION_NONE when no button has that name. */
enum action action_named(const char *name);
/* The row of the form with that name; NULL: none is ever opened. */
const struct action_row *action_form(const char *name);
/* Approve, decline, restore (🔒) or ACTION_NONE. */
enum action action_of_reaction(const struct policy *, const char *reaction);
/* The row that a verb's words are read by; ACTION_NONE: it only looks. */
enum action action_of_verb(const char *verb);
/* Why it is not possible now, a whole answer in the arena, or NULL. Not asked: whether they are an
   Admin, which is read, and whatever else the words say. case NULL: none of ours. */
const char *action_refusal(enum action, const struct desk *, const struct casefile *,
                           const struct doer *, ms_t now_ms, struct arena *);
/* Some case, or the guardrail, is such that this verb is not refused to them. */
bool action_is_offered(const char *verb, const struct desk *, const struct doer *, ms_t now_ms,
                       struct arena *);
/* Another reguard has lifted it, so it can be put back without a case of ours. */
bool action_means_the_twins(const struct desk *, const struct casefile *, ms_t now_ms);
/* Somebody can type what the button does, and it is not in the text beside it. alone: they would in
   a conversation where nothing that lowers is taken. */
bool action_button_is_typed(const struct message_button *, bool alone, const struct policy *);
/* `word …`, as it is typed in place of a button of that message; rich. */
void action_add_button_typed(struct buf *, const char *word, const struct message *,
                             const struct message_button *);
/* A line for each button of the panel that somebody can type; rich. */
void action_add_panel_typed(struct buf *, const char *word, const struct panel *, bool alone,
                            const struct policy *);

#endif
