/* SPDX-License-Identifier: Apache-2.0 */
/* Where the credentials come from that questions are signed with: those of the configuration, and
   on top of them, where one is named, a role. What ends is renewed some time before, when it is
   needed next; a renewal that fails leaves the old ones in use as long as they last, and is told
   once. What has ended is never used. */
#ifndef REGUARD_AWS_SOURCE_H
#define REGUARD_AWS_SOURCE_H

#include "adapters/aws/client.h"
#include "adapters/aws/local.h"
#include "adapters/aws/session.h"

struct aws_source;

/* The settings and both that are asked are lent; the secrets (secret key, session token or NULL)
   taken over. */
struct aws_source *aws_source_new(struct aws_client *, struct aws_local *,
                                  const struct aws_settings *, struct secret *const secrets[2]);
void aws_source_free(struct aws_source *);

/* keys: lent until the next time; NULL: there are none, and `why` says why. */
typedef void (*aws_sourced)(void *arg, const struct aws_session *keys, const char *why);
/* done runs at once or later, exactly once, at the latest after twice request_timeout for each
   step. Only when nothing else is asked of the source or the client. */
void aws_source_need(struct aws_source *, aws_sourced done, void *arg);
/* AWS says that the session is over. True: they can be fetched anew, and will be. */
bool aws_source_ended(struct aws_source *);
/* Secrets after a reload, taken over; true at its place: it is another one. */
void aws_source_renew(struct aws_source *, struct secret *const secrets[2], bool ret_is_new[2]);
/* Adds where they come from and until when they last, as a sentence without its end. */
void aws_source_describe(const struct aws_source *, struct buf *);
/* Why they could not be renewed the last time; "" when they could. */
const char *aws_source_trouble(const struct aws_source *);

#endif
