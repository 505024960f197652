/* SPDX-License-Identifier: Apache-2.0 */
/* What a homeserver's refusals say of the next attempt (client-server specification 1.19, "Common
   error codes", "Other error codes"). No code ends a message: tokens come back, rights are given,
   rooms are opened. Pure. */
#ifndef REGUARD_MATRIX_REFUSAL_H
#define REGUARD_MATRIX_REFUSAL_H

enum matrix_refusal {
    MATRIX_NO_CREDENTIAL, /* no call at all is taken: the access token, or the account, is ended */
    MATRIX_NO_ROOM,       /* nothing of ours is taken in that room, or anywhere */
    MATRIX_NO_POSTING,    /* the same, or something in the message is what is forbidden: one code
                             stands for a missing power, for our absence and for a filter's word */
    MATRIX_NO_FORM,       /* not in this form */
    MATRIX_NO_REASON,     /* a code that is not known: the form may be the reason, or the room */
};
enum matrix_refusal matrix_refusal_of(const char *errcode);

#endif
