#include "adapters/stax/codec.h"
#include "core/flags.h"
#include "core/outside.h"
#include "host/clock.h"
#include "host/json.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { MATCHES = 8 };

static json_t *parse(const char *body, size_t bytes, struct err *err)
{
    return json_read(body, bytes, LIMIT_HTTP_BODY_BYTES, err);
}

/* The text of a required member; an error names what is missing. */
static const char *required(const json_t *object, const char *dotted, struct arena *arena,
                            struct err *err)
{
    const char *text = json_string_value(json_path(object, dotted));
    if (text && text[0] && strlen(text) < 16 * 1024)
        return arena_copy(arena, text);
    err_set(err, "the answer has no “%s”", dotted);
    return NULL;
}

/* ---- signing in ---- */

static json_t *parse_maybe_base64(const char *body, size_t bytes, struct arena *arena,
                                  struct err *err)
{
    const char *text = arena_copy_bytes(arena, body, bytes);
    text += strspn(text, " \t\r\n\"");
    if (*text == '{')
        return parse(body, bytes, err);
    size_t length = strspn(text,
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    unsigned char *decoded = arena_take(arena, length + 4);
    int got = length % 4 ? -1 : EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)length);
    for (size_t i = length; got > 0 && i > 0 && text[i - 1] == '=' && length - i < 2; i--)
        got--;
    if (got > 0)
        return parse((char *)decoded, (size_t)got, err);
    err_set(err, "neither JSON nor base64");
    return NULL;
}

bool codec_public_config(const char *body, size_t bytes, struct arena *arena,
                         struct codec_pool *ret, struct err *err)
{
    JSON_AUTO *json = parse_maybe_base64(body, bytes, arena, err);
    return json && (ret->region = required(json, "ApiAuth.region", arena, err)) &&
           (ret->user_pool_id = required(json, "ApiAuth.userPoolId", arena, err)) &&
           (ret->client_id = required(json, "ApiAuth.userPoolWebClientId", arena, err)) &&
           (ret->identity_pool_id = required(json, "ApiAuth.identityPoolId", arena, err));
}

bool codec_challenge(const char *body, size_t bytes, struct arena *arena,
                     struct codec_challenge *ret, struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    if (!str_equal(json_text(json, "ChallengeName"), "PASSWORD_VERIFIER"))
        return err_set(err, "the sign-in service asks for something else than the password");
    return (ret->salt = required(json, "ChallengeParameters.SALT", arena, err)) &&
           (ret->b = required(json, "ChallengeParameters.SRP_B", arena, err)) &&
           (ret->secret_block = required(json, "ChallengeParameters.SECRET_BLOCK", arena, err)) &&
           (ret->user = required(json, "ChallengeParameters.USER_ID_FOR_SRP", arena, err));
}

bool codec_id_token(const char *body, size_t bytes, struct arena *arena, const char **ret_token,
                    struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    if (str_equal(json_text(json, "ChallengeName"), "NEW_PASSWORD_REQUIRED"))
        return err_set(err, "this API token is not usable: a new password is required");
    return (*ret_token = required(json, "AuthenticationResult.IdToken", arena, err)) != NULL;
}

bool codec_identity(const char *body, size_t bytes, struct arena *arena, const char **ret_id,
                    struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    return json && (*ret_id = required(json, "IdentityId", arena, err)) != NULL;
}

bool codec_credentials(const char *body, size_t bytes, struct arena *arena,
                       struct codec_credentials *ret, struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    double expires = json_number_value(json_path(json, "Credentials.Expiration"));
    if (!isfinite(expires) || expires <= 0 || expires > 1e11)
        return err_set(err, "the credentials have no usable expiry");
    ret->expires_ms = (ms_t)(expires * 1000);
    return (ret->access_key = required(json, "Credentials.AccessKeyId", arena, err)) &&
           (ret->secret_key = required(json, "Credentials.SecretKey", arena, err)) &&
           (ret->token = required(json, "Credentials.SessionToken", arena, err));
}

char *codec_initiate(struct arena *arena, const char *client_id, const char *user,
                     const char *a_hex)
{
    JSON_AUTO *json = json_pack("{s:s, s:s, s:{s:s, s:s}}", "AuthFlow", "USER_SRP_AUTH", "ClientId",
                                client_id, "AuthParameters", "USERNAME", user, "SRP_A", a_hex);
    return json_print(arena, json);
}

char *codec_respond(struct arena *arena, const char *client_id, const struct codec_challenge *c,
                    const char *timestamp, const char *signature)
{
    JSON_AUTO *json = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "ClientId", client_id,
                                "ChallengeName", "PASSWORD_VERIFIER", "ChallengeResponses",
                                "TIMESTAMP", timestamp, "USERNAME", c->user,
                                "PASSWORD_CLAIM_SECRET_BLOCK", c->secret_block,
                                "PASSWORD_CLAIM_SIGNATURE", signature);
    return json_print(arena, json);
}

char *codec_logins(struct arena *arena, const struct codec_pool *pool, const char *identity_id,
                   const char *id_token)
{
    const char *provider = arena_printf(arena, "cognito-idp.%s.amazonaws.com/%s", pool->region,
                                        pool->user_pool_id);
    JSON_AUTO *json = json_pack("{s:s, s:{s:s}}", identity_id ? "IdentityId" : "IdentityPoolId",
                                identity_id ? identity_id : pool->identity_pool_id, "Logins",
                                provider, id_token);
    return json_print(arena, json);
}

/* ---- reading ---- */

/* A member's text, bounded; "" when absent. */
static const char *bounded(struct arena *arena, const json_t *object, const char *key)
{
    char text[LIMIT_ID_BYTES];
    STR_SET(text, json_text(object, key));
    return arena_copy(arena, text);
}

static const json_t *list_of(const json_t *json, const char *key, size_t ceiling, struct err *err)
{
    const json_t *list = json_object_get(json, key);
    if (!json_is_array(list)) {
        err_set(err, "the answer has no list “%s”", key);
        return NULL;
    }
    if (json_array_size(list) > ceiling) {
        err_set(err, "the list “%s” is longer than %zu", key, ceiling);
        return NULL;
    }
    return list;
}

bool codec_users(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                 struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const json_t *list = json ? list_of(json, "Users", LIMIT_USERS, err) : NULL;
    if (!list)
        return false;
    size_t n = json_array_size(list), i;
    struct stax_user *users = arena_take(arena, n * sizeof *users + 1);
    json_t *u;
    json_array_foreach(list, i, u)
        users[i] = (struct stax_user){ .id = bounded(arena, u, "Id"),
                                       .email = bounded(arena, u, "Email"),
                                       .name = bounded(arena, u, "Name"),
                                       .role = bounded(arena, u, "Role"),
                                       .status = bounded(arena, u, "Status") };
    s->users = users;
    s->user_count = n;
    return true;
}

static bool matches(const json_t *account, const char *wanted)
{
    return str_equal(json_text(account, "AwsAccountId"), wanted) ||
           str_equal_nocase(json_text(account, "Id"), wanted) ||
           str_equal_nocase(json_text(account, "Name"), wanted);
}

static void add_match(const json_t *a, struct arena *arena, struct survey *s)
{
    if (!s->accounts)
        s->accounts = arena_take(arena, MATCHES * sizeof *s->accounts);
    if (s->account_count < MATCHES)
        ((struct stax_account *)s->accounts)[s->account_count++] =
            (struct stax_account){ .id = bounded(arena, a, "Id"),
                                   .aws_id = bounded(arena, a, "AwsAccountId"),
                                   .name = bounded(arena, a, "Name"),
                                   .email = bounded(arena, a, "Email"),
                                   .role = bounded(arena, a, "AccountRole"),
                                   .status = bounded(arena, a, "Status"),
                                   .origin = bounded(arena, a, "Origin") };
}

bool codec_accounts(const char *body, size_t bytes, const char *wanted, struct arena *arena,
                    struct survey *s, int64_t *ret_next_offset, struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const json_t *list = json ? list_of(json, "Accounts", LIMIT_ACCOUNTS, err) : NULL;
    if (!list)
        return false;
    size_t i;
    json_t *a;
    json_array_foreach(list, i, a)
    {
        if (matches(a, wanted))
            add_match(a, arena, s);
        s->member_count += str_equal(json_text(a, "AccountRole"), "MEMBER") &&
                           str_equal(json_text(a, "Status"), "ACTIVE");
    }
    const json_t *next = json_path(json, "Paging.NextOffset");
    *ret_next_offset = json_is_integer(next) && json_array_size(list) > 0 ? json_integer_value(next)
                                                                          : -1;
    return true;
}

bool codec_organisation(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                        struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const json_t *list = json ? list_of(json, "Organisations", 16, err) : NULL;
    if (!list)
        return false;
    const json_t *o = json_array_get(list, 0);
    s->organisation_id = bounded(arena, o, "Id");
    s->organisation_alias = bounded(arena, o, "Alias");
    s->email_template = json_arena_text(arena, o, "AwsAccountEmailTemplate");
    return s->organisation_id[0] || err_set(err, "the answer names no organisation");
}

static enum service_status service_status(const char *text)
{
    static const struct {
        const char *name;
        enum service_status status;
    } known[] = {
        { "ACTIVE", SERVICE_ACTIVE },
        { "CONFIGURING", SERVICE_CONFIGURING },
        { "ERROR", SERVICE_ERROR },
        { "INACTIVE", SERVICE_INACTIVE },
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal(known[i].name, text))
            return known[i].status;
    return SERVICE_OTHER;
}

static bool key_allowed(const char *key)
{
    size_t bytes = strlen(key);
    return bytes > 0 && bytes <= 64 &&
           strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == bytes;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool add_lines(const json_t *map, bool rcp, struct arena *arena, const char **lines,
                      size_t *count, struct err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value)
    {
        if (!key_allowed(key) || *count == LIMIT_FLAGS || (!rcp && !json_is_boolean(value)))
            return err_set(err, "the document is not understood: an unusual key or value in %s",
                           rcp ? "RCP" : "SCP");
        lines[(*count)++] = rcp ? arena_printf(arena, "RCP.%s=%s\n", key, json_print(arena, value))
                                : arena_printf(arena, "SCP.%s=%s\n", key,
                                               json_is_true(value) ? "on" : "off");
    }
    return true;
}

/* The document as canonical text (flags.h). */
static const char *flags_text(const json_t *json, struct arena *arena, struct err *err)
{
    const char *lines[LIMIT_FLAGS];
    size_t count = 0;
    const json_t *scp = json_path(json, "Configuration.SCP"),
                 *rcp = json_path(json, "Configuration.RCP");
    if (!json_is_object(scp)) {
        err_set(err, "the document is not understood: it has no Configuration.SCP");
        return NULL;
    }
    if (!add_lines(scp, false, arena, lines, &count, err) ||
        (json_is_object(rcp) && !add_lines(rcp, true, arena, lines, &count, err)))
        return NULL;
    qsort(lines, count, sizeof *lines, by_text);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_FLAGS_BYTES);
    for (size_t i = 0; i < count; i++)
        buf_add(&b, lines[i]);
    if (b.overflow) {
        err_set(err, "the document is not understood: it is too long");
        return NULL;
    }
    return arena_copy(arena, buf_text(&b));
}

bool codec_guardrail(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                     struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    s->document_organisation_id = bounded(arena, json, "OrganisationId");
    s->service_status = service_status(json_text(json, "Status"));
    s->flags = flags_text(json, arena, err);
    return s->flags != NULL;
}

bool codec_task(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const char *status = json ? json_text(json, "Status") : NULL;
    if (!status)
        return json ? err_set(err, "the task has no Status") : false;
    s->task_status = str_equal(status, "SUCCEEDED") ? TASK_SUCCEEDED
                     : str_equal(status, "FAILED")  ? TASK_FAILED
                                                    : TASK_RUNNING;
    const json_t *logs = json_object_get(json, "Logs");
    const char *last = json_string_value(json_array_get(logs, json_array_size(logs) - 1));
    s->task_log = outside_words(arena, arena_copy(arena, str_or_empty(last)), 100);
    return true;
}

static bool names_guardrails(const char *action)
{
    for (const char *p = str_or_empty(action); *p; p++)
        if (strncasecmp(p, "ConfigureGuardrails", strlen("ConfigureGuardrails")) == 0)
            return true;
    return false;
}

bool codec_feed(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const json_t *list = json ? list_of(json, "Insights", LIMIT_USERS, err) : NULL;
    size_t i;
    json_t *insight;
    json_array_foreach(list, i, insight)
    {
        if (!names_guardrails(json_text(insight, "Action")))
            continue;
        s->feed_user_id = json_arena_text(arena, insight, "UserId");
        clock_parse_iso(json_text_or_empty(insight, "CreatedTS"), &s->feed_at_ms);
        break;
    }
    return list != NULL;
}

/* ---- changing ---- */

bool codec_change_body(const char *document, size_t bytes, bool on, struct arena *arena,
                       const char **ret_body, struct err *err)
{
    JSON_AUTO *json = parse(document, bytes, err);
    if (!json)
        return false;
    json_t *scp = (json_t *)json_path(json, "Configuration.SCP"),
           *rcp = (json_t *)json_path(json, "Configuration.RCP");
    if (!json_is_object(scp) || !json_is_boolean(json_object_get(scp, FLAGS_ROOT_KEY)))
        return err_set(err, "the document does not name " FLAGS_ROOT_KEY);
    JSON_AUTO *changed = json_deep_copy(scp), *body = json_object();
    json_object_set_new(changed, FLAGS_ROOT_KEY, json_boolean(on));
    JSON_AUTO *configuration = json_object();
    json_object_set(configuration, "SCP", changed);
    json_object_set_new(configuration, "RCP",
                        json_is_object(rcp) ? json_deep_copy(rcp) : json_object());
    json_object_set(body, "Configuration", configuration);
    /* The one thing that must never happen is to change another flag: counted again on what will be
       sent. */
    const char *key;
    json_t *value;
    size_t different = json_object_size(changed) != json_object_size(scp);
    json_object_foreach(scp, key, value)
        different += !json_equal(value, json_object_get(changed, key)) &&
                     !str_equal(key, FLAGS_ROOT_KEY);
    if (different)
        return err_set(err, "the change would touch another flag; it was not sent");
    *ret_body = json_print(arena, body);
    return true;
}

const char *codec_task_id(const char *body, size_t bytes, struct arena *arena)
{
    JSON_AUTO *json = parse(body, bytes, NULL);
    const char *id = json_text(json, "TaskId");
    if (!id)
        id = json_string_value(json_path(json, "Detail.TaskId"));
    return id && strlen(id) < 64 ? arena_copy(arena, id) : "";
}

const char *codec_error(const char *body, size_t bytes, long status, struct arena *arena)
{
    static const char *const keys[] = { "Error", "message", "Message", "__type" };
    JSON_AUTO *json = parse(body, bytes, NULL);
    const char *said = NULL;
    for (size_t i = 0; i < COUNT(keys) && !said; i++)
        said = json_text(json, keys[i]);
    return said ? arena_printf(arena, "answered %ld %s", status, outside_words(arena, said, 150))
                : arena_printf(arena, "answered %ld", status);
}
