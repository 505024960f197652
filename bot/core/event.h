/* SPDX-License-Identifier: Apache-2.0 */
/* What happened outside: plain values that adapters decode and the desk decides on. Strings are
   lent and live until the end of the turn. Identity is raw here; person.h decides who that is. */
#ifndef REGUARD_EVENT_H
#define REGUARD_EVENT_H

#include "core/base.h"
#include "core/duration.h"
#include "core/message.h"

/* clang-format off */
#define EVENT_KINDS(X)                                                                          \
    /* people, through a chat */                                                                \
    X(SAID, "said") X(CLICKED, "clicked") X(REACTED, "reacted") X(UNREACTED, "unreacted")       \
    X(OPENED, "opened") X(TYPED, "typed") X(FILLED, "filled") X(SUBMITTED, "submitted") X(STANDING, "standing")                                                                   \
    /* the chats themselves, and what became of our messages */                                 \
    X(IGNORED, "ignored") X(JOINED, "joined") X(CHAT_UP, "chat_up") X(CHAT_DOWN, "chat_down")                       \
    X(CHAT_REFUSED, "chat_refused")                                                             \
    X(DELIVERED, "delivered") X(DELIVERY_FAILED, "delivery_failed")                             \
    X(DELIVERY_UNKNOWN, "delivery_unknown")                                                     \
    X(IDENTIFIED, "identified") X(MARK, "mark") X(LOOKED_BACK, "looked_back")                   \
    X(CAUGHT_UP, "caught_up") X(SIGHTED, "sighted") X(CROWDED, "crowded")                       \
    X(WORD_LEFT, "word_left") X(WORD_TAKEN, "word_taken") X(WORDS_READ, "words_read")           \
    /* provider and mail */                                                                    \
    X(SURVEYED, "surveyed") X(CHANGE_ACCEPTED, "change_accepted")                               \
    X(CHANGE_REFUSED, "change_refused")                                                         \
    X(CHANGE_UNKNOWN, "change_unknown") X(MAIL_SENT, "mail_sent") X(MAIL_FAILED, "mail_failed") \
    /* ourselves */                                                                             \
    X(STARTED, "started") X(DUE, "due") X(RESTORE_ORDERED, "restore_ordered")                   \
    X(STORE_DOUBTED, "store_doubted") X(STORE_ACCEPTED, "store_accepted")                       \
    X(STORE_LOST, "store_lost") X(STORE_BACK, "store_back")                                     \
    X(RULES_READ, "rules_read") X(RULES_REFUSED, "rules_refused")                               \
    /* whoever watches root users */                                                            \
    X(ROOT_USED, "root_used") X(ROOT_WATCH, "root_watch") X(ROOT_FOUND, "root_found")           \
    X(ROOT_USERS, "root_users")                                                                 \
    /* whoever does tasks of root users */                                                     \
    X(ERRAND_TOLD, "errand_told")
/* clang-format on */

#define EVENT_ENUM(name, text) EVENT_##name,
enum event_kind { EVENT_KINDS(EVENT_ENUM) EVENT_KIND_COUNT };
extern const char *const event_names[EVENT_KIND_COUNT];

/* What a chat says of a person. A fact that the chat did not give counts against the person:
   UNREAD. */
enum identity_flag {
    IDENTITY_GUEST = 1 << 0,     /* Slack is_restricted, is_ultra_restricted */
    IDENTITY_STRANGER = 1 << 1,  /* external member, stranger, another team's or server's id */
    IDENTITY_BOT = 1 << 2,       /* bot, workflow, or a message posted through an app */
    IDENTITY_GONE = 1 << 3,      /* deleted, deactivated, not in the room */
    IDENTITY_INVITED = 1 << 4,   /* invited, never joined */
    IDENTITY_UNREAD = 1 << 5,    /* could not be read, or a needed field was absent */
    IDENTITY_MALFORMED = 1 << 6, /* the id itself is outside the strict grammar */
};

/* CHAT_REFUSED: what still goes there, although it cannot be served. Nothing that lowers protection
   is taken from it. */
enum chat_still {
    CHAT_POSTS = 1 << 0,   /* messages in the channel */
    CHAT_TRIES = 1 << 1,   /* they are refused; one is tried now and then, because only that shows
                              when they are taken again */
    CHAT_DIRECTS = 1 << 2, /* messages to one person */
};

struct effect_form;
struct choice;
enum event_place { PLACE_CHANNEL, PLACE_DIRECT, PLACE_ELSEWHERE };

/* The random bytes of a turn: each use has its own, so that none tells another. */
enum {
    ENTROPY_JITTER = 0,
    ENTROPY_CASE = 16,     /* handle of a new case; new id of the store */
    ENTROPY_QUESTION = 32, /* handle of a new question */
    ENTROPY_CODE = 48,     /* a code that is mailed */
    ENTROPY_BYTES = 64,
};

/* Who did it and where, for SAID CLICKED REACTED UNREACTED OPENED TYPED FILLED SUBMITTED. */
struct event_actor {
    const char *id; /* immutable chat id */
    unsigned flags; /* enum identity_flag: those the event itself shows */
};

struct event_said {
    const char *text; /* without the command word or the mention */
    bool edited;      /* an edited message: never acted on */
    bool can_open_form;
    const char *unseen; /* set by the engine for what approves: handles of questions that stand in
                           no chat yet, a blank between; NULL: none */
};
struct event_clicked {
    const char *action, *handle;
    const char *text;  /* said where it was pressed, to begin a form with; NULL: nothing */
    uint32_t case_no;  /* which case it is about, as it says itself; 0: it does not. It counts for
                          nothing but for which records are read */
    const char *words; /* a command line that the button carries, to fill a form with; NULL: none */
    bool panel;        /* in what we showed this person alone, where each question stands in full */
    bool foreign;      /* in what one person alone sees, and not shown to this one as it is */
    bool page;         /* on a person's own page, which stands until it is drawn anew */
    const char *unseen; /* as of words, for what approves from a message to one person alone */
};
struct event_reacted {
    const char *reaction; /* normalised: no colons, skin tone or variation selector */
    const char *order; /* the chat's own order of such events, compared as text; NULL: none told */
};
/* Every vote that stands on a message now, as read there. */
struct standing_vote {
    const char *person, *reaction;
};
struct event_standing {
    const struct standing_vote *votes;
    size_t count;
    bool whole; /* none is left out, so what is not there was taken back */
};
/* SUBMITTED: it was sent. FILLED: something was chosen in one that is still open. */
struct event_submitted {
    const char *form;   /* name of an action_form */
    const char *handle; /* of the case, "" where it is about none */
    const char *account, *duration, *task, *ticket, *reason;
    const char *target;       /* what the task is done to */
    const char *account_text; /* as it was offered; NULL or "": as it is */
    bool anyway;              /* "ask anyway" is ticked */
    bool mailbox;             /* "I can read the root mailbox" is ticked */
    const char *view; /* the open form, where what is wrong can be shown in it; NULL: it closes */
    const char *edition; /* which state of it this is about; NULL: not told */
};

/* Somebody types into a field that offers accounts. */
struct event_typed {
    const char *text;
};

/* What the port calls a user or an account that may act. Any other status is the provider's own
   word for one that may not. */
#define STATUS_ACTIVE "ACTIVE"

struct roster_user {
    const char *id, *email, *name, *role, *status;
};
enum account_kind {
    ACCOUNT_OTHER, /* not known to be bound by the guardrail: nothing is lifted for it */
    ACCOUNT_MEMBER,
    ACCOUNT_SECURITY,  /* a member that guards or records what the others do */
    ACCOUNT_MANAGEMENT /* the guardrail does not bind it */
};
struct account {
    const char *id, *aws_id, *name, *email;
    const char *role, *status; /* role: the provider's own word for its kind */
    const char *why_no_email;  /* for people, when the root e-mail address is not known */
    enum account_kind kind;
};

/* Parts of what can be read from the provider in one go. */
enum survey_part {
    SURVEY_ROSTER = 1 << 0,  /* all users, Team and Federated */
    SURVEY_ACCOUNT = 1 << 1, /* accounts that match effect.survey.account; count of members */
    SURVEY_ORGANISATION = 1 << 2,
    SURVEY_GUARDRAIL = 1 << 3,
    SURVEY_TASK = 1 << 4, /* effect.survey.task_id */
    SURVEY_FEED = 1 << 5, /* who changed guardrails lately */
};
enum { SURVEY_PARTS = 6 };

enum task_status { TASK_RUNNING, TASK_SUCCEEDED, TASK_FAILED, TASK_GONE };
enum service_status {
    SERVICE_ACTIVE,
    SERVICE_CONFIGURING,
    SERVICE_ERROR,
    SERVICE_INACTIVE,
    SERVICE_OTHER
};

/* A change of guardrails as the activity feed tells it: who, by which task, when by its own clock.
   What was changed it does not tell. */
struct feed_entry {
    const char *user_id, *task_id; /* NULL when it does not tell */
    ms_t at_ms;
};

struct survey {
    unsigned asked, read; /* enum survey_part; read is the subset that succeeded */
    const char *failure;  /* why asked != read, for people: "users: timed out after 15 s" */
    const struct roster_user *users;
    size_t user_count;
    const struct account *accounts; /* matches only */
    size_t account_count;
    size_t accounts_found; /* all of them; at most LIMIT_ACCOUNTS_NAMED are in the list */
    int64_t member_count;  /* active accounts that the guardrail protects */
    const char *organisation_id, *organisation_alias; /* SURVEY_ORGANISATION */
    const char *flags; /* SURVEY_GUARDRAIL: the whole document, see flags.h */
    const char *document_organisation_id;
    enum service_status service_status;
    bool enabled;           /* the provider says so; what does not say it is not */
    const char *exclusions; /* whom the guardrails do not bind, for people; "" for nobody */
    ms_t modified_ms;       /* by the provider's clock; 0: not told */
    enum task_status task_status;
    const char *task_log;          /* the last line, "" when there is none */
    const struct feed_entry *feed; /* SURVEY_FEED, newest first */
    size_t feed_count;
};

struct event_change {
    const char *task_id; /* ACCEPTED; "" when the answer carried none */
    int http_status;     /* REFUSED; 0 when the adapter itself refused */
    bool busy;           /* REFUSED: another change runs (409), too many calls (429); again later */
    bool moved; /* REFUSED: what this was decided on is not so any more; nothing was sent */
    ms_t retry_after_ms; /* 0 when not told */
    /* ACCEPTED, UNKNOWN: the document right before it, and its ModifiedTS; NULL: nothing left */
    const char *flags;
    ms_t modified_ms;
};
/* STORE_DOUBTED: the records do not fit the world. STORE_LOST: they cannot be written. STORE_BACK:
   they can again; record: one that was not certain was written all the same, 0 for none. */
struct event_doubt {
    const char *why; /* a clause for people */
    uint64_t
        record; /* the record concerned, 0 for none; and the hash that it should have, or has */
    const char *hash;
};
/* LOOKED_BACK: our own newest messages in that chat, and what the engine makes of them. SIGHTED:
   one that has just come, of whatever process. */
struct event_looked {
    const struct sighting *seen;
    size_t count;
    const char *why; /* they do not fit the records: a clause; NULL when they do */
    uint64_t record; /* the one that does not fit, 0 for none, and its hash */
    const char *hash;
    const char *strangers; /* "STORE:RECORD …": whose messages do not fit, and up to which record */
    uint32_t last_case;    /* the highest case number among them */
};
/* CROWDED: the chat has counted more connections of ours than there are, more than once and for a
   while; registered == ours: not any more. */
struct event_crowded {
    int64_t registered, ours;
};
/* CHAT_UP; set by the engine but for the last three: what is known of the time before. */
struct event_chat_up {
    ms_t heard_ms;  /* heard in full until then; 0: never */
    bool deaf_told; /* that it was not heard in full since then */
    ms_t holds_ms;  /* told by the chat: how far ahead it takes a message that appears later; 0: it
                       takes none */
    bool moves;     /* the time of one that stands can begin anew */
    const char *holds_why; /* why it takes none: a clause; NULL when nothing is to be told */
};
/* WORD_LEFT, WORD_TAKEN. */
struct event_word {
    const char *id; /* there */
    ms_t at_ms;     /* when it appears, as the chat has it */
    /* with error */
    bool in_doubt;       /* it may have been done all the same */
    ms_t retry_after_ms; /* 0 when not told */
    ms_t holds_ms;       /* it was too far ahead: no further than this; 0: not told */
};
/* WORDS_READ: what stands there and was left with our account. */
struct standing_word {
    const char *id, *text;
    ms_t at_ms;
};
struct event_words {
    const struct standing_word *all;
    size_t count;
};
/* CAUGHT_UP. With error: it has to be done again; what came before is kept all the same. */
struct event_caught_up {
    ms_t retry_after_ms; /* 0 when not told */
    size_t left_out;     /* messages that were too long to be read */
    ms_t again_ms;       /* when the chat wants to be looked back at once more; 0: when it comes */
};
struct rule_change {
    const char *setting, *was, *now; /* "[policy] approvals", as they stand in the file; "": none */
};
/* RULES_READ: those in force from now on. RULES_REFUSED: problem, and left_out others. */
struct event_rules {
    const char *digest, *digest_before; /* of all of them; "" when none are on record */
    bool unknown_before;                /* there were others, and nobody knows which */
    bool at_start;
    const struct rule_change *changes;
    size_t count, left_out;
    const char *file, *owner, *owner_id; /* "root (uid 0)", "0" */
    ms_t written_ms;
    const char *problem;
};
/* ROOT_USED: a root user's own credentials were used. With error: what has come cannot be read, and
   nothing of it is known. ROOT_WATCH: such events are read from now on; with error: they cannot be.
 */
enum root_mfa { ROOT_MFA_UNKNOWN, ROOT_WITH_MFA, ROOT_WITHOUT_MFA };
struct event_root {
    const char *account; /* 12 digits */
    const char *name;    /* of the call, ConsoleLogin among them */
    const char *address; /* from where; "" when it is not told */
    enum root_mfa mfa;   /* as the sign-in or its session tells */
    bool denied;         /* it was refused */
    ms_t happened_ms;    /* by AWS's clock */
};
/* ROOT_FOUND: what a root user has. With error: why nobody can tell. */
struct event_root_found {
    bool password;
    int64_t keys, certificates; /* access keys and signing certificates: all of them */
    int64_t usable;             /* of both, those that are not switched off */
    int64_t usable_keys;        /* of usable, the keys */
    int64_t mfa_devices;
    ms_t made_ms;       /* the newest of both was made then, by AWS's clock; 0: there is none */
    ms_t since_ms;      /* the oldest of what can be used was made then, likewise; 0: nothing can */
    ms_t used_ms;       /* the latest use that is told of; 0: none is */
    const char *digest; /* as the task of recovery has it where there is no password; "" or NULL:
                           there is one */
    bool passes;        /* with error: it may be otherwise in a while */
};
/* ROOT_USERS: how far the engine is with all of them. With error: it cannot look at any. */
struct root_rows;
struct event_roots {
    const struct root_rows *all; /* lent */
    bool over;
};
/* ERRAND_TOLD: what stands there now. With error and not known: why it is not; known all the same:
   why AWS did not say whether it took what it was asked for, so that it may do it yet. */
struct event_errand {
    bool known;
    const char *policy; /* "": none stands there any more; nothing in it but blanks left out */
    const char *digest; /* of it, as it stands there: SHA-256 in hex; "": of none */
    int64_t bytes;
    bool left;    /* it may have been done: the call has left */
    bool refused; /* with error: for good, so that asking again helps nobody */
};
struct event_delivery {
    const char *key;       /* of the outbox row */
    const char *remote_id; /* DELIVERED: the message's id in that chat */
    bool as_first_sent;    /* DELIVERED: by an earlier attempt, and perhaps with an earlier body */
    ms_t retry_within_ms;  /* FAILED: something else will be tried by then; 0: nothing */
    bool plainer;     /* DELIVERED: in a plainer form, because the chat refused the wanted one */
    bool for_ever;    /* FAILED: known to be final for this very message, and for no other reason */
    bool target_gone; /* FAILED: the message to edit or to answer under is not there any more */
    bool channel_closed; /* FAILED: the channel takes no posts (token, right, read-only, archived,
                            left); direct messages may still go. The message stays due */
    ms_t retry_after_ms;
    /* FAILED: set by the outbox when it gives the message up. What was to be said, and to whom
       (a key of [people], "" for the channel). */
    bool given_up;
    enum message_kind kind;
    uint32_t case_no;
    const char *to;
    bool of_channel; /* set by the outbox: it says of the channel what was not known */
    bool found; /* DELIVERED, set by the engine: an earlier process had brought it, and people may
                   have spoken under it and voted on it since */
};

/* No clock on earth is further from UTC. */
#define EVENT_ZONE_MOST_MS (14 * MS_HOUR)

struct casefile;
struct event {
    enum event_kind kind;
    const char *chat;   /* adapter's name; "" for ourselves */
    const char *id;     /* what a repeat of this event is recognised by; NULL for results */
    ms_t at_ms;         /* wall clock, set by the engine when the turn takes it */
    uint64_t effect_id; /* the effect this answers; 0 for none */
    const char *error;  /* results that failed: what happened, for people */
    struct event_actor actor;
    enum event_place place;
    const char *home; /* PLACE_ELSEWHERE: id of the channel that is served. PLACE_DIRECT: the same,
                         where that alone takes what lowers protection; NULL: so does this one */
    const char *message_id;   /* the message said, clicked in or reacted to */
    const char *thread_id;    /* root of its thread, NULL outside threads */
    const char *reply_url;    /* secret; where a private answer may go, NULL for none */
    const char *trigger;      /* for a form; short-lived, NULL for none */
    uint32_t case_of_message; /* set by the engine: the case whose message it is, 0 for none */
    uint32_t also_of_message[MESSAGE_CASES - 1]; /* likewise: more that it is about, 0 for none */
    const char
        *question_of_message;     /* likewise: handle of the question that it puts, "" for none */
    const struct casefile *filed; /* likewise, where dialogue_needs_filed: the case whose message it
                                     is, as its records have it; NULL: they cannot be read */
    const struct casefile *lately; /* likewise, where dialogue_needs_lately: those that have left
                                      the desk, newest first; LIMIT_LATELY at most */
    size_t lately_count;
    unsigned char entropy[ENTROPY_BYTES]; /* set by the engine */
    ms_t said_ms;     /* found by looking back: when, by the chat's clock; 0: just now */
    bool caught_up;   /* found by looking back after an outage: a repeat needs no second answer */
    uint64_t receipt; /* the adapter's own, handed back at acknowledge */
    const struct choice *choices; /* TYPED, set by the engine: what is offered, best first */
    size_t choice_count;
    const struct effect_form *reply; /* SUBMITTED, set by the engine: what the form shows from now
                                        on; NULL: it closes */
    bool held;        /* set by the engine: nothing of it is done yet, nor acknowledged */
    ms_t judge_by_ms; /* likewise: it waits no longer, monotonic; 0: it has not waited */
    union {
        struct event_said said;
        struct event_clicked clicked;
        struct event_reacted reacted;
        struct event_standing standing;
        struct event_submitted submitted;
        struct event_typed typed;
        bool again; /* OPENED: put by the engine for somebody who had opened it before */
        struct survey survey;
        struct event_change change;
        struct event_chat_up chat_up;
        struct event_caught_up heard;
        struct event_delivery delivery;
        struct {
            unsigned identified_flags; /* IDENTIFIED: enum identity_flag */
            bool zone_known;
            struct zone zone; /* their clock's; EVENT_ZONE_MOST_MS at most, each way */
        };
        struct event_looked looked;
        struct event_word word;
        struct event_words words;
        struct event_crowded crowded;
        unsigned still; /* CHAT_REFUSED: enum chat_still */
        struct event_doubt doubt;
        struct event_rules rules;
        struct event_root root;
        struct event_root_found found;
        struct event_roots roots;
        struct event_errand errand;
        const char *order_reason; /* RESTORE_ORDERED, STORE_ACCEPTED */
        const char
            *mark; /* MARK: where to go on in the chat once everything before it is on disk */
    };
};

#endif
