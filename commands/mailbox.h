/* SPDX-License-Identifier: Apache-2.0 */
/* The one-time code that proves the root mailbox. */
#ifndef REGUARD_COMMANDS_MAILBOX_H
#define REGUARD_COMMANDS_MAILBOX_H

#include "core/command.h"
#include "core/desk.h"

/* Why there is no code without a key: a clause. */
extern const char mailbox_no_key[];
/* Mails a new code to the root address of a case; only its mark is kept. `account` is for the
   text. */
void mailbox_send_code(const struct desk *, uint32_t case_no, const char *email,
                       const char *account, struct verdict *);

#endif
