/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4 in the Authorization header, for any service and region. What is signed:
   host, x-amz-date, the session token where there is one, and what else the caller names. Source:
   AWS General Reference, "Signature Version 4 signing process". */
#ifndef REGUARD_SIGN_H
#define REGUARD_SIGN_H

#include "core/buf.h"

struct sign_credentials {
    const char *access_key, *secret_key;
    const char *token;            /* NULL: they belong to no session */
    const char *region, *service; /* of the endpoint: "us-east-1", "iam" */
};
struct sign_header {
    const char *name, *value; /* lower case; as it is sent */
};
struct sign_request {
    const char *method, *host, *path, *query; /* query: sorted and encoded, "" for none; path: as it
                                                 is sent, without dots */
    const struct sign_header *headers;        /* signed beside the others, each name once */
    size_t header_count;                      /* at most SIGN_HEADERS */
    const char *body;
    size_t body_bytes;
    ms_t at_ms;
};
enum { SIGN_DATE_BYTES = 17, SIGN_HEX_BYTES = 65, SIGN_HEADERS = 8 };
struct signed_headers {
    char date[SIGN_DATE_BYTES];
    char payload_hash[SIGN_HEX_BYTES];
    char authorization[1024];
    char signature[SIGN_HEX_BYTES];
};

/* Nothing is signed, and each text is "", of what is too long for a signature to cover it all:
   whoever checks a request refuses it without one. */
void sign_request(const struct sign_credentials *, const struct sign_request *,
                  struct signed_headers *ret);
/* Percent-encodes everything but A-Z a-z 0-9 - _ . ~ */
void sign_add_encoded(struct buf *, const char *text);

#endif
