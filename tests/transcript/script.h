/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a transcript that are typed: what people do, and what happens in the world.
   tests/transcripts/README.md lists them. */
#ifndef REGUARD_TRANSCRIPT_SCRIPT_H
#define REGUARD_TRANSCRIPT_SCRIPT_H

#include <inttypes.h>
#include "core/duration.h"
#include "core/utf8.h"
#include "tests/transcript/run.h"

enum { SCRIPT_TEXT = LIMIT_COMMAND_BYTES * 2 };
bool script_act(struct run *r, const char *line);

#endif
