/* Amazon Cognito as far as an API token needs it: the user pool's sign-in by SRP, and the identity
   pool's credentials. */
#ifndef SANDBOX_STAX_LOGIN_H
#define SANDBOX_STAX_LOGIN_H

#include "tests/sandbox/stax/state.h"

struct stax_login *stax_login_new(void);
void stax_login_free(struct stax_login *);
/* The operation behind the dot of X-Amz-Target, at the pool that the path names; NULL when there is
   none like it. */
const char *stax_login_operation(const struct web_request *);
void stax_login_answer(struct stax_login *, const char *operation, const struct web_request *,
                       struct stax_answer *);
void stax_login_refuse(struct stax_answer *, int status, const char *type, const char *message);
const struct stax_credential *stax_login_credential(const struct stax_login *,
                                                    const char *access_key_id);
void stax_login_expire(struct stax_login *);
void stax_login_set_life(struct stax_login *, int64_t ms);

#endif
