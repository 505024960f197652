/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the root users of accounts have credentials: of each a session with AWS_TASK_AUDIT is
   taken, in which IAM is asked. Sessions are taken one at a time (asker.h), and in each one
   question is asked at a time, so that no more than ROOT_USERS_AT_ONCE questions are under way. A
   session's keys are in wiped memory until its last answer, and nowhere else. */
#ifndef REGUARD_AWS_AUDIT_H
#define REGUARD_AWS_AUDIT_H

#include "adapters/aws/asker.h"
#include "port/rootuser.h"

struct aws_audit;

/* All are lent. clock: the one that the asker asks, whose time a session's end is compared with. */
struct aws_audit *aws_audit_new(struct loop *, struct http *, const struct aws_settings *,
                                struct aws_client *clock, struct aws_asker *);
void aws_audit_free(struct aws_audit *); /* what is asked is answered no more */
/* As root_source.ask. */
void aws_audit_ask(struct aws_audit *, const char *account, root_answered done, void *arg);

#endif
