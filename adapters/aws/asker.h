/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that bear the credentials of the configuration, one at a time: the others wait in their
   order. A session that AWS says is over before its time is replaced by another one, once for each
   question. */
#ifndef REGUARD_AWS_ASKER_H
#define REGUARD_AWS_ASKER_H

#include "adapters/aws/source.h"

struct aws_asker;

/* Both are lent, and freed before it, so that nothing is answered any more. */
struct aws_asker *aws_asker_new(struct aws_client *, struct aws_source *);
void aws_asker_free(struct aws_asker *);
enum { AWS_ASKER_WAITING = 8 };
/* body: the form, lent until the answer. done runs at once or later, exactly once. Only while fewer
   than AWS_ASKER_WAITING are asked. */
void aws_asker_ask(struct aws_asker *, enum aws_action, const char *body, aws_answered done,
                   void *arg);

#endif
