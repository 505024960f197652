/* SPDX-License-Identifier: Apache-2.0 */
/* What is true from now on. Durable facts are the journal, the journal is the audit, and facts are
   the only thing that changes the desk. Passing facts (what is in flight, what was last seen)
   change it too, but are not kept: after a restart they are found out again. A fact is its kind and
   a handful of named values; which of them a kind uses is said beside it. */
#ifndef REGUARD_FACT_H
#define REGUARD_FACT_H

#include "core/base.h"

/* Who applies facts, in the order of the rules (turn.c). */
/* clang-format off */
#define FACT_RULES(X)                                                                             \
    X(CONTROLLER) X(BALLOT) X(LIFECYCLE) X(INQUIRY) X(REVIEW) X(REMINDER) X(DOUBT) X(LOSS)        \
    X(TWIN) X(SIGHT) X(CHATS) X(OUTAGE) X(HEARING) X(TALK) X(AUDIENCE) X(RULES) X(QUOTA) X(DEADMAN) \
    X(ROUTE) X(ROOTUSE) X(ROOTLOOK) X(ROOTUSERS)
/* clang-format on */
#define FACT_RULE_AT(name) FACT_RULE_AT_##name,
#define FACT_RULE_BIT(name) RULE_##name = 1 << FACT_RULE_AT_##name,
enum { FACT_RULES(FACT_RULE_AT) FACT_RULE_COUNT };
/* NOBODY: it is on record, and told, and changes nothing. */
enum rule_bit { RULE_NOBODY = 0, FACT_RULES(FACT_RULE_BIT) };

/* clang-format off */
#define FACT_KINDS(X)                                                                             \
    /* kind, name in the journal, durable, whose it is, who hears of it behind that one; values */\
    /* account.., reason, window_ms, handle, people, count: members; on: the mailbox with it; */   \
    /* anyway: the task needs no window; until_ms: the fixed end that was asked for */            \
    X(ASKED, "asked", true, LIFECYCLE, RULE_BALLOT | RULE_QUOTA)                                  \
    X(MAILBOX_PROVED, "mailbox_proved", true, LIFECYCLE, RULE_QUOTA) /* verb: confirm or code */  \
    /* digest: codemark.h; effect_id of the mail */                                               \
    X(CODE_SENT, "code_sent", true, LIFECYCLE, 0)                                                 \
    X(CODE_MAILED, "code_mailed", true, LIFECYCLE, 0) /* the mail server has taken it */          \
    X(CODE_FAILED, "code_failed", true, LIFECYCLE, 0) /* text: why it could not be mailed */      \
    X(CODE_WRONG, "code_wrong", true, LIFECYCLE, 0)                                               \
    /* as ASKED, without a window; setting: what it is done to; was, digest: what was found there,  \
       count: its bytes */                                                                  \
    X(ERRAND_ASKED, "errand_asked", true, LIFECYCLE, RULE_BALLOT | RULE_QUOTA)                    \
    /* it is approved, and may be done from now on */                                             \
    X(ERRAND_BEGUN, "errand_begun", true, LIFECYCLE, RULE_BALLOT)                                 \
    X(ERRAND_DONE, "errand_done", true, LIFECYCLE, 0) /* text */                                  \
    /* text: why; on: nothing was done */                                                         \
    X(ERRAND_FAILED, "errand_failed", true, LIFECYCLE, 0)                                         \
    /* question; verb: button, reaction or command; role; recovers; digest: of what was shown for  \
       that */                                                                                    \
    X(APPROVED, "approved", true, BALLOT, RULE_QUOTA)                                             \
    X(APPROVAL_TAKEN_BACK, "approval_taken_back", true, BALLOT, RULE_LIFECYCLE) /* text */        \
    /* text: why it does not count any more */                                                    \
    X(APPROVAL_LAPSED, "approval_lapsed", true, BALLOT, RULE_LIFECYCLE)                           \
    X(DECLINED, "declined", true, LIFECYCLE, RULE_BALLOT) /* reason */                            \
    X(WITHDRAWN, "withdrawn", true, LIFECYCLE, RULE_BALLOT)                                       \
    X(EXPIRED, "expired", true, LIFECYCLE, RULE_BALLOT)                                           \
    X(REFUSED, "refused", true, LIFECYCLE, RULE_BALLOT) /* text: why it was not lifted */         \
    /* text; verb, since_ms, on: the guardrail then, when, proved */                              \
    X(FAILED, "failed", true, LIFECYCLE, RULE_BALLOT)                                             \
    X(LIFT_BEGUN, "lift_begun", true, LIFECYCLE, RULE_CONTROLLER | RULE_BALLOT)                   \
    /* of a case's own root user, right before its lift: it was approved, and may be done now */  \
    X(RECOVERY_BEGUN, "recovery_begun", true, LIFECYCLE, 0)                                       \
    /* text; on: there was a password already, and nothing was done */                            \
    X(RECOVERY_ALLOWED, "recovery_allowed", true, LIFECYCLE, 0)                                   \
    /* text: why; on: nothing was done */                                                         \
    X(RECOVERY_FAILED, "recovery_failed", true, LIFECYCLE, 0)                                     \
    /* on; flags, since_ms: the document, its ModifiedTS; anyway: all before it is looked over    \
       */                                                                                         \
    X(CHANGE_BEGUN, "change_begun", true, CONTROLLER, RULE_REVIEW)                                \
    /* task_id; flags, since_ms: right before it */                                               \
    X(CHANGE_ACCEPTED, "change_accepted", true, CONTROLLER, RULE_REVIEW)                          \
    /* text, http_status */                                                                \
    X(CHANGE_REFUSED, "change_refused", true, CONTROLLER, RULE_REVIEW | RULE_LIFECYCLE)           \
    /* text; flags, since_ms, when it has left */                                                 \
    X(CHANGE_UNKNOWN, "change_unknown", true, CONTROLLER, RULE_REVIEW)                            \
    /* reads show that it had no effect */                                                        \
    X(CHANGE_VOID, "change_void", true, CONTROLLER, RULE_REVIEW | RULE_LIFECYCLE)                 \
    /* task_id, on: it succeeded; text: its last log line */                                      \
    X(TASK_ENDED, "task_ended", true, CONTROLLER, 0)                                              \
    /* text: flags; people, since_ms: by whom, when; count */                                     \
    X(TURNED_BACK, "turned_back", true, REVIEW, 0)                                                \
    /* on; since_ms: the first agreeing read; task_id */                                          \
    X(PROVED, "proved", true, CONTROLLER, 0)                                                      \
    X(LIFTED, "lifted", true, LIFECYCLE, 0) /* until_ms */                                        \
    /* since_ms: when the witness said that it had put it back */                                 \
    X(WITNESSED, "witnessed", true, LIFECYCLE, 0)                                                 \
    X(DRIFTED, "drifted", true, NOBODY, 0) /* text: other flags that differ from before */        \
    X(WARNED, "warned", true, LIFECYCLE, 0)                                                       \
    /* window_ms, until_ms, reason */                                                             \
    X(EXTENSION_ASKED, "extension_asked", true, BALLOT, RULE_QUOTA)                               \
    X(EXTENSION_APPROVED, "extension_approved", true, BALLOT, RULE_QUOTA)                         \
    X(EXTENDED, "extended", true, LIFECYCLE, RULE_BALLOT) /* until_ms */                          \
    X(EXTENSION_DECLINED, "extension_declined", true, BALLOT, 0) /* reason */                     \
    /* text: why the window ends; lift_failed */                                   \
    X(ENDED, "ended", true, LIFECYCLE, RULE_CONTROLLER | RULE_BALLOT)                             \
    X(RESTORED, "restored", true, LIFECYCLE, RULE_BALLOT) /* text */                              \
    /* count: its number; ref: missed; verb: which; see reminder.c */                             \
    X(REMINDED, "reminded", true, REMINDER, 0)                                                    \
    X(SNOOZED, "snoozed", true, REMINDER, RULE_QUOTA) /* until_ms */                              \
    /* text: why it is not back yet; on: people are written to */                                 \
    X(TROUBLE, "trouble", true, LIFECYCLE, 0)                                                     \
    /* handle; text: who, when the feed tells */                                                  \
    X(OUTSIDE_FOUND, "outside_found", true, LIFECYCLE, 0)                                         \
    /* as ASKED */                                                                                \
    X(ADOPTION_ASKED, "adoption_asked", true, BALLOT, RULE_LIFECYCLE | RULE_QUOTA)                \
    X(ADOPTION_REFUSED, "adoption_refused", true, BALLOT, RULE_LIFECYCLE)                         \
    X(ADOPTED, "adopted", true, LIFECYCLE, RULE_BALLOT) /* until_ms */                            \
    X(CLEANED, "cleaned", true, LIFECYCLE, RULE_QUOTA) /* on; reason; meant */                    \
    X(NOTED, "noted", true, QUOTA, 0) /* text */                                                  \
    /* people: to whom alone; verb: card.. direct; text: why */                                   \
    X(UNDELIVERED, "undelivered", true, NOBODY, 0)                                                \
    /* text, verb, since_ms: known; count; on: an alarm */                                        \
    X(UNKNOWN_TOLD, "unknown_told", true, CONTROLLER, 0)                                          \
    X(KNOWN_AGAIN, "known_again", true, CONTROLLER, 0) /* verb: on or off; since_ms */            \
    /* text: why; from the operator's console */                                                  \
    X(RESTORE_ORDERED, "restore_ordered", true, CONTROLLER, 0)                                    \
    /* text; record, digest; last_case; people; once_more */                                          \
    X(STORE_DOUBTED, "store_doubted", true, DOUBT, 0)                                             \
    /* count: how many alarms of it there were */                                                 \
    X(DOUBT_TOLD, "store_doubt_told", true, DOUBT, 0)                                             \
    /* reason; from the operator's console */                                                     \
    X(STORE_ACCEPTED, "store_accepted", true, DOUBT, 0)                                           \
    /* text: why nothing can be written down any more */                                          \
    X(STORE_LOST, "store_lost", true, LOSS, 0)                                                    \
    X(LOSS_TOLD, "store_loss_told", true, LOSS, 0) /* count: how many alarms of it there were */  \
    X(STORE_BACK, "store_back", true, LOSS, 0) /* since_ms; uncertain */     \
    /* people: its store; verb: chat; since_ms: its birth; ref: said; count: last case; on:       \
       earlier */                                                                                 \
    /* and window_ms: again; text: which, for the log */                                          \
    X(TWIN_FOUND, "twin_found", true, TWIN, RULE_DOUBT)                                           \
    /* people: its store; since_ms: heard last; count; on */                                      \
    X(TWIN_GONE, "twin_gone", true, TWIN, 0)                                                      \
    /* setting, was, now; the actor owns the file */                                              \
    X(RULE_CHANGED, "rule_changed", true, NOBODY, 0)                                              \
    /* digest: of all; text: file; since_ms: written; count: changes; on: at start; anyway:       \
       what they were is not known */                                                             \
    X(RULES_READ, "rules_read", true, RULES, RULE_CONTROLLER)                                     \
    /* of the case that is spoken of first. verb: chat; text: its id; until_ms: when it appears; since_ms:\
       by when it says that we speak */     \
    X(WORD_LEFT, "word_left", true, DEADMAN, 0)                                                   \
    X(WORD_GONE, "word_gone", true, DEADMAN, 0) /* the same, of no case; on: it has appeared */               \
    /* count: how many there were; on: it is over; text: how it went out */                       \
    X(ALARM_ROUTED, "alarm_routed", true, ROUTE, 0)                                               \
    /* verb: what was done; text: from where; since_ms: when, by AWS's clock; mfa, denied, told */ \
    X(ROOT_USED, "root_used", true, ROOTUSE, 0)                                                   \
    /* nothing names the queue any more that could not be read */                                \
    X(ROOT_LEFT, "root_left", true, ROOTUSE, 0)                                                   \
    /* what it was is known, long enough after its window */                                      \
    X(ROOT_SUMMED, "root_summed", true, ROOTUSE, 0)                                               \
    /* count: messages of the queue, since the last time; text: why the last one was not */       \
    X(ROOT_UNREAD_TOLD, "root_unread_told", true, ROOTUSE, 0)                                     \
    X(ROOT_BLIND, "root_blind", true, ROOTUSE, 0) /* text: why the queue cannot be read */        \
    X(ROOT_SEEN_AGAIN, "root_seen_again", true, ROOTUSE, 0) /* since_ms */                        \
    /* verb: before or after the window; asked_ms; known, password, keys, certificates, usable,   \
       mfa_devices, since_ms: the newest of both was made; text: in words, or why it is not known; \
       digest: of no password, for RECOVERY_BEGUN */                                              \
    X(ROOT_FOUND, "root_found", true, ROOTLOOK, 0)                                                \
    /* somebody wants to know of all root users. count: of so many accounts; on: as a file, too */ \
    X(ROOTS_ASKED, "root_users_asked", true, ROOTUSERS, RULE_QUOTA)                               \
    /* people: to whom alone; text: what it came to; on: nothing is missing */                    \
    X(ROOTS_TOLD, "root_users_told", true, ROOTUSERS, 0)                                          \
    X(FILED, "filed", true, LIFECYCLE, 0) /* the case leaves the desk */                          \
    /* digest: of what the records before it come to, kept beside them; text: in which form */    \
    X(DESK_KEPT, "desk_kept", true, NOBODY, 0)                                                    \
    /* people: key; count, since_ms; verb, text: last */                                          \
    X(TRIED_IN_VAIN, "tried_in_vain", true, TALK, 0)                                              \
    /* kept until it is closed, see fact_is_kept */                                               \
    /* waits for outside knowledge: verb, all that was typed */                                   \
    X(INQUIRED, "inquired", false, INQUIRY, 0)                                                    \
    /* passing */                                                                                 \
    /* as INQUIRED, of a command that changes nothing */                                          \
    X(WONDERED, "wondered", false, INQUIRY, 0)                                                    \
    X(INQUIRY_CLOSED, "inquiry_closed", false, INQUIRY, 0) /* ref */                              \
    X(INQUIRY_SENT, "inquiry_sent", false, INQUIRY, 0) /* ref, effect_id */                       \
    X(INQUIRY_AGAIN, "inquiry_again", false, INQUIRY, 0) /* ref, until_ms: not asked before */    \
    /* until_ms, window_ms, on: the end of day_ms, how far off, tomorrow */                      \
    X(INQUIRY_IDENTIFIED, "inquiry_identified", false, INQUIRY, 0)                                \
    /* ref, effect_id; actor, role, account.., people; text: a warning */                          \
    X(INQUIRY_CHECKED, "inquiry_checked", false, INQUIRY, 0)                                      \
    /* effect_id, on: who the Admins are is asked, too */                                         \
    X(WATCH_SENT, "watch_sent", false, CONTROLLER, 0)                                             \
    /* flags, service_status, flag_off, was_read; text */                                 \
    X(SAW, "saw", false, CONTROLLER, RULE_REVIEW)                                                 \
    /* effect_id; on: it does it, else it looks; until_ms: not before, of none that is under way */ \
    X(ERRAND_SENT, "errand_sent", false, LIFECYCLE, 0)                                            \
    X(CHANGE_SENT, "change_sent", false, CONTROLLER, 0) /* effect_id */                           \
    X(REVIEW_SENT, "review_sent", false, REVIEW, 0) /* effect_id, or until_ms: not before */      \
    X(REVIEWED, "reviewed", false, REVIEW, 0) /* text: why the feed could not be read */          \
    X(FEED_READ, "feed_read", false, CONTROLLER, 0) /* text */                                    \
    /* verb: chat, takes_posts, refused, reaches_people; text; since_ms, anyway, holds_ms,        \
       reason: see event_chat_up */                                                                       \
    X(CHAT, "chat", false, CHATS, RULE_HEARING)                                                   \
    X(CHANNEL, "channel", false, CHATS, 0) /* verb: chat, takes_posts, text: why not */       \
    X(REACHED, "reached", false, CHATS, 0) /* verb: chat, on: a message was taken */ \
    /* people: keys; count: of all; ref: digest of the whole list */                              \
    X(ADMINS, "admins", false, AUDIENCE, 0)                                                       \
    X(ALONE, "alone", false, ROUTE, 0) /* on: nobody is reached in any chat */                    \
    X(CHAT_TOLD, "chat_told", false, OUTAGE, 0) /* as CHAT, since_ms: told in the other chat */   \
    X(LOOK_SENT, "look_sent", false, SIGHT, 0) /* verb: chat; effect_id */                        \
    /* verb: chat; on: it was read; text: why not; people */                                      \
    X(LOOKED, "looked", false, SIGHT, RULE_TWIN)                                                  \
    /* verb: chat; since_ms, until_ms: the time that was not heard in full */                     \
    X(CATCH_UP_WANTED, "catch_up_wanted", false, HEARING, 0)                                      \
    X(CATCHING_UP, "catching_up", false, HEARING, 0) /* effect_id */                              \
    X(CATCH_UP_FAILED, "catch_up_failed", false, HEARING, 0) /* text; until_ms: the next one */   \
    /* ref: when it began; on: had been told; count: left out; window_ms: until the next one      \
       */                                                                                         \
    X(CAUGHT_UP, "caught_up", false, HEARING, RULE_BALLOT)                                        \
    X(DEAF_TOLD, "deaf_told", false, HEARING, 0) /* text */                                       \
    X(TALKED, "talked", false, TALK, 0) /* text: chat and id; people: key; on: may raise */       \
    X(HUSHED, "hushed", false, TALK, 0) /* as TALKED */                                           \
    X(TRIED, "tried", false, TALK, 0) /* people: key; verb, text: what came; on: barred */        \
    /* count: parties; effect_id: the first one's */                                              \
    X(ROLL_CALLED, "roll_called", false, BALLOT, 0)                                               \
    X(ROLL_ANSWERED, "roll_answered", false, BALLOT, 0) /* ref: which seat */                     \
    /* text: what could not be read; until_ms: again */                                           \
    X(ROLL_FAILED, "roll_failed", false, BALLOT, 0)                                               \
    /* text: the first error; count: others */                                                    \
    X(RULES_REFUSED, "rules_refused", false, RULES, 0)                                            \
    /* the same rules as before, without an error */                                              \
    X(RULES_TAKEN, "rules_taken", false, RULES, 0)                                                \
    X(BUSY_TOLD, "busy_told", false, CONTROLLER, 0) /* a lift has to wait; text: why */           \
    /* as TWIN_FOUND; on: news; window_ms: again; until_ms, text: its open window and the case    \
       */                                                                                         \
    X(TWIN_SEEN, "twin_seen", false, TWIN, 0)                                                     \
    /* a sign of life of our own; count: which message */                                         \
    X(TWIN_SIGN, "twin_sign", false, TWIN, 0)                                                     \
    X(WORD_SENT, "word_sent", false, DEADMAN, 0) /* verb: chat; effect_id; until_ms: it says */                      \
    /* verb: chat; effect_id, text; until_ms: not before; count; on: in doubt; window_ms: holds   \
       */                                                                                         \
    X(WORD_FAILED, "word_failed", false, DEADMAN, 0)                                              \
    X(WORDS_READ, "words_read", false, DEADMAN, 0) /* verb: chat; effect_id */                    \
    X(ROOT_WATCHED, "root_watched", false, ROOTUSE, 0) /* the queue is read by this process */    \
    X(ROOT_AWAITED, "root_awaited", false, ROOTUSE, 0) /* this process has begun blind */         \
    X(ROOT_UNREAD, "root_unread", false, ROOTUSE, 0) /* text */                                   \
    /* effect_id; or until_ms: not before */                                                      \
    X(ROOT_LOOK_SENT, "root_look_sent", false, ROOTLOOK, 0)                                       \
    X(ROOTS_SENT, "root_users_sent", false, ROOTUSERS, 0) /* effect_id */                         \
    /* count, ref: so many of so many accounts; on: that is told */                               \
    X(ROOTS_STEP, "root_users_step", false, ROOTUSERS, 0)                                         \
    /* verb: chat; sockets, our_sockets */                                 \
    X(CROWDED, "crowded", false, TWIN, 0)
/* clang-format on */

#define FACT_ENUM(name, text, durable, owner, also) FACT_##name,
struct fact;
enum fact_kind { FACT_KINDS(FACT_ENUM) FACT_KIND_COUNT };
extern const char *const fact_names[FACT_KIND_COUNT];
bool fact_is_durable(enum fact_kind);
/* The one rule that applies it; and those that hear of it when that one has, as bits. */
enum rule_bit fact_owner(enum fact_kind);
unsigned fact_hearers(enum fact_kind);
/* A rule was handed a fact that is none of its own: ends the process. */
_Noreturn void fact_stray(const struct fact *, const char *rule);
/* A command that may change something survives a restart until INQUIRY_CLOSED. It is not in the
   journal: there is what came of it, and by number what came to nothing. */
bool fact_is_kept(enum fact_kind);
/* FACT_KIND_COUNT when there is no such name. */
enum fact_kind fact_kind_named(const char *name);

struct fact_actor {
    const char *user, *chat, *id, *name, *key;
};
struct fact_source {
    const char *chat, *event_id;
};

/* Named values. Text that is NULL or "", and numbers that are 0, are not in the journal. */
/* clang-format off */
#define FACT_TEXTS(X)                                                                     \
    X(text) X(verb) X(account) X(account_ref) X(account_name) X(email) X(ticket) X(task) \
    X(reason) X(flags) X(task_id) X(role)                                                 \
    X(handle) X(people) X(digest) X(thread) X(question) X(setting) X(was) X(now)
/* clang-format on */
/* clang-format off */
#define FACT_NUMBERS(X) X(ref) X(count) X(window_ms) X(until_ms) \
    X(since_ms) X(on) X(anyway) X(direct) X(effect_id)
/* clang-format on */
/* What a number is called where a kind means something by it that its name does not tell: the same
   value, read and written by that name only. */
#define FACT_NAMES_OF_ref                                                \
    int64_t holds_ms;     /* CHAT: how long it keeps words for us */     \
    int64_t record;       /* STORE_DOUBTED: the newest one, elsewhere */ \
    int64_t our_sockets;  /* CROWDED */                                  \
    int64_t certificates; /* ROOT_FOUND */
#define FACT_NAMES_OF_count                                               \
    int64_t reaches_people; /* CHAT: while it is refused */               \
    int64_t service_status; /* SAW: enum service_status */                \
    int64_t http_status;    /* CHANGE_REFUSED; 0: it never left */        \
    int64_t last_case;      /* STORE_DOUBTED, STORE_ACCEPTED, TWIN_… */ \
    int64_t sockets;        /* CROWDED: registered, ours among them */    \
    int64_t mfa;            /* ROOT_USED: enum root_mfa */                \
    int64_t keys;           /* ROOT_FOUND */
#define FACT_NAMES_OF_on                                                  \
    int64_t takes_posts; /* CHAT, CHANNEL */                              \
    int64_t flag_off;    /* SAW: the one switch is off */                 \
    int64_t lift_failed; /* ENDED: the lift itself, not the window */     \
    int64_t uncertain;   /* STORE_BACK: whether the last is written */    \
    int64_t earlier;     /* TWIN_FOUND, TWIN_GONE: its records */         \
    int64_t told;        /* ROOT_USED: a line of its case, or an alarm */ \
    int64_t known;       /* ROOT_FOUND */                                 \
    int64_t recovers;    /* APPROVED: and password recovery with it */
#define FACT_NAMES_OF_direct                              \
    int64_t refused;   /* CHAT */                         \
    int64_t was_read;  /* SAW: the guardrail, at all */   \
    int64_t once_more; /* STORE_DOUBTED: it is already */ \
    int64_t said;      /* ROOT_FOUND: people hear of it, whatever it is */
#define FACT_NAMES_OF_window_ms                                                \
    int64_t moves;                               /* CHAT: see event_chat_up */ \
    int64_t mfa_devices;                         /* ROOT_FOUND */
#define FACT_NAMES_OF_until_ms int64_t asked_ms; /* ROOT_FOUND: when that was looked at */
#define FACT_NAMES_OF_since_ms int64_t day_ms;   /* INQUIRED: an end, as struct day_time */
#define FACT_NAMES_OF_anyway                                            \
    int64_t denied;                             /* ROOT_USED: by AWS */ \
    int64_t password;                           /* ROOT_FOUND */        \
    int64_t meant;                              /* CLEANED: what is left is to stay */
#define FACT_NAMES_OF_effect_id int64_t usable; /* ROOT_FOUND */

struct fact {
    enum fact_kind kind;
    ms_t at_ms;
    uint32_t case_no; /* 0: none */
    struct fact_actor actor;
    struct fact_source source;
#define FACT_TEXT(name) const char *name;
    FACT_TEXTS(FACT_TEXT)
#undef FACT_TEXT
#define FACT_NUMBER(name)    \
    union {                  \
        int64_t name;        \
        FACT_NAMES_OF_##name \
    };
    FACT_NUMBERS(FACT_NUMBER)
#undef FACT_NUMBER
};

/* "G-0001" for 1. */
enum { CASE_ID_BYTES = 16 };
void case_id_text(uint32_t case_no, char ret_text[CASE_ID_BYTES]);
/* Reads G-0001 (any case of G, the dash may be missing); 0 when it is no case id. */
uint32_t case_id_read(const char *text);

#endif
