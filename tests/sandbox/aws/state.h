/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the sandbox's AWS share. */
#ifndef SANDBOX_AWS_STATE_H
#define SANDBOX_AWS_STATE_H

#include "tests/sandbox/net/message.h"

#define AWSD_ACCOUNT "111122223333"
#define AWSD_ORGANIZATION "o-sandbox001"
#define AWSD_USER_ARN "arn:aws:iam::" AWSD_ACCOUNT ":user/reguard"
#define AWSD_ROLE_ARN "arn:aws:sts::" AWSD_ACCOUNT ":assumed-role/reguard/session"
#define AWSD_ROOT_ARN "arn:aws:iam::" AWSD_ACCOUNT ":root"

struct awsd {
    json_t *features; /* names of what is on; null: never set up */
    bool allowed;     /* the credentials' policy has iam:ListOrganizationsFeatures */
    bool key_active, session_ended, is_root;
    int64_t clock_off_ms; /* AWS's clock, of this machine's */
};

/* One request: whose endpoint it came to, and what is answered. */
struct awsd_call {
    const struct web_request *web;
    char service[8], region[32]; /* of the endpoint */
    const char *arn;             /* of whoever signed it */
    int status;
    char *xml; /* malloc'ed; taken over by the reply */
    char note[256];
};

/* Answers with an error, as the query protocol has it; the message may hold anything. */
void awsd_refuse(struct awsd_call *, int status, const char *code, const char *message);
/* True, and the call knows whose it is, when it bears a valid signature of current credentials for
   its endpoint; otherwise it is refused. */
bool awsd_signed(const struct awsd *, struct awsd_call *);
int64_t awsd_now_ms(const struct awsd *);

#endif
