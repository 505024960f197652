/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration has that is understood, and that cannot do what it is for: a name where an
   id is wanted, a token of another kind, one chat account for two people. Found without any
   network. `check` says it as a problem; `run` starts all the same, since what raises protection
   may still work, and logs it. */
#ifndef REGUARD_ADVICE_H
#define REGUARD_ADVICE_H

#include "config/config.h"

struct advice {
    const char *section, *key;
    int line;                     /* 0: not known */
    char text[LIMIT_ERROR_BYTES]; /* what was found, what it means, and what to do */
};
typedef void (*advice_taker)(void *arg, const struct advice *);

/* In the order of the file's sections. Secrets that cannot be read are left to config_files_check.
 */
void advice_give(const struct config *, advice_taker, void *arg);
/* Is the person's id in that chat one at all? */
bool advice_is_chat_id(const struct config *, const char *chat, const char *id);
/* Where a key stands in the file; 0 when it does not, or the file cannot be read any more. */
int advice_line(const struct config *, const char *section, const char *key);

#endif
