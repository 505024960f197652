/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever gives this machine its credentials: a container's agent, or an instance's metadata
   service, of which only version 2 is spoken, whose token nobody gets who merely has an address
   fetched. Both are asked at the address of the configuration and nowhere else, follow no redirect,
   and are given up within seconds. Sources: EC2 User Guide, "Use IMDSv2"; AWS SDKs and Tools
   Reference Guide, "Container credential provider". */
#ifndef REGUARD_AWS_LOCAL_H
#define REGUARD_AWS_LOCAL_H

#include "adapters/aws/client.h"

struct aws_local;

/* The settings are lent. */
struct aws_local *aws_local_new(struct loop *, struct http *, const struct aws_settings *);
void aws_local_free(struct aws_local *); /* what is asked is answered no more */
/* As settings->credentials says. done runs later or at once, exactly once, with the JSON of
   aws_read_handed. Only when nothing is asked. */
void aws_local_ask(struct aws_local *, aws_answered done, void *arg);
/* Who is asked, as it stands at the beginning of what goes wrong. */
const char *aws_local_name(const struct aws_settings *);

#endif
