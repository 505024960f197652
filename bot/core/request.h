/* SPDX-License-Identifier: Apache-2.0 */
/* A command as understood: the verb and what was given with it, whichever way it came (words,
   button, form, reaction). */
#ifndef REGUARD_REQUEST_H
#define REGUARD_REQUEST_H

#include "core/buf.h"
#include "core/codemark.h"
#include "core/duration.h"
#include "core/limits.h"
#include "core/policy.h"

struct request {
    char verb[16];     /* a command's name */
    uint32_t case_no;  /* 0: not given */
    char question[33]; /* handle of the question that is answered, fixed when it was received */
    char account[LIMIT_NAME_BYTES];
    ms_t for_ms;   /* 0: not given */
    ms_t until_ms; /* the end that was given instead, then for_ms is what was left until it; or 0 */
    struct day_time until; /* the same as it was said, as long as until_ms is not known */
    bool tomorrow;         /* until_ms is of tomorrow: today it was so late already; not stored */
    char task[32];
    char target[LIMIT_TARGET_BYTES]; /* run: what it is done to */
    char ticket[LIMIT_TICKET_BYTES];
    char reason[LIMIT_REASON_BYTES]; /* inert */
    char person[128];                /* chat id of the person named, for why */
    char digest[CODEMARK_BYTES];     /* of the code, for code; "" when a new one is wanted */
    int count;                       /* history N */
    bool anyway;
    bool yes;     /* cleaned: it is; approve: with password recovery */
    bool mailbox; /* lift: they say that they can read the root mailbox */
    bool full;    /* show: the receipt */
    bool form;    /* lift: to be looked over in its form, however complete it is */
    bool unnamed; /* case_no is the one that alone fits; not stored */
    enum approve_way way;
};

/* What was said of an end becomes an instant, by a clock of that zone. */
void request_fix_end(struct request *, const struct zone *, ms_t now_ms);
/* A lift, an adoption or a task without a window as somebody types it, without the word that calls
   us; what is missing is left out. */
void request_add_typed(struct buf *, const struct request *);
/* " for 45m" or " until 17:30 UTC"; otherwise_ms: where neither was given, 0: then nothing. */
void request_add_length(struct buf *, const struct request *, ms_t otherwise_ms);
/* What a case asked for, to be asked again as a request of its own: nothing else comes along. */
struct casefile;
void request_of_case(const struct casefile *, struct request *ret);
/* A task without a window in that case's account, because of that case and with its ticket. */
void request_for_case(const struct casefile *, const char *task, struct request *ret);
/* The task of a request for a window, to be done without one: nothing of the window comes along. */
void request_to_run(const struct request *, struct request *ret);

#endif
