/* SPDX-License-Identifier: Apache-2.0 */
/* Signature Version 4, the verifier's side: the request is put into canonical form again and signed
   with the secret that belongs to the access key id. Answers are worded like an API gateway's. */
#ifndef SANDBOX_STAX_SIGN_H
#define SANDBOX_STAX_SIGN_H

#include "tests/sandbox/stax/state.h"

/* True when the request bears a valid signature of current credentials; otherwise the answer is the
   gateway's refusal. */
bool staxd_sign_verify(const struct staxd_login *, const struct web_request *,
                       struct staxd_answer *);

#endif
