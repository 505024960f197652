/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the sandbox's AWS share. */
#ifndef SANDBOX_AWS_STATE_H
#define SANDBOX_AWS_STATE_H

#include "tests/sandbox/net/bytes.h"
#include "tests/sandbox/net/message.h"

#define AWSD_ACCOUNT "111122223333"
#define AWSD_ORGANIZATION "o-sandbox001"
#define AWSD_USER_ARN "arn:aws:iam::" AWSD_ACCOUNT ":user/reguard"
#define AWSD_ROLE_ARN "arn:aws:sts::" AWSD_ACCOUNT ":assumed-role/reguard/session"
#define AWSD_ROOT_ARN "arn:aws:iam::" AWSD_ACCOUNT ":root"

/* As it stands in the sandbox's folder: tests/sandbox/folder.c. */
#define AWSD_WEB_TOKEN "eyJhbGciOi.sandboxIdentity.0001"
#define AWSD_ROLE "arn:aws:iam::" AWSD_ACCOUNT ":role/reguard"

enum { AWSD_SESSIONS = 64, AWSD_EXTERNAL_ID_BYTES = 128, AWSD_WEB_TOKEN_BYTES = 256 };
/* Credentials that were handed out. */
struct awsd_task;
struct awsd_session {
    char access_key_id[24], secret[41], token[129], arn[160];
    const struct awsd_task *task; /* of a root user: all that it may; NULL: of a role */
    char account[16];             /* whose root user */
    int64_t ends_ms;              /* UTC, AWS's clock */
};

#define AWSD_QUEUE "reguard-root-events"
enum { AWSD_MESSAGES = 64, AWSD_RECEIPT_BYTES = 101, AWSD_HIDDEN_S = 30 };
struct awsd_message {
    char *body;                               /* NULL: no message */
    char id[40], receipt[AWSD_RECEIPT_BYTES]; /* the receipt handle that was given last */
    int64_t sent_ms, hidden_until_ms;         /* UTC, AWS's clock */
};
struct awsd_queue {
    struct awsd_message messages[AWSD_MESSAGES];
    size_t ever;
    bool gone, denied; /* nobody has it; the credentials' policy has nothing of it */
    bool hurries;      /* who waits for a message waits a second at most: nothing wakes a reply */
};

struct awsd {
    json_t *features; /* names of what is on; null: never set up */
    json_t *roots;    /* of each account, what its root user has */
    json_t *no_root;  /* of all the others */
    json_t *buckets;  /* of S3, by name */
    json_t *queues;   /* of SQS, by URL: those that members have */
    bool allowed;     /* the credentials' policy has iam:ListOrganizationsFeatures */
    bool may_assume_root;
    bool key_active, session_ended, is_root;
    int64_t clock_off_ms;                     /* AWS's clock, of this machine's */
    bool assumable;                           /* the role's policy trusts whoever asks */
    char external_id[AWSD_EXTERNAL_ID_BYTES]; /* that it wants; "": none */
    char web_token[AWSD_WEB_TOKEN_BYTES];     /* the web identity that is taken */
    bool web_token_ended;
    char instance_token[57]; /* the metadata service's, which it has given last; "": none */
    bool instance_off, instance_has_no_role;
    int64_t session_ms; /* how long a session lasts; 0: as long as is asked for */
    struct awsd_session sessions[AWSD_SESSIONS]; /* the newest take the places of the oldest */
    size_t session_count;                        /* ever */
    struct awsd_queue queue;
};

/* One request: whose endpoint it came to, and what is answered. */
struct awsd_call {
    const struct web_request *web;
    char service[8], region[32];     /* of the endpoint */
    const char *rest;                /* of the path, behind the endpoint's host; "": nothing */
    const char *arn;                 /* of whoever signed it */
    bool of_session;                 /* whose credentials end */
    bool everywhere;                 /* STS's endpoint that is of no region */
    const struct awsd_session *root; /* a root user's, which signed it; NULL: anybody else's */
    int status;
    char *body;           /* malloc'ed; taken over by the reply; XML, of SQS JSON, a policy */
    char query_error[64]; /* what SQS adds for clients of the query protocol; "": nothing */
    int64_t delay_ms;     /* how long it is waited for a message */
    char note[256];
};

/* Answers with an error, as the query protocol has it; the message may hold anything. */
void awsd_refuse(struct awsd_call *, int status, const char *code, const char *message);
/* True, and the call knows whose it is, when it bears a valid signature of current credentials for
   its endpoint; otherwise it is refused. */
bool awsd_signed(const struct awsd *, struct awsd_call *);
/* names: each between two blanks. */
bool awsd_is_listed(const char *names, const char *name);
/* A new one of the role, which lasts so long; lent. */
struct awsd_session *awsd_session_new(struct awsd *, const char *name, int64_t lasts_s);
/* As AWS writes the end of one; lent until the next one. */
const char *awsd_date_of(int64_t at_ms);
/* What a container's agent and an instance's metadata service answer, on paths of their own. */
bool awsd_local(struct awsd *, const struct web_request *, struct web_reply *);
/* NULL: none has that access key id. */
const struct awsd_session *awsd_session_of(const struct awsd *, const char *access_key_id);
/* Hands out a session of a role to whoever may have it. */
void awsd_assume_role(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_assume_role_with_web_identity(struct awsd *, const json_t *form, struct awsd_call *);
/* A session of a member's root user, and what IAM says in one. */
void awsd_assume_root(struct awsd *, const json_t *form, struct awsd_call *);
/* True: a root user's session, whose task has the action; otherwise the call is refused. */
bool awsd_may(const struct awsd *, const char *action, const char *resource, struct awsd_call *);
void awsd_get_user(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_get_login_profile(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_list_access_keys(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_get_access_key_last_used(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_list_signing_certificates(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_list_mfa_devices(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_delete_login_profile(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_create_login_profile(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_delete_access_key(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_delete_signing_certificate(struct awsd *, const json_t *form, struct awsd_call *);
void awsd_deactivate_mfa_device(struct awsd *, const json_t *form, struct awsd_call *);
/* As text of XML. */
void awsd_escape(struct bytes *, const char *text);
void awsd_answer(struct awsd_call *, const char *action, const char *inside);
int64_t awsd_now_ms(const struct awsd *);

#endif
