/* SPDX-License-Identifier: Apache-2.0 */
/* Signed requests to Stax: signs in when needed (public/config, SRP, identity pool), renews
   credentials before they expire and once after a refusal that names an expired token, repeats
   reads, never repeats a write. Each class of urgency has places, a pace and an obedience to
   Retry-After of its own, and within one the first come is the first served. */
#ifndef REGUARD_STAX_CLIENT_H
#define REGUARD_STAX_CLIENT_H

#include "core/effect.h"
#include "net/http.h"
#include "host/secret.h"

struct stax_client;

struct stax_client_options {
    const char *api_url, *login_url, *identity_url, *ca_file;
    struct secret *access_key, *secret_key; /* taken over */
    ms_t request_timeout_ms;
    ms_t request_every_ms; /* the sustained pace of each class, after a burst */
};

struct stax_answer {
    bool answered;   /* a whole HTTP answer; else `error` says what happened */
    bool maybe_done; /* not answered, but it may have taken effect */
    long status;
    const char *body;
    size_t body_bytes;
    ms_t retry_after_ms;
    const char *error;
    const struct http_result *result; /* of which the body is, to keep it; NULL: not answered */
};
typedef void (*stax_answered)(void *arg, const struct stax_answer *);

struct stax_client *stax_client_new(struct loop *, struct http *,
                                    const struct stax_client_options *);
void stax_client_free(struct stax_client *);           /* what waits is answered with an error */
ms_t stax_client_ahead_ms(const struct stax_client *); /* AWS's clock, of ours */
struct stax_request {
    enum urgency urgency;
    const char *method, *path; /* "GET", "/20190206/users" */
    const char *query;         /* encoded and sorted; NULL for none */
    const char *body;          /* NULL for GET */
    ms_t leave_before_ms;      /* monotonic: never sent after that instant; 0: any time */
    ms_t timeout_ms;           /* of the request itself, when it is shorter than the configured one;
                                  0: it is not */
};
/* Copies everything. done runs later, exactly once, and not long after the request's deadline
   (twice request_timeout), whatever it waits for. Reads (GET) are repeated on 429, 5xx and lost
   answers until then. */
void stax_client_send(struct stax_client *, const struct stax_request *, stax_answered done,
                      void *arg);
/* Signs in with what is given from now on, at once when it is new. The credentials in use stay
   until that has worked. */
struct adapter_credentials;
void stax_client_renew(struct stax_client *, struct adapter_credentials *);
/* Signs in ahead of need. */
void stax_client_warm_up(struct stax_client *);

#endif
