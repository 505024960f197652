/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack's error codes say of the next attempt (docs.slack.dev, "Errors" of each method). No
   code ends a message but one that is known to be final for that very message: tokens come back,
   apps are installed again, rights are given, channels opened. Pure. */
#ifndef REGUARD_SLACK_REFUSAL_H
#define REGUARD_SLACK_REFUSAL_H

enum slack_refusal {
    SLACK_NO_CREDENTIAL, /* no call at all is taken: the token has ended, the app was removed */
    SLACK_NO_RIGHT,      /* not this call: a scope or a permission is missing */
    SLACK_NO_CHANNEL,    /* nothing is taken in that channel */
    SLACK_NO_POSTING,    /* the same, or something in the message is what is restricted */
    SLACK_NO_THREAD,     /* nothing is taken under that message, but in the channel */
    SLACK_NO_TARGET,     /* the message to edit, or to answer under, is not there any more */
    SLACK_NO_PERSON,     /* nobody can write to that person directly */
    SLACK_NO_FORM,       /* not in this form */
    SLACK_NO_REASON,     /* a code that is not known: the form may be the reason, or the channel */
};
enum slack_refusal slack_refusal_of(const char *error);

#endif
