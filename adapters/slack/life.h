/* SPDX-License-Identifier: Apache-2.0 */
/* Where the adapter is in its life. Pure. Two things change on their own: what is known of us and
   of the channel, and the attempt to have a socket. */
#ifndef REGUARD_SLACK_LIFE_H
#define REGUARD_SLACK_LIFE_H

#include <stdbool.h>

enum slack_life {
    SLACK_NEW,        /* who we are is being asked; nothing is told, and there is no socket */
    SLACK_IDENTIFIED, /* so is whether the channel may be served */
    SLACK_DECIDED,    /* both are known, and looked at now and then */
    SLACK_DOUBTED,    /* it was decided, and who we are is asked anew */
    SLACK_STOPPED,    /* nothing is begun any more */
    SLACK_LIVES
};
extern const char *const slack_life_names[SLACK_LIVES];

enum slack_step {
    SLACK_NAMED,  /* Slack says who the bot token is */
    SLACK_JUDGED, /* whether the channel may be served is known, or that it cannot be known */
    SLACK_DOUBT,  /* the bot token, or what is trusted, is another one */
    SLACK_STOP,
    SLACK_STEPS
};

/* What follows; a step that means nothing there changes nothing. */
enum slack_life slack_life_after(enum slack_life, enum slack_step);
/* Troubles are told, and sockets are opened: what arrives is acted on or refused for good reason.
 */
bool slack_life_decided(enum slack_life);
bool slack_life_identified(enum slack_life);

enum slack_attempt {
    SLACK_NO_ATTEMPT,
    SLACK_OPENING, /* a socket is being opened, or is due now */
    SLACK_OUTDATED /* with older credentials: another one follows at once */
};

#endif
