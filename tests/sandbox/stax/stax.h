/* SPDX-License-Identifier: Apache-2.0 */
/* The Stax API, Cognito's user pool and identity pool, and POST /sandbox/stax. */
#ifndef SANDBOX_STAX_STAX_H
#define SANDBOX_STAX_STAX_H

#include "tests/sandbox/control/service.h"

struct staxd;
/* Nothing is kept: each start is a fresh organisation, with that id. */
struct staxd *staxd_new(const char *organisation_id);
void staxd_free(struct staxd *);
struct service staxd_service(struct staxd *);

#endif
