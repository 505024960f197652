/* SPDX-License-Identifier: Apache-2.0 */
/* What needs the root user, and what does not any more. Source: AWS IAM User Guide, "Tasks that
   require root user credentials" (docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html). */
#ifndef REGUARD_TASKS_H
#define REGUARD_TASKS_H

#include "core/base.h"

/* What others point to. */
#define TASK_CREDENTIALS "credentials"
#define TASK_RECOVERY "recovery"
/* What is done to it, where nothing is named. */
#define TASK_ROOT_USER "root user"

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
    const char *noun;         /* what is named behind the account; NULL: nothing, it is done to the
                                 account's root user */
    const char *typed;        /* "BUCKET": the same in a line to be typed; "" for nothing */
    const char *hint;         /* how it is named; NULL where nothing is */
    const char *thing, *deed; /* to what, in a sentence; and what is done to it */
    /* Why that can be no name of one in the account, "" while that is not known: a clause; NULL: it
       can. NULL where nothing is named. */
    const char *(*problem)(const char *target, const char *account);
    const struct doable_words *words;
};
/* What is told of it: clauses, but for two sentences. */
struct doable_words {
    const char *nothing;          /* behind the thing: why there is nothing to do */
    const char *plan;             /* a sentence: what is done from now on */
    const char *what, *is_done;   /* "Verified: WHAT “target” in ACCOUNT IS_DONE" */
    const char *is_found;         /* in place of the latter: perhaps by somebody else */
    bool of_root;                 /* nothing is named: WHAT is the root user's */
    const char *end;              /* a sentence behind it */
    const char *gone, *changed;   /* why nothing was done */
    const char *another;          /* stands there afterwards; NULL: a part of it may */
    const char *stands, *may_yet; /* it does, as before; it may be done later all the same */
};

/* Why nothing has to be lifted for it: a clause behind its title. NULL: it needs the root user. */
const char *task_why_no_window(const struct task *);
const struct task *task_named(const char *name); /* NULL when unknown */
/* NULL: it cannot do that one; nor NULL. */
const struct doable *task_doable(const struct task *);
/* Of a task that it cannot do, which a record of another version may have, those of a policy. */
const struct doable_words *task_words(const char *task);
/* What is done by it as it is kept: from what somebody named, without the blanks around it; where
   nothing is named, the root user. "" stays "". False: it is too long, and `to` is "". */
bool task_take_target(const struct doable *, const char *typed, char *to, size_t bytes);
/* The table; ends with a row without name. */
const struct task *task_table(void);

#endif
