/* Who asks: logins, tokens and what belongs to one account. */
#ifndef SANDBOX_MATRIX_SESSION_H
#define SANDBOX_MATRIX_SESSION_H

#include "tests/sandbox/matrix/state.h"

void matrix_sessions_init(struct matrix *);
/* NULL, with the refusal in the answer, without a token that counts. */
struct matrix_session *matrix_authenticate(struct matrix_call *);
void matrix_versions(struct matrix_call *);
void matrix_capabilities(struct matrix_call *);
void matrix_login_flows(struct matrix_call *);
void matrix_login(struct matrix_call *);
void matrix_logout(struct matrix_call *);
void matrix_refresh(struct matrix_call *);
void matrix_whoami(struct matrix_call *);
void matrix_push_rules(struct matrix_call *);
void matrix_filter_set(struct matrix_call *);
void matrix_filter_get(struct matrix_call *);
void matrix_account_data_set(struct matrix_call *);
void matrix_account_data_get(struct matrix_call *);
void matrix_profile(struct matrix_call *);
bool matrix_token_control(struct matrix *, const json_t *body, struct web_reply *);

#endif
