/* SPDX-License-Identifier: Apache-2.0 */
/* Forms in a request: percent-encoded (queries and parts of a path, too), or in parts. */
#ifndef SANDBOX_NET_FORM_H
#define SANDBOX_NET_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* malloc'ed, with a NUL behind it. plus: a + is a space, as in queries and forms. */
char *form_decoded(const char *from, size_t bytes, bool plus, size_t *ret_bytes);
/* Fields of "a=b&c=d" as a JSON object of strings, "" for what is not UTF-8; new reference. */
json_t *form_fields(const char *text, size_t bytes);
/* The file in a body of multipart/form-data (RFC 7578), lent; NULL when the type is another one or
   no part is a file. */
const char *form_file(const char *content_type, const char *body, size_t bytes, size_t *ret_bytes);

#endif
