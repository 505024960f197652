/* SPDX-License-Identifier: Apache-2.0 */
/* A start that follows failed ones waits, longer each time. The service manager's own pause cannot
   grow before systemd 254 (RestartSteps=), so reguard counts its starts in the folder that the
   manager keeps for it over restarts ($RUNTIME_DIRECTORY, systemd.exec(5)): 0, 1, 2, 4, … seconds,
   half a minute at the most. Without such a folder there is no pause. */
#ifndef REGUARD_CLI_PAUSE_H
#define REGUARD_CLI_PAUSE_H

#include "core/base.h"

/* How long a start waits that follows so many failed ones. */
ms_t pause_ms(int failed);
/* At start: counts this one as failed until it is known better, waits, and returns how many failed
   before it. -1 when SIGTERM or SIGINT came meanwhile. */
int pause_after_failures(void (*notify)(const char *state));
/* The start was none of the failed ones: reguard has lived for a while, or was told to stop. */
void pause_was_fine(void);

#endif
