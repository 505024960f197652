/* What a person can do about a case, or about what was found lifted: one row each. Cards and posts
   take their buttons from it, a pressed button its meaning, forms their fields, and chats without
   buttons their words. */
#ifndef REGUARD_ACTION_H
#define REGUARD_ACTION_H

#include "core/buf.h"
#include "core/message.h"
#include "core/policy.h"

/* In the order in which they stand on a card. */
enum action {
    ACTION_APPROVE,
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
    ACTION_COUNT,
    ACTION_NONE = ACTION_COUNT
};

/* What a form asks for. How long is optional where an account is asked for: there is a default. */
enum form_field {
    FORM_ACCOUNT = 1 << 0,
    FORM_DURATION = 1 << 1,
    FORM_TASK = 1 << 2,
    FORM_TICKET = 1 << 3,
    FORM_REASON = 1 << 4,
};

struct action_row {
    const char *name;  /* of its button at the edge (interface.md 4); NULL: it has none */
    const char *verb;  /* of the command that does it; names its form at the edge, too */
    const char *label; /* of its button */
    enum button_style style;
    const char *typed; /* the same in words, without the word that calls us; G-0001 stands for the
                          case */
    bool lowers;       /* as its command: not taken from a conversation with one person */
    bool yes;          /* what the button says beside the verb */
    ms_t for_ms;
    const char *title, *submit; /* of the form that asks for more */
    unsigned fields;            /* enum form_field; 0: it has no form */
};

const struct action_row *action_row(enum action);
/* ACTION_NONE when no button has that name. */
enum action action_named(const char *name);
/* The row of the form with that name; NULL: none is ever opened. */
const struct action_row *action_form(const char *name);
/* Approve, decline or ACTION_NONE. */
enum action action_of_reaction(const struct policy *, const char *reaction);
/* As somebody types it about that case. */
void action_add_typed(struct buf *, enum action, const char *case_id);

#endif
