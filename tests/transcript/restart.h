/* SPDX-License-Identifier: Apache-2.0 */
/* A restart after any event must not change how a story ends. */
#ifndef REGUARD_TRANSCRIPT_RESTART_H
#define REGUARD_TRANSCRIPT_RESTART_H

#include "tests/transcript/play.h"

/* Plays it again with a restart after each event that may matter, before the event's effects and
   after them; fails the test when it ends otherwise than undisturbed. */
void transcript_check_restarts(const struct transcript *t, const struct run *undisturbed);

#endif
