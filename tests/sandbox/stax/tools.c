/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the Stax side needs: answers, lists, times, ids, digests. */
#include "tests/sandbox/stax/tools.h"
#include "tests/sandbox/net/timers.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void staxd_die(const char *what)
{
    fprintf(stderr, "reguard-sandbox: stax: %s\n", what);
    abort();
}

void staxd_random(void *to, size_t bytes)
{
    if (RAND_bytes(to, (int)bytes) != 1)
        staxd_die("no randomness");
}

void staxd_sha256(const void *data, size_t bytes, unsigned char to[STAXD_DIGEST_BYTES])
{
    if (!EVP_Digest(data, bytes, to, NULL, EVP_sha256(), NULL))
        staxd_die("no SHA-256");
}

void staxd_hmac(const void *key, size_t key_bytes, const void *data, size_t bytes,
                unsigned char to[STAXD_DIGEST_BYTES])
{
    if (!HMAC(EVP_sha256(), key, (int)key_bytes, data, bytes, to, NULL))
        staxd_die("no HMAC");
}

char *staxd_base64(const void *data, size_t bytes)
{
    char *text = malloc((bytes + 2) / 3 * 4 + 1);
    if (!text)
        staxd_die("out of memory");
    EVP_EncodeBlock((unsigned char *)text, data, (int)bytes);
    return text;
}

void staxd_uuid(char to[STAXD_UUID_BYTES])
{
    unsigned char r[16];
    staxd_random(r, sizeof r);
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    size_t used = 0;
    for (size_t i = 0; i < sizeof r; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        used += (size_t)snprintf(to + used, STAXD_UUID_BYTES - used, "%s%02x", dash ? "-" : "",
                                 r[i]);
    }
}

static int64_t clock_off_ms;

void staxd_clock_set(int64_t off_ms) { clock_off_ms = off_ms; }

int64_t staxd_now_ms(void) { return sandbox_utc_ms() + clock_off_ms; }

const char *staxd_date(void)
{
    static char text[40];
    time_t now = (time_t)(staxd_now_ms() / 1000);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return text;
}

void staxd_time(int64_t utc_ms, char to[STAXD_TIME_BYTES])
{
    time_t at = (time_t)(utc_ms / 1000);
    struct tm tm;
    gmtime_r(&at, &tm);
    size_t used = strftime(to, STAXD_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(to + used, STAXD_TIME_BYTES - used, ".%03dZ", (int)(utc_ms % 1000));
}

bool staxd_listed(const char *list, const char *value)
{
    size_t bytes = strlen(value);
    if (!list)
        return true;
    for (const char *at = list; *at; at += strspn(at, ",")) {
        size_t length = strcspn(at, ",");
        if (length == bytes && strncmp(at, value, bytes) == 0)
            return true;
        at += length;
    }
    return false;
}

/* ---- question and answer ---- */

const char *staxd_query(const struct staxd_question *q, const char *name)
{
    return json_string_value(json_object_get(q->query, name));
}

void staxd_answer_json(struct staxd_answer *answer, int status, json_t *body_new)
{
    if (!body_new)
        staxd_die("an answer could not be put together");
    json_decref(answer->body);
    answer->status = status;
    answer->body = body_new;
}

void staxd_answer_error(struct staxd_answer *answer, int status, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_t *error = json_string(text); /* NULL when an armed text was cut within a character */
    staxd_answer_json(answer, status,
                      json_pack("{s:o}", "Error", error ? error : json_string("error")));
    snprintf(answer->note, sizeof answer->note, "%d: %s", status, text);
}

void staxd_answer_gateway(struct staxd_answer *answer, int status, const char *message)
{
    staxd_answer_json(answer, status, json_pack("{s:s}", "message", message));
    snprintf(answer->note, sizeof answer->note, "%s", message);
}
