/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of the Stax side needs: answers, lists, times, ids, digests. */
#ifndef SANDBOX_STAX_TOOLS_H
#define SANDBOX_STAX_TOOLS_H

#include "tests/sandbox/stax/state.h"

void staxd_answer_json(struct staxd_answer *, int status, json_t *body_new);
/* The API's own refusal: {"Error": …}; also noted. */
void staxd_answer_error(struct staxd_answer *, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A refusal by the gateway in front of it: {"message": …}; also noted. */
void staxd_answer_gateway(struct staxd_answer *, int status, const char *message);
/* NULL when the query lacks it. */
const char *staxd_query(const struct staxd_question *, const char *name);
/* Is value one of the comma separated ones? True when there is no list. */
bool staxd_listed(const char *list, const char *value);
void staxd_uuid(char to[STAXD_UUID_BYTES]);
/* The clocks of Stax and AWS, which may differ from this machine's: UTC milliseconds; as a Date
   header (RFC 9110 5.6.7; static). */
void staxd_clock_set(int64_t off_ms);
int64_t staxd_now_ms(void);
const char *staxd_date(void);
void staxd_time(int64_t utc_ms, char to[STAXD_TIME_BYTES]);
void staxd_random(void *to, size_t bytes);
void staxd_sha256(const void *data, size_t bytes, unsigned char to[STAXD_DIGEST_BYTES]);
void staxd_hmac(const void *key, size_t key_bytes, const void *data, size_t bytes,
                unsigned char to[STAXD_DIGEST_BYTES]);
char *staxd_base64(const void *data, size_t bytes); /* malloc'ed */
_Noreturn void staxd_die(const char *what);

#endif
