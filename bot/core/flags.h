/* The guardrail document as canonical text: one line per key, sorted, "SCP.KEY=on" or
   "SCP.KEY=off"; what Stax may keep beside them stands as "RCP.KEY=value". Equal texts are equal
   documents. Source of the keys: Stax's OpenAPI ScpGuardrail. */
#ifndef REGUARD_FLAGS_H
#define REGUARD_FLAGS_H

#include "core/buf.h"

#define FLAGS_ROOT_KEY "IAM_BLOCK_ROOT_USER_ACCESS"
/* What the Stax console calls it. */
#define FLAGS_ROOT_NAME "Block non-centralized root user access"

enum flag_state { FLAG_ABSENT, FLAG_OFF, FLAG_ON };

enum flag_state flags_root(const char *flags);
/* Appends the names of keys that are not among the 28 we know, separated by ", ". Returns their
   number. */
size_t flags_unknown(const char *flags, struct buf *);
/* Appends "KEY: on -> off" for each difference but the root key's, separated by ", ". Returns their
   number. */
size_t flags_differences(const char *before, const char *after, struct buf *);

#endif
