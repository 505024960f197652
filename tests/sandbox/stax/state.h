/* SPDX-License-Identifier: Apache-2.0 */
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

#define STAXD_REGION "ap-southeast-2"
#define STAXD_USER_POOL "ap-southeast-2_EMULATED1"
#define STAXD_POOL_NAME "EMULATED1"
#define STAXD_CLIENT_ID "1sandbox2client3of4reguard5"
#define STAXD_IDENTITY_POOL "ap-southeast-2:1d9001d9-0000-4000-8000-000000000001"
#define STAXD_ACCESS_KEY "11111111-2222-3333-4444-555555555555"
#define STAXD_SECRET_KEY "abcdefghijklmnopqrstuvwxyz012345"
#define STAXD_ROOT_KEY "IAM_BLOCK_ROOT_USER_ACCESS"
#define STAXD_SIGNED_API "/20190206/"
enum {
    STAXD_UUID_BYTES = 37,
    STAXD_TIME_BYTES = 32,
    STAXD_NOTE_BYTES = 2048,
    STAXD_SKEW_MS = 5 * 60 * 1000,
    STAXD_DIGEST_BYTES = 32,
    STAXD_SIGNATURE_BYTES = 48
};

struct staxd_question {
    const struct web_request *web;
    const char *tail;    /* what follows the route's path: an id, or "" */
    const json_t *query; /* decoded names and values */
};

/* What a handler fills in: body or text (both taken over), and the line for the request log. */
struct staxd_answer {
    int status;
    json_t *body;
    char *text;
    char note[STAXD_NOTE_BYTES];
};

struct staxd_srp {
    BIGNUM *salt, *secret, *client, *server; /* s, b, A, B */
};

struct staxd_credential {
    char access_key_id[24];
    char secret[48];
    char token[256];
    int64_t expires_ms; /* UTC */
};

struct staxd_login;
struct staxd_data;
enum { STAXD_GUARDRAILS = 28 };

enum staxd_task_kind {
    STAXD_TASK_NORMAL,
    STAXD_TASK_FAIL,
    STAXD_TASK_FAIL_ERROR,
    STAXD_TASK_STUCK,
    STAXD_TASK_VANISH,
    STAXD_TASK_LIE
};

struct staxd_task;
struct staxd_guardrail {
    const struct staxd_data *data;
    json_t *flags;      /* what is in effect: key -> bool */
    json_t *extra_keys; /* keys that the schema has learnt */
    json_t *parts;      /* further parts of the configuration, which it has learnt too */
    bool disabled;
    json_t *exclusions; /* null, or an array */
    json_t *before_put; /* a change in the console that comes right before the next PUT; or NULL */
    char status[16];
    char modified[STAXD_TIME_BYTES];
    char task_id[STAXD_UUID_BYTES]; /* of the newest task; "" when none */
    bool replace;                   /* PUT replaces the map instead of merging into it */
    int changes, lowered, raised;   /* accepted PUTs */
    json_t *feed;                   /* insights, newest first */
    struct staxd_task *tasks;       /* newest first */
    struct staxd_task *running;
    enum staxd_task_kind next_kind;
    int64_t task_ms;   /* from the PUT to its effect */
    int64_t hidden_ms; /* a new task is not found for so long */
};

/* The newest tasks; new reference. And what becomes of the next one, in the word that asks for
   it. */
enum { STAXD_TASKS_SHOWN = 10 };

struct staxd {
    struct staxd_login *login;
    struct staxd_data *data;
    struct staxd_guardrail guardrail;
    bool base64_config;
};

#endif
