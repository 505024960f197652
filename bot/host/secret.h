/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: read from files only, kept in memory that is locked and wiped, and of a type that
   nothing prints. */
#ifndef REGUARD_SECRET_H
#define REGUARD_SECRET_H

#include "core/base.h"
#include "core/err.h"

struct secret;
/* Reads a file: regular, not readable by group or others, at most LIMIT_SECRET_BYTES, trailing line
   ends cut, not empty, no blanks or control characters inside (JSON may have blanks). The error
   names the path and never the content. */
struct secret *secret_read(const char *path, struct err *);
struct secret *secret_from(const char *text); /* for secrets that a service hands out */
void secret_free(struct secret *);            /* wipes; accepts NULL */
/* Puts the fresh one, which is taken over and may be NULL, into the place of the kept one. True:
   they differ, and the old one is wiped. */
bool secret_replace(struct secret **kept, struct secret *fresh);
void secret_cleanup(struct secret **);
/* The text, lent: for building one request, not for keeping. */
const char *secret_reveal(const struct secret *);
bool secret_equal(const struct secret *, const char *text); /* constant time for equal lengths */
/* Overwrites bytes so that the compiler keeps it. */
void secret_wipe(void *bytes, size_t count);
/* No core dumps, not traceable. Called once at start. */
void secret_harden_process(void);
/* Lower-case hex HMAC-SHA-256 of the bytes under the key (RFC 2104). */
void secret_mac_hex(const struct secret *key, const void *bytes, size_t count, char ret_hex[65]);
/* Lower-case hex SHA-256 of the bytes. */
void secret_sha256_hex(const void *bytes, size_t count, char ret_hex[65]);

#endif
