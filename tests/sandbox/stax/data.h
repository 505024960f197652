/* SPDX-License-Identifier: Apache-2.0 */
/* The organisation "bakers": its people, its AWS accounts and the API token. */
#ifndef SANDBOX_STAX_DATA_H
#define SANDBOX_STAX_DATA_H

#include "tests/sandbox/stax/state.h"

struct staxd_data *staxd_data_new(void);
void staxd_data_free(struct staxd_data *);
const char *staxd_data_organisation_id(const struct staxd_data *);
const char *staxd_data_person_id(const struct staxd_data *,
                                 const char *person); /* NULL for a stranger */
const char *staxd_data_token_user_id(void);
void staxd_data_users(const struct staxd_data *, const struct staxd_question *,
                      struct staxd_answer *);
void staxd_data_accounts(const struct staxd_data *, const struct staxd_question *,
                         struct staxd_answer *);
void staxd_data_organisation(const struct staxd_data *, const struct staxd_question *,
                             struct staxd_answer *);
void staxd_data_tokens(const struct staxd_data *, const struct staxd_question *,
                       struct staxd_answer *);
json_t *staxd_data_state(const struct staxd_data *);
/* Control. False when the person or account is unknown. */
bool staxd_data_set_user(struct staxd_data *, const json_t *change);
void staxd_data_add_members(struct staxd_data *, unsigned count);
bool staxd_data_set_account(struct staxd_data *, const json_t *change);
void staxd_data_set_organisation(struct staxd_data *, const json_t *change);
void staxd_data_set_resold(struct staxd_data *, bool resold);

#endif
