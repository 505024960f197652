/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4 for execute-api, signing exactly host, x-amz-date and
   x-amz-security-token as the vendor's own client does. Source: AWS General Reference, "Signature
   Version 4 signing process". */
#ifndef REGUARD_SIGN_H
#define REGUARD_SIGN_H

#include "core/buf.h"

struct sign_credentials {
    const char *access_key, *secret_key, *token, *region;
};
struct sign_request {
    const char *method, *host, *path, *query; /* query: sorted and encoded, "" for none */
    const char *body;
    size_t body_bytes;
    ms_t at_ms;
};
enum { SIGN_DATE_BYTES = 17, SIGN_HEX_BYTES = 65 };
struct signed_headers {
    char date[SIGN_DATE_BYTES];
    char payload_hash[SIGN_HEX_BYTES];
    char authorization[512];
    char signature[SIGN_HEX_BYTES];
};

void sign_request(const struct sign_credentials *, const struct sign_request *,
                  struct signed_headers *ret);
/* Percent-encodes everything but A-Z a-z 0-9 - _ . ~ */
void sign_add_encoded(struct buf *, const char *text);

#endif
