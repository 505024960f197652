/* SPDX-License-Identifier: Apache-2.0 */
#include "host/seal.h"
#include "core/encode.h"
#include "core/limits.h"
#include "host/clock.h"

#include <openssl/evp.h>
#include <string.h>

enum { KEY_BYTES = 32, NONCE_BYTES = 12, TAG_BYTES = 16 };
enum { SEALED_BYTES = NONCE_BYTES + LIMIT_SECRET_BYTES + TAG_BYTES };

static bool read_hex(const char *hex, unsigned char *ret, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        const char *high = strchr(digits, hex[2 * i]), *low = strchr(digits, hex[2 * i + 1]);
        if (!high || !low)
            return false;
        ret[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
    return true;
}

static bool make_key(const struct secret *with, unsigned char ret[KEY_BYTES])
{
    static const char purpose[] = "reguard: sealed";
    char hex[2 * KEY_BYTES + 1];
    secret_mac_hex(with, purpose, sizeof purpose - 1, hex);
    bool made = read_hex(hex, ret, KEY_BYTES);
    secret_wipe(hex, sizeof hex);
    return made;
}

/* to: as long as from, which is that many bytes. */
static bool crypt(bool closes, const unsigned char key[KEY_BYTES], const unsigned char *nonce,
                  const unsigned char *from, size_t count, unsigned char *to, unsigned char *tag)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int done = 0, rest = 0;
    bool fine = c && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, closes) == 1 &&
                (closes || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1) &&
                EVP_CipherUpdate(c, to, &done, from, (int)count) == 1 &&
                EVP_CipherFinal_ex(c, to + done, &rest) == 1 &&
                (!closes || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1);
    EVP_CIPHER_CTX_free(c);
    return fine;
}

bool seal_close(const struct secret *with, const char *text, struct buf *ret)
{
    unsigned char key[KEY_BYTES], sealed[SEALED_BYTES];
    char hex[2 * SEALED_BYTES + 1];
    size_t count = strlen(text);
    if (count >= LIMIT_SECRET_BYTES || !make_key(with, key))
        return false;
    clock_random(sealed, NONCE_BYTES);
    bool fine = crypt(true, key, sealed, (const unsigned char *)text, count, sealed + NONCE_BYTES,
                      sealed + NONCE_BYTES + count);
    secret_wipe(key, sizeof key);
    if (!fine)
        return false;
    encode_hex(sealed, NONCE_BYTES + count + TAG_BYTES, hex);
    buf_add(ret, hex);
    return !ret->overflow;
}

struct secret *seal_open(const struct secret *with, const char *sealed)
{
    unsigned char key[KEY_BYTES], bytes[SEALED_BYTES], text[LIMIT_SECRET_BYTES];
    size_t count = strlen(sealed) / 2;
    if (strlen(sealed) % 2 || count <= NONCE_BYTES + TAG_BYTES || count >= SEALED_BYTES ||
        !read_hex(sealed, bytes, count) || !make_key(with, key))
        return NULL;
    count -= NONCE_BYTES + TAG_BYTES;
    bool fine = crypt(false, key, bytes, bytes + NONCE_BYTES, count, text,
                      bytes + NONCE_BYTES + count);
    secret_wipe(key, sizeof key);
    text[count] = '\0';
    struct secret *opened = fine ? secret_from((const char *)text) : NULL;
    secret_wipe(text, sizeof text);
    return opened;
}
