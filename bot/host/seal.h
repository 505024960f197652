/* SPDX-License-Identifier: Apache-2.0 */
/* Text that only whoever has the same secret can read: AES-256-GCM (NIST SP 800-38D) under a key
   made of it by HMAC-SHA-256, with a nonce from chance; nonce, text and tag in hex. */
#ifndef REGUARD_SEAL_H
#define REGUARD_SEAL_H

#include "core/buf.h"
#include "host/secret.h"

bool seal_close(const struct secret *with, const char *text, struct buf *ret);
/* NULL: it was not sealed with that secret, or was changed. */
struct secret *seal_open(const struct secret *with, const char *sealed);

#endif
