/* SPDX-License-Identifier: Apache-2.0 */
/* The sign-in arithmetic against values on which AWS's own JavaScript client and the vendor's SDK
   agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "adapters/stax/srp.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

struct vector {
    const char *name, *salt, *x, *a_first, *a_last, *b_first, *b_last, *key, *timestamp, *signature;
    ms_t at_ms;
    size_t a_digits, b_digits;
};

static const struct vector vectors[] = {
    { "vector-1", "6f1d2c3b4a5968778695a4b3c2d1e0f1",
      "832c010230b06b5b546456a0114704f3f978066481501366120bf05d783f29c9", "589a4ed3", "51b6d5b5",
      "effd9029", "9220da57", "961551943023f5505a2becb688df36ce", "Wed Nov 4 03:02:01 UTC 2026",
      "MKOYvLpzitRoRagHwSxb4rA+H4UhViKyB1DrGITuoB0=", 1793761321000, 768, 768 },
    { "vector-920", "f0e1d2c3b4a5968778695a4b3c2d1e0",
      "cac8d900678b1bd296f6c06bf9a689dd1e08977f82d88ac579e9c97d5b3ee174", "184cbfae", "b8bac109",
      "ba1c8a9c", "61dba99d", "f5a72ff5c5ecb3845ac6d2d9fa12b5e5", "Tue Nov 24 13:14:15 UTC 2026",
      "bhUdCEvUb2fGRtNoTU++tZDPvl1Ba6CEZtGbRMLO/mA=", 1795526055000, 767, 766 },
};

static void hash_of(const char *name, const char *what, unsigned char out[32])
{
    char text[64];
    snprintf(text, sizeof text, "%s-%s", name, what);
    SHA256((unsigned char *)text, strlen(text), out);
}

/* The server's side: B = (k g^x + g^b) mod N. */
static char *server_public(const struct vector *v)
{
    unsigned char b_bytes[32];
    hash_of(v->name, "b", b_bytes);
    BN_CTX *ctx = BN_CTX_new();
    BIGNUM *n = BN_get_rfc3526_prime_3072(NULL), *g = BN_new(), *k = NULL, *x = NULL,
           *b = BN_bin2bn(b_bytes, 32, NULL), *left = BN_new(), *right = BN_new();
    BN_set_word(g, 2);
    BN_hex2bn(&k, "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6");
    BN_hex2bn(&x, v->x);
    BN_mod_exp(left, g, x, n, ctx);
    BN_mod_mul(left, left, k, n, ctx);
    BN_mod_exp(right, g, b, n, ctx);
    BN_mod_add(left, left, right, n, ctx);
    char *hex = BN_bn2hex(left);
    BIGNUM *all[] = { n, g, k, x, b, left, right };
    for (size_t i = 0; i < COUNT(all); i++)
        BN_free(all[i]);
    BN_CTX_free(ctx);
    return hex;
}

static void secret_block(const struct vector *v, char out[128])
{
    char text[64];
    unsigned char hash[64];
    snprintf(text, sizeof text, "%s-secret-block", v->name);
    SHA512((unsigned char *)text, strlen(text), hash);
    EVP_EncodeBlock((unsigned char *)out, hash, 64);
}

static void to_hex(const unsigned char *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void check_vector(const struct vector *v)
{
    unsigned char a[SRP_SECRET_BYTES] = { 0 }, key[SRP_KEY_BYTES];
    char a_hex[SRP_HEX_BYTES], key_hex[2 * SRP_KEY_BYTES + 1], block[128],
        signature[SRP_SIGNATURE_BYTES], timestamp[SRP_TIMESTAMP_BYTES];
    struct err err = { "" };
    hash_of(v->name, "a", a + SRP_SECRET_BYTES - 32);
    assert_true(srp_public(a, a_hex, &err));
    assert_int_equal(strlen(a_hex), v->a_digits);
    assert_memory_equal(a_hex, v->a_first, 8);
    assert_string_equal(a_hex + strlen(a_hex) - 8, v->a_last);
    char *b_hex = server_public(v);
    struct srp_challenge c = { .pool = "EMULATED1",
                               .user = "11111111-2222-3333-4444-555555555555",
                               .password = "abcdefghijklmnopqrstuvwxyz012345",
                               .salt_hex = v->salt,
                               .b_hex = b_hex };
    assert_true(srp_key(a, &c, key, &err));
    to_hex(key, sizeof key, key_hex);
    assert_string_equal(key_hex, v->key);
    srp_timestamp(v->at_ms, timestamp);
    assert_string_equal(timestamp, v->timestamp);
    secret_block(v, block);
    assert_true(srp_sign(key, &c, block, timestamp, signature, &err));
    assert_string_equal(signature, v->signature);
    OPENSSL_free(b_hex);
}

static void agrees_with_the_official_clients(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++)
        check_vector(&vectors[i]);
}

static void refuses_forbidden_server_values(void **state)
{
    (void)state;
    unsigned char a[SRP_SECRET_BYTES] = { [SRP_SECRET_BYTES - 1] = 7 }, key[SRP_KEY_BYTES];
    struct err err = { "" };
    struct srp_challenge c = {
        .pool = "P", .user = "u", .password = "p", .salt_hex = "01", .b_hex = "0"
    };
    assert_false(srp_key(a, &c, key, &err));
    c.b_hex = "not hex";
    assert_false(srp_key(a, &c, key, &err));
    c.b_hex = "1234";
    c.salt_hex = "";
    assert_false(srp_key(a, &c, key, &err));
}

/* ---- Signature Version 4 ---- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_official_clients),
        cmocka_unit_test(refuses_forbidden_server_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
