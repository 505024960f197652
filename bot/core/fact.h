/* What is true from now on. Durable facts are the journal, the journal is the audit, and facts are
   the only thing that changes the desk. Passing facts (what is in flight, what was last seen)
   change it too, but are not kept: after a restart they are found out again. A fact is its kind and
   a handful of named values; which of them a kind uses is said beside it. */
#ifndef REGUARD_FACT_H
#define REGUARD_FACT_H

#include "core/base.h"

/* clang-format off */
#define FACT_KINDS(X)                                                                             \
    /* kind, name in the journal, durable; the values used */                                     \
    X(ASKED, "asked", true) /* account.., reason, window_ms, handle, people, count: members */    \
    X(MAILBOX_PROVED, "mailbox_proved", true) /* verb: confirm or code */                         \
    X(CODE_SENT, "code_sent", true)          /* digest: codemark.h; effect_id of the mail */      \
    X(CODE_MAILED, "code_mailed", true)      /* the mail server has taken it */                   \
    X(CODE_FAILED, "code_failed", true)      /* text: why it could not be mailed */               \
    X(CODE_WRONG, "code_wrong", true)                                                             \
    X(APPROVED, "approved", true) /* question; verb: button, reaction or command; role */         \
    X(APPROVAL_TAKEN_BACK, "approval_taken_back", true) /* text */                                \
    X(APPROVAL_LAPSED, "approval_lapsed", true) /* text: why it does not count any more */        \
    X(DECLINED, "declined", true)            /* reason */                                         \
    X(WITHDRAWN, "withdrawn", true)                                                               \
    X(EXPIRED, "expired", true)                                                                   \
    X(REFUSED, "refused", true)              /* text: why it was not lifted */                    \
    X(FAILED, "failed", true) /* text; verb, since_ms, on: the guardrail then, when, proved */    \
    X(LIFT_BEGUN, "lift_begun", true)                                                             \
    /* on; flags, since_ms: the document, its ModifiedTS; anyway: all before it is looked over */ \
    X(CHANGE_BEGUN, "change_begun", true)                                                         \
    X(CHANGE_ACCEPTED, "change_accepted", true) /* task_id; flags, since_ms: right before it */   \
    X(CHANGE_REFUSED, "change_refused", true) /* text, count: HTTP status */                      \
    X(CHANGE_UNKNOWN, "change_unknown", true) /* text; flags, since_ms, when it has left */       \
    X(CHANGE_VOID, "change_void", true)      /* reads show that it had no effect */               \
    X(TASK_ENDED, "task_ended", true) /* task_id, on: it succeeded; text: its last log line */    \
    X(TURNED_BACK, "turned_back", true) /* text: flags; people, since_ms: by whom, when; count */ \
    X(PROVED, "proved", true)                /* on; since_ms: the first agreeing read; task_id */ \
    X(LIFTED, "lifted", true)                /* until_ms */                                       \
    X(DRIFTED, "drifted", true)              /* text: other flags that differ from before */      \
    X(WARNED, "warned", true)                                                                     \
    X(EXTENSION_ASKED, "extension_asked", true) /* window_ms, reason */                           \
    X(EXTENSION_APPROVED, "extension_approved", true)                                             \
    X(EXTENDED, "extended", true)            /* until_ms */                                       \
    X(EXTENSION_DECLINED, "extension_declined", true) /* reason */                                \
    X(ENDED, "ended", true) /* text: why the window ends; on: the lift itself failed */           \
    X(RESTORED, "restored", true)            /* text */                                           \
    X(REMINDED, "reminded", true) /* count: its number; ref: missed; verb: which; see reminder.c */      \
    X(SNOOZED, "snoozed", true)              /* until_ms */                                       \
    X(TROUBLE, "trouble", true) /* text: why it is not back yet; on: people are written to */     \
    X(OUTSIDE_FOUND, "outside_found", true)  /* handle; text: who, when the feed tells */         \
    X(ADOPTION_ASKED, "adoption_asked", true) /* as ASKED */                                      \
    X(ADOPTION_REFUSED, "adoption_refused", true)                                                 \
    X(ADOPTED, "adopted", true)              /* until_ms */                                       \
    X(CLEANED, "cleaned", true)              /* on; reason */                                     \
    X(NOTED, "noted", true)                  /* text */                                           \
    X(UNDELIVERED, "undelivered", true) /* people: to whom alone; verb: card.. direct; text: why */ \
    X(UNKNOWN_TOLD, "unknown_told", true) /* text, verb, since_ms: known; count; on: an alarm */    \
    X(KNOWN_AGAIN, "known_again", true)      /* verb: on or off; since_ms */                      \
    X(RESTORE_ORDERED, "restore_ordered", true) /* text: why; from the operator's console */      \
    X(STORE_DOUBTED, "store_doubted", true) /* text; ref, digest: record; count: case; people */ \
    X(DOUBT_TOLD, "store_doubt_told", true) /* count: how many alarms of it there were */         \
    X(STORE_ACCEPTED, "store_accepted", true) /* reason; from the operator's console */           \
    X(STORE_LOST, "store_lost", true)        /* text: why nothing can be written down any more */ \
    X(LOSS_TOLD, "store_loss_told", true)    /* count: how many alarms of it there were */        \
    X(STORE_BACK, "store_back", true)        /* since_ms; on: what was last is uncertain */       \
    /* people: its store; verb: chat; since_ms: its birth; ref: said; count: last case; on: earlier */ \
    X(TWIN_FOUND, "twin_found", true) /* and window_ms: again; text: which, for the log */        \
    X(TWIN_GONE, "twin_gone", true) /* people: its store; since_ms: heard last; count; on */      \
    X(RULE_CHANGED, "rule_changed", true)    /* setting, was, now; the actor owns the file */     \
    /* digest: of all; text: file; since_ms: written; count: changes; on: at start; anyway: what they \
       were is not known */                                                                       \
    X(RULES_READ, "rules_read", true)                                                             \
    X(FILED, "filed", true)                  /* the case leaves the desk */                       \
    X(TRIED_IN_VAIN, "tried_in_vain", true)  /* people: key; count, since_ms; verb, text: last */ \
    /* kept until it is closed, see fact_is_kept */                                               \
    X(INQUIRED, "inquired", false) /* waits for outside knowledge: verb, all that was typed */    \
    /* passing */                                                                                 \
    X(WONDERED, "wondered", false)           /* as INQUIRED, of a command that changes nothing */ \
    X(INQUIRY_CLOSED, "inquiry_closed", false) /* ref */                                           \
    X(INQUIRY_SENT, "inquiry_sent", false)   /* ref, effect_id */                                 \
    X(INQUIRY_AGAIN, "inquiry_again", false) /* ref, until_ms: not asked before */                \
    X(INQUIRY_IDENTIFIED, "inquiry_identified", false)                                            \
    X(WATCH_SENT, "watch_sent", false)       /* effect_id */                                      \
    X(SAW, "saw", false) /* flags, count: service status, on: the flag is off; text */            \
    X(CHANGE_SENT, "change_sent", false)     /* effect_id */                                      \
    X(REVIEW_SENT, "review_sent", false)     /* effect_id, or until_ms: not before */             \
    X(REVIEWED, "reviewed", false)           /* text: why the feed could not be read */           \
    X(FEED_READ, "feed_read", false)         /* text */                                           \
    /* verb: chat, on: takes posts, text; direct: refused; count: people; since_ms, anyway: see       \
       event_chat_up */                                                                           \
    X(CHAT, "chat", false)                                                                        \
    X(CHANNEL, "channel", false)             /* verb: chat, on: takes posts, text: why not */     \
    X(ADMINS, "admins", false) /* people: keys; count: of all; ref: digest of the whole list */   \
    X(CHAT_TOLD, "chat_told", false)         /* as CHAT, since_ms: told in the other chat */      \
    X(LOOK_SENT, "look_sent", false)         /* verb: chat; effect_id */                          \
    X(LOOKED, "looked", false)               /* verb: chat; on: it was read; text: why not; people */ \
    /* verb: chat; since_ms, until_ms: the time that was not heard in full */                     \
    X(CATCH_UP_WANTED, "catch_up_wanted", false)                                                        \
    X(CATCHING_UP, "catching_up", false)             /* effect_id */                                      \
    X(CATCH_UP_FAILED, "catch_up_failed", false)     /* text; until_ms: the next one */                   \
    /* ref: when it began; on: had been told; count: left out; window_ms: until the next one */      \
    X(CAUGHT_UP, "caught_up", false)                                                                    \
    X(DEAF_TOLD, "deaf_told", false)         /* text */                                           \
    X(TALKED, "talked", false)               /* text: chat and id; people: key; on: may raise */  \
    X(HUSHED, "hushed", false)               /* as TALKED */                                      \
    X(TRIED, "tried", false)                 /* people: key; verb, text: what came; on: barred */ \
    X(ROLL_CALLED, "roll_called", false)     /* count: parties; effect_id: the first one's */     \
    X(ROLL_ANSWERED, "roll_answered", false) /* ref: which seat */                                \
    X(ROLL_FAILED, "roll_failed", false)     /* text: what could not be read; until_ms: again */  \
    X(RULES_REFUSED, "rules_refused", false) /* text: the first error; count: others */           \
    X(RULES_TAKEN, "rules_taken", false)     /* the same rules as before, without an error */     \
    X(BUSY_TOLD, "busy_told", false)         /* a lift has to wait; text: why */                  \
    /* as TWIN_FOUND; on: news; window_ms: again; until_ms, text: its open window and the case */  \
    X(TWIN_SEEN, "twin_seen", false)                                                              \
    X(TWIN_SIGN, "twin_sign", false)         /* a sign of life of our own; count: which message */ \
    X(CROWDED, "crowded", false)   /* verb: chat; count, ref: sockets registered, and of ours */
/* clang-format on */

#define FACT_ENUM(name, text, durable) FACT_##name,
enum fact_kind { FACT_KINDS(FACT_ENUM) FACT_KIND_COUNT };
extern const char *const fact_names[FACT_KIND_COUNT];
bool fact_is_durable(enum fact_kind);
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

struct fact {
    enum fact_kind kind;
    ms_t at_ms;
    uint32_t case_no; /* 0: none */
    struct fact_actor actor;
    struct fact_source source;
#define FACT_TEXT(name) const char *name;
    FACT_TEXTS(FACT_TEXT)
#undef FACT_TEXT
#define FACT_NUMBER(name) int64_t name;
    FACT_NUMBERS(FACT_NUMBER)
#undef FACT_NUMBER
};

/* "G-0001" for 1. */
enum { CASE_ID_BYTES = 16 };
void case_id_text(uint32_t case_no, char ret_text[CASE_ID_BYTES]);
/* Reads G-0001 (any case of G, the dash may be missing); 0 when it is no case id. */
uint32_t case_id_read(const char *text);

#endif
