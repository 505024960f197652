/* Stax and Cognito JSON to plain values and back. Pure: bytes in, values out; strings in the arena.
   Shapes: Stax OpenAPI schema. */
#ifndef REGUARD_STAX_CODEC_H
#define REGUARD_STAX_CODEC_H

#include "core/arena.h"
#include "core/err.h"
#include "core/effect.h"
#include "core/event.h"

/* ---- signing in ---- */
struct codec_pool {
    const char *region, *user_pool_id, *client_id, *identity_pool_id;
};
/* GET public/config: JSON, or the same as base64. */
bool codec_public_config(const char *body, size_t bytes, struct arena *, struct codec_pool *ret,
                         struct err *);
struct codec_challenge {
    const char *salt, *b, *secret_block, *user;
};
bool codec_challenge(const char *body, size_t bytes, struct arena *, struct codec_challenge *ret,
                     struct err *);
bool codec_id_token(const char *body, size_t bytes, struct arena *, const char **ret_token,
                    struct err *);
bool codec_identity(const char *body, size_t bytes, struct arena *, const char **ret_id,
                    struct err *);
struct codec_credentials {
    const char *access_key, *secret_key, *token;
    ms_t expires_ms;
};
bool codec_credentials(const char *body, size_t bytes, struct arena *,
                       struct codec_credentials *ret, struct err *);
char *codec_initiate(struct arena *, const char *client_id, const char *user, const char *a_hex);
char *codec_respond(struct arena *, const char *client_id, const struct codec_challenge *,
                    const char *timestamp, const char *signature);
/* GetId (identity_id NULL) and GetCredentialsForIdentity. */
char *codec_logins(struct arena *, const struct codec_pool *, const char *identity_id,
                   const char *id_token);

/* ---- reading ---- */
/* Whom a survey is about: marks of ids and e-mail addresses, in order. Two texts may have one mark;
   whoever is looked for is still compared. */
struct codec_wanted {
    const uint64_t *marks; /* NULL: everybody */
    size_t count;
};
void codec_want(struct arena *, const struct effect_survey *, struct codec_wanted *ret);
/* The users that are wanted, and those whom survey.feed names. A user who cannot be
   read, or too many, are an error: who is missing may be the one that matters. */
bool codec_users(const char *body, size_t bytes, const struct codec_wanted *, struct arena *,
                 struct survey *, struct err *);
/* One page: adds matches and counts. *ret_next_offset: -1 at the end. */
bool codec_accounts(const char *body, size_t bytes, const char *wanted, struct arena *,
                    struct survey *, int64_t *ret_next_offset, struct err *);
bool codec_organisation(const char *body, size_t bytes, struct arena *, struct survey *,
                        struct err *);
bool codec_guardrail(const char *body, size_t bytes, struct arena *, struct survey *, struct err *);
bool codec_task(const char *body, size_t bytes, struct arena *, struct survey *, struct err *);
/* Changes of guardrails that did not fail, newest first as they come; at most LIMIT_FEED. */
bool codec_feed(const char *body, size_t bytes, struct arena *, struct survey *, struct err *);

/* ---- changing ---- */
/* The PUT body: the complete configuration as found in the GET's answer, parts that we do not know
   too, with the one key at its wanted value. */
bool codec_change_body(const char *document, size_t bytes, bool on, struct arena *,
                       const char **ret_body, struct err *);
const char *codec_task_id(const char *body, size_t bytes, struct arena *);
/* What an error answer says, for people: Error, then message, then Message, then the status
   alone. */
const char *codec_error(const char *body, size_t bytes, long status, struct arena *);

#endif
