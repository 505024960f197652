/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials with which requests are signed, and answers that hand out those of a session: XML of
   STS, JSON of a machine. Source: the service model of STS (2011-06-15). */
#ifndef REGUARD_AWS_SESSION_H
#define REGUARD_AWS_SESSION_H

#include "adapters/aws/codec.h"
#include "host/secret.h"

enum { AWS_KEY_ID_BYTES = 136 };
struct aws_session {
    char access_key_id[AWS_KEY_ID_BYTES];
    struct secret *secret, *token; /* token NULL: of no session */
    ms_t ends_ms;                  /* by AWS's clock; 0: they do not end by themselves */
};
void aws_session_done(struct aws_session *); /* wipes; it is empty then */

/* The answer of an action that asks for a role. False for what is not one, or has ended at `now_ms`
   (AWS's clock); nothing of it is told but why. What is read replaces what was there. */
bool aws_read_session(enum aws_action, const char *body, size_t bytes, ms_t now_ms,
                      struct aws_session *, struct err *);

/* The same of what a container's agent or an instance's metadata service hands out, which is JSON.
   Source: "Retrieve security credentials from instance metadata" (EC2 User Guide), and the
   reference of the container credential provider. */
bool aws_read_handed(const char *body, size_t bytes, ms_t now_ms, struct aws_session *,
                     struct err *);

#endif
