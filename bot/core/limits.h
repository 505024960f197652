/* SPDX-License-Identifier: Apache-2.0 */
/* Every ceiling of the program, one line each. Crossing one is an ordinary error, never a crash. */
#ifndef REGUARD_LIMITS_H
#define REGUARD_LIMITS_H

#include "core/base.h"

/* Of what is read back: the end of the year 9999, and the longest window there could be. */
#define LIMIT_INSTANT_MS ((ms_t)253402300799999)
#define LIMIT_WINDOW_MS (366 * MS_DAY)

enum {
    /* the desk */
    /* Requests and windows that are open at once. What becomes of one may concern all, as when the
       switch is proved on again: then each has its share of a turn's messages
       (LIMIT_VERDICT_EFFECTS), of the places of the reads and of what people can take in. Whoever
       asks for one more is told to end one first; what is found lifted has a place beside them. */
    LIMIT_OPEN_CASES = 32,
    /* Held at once: as many that are closed are looked after beside them. */
    LIMIT_CASES = 2 * LIMIT_OPEN_CASES,
    /* commands that wait for outside knowledge */
    LIMIT_INQUIRIES_ORDINARY = 48,   /* past these, one for each person of [people] */
    LIMIT_INQUIRIES_OF_A_PERSON = 4, /* of the ordinary ones */
    LIMIT_INQUIRIES_RAISING = 64,    /* past these, one for each person of [people] */
    LIMIT_LOOKS = 16,                /* of them, those that wait for what stands at AWS */
    LIMIT_INQUIRIES = LIMIT_INQUIRIES_ORDINARY + LIMIT_INQUIRIES_RAISING + 2 * 256,
    LIMIT_MORE_TIMES = 4,       /* extensions of one window that its receipt tells one by one */
    LIMIT_APPROVERS = 8,        /* approvals counted on one case */
    LIMIT_STANDING_VOTES = 512, /* reactions read on one message */
    LIMIT_POSTS_HEARD = 8,      /* newest posts of open cases on which a lock is looked for */
    LIMIT_REMINDER_STEPS = 16,
    LIMIT_PEOPLE = 256,         /* rows of [people] */
    LIMIT_SIGHTINGS = 256,      /* messages of our own read back from a chat at once */
    LIMIT_TWINS = 16,           /* other stores whose messages are followed */
    LIMIT_LEFT_WORDS = 40,      /* of the dead man, in all chats together */
    LIMIT_ALARMED = 32,         /* people mentioned when the records are in doubt */
    LIMIT_ASKED = 8,            /* people mentioned, and written to alone, when a question is put */
    LIMIT_ROOT_LINES = 20,      /* under one card, of root users that are used */
    LIMIT_ROOT_TRIES = 5,       /* and of those that somebody tried to use, beside them */
    LIMIT_CLEAN_REMINDERS = 14, /* daily ones, of what a window has left behind */
    LIMIT_ROOT_WINDOWS = 64,    /* that have left the desk, and AWS may still tell of */
    LIMIT_ROOT_ALARMS = 16,     /* accounts that are alarmed about in an hour */
    LIMIT_ROLES = 16,           /* admin_roles */
    LIMIT_RULE_CHANGES =
        32, /* of one reading of the configuration, each with a record of its own */
    LIMIT_VERDICT_FACTS = 192,
    LIMIT_VERDICT_EFFECTS = 512,
    LIMIT_COMMANDS_PER_MINUTE = 20, /* words, presses, reactions and forms of one person */
    LIMIT_ACTS = 2000,              /* acts_per_day */
    LIMIT_TALKERS = 2048,           /* persons outside of [people] whose rate is remembered */
    LIMIT_TALKER_LOOKS = 32,        /* places that are looked at in search of one of them */

    /* text, in bytes with the terminating NUL */
    LIMIT_ID_BYTES = 256,   /* any id of another service */
    LIMIT_NAME_BYTES = 128, /* a person's or an account's display name */
    LIMIT_EMAIL_BYTES = 256,
    LIMIT_REASON_BYTES = 601,
    LIMIT_REASON_CHARACTERS = 400,
    LIMIT_STRANGERS_BYTES = 1024, /* other stores seen in the chats, with their records */
    LIMIT_DOUBT_BYTES = 512,      /* why the records are in doubt */
    LIMIT_TICKET_BYTES = 65,
    LIMIT_TARGET_BYTES = 128,        /* what a task without a window is done to */
    LIMIT_POLICY_BYTES = 20 * 1024,  /* of a bucket (S3 User Guide, "Bucket policies") */
    LIMIT_POLICY_SHOWN_BYTES = 1600, /* of it, on the card */
    LIMIT_POLICY_SHOWN_CHARACTERS = 1200,
    LIMIT_LINK_BYTES = 256,         /* an address that is shown as a link */
    LIMIT_COMMAND_BYTES = 8 * 1024, /* a command line as typed */
    LIMIT_WORDS = 1024,
    LIMIT_FLAGS_BYTES = 8 * 1024, /* the guardrail document as text */
    LIMIT_FLAGS = 128,
    LIMIT_FEED = 32,        /* changes of guardrails that the activity feed tells of, the newest */
    LIMIT_REVIEW_TASKS = 8, /* changes of ours that are looked over together */
    LIMIT_MESSAGE_BYTES = 16 * 1024, /* a rendered chat message */
    /* What is said before a chat renders it: a text, and a mention of each who is alarmed, which
       carries the address twice. */
    LIMIT_SAYING_BYTES = LIMIT_MESSAGE_BYTES / 2 + LIMIT_ALARMED * 2 * (LIMIT_EMAIL_BYTES + 4),
    LIMIT_ANSWER_BYTES = 4000,
    LIMIT_FILED_RECORDS = 256,    /* of a case that has left the desk, read while others wait */
    LIMIT_FILE_BYTES = 64 * 1024, /* that goes with an answer */
    LIMIT_FILES_UNDER_WAY = 4,    /* into each chat; what has no place is said, and not sent */
    LIMIT_ERROR_BYTES = 512,
    LIMIT_RULE_CHARACTERS = 600, /* of a setting's value on record */
    LIMIT_VAIN_TEXT_BYTES = 160, /* of the record of what somebody tried in vain */

    /* the shell */
    LIMIT_INBOX_EVENTS = 4096,           /* of people, waiting for their turn */
    LIMIT_INBOX_BYTES = 6 * 1024 * 1024, /* that they hold */
    LIMIT_TURN_EVENTS = 512,             /* handled in one transaction */
    LIMIT_TURN_BYTES = 6 * 1024 * 1024,  /* made while handling them */
    LIMIT_ARENA_BYTES = 64 * 1024 * 1024,
    LIMIT_HTTP_IN_FLIGHT = 48,
    LIMIT_HTTP_IN_FLIGHT_RESERVED = 16, /* of these, for what is urgent */
    LIMIT_HTTP_QUEUE = 1024,            /* in flight and waiting */
    LIMIT_HTTP_QUEUE_RESERVED = 256,
    LIMIT_STAX_CALLS = 64, /* under way or waiting, of what people ask for */
    LIMIT_STAX_CALLS_RAISING = 32,
    LIMIT_STAX_CALLS_GUARDING = 16,
    LIMIT_HTTP_HEAD_BYTES = 128 * 1024, /* all headers of one answer */
    LIMIT_HTTP_BODY_BYTES = 8 * 1024 * 1024,
    /* memory of all answers that are being read: of people's calls and the chats, with those that
       raise protection, with the watch and the restore; and what each has beside that */
    LIMIT_HTTP_BODIES_BYTES = 16 * 1024 * 1024,
    LIMIT_HTTP_BODIES_RAISING_BYTES = 24 * 1024 * 1024,
    LIMIT_HTTP_BODIES_GUARDING_BYTES = 40 * 1024 * 1024,
    LIMIT_HTTP_BODY_FREE_BYTES = 64 * 1024,
    LIMIT_SLICE_BYTES = 512 * 1024,             /* of an answer, in one turn of the loop */
    LIMIT_SLACK_ANSWER_BYTES = 2 * 1024 * 1024, /* of one that is no list of messages */
    LIMIT_DESCRIPTORS = 288, /* the loop's 256, and those of the store and of the libraries */
    LIMIT_WS_MESSAGE_BYTES = 1024 * 1024,
    LIMIT_WS_SEND_BYTES = 16 * 1024, /* Slack closes above 20,480 */
    LIMIT_WS_SEND_QUEUE_BYTES = 1024 * 1024,
    /* of SQS: a message is at most a megabyte (SQS Developer Guide, "Amazon SQS message quotas"),
       and an answer has no more either; CloudTrail's records have a quarter of it */
    LIMIT_ROOT_EVENT_BYTES = 256 * 1024,
    LIMIT_QUEUE_BYTES = 4 * 1024 * 1024,
    LIMIT_XML_BYTES = 64 * 1024, /* an answer */
    LIMIT_XML_DEPTH = 16,
    LIMIT_XML_ELEMENTS = 1024,
    LIMIT_JSON_DEPTH = 32,
    /* what json.h counts, at most 100 bytes of memory each */
    LIMIT_JSON_ELEMENT_VALUES = 2560, /* one of many in an answer: a hundred are a page */
    LIMIT_JSON_ELEMENT_BYTES = 512 * 1024,
    LIMIT_LIST_EVENTS = 50 * 1000, /* of an answer of a homeserver, its room's people among them */
    LIMIT_LEFT_OUT = 1000,         /* of them, before the answer is none */
    LIMIT_AROUND_BYTES = 512 * 1024,     /* around a list, in any answer */
    LIMIT_JSON_VALUES = 32 * 1024,       /* an event, an answer, a record */
    LIMIT_JSON_PAGE_VALUES = 256 * 1024, /* a page of messages */
    LIMIT_MEMORY_PAGES = 8192, /* of 4 KiB, of the store while its file cannot be written */
    LIMIT_CONFIG_BYTES = 256 * 1024,
    LIMIT_CONFIG_ERRORS = 64,
    LIMIT_SECRET_BYTES = 4096,
    LIMIT_READ_ATTEMPTS = 3,     /* of a chat; what passes is tried again so often */
    LIMIT_SLACK_CALLS = 512,     /* ordinary ones, under way or waiting */
    LIMIT_SLACK_SOCKETS = 4,     /* the one that hears, the next one, and those that drain */
    LIMIT_SLACK_RECEIPTS = 8192, /* envelopes that may still be acknowledged */
    LIMIT_SLACK_METHODS = 24,    /* whose Retry-After is kept apart */
    LIMIT_SLACK_DIRECTS = 64,    /* conversations whose id is remembered */
    LIMIT_TWICE = 16, /* messages of a chat that are looked for again; what has no room is not */
    LIMIT_SLACK_LOOK_PAGES = 50,       /* in search of one message of ours */
    LIMIT_SLACK_SIGHT_MESSAGES = 1000, /* for what our messages say of the records */
    LIMIT_MATRIX_LOOK_PAGES = 20,
    LIMIT_MATRIX_SIGHT_PAGES = 5,
    LIMIT_MATRIX_GAP_PAGES = 200, /* of what one answer of a homeserver left out */
    LIMIT_MATRIX_FED = 512,       /* events of a homeserver that are not on disk yet */
    LIMIT_MATRIX_VOTES = 256,     /* reactions remembered, so that a redaction means something */
    LIMIT_MATRIX_SEEDED = 64,     /* messages whose offered reactions are remembered */
    LIMIT_SEED_ATTEMPTS = 20,
    LIMIT_MATRIX_ANEW = 16, /* messages sent once more because the first one is gone */
    /* Waiting, to people of [people], and again to everybody else: a room takes one every few
       seconds, and an answer hours later helps nobody. */
    LIMIT_MATRIX_ANSWERS = 256,
    LIMIT_MAILS = 16,      /* waiting to be sent */
    LIMIT_ALARM_MAILS = 8, /* addresses that an alarm is mailed to */
    LIMIT_ALARM_RUNS = 4,  /* texts that wait for the program of [alarm] */
    /* private answers: to people of [people], and again to everybody else */
    LIMIT_ANSWERS_IN_FLIGHT = 4,
    LIMIT_ANSWERS_IN_FLIGHT_OF_OTHERS = 2,
    LIMIT_ANSWERS_QUEUED =
        2048, /* of each way, as many as LIMIT_TALKERS: all who may ask at once */
    LIMIT_ANSWERS_QUEUED_BYTES = 2 * 1024 * 1024, /* that they hold */
    LIMIT_ANSWERS_OF_A_PERSON = 8,
    LIMIT_ANSWERS_OWED = 64,  /* not known to have arrived */
    LIMIT_ANSWERS_GIVEN = 32, /* of those, in each chat, after a restart */
    LIMIT_ANSWERS_HELD = 64,  /* to messages of which it is not known yet what became of them */
    /* what the store keeps; the oldest gives way */
    LIMIT_EVENTS_KEPT = 500 * 1000,      /* ids of events that something came of */
    LIMIT_IDLE_EVENTS_KEPT = 200 * 1000, /* of those that changed nothing */
    LIMIT_ANSWERS_KEPT = 4000,           /* answers to them, to be given again to a repeat */
    LIMIT_MESSAGES_KEPT = 50 * 1000,     /* messages of cases that are closed: sent; waiting */
    LIMIT_SUPERSEDED = 64, /* reminders that one makes needless; what is beyond leaves, too */
    LIMIT_CARDS_KEPT = 10 * 1000,
    LIMIT_USERS = 20000,     /* of the organisation */
    LIMIT_USERS_KEPT = 1024, /* of them, those that [people] and the open cases are about */
    LIMIT_STAX_DOCUMENT_BYTES = 256 * 1024, /* any answer of Stax but its long lists */
    LIMIT_ACCOUNTS = 20000,                 /* on one page */
    LIMIT_ACCOUNTS_NAMED = 8,               /* that bear one name */
    LIMIT_ACCOUNTS_LISTED = 5000,           /* to choose from by typing */
    LIMIT_CHOICES = 50,                     /* offered at once */
    LIMIT_MATRIX_CLOCKS = 64,               /* people whose zone is known there at once */
    LIMIT_HOMES = 64,                       /* people whose own page is kept up to date */
    LIMIT_LATELY = 5,                       /* cases off the desk, shown with those on it */
    LIMIT_OFFERS = 32,                      /* that wait for the list */
    LIMIT_PAGES = 200,
    LIMIT_CURSOR_BYTES = 1000,    /* where to go on in a chat: two of them fit an address */
    LIMIT_HISTORY = 20,           /* in a chat */
    LIMIT_HISTORY_PRINTED = 1000, /* on the command line */
    /* looking back at what was said */
    LIMIT_LOOK_PAGE = 200, /* messages on a page */
    LIMIT_MATRIX_PAGE = 100,
    LIMIT_LOOK_WINDOWS = 512,       /* windows of time that are remembered while they wait */
    LIMIT_LOOK_EVENTS = 256,        /* messages for us that are held at once */
    LIMIT_LOOK_BYTES = 1024 * 1024, /* of these */
    LIMIT_LOOK_HEARD = 1024,        /* messages that are known to have come without a look */
};

#endif
