/* The Stax API, Cognito's user pool and identity pool, and POST /sandbox/stax. */
#ifndef SANDBOX_STAX_STAX_H
#define SANDBOX_STAX_STAX_H

#include "tests/sandbox/control/service.h"

struct stax;
/* Nothing is kept: each start is a fresh organisation, with that id. */
struct stax *stax_new(const char *organisation_id);
void stax_free(struct stax *);
struct service stax_service(struct stax *);

#endif
