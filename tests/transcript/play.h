/* SPDX-License-Identifier: Apache-2.0 */
/* Playing a transcript: each typed line at its time, with what happens until then. */
#ifndef REGUARD_TRANSCRIPT_PLAY_H
#define REGUARD_TRANSCRIPT_PLAY_H

#include "tests/transcript/file.h"
#include "tests/transcript/run.h"

/* The world is well before the first line: started a minute earlier, everything connected. What
   comes of it is in the run's log, as lines of a transcript. */
void transcript_play(struct run *r, const struct transcript *t);

#endif
