/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text that others take: hexadecimal digits, and percent-encoding (RFC 3986, section
   2.1). */
#ifndef REGUARD_ENCODE_H
#define REGUARD_ENCODE_H

#include "core/buf.h"

/* Two lower-case digits for each byte, and a NUL: ret has room for 2 * count + 1. */
void encode_hex(const void *bytes, size_t count, char *ret);
/* ASCII letters and digits stay, and the characters of `plain`; every other byte becomes %XX. */
void encode_percent(struct buf *, const char *text, const char *plain);
/* What stays in a part of an address beside letters and digits (RFC 3986, "unreserved"). */
#define ENCODE_UNRESERVED "-_.~"

#endif
