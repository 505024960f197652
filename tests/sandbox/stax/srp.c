/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/stax/srp.h"
#include "tests/sandbox/stax/tools.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <stdlib.h>

enum { PADDED_BYTES = 400, SALT_BYTES = 16, SECRET_BYTES = 128, KEY_BYTES = 16 };

static void must(int ok)
{
    if (!ok)
        staxd_die("arithmetic of the sign-in failed");
}

/* Numbers go into hashes as signed big-endian: a zero byte in front when the top bit is set. */
static size_t padded(const BIGNUM *n, unsigned char to[PADDED_BYTES])
{
    int bytes = BN_num_bytes(n);
    must(bytes > 0 && bytes < PADDED_BYTES - 1);
    to[0] = 0;
    BN_bn2bin(n, to + 1);
    if (to[1] & 0x80)
        return (size_t)bytes + 1;
    memmove(to, to + 1, (size_t)bytes);
    return (size_t)bytes;
}

static void hash_two(const BIGNUM *a, const unsigned char *b, size_t b_bytes, BIGNUM *to)
{
    unsigned char text[2 * PADDED_BYTES], digest[STAXD_DIGEST_BYTES];
    size_t bytes = padded(a, text);
    must(b_bytes <= sizeof text - bytes);
    memcpy(text + bytes, b, b_bytes);
    staxd_sha256(text, bytes + b_bytes, digest);
    must(BN_bin2bn(digest, sizeof digest, to) != NULL);
}

static void multiplier(const BIGNUM *modulus, BIGNUM *to)
{
    hash_two(modulus, (const unsigned char *)"\x02", 1, to);
}

static char identity[256] = STAXD_POOL_NAME STAXD_ACCESS_KEY ":" STAXD_SECRET_KEY;

bool staxd_srp_set_secret(const char *secret)
{
    int bytes = snprintf(identity, sizeof identity, STAXD_POOL_NAME STAXD_ACCESS_KEY ":%s", secret);
    return bytes > 0 && bytes < (int)sizeof identity;
}

static void private_key(const BIGNUM *salt, BIGNUM *to)
{
    unsigned char inner[STAXD_DIGEST_BYTES];
    staxd_sha256(identity, strlen(identity), inner);
    hash_two(salt, inner, sizeof inner, to);
}

/* v = g^x, what the server keeps instead of the secret */
static void verifier(const BIGNUM *salt, const BIGNUM *modulus, BN_CTX *ctx, BIGNUM *to)
{
    BIGNUM *x = BN_CTX_get(ctx), *two = BN_CTX_get(ctx);
    must(x && two);
    private_key(salt, x);
    must(BN_set_word(two, 2) && BN_mod_exp(to, two, x, modulus, ctx));
}

static bool all_hex(const char *text)
{
    return text[0] && text[strspn(text, "0123456789abcdefABCDEF")] == '\0' && strlen(text) <= 768;
}

static bool is_multiple(const BIGNUM *n, const BIGNUM *modulus)
{
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *rest = BN_new();
    must(ctx && rest && BN_mod(rest, n, modulus, ctx));
    bool zero = BN_is_zero(rest);
    BN_free(rest);
    BN_CTX_free(ctx);
    return zero;
}

static BIGNUM *random_number(size_t bytes)
{
    unsigned char raw[SECRET_BYTES];
    staxd_random(raw, bytes);
    raw[0] |= 1; /* never zero, and its length is as wanted */
    BIGNUM *n = BN_bin2bn(raw, (int)bytes, NULL);
    must(n != NULL);
    return n;
}

/* B = k v + g^b, for the salt and the secret that are set. */
static void offer(struct staxd_srp *s)
{
    BN_CTX *ctx = BN_CTX_new();
    must(ctx != NULL);
    BN_CTX_start(ctx);
    BIGNUM *modulus = BN_CTX_get(ctx), *v = BN_CTX_get(ctx), *k = BN_CTX_get(ctx),
           *two = BN_CTX_get(ctx);
    must(two && BN_get_rfc3526_prime_3072(modulus) != NULL);
    verifier(s->salt, modulus, ctx, v);
    multiplier(modulus, k);
    BN_free(s->server);
    s->server = BN_new();
    must(s->server && BN_set_word(two, 2) && BN_mod_exp(s->server, two, s->secret, modulus, ctx));
    must(BN_mod_mul(v, v, k, modulus, ctx) && BN_mod_add(s->server, s->server, v, modulus, ctx));
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
}

bool staxd_srp_begin(struct staxd_srp *s, const char *client_hex)
{
    memset(s, 0, sizeof *s);
    if (!all_hex(client_hex) || !BN_hex2bn(&s->client, client_hex))
        return false;
    BIGNUM *modulus = BN_get_rfc3526_prime_3072(NULL);
    must(modulus != NULL);
    bool usable = !is_multiple(s->client, modulus);
    BN_free(modulus);
    if (!usable) {
        staxd_srp_end(s);
        return false;
    }
    s->salt = random_number(SALT_BYTES);
    s->secret = random_number(SECRET_BYTES);
    offer(s);
    return true;
}

/* The key that both sides come to: S = (A v^u)^b, then HKDF with one block */
static void session_key(const struct staxd_srp *s, unsigned char key[STAXD_DIGEST_BYTES])
{
    static const char info[] = "Caldera Derived Key\x01";
    BN_CTX *ctx = BN_CTX_new();
    must(ctx != NULL);
    BN_CTX_start(ctx);
    BIGNUM *modulus = BN_CTX_get(ctx), *v = BN_CTX_get(ctx), *u = BN_CTX_get(ctx),
           *shared = BN_CTX_get(ctx);
    must(shared && BN_get_rfc3526_prime_3072(modulus) != NULL);
    unsigned char text[PADDED_BYTES], u_text[PADDED_BYTES], extracted[STAXD_DIGEST_BYTES];
    hash_two(s->client, text, padded(s->server, text), u);
    verifier(s->salt, modulus, ctx, v);
    must(BN_mod_exp(shared, v, u, modulus, ctx) &&
         BN_mod_mul(shared, shared, s->client, modulus, ctx));
    must(BN_mod_exp(shared, shared, s->secret, modulus, ctx));
    size_t u_bytes = padded(u, u_text);
    staxd_hmac(u_text, u_bytes, text, padded(shared, text), extracted);
    staxd_hmac(extracted, sizeof extracted, info, sizeof info - 1, key);
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
}

void staxd_srp_expect(const struct staxd_srp *s, const unsigned char *block, size_t block_bytes,
                      const char *timestamp, char to[STAXD_SIGNATURE_BYTES])
{
    static const char who[] = STAXD_POOL_NAME STAXD_ACCESS_KEY;
    unsigned char key[STAXD_DIGEST_BYTES], text[512], digest[STAXD_DIGEST_BYTES];
    size_t who_bytes = sizeof who - 1, time_bytes = strlen(timestamp);
    must(who_bytes + block_bytes + time_bytes <= sizeof text);
    memcpy(text, who, who_bytes);
    memcpy(text + who_bytes, block, block_bytes);
    memcpy(text + who_bytes + block_bytes, timestamp, time_bytes);
    session_key(s, key);
    staxd_hmac(key, KEY_BYTES, text, who_bytes + block_bytes + time_bytes, digest);
    must(EVP_EncodeBlock((unsigned char *)to, digest, sizeof digest) == 44);
}

void staxd_srp_end(struct staxd_srp *s)
{
    BN_free(s->salt);
    BN_free(s->secret);
    BN_free(s->client);
    BN_free(s->server);
    memset(s, 0, sizeof *s);
}
