/* SPDX-License-Identifier: Apache-2.0 */
/* What is percent-encoded: queries, forms, parts of a path. */
#ifndef SANDBOX_NET_FORM_H
#define SANDBOX_NET_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* malloc'ed, with a NUL behind it. plus: a + is a space, as in queries and forms. */
char *form_decoded(const char *from, size_t bytes, bool plus, size_t *ret_bytes);
/* Fields of "a=b&c=d" as a JSON object of strings, "" for what is not UTF-8; new reference. */
json_t *form_fields(const char *text, size_t bytes);

#endif
