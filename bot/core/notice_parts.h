/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the notices only: one thing to say, and the pieces that the files of this room share. Text
   grows in `b`; notice_post, _thread or _direct send it and empty it again. */
#ifndef REGUARD_NOTICE_PARTS_H
#define REGUARD_NOTICE_PARTS_H

#include "core/action.h"
#include "core/buf.h"
#include "core/desk.h"

struct notice {
    const struct desk *desk;
    const struct casefile *c /* NULL: of no case */;
    const struct fact *f;
    struct verdict *v;
    struct buf b;
    /* What is said at once of several, `c` the first of them; told_count 0: of `c` alone. */
    const struct casefile *told[MESSAGE_CASES];
    size_t told_count;
};

/* Strings in the turn's arena. */
const char *notice_text(struct notice *);
const char *notice_subject(const struct notice *);
const char *notice_case_id(const struct notice *);

/* ": why" as the end of a sentence, and its end alone where nobody said why. */
void notice_end_with(struct notice *, const char *why);
/* The same with the reason of whoever did it. */
void notice_end_with_reason(struct notice *);
void notice_mention(struct notice *, const struct party *);
/* What to do, and whoever can do it: those who may approve, but for the one who asks. */
void notice_ask_approvers(struct notice *, const char *what);

struct message *notice_post(struct notice *);
/* A post that says that protection is down, or may be. */
struct message *notice_alarm(struct notice *);
/* Whom an alarm rings for, and what can be done about it. */
struct alarm {
    bool requester;         /* whoever asked for the window, and approved it */
    bool admins;            /* every Admin of [people] */
    bool escalate;          /* [policy] escalate */
    bool directly;          /* each Admin alone, too */
    bool only_directly;     /* the channel takes no posts, and gets this one later or never */
    bool quietly;           /* never alone: another alarm of this moment says it */
    bool reminds;           /* as in the message */
    enum action buttons[2]; /* see notice_button; ACTION_NONE ends them; of several cases: each has
                               the one that restores */
};
/* Says what stands in `b`: in the channel, with the mentions behind it, and to people alone when
   that is wanted or the only way. */
void notice_sound(struct notice *, const struct alarm *);
/* To each who is asked alone, at most LIMIT_ASKED: the question as the channel has it, in a message
   of its own that is answered by the same buttons and edited when it is answered. */
void notice_ask_alone(struct notice *, const char *text);
/* A post that the other Admins answer, with a vote or a word. */
void notice_question(struct notice *);
struct message *notice_thread(struct notice *);
void notice_direct(struct notice *, const struct party *to);
/* The message is that person's own matter, unless they have just done it themselves. */
void notice_concerns(struct notice *, struct message *, const struct party *);
void notice_line(struct notice *, const char *text); /* under the card */
/* The same sentence under the card and to the requester. */
void notice_tell_requester(struct notice *);
/* Likewise, to whoever asked the question. */
void notice_tell_asker(struct notice *);
/* What lowers only when it is possible now. What raises always: it may be possible by the time it
   is pressed, and an alarm is never without it. */
void notice_button(struct notice *, struct message *, enum action);

/* One for each fact with more to say than a line: notice_request.c, notice_window.c,
   notice_alarm.c. */
void notice_asked(struct notice *);
void notice_errand_asked(struct notice *);
void notice_errand_begun(struct notice *);
void notice_errand_done(struct notice *);
void notice_errand_failed(struct notice *);
void notice_recovery_begun(struct notice *);
void notice_recovery_allowed(struct notice *);
void notice_recovery_failed(struct notice *);
/* Adds that nothing was changed, as far as that is so, and what stays allowed. */
void notice_add_unchanged(struct notice *);
void notice_code_failed(struct notice *);
void notice_approved(struct notice *);
void notice_lapsed(struct notice *);
void notice_roll_failed(struct notice *);
/* `b` says why; told to whoever asked, too. */
void notice_closed_before_lift(struct notice *);
void notice_expired(struct notice *);
void notice_refused(struct notice *);
void notice_failed(struct notice *);
void notice_lifted(struct notice *);
void notice_drifted(struct notice *);
void notice_turned_back(struct notice *);
void notice_reviewed(struct notice *);
void notice_warned(struct notice *);
void notice_extension_asked(struct notice *);
void notice_extension_declined(struct notice *);
void notice_extended(struct notice *);
void notice_ended(struct notice *);
void notice_restored(struct notice *);
void notice_trouble(struct notice *);
void notice_reminded(struct notice *);
void notice_snoozed(struct notice *);
void notice_outside_found(struct notice *);
void notice_adoption_asked(struct notice *);
void notice_adoption_refused(struct notice *);
void notice_adopted(struct notice *);
void notice_unknown_told(struct notice *);
void notice_known_again(struct notice *);
void notice_undelivered(struct notice *);
void notice_root_used(struct notice *);
void notice_root_summed(struct notice *);
void notice_root_found(struct notice *);
void notice_not_clean(struct notice *);
/* Asks whoever had the window whether all is cleaned up, with the two answers. */
void notice_ask_clean(struct notice *);
void notice_root_unread(struct notice *);
void notice_root_blind(struct notice *);
void notice_root_left(struct notice *);
void notice_root_seen_again(struct notice *);

/* What may be off meanwhile, and can be restored with a button; NULL: nothing is. */
const struct casefile *notice_held_down(const struct desk *);

#endif
