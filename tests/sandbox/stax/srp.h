#ifndef SANDBOX_STAX_SRP_H
#define SANDBOX_STAX_SRP_H

#include "tests/sandbox/stax/state.h"

/* Takes A as hex; false when it is none or A mod N is 0. */
/* Another secret for the API token's access key; false when it is too long. */
bool stax_srp_set_secret(const char *);
bool stax_srp_begin(struct stax_srp *, const char *client_hex);
/* B for the salt and the secret that are set. */
void stax_srp_offer(struct stax_srp *);
/* The signature that a client with the right secret sends: base64. */
void stax_srp_expect(const struct stax_srp *, const unsigned char *block, size_t block_bytes,
                     const char *timestamp, char to[STAX_SIGNATURE_BYTES]);
void stax_srp_end(struct stax_srp *);

#endif
