/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a mailed code: KEY.MAC, with 16 characters that name the key and the 64 of
   HMAC-SHA-256 (RFC 2104) of the code under it, in hex. Whoever has only the mark learns nothing of
   the code. */
#ifndef REGUARD_CODEMARK_H
#define REGUARD_CODEMARK_H

#include "core/base.h"

enum { CODEMARK_KEY_NAME = 16, CODEMARK_BYTES = CODEMARK_KEY_NAME + 1 + 64 + 1 };

/* Both were made under the same key. False also for a digest as versions before this one kept. */
bool codemark_same_key(const char *a, const char *b);
/* They are of the same code. Takes as long whatever they hold. */
bool codemark_equal(const char *a, const char *b);

#endif
