/* SPDX-License-Identifier: Apache-2.0 */
/* What we say, free of any chat's syntax. Strings marked rich may hold the marks that rich.h makes;
   text from outside has been made harmless at the border (outside.h), so it cannot hold marks. */
#ifndef REGUARD_MESSAGE_H
#define REGUARD_MESSAGE_H

#include "core/base.h"

enum message_kind {
    MESSAGE_CARD,   /* the one message of a case: posted once, edited afterwards */
    MESSAGE_POST,   /* a new message in the channel */
    MESSAGE_THREAD, /* a line under the card */
    MESSAGE_DIRECT, /* to one person alone, kept */
};

struct message_field {
    const char *label, *value; /* value rich */
};

enum button_style { BUTTON_PLAIN, BUTTON_PRIMARY, BUTTON_DANGER };
struct message_button {
    const char *action; /* interface.md 4: approve, decline, ... */
    const char *label;
    enum button_style style;
    const char *confirm_title, *confirm_text,
        *confirm_yes;   /* asked once more; NULL for no question */
    const char *handle; /* its value: of the case, or of the question that it answers */
    bool words_only;    /* pressing it is switched off: only said where there are no buttons */
    const char *typed;  /* the same in words, without the word that calls us, where only this case
                           tells them; "": the text beside it does; NULL: as its row has them */
    bool in_menu; /* seldom needed: behind a menu, where the chat has one; it asks once more */
    const char *case_id; /* of a message about several cases: which of them; NULL: the message's */
};

/* More than any card has; which fields there are depends on us alone, never on what came from
   outside. */
enum { MESSAGE_FIELDS = 16, MESSAGE_BUTTONS = 5 };
/* Cases that one message is about: each has its button, and a line of it, with all who are
   mentioned, within the 3,000 characters of a section (docs.slack.dev, "Section block"). */
enum { MESSAGE_CASES = MESSAGE_BUTTONS };

/* What a message says of the records it was made from: witness.h. */
enum { STORE_ID_BYTES = 17 };
struct witness {
    uint64_t record;   /* number of the newest one, 0 for none */
    const char *hash;  /* its hash */
    const char *store; /* whose records they are; NULL: the message bears no witness */
    ms_t since_ms;     /* when this process began */
    uint64_t epoch;    /* of the lease that it leads by; 0: the records are its own */
    ms_t said_ms;      /* when the message was made, by our clock */
    ms_t born_ms;      /* when the records began, by our clock */
    ms_t again_ms;     /* a newer sign of life is promised within that; 0: none is */
    ms_t until_ms;     /* of the case's open window: its end; 0: it has none */
    ms_t speaks_ms;    /* while the guardrail is or may be down because of any case: by then we
                          speak again; 0: it is not */
    const char *vigil; /* what the second pair of eyes did (vigil.h), which has no records; NULL: it
                          is none of its messages */
};

/* The same, read back from a chat: in our own form, or "" and 0. */
struct sighting {
    uint64_t record;
    char hash[65], store[17]; /* "" when it says nothing of them */
    ms_t since_ms;            /* since when the process ran that said it */
    uint64_t epoch;           /* as in the witness; 0: not told */
    uint32_t case_no;         /* 0 for none */
    char state[16];           /* of that case then, "" for none */
    ms_t said_ms, born_ms, again_ms, until_ms, speaks_ms; /* as in the witness; 0: not told */
    char vigil[16];                                       /* "" for none */
};

struct message {
    enum message_kind kind;
    const char *case_id; /* "" when no case is meant */
    const char *also;    /* ids of more that it is about, at most MESSAGE_CASES - 1, a blank between
                            them; NULL: none */
    const char *state;   /* interface.md 5, "" without case */
    const char *key;     /* unique for ever; set by the engine */
    const char *headline; /* rich, short: emoji, word, deadline */
    const char *body;     /* rich */
    struct message_field fields[MESSAGE_FIELDS];
    size_t field_count;
    const char
        *question; /* handle of the question that it puts: votes on it count for that one; "" */
    struct message_button buttons[MESSAGE_BUTTONS];
    size_t button_count;
    const char *footer;        /* rich, grey */
    const char *served_footer; /* in its place when there is nothing left to press on a post; NULL:
                                  the same */
    const char *text; /* rich; says everything that matters alone: notifications, screen readers */
    const char *to; /* MESSAGE_DIRECT: key of the person. Any other: of the one whose own matter it
                       is, and who is told alone as well; a chat that does not do that mentions
                       them. NULL: nobody's */
    const char *chat; /* only there; NULL: in every chat */
    bool alarm;       /* brought before everything else: the guardrail is off, or may be */
    bool reminds;     /* of what was said before, and says it whole: an earlier one of the same
                         cases that has not left need not leave any more */
    struct witness witness; /* set by the engine */
    bool names_record;      /* the footer has number and hash of the newest record already */
    bool votes;             /* reactions on it count: chats without buttons seed them */
    bool alone;             /* MESSAGE_DIRECT: it stands nowhere else, and may not */
    bool receipt;           /* a line under a card that is handed on alone: it leads to its card */
};
/* One that says this text and nothing else; the text is borrowed. */
static inline struct message message_saying(enum message_kind kind, const char *text)
{
    return (struct message){ .kind = kind,
                             .case_id = "",
                             .state = "",
                             .question = "",
                             .key = "",
                             .headline = "",
                             .body = text,
                             .text = text,
                             .footer = "" };
}

/* What is going on, for one person: the state, then the cases, one below the other. */
enum { PANEL_ROWS = 12 };
struct panel {
    struct message rows[PANEL_ROWS];
    size_t count;
};

#endif
