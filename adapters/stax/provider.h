/* SPDX-License-Identifier: Apache-2.0 */
/* Stax as the core sees it, and the names that its guardrail document has. */
#ifndef REGUARD_STAX_PROVIDER_H
#define REGUARD_STAX_PROVIDER_H

#include "core/provider.h"

#define STAX_TITLE "Stax"
#define STAX_CONSOLE "the Stax console"
/* A key of the document's SCP part, and the line of it in the canonical text. */
#define STAX_ROOT_KEY "IAM_BLOCK_ROOT_USER_ACCESS"
#define STAX_LINE(key) "SCP." key

extern const struct provider stax_provider;

bool stax_knows_key(const char *key); /* one of the 28 of the SCP part */

#endif
