/* SPDX-License-Identifier: Apache-2.0 */
/* What needs the root user, and what does not any more. Source: AWS IAM User Guide, "Tasks that
   require root user credentials" (docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html). */
#ifndef REGUARD_TASKS_H
#define REGUARD_TASKS_H

#include "core/base.h"

enum task_need {
    TASK_NEEDS_ROOT,   /* only the member account's root user can do it */
    TASK_CENTRALIZED,  /* centralized root access or the management account does it; no lifting
                          needed */
    TASK_UNRESTRICTED, /* service control policies do not bind it; no lifting needed */
    TASK_SUPPORT,      /* AWS Support does it, with the root user's phone */
};
struct task {
    const char *name, *title;
    enum task_need need;
    const char *guide; /* lines; plain text */
};
/* What reguard itself can do, in a session of the account's root user (errand.h). */
struct doable {
    const char *task;         /* its name */
    const char *thing, *deed; /* to what, in a sentence; and what is done to it */
    /* Why that can be no name of one: a clause; NULL: it can. */
    const char *(*problem)(const char *target);
};

/* Why nothing has to be lifted for it: a clause behind its title. NULL: it needs the root user. */
const char *task_why_no_window(const struct task *);
const struct task *task_named(const char *name); /* NULL when unknown */
/* NULL: it cannot do that one; nor NULL. */
const struct doable *task_doable(const struct task *);
/* The table; ends with a row without name. */
const struct task *task_table(void);

#endif
