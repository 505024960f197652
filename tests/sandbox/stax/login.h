/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Cognito as far as an API token needs it: the user pool's sign-in by SRP, and the identity
   pool's credentials. */
#ifndef SANDBOX_STAX_LOGIN_H
#define SANDBOX_STAX_LOGIN_H

#include "tests/sandbox/stax/state.h"

struct staxd_login *staxd_login_new(void);
void staxd_login_free(struct staxd_login *);
/* The operation behind the dot of X-Amz-Target, at the pool that the path names; NULL when there is
   none like it. */
const char *staxd_login_operation(const struct web_request *);
void staxd_login_answer(struct staxd_login *, const char *operation, const struct web_request *,
                        struct staxd_answer *);
void staxd_login_refuse(struct staxd_answer *, int status, const char *type, const char *message);
const struct staxd_credential *staxd_login_credential(const struct staxd_login *,
                                                      const char *access_key_id);
void staxd_login_expire(struct staxd_login *);
void staxd_login_set_life(struct staxd_login *, int64_t ms);

#endif
