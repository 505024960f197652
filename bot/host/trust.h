/* The certificates we trust: the system's, and one more file where the configuration names it. One
   store for each such file, shared by every TLS connection of the process, so that a connection
   costs no parsing of certificates. */
#ifndef REGUARD_TRUST_H
#define REGUARD_TRUST_H

#include "core/err.h"

/* Makes the TLS client context (an SSL_CTX *) verify against that store, with TLS 1.2 as the least
   version. ca_file: "" for the system's anchors alone. False when the file cannot be read. */
bool trust_apply(void *ssl_context, const char *ca_file);
/* The file can be read and holds a certificate. */
bool trust_file_check(const char *ca_file, struct err *);

#endif
