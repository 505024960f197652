/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/net/sigv4.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 64, CANONICAL_BYTES = 32 * 1024, DIGEST_BYTES = 32, HEX_BYTES = 65 };

static void sha256(const void *data, size_t bytes, unsigned char to[DIGEST_BYTES])
{
    if (!EVP_Digest(data, bytes, to, NULL, EVP_sha256(), NULL))
        abort();
}

static void hmac(const void *key, size_t key_bytes, const char *text,
                 unsigned char to[DIGEST_BYTES])
{
    if (!HMAC(EVP_sha256(), key, (int)key_bytes, (const unsigned char *)text, strlen(text), to,
              NULL))
        abort();
}

struct canonical {
    char text[CANONICAL_BYTES];
    size_t bytes;
    bool full;
};

static void add(struct canonical *c, const char *text, size_t bytes)
{
    if (c->full || bytes >= sizeof c->text - c->bytes) {
        c->full = true;
        return;
    }
    memcpy(c->text + c->bytes, text, bytes);
    c->bytes += bytes;
    c->text[c->bytes] = '\0';
}

static void add_text(struct canonical *c, const char *text) { add(c, text, strlen(text)); }

static bool unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           strchr("-_.~", c);
}

static void add_encoded(struct canonical *c, char byte, bool keep_slash)
{
    char escape[4];
    if ((byte && unreserved(byte)) || (keep_slash && byte == '/')) {
        add(c, &byte, 1);
        return;
    }
    snprintf(escape, sizeof escape, "%%%02X", (unsigned)(unsigned char)byte);
    add_text(c, escape);
}

static void hex(const unsigned char digest[DIGEST_BYTES], char to[HEX_BYTES])
{
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        snprintf(to + 2 * i, 3, "%02x", digest[i]);
}

/* ---- the Authorization header ---- */

/* The value of "Name=" up to the next comma or the end. */
static bool field(const char *header, const char *name, char *to, size_t bytes)
{
    const char *at = strstr(header, name);
    if (!at)
        return false;
    at += strlen(name);
    size_t length = strcspn(at, ", ");
    if (!length || length >= bytes)
        return false;
    memcpy(to, at, length);
    to[length] = '\0';
    return true;
}

const char *sigv4_read(const char *header, struct sigv4_authorization *a)
{
    char scope[256];
    if (strncmp(header, "AWS4-HMAC-SHA256 ", 17) != 0)
        return "Authorization header does not start with AWS4-HMAC-SHA256.";
    if (!field(header, "Credential=", scope, sizeof scope))
        return "Authorization header requires 'Credential' parameter.";
    if (!field(header, "SignedHeaders=", a->signed_headers, sizeof a->signed_headers))
        return "Authorization header requires 'SignedHeaders' parameter.";
    if (!field(header, "Signature=", a->signature, sizeof a->signature))
        return "Authorization header requires 'Signature' parameter.";
    if (sscanf(scope, "%63[^/]/%15[^/]/%31[^/]/%31[^/]/%31s", a->access_key_id, a->day, a->region,
               a->service, a->end) != 5)
        return "Credential must have exactly 5 slash-delimited elements, e.g. "
               "keyid/date/region/service/term.";
    return strcmp(a->end, "aws4_request") == 0
               ? NULL
               : "Credential should be scoped with a valid terminator: 'aws4_request'.";
}

bool sigv4_covers(const struct sigv4_authorization *a, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = a->signed_headers; (at = strstr(at, name)); at += length)
        if ((at == a->signed_headers || at[-1] == ';') && (at[length] == ';' || at[length] == '\0'))
            return true;
    return false;
}

/* ---- the canonical request ---- */

struct parameter {
    char name[SIGV4_FIELD_BYTES], value[SIGV4_FIELD_BYTES];
};

/* Percent escapes are undone and made again, so that every spelling but one fails; '+' is a plus
   here, never a blank. */
static bool encode_again(const char *text, size_t bytes, char to[SIGV4_FIELD_BYTES])
{
    struct canonical c = { .bytes = 0 };
    for (size_t i = 0; i < bytes; i++) {
        unsigned byte = (unsigned char)text[i];
        if (text[i] == '%') {
            if (i + 2 >= bytes || !isxdigit((unsigned char)text[i + 1]) ||
                !isxdigit((unsigned char)text[i + 2]))
                return false;
            byte = (unsigned)strtoul((char[]){ text[i + 1], text[i + 2], '\0' }, NULL, 16);
            i += 2;
        }
        add_encoded(&c, (char)byte, false);
    }
    if (c.full || c.bytes >= SIGV4_FIELD_BYTES)
        return false;
    memcpy(to, c.text, c.bytes + 1);
    return true;
}

static int by_name(const void *left, const void *right)
{
    const struct parameter *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : strcmp(a->value, b->value);
}

static bool add_query(struct canonical *c, const char *query)
{
    struct parameter *list = calloc(PARAMETERS, sizeof *list);
    size_t count = 0;
    bool good = list != NULL;
    while (good && *query) {
        size_t length = strcspn(query, "&"), name = 0;
        while (name < length && query[name] != '=')
            name++;
        size_t value = name < length ? name + 1 : length;
        good = count < PARAMETERS && encode_again(query, name, list[count].name) &&
               encode_again(query + value, length - value, list[count].value);
        count += good && length > 0;
        query += length + (query[length] == '&');
    }
    if (good)
        qsort(list, count, sizeof *list, by_name);
    for (size_t i = 0; good && i < count; i++) {
        add_text(c, i ? "&" : "");
        add_text(c, list[i].name);
        add_text(c, "=");
        add_text(c, list[i].value);
    }
    free(list);
    return good;
}

/* Trimmed, and runs of blanks as one. */
static void add_header_value(struct canonical *c, const char *value)
{
    value += strspn(value, " \t");
    for (; *value; value++) {
        bool blank = *value == ' ' || *value == '\t';
        const char *next = value + strspn(value, " \t");
        if (blank && !*next)
            return;
        add(c, blank ? " " : value, 1);
        if (blank)
            value = next - 1;
    }
}

/* In the client's order, which has to be the sorted one. */
static bool add_headers(struct canonical *c, const struct web_request *r, const char *names)
{
    char name[128], before[128] = "";
    for (const char *at = names; *at;) {
        size_t length = strcspn(at, ";");
        if (!length || length >= sizeof name)
            return false;
        memcpy(name, at, length);
        name[length] = '\0';
        const char *value = web_request_header(r, name);
        if (!value || strcmp(before, name) >= 0)
            return false;
        add_text(c, name);
        add_text(c, ":");
        add_header_value(c, value);
        add_text(c, "\n");
        memcpy(before, name, length + 1);
        at += length + (at[length] == ';');
    }
    return true;
}

static bool canonical_request(struct canonical *c, const struct web_request *r,
                              const struct sigv4_authorization *a)
{
    char body_hash[HEX_BYTES];
    unsigned char digest[DIGEST_BYTES];
    add_text(c, r->method);
    add_text(c, "\n");
    for (const char *p = r->path; *p; p++)
        add_encoded(c, *p, true);
    add_text(c, "\n");
    bool good = add_query(c, r->query);
    add_text(c, "\n");
    good = good && add_headers(c, r, a->signed_headers);
    add_text(c, "\n");
    add_text(c, a->signed_headers);
    add_text(c, "\n");
    sha256(r->body ? r->body : "", r->body_bytes, digest);
    hex(digest, body_hash);
    add_text(c, body_hash);
    const char *claimed = web_request_header(r, "x-amz-content-sha256");
    return good && !c->full && (!claimed || strcmp(claimed, body_hash) == 0);
}

/* ---- the signature ---- */

static void signing_key(const char *secret, const struct sigv4_authorization *a,
                        unsigned char key[DIGEST_BYTES])
{
    char first[128];
    snprintf(first, sizeof first, "AWS4%s", secret);
    hmac(first, strlen(first), a->day, key);
    const char *const steps[] = { a->region, a->service, a->end };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        unsigned char before[DIGEST_BYTES];
        memcpy(before, key, sizeof before);
        hmac(before, sizeof before, steps[i], key);
    }
}

bool sigv4_matches(const struct web_request *r, const struct sigv4_authorization *a,
                   const char *secret)
{
    struct canonical c = { .bytes = 0 };
    if (!canonical_request(&c, r, a))
        return false;
    unsigned char digest[DIGEST_BYTES], key[DIGEST_BYTES];
    char hash[HEX_BYTES], text[512], expected[HEX_BYTES];
    sha256(c.text, c.bytes, digest);
    hex(digest, hash);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/%s\n%s",
             web_request_header(r, "x-amz-date"), a->day, a->region, a->service, a->end, hash);
    signing_key(secret, a, key);
    hmac(key, sizeof key, text, digest);
    hex(digest, expected);
    return strlen(a->signature) == HEX_BYTES - 1 &&
           CRYPTO_memcmp(a->signature, expected, HEX_BYTES - 1) == 0;
}

char *sigv4_canonical(const struct web_request *r, const struct sigv4_authorization *a)
{
    struct canonical c = { .bytes = 0 };
    canonical_request(&c, r, a);
    return strdup(c.text);
}
