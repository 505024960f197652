/* SPDX-License-Identifier: Apache-2.0 */
/* What every service asks of values. */
#ifndef SANDBOX_NET_VALUES_H
#define SANDBOX_NET_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *sandbox_text(const json_t *object, const char *key); /* "" when it is no string */
int64_t sandbox_number(const json_t *object, const char *key, int64_t otherwise);
bool sandbox_same(const char *a, const char *b); /* NULL is nothing's equal */
/* Random letters and digits, so many of them, 128 at most; to has room for count + 1. */
void sandbox_random(char *to, size_t count);

#endif
