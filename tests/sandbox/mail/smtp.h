/* SPDX-License-Identifier: Apache-2.0 */
/* A small SMTP server on loopback; mails are kept for GET /sandbox/mail. */
#ifndef SANDBOX_MAIL_SMTP_H
#define SANDBOX_MAIL_SMTP_H

#include "tests/sandbox/control/service.h"

struct smtp;
/* Port 0 for any. NULL when it cannot listen. */
struct smtp *smtp_start(int port, int *ret_port);
void smtp_stop(struct smtp *);
struct service smtp_service(struct smtp *);

#endif
