/* SPDX-License-Identifier: Apache-2.0 */
/* What we ask of the world. The desk makes effects, the engine keeps what is to be said (SAY) in
   the outbox, adapters perform them. Each outcome comes back as an event that carries the effect's
   id. Strings are lent for the turn; an adapter copies what it needs longer. */
#ifndef REGUARD_EFFECT_H
#define REGUARD_EFFECT_H

#include "core/base.h"
#include "core/message.h"

/* clang-format off */
#define EFFECT_KINDS(X)                                                                           \
    X(SURVEY, "survey")             /* provider -> SURVEYED */                                       \
    X(CHANGE, "change")             /* provider -> CHANGE_ACCEPTED, _REFUSED or _UNKNOWN */          \
    X(IDENTIFY, "identify")         /* chat  -> IDENTIFIED */                                     \
    X(SAY, "say")                   /* engine: outbox, every chat; then DELIVER */                \
    X(DELIVER, "deliver")           /* chat  -> DELIVERED, DELIVERY_FAILED or DELIVERY_UNKNOWN */ \
    X(ANSWER, "answer")             /* chat; to one person, best effort; see inbox_answered */     \
    X(FORM, "form")                 /* chat; opens a form or draws it anew, best effort */        \
    X(REPLY, "reply")               /* engine: what a form that was sent shows; see event.reply */ \
    X(HOME, "home")                 /* chat; a person's own page, best effort */                  \
    X(OFFER, "offer")               /* engine: accounts that fit what somebody types */            \
    X(CATCH_UP, "catch_up")         /* chat: what was said while we were away; -> CAUGHT_UP */    \
    X(LOOK_BACK, "look_back")       /* chat  -> LOOKED_BACK: our own newest messages */           \
    X(LEAVE_WORD, "leave_word")     /* chat  -> WORD_LEFT: a message that appears later */        \
    X(TAKE_WORD, "take_word")       /* chat  -> WORD_TAKEN: it does not */                        \
    X(READ_WORDS, "read_words")     /* chat  -> WORDS_READ: those that stand there */             \
    X(MAIL, "mail")                 /* mail  -> MAIL_SENT or MAIL_FAILED */                       \
    X(RUN, "run")                   /* program -> MAIL_SENT or MAIL_FAILED, as of a mail */          \
    X(ERRAND, "errand")             /* watcher -> ERRAND_TOLD */                                      \
    X(ROOT_LOOK, "root_look")       /* watcher -> ROOT_FOUND */                                   \
    X(ROOT_USERS, "root_users")     /* engine: looks at all root users; -> ROOT_USERS */          \
    X(RECALL, "recall")             /* engine: answers from the store */
/* clang-format on */

/* Whose need an effect serves. Each class has places, calls and a pacing of its own in every queue
   on the way out: no other class can use up what a restore needs. Within a class, first come is
   first served. */
enum urgency {
    URGENCY_ORDINARY, /* what people ask for */
    URGENCY_RAISES,   /* what people ask for that only raises protection: done, put-back */
    URGENCY_GUARDS,   /* what reguard does by itself: the watch, a change, its proof, alarms */
};
enum { URGENCIES = 3 };

#define EFFECT_ENUM(name, text) EFFECT_##name,
enum effect_kind { EFFECT_KINDS(EFFECT_ENUM) EFFECT_KIND_COUNT };
extern const char *const effect_names[EFFECT_KIND_COUNT];

struct people;
struct effect_survey {
    unsigned parts;      /* enum survey_part */
    const char *account; /* 12 digits, the provider's id of it, or a name */
    bool list;           /* all accounts that something can be lifted for, in place of matches */
    const char *task_id;
    /* Set by the engine: of the roster only the users come back that [people] points to or that
       have one of these ids, and whom the feed names. NULL: all of them. Lent for the call. */
    const struct people *people;
    const char *const *user_ids;
    size_t user_id_count;
};
struct effect_change {
    bool on;                /* wanted value of the guardrail */
    const char *decided_on; /* flags text; another document now: refuse as moved. NULL: any */
    ms_t leave_before_ms;   /* what it rests on is too old then: refuse as moved; 0: never */
    ms_t leave_within_ms;   /* the same from the moment it is performed; set by the engine */
    ms_t answer_within_ms; /* an answer is waited for no longer; 0: as configured; set there, too */
};
/* The same as a file, to be kept: at most once for each answer, best effort, to that person alone
   where the chat has that. */
struct effect_file {
    const char *name; /* plain ASCII, without a folder */
    const char *text; /* plain lines in UTF-8, each with its line feed; LIMIT_FILE_BYTES at most */
    const char *case_id; /* whose records the engine adds below them; NULL: nobody's */
    const char *card_id; /* set by the engine: of its card in that chat; NULL: not known there */
    const char *what;    /* in a sentence: "receipt" */
};
struct effect_answer {
    const char *person_id;          /* chat id */
    const char *thread_id;          /* NULL: none */
    const char *reply_url;          /* secret; preferred when there */
    bool direct;                    /* asked in a direct conversation: answer there */
    bool alone;                     /* nobody else may read it: it is said in a direct conversation,
                                       which is made where there is none, or not at all */
    const char *event_id;           /* what it answers; NULL or "": it is kept nowhere */
    const char *text;               /* rich */
    const struct panel *panel;      /* the same with buttons, where the chat shows it to them alone;
                                       NULL: there is none */
    const struct effect_file *file; /* NULL: there is none */
};
/* What a person's own page shows. panel NULL: they may not see it. */
struct effect_home {
    const char *person_id;
    const struct panel *panel;
    const char *otherwise; /* how to get access; rich */
    bool again;            /* nobody has opened it just now: only what is new is shown */
};
enum { FORM_LENGTHS = 10, FORM_FAULTS = 6 };
enum form_stage {
    FORM_ASKS,
    FORM_CHECKS, /* it was sent, and what was asked for is being looked into */
    FORM_TELLS,  /* what became of it: problem, and nothing else */
};
/* What is wrong with one field; rich. */
struct form_fault {
    unsigned field; /* enum form_field */
    const char *text;
};
struct effect_form {
    const char *form; /* name of an action_form */
    enum form_stage stage;
    const char *trigger;
    const char *view, *edition; /* the open one that is drawn anew; NULL: it is opened */
    const char *handle;         /* comes back in event_submitted.handle */
    const char *account, *duration, *task, *ticket, *reason; /* prefilled */
    const char *account_text;               /* as it is shown; NULL or "": as it is */
    const char *target;                     /* prefilled: what the chosen task is done to */
    const char *target_label, *target_hint; /* what that is, and how it is named; NULL: nothing */
    bool anyway;                            /* likewise, ticked */
    bool mailbox_asked, mailbox;            /* whether they can read the mailbox is asked; ticked */
    ms_t lengths[FORM_LENGTHS];             /* to choose from, ascending */
    size_t length_count;
    const char *guide; /* of the chosen task; rich; "" for none */
    bool no_window;    /* the chosen task needs none: it has to be asked for all the same */
    bool runs;         /* likewise, and reguard itself does it, unless a window is asked for */
    struct form_fault faults[FORM_FAULTS]; /* REPLY: it stays as it is, with these at its fields */
    size_t fault_count;
    const char *account_hint; /* how one is named, at the provider */
    bool ticket_required;
    const char *problem;            /* shown on top, "" for none */
    struct effect_answer otherwise; /* when the chat does not open it: how to say it in words */
};
struct effect_deliver {
    enum message_kind kind;
    const char *key, *body; /* body: what render made */
    const char *edit_id;    /* remote id of the message to replace; NULL: a new message */
    const char *thread_id;  /* remote id of the card to answer under; NULL: none */
    const char *person_id;  /* MESSAGE_DIRECT: chat id */
    const char *card_id;    /* MESSAGE_DIRECT: remote id of the card that it is about, for a link;
                               NULL: none */
    bool look_first; /* an earlier attempt's outcome is unknown: look for the key before sending */
    bool tried;      /* before, perhaps with an earlier body */
    ms_t first_attempt_ms; /* of this message, for that look */
    /* It stands there under that remote id, and nothing is sent: other ones of ours with its key
       are looked for and taken away; NULL: it is to be sent. body: as it was sent. DELIVERED: the
       chat was looked through. Only where adapter_ops.may_double. */
    const char *stands_id;
};
/* Everything said in the chat since its mark, in the threads of these messages too, and the votes
   on them. The engine fills it in. */
struct effect_catch_up {
    ms_t since_ms;                  /* for a chat that has no mark yet; 0: only from now on */
    const char *const *message_ids; /* messages of open cases */
    size_t message_count;
};
/* Our own newest messages; further back than a page of them only where that is asked for. */
struct effect_look {
    ms_t since_ms; /* all of them since then, by the chat's clock; 0: those of the newest page */
};
struct effect_word {
    ms_t at_ms;       /* LEAVE_WORD: when it appears, wall clock */
    const char *text; /* rich */
    const char *id; /* TAKE_WORD: as WORD_LEFT told. LEAVE_WORD: this one stands and says the same;
                       its time begins anew instead; NULL: none */
};
/* One of what is offered: as it is shown, and what comes back when it is chosen. */
struct choice {
    const char *text, *value;
};
/* Goes with the acknowledgement of the event with that receipt, within Slack's three seconds. */
struct effect_offer {
    const char *text;
    uint64_t receipt;
};
/* RUN: the same text for a program. */
struct effect_mail {
    const char *to, *subject; /* to: an address; RUN: the program's absolute path */
    char *text;               /* it may hold a code: wiped once the adapter has it */
};
/* A task of a root user without a window. It looks at what stands there; and where it is to be
   done, does it when that has still this digest, and looks once more. */
struct effect_errand {
    const char *task;             /* of tasks.h */
    const char *account, *target; /* 12 digits; as a doable of tasks.h takes it */
    const char *digest;           /* NULL: it only looks */
    ms_t leave_before_ms; /* what it rests on is too old then, and it is not done; 0: never */
    ms_t leave_within_ms; /* the same from the moment it is performed; set by the engine */
};
/* The engine answers from the store: history and cases that have left the desk. */
struct effect_recall {
    const char *case_id; /* NULL: the newest `count` */
    int count;
    bool full;                   /* of one case: also where the rest of it stands */
    struct effect_answer answer; /* text is filled in */
};

struct effect {
    enum effect_kind kind;
    enum urgency urgency;
    uint64_t id;      /* made from the fact that caused it; never 0, but for an ANSWER of which
                         nobody waits to hear that it has arrived */
    const char *chat; /* for chats: adapter's name; NULL: all of them */
    union {
        struct effect_survey survey;
        struct effect_change change;
        struct {
            const char *identify; /* chat id */
            bool zone;            /* where their clock stands is wanted as well */
        };
        struct message say;
        struct effect_deliver deliver;
        struct effect_answer answer;
        struct effect_form form;
        struct effect_home home;
        struct effect_catch_up catch_up;
        struct effect_look look;
        struct effect_word word;
        struct effect_offer offer;
        struct effect_mail mail; /* RUN as well */
        struct effect_recall recall;
        struct effect_errand errand;
        const char *root_of; /* ROOT_LOOK: of which account, 12 digits; it changes nothing */
        ms_t found_since_ms; /* ROOT_USERS: what was found since then is not asked again */
    };
};

#endif
