/* SPDX-License-Identifier: Apache-2.0 */
/* POST /sandbox/stax: what tests and the demo change behind the bot's back. One row per word. */
#ifndef SANDBOX_STAX_CONTROL_H
#define SANDBOX_STAX_CONTROL_H

#include "tests/sandbox/control/call.h"
#include "tests/sandbox/stax/state.h"

extern const struct control_row staxd_calls[];
json_t *staxd_state(void *stax);

#endif
