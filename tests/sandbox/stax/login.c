/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon Cognito as far as an API token needs it: the user pool's sign-in by SRP, and the identity
   pool's credentials. */
#include "tests/sandbox/stax/login.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/stax/srp.h"
#include "tests/sandbox/stax/tools.h"
#include "tests/sandbox/net/values.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SESSIONS = 64,
    CREDENTIALS = 256,
    BLOCK_BYTES = 192,
    BLOCK_TEXT_BYTES = BLOCK_BYTES / 3 * 4 + 1,
    TOKEN_RANDOM_BYTES = 150
};
enum { SESSION_MS = 3 * 60 * 1000, ID_TOKEN_S = 3600, CREDENTIAL_MS = 3600 * 1000 };

static const char IDENTITY_ID[] = STAXD_REGION ":1d0e0001-0000-4000-8000-000000000001";
static const char REFRESH_TOKEN[] = "opaque.refresh.token";
static const char PROVIDER[] = "cognito-idp." STAXD_REGION ".amazonaws.com/" STAXD_USER_POOL;

struct session {
    struct staxd_srp srp;
    unsigned char block[BLOCK_BYTES];
    char block_text[BLOCK_TEXT_BYTES]; /* "" when the place is free */
    int64_t until_ms;
};
struct staxd_login {
    struct session sessions[SESSIONS]; /* a ring: the oldest gives way */
    size_t next_session;
    struct staxd_credential credentials[CREDENTIALS];
    size_t next_credential;
    int64_t life_ms;
    unsigned char token_key[STAXD_DIGEST_BYTES];
};

struct staxd_login *staxd_login_new(void)
{
    struct staxd_login *l = calloc(1, sizeof *l);
    if (!l)
        staxd_die("out of memory");
    l->life_ms = CREDENTIAL_MS;
    staxd_random(l->token_key, sizeof l->token_key);
    return l;
}

static void session_end(struct session *s)
{
    staxd_srp_end(&s->srp);
    s->block_text[0] = '\0';
}

void staxd_login_free(struct staxd_login *l)
{
    for (size_t i = 0; l && i < SESSIONS; i++)
        session_end(&l->sessions[i]);
    free(l);
}

void staxd_login_set_life(struct staxd_login *l, int64_t ms) { l->life_ms = ms; }

void staxd_login_expire(struct staxd_login *l)
{
    for (size_t i = 0; i < CREDENTIALS; i++)
        l->credentials[i].expires_ms = 0;
}

const struct staxd_credential *staxd_login_credential(const struct staxd_login *l,
                                                      const char *access_key_id)
{
    for (size_t i = 0; i < CREDENTIALS; i++)
        if (l->credentials[i].access_key_id[0] &&
            strcmp(l->credentials[i].access_key_id, access_key_id) == 0)
            return &l->credentials[i];
    return NULL;
}

void staxd_login_refuse(struct staxd_answer *answer, int status, const char *type,
                        const char *message)
{
    staxd_answer_json(answer, status, json_pack("{s:s, s:s}", "__type", type, "message", message));
    snprintf(answer->note, sizeof answer->note, "%s: %s", type, message);
}

static void not_authorized(struct staxd_answer *answer, const char *message)
{
    staxd_login_refuse(answer, 400, "NotAuthorizedException", message);
}

static void invalid(struct staxd_answer *answer, const char *message)
{
    staxd_login_refuse(answer, 400, "InvalidParameterException", message);
}

/* ---- user pool: InitiateAuth ---- */

/* Lower case, without leading zeros, as Java's BigInteger writes it. */
static json_t *number_text(const BIGNUM *n)
{
    char *text = BN_bn2hex(n);
    if (!text)
        staxd_die("out of memory");
    char *start = text + strspn(text, "0");
    for (char *p = start; *p; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p - 'A' + 'a');
    json_t *json = json_string(start);
    OPENSSL_free(text);
    return json;
}

static bool known_client(const json_t *body, struct staxd_answer *answer)
{
    if (strcmp(sandbox_text(body, "ClientId"), STAXD_CLIENT_ID) == 0)
        return true;
    staxd_login_refuse(answer, 400, "ResourceNotFoundException",
                       "User pool client does not exist.");
    return false;
}

static struct session *session_new(struct staxd_login *l, const char *client_hex)
{
    struct session *s = &l->sessions[l->next_session];
    session_end(s);
    if (!staxd_srp_begin(&s->srp, client_hex))
        return NULL;
    l->next_session = (l->next_session + 1) % SESSIONS;
    staxd_random(s->block, sizeof s->block);
    EVP_EncodeBlock((unsigned char *)s->block_text, s->block, sizeof s->block);
    s->until_ms = sandbox_monotonic_ms() + SESSION_MS;
    return s;
}

static void initiate(struct staxd_login *l, const json_t *body, struct staxd_answer *answer)
{
    const json_t *parameters = json_object_get(body, "AuthParameters");
    if (!known_client(body, answer))
        return;
    if (strcmp(sandbox_text(body, "AuthFlow"), "USER_SRP_AUTH") != 0) {
        invalid(answer, "Initiate Auth method not supported.");
        return;
    }
    if (!sandbox_text(parameters, "USERNAME")[0] || !sandbox_text(parameters, "SRP_A")[0]) {
        invalid(answer, "Missing required parameter USERNAME or SRP_A");
        return;
    }
    if (strcmp(sandbox_text(parameters, "USERNAME"), STAXD_ACCESS_KEY) != 0) {
        staxd_login_refuse(answer, 400, "UserNotFoundException", "User does not exist.");
        return;
    }
    const struct session *s = session_new(l, sandbox_text(parameters, "SRP_A"));
    if (!s) {
        invalid(answer, "SRP_A is no usable number");
        return;
    }
    staxd_answer_json(answer, 200,
                      json_pack("{s:s, s:{s:o, s:o, s:s, s:s, s:s}}", "ChallengeName",
                                "PASSWORD_VERIFIER", "ChallengeParameters", "SALT",
                                number_text(s->srp.salt), "SRP_B", number_text(s->srp.server),
                                "SECRET_BLOCK", s->block_text, "USERNAME", STAXD_ACCESS_KEY,
                                "USER_ID_FOR_SRP", STAXD_ACCESS_KEY));
}

/* ---- user pool: RespondToAuthChallenge ---- */

static void timestamp_text(time_t at, char *to, size_t bytes)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm tm;
    gmtime_r(&at, &tm);
    snprintf(to, bytes, "%s %s %d %02d:%02d:%02d UTC %d", days[tm.tm_wday], months[tm.tm_mon],
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900);
}

/* Only the one spelling passes: what is read is written again and compared. */
static bool timestamp_read(const char *text, time_t *at)
{
    struct tm tm = { 0 };
    char again[64];
    const char *end = strptime(text, "%a %b %d %H:%M:%S UTC %Y", &tm);
    if (!end || *end)
        return false;
    *at = timegm(&tm);
    timestamp_text(*at, again, sizeof again);
    return strcmp(again, text) == 0;
}

static bool timestamp_current(const char *text, struct staxd_answer *answer)
{
    time_t at = 0;
    if (!timestamp_read(text, &at)) {
        invalid(answer, "TIMESTAMP has to be in the format EEE MMM d HH:mm:ss z yyyy, in English");
        return false;
    }
    int64_t off_ms = (int64_t)at * 1000 - staxd_now_ms();
    if (off_ms >= -(int64_t)STAXD_SKEW_MS && off_ms <= STAXD_SKEW_MS)
        return true;
    not_authorized(answer, "TIMESTAMP is more than five minutes off");
    return false;
}

static char *base64url(const void *data, size_t bytes)
{
    char *text = staxd_base64(data, bytes), *end = text + strlen(text);
    for (char *p = text; *p; p++)
        *p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
    while (end > text && end[-1] == '=')
        *--end = '\0';
    return text;
}

static char *token_signature(const struct staxd_login *l, const char *text, size_t bytes)
{
    unsigned char digest[STAXD_DIGEST_BYTES];
    staxd_hmac(l->token_key, sizeof l->token_key, text, bytes, digest);
    return base64url(digest, sizeof digest);
}

/* Looks like the pool's JSON Web Tokens, which clients read for their times; nobody but this server
   can check it. use: "id", which names the client as its audience, or "access", which has it as
   client_id. */
static json_t *pool_token(const struct staxd_login *l, const char *use)
{
    static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"sandbox\"}";
    char claims[512], text[1024];
    int64_t now_s = staxd_now_ms() / 1000;
    int bytes = snprintf(claims, sizeof claims,
                         "{\"sub\":\"%s\",\"%s\":\"%s\",\"token_use\":\"%s\",\"iat\":%" PRId64
                         ",\"exp\":%" PRId64 ",\"cognito:username\":\"%s\"}",
                         STAXD_ACCESS_KEY, strcmp(use, "id") == 0 ? "aud" : "client_id",
                         STAXD_CLIENT_ID, use, now_s, now_s + ID_TOKEN_S, STAXD_ACCESS_KEY);
    char *head = base64url(header, sizeof header - 1), *middle = base64url(claims, (size_t)bytes);
    bytes = snprintf(text, sizeof text, "%s.%s", head, middle);
    char *signature = token_signature(l, text, (size_t)bytes);
    json_t *token = json_sprintf("%s.%s", text, signature);
    sandbox_issued(signature);
    free(head);
    free(middle);
    free(signature);
    return token;
}

static struct session *session_find(struct staxd_login *l, const char *block)
{
    for (size_t i = 0; i < SESSIONS; i++)
        if (l->sessions[i].block_text[0] && strcmp(l->sessions[i].block_text, block) == 0)
            return l->sessions[i].until_ms > sandbox_monotonic_ms() ? &l->sessions[i] : NULL;
    return NULL;
}

/* A session is good for one try, whatever comes of it. */
static bool signature_right(struct staxd_login *l, const json_t *responses)
{
    struct session *s = session_find(l, sandbox_text(responses, "PASSWORD_CLAIM_SECRET_BLOCK"));
    const char *signature = sandbox_text(responses, "PASSWORD_CLAIM_SIGNATURE");
    char expected[STAXD_SIGNATURE_BYTES];
    if (!s)
        return false;
    staxd_srp_expect(&s->srp, s->block, sizeof s->block, sandbox_text(responses, "TIMESTAMP"),
                     expected);
    bool right = strlen(signature) == strlen(expected) &&
                 CRYPTO_memcmp(signature, expected, strlen(expected)) == 0;
    session_end(s);
    return right;
}

static void respond(struct staxd_login *l, const json_t *body, struct staxd_answer *answer)
{
    const json_t *responses = json_object_get(body, "ChallengeResponses");
    if (!known_client(body, answer))
        return;
    if (strcmp(sandbox_text(body, "ChallengeName"), "PASSWORD_VERIFIER") != 0) {
        invalid(answer, "No such challenge is open");
        return;
    }
    if (strcmp(sandbox_text(responses, "USERNAME"), STAXD_ACCESS_KEY) != 0) {
        staxd_login_refuse(answer, 400, "UserNotFoundException", "User does not exist.");
        return;
    }
    if (!timestamp_current(sandbox_text(responses, "TIMESTAMP"), answer))
        return;
    if (!signature_right(l, responses)) {
        not_authorized(answer, "Incorrect username or password.");
        return;
    }
    sandbox_issued(REFRESH_TOKEN);
    staxd_answer_json(answer, 200,
                      json_pack("{s:{s:o, s:o, s:s, s:i, s:s}, s:{}}", "AuthenticationResult",
                                "IdToken", pool_token(l, "id"), "AccessToken",
                                pool_token(l, "access"), "RefreshToken", REFRESH_TOKEN, "ExpiresIn",
                                ID_TOKEN_S, "TokenType", "Bearer", "ChallengeParameters"));
}

/* ---- identity pool ---- */

static bool token_current(const char *middle)
{
    unsigned char raw[1024];
    char text[1024];
    size_t bytes = strcspn(middle, ".");
    if (bytes > sizeof text - 8)
        return false;
    memcpy(text, middle, bytes);
    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)(text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i]);
    while (bytes % 4)
        text[bytes++] = '=';
    int length = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)bytes);
    json_t *claims = length > 0 ? json_loadb((const char *)raw, (size_t)length,
                                             JSON_DISABLE_EOF_CHECK, NULL)
                                : NULL;
    bool current = json_integer_value(json_object_get(claims, "exp")) > staxd_now_ms() / 1000 &&
                   strcmp(sandbox_text(claims, "token_use"), "id") == 0;
    json_decref(claims);
    return current;
}

static bool token_good(const struct staxd_login *l, const json_t *body)
{
    const json_t *logins = json_object_get(body, "Logins");
    const char *token = sandbox_text(logins, PROVIDER), *middle = strchr(token, '.'),
               *dot = strrchr(token, '.');
    if (json_object_size(logins) != 1 || !middle || dot == middle)
        return false;
    char *signature = token_signature(l, token, (size_t)(dot - token));
    bool good = strcmp(signature, dot + 1) == 0;
    free(signature);
    return good && token_current(middle + 1);
}

static void get_id(struct staxd_login *l, const json_t *body, struct staxd_answer *answer)
{
    if (strcmp(sandbox_text(body, "IdentityPoolId"), STAXD_IDENTITY_POOL) != 0)
        staxd_login_refuse(answer, 400, "ResourceNotFoundException", "IdentityPool not found.");
    else if (!token_good(l, body))
        not_authorized(answer, "Invalid login token. Not a valid OpenId Connect identity token.");
    else
        staxd_answer_json(answer, 200, json_pack("{s:s}", "IdentityId", IDENTITY_ID));
}

static void random_text(char *to, size_t length, const char *from)
{
    unsigned char raw[64];
    size_t letters = strlen(from);
    staxd_random(raw, length);
    for (size_t i = 0; i < length; i++)
        to[i] = from[raw[i] % letters];
    to[length] = '\0';
}

static const struct staxd_credential *credential_new(struct staxd_login *l)
{
    struct staxd_credential *c = &l->credentials[l->next_credential];
    unsigned char raw[TOKEN_RANDOM_BYTES];
    l->next_credential = (l->next_credential + 1) % CREDENTIALS;
    memcpy(c->access_key_id, "ASIA", 5);
    random_text(c->access_key_id + 4, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    random_text(c->secret, 40, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/");
    staxd_random(raw, sizeof raw);
    EVP_EncodeBlock((unsigned char *)c->token, raw, sizeof raw);
    c->expires_ms = staxd_now_ms() + l->life_ms;
    sandbox_issued(c->secret);
    sandbox_issued(c->token);
    return c;
}

static void get_credentials(struct staxd_login *l, const json_t *body, struct staxd_answer *answer)
{
    if (strcmp(sandbox_text(body, "IdentityId"), IDENTITY_ID) != 0) {
        staxd_login_refuse(answer, 400, "ResourceNotFoundException", "Identity not found.");
        return;
    }
    if (!token_good(l, body)) {
        not_authorized(answer, "Invalid login token. Not a valid OpenId Connect identity token.");
        return;
    }
    const struct staxd_credential *c = credential_new(l);
    staxd_answer_json(answer, 200,
                      json_pack("{s:s, s:{s:s, s:s, s:s, s:f}}", "IdentityId", IDENTITY_ID,
                                "Credentials", "AccessKeyId", c->access_key_id, "SecretKey",
                                c->secret, "SessionToken", c->token, "Expiration",
                                (double)c->expires_ms / 1000.0));
}

/* ---- by X-Amz-Target ---- */

static const struct operation {
    const char *target;
    const char *name;
    const char *path; /* the pool it belongs to; "/" takes both */
    void (*answer)(struct staxd_login *, const json_t *body, struct staxd_answer *);
} OPERATIONS[] = {
    { "AWSCognitoIdentityProviderService.InitiateAuth", "InitiateAuth", "/cognito-idp", initiate },
    { "AWSCognitoIdentityProviderService.RespondToAuthChallenge", "RespondToAuthChallenge",
      "/cognito-idp", respond },
    { "AWSCognitoIdentityService.GetId", "GetId", "/cognito-identity", get_id },
    { "AWSCognitoIdentityService.GetCredentialsForIdentity", "GetCredentialsForIdentity",
      "/cognito-identity", get_credentials },
};
enum { OPERATION_COUNT = sizeof OPERATIONS / sizeof *OPERATIONS };

static bool at_path(const char *path, const char *base)
{
    size_t length = strlen(base);
    return strcmp(path, "/") == 0 || (strncmp(path, base, length) == 0 &&
                                      (path[length] == '\0' || strcmp(path + length, "/") == 0));
}

const char *staxd_login_operation(const struct web_request *r)
{
    const char *target = web_request_header(r, "x-amz-target");
    for (size_t i = 0; target && i < OPERATION_COUNT; i++)
        if (strcmp(target, OPERATIONS[i].target) == 0 && at_path(r->path, OPERATIONS[i].path))
            return OPERATIONS[i].name;
    return NULL;
}

void staxd_login_answer(struct staxd_login *l, const char *operation, const struct web_request *r,
                        struct staxd_answer *answer)
{
    const char *type = web_request_header(r, "content-type");
    json_t *body = r->body ? json_loadb(r->body, r->body_bytes, 0, NULL) : NULL;
    if (!type || strncmp(type, "application/x-amz-json-1.1", 26) != 0)
        staxd_login_refuse(answer, 400, "UnknownOperationException",
                           "The content type has to be application/x-amz-json-1.1");
    else if (!json_is_object(body))
        staxd_login_refuse(answer, 400, "SerializationException", "The body is no JSON object");
    for (size_t i = 0; !answer->status && i < OPERATION_COUNT; i++)
        if (strcmp(operation, OPERATIONS[i].name) == 0)
            OPERATIONS[i].answer(l, body, answer);
    json_decref(body);
}
