/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/srp.h"
#include "host/secret.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NUMBER_BYTES = 385, HASH_BYTES = 32 };

static void bn_done(BIGNUM **n) { BN_clear_free(*n); }
static void ctx_done(BN_CTX **c) { BN_CTX_free(*c); }
static void md_done(EVP_MD_CTX **c) { EVP_MD_CTX_free(*c); }
#define NUMBER __attribute__((cleanup(bn_done))) BIGNUM

static bool broken(struct err *err) { return err_set(err, "sign-in arithmetic failed"); }

/* Big-endian without leading zeros, one zero in front when the top bit is set: how AWS's clients
   pad before hashing. */
static size_t pad(const BIGNUM *n, unsigned char out[NUMBER_BYTES])
{
    size_t bytes = (size_t)BN_num_bytes(n);
    bool high = BN_num_bits(n) % 8 == 0 && bytes > 0;
    out[0] = 0;
    BN_bn2bin(n, out + high);
    return bytes == 0 ? 1 : bytes + high;
}

static bool hash_two(const void *a, size_t a_bytes, const void *b, size_t b_bytes,
                     unsigned char out[HASH_BYTES])
{
    __attribute__((cleanup(md_done))) EVP_MD_CTX *md = EVP_MD_CTX_new();
    return md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) && EVP_DigestUpdate(md, a, a_bytes) &&
           EVP_DigestUpdate(md, b, b_bytes) && EVP_DigestFinal_ex(md, out, NULL);
}

static BIGNUM *hash_numbers(const BIGNUM *a, const BIGNUM *b)
{
    unsigned char first[NUMBER_BYTES], second[NUMBER_BYTES], out[HASH_BYTES];
    size_t first_bytes = pad(a, first), second_bytes = pad(b, second);
    return hash_two(first, first_bytes, second, second_bytes, out)
               ? BN_bin2bn(out, HASH_BYTES, NULL)
               : NULL;
}

/* The group: N of RFC 3526 group 15, g = 2, k = H(PAD(N) || 2). */
struct group {
    BIGNUM *n, *g, *k;
};

static void group_done(struct group *group)
{
    BN_free(group->n);
    BN_free(group->g);
    BN_free(group->k);
}

static bool group_init(struct group *group)
{
    *group = (struct group){ .n = BN_get_rfc3526_prime_3072(NULL), .g = BN_new() };
    if (!group->n || !group->g || !BN_set_word(group->g, 2))
        return false;
    group->k = hash_numbers(group->n, group->g);
    return group->k != NULL;
}

static BIGNUM *secret_number(const unsigned char a[SRP_SECRET_BYTES], const struct group *group,
                             BN_CTX *ctx)
{
    BIGNUM *n = BN_bin2bn(a, SRP_SECRET_BYTES, NULL);
    if (n && !BN_mod(n, n, group->n, ctx)) {
        BN_free(n);
        return NULL;
    }
    return n;
}

static BIGNUM *public_number(const BIGNUM *a, const struct group *group, BN_CTX *ctx)
{
    BIGNUM *n = BN_new();
    if (n && !BN_mod_exp(n, group->g, a, group->n, ctx)) {
        BN_free(n);
        return NULL;
    }
    return n;
}

bool srp_public(const unsigned char a_bytes[SRP_SECRET_BYTES], char ret_a_hex[SRP_HEX_BYTES],
                struct err *err)
{
    __attribute__((cleanup(group_done))) struct group group;
    __attribute__((cleanup(ctx_done))) BN_CTX *ctx = BN_CTX_new();
    if (!group_init(&group) || !ctx)
        return broken(err);
    NUMBER *a = secret_number(a_bytes, &group, ctx);
    NUMBER *public = a ? public_number(a, &group, ctx) : NULL;
    char *hex = public && !BN_is_zero(public) ? BN_bn2hex(public) : NULL;
    if (!hex)
        return broken(err);
    const char *start = hex + strspn(hex, "0");
    size_t n = 0;
    for (; start[n] && n + 1 < SRP_HEX_BYTES; n++)
        ret_a_hex[n] = (char)(start[n] >= 'A' && start[n] <= 'F' ? start[n] + 32 : start[n]);
    ret_a_hex[n] = '\0';
    OPENSSL_free(hex);
    return true;
}

/* x = H(PAD(salt) || H(pool || user || ":" || password)) */
static BIGNUM *private_key(const struct srp_challenge *c)
{
    unsigned char inner[HASH_BYTES], salt[NUMBER_BYTES], out[HASH_BYTES];
    char identity[512], password[4200];
    snprintf(identity, sizeof identity, "%s%s:", c->pool, c->user);
    str_copy(password, sizeof password, c->password);
    bool done = hash_two(identity, strlen(identity), password, strlen(password), inner);
    secret_wipe(password, sizeof password);
    BIGNUM *number = NULL;
    if (!done || strlen(c->salt_hex) > 2 * (NUMBER_BYTES - 1) || !BN_hex2bn(&number, c->salt_hex))
        return NULL;
    size_t bytes = pad(number, salt);
    BN_free(number);
    return hash_two(salt, bytes, inner, sizeof inner, out) ? BN_bin2bn(out, HASH_BYTES, NULL)
                                                           : NULL;
}

/* S = (B - k g^x)^(a + u x) mod N; the exponent is not reduced. */
static BIGNUM *shared_secret(const struct group *group, const BIGNUM *a, const BIGNUM *b,
                             const BIGNUM *u, const BIGNUM *x, BN_CTX *ctx)
{
    NUMBER *base = BN_new(), *exponent = BN_new();
    BIGNUM *s = BN_new();
    bool done = base && exponent && s && BN_mod_exp(base, group->g, x, group->n, ctx) &&
                BN_mod_mul(base, base, group->k, group->n, ctx) &&
                BN_mod_sub(base, b, base, group->n, ctx) && BN_mul(exponent, u, x, ctx) &&
                BN_add(exponent, exponent, a) && BN_mod_exp(s, base, exponent, group->n, ctx);
    if (done)
        return s;
    BN_clear_free(s);
    return NULL;
}

static bool hmac(const void *key, size_t key_bytes, const void *data, size_t bytes,
                 unsigned char out[HASH_BYTES])
{
    return HMAC(EVP_sha256(), key, (int)key_bytes, data, bytes, out, NULL) != NULL;
}

static bool derive(const BIGNUM *u, const BIGNUM *s, unsigned char ret_key[SRP_KEY_BYTES])
{
    static const char info[] = "Caldera Derived Key\x01";
    unsigned char salt[NUMBER_BYTES], secret[NUMBER_BYTES], prk[HASH_BYTES], out[HASH_BYTES];
    size_t salt_bytes = pad(u, salt), secret_bytes = pad(s, secret);
    bool done = hmac(salt, salt_bytes, secret, secret_bytes, prk) &&
                hmac(prk, sizeof prk, info, sizeof info - 1, out);
    memcpy(ret_key, out, SRP_KEY_BYTES);
    secret_wipe(secret, sizeof secret);
    secret_wipe(prk, sizeof prk);
    secret_wipe(out, sizeof out);
    return done;
}

bool srp_key(const unsigned char a_bytes[SRP_SECRET_BYTES], const struct srp_challenge *c,
             unsigned char ret_key[SRP_KEY_BYTES], struct err *err)
{
    __attribute__((cleanup(group_done))) struct group group;
    __attribute__((cleanup(ctx_done))) BN_CTX *ctx = BN_CTX_new();
    BIGNUM *parsed = NULL;
    if (!group_init(&group) || !ctx)
        return broken(err);
    if (strlen(c->b_hex) >= SRP_HEX_BYTES || !BN_hex2bn(&parsed, c->b_hex))
        return err_set(err, "the sign-in service sent no usable SRP_B");
    NUMBER *b = parsed, *remainder = BN_new(), *a = secret_number(a_bytes, &group, ctx);
    NUMBER *public = a ? public_number(a, &group, ctx) : NULL;
    if (!public || !remainder || !BN_mod(remainder, b, group.n, ctx))
        return broken(err);
    NUMBER *u = hash_numbers(public, b);
    if (!u || BN_is_zero(remainder) || BN_is_zero(u))
        return err_set(err, "the sign-in service sent values that are not allowed");
    NUMBER *x = private_key(c);
    if (!x)
        return err_set(err, "the sign-in service sent no usable SALT");
    NUMBER *s = shared_secret(&group, a, b, u, x, ctx);
    return (s && derive(u, s, ret_key)) || broken(err);
}

bool srp_sign(const unsigned char key[SRP_KEY_BYTES], const struct srp_challenge *c,
              const char *secret_block_base64, const char *timestamp,
              char ret_base64[SRP_SIGNATURE_BYTES], struct err *err)
{
    enum { MESSAGE_BYTES = 8192 };
    unsigned char message[MESSAGE_BYTES], mac[HASH_BYTES];
    size_t block_length = strlen(secret_block_base64), at = 0;
    const char *const parts[] = { c->pool, c->user };
    if (strlen(c->pool) + strlen(c->user) + block_length + strlen(timestamp) + 8 > MESSAGE_BYTES ||
        block_length % 4)
        return err_set(err, "the sign-in service sent no usable SECRET_BLOCK");
    for (size_t i = 0; i < COUNT(parts); i++) {
        memcpy(message + at, parts[i], strlen(parts[i]));
        at += strlen(parts[i]);
    }
    int decoded = EVP_DecodeBlock(message + at, (const unsigned char *)secret_block_base64,
                                  (int)block_length);
    if (decoded < 0)
        return err_set(err, "the sign-in service sent a SECRET_BLOCK that is not base64");
    for (size_t i = block_length;
         i > 0 && secret_block_base64[i - 1] == '=' && block_length - i < 2; i--)
        decoded--;
    at += (size_t)decoded;
    memcpy(message + at, timestamp, strlen(timestamp));
    at += strlen(timestamp);
    if (!hmac(key, SRP_KEY_BYTES, message, at, mac))
        return broken(err);
    EVP_EncodeBlock((unsigned char *)ret_base64, mac, HASH_BYTES);
    return true;
}

void srp_timestamp(ms_t at_ms, char ret_text[SRP_TIMESTAMP_BYTES])
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm = { 0 };
    gmtime_r(&seconds, &tm);
    snprintf(ret_text, SRP_TIMESTAMP_BYTES, "%s %s %d %02d:%02d:%02d UTC %d", days[tm.tm_wday % 7],
             months[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             tm.tm_year + 1900);
}
