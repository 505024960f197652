/* The organisation "bakers": its people, its AWS accounts and the API token. */
#ifndef SANDBOX_STAX_DATA_H
#define SANDBOX_STAX_DATA_H

#include "tests/sandbox/stax/state.h"

struct stax_data *stax_data_new(void);
void stax_data_free(struct stax_data *);
const char *stax_data_organisation_id(const struct stax_data *);
const char *stax_data_person_id(const struct stax_data *,
                                const char *person); /* NULL for a stranger */
const char *stax_data_token_user_id(void);
void stax_data_users(const struct stax_data *, const struct stax_question *, struct stax_answer *);
void stax_data_accounts(const struct stax_data *, const struct stax_question *,
                        struct stax_answer *);
void stax_data_organisation(const struct stax_data *, const struct stax_question *,
                            struct stax_answer *);
void stax_data_tokens(const struct stax_data *, const struct stax_question *, struct stax_answer *);
json_t *stax_data_state(const struct stax_data *);
/* Control. False when the person or account is unknown. */
bool stax_data_set_user(struct stax_data *, const json_t *change);
bool stax_data_set_account(struct stax_data *, const json_t *change);
void stax_data_set_organisation(struct stax_data *, const json_t *change);
void stax_data_set_resold(struct stax_data *, bool resold);

#endif
