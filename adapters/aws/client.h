/* SPDX-License-Identifier: Apache-2.0 */
/* Signed questions to AWS, one at a time: repeated later when AWS is busy or an answer was lost,
   signed again by AWS's clock when ours differs. What changes something is asked again only where
   AWS says that it did not take it. */
#ifndef REGUARD_AWS_CLIENT_H
#define REGUARD_AWS_CLIENT_H

#include "adapters/aws/session.h"
#include "adapters/aws/settings.h"
#include "net/http.h"

struct aws_client;

/* The settings are lent. */
struct aws_client *aws_client_new(struct loop *, struct http *, const struct aws_settings *);
void aws_client_free(struct aws_client *); /* what is asked is answered no more */

struct aws_answer {
    const char *body; /* of 200, or of 204, ""; NULL: refused, or not answered in time, and `error`
                         says why */
    size_t body_bytes;
    enum aws_refusal refusal;
    const char *error;
};
typedef void (*aws_answered)(void *arg, const struct aws_answer *);
/* All of it is lent until the answer. */
struct aws_ask {
    enum aws_action action;
    const struct aws_session *keys; /* whose signature it bears; NULL: it bears none */
    const char *body;               /* the form; of SQS, JSON; of S3, "" */
    const char *bucket, *owner;     /* of S3: its name, and the account that it has to belong to */
    const char *region;             /* of SQS, where it is not that of events_queue; else NULL */
    ms_t leave_before_ms; /* monotonic: it is not asked later, which is AWS_NOT_TAKEN; 0: at any
                             time */
};
/* done runs later, exactly once, at the latest after twice request_timeout, and
   what the action waits. Only when nothing else
   is asked. */
void aws_client_ask(struct aws_client *, const struct aws_ask *, aws_answered done, void *arg);
ms_t aws_client_ahead_ms(const struct aws_client *); /* AWS's clock, of ours; 0: they agree */

#endif
