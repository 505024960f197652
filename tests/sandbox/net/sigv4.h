/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4, the verifier's side: the request is put into canonical form again and signed
   with the secret that belongs to the access key id. */
#ifndef SANDBOX_NET_SIGV4_H
#define SANDBOX_NET_SIGV4_H

#include "tests/sandbox/net/message.h"

enum { SIGV4_FIELD_BYTES = 1024 };
struct sigv4_authorization {
    char access_key_id[64], day[16], region[32], service[32], end[32];
    char signed_headers[SIGV4_FIELD_BYTES];
    char signature[66];
};

/* Takes an Authorization header apart. What is wrong with it, or NULL. */
const char *sigv4_read(const char *header, struct sigv4_authorization *);
/* Is that header among those that are signed? */
bool sigv4_covers(const struct sigv4_authorization *, const char *name);
/* The signature is the one of this request under the secret. There is an x-amz-date. */
bool sigv4_matches(const struct web_request *, const struct sigv4_authorization *,
                   const char *secret);
/* The canonical request, malloc'ed: AWS repeats it to whoever signs another one. */
char *sigv4_canonical(const struct web_request *, const struct sigv4_authorization *);

#endif
