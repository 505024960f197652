/* SPDX-License-Identifier: Apache-2.0 */
/* A command as understood: the verb and what was given with it, whichever way it came (words,
   button, form, reaction). */
#ifndef REGUARD_REQUEST_H
#define REGUARD_REQUEST_H

#include "core/buf.h"
#include "core/codemark.h"
#include "core/limits.h"
#include "core/policy.h"

struct request {
    char verb[16];     /* a command's name */
    uint32_t case_no;  /* 0: not given */
    char question[33]; /* handle of the question that is answered, fixed when it was received */
    char account[LIMIT_NAME_BYTES];
    ms_t for_ms; /* 0: not given */
    char task[32];
    char ticket[LIMIT_TICKET_BYTES];
    char reason[LIMIT_REASON_BYTES]; /* inert */
    char person[128];                /* chat id of the person named, for why */
    char digest[CODEMARK_BYTES];     /* of the code, for code; "" when a new one is wanted */
    int count;                       /* history N */
    bool anyway, yes;
    bool mailbox; /* lift: they say that they can read the root mailbox */
    bool full;    /* show: the receipt */
    bool form;    /* lift: to be looked over in its form, however complete it is */
    bool unnamed; /* case_no is the one that alone fits; not stored */
    enum approve_way way;
};

/* A lift or an adoption as somebody types it, without the word that calls us; what is missing is
   left out. */
void request_add_typed(struct buf *, const struct request *);
/* What a case asked for, to be asked again as a request of its own: nothing else comes along. */
struct casefile;
void request_of_case(const struct casefile *, struct request *ret);

#endif
