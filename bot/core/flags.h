/* SPDX-License-Identifier: Apache-2.0 */
/* A provider's guardrail document as canonical text: one line per switch, sorted, "PART.KEY=on" or
   "PART.KEY=off". What it may keep beside them and what has another value stands as
   "PART.KEY=value" or "PART=value", with a digest for a value that is long or odd; "OTHERS=digest"
   for what there is no room for. Equal texts are equal documents. */
#ifndef REGUARD_FLAGS_H
#define REGUARD_FLAGS_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/provider.h"

enum flag_state { FLAG_ABSENT, FLAG_OFF, FLAG_ON };

enum flag_state flags_root(const struct provider *, const char *flags);
/* Appends the names of what is not one of the switches that the provider knows, separated by ", ".
   Returns their number. */
size_t flags_unknown(const struct provider *, const char *flags, struct buf *);
/* Why a document with these is not written, and what helps; for people, in the arena. */
const char *flags_refusal(const struct provider *, const char *unknown, struct arena *);
/* Appends "KEY: on -> off" for each difference but the guardrail's own, separated by ", ". Returns
   their number. */
size_t flags_differences(const struct provider *, const char *before, const char *after,
                         struct buf *);
/* Adds the lines in which `now` differs from `base`, but for keys that have a line there already;
   "KEY=absent" for what `now` lacks. */
void flags_note_differences(const char *base, const char *now, struct buf *lines);
/* Appends "KEY: off -> on -> off" for each such line, but for the guardrail's own, whose key is in
   `after` what it is in `base`, separated by ", ". Returns their number. */
size_t flags_turned_back(const struct provider *, const char *base, const char *lines,
                         const char *after, struct buf *);

#endif
