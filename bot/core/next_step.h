/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever was refused can do about it by pressing a button: it stands beside the refusal, for
   them alone. */
#ifndef REGUARD_NEXT_STEP_H
#define REGUARD_NEXT_STEP_H

#include "core/command.h"
#include "core/desk.h"

struct refused {
    const struct desk *desk;
    const struct command *command;
    const struct request *request;
    const char *key; /* of the person, in [people] */
    bool unread;     /* the words could not be read whole */
    bool told;       /* the refusal says already how its command is typed whole */
    bool no_admin;   /* their role was read, and is not an Admin's */
};

/* Puts the buttons beside what was answered last; none, where no step follows from it. */
void next_step_add(const struct refused *, struct verdict *);

#endif
