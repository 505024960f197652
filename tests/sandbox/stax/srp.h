/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_STAX_SRP_H
#define SANDBOX_STAX_SRP_H

#include "tests/sandbox/stax/state.h"

/* Another secret for the API token's access key; false when it is too long. */
bool staxd_srp_set_secret(const char *);
/* Takes A as hex; false when it is none or A mod N is 0. */
bool staxd_srp_begin(struct staxd_srp *, const char *client_hex);
/* The signature that a client with the right secret sends: base64. */
void staxd_srp_expect(const struct staxd_srp *, const unsigned char *block, size_t block_bytes,
                      const char *timestamp, char to[STAXD_SIGNATURE_BYTES]);
void staxd_srp_end(struct staxd_srp *);

#endif
