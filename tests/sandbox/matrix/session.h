/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: logins, tokens and what belongs to one account. */
#ifndef SANDBOX_MATRIX_SESSION_H
#define SANDBOX_MATRIX_SESSION_H

#include "tests/sandbox/matrix/state.h"

void matrixd_sessions_init(struct matrixd *);
/* NULL, with the refusal in the answer, without a token that counts. */
struct matrixd_session *matrixd_authenticate(struct matrixd_call *);
void matrixd_versions(struct matrixd_call *);
void matrixd_capabilities(struct matrixd_call *);
void matrixd_login_flows(struct matrixd_call *);
void matrixd_login(struct matrixd_call *);
void matrixd_logout(struct matrixd_call *);
void matrixd_refresh(struct matrixd_call *);
void matrixd_whoami(struct matrixd_call *);
void matrixd_push_rules(struct matrixd_call *);
void matrixd_filter_set(struct matrixd_call *);
void matrixd_filter_get(struct matrixd_call *);
void matrixd_account_data_set(struct matrixd_call *);
void matrixd_account_data_get(struct matrixd_call *);
void matrixd_profile(struct matrixd_call *);
bool matrixd_token_control(struct matrixd *, const json_t *body, struct web_reply *);

#endif
