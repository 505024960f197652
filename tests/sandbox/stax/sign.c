/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4, the verifier's side: the request is put into canonical form again and signed
   with the secret that belongs to the access key id. Answers are worded like an API gateway's. */
#include "tests/sandbox/stax/sign.h"
#include "tests/sandbox/stax/login.h"
#include "tests/sandbox/stax/tools.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PARAMETERS = 64,
    HEADERS = 32,
    FIELD_BYTES = 1024,
    CANONICAL_BYTES = 32 * 1024,
    HEX_BYTES = 65
};

struct authorization {
    char access_key_id[64], day[16], region[32], service[32], end[32];
    char signed_headers[FIELD_BYTES];
    char signature[HEX_BYTES + 1];
};

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

static void hex(const unsigned char digest[STAXD_DIGEST_BYTES], char to[HEX_BYTES])
{
    for (size_t i = 0; i < STAXD_DIGEST_BYTES; i++)
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

static const char *read_authorization(const char *header, struct authorization *a)
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
    if (strcmp(a->region, STAXD_REGION) != 0)
        return "Credential should be scoped to a valid region.";
    if (strcmp(a->service, "execute-api") != 0)
        return "Credential should be scoped to correct service: 'execute-api'.";
    return strcmp(a->end, "aws4_request") == 0
               ? NULL
               : "Credential should be scoped with a valid terminator: 'aws4_request'.";
}

static bool is_signed(const struct authorization *a, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = a->signed_headers; (at = strstr(at, name)); at += length)
        if ((at == a->signed_headers || at[-1] == ';') && (at[length] == ';' || at[length] == '\0'))
            return true;
    return false;
}

static const char *check_date(const char *date, const struct authorization *a)
{
    struct tm tm = { 0 };
    const char *end = date ? strptime(date, "%Y%m%dT%H%M%SZ", &tm) : NULL;
    if (!end || *end || strlen(date) != 16)
        return "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
               "header.";
    if (strncmp(date, a->day, 8) != 0 || a->day[8])
        return "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
               "from HTTP.";
    int64_t at_ms = (int64_t)timegm(&tm) * 1000, now = staxd_now_ms();
    if (at_ms < now - STAXD_SKEW_MS)
        return "Signature expired: the request is older than five minutes.";
    return at_ms > now + STAXD_SKEW_MS
               ? "Signature not yet current: the request is dated in the future."
               : NULL;
}

/* ---- the canonical request ---- */

struct parameter {
    char name[FIELD_BYTES], value[FIELD_BYTES];
};

/* Percent escapes are undone and made again, so that every spelling but one fails; '+' is a plus
   here, never a blank. */
static bool encode_again(const char *text, size_t bytes, char to[FIELD_BYTES])
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
    if (c.full || c.bytes >= FIELD_BYTES)
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
                              const struct authorization *a)
{
    char body_hash[HEX_BYTES];
    unsigned char digest[STAXD_DIGEST_BYTES];
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
    staxd_sha256(r->body ? r->body : "", r->body_bytes, digest);
    hex(digest, body_hash);
    add_text(c, body_hash);
    const char *claimed = web_request_header(r, "x-amz-content-sha256");
    return good && !c->full && (!claimed || strcmp(claimed, body_hash) == 0);
}

/* ---- the signature ---- */

static void signing_key(const char *secret, const struct authorization *a,
                        unsigned char key[STAXD_DIGEST_BYTES])
{
    char first[64];
    int bytes = snprintf(first, sizeof first, "AWS4%s", secret);
    staxd_hmac(first, (size_t)bytes, a->day, strlen(a->day), key);
    const char *const steps[] = { a->region, a->service, a->end };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        unsigned char before[STAXD_DIGEST_BYTES];
        memcpy(before, key, sizeof before);
        staxd_hmac(before, sizeof before, steps[i], strlen(steps[i]), key);
    }
}

static bool signature_matches(const struct web_request *r, const struct authorization *a,
                              const char *secret)
{
    struct canonical c = { .bytes = 0 };
    if (!canonical_request(&c, r, a))
        return false;
    unsigned char digest[STAXD_DIGEST_BYTES], key[STAXD_DIGEST_BYTES];
    char hash[HEX_BYTES], text[512], expected[HEX_BYTES];
    staxd_sha256(c.text, c.bytes, digest);
    hex(digest, hash);
    int bytes = snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/%s/%s/%s\n%s",
                         web_request_header(r, "x-amz-date"), a->day, a->region, a->service, a->end,
                         hash);
    signing_key(secret, a, key);
    staxd_hmac(key, sizeof key, text, (size_t)bytes, digest);
    hex(digest, expected);
    return strlen(a->signature) == HEX_BYTES - 1 &&
           CRYPTO_memcmp(a->signature, expected, HEX_BYTES - 1) == 0;
}

static const char *why_not(const struct staxd_login *login, const struct web_request *r)
{
    struct authorization a = { .access_key_id = "" };
    const char *header = web_request_header(r, "authorization"),
               *token = web_request_header(r, "x-amz-security-token");
    if (!header)
        return "Missing Authentication Token";
    const char *why = read_authorization(header, &a);
    if (!why)
        why = check_date(web_request_header(r, "x-amz-date"), &a);
    if (why)
        return why;
    if (!is_signed(&a, "host") || !is_signed(&a, "x-amz-date") ||
        !is_signed(&a, "x-amz-security-token"))
        return "'Host', 'X-Amz-Date' and 'X-Amz-Security-Token' must be a 'SignedHeader' in the "
               "AWS Authorization.";
    const struct staxd_credential *credential = staxd_login_credential(login, a.access_key_id);
    if (!credential || !token || strcmp(credential->token, token) != 0)
        return "The security token included in the request is invalid.";
    if (staxd_now_ms() >= credential->expires_ms)
        return "The security token included in the request is expired";
    if (!signature_matches(r, &a, credential->secret))
        return "The request signature we calculated does not match the signature you provided. "
               "Check your AWS Secret Access Key and signing method.";
    return NULL;
}

bool staxd_sign_verify(const struct staxd_login *login, const struct web_request *r,
                       struct staxd_answer *answer)
{
    const char *why = why_not(login, r);
    if (why)
        staxd_answer_gateway(answer, 403, why);
    return !why;
}
