/* What the files of the sandbox's Stax side share: the question and answer of one request, and the
   parts behind them. Sources: Stax's OpenAPI document, the Cognito service models, AWS Signature
   Version 4. */
#ifndef SANDBOX_STAX_STATE_H
#define SANDBOX_STAX_STATE_H

#include "tests/sandbox/net/message.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

struct stax_srp {
    BIGNUM *salt, *secret, *client, *server; /* s, b, A, B */
};

struct stax_credential {
    char access_key_id[24];
    char secret[48];
    char token[256];
    int64_t expires_ms; /* UTC */
};

struct stax_login;
struct stax_data;
enum { STAX_GUARDRAILS = 28 };

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

/* The newest tasks; new reference. And what becomes of the next one, in the word that asks for
   it. */
enum { STAX_TASKS_SHOWN = 10 };

struct stax {
    struct stax_login *login;
    struct stax_data *data;
    struct stax_guardrail guardrail;
    bool base64_config;
};

#endif
