/* SPDX-License-Identifier: Apache-2.0 */
/* What the root user of a case's account has, as AWS itself tells: looked at when a window is asked
   for, so that everybody sees what it begins with, and again once root protection is proved ON, so
   that the clean-up is checked where it can be. What is left then is looked at every day, until
   nothing is, or another Admin says that it is meant. Nothing waits for a look: a window is lifted
   and restored whatever becomes of it. */
#ifndef REGUARD_ROOTLOOK_H
#define REGUARD_ROOTLOOK_H

#include "core/buf.h"
#include "core/casefile.h"
#include "core/verdict.h"

struct desk;

/* ROOT_FOUND. */
void rootlook_decide(const struct desk *, const struct event *, struct verdict *);
void rootlook_settle(const struct desk *, struct verdict *);
void rootlook_apply(struct desk *, const struct fact *);

/* Its window was seen to have left something behind, by the last look that told. */
bool rootlook_is_left(const struct casefile *);
/* Whoever asked is reminded of that. */
bool rootlook_is_owed(const struct casefile *);
/* A task without a window has just been done: where that was to delete the credentials that a
   window has left, it is looked at once more. */
void rootlook_again(struct desk *, const struct casefile *errand, ms_t at_ms);
/* It is kept on the desk for that, or for the first look after its window. */
bool rootlook_keeps(const struct desk *, const struct casefile *);
/* When whoever asked is reminded next; MS_NEVER: they are not. */
ms_t rootlook_reminder_ms(const struct casefile *);
/* After a window that is closed it is looked at whether all is cleaned up. */
bool rootlook_is_after(const struct desk *, const struct casefile *);

/* Adds "a password with MFA, no access keys". */
void rootlook_add_has(struct buf *, const struct root_has *);
/* Adds what is left, "2 access keys and a password WITHOUT MFA"; nothing when nothing is. */
void rootlook_add_left(struct buf *, const struct casefile *);
/* Adds "; 1 access key was there before, too", and whether the password is new. */
void rootlook_add_compared(struct buf *, const struct casefile *);

#endif
