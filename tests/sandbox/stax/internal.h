/* What the files of the sandbox's Stax side share: the question and answer of one request, and the
   parts behind them. Sources: Stax's OpenAPI document, the Cognito service models, AWS Signature
   Version 4. */
#ifndef SANDBOX_STAX_INTERNAL_H
#define SANDBOX_STAX_INTERNAL_H

#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/stax/stax.h"
#include <openssl/bn.h>

#define STAX_REGION "ap-southeast-2"
#define STAX_USER_POOL "ap-southeast-2_EMULATED1"
#define STAX_POOL_NAME "EMULATED1"
#define STAX_CLIENT_ID "1sandbox2client3of4reguard5"
#define STAX_IDENTITY_POOL "ap-southeast-2:1d9001d9-0000-4000-8000-000000000001"
#define STAX_ACCESS_KEY "11111111-2222-3333-4444-555555555555"
#define STAX_SECRET_KEY "abcdefghijklmnopqrstuvwxyz012345"
#define STAX_ROOT_KEY "IAM_BLOCK_ROOT_USER_ACCESS"
#define STAX_SIGNED_API "/20190206/"

enum {
    STAX_UUID_BYTES = 37,
    STAX_TIME_BYTES = 32,
    STAX_NOTE_BYTES = 2048,
    STAX_SKEW_MS = 5 * 60 * 1000,
    STAX_DIGEST_BYTES = 32,
    STAX_SIGNATURE_BYTES = 48
};

struct stax_question {
    const struct web_request *web;
    const char *tail;    /* what follows the route's path: an id, or "" */
    const json_t *query; /* decoded names and values */
};
/* What a handler fills in: body or text (both taken over), and the line for the request log. */
struct stax_answer {
    int status;
    json_t *body;
    char *text;
    char note[STAX_NOTE_BYTES];
};
void stax_answer_json(struct stax_answer *, int status, json_t *body_new);
/* The API's own refusal: {"Error": …}; also noted. */
void stax_answer_error(struct stax_answer *, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A refusal by the gateway in front of it: {"message": …}; also noted. */
void stax_answer_gateway(struct stax_answer *, int status, const char *message);

/* NULL when the query lacks it. */
const char *stax_query(const struct stax_question *, const char *name);
/* Is value one of the comma separated ones? True when there is no list. */
bool stax_listed(const char *list, const char *value);
const char *stax_text(const json_t *object, const char *name); /* "" when it is no string */
void stax_uuid(char to[STAX_UUID_BYTES]);
/* The clocks of Stax and AWS, which may differ from this machine's: UTC milliseconds; as a Date
   header (RFC 9110 5.6.7; static). */
void stax_clock_set(int64_t off_ms);
int64_t stax_now_ms(void);
const char *stax_date(void);
void stax_time(int64_t utc_ms, char to[STAX_TIME_BYTES]);
void stax_random(void *to, size_t bytes);
void stax_sha256(const void *data, size_t bytes, unsigned char to[STAX_DIGEST_BYTES]);
void stax_hmac(const void *key, size_t key_bytes, const void *data, size_t bytes,
               unsigned char to[STAX_DIGEST_BYTES]);
char *stax_base64(const void *data, size_t bytes); /* malloc'ed */
_Noreturn void stax_die(const char *what);

/* ---- stax_srp.c: the server's side of SRP-6a over the 3072-bit group, as Cognito user pools speak
   it ---- */
struct stax_srp {
    BIGNUM *salt, *secret, *client, *server; /* s, b, A, B */
};
/* Takes A as hex; false when it is none or A mod N is 0. */
/* Another secret for the API token's access key; false when it is too long. */
bool stax_srp_set_secret(const char *);
bool stax_srp_begin(struct stax_srp *, const char *client_hex);
/* B for the salt and the secret that are set. */
void stax_srp_offer(struct stax_srp *);
/* The signature that a client with the right secret sends: base64. */
void stax_srp_expect(const struct stax_srp *, const unsigned char *block, size_t block_bytes,
                     const char *timestamp, char to[STAX_SIGNATURE_BYTES]);
void stax_srp_end(struct stax_srp *);

/* ---- stax_login.c: user pool and identity pool ---- */
struct stax_credential {
    char access_key_id[24];
    char secret[48];
    char token[256];
    int64_t expires_ms; /* UTC */
};
struct stax_login;
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

/* ---- stax_sign.c ---- */
/* True when the request bears a valid signature of current credentials; otherwise the answer is the
   gateway's refusal. */
bool stax_sign_verify(const struct stax_login *, const struct web_request *, struct stax_answer *);

/* ---- stax_data.c: people, accounts, the organisation ---- */
struct stax_data;
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

/* ---- stax_guardrail.c and stax_task.c: the document, its changes, its tasks, the activity feed
   ---- */
enum { STAX_GUARDRAILS = 28 };
extern const char *const STAX_GUARDRAIL_KEYS[STAX_GUARDRAILS];
enum stax_task_kind {
    STAX_TASK_NORMAL,
    STAX_TASK_FAIL,
    STAX_TASK_FAIL_ERROR,
    STAX_TASK_STUCK,
    STAX_TASK_VANISH,
    STAX_TASK_LIE
};
struct stax_task;
struct stax_guardrail {
    const struct stax_data *data;
    json_t *flags;      /* what is in effect: key -> bool */
    json_t *extra_keys; /* keys that the schema has learnt */
    json_t *parts;      /* further parts of the configuration, which it has learnt too */
    bool disabled;
    json_t *exclusions; /* null, or an array */
    json_t *before_put; /* a change in the console that comes right before the next PUT; or NULL */
    char status[16];
    char modified[STAX_TIME_BYTES];
    char task_id[STAX_UUID_BYTES]; /* of the newest task; "" when none */
    bool replace;                  /* PUT replaces the map instead of merging into it */
    int changes, lowered, raised;  /* accepted PUTs */
    json_t *feed;                  /* insights, newest first */
    struct stax_task *tasks;       /* newest first */
    struct stax_task *running;
    enum stax_task_kind next_kind;
    int64_t task_ms;   /* from the PUT to its effect */
    int64_t hidden_ms; /* a new task is not found for so long */
};
void stax_guardrail_init(struct stax_guardrail *, const struct stax_data *);
void stax_guardrail_done(struct stax_guardrail *);
void stax_guardrail_get(struct stax_guardrail *, const struct stax_question *,
                        struct stax_answer *);
void stax_guardrail_put(struct stax_guardrail *, const struct stax_question *,
                        struct stax_answer *);
void stax_guardrail_services(struct stax_guardrail *, const struct stax_question *,
                             struct stax_answer *);
void stax_guardrail_feed(struct stax_guardrail *, const struct stax_question *,
                         struct stax_answer *);
/* Makes the submitted map the one in effect, by the mode. */
void stax_guardrail_apply(struct stax_guardrail *, const json_t *submitted);
void stax_guardrail_set_status(struct stax_guardrail *, const char *status);
/* Adds to the feed; the reference is the feed's. */
json_t *stax_guardrail_insight(struct stax_guardrail *, const char *task_id, const char *user_id,
                               const char *status);
bool stax_guardrail_set(struct stax_guardrail *, const json_t *change);
void stax_guardrail_add_key(struct stax_guardrail *, const json_t *change);
/* {"name", "value"}: a part beside SCP and RCP; without a value it goes. */
bool stax_guardrail_set_part(struct stax_guardrail *, const json_t *change);
json_t *stax_guardrail_state(const struct stax_guardrail *);

/* Starts the task that will apply submitted; its id. */
const char *stax_task_start(struct stax_guardrail *, const json_t *submitted);
void stax_task_get(struct stax_guardrail *, const struct stax_question *, struct stax_answer *);
/* "fail", "stuck"…, or "release" for the one that runs; false for an unknown word. */
bool stax_task_control(struct stax_guardrail *, const char *word);
json_t *stax_task_state(const struct stax_guardrail *);
/* The newest tasks; new reference. And what becomes of the next one, in the word that asks for
   it. */
enum { STAX_TASKS_SHOWN = 10 };
json_t *stax_task_list(const struct stax_guardrail *);
const char *stax_task_next(const struct stax_guardrail *);
void stax_task_free_all(struct stax_guardrail *);

struct stax {
    struct stax_login *login;
    struct stax_data *data;
    struct stax_guardrail guardrail;
    bool base64_config;
};

/* ---- stax_document.c: the OpenAPI document of what is served ---- */
void stax_document_get(struct stax_answer *);
/* NULL when body is a valid change of the guardrails, else what is wrong. extra and parts: further
   keys and parts of the schema. */
const char *stax_document_check(const json_t *body, const json_t *extra, const json_t *parts,
                                char *to, size_t bytes);

/* ---- stax_control.c: POST /sandbox/stax, and the part of GET /sandbox/state ---- */
extern const struct control_row stax_calls[];
json_t *stax_state(void *stax);

#endif
