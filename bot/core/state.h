/* SPDX-License-Identifier: Apache-2.0 */
/* What each rule remembers: values only, changed by facts alone, and by the rule that the section
   is named after. The rules themselves, and what may be asked of them, are in their own headers. */
#ifndef REGUARD_STATE_H
#define REGUARD_STATE_H

#include "core/casefile.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/request.h"

/* ---- guardrail.h: what is known of the one switch, and the change under way ---- */

enum change_phase {
    CHANGE_NONE,
    CHANGE_BEGUN,     /* decided and journalled; its outcome is not known yet */
    CHANGE_FOLLOWING, /* accepted with a task */
    CHANGE_OPEN,      /* outcome unknown, or accepted without a task: reads will tell */
};

struct guardrail {
    enum watch seen; /* by the last read */
    char why_unknown[256];
    bool flag_off; /* the last read's document, ours, has the flag off, whatever else it says:
                      raising waits for nothing more */
    enum service_status status;
    char flags[LIMIT_FLAGS_BYTES]; /* the last document read */
    ms_t read_ms;                  /* when the last read ended, well or badly */
    ms_t known_ms;                 /* when it was last on or off for sure */
    ms_t modified_ms;              /* of that document, by the provider's clock; 0: not told */
    ms_t seen_from_ms;             /* when the last read that said so was asked for */
    ms_t touched_ms;               /* our newest change: what was read before says nothing of now */
    int reads;                     /* agreeing reads in a row */
    enum watch agreeing;           /* value of that series, WATCH_UNKNOWN for none */
    ms_t agreeing_since_ms;
    ms_t fresh_since_ms; /* only reads asked for after this count for a proof */
    enum watch proved;
    ms_t proved_ms;
    uint64_t survey_id; /* in flight, 0 for none */
    ms_t survey_sent_ms;
    ms_t roster_asked_ms;  /* along with a read, while an alarm may follow */
    bool unclear;          /* there was an answer, and the answer says neither on nor off */
    enum watch known;      /* by the last read that told */
    int unknown_told;      /* how often it was said that it cannot be read, since then */
    ms_t unknown_since_ms; /* known_ms of when that was said first */

    enum change_phase phase;
    bool change_on; /* the value being set */
    ms_t change_ms;
    uint64_t change_id; /* effect in flight, 0 for none */
    ms_t change_sent_ms;
    uint32_t change_case;
    /* By the provider's clock, when the document right before it was modified; 0: not told. */
    ms_t modified_before_ms;
    char task_id[64];
    char last_task_id[64];
    enum task_status task_status;
    int attempts;  /* refused ones in a row */
    ms_t retry_ms; /* not before */
    bool busy_told;
    int refused_status; /* of the last refusal, 0: it has not left */
    char refused_why[256];

    char
        before[LIMIT_FLAGS_BYTES]; /* the document right before we lowered it, "" when we did not */
    char restore_order[LIMIT_REASON_BYTES]; /* the operator wants it proved on, for this reason; ""
                                               for no order */
    char outside_by[256];                   /* what the activity feed said, "" for nothing */
};

/* ---- review.h: a change of ours that is looked over ---- */

struct review {
    bool due;     /* a change of ours has left, or may have, and is not looked over yet */
    bool chained; /* an earlier one that was not either is looked over with it */
    uint32_t case_no;
    ms_t since_ms; /* by the provider's clock: the document before it was last modified then; 0: not
                      known */
    char tasks[LIMIT_REVIEW_TASKS][64]; /* ours; the newest ones */
    size_t task_count;
    size_t unnamed;                    /* changes of ours that left, and whose task is not known */
    char base[LIMIT_FLAGS_BYTES];      /* the document right before the change */
    char meanwhile[LIMIT_FLAGS_BYTES]; /* lines in which a read since then differed from it */
    uint64_t survey_id;                /* in flight, 0 for none */
    ms_t sent_ms, again_ms;
    int tries;
};

/* ---- doubt.h, loss.h: records that are not to be believed, or not to be written ---- */

struct doubt {
    bool stands;
    char why[LIMIT_DOUBT_BYTES]; /* a clause: "record 7 was changed" */
    ms_t since_ms;
    int told; /* alarms that were said */

    char store[STORE_ID_BYTES];            /* whose records these are; renewed when accepted */
    char strangers[LIMIT_STRANGERS_BYTES]; /* "STORE:RECORD …": messages that do not fit them */
    char accepted[LIMIT_STRANGERS_BYTES];  /* the same, of earlier doubts: they are no news */
    ms_t accepted_ms; /* when that was done last: what we had said before may still be on its way */
};

struct loss {
    bool stands;
    char why[LIMIT_DOUBT_BYTES]; /* a clause, with what to do */
    ms_t since_ms;
    int told; /* alarms that were said */
};

/* ---- twin.h: another reguard with the same tokens ---- */

struct twin {
    char store[STORE_ID_BYTES];
    char chat[8];       /* where it was heard last */
    ms_t born_ms;       /* of its records, by its own clock */
    ms_t said_ms;       /* its newest message that was seen, by its own clock */
    ms_t again_ms;      /* it has promised to speak again within that; 0: it has not */
    ms_t seen_ms;       /* first seen by this process */
    ms_t heard_ms;      /* it last said something new, or this process first looked for it */
    ms_t until_ms;      /* end of its open window, 0 for none */
    uint32_t window_no; /* the case of that window */
    ms_t closed_ms;     /* when it was seen to have ended */
    uint32_t last_case; /* the highest number that it has given */
    bool watched;       /* by this process: what it says from now on is new */
    bool stands;        /* it lives, and that was told */
    bool earlier;       /* its records are the older ones: it goes on */
};

struct twins {
    struct twin all[LIMIT_TWINS];
    size_t count;
    ms_t sign_ms;   /* our own newest sign of life; 0: none from this process */
    int64_t sign_n; /* the message that it stands in */
};

/* ---- route.h: alarms that no chat takes ---- */

struct route {
    ms_t alone_ms; /* nobody is reached in any chat since then, in this process; 0: somebody is */
    ms_t since_ms; /* the first alarm that went another way */
    ms_t told_ms;  /* the last one */
    int told;      /* how many did; 0: none does now */
};

/* ---- rootuse.h: root users that are used ---- */

struct root_alarm {
    char account[16];
    ms_t told_ms; /* the last alarm about it */
    bool denied;  /* which was about an attempt */
};

/* AWS tells of a root user minutes later, and one more time that is another hour (CloudTrail User
   Guide, "How CloudTrail works"). */
#define ROOT_TOLD_WITHIN_MS MS_HOUR
/* Of a case that has left the desk. */
struct root_window {
    char account[16];
    int64_t no;
    ms_t from_ms, until_ms;
};
struct rootuse {
    bool watched;    /* this process reads events */
    ms_t seen_ms;    /* since then it can, without a break */
    ms_t awaited_ms; /* this process began then, and it could not be read; 0: it could */
    bool blind;      /* they cannot be read, and that was told */
    ms_t blind_ms;
    char why[256];
    struct root_alarm alarms[LIMIT_ROOT_ALARMS];
    size_t alarm_count;
    struct root_window windows[LIMIT_ROOT_WINDOWS]; /* the latest, in their order */
    size_t window_count;
    int64_t unread; /* messages that were not understood, not told yet */
    ms_t unread_told_ms;
    char unread_why[256];
};

/* ---- rootusers.h: the root users of all accounts ---- */

struct rootusers {
    struct party by; /* whoever wants to know; key "": nobody does */
    ms_t asked_ms;
    bool full; /* as a file, too */
    /* Of this process: */
    uint64_t effect_id; /* 0: it has not begun */
    int64_t done, of;   /* accounts */
    int64_t told;       /* done, when that was told last */
    ms_t told_ms;
};

/* ---- rules.h: the configuration ---- */

struct rules {
    char refused[LIMIT_ERROR_BYTES]; /* the newest file is not in force: its first error; "" */
};

/* ---- audience.h: who hears of an alarm ---- */

struct audience {
    char keys[LIMIT_ALARMED][LIMIT_EMAIL_BYTES];
    size_t count;
    size_t more;     /* Admins past that ceiling */
    uint64_t digest; /* of the whole list, to see whether it has changed; 0: none is known */
    ms_t heard_ms;   /* the roster, lately enough */
};

/* ---- talk.h, quota.h: how much somebody says, tries and leaves on record ---- */

struct talker {
    char who[LIMIT_EMAIL_BYTES]; /* chat and id, or the key of a person of [people] */
    uint32_t mark;               /* of who, so that few names are compared: talk.c */
    ms_t window_ms;
    int said, raising; /* in this minute; raising: what may raise protection */
    bool hushed;
};

/* What somebody of [people] has tried in vain. */
struct vain {
    char key[LIMIT_EMAIL_BYTES], chat[8], chat_id[128];
    char verb[32], text[LIMIT_VAIN_TEXT_BYTES]; /* of the last one: what, and what came of it */
    int64_t count;                              /* not recorded yet */
    ms_t since_ms, recorded_ms;
    ms_t barred_ms; /* when it was found that this person may not raise protection */
};

struct quota {
    char key[LIMIT_EMAIL_BYTES];
    ms_t since_ms; /* of the first that counts; from 24 hours later on it begins anew */
    int count;
};

/* ---- sight.h, hearing.h, outage.h: one chat ---- */

/* Of one chat. */
struct sight {
    uint64_t look_id; /* in flight, 0 for none */
    ms_t sent_ms;     /* when the last look was sent */
    ms_t looked_ms;   /* when the last one that could be read was sent; 0 for none */
    char why[128];    /* the last one could not be read; "" when it could */
    char strangers[LIMIT_STRANGERS_BYTES]; /* what it saw that does not fit: doubt.h */
};

/* Of one chat. */
struct hearing {
    bool behind;        /* what was said until since_ms is not known in full */
    bool wanted;        /* one more look, as soon as the one under way has ended */
    ms_t from_ms;       /* heard in full until then; 0: never */
    ms_t since_ms;      /* the chat is there since then */
    ms_t behind_ms;     /* and so long it is behind, however often it went and came meanwhile */
    uint64_t effect_id; /* the look under way, 0 for none */
    ms_t begun_ms, next_ms;
    int failures; /* in a row */
    bool told;    /* that it is behind */
    char why[256];
};

/* ---- the dead man's word: deadman.h ---- */

/* One that stands in a chat. */
struct left_word {
    char chat[8];
    char id[128]; /* there */
    ms_t at_ms;   /* when it appears, wall clock */
    ms_t told_ms; /* by when it says that we were to speak, where its time can begin anew; or 0 */
};

struct deadman {
    struct left_word words[LIMIT_LEFT_WORDS];
    size_t count;
};

/* Of one chat, in this process. */
struct word_post {
    ms_t holds_ms; /* how far ahead it takes one; 0: it takes none */
    bool moves;    /* the time of one that stands can begin anew */
    ms_t told_ms;  /* by when the one under way says that we were to speak */
    bool is_read;  /* what stands there, since it came up, and nothing is in doubt */
    ms_t read_ms;  /* when it was last read */
    int reads;     /* so often, since it came up */
    uint64_t id;   /* effect in flight, 0 for none */
    ms_t sent_ms;  /* when it was sent */
    ms_t not_before_ms;
    int failures;  /* in a row */
    char why[160]; /* it takes none, or the last call failed; "" when it did not */
};

struct chat_state {
    char name[8];
    bool up;       /* messages to the channel are taken */
    bool refused;  /* it cannot be served: nothing that lowers protection is taken from it */
    ms_t since_ms; /* it is well, or in trouble, since then */
    char why[256];
    bool told; /* its trouble, in another chat */
    struct sight sight;
    bool direct; /* refused, but people can be written to */
    bool closed; /* up, but its channel takes no posts */
    /* While it is not up: when a message was taken last, and the first that failed since; 0: none.
     */
    ms_t taken_ms, failing_ms;
    struct hearing hearing;
    struct event_crowded crowd; /* as CROWDED told last */
    struct word_post words;
};

/* ---- inquiry.h: a command that waits for outside knowledge ---- */

/* LOOK: what a task without a window would be done to is looked at, when all else was checked. */
enum inquiry_stage { INQUIRY_IDENTIFY, INQUIRY_SURVEY, INQUIRY_LOOK };

/* What was read of whoever asks and of the account, for when that was looked at. */
struct inquiry_checked {
    uint64_t ref; /* of its inquiry */
    char user[64], name[LIMIT_NAME_BYTES], role[LIMIT_NAME_BYTES];
    char account[16], account_ref[64], account_name[LIMIT_NAME_BYTES];
    char warning[256], may_approve[2048];
};

struct inquiry {
    uint64_t ref;
    ms_t at_ms;
    struct request request;
    struct party actor; /* user id not known yet */
    char thread[LIMIT_ID_BYTES];
    char view[64];        /* the form that was sent, which waits for what comes of it; "": none */
    bool direct, changes; /* changes: it may, so that it survives a restart */
    char event_id[LIMIT_ID_BYTES];
    enum inquiry_stage stage;
    uint64_t effect_id; /* in flight, 0 for none */
    ms_t since_ms;      /* when this process first asked who it is; 0: not yet */
    ms_t not_before_ms; /* the next attempt */
};

#endif
