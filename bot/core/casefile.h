/* SPDX-License-Identifier: Apache-2.0 */
/* One case: a person's wish to have the guardrail lifted for one account, from asking to the proof
   that it is on again. */
#ifndef REGUARD_CASEFILE_H
#define REGUARD_CASEFILE_H

#include "core/arena.h"
#include "core/codemark.h"
#include "core/fact.h"
#include "core/limits.h"
#include "core/policy.h"

/* clang-format off */
#define CASE_STATES(X)                                                                        \
    X(WAITING, "waiting") X(RUNNING, "running") X(LIFTING, "lifting") X(LIFTED, "lifted")     \
    X(RESTORING, "restoring")                                                                 \
    X(RELEASED, "released")                                                                   \
    X(OUTSIDE, "outside") X(RESTORED, "restored") X(DECLINED, "declined")                     \
    X(WITHDRAWN, "withdrawn") X(EXPIRED, "expired")                                           \
    X(REFUSED, "refused") X(FAILED, "failed") X(RAN, "ran") X(NOT_RUN, "not_run")
/* clang-format on */
#define CASE_ENUM(name, text) CASE_##name,
enum case_state { CASE_STATES(CASE_ENUM) };
enum { CASE_STATE_COUNT = CASE_NOT_RUN + 1 };
extern const char *const case_state_names[CASE_STATE_COUNT];

/* Somebody with a part in a case. Compared by the id at the provider: another chat account of the
   same user is the same party. */
struct party {
    char user[64];
    char key[LIMIT_EMAIL_BYTES];
    char name[LIMIT_NAME_BYTES];
    char chat[8];
    char chat_id[128];
    enum approve_way way;
    bool recovers; /* approved that password recovery is allowed with it (errand.h) */
    ms_t since_ms; /* when they took that part; 0: not known */
};

/* What the other Admins are asked about a case, one question at a time; see question.h. */
enum question_kind {
    QUESTION_WINDOW,
    QUESTION_MORE_TIME,
    QUESTION_ADOPTION,
    QUESTION_ERRAND /* to have a task done without a window */
};

/* Everybody with a part in a question, read once more in chat and at the provider before it is
   carried out. What was read is not kept over a restart: it is read again. */
struct roll {
    uint64_t first_id; /* effects in flight: the asker, each approver, the roster; 0: not called */
    ms_t sent_ms;
    unsigned missing; /* a bit for each that has not answered */
    bool complete;    /* all have answered, and nothing speaks against anybody */
    ms_t again_ms;    /* not before: something could not be read */
    bool trouble_told;
};

struct question {
    enum question_kind kind;
    bool pending;    /* more time and adoption: neither answered nor expired */
    char handle[33]; /* value of its buttons; its messages are known by it. "": never asked */
    struct party by;
    ms_t window_ms, asked_ms;
    ms_t until_ms; /* a fixed end was asked for: never later; window_ms is what was left; or 0 */
    char reason[LIMIT_REASON_BYTES];
    struct party approvals[LIMIT_APPROVERS];
    size_t approval_count;
    int reminders;
    bool shaken; /* an approval was taken back while the change was on its way */
    struct roll roll;
};

/* More time that was asked for in a window, and what became of it: for the receipt. */
struct more_time {
    ms_t asked_ms, answered_ms;         /* answered_ms 0: nobody has */
    ms_t until_ms;                      /* the end that it brought; 0: none */
    char by[LIMIT_NAME_BYTES];          /* who asked */
    char answered_by[LIMIT_NAME_BYTES]; /* who declined, or the first who approved; "": nobody */
    size_t others;                      /* who approved besides */
};

/* What is known of the guardrail. */
enum watch { WATCH_UNKNOWN, WATCH_ON, WATCH_OFF };

/* MEANT: another Admin says so of what AWS was seen to have left. */
enum cleaned { CLEANED_NOT_ASKED, CLEANED_YES, CLEANED_NO, CLEANED_MEANT };

/* Whether the root user's password may be recovered, of a lift that was approved with it. UNSURE:
   it may be allowed yet. */
enum recovery { RECOVERY_NONE, RECOVERY_BEGUN, RECOVERY_ALLOWED, RECOVERY_UNSURE };

/* What a root user has, as event_root_found. */
struct root_has {
    bool known, password;
    int keys, certificates, usable, mfa_devices;
    ms_t made_ms;
    ms_t at_ms; /* it was looked at then */
};

struct casefile {
    uint32_t no;
    enum case_state state;
    char handle[33]; /* value of its buttons */
    struct party requester;
    struct party approvals[LIMIT_APPROVERS]; /* who approved the window or the adoption */
    size_t approval_count;
    struct question question; /* the latest one */
    char account[16], account_ref[64], account_name[LIMIT_NAME_BYTES], email[LIMIT_EMAIL_BYTES];
    char reason[LIMIT_REASON_BYTES], ticket[LIMIT_TICKET_BYTES], task[32];
    bool anyway;            /* asked for although the task needs no window */
    char may_approve[2048]; /* keys of people, blank separated: when it was asked for */
    char warning[256];      /* about the account, for the card */
    int64_t member_count;
    ms_t window_ms, asked_ms, lifting_ms, lifted_ms, deadline_ms, ended_ms, closed_ms;
    ms_t until_ms;      /* as in the question: of the window, or of the adoption; or 0 */
    ms_t vigil_ms;      /* the witness said then that it had put it back; 0: it did not */
    ms_t found_ms;      /* lifted outside of us; 0: we were asked */
    char found_by[256]; /* by whom, as the activity feed told, "" for nothing */
    ms_t late_ms;       /* for how long it had been overdue when it closed */
    /* What was known of the guardrail when the case failed: proved, or by a read that began then.
     */
    enum watch left;
    ms_t left_ms;
    bool left_proved;
    bool mailbox_proved, mailbox_coded;      /* coded: by the code that was mailed there */
    ms_t mailbox_ms;                         /* when; 0: not known, or not yet */
    struct more_time more[LIMIT_MORE_TIMES]; /* the last ones */
    size_t more_count, more_dropped;         /* and how many there were before those */
    char code_digest[CODEMARK_BYTES];        /* of the code mailed last */
    int code_tries, codes_sent;
    uint64_t code_mail_id; /* effect of the last mail, 0 when it is of an earlier process */
    bool code_under_way;   /* what became of that mail is not known */
    bool change_begun;     /* a change that lowers was sent on behalf of this case */
    bool change_left;      /* one has reached the provider, whatever was answered */
    bool failing;          /* the lift failed; being brought back on */
    int overdue_reminders;
    bool reminded_directly; /* the last overdue reminder went to people, not into a channel */
    int snoozed_after;      /* overdue_reminders at the last snooze; none in a row */
    ms_t rerouted_ms;       /* when it was last repeated because the way had changed */
    ms_t reminded_ms, snoozed_until_ms, trouble_ms;
    char trouble[256];
    bool warned;
    enum cleaned cleaned;
    char end_reason[256];
    struct party ended_by;
    char lift_task[64], restore_task[64];
    /* Of a task without a window (errand.h): what it is done to, "" for a window. */
    char target[LIMIT_TARGET_BYTES];
    enum recovery recovery;                /* of a window alone */
    char digest[65];                       /* of what was found there, SHA-256 as hex; of a window:
                                              of no password, "" where there is one */
    char policy[LIMIT_POLICY_SHOWN_BYTES]; /* what was found, or how it begins */
    int64_t policy_bytes;
    ms_t begun_ms;       /* it may have been done since; 0: it has not */
    uint64_t errand_id;  /* effect in flight, 0 for none */
    ms_t errand_next_ms; /* the next look at what became of it */
    bool errand_does;    /* the one in flight does it; else it only looks */
    /* Of its account's root user, in its window, as far as AWS has told; those that AWS refused. */
    int64_t root_uses, root_refused;
    bool root_summed; /* it was said how often, long enough after the window */
    /* rootlook.h: when it was asked for, and as it was found last since the window has ended. */
    struct root_has root_before, root_after;
    ms_t root_before_ms, root_after_ms; /* of the looks that told something, or gave up; 0: none */
    char root_why[160];                 /* the last one could not; "": it could */
    int clean_reminders;
    ms_t cleaned_ms;       /* it was last said that all is cleaned up */
    ms_t root_again_ms;    /* its credentials were deleted without a window; 0: they were not */
    uint64_t root_look_id; /* effect in flight, 0 for none */
    ms_t root_asked_ms;    /* when the last one was sent */
    ms_t root_first_ms;    /* and the first of those that told nothing yet; 0: none */
    ms_t root_next_ms;     /* not before */
};

bool case_is_open(const struct casefile *);   /* neither ended nor closed */
bool case_is_errand(const struct casefile *); /* a task without a window: nothing is lifted */
/* Something that was approved may be done at AWS just now (errand.h). */
bool case_is_at_aws(const struct casefile *);
bool case_can_be_ended(
    const struct casefile *); /* by whoever presses something: lifted restoring outside */
/* The switch is or may be down because of this case or is known to be down: lifted restoring
   released outside. */
bool case_is_down(const struct casefile *);
/* It was found lifted, and nobody has taken it over: there is no requester. */
bool case_is_nobodys(const struct casefile *);
/* Its lift was stopped by somebody before it took effect: it has failed, and nothing went wrong. */
bool case_was_stopped(const struct casefile *);
/* From when on the guardrail should have been back: deadline, first trouble, or the moment it was
   found; MS_NEVER: not yet known. */
ms_t case_due_ms(const struct casefile *);
/* From when on it is overdue, which only what we have lifted or restore can be; MS_NEVER: not yet
   known. Everybody who says "overdue" goes by this. */
ms_t case_overdue_ms(const struct casefile *);
/* Its question is whether there shall be such a case at all: the card itself puts it. */
bool case_asks_itself(const struct casefile *);
/* Who has approved the window, or the adoption; while that is asked, those whose approval counts.
 */
const struct party *case_approvals(const struct casefile *, size_t *ret_count);
/* From when on its account's root user could act because of it: found, or the lift was begun; 0: it
   never could. */
ms_t case_window_from_ms(const struct casefile *);
/* Since when it is known to have been off: found, or lifted; 0: it was not. */
ms_t case_down_since_ms(const struct casefile *);
bool case_is_overdue(const struct casefile *, ms_t now_ms);
/* When its window ends if it is lifted at from_ms: as long as was asked for, and never behind the
   end that was asked for. */
ms_t case_would_end_ms(const struct casefile *, ms_t from_ms);
/* How much longer the window may become: counted from the deadline, or from now when that has
   passed. */
ms_t case_may_grow_ms(const struct casefile *, const struct policy *, ms_t now_ms);
/* How its state stands in a sentence behind its id: "is lifted", "was declined", "has expired". */
const char *case_state_words(const struct casefile *);
/* The same of a case whose question is gone; by whom it was approved. */
const char *case_how_it_ended(const struct casefile *, struct arena *);
/* The ids at the provider of everybody with a part in it, "" among them; lent. Returns how many. */
enum { CASE_USERS = 3 + 2 * LIMIT_APPROVERS };
size_t case_users(const struct casefile *, const char *ret_ids[CASE_USERS]);
bool party_is(const struct party *, const char *user_id);
bool parties_have(const struct party *, size_t count, const char *user_id);
/* From the fact by which they took that part. */
void party_set(struct party *, const struct fact *, const char *way);
const char *approve_way_name(enum approve_way);

#endif
