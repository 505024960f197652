/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sign.h"
#include "host/secret.h"
#include "core/encode.h"
#include "core/xalloc.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HASH_BYTES = 32, CANONICAL_BYTES = 16 * 1024, KEY_BYTES = 256 };
static const char SIGNED[] = "host;x-amz-date;x-amz-security-token";

void sign_add_encoded(struct buf *b, const char *text)
{
    encode_percent(b, text, ENCODE_UNRESERVED);
}

static void stamp(ms_t at_ms, char ret_date[SIGN_DATE_BYTES])
{
    time_t seconds = (time_t)(at_ms / 1000);
    struct tm tm = { 0 };
    /* A request without an instant is refused by whoever checks it. */
    if (!gmtime_r(&seconds, &tm) || !strftime(ret_date, SIGN_DATE_BYTES, "%Y%m%dT%H%M%SZ", &tm))
        ret_date[0] = '\0';
}

static void hmac(const void *key, size_t key_bytes, const char *text, unsigned char out[HASH_BYTES])
{
    unsigned int bytes = HASH_BYTES;
    if (!HMAC(EVP_sha256(), key, (int)key_bytes, (const unsigned char *)text, strlen(text), out,
              &bytes))
        xalloc_failed(); /* only for want of memory */
}

/* The key of one day, region and service. */
static void day_key(const struct sign_credentials *c, const char *day,
                    unsigned char out[HASH_BYTES])
{
    char first[KEY_BYTES];
    unsigned char key[HASH_BYTES];
    snprintf(first, sizeof first, "AWS4%s", c->secret_key);
    hmac(first, strlen(first), day, key);
    hmac(key, HASH_BYTES, c->region, out);
    hmac(out, HASH_BYTES, "execute-api", key);
    hmac(key, HASH_BYTES, "aws4_request", out);
    secret_wipe(first, sizeof first);
    secret_wipe(key, sizeof key);
}

/* Outside of S3 the path is encoded once more than it is sent (SigV4, "Create a canonical
   request"). */
static void add_path(struct buf *b, const char *path)
{
    encode_percent(b, path, ENCODE_UNRESERVED "/");
}

static void canonical(const struct sign_credentials *c, const struct sign_request *r,
                      const struct signed_headers *h, char ret_hash[SIGN_HEX_BYTES])
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, CANONICAL_BYTES);
    buf_addf(&b, "%s\n", r->method);
    add_path(&b, r->path);
    buf_addf(&b, "\n%s\nhost:%s\nx-amz-date:%s\nx-amz-security-token:%s\n\n%s\n%s", r->query,
             r->host, h->date, c->token, SIGNED, h->payload_hash);
    secret_sha256_hex(buf_text(&b), b.bytes, ret_hash);
}

void sign_request(const struct sign_credentials *c, const struct sign_request *r,
                  struct signed_headers *ret)
{
    char day[9], canonical_hash[SIGN_HEX_BYTES], to_sign[512];
    unsigned char key[HASH_BYTES], signature[HASH_BYTES];
    stamp(r->at_ms, ret->date);
    snprintf(day, sizeof day, "%.8s", ret->date);
    secret_sha256_hex(r->body ? r->body : "", r->body_bytes, ret->payload_hash);
    canonical(c, r, ret, canonical_hash);
    snprintf(to_sign, sizeof to_sign, "AWS4-HMAC-SHA256\n%s\n%s/%s/execute-api/aws4_request\n%s",
             ret->date, day, c->region, canonical_hash);
    day_key(c, day, key);
    hmac(key, HASH_BYTES, to_sign, signature);
    secret_wipe(key, sizeof key);
    encode_hex(signature, HASH_BYTES, ret->signature);
    snprintf(ret->authorization, sizeof ret->authorization,
             "AWS4-HMAC-SHA256 Credential=%s/%s/%s/execute-api/aws4_request, SignedHeaders=%s, "
             "Signature=%s",
             c->access_key, day, c->region, SIGNED, ret->signature);
}
