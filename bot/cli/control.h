/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket beside the store: the way from the operator's commands to the daemon. One
   datagram, "status", "proof", "restore WHY" or "accept WHY"; one datagram back: the status as
   JSON; what time it is for the daemon and when it proved the guardrail on, 0 while it is not or
   something holds it down, both in ms; or "taken MS". Whoever may use it follows from the folder
   and the socket's mode, 0600. */
#ifndef REGUARD_CLI_CONTROL_H
#define REGUARD_CLI_CONTROL_H

#include "core/buf.h"
#include "core/err.h"

struct bot;

/* When the guardrail was proved on, 0 while it is not or something holds it down. */
ms_t control_proved_ms(const struct bot *);
/* Listens, anew when the socket's file is gone. The lock of the store has to be held. */
bool control_listen(struct bot *, struct err *);
/* A socket can have a path in that folder. */
bool control_fits(const char *state_dir, struct err *);

enum { CONTROL_ANSWER_BYTES = 64 * 1024 };
/* How long an answer is waited for: a daemon that lives answers between two turns. */
static const ms_t CONTROL_PATIENCE_MS = 5 * MS_SECOND;

enum control_answer {
    CONTROL_ANSWERED,
    CONTROL_NOBODY, /* no daemon listens there */
    CONTROL_SILENT, /* one listens and gives no sign of life */
    CONTROL_DENIED, /* this user may not ask */
};
/* Asks and waits. answer: what came back. The kernel lets nobody but the daemon answer. */
enum control_answer control_ask(const char *state_dir, const char *verb, const char *why,
                                struct buf *answer);

#endif
