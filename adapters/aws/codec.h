/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of AWS, and its answers read. Source: the service models of STS (2011-06-15), IAM
   (2010-05-08), SQS (2012-11-05) and S3 (2006-03-01), and "Common errors" of their references. */
#ifndef REGUARD_AWS_CODEC_H
#define REGUARD_AWS_CODEC_H

#include "adapters/aws/endpoint.h"
#include "adapters/aws/xml.h"
#include "core/buf.h"
#include "core/err.h"

/* Every action that reguard uses. */
enum aws_action {
    AWS_GET_CALLER_IDENTITY,
    AWS_LIST_ORGANIZATIONS_FEATURES,
    AWS_ASSUME_ROLE,
    AWS_ASSUME_ROLE_WITH_WEB_IDENTITY, /* unsigned */
    AWS_ASSUME_ROOT,
    /* in a session of a root user */
    AWS_GET_USER,
    AWS_GET_LOGIN_PROFILE,
    AWS_LIST_ACCESS_KEYS,
    AWS_GET_ACCESS_KEY_LAST_USED,
    AWS_LIST_SIGNING_CERTIFICATES,
    AWS_LIST_MFA_DEVICES,
    AWS_DELETE_LOGIN_PROFILE,
    AWS_CREATE_LOGIN_PROFILE,
    AWS_DELETE_ACCESS_KEY,
    AWS_DELETE_SIGNING_CERTIFICATE,
    AWS_DEACTIVATE_MFA_DEVICE,
    /* the same, of S3: no body, and a policy as the answer */
    AWS_GET_BUCKET_POLICY,
    AWS_DELETE_BUCKET_POLICY,
    /* JSON: queue.h */
    AWS_GET_QUEUE_ATTRIBUTES,
    AWS_SET_QUEUE_ATTRIBUTES,
    AWS_RECEIVE_MESSAGE,
    AWS_DELETE_MESSAGE,
};
enum { AWS_WAITS_S = 20 };
struct aws_action_row {
    enum aws_service service;
    const char *name, *version; /* as the request names both */
    const char *action;         /* as a policy names it */
    bool changes; /* its answer may be lost and its effect there, so that it is asked once, unless
                     AWS says that it did not take it */
};
extern const struct aws_action_row aws_actions[];

struct aws_identity {
    char account[16], arn[512];
    bool is_root; /* a root user's own */
};
/* Centralized root access, as the organisation has it. */
struct aws_features {
    bool never_set_up; /* AWS knows no such thing there yet */
    bool credentials_management, sessions;
};

/* A role that is asked for. */
struct aws_role {
    const char *arn, *session_name;
    const char *external_id; /* NULL: the role's policy wants none */
    const char *token;       /* of a web identity; NULL: it is asked for with a signature */
    ms_t lasts_ms;
};

/* The body of the form; role: of the actions that ask for one, else NULL. */
void aws_question(enum aws_action, const struct aws_role *role, struct buf *);
/* Of <ActionResponse><ActionResult>…</…> the latter, in the arena, or NULL. */
const struct xml_element *aws_result_of(enum aws_action, const char *body, size_t bytes,
                                        struct arena *, struct err *);
/* Of an event or a message: letters, digits and hyphens, so many bytes at the most. */
bool aws_is_id(const char *, size_t most);

/* False for what is not such an answer; nothing of it is told but why. */
bool aws_read_identity(const char *body, size_t bytes, struct arena *, struct aws_identity *,
                       struct err *);
bool aws_read_features(const char *body, size_t bytes, struct arena *, struct aws_features *,
                       struct err *);

/* What a refusal means for whoever asks. */
enum aws_refusal {
    AWS_REFUSED,      /* for good */
    AWS_BUSY,         /* it passes: later again; what it was asked for may have been done */
    AWS_NOT_TAKEN,    /* the same, and nothing was done */
    AWS_CLOCK,        /* maybe our clock: signed again by AWS's, once */
    AWS_ENDED,        /* the session is over: another one is wanted */
    AWS_NEVER_SET_UP, /* no refusal, but the answer to the question of features */
    AWS_ABSENT,       /* what was asked about is not there; what is to be made is there already */
};
static inline bool aws_passes(enum aws_refusal r) { return r == AWS_BUSY || r == AWS_NOT_TAKEN; }
/* Reads an answer that is not 200, and says it as a sentence that names the action and the code.
   AWS's own words are told of AccessDenied alone, and not where a token stands in the question: of
   a wrong signature they repeat the request, with the session token. */
enum aws_refusal aws_explain(enum aws_action, long status, const char *body, size_t bytes,
                             struct arena *, struct err *);

#endif
