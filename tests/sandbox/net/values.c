/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/values.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

const char *sandbox_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t sandbox_number(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool sandbox_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

void sandbox_random(char *to, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz";
    unsigned char bytes[128];
    if (count > sizeof bytes || RAND_bytes(bytes, (int)count) != 1)
        abort();
    for (size_t i = 0; i < count; i++)
        to[i] = letters[bytes[i] % (sizeof letters - 1)];
    to[count] = '\0';
}
