/* SPDX-License-Identifier: Apache-2.0 */
/* Something a test may wait for has changed; who waits for it: GET /sandbox/wait. */
#ifndef SANDBOX_CONTROL_CHANGES_H
#define SANDBOX_CONTROL_CHANGES_H

#include "tests/sandbox/control/call.h"

/* Wakes everybody who waits. */
void sandbox_changed(void);
/* How often, ever. */
uint64_t sandbox_changes(void);
/* GET /sandbox/wait */
void changes_wait(const struct control_call *);

#endif
