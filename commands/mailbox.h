/* The one-time code that proves the root mailbox. */
#ifndef REGUARD_COMMANDS_MAILBOX_H
#define REGUARD_COMMANDS_MAILBOX_H

#include "core/desk.h"

/* Mails a new code to the root address of a case; only its digest is kept. `account` is for the
   text. */
void mailbox_send_code(const struct desk *, uint32_t case_no, const char *email,
                       const char *account, struct verdict *);

#endif
