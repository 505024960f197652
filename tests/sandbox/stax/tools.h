/* What every part of the Stax side needs: answers, lists, times, ids, digests. */
#ifndef SANDBOX_STAX_TOOLS_H
#define SANDBOX_STAX_TOOLS_H

#include "tests/sandbox/stax/state.h"

void stax_answer_json(struct stax_answer *, int status, json_t *body_new);
/* The API's own refusal: {"Error": …}; also noted. */
void stax_answer_error(struct stax_answer *, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A refusal by the gateway in front of it: {"message": …}; also noted. */
void stax_answer_gateway(struct stax_answer *, int status, const char *message);
/* NULL when the query lacks it. */
const char *stax_query(const struct stax_question *, const char *name);
/* Is value one of the comma separated ones? True when there is no list. */
bool stax_listed(const char *list, const char *value);
const char *stax_text(const json_t *object, const char *name); /* "" when it is no string */
void stax_uuid(char to[STAX_UUID_BYTES]);
/* The clocks of Stax and AWS, which may differ from this machine's: UTC milliseconds; as a Date
   header (RFC 9110 5.6.7; static). */
void stax_clock_set(int64_t off_ms);
int64_t stax_now_ms(void);
const char *stax_date(void);
void stax_time(int64_t utc_ms, char to[STAX_TIME_BYTES]);
void stax_random(void *to, size_t bytes);
void stax_sha256(const void *data, size_t bytes, unsigned char to[STAX_DIGEST_BYTES]);
void stax_hmac(const void *key, size_t key_bytes, const void *data, size_t bytes,
               unsigned char to[STAX_DIGEST_BYTES]);
char *stax_base64(const void *data, size_t bytes); /* malloc'ed */
_Noreturn void stax_die(const char *what);

#endif
