/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates we trust: the system's, and one more file where the configuration names it. One
   store for each such file, shared by every TLS connection of the process, so that a connection
   costs no parsing of certificates. */
#ifndef REGUARD_TRUST_H
#define REGUARD_TRUST_H

#include "core/base.h"
#include "core/err.h"

enum { TRUST_WHY_BYTES = 160 };

/* Makes the TLS client context (an SSL_CTX *) verify against that store, with TLS 1.2 as the least
   version. ca_file: "" for the system's anchors alone; False when the file cannot be read. */
bool trust_apply(void *ssl_context, const char *ca_file);
/* A certificate was refused, or the configuration was read again: each file that has changed is
   read again when it is needed next. */
void trust_look_again(void);
/* Writes into `why`, which lives as long as the context, why a certificate was refused; looks
   again. */
void trust_note_why(void *ssl_context, char why[TRUST_WHY_BYTES]);
/* Of the code that OpenSSL gives (X509_verify_cert_error_string(3)); 0, and refused all the same:
   the name. Where the time is to blame the clock is named, too. The text lives until the next call.
 */
const char *trust_reason(long code);
/* Which edition of the file it is. */
struct trust_version {
    int64_t seconds, nanoseconds, size, inode; /* of the last change; size -1: there is none */
};
struct trust_version trust_version_of(const char *file);
bool trust_version_equal(const struct trust_version *, const struct trust_version *);
/* The file can be read and holds a certificate. */
bool trust_file_check(const char *ca_file, struct err *);

#endif
