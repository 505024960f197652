/* SPDX-License-Identifier: Apache-2.0 */
/* What IAM says of a root user, in a session of that user with AWS_TASK_AUDIT. Source: the service
   model of IAM (2010-05-08). */
#ifndef REGUARD_AWS_FOUND_H
#define REGUARD_AWS_FOUND_H

#include "adapters/aws/session.h"
#include "port/rootuser.h"

/* What there is of its credentials, one by one, each with what deletes it. */
enum { AWS_ITEMS = 16 };
struct aws_item {
    enum aws_action action;
    const char *id;   /* of what is deleted; "": there can be one alone */
    const char *says; /* what it is */
};
struct aws_items {
    struct arena *arena; /* has the texts */
    struct aws_item list[AWS_ITEMS];
    size_t count;
};

enum { AWS_FOUND_KEYS = 8 };
struct aws_found {
    const char *account; /* whose root user is asked about; lent */
    struct root_user user;
    char keys[AWS_FOUND_KEYS][AWS_KEY_ID_BYTES]; /* whose last use is asked for */
    size_t key_count;
    struct aws_items *items; /* lent; NULL: nobody asks for them */
};

/* Takes one answer in, of GetUser, GetLoginProfile, ListAccessKeys, GetAccessKeyLastUsed,
   ListSigningCertificates or ListMFADevices. False for what is not such an answer, is of another
   account, or is cut off; nothing of it is told but why. */
bool aws_read_found(enum aws_action, const char *body, size_t bytes, struct aws_found *,
                    struct err *);

#endif
