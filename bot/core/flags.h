/* The guardrail document as canonical text: one line per key, sorted, "SCP.KEY=on" or
   "SCP.KEY=off". What Stax may keep beside them and what has another value stands as
   "RCP.KEY=value", "PART.KEY=value" or "PART=value", with a digest for a value that is long or odd;
   "OTHERS=digest" for what there is no room for. Equal texts are equal documents. Source of the
   keys: Stax's OpenAPI ScpGuardrail. */
#ifndef REGUARD_FLAGS_H
#define REGUARD_FLAGS_H

#include "core/buf.h"

#define FLAGS_ROOT_KEY "IAM_BLOCK_ROOT_USER_ACCESS"
/* What the Stax console calls it. */
#define FLAGS_ROOT_NAME "Block non-centralized root user access"

enum flag_state { FLAG_ABSENT, FLAG_OFF, FLAG_ON };

enum flag_state flags_root(const char *flags);
bool flags_knows(const char *key); /* one of the 28 of the SCP part */
/* Appends the names of what is not one of the 28 switches we know, separated by ", ". Returns their
   number. */
size_t flags_unknown(const char *flags, struct buf *);
/* Appends "KEY: on -> off" for each difference but the root key's, separated by ", ". Returns their
   number. */
size_t flags_differences(const char *before, const char *after, struct buf *);
/* Adds the lines in which `now` differs from `base`, but for the root key's and for keys that have
   a line there already; "KEY=absent" for what `now` lacks. */
void flags_note_differences(const char *base, const char *now, struct buf *lines);
/* Appends "KEY: off -> on -> off" for each such line whose key is in `after` what it is in `base`,
   separated by ", ". Returns their number. */
size_t flags_turned_back(const char *base, const char *lines, const char *after, struct buf *);

#endif
