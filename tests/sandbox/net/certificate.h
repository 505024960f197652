/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate authority for this run, and a server pair signed by it, as PEM texts. */
#ifndef SANDBOX_NET_CERTIFICATE_H
#define SANDBOX_NET_CERTIFICATE_H

#include <stdbool.h>

struct certificate {
    char *authority, *server, *server_key;
};
/* What is wrong with it, for those who have to refuse it. */
enum certificate_fault { CERTIFICATE_FINE, CERTIFICATE_OF_ANOTHER, CERTIFICATE_ENDED };
/* False, with a line on stderr, when OpenSSL refuses. */
bool certificate_make(struct certificate *, enum certificate_fault);
void certificate_done(struct certificate *);

#endif
