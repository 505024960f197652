/* SPDX-License-Identifier: Apache-2.0 */
/* Stax and Cognito JSON to plain values and back. Pure: bytes in, values out; strings in the arena.
   Shapes: Stax OpenAPI schema. */
#ifndef REGUARD_STAX_CODEC_H
#define REGUARD_STAX_CODEC_H

#include "core/arena.h"
#include "core/err.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/limits.h"

/* ---- signing in ---- */
struct stax_pool {
    const char *region, *user_pool_id, *client_id, *identity_pool_id;
};
/* GET public/config: JSON, or the same as base64. */
bool stax_public_config(const char *body, size_t bytes, struct arena *, struct stax_pool *ret,
                        struct err *);
struct stax_challenge {
    const char *salt, *b, *secret_block, *user;
};
bool stax_challenge(const char *body, size_t bytes, struct arena *, struct stax_challenge *ret,
                    struct err *);
bool stax_id_token(const char *body, size_t bytes, struct arena *, const char **ret_token,
                   struct err *);
bool stax_identity(const char *body, size_t bytes, struct arena *, const char **ret_id,
                   struct err *);
struct stax_credentials {
    const char *access_key, *secret_key, *token;
    ms_t expires_ms;
};
bool stax_credentials(const char *body, size_t bytes, struct arena *, struct stax_credentials *ret,
                      struct err *);
char *stax_initiate(struct arena *, const char *client_id, const char *user, const char *a_hex);
char *stax_respond(struct arena *, const char *client_id, const struct stax_challenge *,
                   const char *timestamp, const char *signature);
/* GetId (identity_id NULL) and GetCredentialsForIdentity. */
char *stax_logins(struct arena *, const struct stax_pool *, const char *identity_id,
                  const char *id_token);

/* ---- reading ---- */
/* Whom a survey is about: marks of ids and e-mail addresses, in order. Two texts may have one mark;
   whoever is looked for is still compared. */
struct stax_wanted {
    const uint64_t *marks; /* NULL: everybody */
    size_t count;
};
void stax_want(struct arena *, const struct effect_survey *, struct stax_wanted *ret);
/* What tells the root e-mail addresses that the list of accounts does not have. */
struct stax_mailboxes {
    const char *template;            /* NULL: the organisation has none, or was not read */
    bool ours[LIMIT_ACCOUNTS_NAMED]; /* of survey.accounts: Stax made it, by the template */
    struct account *listed;          /* survey.accounts, where all are wanted; in the arena */
};
/* Lists that may be long are read in slices: the body, what is wanted, the arena and the survey
   outlive the reading, which is in the arena; it has to be ended. */
struct stax_reading;
/* The users that are wanted, and those whom survey.feed names. A user who cannot be
   read, or too many, are an error: who is missing may be the one that matters. */
struct stax_reading *stax_users_begin(const char *body, size_t bytes, const struct stax_wanted *,
                                      struct arena *, struct survey *);
/* One page: adds matches, or with wanted NULL all that something can be lifted for, and counts. */
struct stax_reading *stax_accounts_begin(const char *body, size_t bytes, const char *wanted,
                                         struct arena *, struct survey *, struct stax_mailboxes *);
/* Reads about so many bytes of it. False at its end, well or badly. */
bool stax_go_on(struct stax_reading *, size_t bytes);
/* What came of it. *ret_next_offset: of accounts, -1 at the end; NULL is fine. */
bool stax_end(struct stax_reading *, int64_t *ret_next_offset, struct err *);
bool stax_organisation(const char *body, size_t bytes, struct arena *, struct survey *,
                       struct stax_mailboxes *, struct err *);
/* When both are read, or will not be: fills in the addresses, or why one is not known. */
void stax_fill_mailboxes(struct survey *, const struct stax_mailboxes *, struct arena *);
bool stax_guardrail(const char *body, size_t bytes, struct arena *, struct survey *, struct err *);
bool stax_task(const char *body, size_t bytes, struct arena *, struct survey *, struct err *);
/* Changes of guardrails that did not fail, newest first as they come; at most LIMIT_FEED. */
bool stax_feed(const char *body, size_t bytes, struct arena *, struct survey *, struct err *);

/* ---- changing ---- */
/* The PUT body: the complete configuration as found in the GET's answer, parts that we do not know
   too, with the one key at its wanted value. */
bool stax_change_body(const char *document, size_t bytes, bool on, struct arena *,
                      const char **ret_body, struct err *);
const char *stax_task_id(const char *body, size_t bytes, struct arena *);
/* What an error answer says, for people: Error, then message, then Message, then the status
   alone. */
const char *stax_error(const char *body, size_t bytes, long status, struct arena *);

#endif
