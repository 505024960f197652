/* SPDX-License-Identifier: Apache-2.0 */
/* Secure Remote Password as Cognito user pools do it (USER_SRP_AUTH): 3072-bit group of RFC 3526,
   SHA-256, and a key derived with the info string that AWS's own clients use. Pure arithmetic; the
   random secret is an argument. */
#ifndef REGUARD_STAX_SRP_H
#define REGUARD_STAX_SRP_H

#include "core/base.h"
#include "core/err.h"

enum { SRP_HEX_BYTES = 769, SRP_SECRET_BYTES = 128, SRP_KEY_BYTES = 16, SRP_SIGNATURE_BYTES = 64 };

struct srp_challenge {
    const char *pool; /* user pool id behind its underscore */
    const char *user, *password;
    const char *salt_hex, *b_hex;
};

/* A = g^a mod N in lower-case hex without leading zeros. False when A mod N is 0. */
bool srp_public(const unsigned char a[SRP_SECRET_BYTES], char ret_a_hex[SRP_HEX_BYTES],
                struct err *);
/* The shared key. False when the server's values are not allowed (B mod N = 0, u = 0). */
bool srp_key(const unsigned char a[SRP_SECRET_BYTES], const struct srp_challenge *,
             unsigned char ret_key[SRP_KEY_BYTES], struct err *);
/* base64(HMAC-SHA256(key, pool || user || secret block || timestamp)). */
bool srp_sign(const unsigned char key[SRP_KEY_BYTES], const struct srp_challenge *,
              const char *secret_block_base64, const char *timestamp,
              char ret_base64[SRP_SIGNATURE_BYTES], struct err *);
/* "Wed Nov 4 03:02:01 UTC 2026": English whatever the locale, day without padding. */
enum { SRP_TIMESTAMP_BYTES = 40 };
void srp_timestamp(ms_t at_ms, char ret_text[SRP_TIMESTAMP_BYTES]);

#endif
