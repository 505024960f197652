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

enum { HASH_BYTES = 32, CANONICAL_BYTES = 16 * 1024, KEY_BYTES = 256, NAMES_BYTES = 512 };

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

/* The key of one day, region and service. False when the secret is too long for a whole one. */
static bool day_key(const struct sign_credentials *c, const char *day,
                    unsigned char out[HASH_BYTES])
{
    char first[KEY_BYTES];
    unsigned char key[HASH_BYTES];
    int bytes = snprintf(first, sizeof first, "AWS4%s", c->secret_key);
    bool whole = bytes > 0 && (size_t)bytes < sizeof first;
    hmac(first, strlen(first), day, key);
    hmac(key, HASH_BYTES, c->region, out);
    hmac(out, HASH_BYTES, c->service, key);
    hmac(key, HASH_BYTES, "aws4_request", out);
    secret_wipe(first, sizeof first);
    secret_wipe(key, sizeof key);
    return whole;
}

/* ---- the canonical request ---- */

/* Outside of S3 the path is encoded once more than it is sent (SigV4, "Create a canonical
   request"). */
static void add_path(struct buf *b, const char *path)
{
    encode_percent(b, path, ENCODE_UNRESERVED "/");
}

enum { OWN_HEADERS = 3, ALL_HEADERS = OWN_HEADERS + SIGN_HEADERS };

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct sign_header *)left)->name,
                  ((const struct sign_header *)right)->name);
}

static size_t headers_in_order(const struct sign_credentials *c, const struct sign_request *r,
                               const char *date, struct sign_header ret[ALL_HEADERS])
{
    size_t count = 0;
    ret[count++] = (struct sign_header){ "host", r->host };
    ret[count++] = (struct sign_header){ "x-amz-date", date };
    if (c->token)
        ret[count++] = (struct sign_header){ "x-amz-security-token", c->token };
    for (size_t i = 0; i < r->header_count && i < SIGN_HEADERS; i++)
        ret[count++] = r->headers[i];
    qsort(ret, count, sizeof *ret, by_name);
    return count;
}

/* Without blanks around it, and with one where there are several. */
static void add_value(struct buf *b, const char *value)
{
    value += strspn(value, " \t");
    while (*value) {
        size_t word = strcspn(value, " \t"), blanks = strspn(value + word, " \t");
        buf_add_bytes(b, value, word);
        value += word + blanks;
        if (*value)
            buf_add_char(b, ' ');
    }
}

static void add_headers(struct buf *b, struct buf *names, const struct sign_header *headers,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_addf(names, "%s%s", i ? ";" : "", headers[i].name);
        buf_addf(b, "%s:", headers[i].name);
        add_value(b, headers[i].value);
        buf_add_char(b, '\n');
    }
}

/* Adds the names of what is signed, too. False when it is longer than it may be. */
static bool canonical(const struct sign_credentials *c, const struct sign_request *r,
                      const struct signed_headers *h, struct buf *names,
                      char ret_hash[SIGN_HEX_BYTES])
{
    CLEANUP(buf_done) struct buf b;
    struct sign_header headers[ALL_HEADERS];
    size_t count = headers_in_order(c, r, h->date, headers);
    buf_init(&b, CANONICAL_BYTES);
    buf_addf(&b, "%s\n", r->method);
    add_path(&b, r->path);
    buf_addf(&b, "\n%s\n", r->query);
    add_headers(&b, names, headers, count);
    buf_addf(&b, "\n%s\n%s", buf_text(names), h->payload_hash);
    secret_sha256_hex(buf_text(&b), b.bytes, ret_hash);
    return !b.overflow && !names->overflow && r->header_count <= SIGN_HEADERS;
}

/* ---- the signature ---- */

static bool sign(const struct sign_credentials *c, const struct sign_request *r,
                 struct signed_headers *ret)
{
    CLEANUP(buf_done) struct buf names;
    char day[9], hash[SIGN_HEX_BYTES], scope[128], to_sign[512];
    unsigned char key[HASH_BYTES], signature[HASH_BYTES];
    buf_init(&names, NAMES_BYTES);
    stamp(r->at_ms, ret->date);
    snprintf(day, sizeof day, "%.8s", ret->date);
    secret_sha256_hex(r->body ? r->body : "", r->body_bytes, ret->payload_hash);
    bool whole = canonical(c, r, ret, &names, hash);
    int bytes = snprintf(scope, sizeof scope, "%s/%s/%s/aws4_request", day, c->region, c->service);
    whole &= bytes > 0 && (size_t)bytes < sizeof scope;
    snprintf(to_sign, sizeof to_sign, "AWS4-HMAC-SHA256\n%s\n%s\n%s", ret->date, scope, hash);
    whole &= day_key(c, day, key);
    hmac(key, HASH_BYTES, to_sign, signature);
    secret_wipe(key, sizeof key);
    encode_hex(signature, HASH_BYTES, ret->signature);
    bytes = snprintf(ret->authorization, sizeof ret->authorization,
                     "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                     c->access_key, scope, buf_text(&names), ret->signature);
    return whole && bytes > 0 && (size_t)bytes < sizeof ret->authorization;
}

void sign_request(const struct sign_credentials *c, const struct sign_request *r,
                  struct signed_headers *ret)
{
    if (!sign(c, r, ret))
        *ret = (struct signed_headers){ .date = "" };
}
