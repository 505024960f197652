/* SPDX-License-Identifier: Apache-2.0 */
/* The control API: what a test does instead of people, time and bad luck. */
#ifndef SANDBOX_CONTROL_CONTROL_H
#define SANDBOX_CONTROL_CONTROL_H

#include "tests/sandbox/control/service.h"

/* Everything under /sandbox/, for programs: calls that come from a browser are refused. services
   stays the caller's. */
struct web_service control_web(const struct services *);
/* The same for whoever has been let in already. */
void control_answer(const struct services *, const struct web_request *, struct web_reply *);

#endif
