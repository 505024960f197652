/* SPDX-License-Identifier: Apache-2.0 */
/* The key under which mailed codes are kept: six digits are tried in a second, so a digest alone
   would give them away to whoever reads the audit or a copy of the store. It stands in a file of
   the state folder beside the store, and in nothing else; without it the codes that were mailed do
   not count any more. */
#ifndef REGUARD_CODEKEY_H
#define REGUARD_CODEKEY_H

#include "core/codemark.h"
#include "host/secret.h"

#define CODEKEY_FILE "code.key"

/* Reads the key, or makes it (random, mode 0600, on disk before it is used) when there is none.
   NULL with an error that names the file: then no code can be sent or taken. */
struct secret *codekey_open(const char *state_dir, struct err *);
/* As struct desk wants it; key is a struct secret. */
void codekey_mark(const void *key, const char *code, char ret_mark[CODEMARK_BYTES]);

#endif
